"""Lower exponentials: e^{-tX} psi gets the cheapest exact method its operator allows.

before:  qop.exp q1, q0, V(log), 2          after:  qop.apply q1, q0, V(n^-2)
before:  qop.exp q1, q0, A[2] + A[3], t     after:  qop.poly q1, q0, A[2] + A[3], (1, -t, t^2/2, ...)
before:  qop.exp q1, q0, H, t               after:  qop.exp q1, q0, H, t, method=chebyshev

A multiplication by f becomes one by e^{-tf}.  A one-sided operator, all of whose paths lead up or all
down, is nilpotent on {1..N}, so its series ends; a multiple c I beside it is a factor e^{-tc}.  A self-adjoint
operator is said to be one, so that the program shows what will run.  Every other X is left to the engine,
whose choice, Taylor's series, was faster than Krylov's method in 22 of 24 measured cases.

Right because all three are e^{-tX} itself.  It stops at times and operators still open, where a number could
overflow, at a tolerance that the sum could miss by rounding (2 K u e^{|t| ||X||} > tol), in real32, and
where the finite sum is dearer than the engine's series.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from math import exp, factorial, floor, log
from typing import Any, ClassVar, Literal

from qwasm.algebra.atoms import NONNEGATIVE
from qwasm.algebra.functions import call
from qwasm.algebra.nodes import Dirichlet, Family
from qwasm.algebra.operators import Algebra, Operator
from qwasm.algebra.ring import ONE, ZERO, Expr, I, const
from qwasm.algebra.words import IDENTITY
from qwasm.diagnostics import QwasmError
from qwasm.instructions.checks import number
from qwasm.ir.module import Attribute, Module, Op, Value
from qwasm.passes.context import Context
from qwasm.passes.cost import Attributes, operation_cost, size
from qwasm.qpu.spectral_cost import is_selfadjoint
from qwasm.record import record
from qwasm.space import Space
from qwasm_passes.linear import tame

UNIT = 2.0**-53
TOLERANCE = 1e-12  # what an absent tol= means
SLOWEST = Fraction(3, 2)  # the smallest ratio of one step of a one-sided operator


@record
class EvolveLower:
    """Give exponentials without a method the one that their operator allows."""

    name: ClassVar[str] = "evolve-lower"
    kind: ClassVar[Literal["exact"]] = "exact"

    def run(self, module: Module, context: Context) -> None:
        """Ask for each exponential that has a better form."""
        for op in module.walk():
            if op.name not in ("qop.exp", "qpu.evolve") or op.attributes.get("method"):
                continue
            x, t = op.attributes["X"], op.attributes["t"]
            if not isinstance(x, Operator) or not isinstance(t, Expr) or x.symbols:
                continue
            if not t.is_constant or not t.is_real:  # open, or a time that the engine refuses
                continue
            for why, name, changed in forms(op.name, tuple(op.attributes.items()), module.space):
                results = [Value(value.type, value.name) for value in op.results]
                new = Op(name, op.operands, results, dict(changed), op.captures, [], op.spans)
                if not operation_cost(op, module.space) < operation_cost(new, module.space):
                    context.replace(op, (new,), why=why, values=results)
                    break


@lru_cache(maxsize=1 << 12)
def forms(name: str, given: Attributes, space: Space) -> list[tuple[str, str, Attributes]]:
    """The better forms of one exponential, the best first: why, the instruction, its attributes."""
    found: list[tuple[str, str, Attributes]] = []
    attributes = dict(given)
    x, t = attributes["X"], attributes["t"]
    assert isinstance(x, Operator) and isinstance(t, Expr)
    turned = (I if attributes.get("unitary") else ONE) * t
    if name == "qop.exp" and space.field.kind in ("real", "complex"):
        whole = multiplication(x, turned, space)
        if whole is not None:
            found.append(("the exponential of a multiplication is one", "qop.apply", (("X", whole),)))
        ended = series(x, turned, tolerance(attributes), space)
        if ended is not None:
            nilpotent, c = ended
            found.append((f"the series ends after {len(c) - 1} terms", "qop.poly", (("X", nilpotent), ("c", c))))
    if is_selfadjoint(x, space.weight):
        found.append(("self-adjoint in the weight", name, (*given, ("method", "chebyshev"))))
    return found


def multiplication(x: Operator, t: Expr, space: Space) -> Operator | None:
    """V(e^{-tf}) for X = V(f), where no value is above 1."""
    if x.nodes or set(x.words) != {IDENTITY} or not tame(x, space):
        return None
    f = t * x.words[IDENTITY]
    bounded = f.is_real and bool(f.flags & NONNEGATIVE)
    turning = t.symbols == frozenset() and (f / I).is_real and space.field.kind == "complex"
    return Algebra(x.truncation).V(call("exp", -f)) if bounded or turning else None


def series(x: Operator, t: Expr, tol: float | None, space: Space) -> tuple[Operator, tuple[Expr, ...]] | None:
    """(Y, coefficients) with e^{-tX} = sum c_k Y^k, for X = a I + Y with a Y that leads one way."""
    if not tame(x, space) or x.is_zero:
        return None
    a = x.words.get(IDENTITY, ZERO)
    y = x - Algebra(x.truncation).V(a)
    ratio = step(y) if "n" not in a.symbols and not y.is_zero else None
    if ratio is None or ratio < SLOWEST:
        return None
    K = floor(log(space.N) / log(ratio) + 1e-9)  # Y^(K+1) = 0: its paths are longer than 1..N
    reach = abs(t.approx()) * size(y, space)
    if tol is None or not reach < 30 or abs((t * a).approx()) > 30 or 2 * K * UNIT * exp(reach) > tol:
        return None
    outside = call("exp", -t * a)
    return y, tuple(outside * (-t) ** k * const(Fraction(1, factorial(k))) for k in range(K + 1))


def step(x: Operator) -> Fraction | None:
    """The least factor by which one step of X leads up, or down; None where both ways occur or it cannot be seen."""
    ratios: list[Fraction] = []
    for m, _, e in x.words:
        if not isinstance(m, int) or not isinstance(e, int):
            return None
        ratios.append(Fraction(e, m))
    for node in x.nodes:
        found = node_ratios(node)
        if found is None:
            return None
        ratios += found
    if ratios and all(r > 1 for r in ratios):
        return min(ratios)
    return 1 / max(ratios) if ratios and all(r < 1 for r in ratios) else None


def node_ratios(node: Any) -> list[Fraction] | None:
    """The ratios e/m at the ends of a family, which hold the extremes of a power of its variable; 2 of a series."""
    if isinstance(node, Dirichlet):
        try:
            first = node.f.substitute({"n": ONE})
        except QwasmError:
            return None
        return [Fraction(2) if node.forward else Fraction(1, 2)] if first.is_zero else None
    if not isinstance(node, Family) or node.kind != "sum" or node.body.nodes:
        return None
    low, high = node.low, node.high
    if not isinstance(low, int) or not isinstance(high, int) or high < low:
        return None
    low = max(low, 2) if node.domain == "primes" else low
    if low < 2:
        return None
    found = []
    for m, _, e in node.body.words:
        ratio = (const(e) if isinstance(e, int) else e) / (const(m) if isinstance(m, int) else m)
        if len(ratio.terms) != 1 or ratio.symbols != {node.name}:
            return None
        ends = [ratio.substitute({node.name: v}).rational() for v in (low, high)]
        found += [r for r in ends if r is not None]
    return found


def tolerance(attributes: Mapping[str, Attribute]) -> float | None:
    """The relative error that an exponential may have; None while it is open."""
    given = attributes.get("tol")
    return TOLERANCE if given is None else number(given)


__all__ = ["EvolveLower"]
