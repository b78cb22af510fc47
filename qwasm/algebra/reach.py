"""Reach: how far a product on the infinite space looks past N, so that it can be formed exactly and cut once.

`forward(x, n)` bounds the columns that rows 1..n read; `backward(x, n)` bounds the rows that
columns 1..n write.  A point between two factors matters only when it lies within the reach of
what stands left of it and within the support of what stands right of it.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from qwasm.algebra.indices import as_expr, still_open
from qwasm.algebra.inverse import side
from qwasm.algebra.nodes import Dirichlet, Exp, Family, Inverse, Node, Outer, Power, Product, Shift
from qwasm.algebra.value import Operator, fold
from qwasm.algebra.words import Triple
from qwasm.diagnostics import QwasmError, fail

Reach = Callable[[int], "int | None"]
STEPS = 100_000
LARGEST = 1 << 40  # a product under free truncation is formed on at most this size
HUGE = 1 << 100  # stands for every larger reach


def reach(x: Operator, n: int, forward: bool) -> int | None:
    """A bound on the columns read by rows 1..n (`forward`), or on the rows written by columns 1..n; None: infinite."""

    def visit(y: Operator, done: Callable[[Operator], Reach]) -> Reach:
        inner = {node: [done(c) for c in _inside(node)] for node in y.nodes}

        def bound(start: int) -> int | None:
            best = 0
            for triple in y.words:
                best = max(best, _word(triple, start, forward))
            for node in y.nodes:
                found = _node(node, start, forward, inner[node])
                if found is None:
                    return None
                best = max(best, found)
            return best

        return bound

    return fold(x, visit)(n)


def _inside(node: Node) -> tuple[Operator, ...]:
    match node:
        case Family(body=x) | Power(base=x):
            return (x,)
        case Inverse(argument=x) | Exp(argument=x):
            return (x,)
        case Product(factors=factors):
            return factors
        case _:
            return ()


def _word(triple: Triple, n: int, forward: bool) -> int:
    m, _, e = triple
    if not forward:
        m, e = e, m
    if isinstance(m, int) and isinstance(e, int):
        return e * (n // m)
    raise still_open(e if isinstance(m, int) else m)


def _node(node: Node, n: int, forward: bool, inner: list[Reach]) -> int | None:
    match node:
        case Shift(k=int(k)):
            return max(0, n + k if forward else n - k)
        case Dirichlet(forward=direction):
            return None if direction == forward else n
        case Outer():
            return None
        case Exp():
            return n
        case Inverse(argument=y):
            return None if (side(y) > 0) == forward and side(y) else n
        case Product():
            current: int | None = n
            for step in inner if forward else inner[::-1]:
                current = step(current) if current is not None else None
            return current
        case Power(exponent=int(k)):
            return _repeat(inner[0], n, k)
        case Family():
            return _family(node, n, forward, inner)
        case _:
            raise still_open(node)


def _repeat(step: Reach, n: int, k: int) -> int | None:
    current: int | None = n
    for i in range(k):
        assert current is not None
        following = step(current)
        if following is None or following == current:
            return following
        if following >= HUGE:
            return HUGE
        if i > STEPS:
            raise too_far(k)
        current = following
    return current


def too_far(k: object) -> QwasmError:
    """The error for a free product that would have to be formed on a size that cannot be held."""
    return fail(
        "QW0432",
        f"under truncation = free this product reaches too far past N to be formed exactly ({k})",
        hint="use truncation = strict, or a smaller exponent",
    )


def _family(node: Family, n: int, forward: bool, inner: list[Reach]) -> int | None:
    low, high = node.low, node.high
    if not isinstance(low, int) or not isinstance(high, int):
        raise still_open("the range of a family")
    if node.kind == "sum" and not node.body.nodes:
        bounds = [_family_word(node, t, n, forward) for t in node.body.words]
        if all(b is not None for b in bounds):
            return max((b for b in bounds if b is not None), default=0)
    from qwasm.algebra.members import members

    current: int | None = n
    best = 0
    values = members(node, STEPS)
    for value in values if forward else values[::-1]:
        found = reach(node.body.substitute({node.name: value}), n if node.kind == "sum" else current or 0, forward)
        if found is None:
            return None
        best, current = max(best, found), found
    return best if node.kind == "sum" else current


def _family_word(node: Family, triple: Triple, n: int, forward: bool) -> int | None:
    """n e/m at its largest over the range, when e/m is a monomial in the variable; None when it is not."""
    m, _, e = triple
    if not forward:
        m, e = e, m
    ratio = as_expr(e) / as_expr(m)
    if len(ratio.terms) != 1 or ratio.symbols - {node.name}:
        return None
    assert isinstance(node.low, int) and isinstance(node.high, int)
    low = max(node.low, 2) if node.domain == "primes" else node.low
    ends = [ratio.substitute({node.name: v}).rational() for v in (max(low, 1), max(node.high, 1))]
    if any(v is None for v in ends):
        return None
    return int(max(Fraction(v) for v in ends if v is not None) * n)


def between(factors: tuple[Operator, ...], n: int) -> int:
    """The size on which the product must be formed so that its cut to 1..n is the cut of the infinite product.

    Raises QW0305 when some sum between two factors is infinite.
    """
    lefts: list[int | None] = []
    current: int | None = n
    for x in factors[:-1]:
        current = None if current is None else reach(x, current, True)
        lefts.append(current)
    rights: list[int | None] = []
    current = n
    for x in reversed(factors[1:]):
        current = None if current is None else reach(x, current, False)
        rights.append(current)
    size = n
    for left, right in zip(lefts, reversed(rights)):
        if left is None and right is None:
            raise fail(
                "QW0305",
                "this product diverges on the infinite space: its inner sums never end",
                hint="write coDir left of Dir, or use truncation = strict",
            )
        size = max(size, min(b for b in (left, right) if b is not None))
    if size >= LARGEST:
        raise too_far(f"size {size}")
    return size


def power_size(base: Operator, k: int, n: int) -> int:
    """`between` for the k-fold product of one operator."""
    if k < 2:
        return n
    left: list[int | None] = _orbit(base, n, k - 1, True)
    right: list[int | None] = _orbit(base, n, k - 1, False)
    size = n
    for i in range(1, k):
        a = left[min(i, len(left)) - 1]
        b = right[min(k - i, len(right)) - 1]
        if a is None and b is None:
            raise fail("QW0305", "this power diverges on the infinite space", hint="use truncation = strict")
        size = max(size, min(v for v in (a, b) if v is not None))
        if i > len(left) and k - i > len(right):
            break
    if size >= LARGEST:
        raise too_far(f"power {k}")
    return size


def _orbit(base: Operator, n: int, k: int, forward: bool) -> list[int | None]:
    """The reach after 1, 2, ... factors, cut where it no longer changes."""
    found: list[int | None] = []
    current: int | None = n
    for i in range(k):
        following = None if current is None else reach(base, current, forward)
        found.append(following)
        if following is None or following == current or following >= HUGE:
            break
        if i > STEPS:
            raise too_far(f"power {k + 1}")
        current = following
    return found
