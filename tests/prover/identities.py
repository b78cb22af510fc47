"""Identities drawn at random: an operator, the same operator rewritten by laws, and near-misses of both.

Every law is a sentence of the algebra that holds for all N (or on the infinite space); a near-miss drops a guard, moves
a bound by one, swaps two primes, changes a sign, a coefficient or the weight.  Brute force decides what is true.

>>> claim = draw(Random(7))
>>> text(claim.lhs), text(claim.rhs)  # doctest: +ELLIPSIS
(...)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from functools import partial
from random import Random
from typing import Any

from tests.prover.brute import Claim

HALF = Fraction(1, 2)
UNIT = (Fraction(1), ())
FUNCTIONS: tuple[Any, ...] = (
    ("n", Fraction(1)), ("n", Fraction(-1)), ("n", HALF), ("log",), ("Lambda",), ("mu",), ("lambda",),
    ("div", ((2, 1),)), ("div", ((3, 1),)), ("le", 3),
    ("fsum", ("log",), ("n", Fraction(1))), ("fprod", ("log",), ("n", Fraction(-1))),
)  # fmt: skip
SERIES: tuple[Any, ...] = (
    ("n", Fraction(0)),
    ("n", Fraction(1)),
    ("n", Fraction(-1)),
    ("mu",),
    ("Lambda",),
    ("log",),
    ("lambda",),
)


# ------------------------------------------------------------ texts


def text(x: Any) -> str:
    """The operator as the language spells it."""
    match x:
        case ("I",):
            return "I"
        case (("A" | "B" | "P" | "Q") as letter, i):
            return f"{letter}[{index_text(i)}]"
        case ("K", i, c):
            return f"K[{index_text(i)}, {c}]"
        case (("V" | "Dir" | "coDir") as letter, f):
            return f"{letter}({function_text(f)})"
        case ("scale", c, y):
            return f"{coefficient_text(c)} * ({text(y)})"
        case ("sum", *parts):
            return " + ".join(f"({text(y)})" for y in parts)
        case ("prod", *parts):
            return " ".join(f"({text(y)})" for y in parts)
        case ("pow", y, k):
            return f"({text(y)})^{k}"
        case ("comm", y, z):
            return f"comm({text(y)}, {text(z)})"
        case ("adj", y):
            return f"adj({text(y)})"
        case ("over", name, low, high, y):
            return f"(sum {name} in primes({low}, {high}): ({text(y)}))"
    raise AssertionError(x)


def index_text(i: Any) -> str:
    return "*".join(f"{x}^{e}" if e != 1 else str(x) for x, e in i) or "1"


def coefficient_text(c: Any) -> str:
    factors = [f"({c[0]})", *(f"{'(1i)' if x == 'i' else x}^({e})" for x, e in c[1])]
    return "*".join(factors)


def function_text(f: Any) -> str:
    match f:
        case ("n", e):
            return f"n^({e})"
        case ("div", i):
            return f"n mod {index_text(i)} == 0"
        case ("le", most):
            return f"n <= {most}"
        case ("fsum", g, k):
            return f"({function_text(g)}) + ({function_text(k)})"
        case ("fprod", g, k):
            return f"({function_text(g)}) * ({function_text(k)})"
        case ("const", c):
            return coefficient_text(c)
        case (name,):
            return str(name)
    raise AssertionError(f)


# ------------------------------------------------------------ drawing operators


def times_index(i: Any, j: Any) -> Any:
    powers = dict(i)
    for x, e in j:
        powers[x] = powers.get(x, 0) + e
    return tuple(sorted(powers.items(), key=str))


class Drawing:
    """Draws operators over some prime names under one truncation."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.names = ("p", "q")[: random.choice((0, 1, 1, 2, 2))]
        self.free = random.random() < 0.25
        self.s = random.choice((Fraction(0), Fraction(1), HALF))
        self.distinct = len(self.names) == 2 and random.random() < 0.6

    def index(self, bound: tuple[str, ...] = ()) -> Any:
        choice = self.random.choice([*self.names * 3, *bound * 4, 2, 2, 3, 3, 5])
        return (
            ((choice, 1),)
            if self.random.random() < 0.85
            else times_index(((choice, 1),), ((self.random.choice((2, 3)), 1),))
        )

    def coefficient(self, bound: tuple[str, ...] = ()) -> Any:
        r = self.random.choice((Fraction(1), Fraction(-1), Fraction(2), Fraction(1, 3), Fraction(-3, 2)))
        roots = [
            (x, self.random.choice((HALF, -HALF, Fraction(-1))))
            for x in (*self.names, *bound, 2)
            if self.random.random() < 0.3
        ]
        if self.random.random() < 0.1:
            roots.append(("i", Fraction(1)))
        return (r, tuple(roots))

    def letter(self, bound: tuple[str, ...] = ()) -> Any:
        letter = self.random.choice("AAABBBPQKV")
        if letter == "V":
            return ("V", self.random.choice(FUNCTIONS))
        i = self.index(bound)
        return ("K", i, HALF) if letter == "K" else (letter, i)

    def operator(self, depth: int, bound: tuple[str, ...] = ()) -> Any:
        shape = self.random.random()
        if depth == 0 or shape < 0.2:
            return self.letter(bound)
        if shape < 0.55:
            return ("prod", *(self.operator(depth - 1, bound) for _ in range(self.random.choice((2, 2, 3)))))
        if shape < 0.72:
            return ("sum", *(self.operator(depth - 1, bound) for _ in range(2)))
        if shape < 0.82:
            return ("scale", self.coefficient(bound), self.operator(depth - 1, bound))
        if shape < 0.87:
            return ("comm", self.operator(depth - 1, bound), self.operator(depth - 1, bound))
        if shape < 0.91 and not self.free:
            return ("adj", self.operator(depth - 1, bound))
        if shape < 0.93 and not self.free:
            return (self.random.choice(("Dir", "coDir")), self.random.choice(SERIES))
        if shape < 0.95:
            return ("pow", self.operator(0, bound), 2)
        if bound:
            return self.letter(bound)
        low = self.random.choice((2, 2, 3, 5))
        body = self.operator(min(depth - 1, 1), ("r",))
        return ("over", "r", low, low + self.random.choice((0, 1, 3, 3, 8, 8, 8, 40)), body)


