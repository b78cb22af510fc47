"""The independent checker: a certificate is believed only after every path was walked again.

It imports the standard library alone and shares neither code nor method with the finder: no triples are composed,
each word is followed letter by letter from its row n, noting every bound L n <= N and every multiplier where it
stands.  What a statement and a certificate look like is told in docs/notes/005-certificates.md.

Scalars are polynomials over atoms: an atom is a prime number, a name or (function, argument, ...), where $1, $2, ...
are bound primes, #1, #2, ... bound integers, @0, @1, ... the k of words and %i is the imaginary unit.
"""

from __future__ import annotations

from collections import namedtuple
from fractions import Fraction
from functools import cache
from itertools import combinations_with_replacement, permutations, product
from math import ceil, floor, isqrt, prod
from typing import Any

MOST = 20_000  # terms, cases, trial divisors: beyond, the checker says that it does not know
LOG, LIOUVILLE, UNIT = ("ln", "#"), ("lambda", "#"), frozenset[Any]()
POINT = frozenset([(frozenset([("#", 1)]), 1)])  # as the argument of a function
MEANT = {"n", "N", "all", "inf", "pi", "ln", "exp", "ge", "lambda", "mu", "Lambda", "D"}  # no variables
Index = dict[Any, Any]  # {atom: exponent}


class Refused(Exception):
    """The certificate does not prove the statement."""


class NotCovered(Refused):
    """The checker cannot follow this, so it does not confirm it."""


def check(statement: Any, certificate: Any) -> None:
    """Return when the certificate proves the statement; raise Refused, or NotCovered, when not."""
    try:
        _check(statement, certificate)
    except Exception as error:  # what has another form is no proof
        raise error if isinstance(error, Refused) else Refused(f"no certificate: {error!r}") from None


def _check(statement: Any, certificate: Any) -> None:
    scope, finite, primes = statement["scope"], certificate["method"] == "finite/1", certificate["primes"]
    names = sorted(name for name, kind in statement["vars"].items() if kind == "prime")
    known = [p for p in range(2, scope + 1) if factor(p) == {p: 1}] if finite else primes
    cases = {tuple(sorted(case["names"].items())): case["terms"] for case in certificate["cases"] if len(case) == 2}
    if not (
        certificate["statement"] == statement and certificate["format"] == "qwasm-certificate/2"
        and statement["format"] == "qwasm-statement/1" and (certificate["method"] == "nf/1" or (finite and not primes))
        and (scope in ("all", "inf") or (type(scope) is int and scope > 0)) and len(certificate) == 5
        and all(name.isidentifier() and name not in MEANT for name in statement["vars"])
        and primes == sorted(set(primes)) and all(type(p) is int and factor(p) == {p: 1} for p in primes)
        and len(cases) == len(certificate["cases"]) and (len(known) + len(names)) ** len(names) < MOST
    ):  # fmt: skip
        raise Refused("a field that cannot be so, or too many cases")
    for values in product([*known, *names], repeat=len(names)):
        chosen = dict(zip(names, values, strict=True))
        if all(type(v) is int or (v <= name and chosen[v] == v) for name, v in chosen.items()):
            case = Case(statement, chosen, known, finite)
            terms = cases.pop(tuple((name, str(value)) for name, value in chosen.items()), None)
            if case.possible:
                lhs, rhs = (["product", statement[side], *statement["given"]] for side in ("lhs", "rhs"))
                value = case.normal(lhs)
                if value != case.normal(rhs) or (terms != [lhs] and value != case.normal(["sum", *terms])):
                    raise Refused(f"a side has another normal form, or none is given, in the case {chosen}")
    if cases:
        raise Refused("a case that does not exist")


# ---------------------------------------------------------------- scalars


def times(a: Index, b: Index, power: Any = 1) -> Index:
    """The product a b^power of two products of powers; the sum of polynomials likewise."""
    return {x: e for x in {**a, **b} if (e := a.get(x, 0) + power * b.get(x, 0))}


