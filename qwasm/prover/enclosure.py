"""Enclosures: small matrices of numbers with proven radii, for exponentials without exact entries.

A number is (re, im, radius) in units of 2^-160; every operation rounds outwards.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from qwasm.algebra.balls import ball
from qwasm.algebra.exact import exact_matrix
from qwasm.algebra.nodes import Exp, Node, Power, Product
from qwasm.algebra.ring import ONE, Expr
from qwasm.algebra.value import Operator
from qwasm.ir.trampoline import Step, run
from qwasm.space import Weight

BITS = 160
UNIT = 1 << BITS
DIGITS = 60
TERMS = 48
LARGE = 200  # norm of what is exponentiated
Ball = tuple[int, int, int]
Matrix = list[list[Ball]]
ZERO: Ball = (0, 0, 0)


def enclosure(x: Operator, N: int, weight: Weight) -> Matrix:
    """The N x N matrix of a closed operator under strict truncation.  Raises ValueError for what has no matrix."""
    found: Matrix = run(_operator(x, N, weight))
    return found


def _operator(x: Operator, N: int, weight: Weight) -> Step:
    plain = Operator(x.truncation, x.words, {node: c for node, c in x.nodes.items() if not _inside(node)})
    total = [[ZERO] * N for _ in range(N)]
    for (i, j), value in exact_matrix(plain, N, weight).items():
        total[i - 1][j - 1] = number(value)
    for node, c in x.nodes.items():
        if _inside(node):
            part: Matrix = yield _node(node, N, weight)
            rows = [number(c.substitute({"n": n})) for n in range(1, N + 1)] if "n" in c.symbols else [number(c)] * N
            total = [[plus(a, times(rows[i], b)) for a, b in zip(total[i], part[i], strict=True)] for i in range(N)]
    return total


def _inside(node: Node) -> bool:
    return isinstance(node, (Exp, Product, Power))


def _node(node: Node, N: int, weight: Weight) -> Step:
    match node:
        case Exp(argument=y):
            return exponential((yield _operator(y, N, weight)))
        case Product(factors=factors):
            result: Matrix = yield _operator(factors[0], N, weight)
            for y in factors[1:]:
                result = product(result, (yield _operator(y, N, weight)))
            return result
        case Power(base=base, exponent=int(k)):
            matrix: Matrix = yield _operator(base, N, weight)
            result = matrix
            for _ in range(k - 1):
                result = product(result, matrix)
            return result
    raise ValueError("this operator has no matrix of numbers")


def number(e: Expr) -> Ball:
    """The ball of a constant."""
    if e.symbols:
        raise ValueError(f"{e} is open")
    value = e.rational()
    if value is not None:
        return (value.numerator * UNIT // value.denominator, 0, 1)
    re, im, radius = ball(e, DIGITS)
    return _scaled(re), _scaled(im), abs(_scaled(radius)) + 3


def _scaled(x: Decimal) -> int:
    top, bottom = x.as_integer_ratio()
    return top * UNIT // bottom


def plus(a: Ball, b: Ball) -> Ball:
    return a[0] + b[0], a[1] + b[1], a[2] + b[2]


def times(a: Ball, b: Ball) -> Ball:
    size_a, size_b = abs(a[0]) + abs(a[1]), abs(b[0]) + abs(b[1])
    radius = ((size_a * b[2] + size_b * a[2] + a[2] * b[2]) >> BITS) + 4
    return (a[0] * b[0] - a[1] * b[1]) >> BITS, (a[0] * b[1] + a[1] * b[0]) >> BITS, radius


def product(a: Matrix, b: Matrix) -> Matrix:
    size = range(len(a))
    found: Matrix = []
    for i in size:
        row = [ZERO] * len(a)
        for k in size:
            if a[i][k] != ZERO:
                row = [plus(x, times(a[i][k], y)) for x, y in zip(row, b[k], strict=True)]
        found.append(row)
    return found


def exponential(a: Matrix) -> Matrix:
    """Scaling, Taylor, squaring; the remainder of the series joins the radius.  Raises ValueError past LARGE."""
    size = range(len(a))
    norm = max(sum(abs(x[0]) + abs(x[1]) + x[2] for x in row) for row in a)
    if norm // UNIT > LARGE:
        raise ValueError("an exponential too large to be enclosed")
    halvings = max(0, (norm // UNIT).bit_length() + 1)
    small = [[(x[0] >> halvings, x[1] >> halvings, (x[2] >> halvings) + 2) for x in row] for row in a]
    identity: Matrix = [[(UNIT, 0, 0) if i == j else ZERO for j in size] for i in size]
    total = term = identity
    for k in range(1, TERMS):
        step = product(term, small)
        term = [[(x[0] // k, x[1] // k, x[2] // k + 2) for x in row] for row in step]
        total = [[plus(x, y) for x, y in zip(r, s, strict=True)] for r, s in zip(total, term, strict=True)]
    rest = 1  # the norm is at most 1/2, so what is left out is below 2 (1/2)^48 / 48! < 2^-160
    total = [[(x[0], x[1], x[2] + rest) for x in row] for row in total]
    for _ in range(halvings):
        total = product(total, total)
    return total


def apart(a: Ball, b: Ball) -> bool:
    """Whether two balls have no common point, by the larger of the two coordinates."""
    return max(abs(a[0] - b[0]), abs(a[1] - b[1])) > a[2] + b[2]


def shown(a: Ball) -> str:
    """A ball as text: 20 digits and a radius."""
    re, im = (_digits(x) for x in a[:2])
    radius = f"{float(Fraction(a[2] + 1, UNIT)) + 1e-20:.1e}"
    return f"{re} ± {radius}" if abs(a[1]) <= a[2] else f"{re} + {im}i ± {radius}"


def _digits(x: int) -> str:
    return f"{Decimal(x) / Decimal(UNIT):.20f}"


__all__ = ["ONE", "apart", "enclosure", "shown"]