# ------------------------------------------------------------ laws


def apart(i: Any, j: Any, distinct: bool) -> bool:
    """Whether two indices are coprime whatever the primes are."""
    for x, _ in i:
        for y, _ in j:
            if x == y or (isinstance(x, str) != isinstance(y, str)) or (isinstance(x, str) and not distinct):
                return False
            if isinstance(x, str) and "r" in (x, y):
                return False
    return True


def laws(x: Any, d: Drawing) -> Iterator[Any]:
    """Operators that equal x."""
    match x:
        case ("prod", ("A", i), ("A", j)) | ("prod", ("B", i), ("B", j)):
            yield (x[1][0], times_index(i, j))
        case ("prod", ("A", i), ("B", j)):
            if i == j:
                yield ("I",) if d.free else ("Q", i)
            elif apart(i, j, d.distinct):
                yield ("prod", ("B", j), ("A", i)) if d.free else ("prod", ("Q", i), ("B", j), ("A", i))
        case ("prod", ("B", i), ("A", j)) if i == j:
            yield ("P", i)
        case ("prod", ("P" | "Q", _) as y, z) if y == z:
            yield y
        case ("prod", ("V", f), ("V", g)):
            yield ("V", ("fprod", f, g))
        case ("prod", ("A", ((a, 1),)), ("V", ("n", e))):
            yield ("scale", (Fraction(1), ((a, e),)), ("prod", ("V", ("n", e)), x[1]))
        case ("prod", ("V", ("n", e)), ("B", ((a, 1),))):
            yield ("scale", (Fraction(1), ((a, e),)), ("prod", x[2], ("V", ("n", e))))
        case ("prod", ("A", ((a, 1),)), ("V", ("lambda",))):
            yield ("scale", (Fraction(-1), ()), ("prod", ("V", ("lambda",)), x[1]))
        case ("prod", ("Dir", _) as y, ("A", _) as z) | ("prod", ("A", _) as y, ("Dir", _) as z):
            yield ("prod", z, y)
        case ("prod", (("Dir" | "coDir") as one, _), (other, _)) if one == other:
            yield ("prod", x[2], x[1])
        case ("prod", first, *rest) if len(rest) > 1:
            yield ("prod", first, ("prod", *rest))
            yield ("prod", ("prod", first, *rest[:-1]), rest[-1])
        case ("prod", ("sum", *parts), y):
            yield ("sum", *(("prod", z, y) for z in parts))
        case ("prod", y, ("sum", *parts)):
            yield ("sum", *(("prod", y, z) for z in parts))
        case ("prod", ("scale", c, y), z) | ("prod", y, ("scale", c, z)):
            yield ("scale", c, ("prod", y, z))
        case ("prod", ("prod", *left), y):
            yield ("prod", *left, y)
        case ("prod", ("over", name, low, high, y), z) if not _mentions(z, name):
            yield ("over", name, low, high, ("prod", y, z))
        case ("comm", y, z):
            yield ("sum", ("prod", y, z), ("scale", (Fraction(-1), ()), ("prod", z, y)))
            yield ("scale", (Fraction(-1), ()), ("comm", z, y))
        case ("pow", y, 2):
            yield ("prod", y, y)
        case ("sum", y, z):
            yield ("sum", z, y)
        case ("scale", c, ("sum", *parts)):
            yield ("sum", *(("scale", c, z) for z in parts))
        case ("scale", c, y):
            yield ("sum", ("scale", (c[0] / 2, c[1]), y), ("scale", (c[0] / 2, c[1]), y))
        case ("K", i, c):
            up, down = ((tuple((a, sign * c * e) for a, e in i)) for sign in (1, -1))
            yield ("sum", ("scale", (Fraction(1), down), ("A", i)), ("scale", (Fraction(1), up), ("B", i)))
        case ("P", i):
            yield ("prod", ("B", i), ("A", i))
        case ("Q", i) if not d.free:
            yield ("prod", ("A", i), ("B", i))
        case ("A" | "B", ((a, 1), (b, 1))):
            yield ("prod", (x[0], ((b, 1),)), (x[0], ((a, 1),)))
        case ("V", ("fsum", f, g)):
            yield ("sum", ("V", f), ("V", g))
        case ("over", name, low, high, y) if low < high:
            middle = d.random.randint(low, high - 1)
            yield ("sum", ("over", name, low, middle, y), ("over", name, middle + 1, high, y))
        case ("adj", ("A", ((a, 1),) as i)):
            yield ("scale", (Fraction(1), ((a, d.s),)), ("B", i))
        case ("adj", ("B", ((a, 1),) as i)):
            yield ("scale", (Fraction(1), ((a, -d.s),)), ("A", i))
        case ("adj", ("prod", y, z)):
            yield ("prod", ("adj", z), ("adj", y))
        case ("adj", ("sum", y, z)):
            yield ("sum", ("adj", y), ("adj", z))
        case ("adj", ("adj", y)) | ("adj", ("P" | "Q", _) as y):
            yield y
    if d.random.random() < 0.1:
        y = d.letter()
        yield ("sum", x, ("sum", y, ("scale", (Fraction(-1), ()), y)))
        yield ("prod", ("I",), x)


