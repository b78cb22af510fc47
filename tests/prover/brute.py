"""The brute-force oracle: an identity is checked entry by entry from the plain definitions, in exact arithmetic.

Nothing of the toolchain is imported.  A number is a sum of rational multiples of products of roots of primes, logs
of primes and i, as a dictionary.  An operator is asked for one row at a time, and each part of an entry is kept with
the highest point that its path touches: it is there for just those N that reach that point.

>>> swap, other = ("prod", ("A", ((2, 1),)), ("B", ((3, 1),))), ("prod", ("B", ((3, 1),)), ("A", ((2, 1),)))
>>> first_difference(Claim(swap, other), 9)
(3, 3, 2)
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache, reduce
from itertools import product
from typing import Any

Place = tuple[int, int, int]  # N, row, column
Value = dict[Any, Fraction]  # frozenset of (prime | ("log", prime) | "i", exponent) -> rational
Row = dict[tuple[int, int], Value]  # (column, highest point) -> part of an entry; the point is 0 on the infinite space
ZERO: Value = {}
ONE: Value = {frozenset(): Fraction(1)}


@dataclass(frozen=True)
class Claim:
    """lhs = rhs for all values of `names` (primes) that `where` allows; `s` is the exponent of the weight n^-s."""

    lhs: Any
    rhs: Any
    names: tuple[str, ...] = ()
    scope: Any = "all"
    s: Fraction = Fraction(0)
    where: tuple[tuple[str, Any, Any], ...] = ()
    given: tuple[Any, ...] = field(default=())


# ------------------------------------------------------------ numbers


def add(a: Value, b: Value) -> Value:
    if not a or not b:
        return a or b
    total = dict(a)
    for m, c in b.items():
        total[m] = total.get(m, Fraction(0)) + c
    return {m: c for m, c in total.items() if c}


def times(a: Value, b: Value) -> Value:
    if a == ONE or b == ONE:
        return b if a == ONE else a
    total: Value = {}
    for m, c in a.items():
        for w, d in b.items():
            total = add(total, _product(m, w, c * d))
    return total


def _product(m: frozenset[Any], w: frozenset[Any], c: Fraction) -> Value:
    powers = dict(m)
    for x, e in w:
        powers[x] = powers.get(x, Fraction(0)) + e
    for x in list(powers):
        if isinstance(x, int):
            whole = math.floor(powers[x])
            c, powers[x] = c * Fraction(x) ** whole, powers[x] - whole
        elif x == "i":
            c, powers[x] = (-c if powers[x] % 4 > 1 else c), powers[x] % 2
    return {frozenset((x, e) for x, e in powers.items() if e): c}


def rational(c: int | Fraction) -> Value:
    return {frozenset(): Fraction(c)} if c else {}


@cache
def power(n: int, exponent: Fraction) -> Value:
    """n^exponent for a positive integer n."""
    value = ONE
    for p, e in factor(n).items():
        value = times(value, _product(frozenset([(p, Fraction(e) * exponent)]), frozenset(), Fraction(1)))
    return value


def conj(a: Value) -> Value:
    return {m: -c if ("i", Fraction(1)) in m else c for m, c in a.items()}


def approx(a: Value) -> complex:
    """The value as a floating-point number."""
    total = 0j
    for m, c in a.items():
        term = complex(c)
        for x, e in m:
            base = 1j if x == "i" else x if isinstance(x, int) else math.log(x[1])
            term *= base ** float(e)
        total += term
    return total


@cache
def factor(n: int) -> dict[int, int]:
    found: dict[int, int] = {}
    p = 2
    while n > 1:
        if p * p > n:
            p = n
        while n % p == 0:
            found[p] = found.get(p, 0) + 1
            n //= p
        p += 1
    return found


def is_prime(n: int) -> bool:
    return n > 1 and factor(n) == {n: 1}


# ------------------------------------------------------------ functions of n


def function(f: Any, n: int, values: Mapping[str, int]) -> Value:
    """The value of a function of n, whose divisors may be named."""
    return _function(f, n, tuple(values.items()))


@cache
def _function(f: Any, n: int, named: tuple[tuple[str, int], ...]) -> Value:
    h, values = factor(n), dict(named)
    match f:
        case ("n", exponent):
            return power(n, exponent)
        case ("log",):
            total = ZERO
            for p, e in h.items():
                total = add(total, {frozenset([(("log", p), Fraction(1))]): Fraction(e)})
            return total
        case ("Lambda",):
            return {frozenset([(("log", next(iter(h))), Fraction(1))]): Fraction(1)} if len(h) == 1 else ZERO
        case ("mu",):
            return rational(0 if any(e > 1 for e in h.values()) else (-1) ** len(h))
        case ("lambda",):
            return rational((-1) ** sum(h.values()))
        case ("div", i):
            return rational(int(n % index(i, values) == 0))
        case ("le", most):
            return rational(int(n <= most))
        case ("fsum", g, k):
            return add(function(g, n, values), function(k, n, values))
        case ("fprod", g, k):
            return times(function(g, n, values), function(k, n, values))
        case ("const", c):
            return coefficient(c, values)
    raise AssertionError(f)


def index(i: Any, values: Mapping[str, int]) -> int:
    return math.prod((values[x] if isinstance(x, str) else x) ** e for x, e in i)


def coefficient(c: Any, values: Mapping[str, int]) -> Value:
    """(rational, ((base, exponent), ...)), the base i or a prime or a name."""
    value = rational(c[0])
    for x, e in c[1]:
        value = times(value, {frozenset([("i", e)]): Fraction(1)} if x == "i" else power(values.get(x, x), e))
    return value


# ------------------------------------------------------------ operators


class Oracle:
    """The rows of operators for one choice of the primes, paths up to the point `top` (None: the infinite space)."""

    def __init__(self, claim: Claim, top: int | None, values: Mapping[str, int]) -> None:
        self.top, self.s, self.values = top, claim.s, dict(values)
        self.rows: dict[Any, Row] = {}

    def row(self, x: Any, n: int, values: Mapping[str, int] | None = None) -> Row:
        """(X psi)(n) as a combination of values of psi."""
        values = self.values if values is None else values
        key = (id(x), n, tuple(values.values()))
        if key not in self.rows:
            found = self._row(x, n, values)
            self.rows[key] = {p: v for p, v in found.items() if v and (self.top is None or p[1] <= self.top)}
        return self.rows[key]

    def at(self, n: int, column: int, v: Value = ONE, point: int = 0) -> Row:
        """One part of a row."""
        return {(column, 0 if self.top is None else max(n, column, point)): v}

    def _row(self, x: Any, n: int, values: Mapping[str, int]) -> Row:
        match x:
            case ("I",):
                return self.at(n, n)
            case ("A", i):
                return self.at(n, index(i, values) * n)
            case ("B", i):
                b = index(i, values)
                return self.at(n, n // b) if n % b == 0 else {}
            case ("P", i):
                return self.at(n, n) if n % index(i, values) == 0 else {}
            case ("Q", i):
                return self.at(n, n, ONE, n * index(i, values))
            case ("K", i, c):
                a = index(i, values)
                return _added(self.at(n, a * n, power(a, -c)), self.at(n, n // a, power(a, c)) if n % a == 0 else {})
            case ("V", f):
                return self.at(n, n, function(f, n, values))
            case ("Dir", f):
                assert self.top is not None
                return {(d * n, d * n): function(f, d, values) for d in range(1, self.top // n + 1)}
            case ("coDir", f):
                return {
                    p: v
                    for d in range(1, n + 1)
                    if n % d == 0
                    for p, v in self.at(n, n // d, function(f, d, values)).items()
                }
            case ("scale", c, y):
                k = coefficient(c, values)
                return {p: times(k, v) for p, v in self.row(y, n, values).items()}
            case ("sum", *parts):
                return reduce(_added, (self.row(part, n, values) for part in parts))
            case ("prod", first, *others):
                return reduce(lambda row, y: self._through(row, y, values), others, self.row(first, n, values))
            case ("pow", y, k):
                return reduce(lambda row, _: self._through(row, y, values), range(k - 1), self.row(y, n, values))
            case ("comm", y, z):
                forth = self._through(self.row(y, n, values), z, values)
                back = self._through(self.row(z, n, values), y, values)
                return _added(forth, {p: times(v, rational(-1)) for p, v in back.items()})
            case ("over", name, low, high, y):
                primes = [p for p in range(low, high + 1) if is_prime(p)]
                return reduce(_added, (self.row(y, n, {**values, name: p}) for p in primes), {})
            case ("adj", y):
                return self._adjoint(y, n, values)
        raise AssertionError(x)

    def _through(self, row: Row, y: Any, values: Mapping[str, int]) -> Row:
        found: Row = {}
        for (m, point), v in row.items():
            for (c, other), w in self.row(y, m, values).items():
                place = (c, max(point, other))
                found[place] = add(found.get(place, ZERO), times(v, w))
        return found

    def _adjoint(self, y: Any, n: int, values: Mapping[str, int]) -> Row:
        """X*(n, m) = conj(X(m, n)) w(m) / w(n): the definition, by columns."""
        assert self.top is not None, "the infinite space has no last row"
        found: Row = {}
        for m in range(1, self.top + 1):
            for (c, point), v in self.row(y, m, values).items():
                if c == n:
                    found[m, point] = times(conj(v), times(power(m, -self.s), power(n, self.s)))
        return found


def _added(a: Row, b: Row) -> Row:
    found = dict(a)
    for place, v in b.items():
        found[place] = add(found.get(place, ZERO), v)
    return found


# ------------------------------------------------------------ claims


def allowed(claim: Claim, values: Mapping[str, int]) -> bool:
    """Whether `where` admits these primes."""
    for relation, a, b in claim.where:
        x, y = values.get(a, a), values.get(b, b)
        if not {"!=": x != y, "==": x == y, "<": x < y, "<=": x <= y}[relation]:
            return False
    return True


def choices(claim: Claim, N: int) -> Iterator[dict[str, int]]:
    """Every choice of the primes that matters up to N: those up to N, and as many above it as there are names.

    On the infinite space paths may pass by points beyond N, so small primes always count.
    """
    most = max(N, 7) if claim.scope == "inf" else N
    primes = [p for p in range(2, most + 1) if is_prime(p)]
    above = most + 1
    for _ in claim.names:
        primes.append(next(p for p in range(above, 2 * above + 2) if is_prime(p)))
        above = primes[-1] + 1
    for chosen in product(primes, repeat=len(claim.names)):
        values = dict(zip(claim.names, chosen, strict=True))
        if allowed(claim, values):
            yield values


def sides(claim: Claim) -> tuple[Any, Any]:
    """Both sides with the facts multiplied in."""
    if not claim.given:
        return claim.lhs, claim.rhs
    return ("prod", claim.lhs, *claim.given), ("prod", claim.rhs, *claim.given)


def entry(claim: Claim, N: int, row: int, col: int, values: Mapping[str, int]) -> tuple[Value, Value]:
    """The two values at one place."""
    oracle = Oracle(claim, None if claim.scope == "inf" else N, values)
    left, right = (
        reduce(add, (v for (c, _), v in oracle.row(side, row).items() if c == col), ZERO) for side in sides(claim)
    )
    return left, right


def first_difference(claim: Claim, most: int, chosen: Sequence[Mapping[str, int]] | None = None) -> Place | None:
    """The smallest counterexample with N <= most (or at the N of the claim): least N, then row, then column.

    `chosen` restricts the choices of the primes.
    """
    at = claim.scope if isinstance(claim.scope, int) else None
    most = at or most
    best: Place | None = None
    left, right = sides(claim)
    for values in choices(claim, most) if chosen is None else chosen:
        oracle = Oracle(claim, None if claim.scope == "inf" else most, values)
        for n in range(1, (best[0] if best and at is None else most) + 1):
            a, b = oracle.row(left, n), oracle.row(right, n)
            gaps: dict[Any, Value] = {}
            for (c, point), v in _added(a, {p: times(v, rational(-1)) for p, v in b.items()}).items():
                N = at or (max(n, c) if claim.scope == "inf" else point)
                if most >= N:
                    gaps[N, n, c] = add(gaps.get((N, n, c), ZERO), v)
            found = min((place for place, v in gaps.items() if v), default=None)
            best = min(x for x in (best, found) if x) if best or found else None
    return best
