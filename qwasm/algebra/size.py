"""What a plan costs, in Python integers and without making it: elements touched and bytes of arrays."""

from __future__ import annotations

from collections.abc import Callable
from math import log

from qwasm.algebra.indices import Index, as_expr, still_open
from qwasm.algebra.members import MOST, closed_range, last_index
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
    node_symbols,
)
from qwasm.algebra.reach import between, power_size
from qwasm.algebra.ring import Expr
from qwasm.algebra.value import Operator, fold
from qwasm.algebra.walk import subexpressions
from qwasm.algebra.words import IDENTITY
from qwasm.space import Space

Cost = tuple[int, int]
ELEMENTARY = frozenset({"symbol", "exp", "log", "sin", "cos", "abs", "floor", "base", "inv", "pow", "min", "max"})
SWEEPS = 64  # sweeps an exponential is charged for
ROW = 32  # bytes of one strided term
MAKING = 128  # bytes for each member of the family whose terms are being made, and of joining them to the others
SIEVING = 6  # arrays that the table of an arithmetic function needs while it is made


def cost(x: Operator, space: Space) -> Cost:
    """(elements touched by one application, bytes of arrays), both slightly overestimated.

    Parts that are still open count as one pass over the state.
    """
    N, item = space.N, space.field.itemsize

    def visit(y: Operator, done: Callable[[Operator], Cost]) -> Cost:
        work = size = 0
        for (_, M, _), f in y.words.items():
            length = N // M if isinstance(M, int) else N
            work += length
            size += length * item if "n" in f.symbols else ROW
        for node, c in y.nodes.items():
            a, b = _node(node, done, space)
            work, size = work + a, size + b
            if "n" in c.symbols:  # a shift with a multiplier is a diagonal and a shift
                work, size = work + N, size + N * item
        return work, size

    work, size = fold(x, visit)
    size += making(x, N)
    return (work + N, size + N * item) if x.symbols else (work, size)


def arrays(e: Expr) -> int:
    """How many arrays as long as the points are alive while an expression is evaluated at them, at most.

    Every part that depends on the point is kept until the whole is known.
    """
    count, tables = 3, 0
    for part in subexpressions(e, lambda y: not y.is_constant):
        count += 1 + (len(part.terms) > 1)
        for monomial, _ in part.terms:
            count += sum(1 for atom, _ in monomial if atom.args or atom.opaque)
            tables |= any(atom.args and atom.name not in ELEMENTARY for atom, _ in monomial)
    return count + SIEVING * bool(tables)


def making(x: Operator, N: int) -> int:
    """Bytes of the arrays alive while the dearest multiplier of an operator is evaluated."""

    def visit(y: Operator, done: Callable[[Operator], int]) -> int:
        found = [(f, N // M if isinstance(M, int) else N) for (_, M, _), f in y.words.items()]
        for node, c in y.nodes.items():
            found.append((c, N))
            found += [(f, N) for name in ("f", "u", "v") if (f := getattr(node, name, None)) is not None]
        inner = [done(z) for node in y.nodes for z in children(node)]
        return max([*inner, *(arrays(f) * length for f, length in found if "n" in f.symbols)], default=0)

    return 8 * fold(x, visit)


def _node(node: Node, done: Callable[[Operator], Cost], space: Space) -> Cost:
    """The cost of one node; 0 for one inside a family whose index is open, where the family asks its ends instead."""
    N, item, free = space.N, space.field.itemsize, space.truncation == "free"
    if node_symbols(node) - {"n"}:
        return 0, 0
    match node:
        case Unknown():
            raise still_open(node.name)
        case Shift():
            return N, ROW
        case Dirichlet():
            return N * (2 + int(log(N))), N * item
        case Outer():
            return 2 * N, 2 * N * item
        case Exp(argument=y):
            return SWEEPS * done(y)[0], done(y)[1]
        case Inverse(argument=y):
            return N + done(y)[0], done(y)[1]
        case Product(factors=factors):
            grown = _ratio(between(factors, N), N) if free else 1
            return sum(done(y)[0] for y in factors) * grown, sum(done(y)[1] for y in factors) * grown
        case Power(base=base, exponent=k):
            times = k if isinstance(k, int) else 1
            grown = _ratio(power_size(base, times, N), N) if free else 1
            return done(base)[0] * times * grown, done(base)[1] * grown
        case Family():
            return _family(node, space)


def _ratio(size: int, N: int) -> int:
    return -(-size // N)


def _family(node: Family, space: Space) -> Cost:
    N, item = space.N, space.field.itemsize
    low, high = closed_range(node)
    if high < low:
        return 0, 0
    if node.body.nodes:
        count = _count(node.domain, low, high)
        if all(isinstance(n, Shift) for n in node.body.nodes):
            return min(count, 2 * N) * N * len(node.body.nodes), 24 * min(count, MOST) + 2 * N * ROW
        ends = [cost(node.body.substitute({node.name: v}), space) for v in (low, high)]
        return count * max(a for a, _ in ends), count * max(b for _, b in ends)
    work = size = made = 0
    for triple, f in node.body.words.items():
        if node.kind == "prod" and triple == IDENTITY:
            continue
        a, count = _reciprocals(node, triple[1], low, high, N)
        work += a
        size += a * item if "n" in f.symbols else count * ROW
        made = max(made, count * MAKING)
    if node.kind == "prod":
        work, size = work + N, size + N * item
    return work, size + made


def _reciprocals(node: Family, M: Index, low: int, high: int, N: int) -> Cost:
    """(a bound on the sum of N // M(v), how many v have M(v) <= N)."""
    end = last_index(M, node.name, N)
    if end is None:
        count = _count(node.domain, low, high)
        return count * (N // M if isinstance(M, int) else N), count
    top = min(high, end)
    if top < low:
        return 0, 0
    count = _count(node.domain, low, top)
    e = as_expr(M)
    c = int(e.terms[0][1]) if len(e.terms) == 1 else 1
    start = max(low, 2)
    if node.domain == "primes":
        density = 0.3 + log(max(log(top + 1), 1.0)) - log(max(log(start), 0.69)) + 1 / start
    else:
        density = 1 / max(low, 1) + log((top + 1) / max(low, 1))
    return int(N // max(c, 1) * density) + count, count


def _count(domain: str, low: int, high: int) -> int:
    """A bound on the members of a range."""
    if domain == "ints":
        return high - low + 1
    return min(high - low + 1, int(1.26 * high / log(high)) + 1 if high > 1 else 0)