def _mentions(x: Any, name: str) -> bool:
    return x == name or (isinstance(x, tuple) and any(_mentions(y, name) for y in x))


def places(x: Any) -> Iterator[tuple[Any, Callable[[Any], Any]]]:
    """Every operator inside x, with the function that puts another in its place."""
    yield x, lambda y: y
    for i, part in enumerate(x):
        if isinstance(part, tuple) and part and isinstance(part[0], str) and part[0] in OPERATORS and i:
            for inner, put in places(part):
                yield inner, partial(_put, x, i, put)


def _put(x: Any, i: int, put: Callable[[Any], Any], y: Any) -> Any:
    return (*x[:i], put(y), *x[i + 1 :])


OPERATORS = frozenset(
    ("I", "A", "B", "P", "Q", "K", "V", "Dir", "coDir", "scale", "sum", "prod", "pow", "comm", "adj", "over")
)


def rewritten(x: Any, d: Drawing, steps: int) -> Any:
    """x after some laws at random places."""
    for _ in range(steps):
        options = [put(y) for inner, put in places(x) for y in laws(inner, d)]
        if options:
            x = d.random.choice(options)
    return x


# ------------------------------------------------------------ near-misses


def _changes(x: Any, random: Random) -> Iterator[Any]:
    """x with one thing changed."""
    for inner, put in places(x):
        match inner:
            case ("A" | "B" | "P" | "Q" as letter, i):
                yield put(({"A": "B", "B": "A", "P": "Q", "Q": "P"}[letter], i))
                yield put((letter, times_index(i, ((2, 1),))))
                yield put(("I",))
            case ("K", i, c):
                yield put(("K", i, -c))
            case ("scale", c, y):
                yield put(("scale", (-c[0], c[1]), y))
                yield put(("scale", (c[0] + 1, c[1]), y))
                if c[1]:
                    (a, e), *more = c[1]
                    yield put(("scale", (c[0], ((a, e + 1), *more)), y))
            case ("sum", *parts):
                yield put(("sum", parts[0], ("scale", (Fraction(-1), ()), parts[1]), *parts[2:]))
            case ("prod", y, z, *more):
                yield put(("prod", z, y, *more))
            case ("over", name, low, high, y):
                yield put(("over", name, low + 1, high, y))
                yield put(("over", name, low, high + 1, y))
            case ("V", _):
                yield put(("V", random.choice(FUNCTIONS)))


