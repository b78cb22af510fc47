"""The price of an operator: what one application moves, in elements computed and bytes streamed.

A term (m, M, e) does about N / max(m, e) steps, each streaming a cache line where its stride is wide; a
family over primes is summed over its members, never unrolled.  The two are added by the `speeds` of a
machine, a fixed one unless the user asks for the one at hand.
A price is an estimate for decisions, not a bound: limits are kept by `qwasm.qpu.cost`.

>>> from qwasm.algebra.operators import Algebra
>>> a, space = Algebra(), Space(N=10**5)
>>> operator_cost(a.product([a.A(2), a.B(3), a.A(5)]), space) < operator_cost(a.A(2), space)
True
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from math import isqrt, log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qwasm.algebra.members import closed_range, index_values, last_useful, member_array
from qwasm.algebra.nodes import (
    Dirichlet,
    Exp,
    Family,
    Inverse,
    Node,
    Outer,
    Power,
    Product,
    Shift,
    Unknown,
    children,
    expressions,
)
from qwasm.algebra.reach import between, power_size
from qwasm.algebra.ring import ONE, Expr
from qwasm.algebra.size import SWEEPS, cost
from qwasm.algebra.value import Operator, fold
from qwasm.arith.functions import is_multiplicative
from qwasm.diagnostics import QwasmError
from qwasm.passes.speeds import current
from qwasm.record import record
from qwasm.space import Space

LINE = 64  # bytes of a cache line: what one wide stride moves
OPERATION, TERM = 8192, 2048  # elements that starting an operation, and one slice of a state, count for
FRESH = 2  # times that the bytes of a new array count: it is cleared before it is written
RESIDUE = 5  # elements that one product of residues counts for
SHORT, GATHER = 48, 16  # terms shorter than this run as gathers, of so many elements a point
EXACT = 1 << 20  # members of a family that are summed one by one
PLAN, FAMILY, RATIONAL, ROOT = 140_000, 1_000_000, 26_000, 110_000  # planning: an operator, a family, a coefficient
SAMPLE = 7  # what an index open until the run is priced at


@record
class Cost:
    """Elements computed and bytes streamed; ordered by their time at the current speeds."""

    elements: float = 0.0
    bytes: float = 0.0

    @property
    def time(self) -> float:
        """Nanoseconds at the current speeds."""
        element, byte = current()
        return element * self.elements + byte * self.bytes

    @property
    def worth(self) -> float:
        """The elements that take as long."""
        return self.time / current().element

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.elements + other.elements, self.bytes + other.bytes)

    def __mul__(self, times: float) -> Cost:
        return Cost(self.elements * times, self.bytes * times)

    def __lt__(self, other: Cost) -> bool:
        return self.time < other.time

    def __le__(self, other: Cost) -> bool:
        return self.time <= other.time


NOTHING = Cost()


def passes(space: Space, reads: int, fresh: int) -> Cost:
    """So many reads of whole states and so many new states, each an element of work for every n."""
    N, item = space.N, space.field.itemsize
    heavy = RESIDUE if space.field.exact else 1
    return Cost(N * max(reads, fresh) * heavy, N * item * (reads + FRESH * fresh))


@lru_cache(maxsize=1 << 14)
def operator_cost(x: Operator, space: Space) -> Cost:
    """One application of X to a state of the space, the new state included.

    Names still open, as loop variables are, are priced at a small prime; what has no price there,
    at one pass over the state.
    """
    try:
        env = {name: space.N if name == "N" else SAMPLE for name in x.symbols}
        return _price(x.substitute(env) if env else x, space)
    except (QwasmError, ValueError, OverflowError, ZeroDivisionError):
        return passes(space, 1, 1) * 4


def _price(x: Operator, space: Space) -> Cost:
    if not x.nodes:
        return passes(space, 0, 1) + _words(x, space)

    def visit(y: Operator, done: Callable[[Operator], Cost]) -> Cost:
        total = passes(space, 0, 1)
        total += _words(y, space)
        for node, c in y.nodes.items():
            total += _node(node, c, done, space)
        return total

    return fold(x, visit)


def _words(x: Operator, space: Space) -> Cost:
    """The words of an operator: constant ones as strided terms, the others with an array of their own."""
    N, item = space.N, space.field.itemsize
    heavy = RESIDUE if space.field.exact else 1
    few = len(x.words) <= 4 * SHORT
    work = traffic = 0.0
    for (m, M, e), f in x.words.items():
        if not isinstance(M, int) or not isinstance(m, int) or not isinstance(e, int):
            work += N  # open inside a family that could not be closed
        elif N >= M:
            length = N // M
            steps = length * heavy * (1 if f is ONE else 2)
            work += steps + TERM if few or length >= SHORT else steps * GATHER
            traffic += length * (min(LINE, item * e) + 2 * min(LINE, item * m))
            traffic += length * item if "n" in f.symbols else 0
    return Cost(work, traffic)


def strided(space: Space, u: NDArray[Any], v: NDArray[Any], length: NDArray[Any], plain: NDArray[Any]) -> Cost:
    """Terms y[v t] += c x[u t] for t = 1..L: a read of x, a read and a write of y, a product unless c = 1."""
    item = space.field.itemsize
    traffic = float(np.sum(length * (np.minimum(LINE, item * u) + 2 * np.minimum(LINE, item * v))))
    work = length * np.where(plain, 1, 2)
    if space.field.exact:
        work = work * RESIDUE
    if len(u) > 4 * SHORT:
        work = np.where(length < SHORT, work * GATHER, work + TERM)
    else:
        work = work + TERM
    return Cost(float(np.sum(work)), traffic)


def _node(node: Node, c: Expr, done: Callable[[Operator], Cost], space: Space) -> Cost:
    scaled = passes(space, 1, 1) if "n" in c.symbols or c is not ONE else NOTHING
    free = space.truncation == "free"
    whole = passes(space, 1, 1)  # the result of a part, added to the state
    match node:
        case Shift():
            return passes(space, 2, 0) + scaled
        case Dirichlet(f=f):
            return series(space, c is ONE and is_multiplicative(f))
        case Outer():
            return passes(space, 3, 1)
        case Exp(argument=y):
            return (done(y) + whole * 2) * SWEEPS + whole
        case Inverse(argument=y):
            return (done(y) + whole * 2) * (space.N.bit_length() + 1) + whole
        case Product(factors=factors):
            grown = -(-between(factors, space.N) // space.N) if free else 1
            return sum((done(y) for y in factors), whole) * grown + scaled
        case Power(base=base, exponent=k):
            times = k if isinstance(k, int) else 1
            grown = -(-power_size(base, times, space.N) // space.N) if free else 1
            return (done(base) * times + whole) * grown + scaled
        case Family():
            return _family(node, space) + scaled
        case Unknown():
            return whole


@lru_cache(maxsize=1 << 14)
def planning_cost(x: Operator, space: Space) -> Cost:
    """What the arrays of X cost to make, once in a run: each coefficient and each multiplier is evaluated."""

    def words(y: Operator) -> float:
        total = float(PLAN)
        for (_, M, _), f in y.words.items():
            total += RATIONAL if f.rational() is not None else ROOT
            total += places(f, space.N // M if isinstance(M, int) else space.N)
        return total

    if not x.nodes:
        return Cost(words(x))

    def visit(y: Operator, done: Callable[[Operator], float]) -> float:
        total = words(y)
        for node, c in y.nodes.items():
            total += places(c, space.N) + sum(done(inner) for inner in children(node))
            total += FAMILY if isinstance(node, Family) else 0
            total += sum(places(f, space.N) for f in expressions(node)) if isinstance(node, (Dirichlet, Outer)) else 0
        return total

    return Cost(fold(x, visit))


def places(f: Expr, length: int) -> float:
    """Elements to evaluate a multiplier at so many places; a convolution or a named function is worth several."""
    if "n" not in f.symbols:
        return 0.0
    atoms = [atom.name for monomial, _ in f.terms for atom, _ in monomial]
    heavy = sum(name in ("conv", "dinv", "euler") for name in atoms)
    return length * (8 * max(1, len(atoms)) + 4 * heavy * log(max(2, length)))


@lru_cache(maxsize=64)
def series(space: Space, multiplicative: bool) -> Cost:
    """A Dirichlet series: N log N steps, or for a multiplicative function the N log log N of its Euler product."""
    N, item = space.N, space.field.itemsize
    root = isqrt(N)
    if multiplicative:
        steps = N * (1.5 + log(max(1.0, log(max(2, N)))))
        return Cost(steps * 3 + TERM * 4 * root / max(1.0, log(max(2, root))), steps * 2 * LINE) + passes(space, 1, 1)
    steps = N * (1 + log(max(1, N)))
    heavy = RESIDUE if space.field.exact else 1
    return Cost(steps * 2 * heavy + TERM * 2 * root, steps * (item + 2 * LINE)) + passes(space, 0, 1)


def _family(node: Family, space: Space) -> Cost:
    """The members that do not vanish, summed as arrays; where there are too many, from the density of the primes."""
    low, high = closed_range(node)
    if high < low:
        return NOTHING
    if node.body.nodes and not all(isinstance(inner, Shift) for inner in node.body.nodes):
        return _members(node, space, low, high)
    end = last_useful(node, space.N)
    top = high if end is None else min(high, end)
    if top - low > EXACT * (16 if node.domain == "primes" else 1):
        work, size = cost(Operator(node.body.truncation, {}, {node: ONE}), space)
        return Cost(2 * work, LINE * 2 * work + size)
    values = member_array(node, upto=top)
    if node.kind == "prod":
        return passes(space, 2, 1) + Cost(TERM * len(values))
    total = passes(space, 2, 0) * (len(values) * len(node.body.nodes))
    for (m, M, e), f in node.body.words.items():
        u, v, cut = (index_values(index, node.name, values, space.N) for index in (e, m, M))
        inside = cut <= space.N
        plain = np.full(int(inside.sum()), f is ONE)
        total += strided(space, u[inside], v[inside], space.N // np.maximum(1, cut[inside]), plain)
    return total


def _members(node: Family, space: Space, low: int, high: int) -> Cost:
    """A family that is unrolled when it is planned: its members at both ends, as many times as there are."""
    count = len(member_array(node)) if high - low <= EXACT else high - low + 1
    ends: Iterable[Cost] = (operator_cost(node.body.substitute({node.name: v}), space) for v in (low, high))
    return max(ends, key=lambda found: found.time) * count


__all__ = ["OPERATION", "Cost", "operator_cost", "passes", "planning_cost"]
