"""Scalars of the checker: exact polynomials over atoms, in one form.

An atom is a prime number, a name or (function, argument, ...): $1, $2, ... are bound primes, #1, #2, ... bound
integers, @0, @1, ... the k of words, %i is the imaginary unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from math import ceil, floor, isqrt, prod
from typing import Any

MOST = 20_000  # terms, cases, trial divisors: beyond, the checker says that it does not know
UNIT: frozenset[Any] = frozenset()
Index = dict[Any, Any]  # {atom: exponent}


class Refused(Exception):
    """The certificate does not prove the statement."""


class NotCovered(Refused):
    """The checker cannot follow this, so it does not confirm it."""


def times(a: Mapping[Any, Any], b: Mapping[Any, Any], power: Any = 1) -> Index:
    """The product a b^power of two products of powers."""
    total = dict(a)
    for x, e in b.items():
        total[x] = total.get(x, 0) + power * e
    return {x: e for x, e in total.items() if e}


@cache
def factor(n: int) -> Index:
    """The prime factors of n with their exponents."""
    p = next((p for p in range(2, min(isqrt(n), 10 * MOST) + 1) if n % p == 0), n)
    if p == n > 100 * MOST**2:
        raise NotCovered(f"the factors of {n}")
    return times(factor(n // p), {p: 1}) if n > 1 else {}


class Poly(dict[Any, Any]):
    """{monomial: rational}, a monomial being a frozenset of (atom, exponent)."""

    def __add__(self, other: Poly) -> Poly:
        return Poly(times(self, other))

    def __sub__(self, other: Poly) -> Poly:
        return Poly(times(self, other, -1))

    def __mul__(self, other: Poly) -> Poly:
        parts = [monomial(times(dict(m), dict(w)), c * d) for m, c in self.items() for w, d in other.items()]
        return parts[0] if len(parts) == 1 else sum(parts, Poly())


def monomial(powers: Index, c: Any = 1) -> Poly:
    """The polynomial c times a product of powers of atoms."""
    rest = dict(powers)
    for x, e in powers.items():
        if type(x) is int:  # 12^(1/2) = 2 3^(1/2)
            c, rest[x] = c * Fraction(x) ** floor(e), e - floor(e)
        elif x == "%i":
            c, rest[x] = (-c if e % 4 > 1 else c), e % 2
        elif x[0] == "lambda":
            rest[x] = e % 2
        elif x[0] == "ge":  # [y >= a], which [y >= b] for a larger b implies
            rest[x] = int(not any(type(y) is tuple and y[:2] == x[:2] and y[2] > x[2] for y in powers))
    return Poly({frozenset((x, e) for x, e in rest.items() if e): int(c) if c == int(c) else c} if c else {})


ONE = monomial({})


class Scalars:
    """The value of scalars where every prime name stands for a prime of the list or for a generic one outside it."""

    generic: list[str]
    primes: list[int]

    def prime(self, x: Any) -> bool:
        """Whether an atom is surely a prime."""
        return type(x) is int or (type(x) is str and (x[0] == "$" or x in self.generic))

    def whole(self, x: Any) -> bool:
        """Whether an atom is surely a positive integer."""
        return self.prime(x) or x[0] in ("@", "#")

    def least(self, x: Any, a: int = 2) -> int:
        """The least value from a on that a prime may have (outside the list, if it is no number); 1 for an integer."""
        primes = (p for p in range(max(a, 2), a + MOST) if p not in self.primes and factor(p) == {p: 1})
        return x if type(x) is int else next(primes) if self.prime(x) else 1

    def powers(self, a: Poly) -> Index | None:
        """The powers of primes and integers whose product a value surely is; None for another value."""
        ((m, c), *more) = [*a.items(), (UNIT, 0)]
        if len(more) > 1 or c <= 0 or not all(self.whole(y) for y, _ in m):
            return None
        return times(times(factor(Fraction(c).numerator), factor(Fraction(c).denominator), -1), dict(m))

    def value(self, x: Any, env: Mapping[str, Poly]) -> Poly:
        """The polynomial of a scalar."""
        if type(x) is int:
            return monomial({}, x)
        if type(x) is str:
            return env[x] if x in env else monomial({}, Fraction(x))
        head, args = x[0], [self.value(y, env) for y in x[1:]]
        a, b = args[0], args[-1]
        match head, len(args):
            case "conv" | "dinv" | "euler", _:
                raise NotCovered(f"{head} outside a Dirichlet series")
            case "+", _:
                return sum(args, Poly())
            case "*" | "and", _:
                return prod(args, start=ONE)
            case "not", 1:
                return ONE - a
            case ">=" | "<=" | ">" | "<" | "==" | "!=", 2:
                up, down = self.sign(a - b), self.sign(b - a)
                equal = up + down - ONE
                return {">=": up, "<=": down, "<": ONE - up, ">": ONE - down, "==": equal, "!=": ONE - equal}[head]
            case "log", 1 if (powers := self.powers(a)) is not None:
                return sum((monomial({("log", y): 1}, e) for y, e in powers.items()), Poly())
            case "lambda", 1 if (powers := self.powers(a)) is not None:
                sign = (-1) ** sum(e for y, e in powers.items() if self.prime(y))
                return monomial({("lambda", y): e for y, e in powers.items() if not self.prime(y)}, sign)
            case "exp", 1:  # of a sum it is a product, and exp(c log p) = p^c
                logs = {m: y for m in a for y, e in m if len(m) == e == 1 and y[0] == "log"}
                named = {m: y[1] for m, y in logs.items() if type(y[1]) is not frozenset}
                return monomial({named.get(m, ("exp", m)): c for m, c in a.items()})
            case "^", 2:
                return self.power(a, b)
        return monomial({(head, *(frozenset(y.items()) for y in args)): 1})

    def power(self, a: Poly, b: Poly) -> Poly:
        """a^b on the principal branch where that is certain, else a function of both."""
        e, never_0 = b.get(UNIT, 0), all(type(y) is not tuple or y[0] in ("exp", "lambda") for m in a for y, _ in m)
        if b.keys() <= {UNIT} and e == int(e) and len(a) == 1 and (e > 0 or never_0):
            ((m, c),) = a.items()
            return monomial({y: f * int(e) for y, f in m}, Fraction(c) ** int(e))
        if b.keys() <= {UNIT} and e == int(e) and 0 <= e <= 64:
            return prod([a] * int(e), start=ONE)
        if self.powers(a) is not None:
            return self.value(["exp", ["*", "b", ["log", "a"]]], {"a": a, "b": b})
        return monomial({("^", frozenset(a.items()), frozenset(b.items())): 1})

    def sign(self, d: Poly) -> Poly:
        """[d >= 0]; of one integer variable x, a polynomial in the [x >= a]."""
        t = d.get(UNIT, 0)
        match [(*m, c) for m, c in d.items() if m]:
            case []:
                return monomial({}, int(t >= 0))
            case [((x, 1), c)] if self.whole(x):
                a = ceil(-t / Fraction(c)) if c > 0 else floor(-t / Fraction(c)) + 1
                a = self.least(x, a) if self.prime(x) else a
                bit = ONE if a <= self.least(x) else monomial({("ge", x, a): 1})
                return bit if c > 0 else ONE - bit
            case [((x, 1), b), ((y, 1), c)] if self.prime(x) and self.prime(y) and t == b + c == 0:
                if c * (hash(x) - hash(y)) > 0:  # different primes
                    return ONE - self.sign(Poly() - d)
        scale = abs(d[min(d, key=hash)])
        return monomial({("ge", frozenset((m, Fraction(c) / scale) for m, c in d.items()), 0): 1})