def draw(random: Random) -> Claim:
    """A claim; about half of them are true."""
    d = Drawing(random)
    lhs = d.operator(random.choice((1, 2, 2, 3)))
    rhs = rewritten(lhs, d, random.randint(1, 5))
    where = (
        (("!=", "p", "q"),) if d.distinct else (("<", "p", "q"),) if len(d.names) == 2 and random.random() < 0.1 else ()
    )
    scope: Any = "inf" if d.free else random.randint(2, 12) if random.random() < 0.15 else "all"
    given = ((random.choice("PQ"), d.index()),) if random.random() < 0.1 else ()
    claim = Claim(lhs, rhs, d.names, scope, d.s, where, given)
    return near_miss(claim, random) if random.random() < 0.5 else claim


def near_miss(claim: Claim, random: Random) -> Claim:
    """The claim with a guard dropped, the weight changed, two primes swapped or one place of one side changed."""
    options: list[Claim] = []
    if claim.where:
        options += [replace(claim, where=())] * 3
    if _mentions(claim.lhs, "adj") or _mentions(claim.rhs, "adj"):
        options += [replace(claim, s=claim.s + 1)] * 2
    if len(claim.names) == 2:
        options.append(replace(claim, rhs=_swapped(claim.rhs)))
    options += [replace(claim, rhs=x) for x in _changes(claim.rhs, random)]
    options += [replace(claim, lhs=x) for x in _changes(claim.lhs, random)]
    return random.choice(options) if options else claim


def _swapped(x: Any) -> Any:
    return tuple(_swapped(y) for y in x) if isinstance(x, tuple) else {"p": "q", "q": "p"}.get(x, x)


def mutants(random: Random) -> tuple[Claim, Claim]:
    """A true claim and a near-miss of it."""
    while True:
        d = Drawing(random)
        lhs = d.operator(random.choice((1, 2, 2)))
        where = (("!=", "p", "q"),) if d.distinct else ()
        rhs = rewritten(lhs, d, random.randint(1, 4))
        claim = Claim(lhs, rhs, d.names, "inf" if d.free else "all", d.s, where)
        miss = near_miss(claim, random)
        if miss != claim:
            return claim, miss
