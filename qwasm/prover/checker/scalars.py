"""Scalars of the checker: multipliers and coefficients as canonical polynomials.

Two scalars with one polynomial are equal wherever both have a meaning; two that are equal may still have different
ones, and then the checker does not confirm.

>>> x = Scalars({"t": "real"}, {"p": "p"}, [2, 3], "all")
>>> x.value(["^", ["*", 4, "p"], "1/2"], x.env) == x.value(["*", 2, ["^", "p", "1/2"]], x.env)
True
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import cache, reduce
from math import floor, isqrt, prod
from typing import Any

MOST = 20_000  # terms, cases, trial divisors: beyond, the checker says that it does not know
BITS = {"ge", "one", "?", "ispower", "isprime"}  # atoms whose values are 0 and 1
ARITIES = {
    **dict.fromkeys(("A", "B", "P", "Q", "V", "Dir", "coDir", "exp", "inv", "adj", "op", "log", "not"), 1),
    **dict.fromkeys(("mu", "lambda", "Lambda", "Omega", "isprime", "tau", "phi"), 1),
    **dict.fromkeys(("^", "==", "!=", "<", "<=", ">", ">=", "mod", "ispower", "sigma", "J"), 2),
    **dict.fromkeys(("scale", "power", "comm", "out", "distinct", "dinv"), 2),
    "I": 0, "conv": 3, "word": 4, "over": 6,
}  # fmt: skip
ARITHMETIC = {"mu", "lambda", "Lambda", "Omega", "ispower", "isprime"}
CONVOLUTIONS: dict[str, Any] = {
    **{"omega": (1, ["isprime", "n"]), "tau": (1, 1), "sigma": (["^", "n", "k"], 1)},
    **{"phi": (["mu", "n"], "n"), "J": (["mu", "n"], ["^", "n", "k"])},
}


class Refused(Exception):
    """The certificate does not prove the statement."""


class NotCovered(Refused):
    """The checker cannot follow this, so it does not confirm it."""


@cache
def factor(n: int) -> dict[int, int]:
    """The prime factors of n with their exponents."""
    p = next((p for p in range(2, min(isqrt(n), 10 * MOST) + 1) if n % p == 0), n)
    if p == n > 100 * MOST**2:
        raise NotCovered(f"the factors of {n}")
    return {**factor(n // p), p: factor(n // p).get(p, 0) + 1} if n > 1 else {}


def show(x: Any) -> str:
    """A text that is the same in every process."""
    parts = [show(y) for y in x] if isinstance(x, (tuple, frozenset)) else [str(x)]
    return f"({','.join(sorted(parts) if isinstance(x, frozenset) else parts)})"


def frozen(x: Mapping[Any, Any]) -> frozenset[Any]:
    return frozenset(x.items())


class Poly(dict[Any, Any]):
    """A polynomial {monomial: rational}; a monomial is a frozenset of (atom, exponent).

    An atom is a prime number, a name, or (function, argument, ...).  Besides the names of the statement, %i is the
    imaginary unit, $1, $2, ... are bound primes, #1, #2, ... bound integers, @0, @1, ... the k of a piece of a term.
    """

    def __add__(self, other: Poly) -> Poly:
        total = Poly(self)
        for m, c in other.items():
            total[m] = total.get(m, 0) + c
        return Poly((m, c) for m, c in total.items() if c)

    def __mul__(self, other: Poly) -> Poly:
        return added(monomial([*m, *w], c * d) for m, c in self.items() for w, d in other.items())

    def __sub__(self, other: Poly) -> Poly:
        return self + Poly((m, -c) for m, c in other.items())


UNIT: frozenset[Any] = frozenset()
ONE = Poly({UNIT: 1})


def added(items: Iterable[Poly]) -> Poly:
    return reduce(Poly.__add__, items, Poly())


def number(c: Any) -> Poly:
    return Poly({UNIT: c} if c else {})


def atom(*x: Any) -> Poly:
    return Poly({frozenset([(x if len(x) > 1 else x[0], 1)]): 1})


def monomial(pairs: Iterable[Any], c: Any = 1) -> Poly:
    """c times a product of powers (atom, exponent), ..."""
    powers: dict[Any, Any] = {}
    for x, e in pairs:
        powers[x] = powers.get(x, 0) + e
    for x, e in powers.items():
        if type(x) is int:
            c, powers[x] = c * Fraction(x) ** floor(e), e - floor(e)
        elif x == "%i":
            c, powers[x] = (-c if e % 4 > 1 else c), e % 2
        elif x[0] in BITS or x[0] in ("mu", "mu*"):
            if e < 0 or e != int(e):
                raise NotCovered("a root or inverse of what may be 0")
            weaker = x[0] == "ge" and any(y[:2] == x[:2] and y[2] > x[2] for y in powers if type(y) is tuple)
            powers[x] = 0 if weaker else min(e, 1) if x[0] in BITS else min(e, 2 - e % 2)
        elif x[0] in ("lambda", "parity"):
            powers[x] = e % 2
    return Poly({frozenset((x, e) for x, e in powers.items() if e): int(c) if c == int(c) else c})


def primes_of(a: Poly) -> list[tuple[Any, Any]]:
    """The powers of primes and names whose product is a positive monomial."""
    ((names, c),) = a.items()
    c = Fraction(c)
    return [*factor(c.numerator).items(), *((p, -e) for p, e in factor(c.denominator).items()), *names]


class Scalars:
    """The value of scalars where every prime name stands for a prime of the list or for a generic one outside it."""

    def __init__(self, kinds: Mapping[str, str], chosen: Mapping[str, Any], primes: list[int], scope: Any) -> None:
        self.scope, self.kinds, self.primes, self.chosen = scope, kinds, primes, chosen
        if any(not name.isidentifier() or name in ("n", "N", "pi") for name in kinds):
            raise Refused("a name that means something else")
        self.generic = sorted({v for v in chosen.values() if type(v) is str})
        self.first = self.next_prime(2)
        self.env = {"i": atom("%i"), **{x: atom(x) for x in ("%i", "pi", *kinds)}}
        self.env |= {x: self.place(v) for x, v in chosen.items()}
        self.env["N"] = number(scope) if type(scope) is int else atom("N")

    def place(self, x: Any) -> Poly:
        return number(x) if type(x) is int else atom(x)

    def next_prime(self, a: int) -> int:
        """The least prime from a on that is not in the list."""
        return next(p for p in range(max(a, 2), a + MOST) if p not in self.primes and factor(p) == {p: 1})

    def prime(self, x: Any) -> bool:
        return type(x) is str and (x[0] == "$" or x in self.generic)

    def positive(self, x: Any) -> bool:
        """Whether an atom is surely a positive integer."""
        return type(x) is int or (type(x) is str and (x[0] in "$#@" or x in self.generic))

    def least(self, x: Any) -> int:
        """The least value that a positive integer may have."""
        return x if type(x) is int else self.first if self.prime(x) else 1

    def value(self, x: Any, env: Mapping[str, Poly]) -> Poly:
        """The canonical polynomial of a scalar."""
        if type(x) is int:
            return number(x)
        if type(x) is str:
            return env[x] if x in env else number(Fraction(x))
        head, *rest = x
        if len(rest) != ARITIES.get(head, len(rest)):
            raise Refused(f"{head} with {len(rest)} arguments")
        if head in ("conv", "dinv", *CONVOLUTIONS):
            functions, inner = self.convolution(x, env)
            f, at = [frozen(self.value(g, {**inner, "n": atom("#")})) for g in functions], self.value(rest[-1], env)
            name = "conv" if len(f) > 1 else "dinv"
            return (
                self.arithmetic("mu", at, at)
                if f == [frozen(ONE)]
                else atom(name, tuple(sorted(f, key=show)), frozen(at))
            )
        args = [self.value(y, env) for y in rest]
        a, b = args[0], args[-1]
        match head:
            case "+":
                return added(args)
            case "*" | "and":
                return reduce(Poly.__mul__, args)
            case "^":
                return self.power(a, b)
            case "not":
                return ONE - a
            case "==":
                return self.sign("==", a - b)
            case ">=" | "<=":
                return self.sign(">=", a - b if head == ">=" else b - a)
            case "!=" | "<" | ">":
                return ONE - self.value([{"!=": "==", "<": ">=", ">": "<="}[head], *rest], env)
            case "log" if len(a) == 1 and all(self.positive(x) for m in a for x, _ in m) and min(a.values()) > 0:
                return self.log(a)
            case "exp":
                return self.exp(a)
        return self.arithmetic(head, b, a) if head in ARITHMETIC else atom(head, *map(frozen, args))

    def convolution(self, x: Any, env: Mapping[str, Poly]) -> tuple[Any, Mapping[str, Poly]]:
        """The functions of n whose convolution (or inverse) x is, and the values of their names."""
        if x[0] in CONVOLUTIONS:
            return CONVOLUTIONS[x[0]], {**env, "k": self.value(x[1], {"n": ONE, **env})}
        return x[1:-1], env

    def which(self, a: Poly) -> Any:
        """The prime that a is, else None."""
        ((x, e), *more) = [*primes_of(a), (0, 0)] if len(a) == 1 and min(a.values()) > 0 else [(0, 0)]
        return x if e == len(more) == 1 and (type(x) is int or self.prime(x)) else None

    def log(self, a: Poly) -> Poly:
        return added(number(e) * atom("log", x) for x, e in primes_of(a))

    def exp(self, a: Poly) -> Poly:
        """exp of a sum as a product, with exp(c log p) = p^c."""
        single = {m: next(iter(m)) for m in a if len(m) == 1}
        logs = {m: x[1] for m, (x, e) in single.items() if x[0] == "log" and e == 1 and type(x[1]) in (int, str)}
        return monomial([(logs.get(m, ("exp", m)), c) for m, c in a.items()])

    def power(self, a: Poly, b: Poly) -> Poly:
        """a^b on the principal branch where that is certain, else a function of both."""
        e = b.get(UNIT, 0) if set(b) <= {UNIT} else Fraction(1, 2)
        if len(a) == 1 and e == int(e) and (e >= 0 or all(self.invertible(x) for m in a for x, _ in m)):
            return monomial([(x, f * int(e)) for m in a for x, f in m], Fraction(*a.values()) ** int(e))
        if e == int(e) and 0 <= e <= 64:
            return reduce(Poly.__mul__, [a] * int(e), ONE)
        if len(a) == 1 and min(a.values()) > 0 and all(self.positive(x) for m in a for x, _ in m):
            return self.exp(b * self.log(a))
        if a == number(-1) and all(type(f) is int and self.whole(m) for m, f in b.items()):
            return monomial([(("parity", m), f) for m, f in b.items() if m], (-1) ** b.get(UNIT, 0))
        return atom("^", frozen(a), frozen(b))

    def invertible(self, x: Any) -> bool:
        """Whether an atom is never 0 (a name is not, where its inverse is written)."""
        sure = type(x) is not tuple or x[0] in ("exp", "lambda", "parity")
        return sure or (x[0] == "log" and (type(x[1]) is int or self.prime(x[1])))

    def whole(self, m: frozenset[Any]) -> bool:
        """Whether a monomial is surely a positive integer."""
        return all(self.positive(x) and type(e) is int and e > 0 for x, e in m)

    def one_prime(self, m: frozenset[Any]) -> bool:
        return len(m) == 1 and all(self.prime(x) and e == 1 for x, e in m)

    def sign(self, relation: str, d: Poly) -> Poly:
        """[d == 0] or [d >= 0]; of one integer variable x, a polynomial in the [x >= a]."""
        t, rest = d.get(UNIT, 0), [(m, c) for m, c in d.items() if m]
        if not rest:
            return number(int(t == 0 or (t > 0 and relation == ">=")))
        ((m, c), *more), ((x, e), *others) = rest, rest[0][0]
        if not more and not others and e == 1 and type(x) is str and self.positive(x):
            zero = Fraction(-t) / c
            if relation == "==":
                return self.ge(x, int(zero)) - self.ge(x, int(zero) + 1) if zero == int(zero) else Poly()
            return self.ge(x, -floor(-zero)) if c > 0 else ONE - self.ge(x, floor(zero) + 1)
        if not more and self.whole(m):
            least = t + c * prod(self.least(x) ** e for x, e in m)
            if least * c > 0 or (least == 0 and c > 0 and relation == ">="):
                return number(int(c > 0 and relation == ">="))
        if relation == "==" and len(d) == 2 and t == sum(d.values()) == 0 and all(map(self.one_prime, d)):
            return Poly()  # different generic primes
        scale = d[min(d, key=show)] if relation == "==" else abs(d[min(d, key=show)])
        return atom("?", relation, frozenset((m, Fraction(c) / scale) for m, c in d.items()))

    def ge(self, x: str, a: int) -> Poly:
        """[x >= a] for an integer variable; of a prime, with the next a that it can be."""
        a = self.next_prime(a) if self.prime(x) else a
        if a <= self.least(x):
            return ONE
        return ONE - atom("one", x) if x[0] == "#" and a == 2 else atom("ge", x, a)

    def arithmetic(self, name: str, at: Poly, base: Poly) -> Poly:
        """A function at h v, with h a product of primes and v a variable or 1; `base` is the p of ispower."""
        opaque = atom(name, frozen(at), *([frozen(base)] if name == "ispower" else []))
        if len(at) != 1 or not all(c > 0 and c == int(c) and self.whole(m) for m, c in at.items()):
            return opaque
        h = {x: e for x, e in primes_of(at) if type(x) is int or self.prime(x)}
        v = [(x, e) for x, e in primes_of(at) if x not in h]
        count, single = sum(h.values()), not v or (len(v) == 1 and v[0][1] == 1)
        rest = atom(name, v[0][0]) if v else number(int(name == "mu"))
        match name:
            case "lambda":
                return monomial([((name, x), e) for x, e in v], (-1) ** count)
            case "Omega":
                return added([number(count), *(number(e) * atom(name, x) for x, e in v)])
            case "mu" if single and not v:
                return number((-1) ** len(h) if count == len(h) else 0)
            case "mu" if single:
                return Poly() if count > len(h) else opaque if h else rest
            case "Lambda" if single and len(h) == 1:
                (p,) = h
                return self.arithmetic("ispower", monomial(v), self.place(p)) * atom("log", p)
            case "isprime" if single and h:
                return Poly() if count > 1 else self.sign("==", monomial(v) - ONE)
            case "Lambda" | "isprime" if single:
                return Poly() if h else rest
            case "ispower" if single and (p := self.which(base)) is not None:
                return Poly() if h.keys() - {p} else atom(name, v[0][0], p) if v else ONE
        return opaque