@cache
def factor(n: int) -> Index:
    """The prime factors of n with their exponents."""
    p = next((p for p in range(2, min(isqrt(n), 10 * MOST) + 1) if n % p == 0), n)
    if p == n > 100 * MOST**2:
        raise NotCovered(f"the factors of {n}")
    return times(factor(n // p), {p: 1}) if n > 1 else {}


class Poly(Index):
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
        elif x == "%i" or x[0] == "lambda":
            c, rest[x] = (-c if x == "%i" and e % 4 > 1 else c), e % 2
        elif x[0] == "ge":  # [y >= a], which [y >= b] for a larger b implies
            rest[x] = int(not any(type(y) is tuple and y[:2] == x[:2] and y[2] > x[2] for y in powers))
    return Poly({frozenset((x, e) for x, e in rest.items() if e): int(c) if c == int(c) else c} if c else {})


ONE, ROW = monomial({}), monomial({"n": 1})


# A word under way: at the rows n = m k with L n <= N for all L in `bounds` it has come to the point at n, and has met
# multipliers (scalar, values of names, point / n); `done` are words and formal letters to the left, c is the
# coefficient, and so many primes and integers are bound.
Path = namedtuple("Path", "m at bounds met done c primes ints", defaults=({}, {}, ({},), (), (), ONE, 0, 0))


class Case:
    """A statement where every prime name stands for a prime of the list or for a generic one outside it."""

    def __init__(self, statement: Any, chosen: dict[str, Any], primes: list[int], finite: bool) -> None:
        self.scope, self.kinds, self.primes, self.finite = statement["scope"], statement["vars"], primes, finite
        self.generic = sorted({v for v in chosen.values() if type(v) is str})
        names = {x: x for x in ("%i", "pi", *self.kinds)}  # N is named by the scope, if it has no value
        self.env = {x: monomial({v: 1}) for x, v in {**names, **chosen, "N": self.scope}.items()}
        self.possible = all(self.value(x, self.env) for x in statement["where"])
        pairs = [x[1:] if x[0][0] == "<" else x[:0:-1] for x in statement["where"] if x[0][0] in "<>"]
        self.less = [[chosen[x] for x in pair] for pair in pairs if all(type(x) is str and x in chosen for x in pair)]

    def prime(self, x: Any) -> bool:
        """Whether an atom is surely a prime."""
        return type(x) is int or (type(x) is str and (x[0] == "$" or x in self.generic))

    def least(self, x: Any, a: int = 1) -> int:
        """The least value from a on that an atom may have: a generic prime is outside the list."""
        primes = (p for p in range(max(a, 2), a + MOST) if p not in self.primes and factor(p) == {p: 1})
        return x if type(x) is int else next(primes) if self.prime(x) else a

    def powers(self, a: Poly) -> Index | None:
        """The powers of primes and integers whose product a value surely is; None for another value."""
        ((m, c), *more) = [*a.items(), (UNIT, 0)]
        sure = len(more) < 2 and c > 0 and all(self.prime(y) or y[0] in ("@", "#") for y, _ in m)
        return times(times(factor(c.numerator), factor(c.denominator), -1), dict(m)) if sure else None

    def value(self, x: Any, env: dict[Any, Poly]) -> Poly:
        """The polynomial of a scalar."""
        if type(x) in (int, str):
            return env[x] if x in env else monomial({}, Fraction(x))
        head, args = x[0], [self.value(y, env) for y in x[1:]]
        match [head, *args]:
            case ["conv" | "dinv" | "euler", *_]:
                raise NotCovered(f"{head} outside a Dirichlet series")
            case ["+" | "*" | "and", *_]:
                return sum(args, Poly()) if head == "+" else prod(args, start=ONE)
            case ["not", Poly() as a]:
                return ONE - a
            case [">=" | "<=" | ">" | "<" | "==" | "!=", a, b]:
                up, down = self.sign(a - b), self.sign(b - a)
                equal = up + down - ONE
                return {">=": up, "<=": down, "<": ONE - up, ">": ONE - down, "==": equal, "!=": ONE - equal}[head]
            case ["log", a] if (powers := self.powers(a)) is not None:
                return sum((monomial({("ln", y): 1}, e) for y, e in powers.items()), Poly())
            case ["lambda", a] if (powers := self.powers(a)) is not None:
                sign = (-1) ** sum(e for y, e in powers.items() if self.prime(y))
                return monomial({("lambda", y): e for y, e in powers.items() if not self.prime(y)}, sign)
            case ["exp", a]:  # of a sum it is a product, and exp(c log p) = p^c
                logs = {m: y[1] for m in a for y, e in m if len(m) == e == 1 and y[0] == "ln"}
                return monomial({logs.get(m, ("exp", m)): c for m, c in a.items()})
            case ["^", a, b]:
                return self.power(a, b)
        return monomial({(head, *(frozen(y) for y in args)): 1})

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
        return monomial({("^", frozen(a), frozen(b)): 1})

    def sign(self, d: Poly) -> Poly:
        """[d >= 0]; of one integer variable x, a polynomial in the [x >= a]."""
        t = d.get(UNIT, 0)
        match [(*m, c) for m, c in d.items() if m]:
            case []:
                return monomial({}, int(t >= 0))
            case [((x, 1), c)] if self.powers(monomial({x: 1})):
                a = self.least(x, ceil(-t / Fraction(c)) if c > 0 else floor(-t / Fraction(c)) + 1)
                bit = ONE if a <= self.least(x) else monomial({("ge", x, a): 1})
                return bit if c > 0 else ONE - bit
            case [((x, 1), b), ((y, 1), c)] if self.prime(x) and self.prime(y) and t == b + c == 0:
                if c * (hash(x) - hash(y)) > 0:  # different primes
                    return ONE - self.sign(Poly() - d)
        scale = abs(d[min(d, key=hash)])
        return monomial({("ge", frozenset((m, Fraction(c) / scale) for m, c in d.items()), 0): 1})

    # ------------------------------------------------------------ words

    def normal(self, x: Any) -> Index:
        """The operator as a sum of terms: {all that a term is but a rational coefficient: the coefficient}."""
        total: Index = {}
        for key, c in (term for path in self.walk(x, Path(), self.env) for term in self.finish(path)):
            total[key] = total.get(key, 0) + c
        return {key: c for key, c in total.items() if c}

    def walk(self, x: Any, p: Path, env: dict[Any, Poly]) -> list[Path]:
        """All paths through an operator, its outermost letter first."""
        match x:
            case ["I"]:
                return [p]
            case ["sum", *parts]:
                return [q for part in parts for q in self.walk(part, p, env)]
            case ["product", *parts]:
                paths = [p]
                for part in parts:
                    paths = [r for q in paths for r in self.walk(part, q, env)]
                    if len(paths) > MOST:
                        raise NotCovered("too many terms")
                return paths
            case ["power", y, int(e)] if 0 <= e < MOST:
                return self.walk(["product", *[y] * e], p, env)
            case ["scale", f, y]:
                c = p.c * self.value(f, env)
                return self.walk(y, p._replace(c=c), env) if c else []
            case ["over", "sum", r, "primes", low, high, y]:
                new = f"${p.primes + 1}"
                y = ["scale", ["*", [">=", r, low], ["<=", r, r if high is None else high]], y]
                values = (new, *(f"${i + 1}" for i in range(p.primes)), *self.generic, *self.primes)
                starts = ((p._replace(primes=p.primes + (v == new)), {**env, r: monomial({v: 1})}) for v in values)
                return [q for start in starts for q in self.walk(y, *start)]
            case ["word", m, [*bounds], e, f] if len(bounds) == len({*map(str, bounds)}):
                return self.walk(["product", ["B", m], *(["Q", u] for u in bounds), ["V", f], ["A", e]], p, env)
            case ["A" | "B" | "P" | "Q" as head, a]:
                return [self.step(head, self.index(a, env), p)]
            case ["V", f]:
                return [p._replace(met=(*p.met, (f, env, p.at)))]
            case ["Dir" | "coDir" as head, f] | ["inv", ["Dir" | "coDir" as head, f]]:  # a sum over all integers d
                d = f"#{p.ints + 1}"
                c = self.value(f, {**env, "n": monomial({d: 1})})
                c = monomial({("inv", d, frozen(c)): 1}) if x[0] == "inv" else c
                return [self.step("A" if head == "Dir" else "B", {d: 1}, p._replace(c=p.c * c, ints=p.ints + 1))]
            case ["exp" | "inv" as head, y] if not p.primes and env is self.env:
                if head == "exp" and p[:4] == Path()[:4] and p.done and p.done[-1][0] == "exp":
                    *_, q, (_, z, _) = p.done
                    if not self.normal(["sum", ["product", z, y], ["scale", -1, ["product", y, z]]]):
                        return self.walk(["exp", ["sum", z, y]], q._replace(c=p.c), env)  # exp(Z) exp(Y)
                total = frozen(self.normal(y))
                return [ended(p, (head, y, total))] if total or head == "inv" else [p]
            case ["op" | "S" | "out" as head, *args] | ["adj" as head, ["op", *args]]:
                match [p.done[-1][:2] if p.done and p[:4] + p.done[-2][6:] == Path()[:4] + p[6:] else "", x]:
                    case [("S", [_, int(j), *u]), ["S", int(k), *v]] if u == v and (u or j * k > 0):
                        return self.walk(["S", j + k, *u], p.done[-2]._replace(c=p.c), env)
                return [ended(p, (head, x, *(frozen(self.value(y, {**env, "n": ROW})) for y in args)))]
        raise NotCovered(f"the operator {x[0]}")

    def index(self, x: Any, env: dict[Any, Poly]) -> Index:
        """The index of a letter: an integer >= 1, or the statement has no meaning."""
        ((names, c),) = self.value(x, env).items()
        index = times(factor(int(c)), dict(names))
        whole = (self.prime(y) or self.kinds.get(y) == "qint" or y[0] == "exp" for y in index)
        listed = self.finite or {y for y in index if type(y) is int} <= {*self.primes}
        if not (c == int(c) > 0 and all(whole) and listed and all(type(e) is int and e > 0 for e in index.values())):
            raise Refused("no index, or one whose primes are not listed")
        return index

    def step(self, head: str, a: Index, p: Path) -> Path:
        """The path after A[a], B[a], P[a] or Q[a]."""
        if head in "AQ":
            there = times(p.at, a)
            return p._replace(at=there if head == "A" else p.at, bounds=(*p.bounds, there))
        point = times(p.m, p.at)
        need = {x: e - point.get(x, 0) for x, e in a.items() if e > point.get(x, 0)}
        rest = {x for x, e in point.items() if e > a.get(x, 0)}
        if need and rest and not all(map(self.prime, {*need, *rest})):  # coprime in form alone: a new word
            p, need = ended(p), a
        return p._replace(m=times(p.m, need), at=times(p.at, a, -1) if head == "B" else p.at)

    def below(self, w: Index, u: Index) -> bool:
        """Whether w <= u for all values of the names."""
        r = times(u, w, -1)
        for small, big in self.less:
            r = times(r, {small: 1, big: -1}, max(0, min(-r.get(small, 0), r.get(big, 0))))
        return prod(Fraction(self.least(x)) ** r[x] for x in r) >= 1 and all(r[x] > 0 or type(x) is int for x in r)

    def maximum(self, bounds: Any) -> list[Index]:
        """The bounds that are not below another one, or the geometric mean of two others."""
        kept = [w for i, w in enumerate(bounds) if w not in bounds[:i]] if self.scope != "inf" else []
        for w in kept[:] if len(kept) > 1 else ():
            others = [u for u in kept if u is not w]
            if any(self.below(times(w, w), times(u, v)) for u, v in combinations_with_replacement(others, 2)):
                kept = others
        return kept

    def finish(self, path: Path) -> Any:
        """The terms of a finished path as (key, rational coefficient); at one N, its matrix entries."""
        bound = [f"${i + 1}" for i in range(path.primes)]
        for k in self.rows(path) if self.finite and not path.done else [0]:
            c, shape = path.c, []
            for i, p in enumerate((*path.done, path)):
                for f, env, at in p.met if type(p) is Path else ():
                    c *= self.value(f, {**env, "n": monomial(times(times(p.m, at), {k or f"@{i}": 1}))})
                shape.append([p.m, p.at, *self.maximum(p.bounds)] if type(p) is Path else (p[0], *p[2:]))
            if k:
                shape = [k * prod(x**e for x, e in u.items()) for u in (path.m, times(path.m, path.at))]
            terms = (((*shape, names), d) for names, d in c.items()) if k else self.gathered(shape, c, path.ints)
            for key, d in terms:
                if 1 < len(bound) < 6:
                    key = min((renamed(key, dict(zip(bound, o, strict=True))) for o in permutations(bound)), key=hash)
                yield key, d

    def rows(self, path: Path) -> range:
        """The k of the rows m k of a word at one N, where other primes than those of the list are larger than N."""
        indices = [times(path.m, u) for u in path.bounds]
        if not all(self.prime(x) for u in indices for x in u):
            raise NotCovered("an open index at one N")
        return range(1, self.scope // max(prod(self.least(x) ** e for x, e in u.items()) for u in indices) + 1)

    # ------------------------------------------------------------ Dirichlet series

    def gathered(self, shape: Any, value: Poly, ints: int) -> Any:
        """The terms of a value, where bound integers that always go together are one, their functions convolved."""
        places = [u for word in shape if type(word) is list for u in word]
        at = {d: tuple(u.get(d, 0) for u in places) for d in (f"#{i + 1}" for i in range(ints))}
        groups = [[d for d in at if at[d] == e] for e in sorted(set(at.values()))]
        for names, c in value.items():
            total = monomial({}, c)
            for j, group in enumerate(groups):
                for d in group:
                    own = {x: e for x, e in names if d in inside(x)}
                    if any(str(y)[0] in "#@" and y != d for x in own for y in inside(x)):
                        raise NotCovered("a function of two integers")
                    names -= frozen(own)
                    total *= series(dict(renamed(tuple(own.items()), {d: "#"})), f"##{j}")
            for factors, d in total.items():
                kept = {g[0]: f"##{j}" for j, g in enumerate(groups) if any(y == f"##{j}" for (_, y, _), _ in factors)}
                words = []
                for w in shape:
                    if type(w) is list:
                        m, at, *bounds = [{kept.get(x, x): u[x] for x in u if x in kept or str(x)[0] != "#"} for u in w]
                        w = (frozen(m), frozen(at), frozenset(map(frozen, self.maximum(bounds))))
                    words.append(w)
                yield (*words, names, factors), d


def frozen(x: Index) -> Any:
    return frozenset(x.items())


def ended(p: Path, *letters: Any) -> Path:
    """A new word, to the right of this one and formal letters."""
    return Path(done=(*p.done, p, *letters), c=p.c, primes=p.primes, ints=p.ints)


def inside(x: Any) -> set[Any]:
    return set().union(*map(inside, x)) if isinstance(x, (tuple, frozenset)) else {x}


def renamed(x: Any, names: Index) -> Any:
    return type(x)(renamed(y, names) for y in x) if type(x) in (tuple, frozenset) else names.get(x, x)


def series(own: Index, j: str) -> Poly:
    """A function of # in the ring of Dirichlet series, where (D, j, f) is that of f and times log is a derivation."""
    logs = own.get(LOG, 0) if type(own.get(LOG, 0)) is int and own.get(LOG, 0) > 0 else 0
    own = times(own, {LOG: -logs})
    special = [(x, e) for x, e in own.items() if x[0] in ("mu", "Lambda", "inv")]
    rest = times(own, dict(special), -1)
    powers = all(x in ("#", LIOUVILLE) or (x[0] == "exp" and inside(x[1] - {(LOG, 1)}).isdisjoint("#")) for x in rest)
    match special:
        case [(("mu", at), 1 | 2 as e)] if at == POINT and powers:
            total = basis(times(rest, {LIOUVILLE: e - 1}), j, -1)
        case [(("Lambda", at), 1)] if at == POINT and powers:
            total = basis(times(rest, {LOG: 1}), j) * basis(rest, j, -1)
        case [(("inv", _, f), 1)] if len(f) == 1 and not rest:
            ((names, c),) = f
            ((names, d),) = series(dict(names), j).items()
            total = monomial({x: -e for x, e in names}, 1 / Fraction(c * d))
        case _:
            total = basis(own, j)
    for _ in range(logs):
        parts = [(dict(names), x, e, c) for names, c in total.items() for x, e in names]
        derived = (basis(times(dict(x[2]), {LOG: 1}), j) * monomial(times(m, {x: -1}), c * e) for m, x, e, c in parts)
        total = sum(derived, Poly())
    return total


def basis(own: Index, j: str, e: int = 1) -> Poly:
    """The e-th power of the series of a function."""
    return monomial({("D", j, frozenset(next(iter(monomial(own))))): e})
