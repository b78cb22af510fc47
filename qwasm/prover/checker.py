"""The independent checker: a certificate is believed only after every path was walked again.

It imports the standard library alone and composes no triples: each word is followed letter by letter from the
point n = m k, noting every bound L k <= N and every multiplier at the point where it stands.  The forms of
statements and certificates are in docs/notes/004-certificates.md.

Indices are Counters {prime or name: exponent}: a + b is the product, a - b is a / gcd(a, b).
"""

from __future__ import annotations

import json
from collections import Counter
from fractions import Fraction
from functools import cache, reduce
from itertools import combinations, permutations, product
from math import floor, isqrt, prod
from typing import Any, NamedTuple

MOST = 20_000  # terms, cases, trial divisors: beyond, the checker says that it does not know
BITS = {"ge", "one", "?", "ispower"}  # atoms whose values are 0 and 1
CONVOLUTIONS = {"tau": (1, 1), "sigma": (["^", "n", "k"], 1), "phi": (["mu", "n"], "n"), "J": (["mu", "n"], ["^", "n", "k"])}


class Refused(Exception):
    """The certificate does not prove the statement."""


class NotCovered(Refused):
    """The checker cannot follow this, so it does not confirm it."""


def check(statement: Any, certificate: Any) -> None:
    """Return when the certificate proves the statement; raise Refused, or NotCovered, when not."""
    try:
        _check(statement, certificate)
    except Refused:
        raise
    except Exception as error:  # what has another form is no proof
        raise Refused(f"not a certificate: {type(error).__name__}: {error}") from None


def _check(statement: Any, certificate: Any) -> None:
    scope, finite, primes = statement["scope"], certificate["method"] == "finite/1", certificate["primes"]
    names = sorted(name for name, kind in statement["vars"].items() if kind == "prime")
    known = [p for p in range(2, scope + 1) if factor(p) == {p: 1}] if finite else primes
    cases = {text(case["names"]): case["terms"] for case in certificate["cases"] if len(case) == 2}
    if not (
        text(certificate["statement"]) == text(statement) and statement["format"] == "qwasm-statement/1"
        and certificate["format"] == "qwasm-certificate/1" and len({*certificate} - {"maxima"}) == 5
        and (certificate["method"] == "nf/1" or (finite and primes == []))
        and (scope in ("all", "inf") or (type(scope) is int and scope > 0))
        and primes == sorted(set(primes)) and all(type(p) is int and factor(p) == {p: 1} for p in primes)
        and len(cases) == len(certificate["cases"]) and (len(known) + len(names)) ** len(names) < MOST
    ):  # fmt: skip
        raise Refused("a field that cannot be so, or too many cases")
    for values in product([*known, *names], repeat=len(names)):
        chosen = dict(zip(names, values, strict=True))
        if all(type(v) is int or (v <= name and chosen[v] == v) for name, v in chosen.items()):
            case = Case(statement, chosen, known, finite)
            terms = cases.pop(text({name: str(value) for name, value in chosen.items()}), None)
            for side in (statement["lhs"], statement["rhs"]) if case.possible else ():
                if terms is None or case.normal(["product", side, *statement["given"]]) != case.normal(["sum", *terms]):
                    raise Refused(f"a side has another normal form, or none is given, in the case {chosen}")
    if cases:
        raise Refused("a case that does not exist")


def text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


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


def names_in(x: Any) -> set[Any]:
    return set().union(*map(names_in, x)) if isinstance(x, (tuple, frozenset)) else {x}


def renamed(x: Any, names: dict[str, str]) -> Any:
    parts = [renamed(y, names) for y in x] if isinstance(x, (tuple, frozenset)) else None
    return names.get(x, x) if parts is None else frozenset(parts) if isinstance(x, frozenset) else tuple(parts)


class Poly(dict[Any, Any]):
    """A polynomial {monomial: rational}; a monomial is a frozenset of (atom, exponent).

    An atom is a prime number, a name, or (function, argument, ...).  Besides the names of the statement, $1, $2, ...
    are bound primes, #1, #2, ... bound integers, @0, @1, ... the k of the first, second, ... piece of a term.
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


def added(items: Any) -> Poly:
    return reduce(Poly.__add__, items, Poly())


def number(c: Any) -> Poly:
    return Poly({UNIT: c} if c else {})


def atom(*x: Any) -> Poly:
    return Poly({frozenset([(x if len(x) > 1 else x[0], 1)]): 1})


def monomial(pairs: Any, c: Any = 1) -> Poly:
    """c times a product of powers (atom, exponent), ..."""
    powers: dict[Any, Any] = {}
    for x, e in pairs:
        powers[x] = powers.get(x, 0) + e
    for x, e in powers.items():
        if type(x) is int:
            c, powers[x] = c * Fraction(x) ** floor(e), e - floor(e)
        elif x == "i":
            c, powers[x] = (-c if e % 4 > 1 else c), e % 2
        elif x[0] in BITS:
            powers[x] = int(x[0] != "ge" or not any(y[:2] == x[:2] and y[2] > x[2] for y in powers if type(y) is tuple))
        elif x[0] in ("lambda", "parity"):
            powers[x] = e % 2
    return Poly({frozenset((x, e) for x, e in powers.items() if e): c})


class Path(NamedTuple):
    """A word under way: at n = m k it stands at y k, under L k <= N for L in `bounds`, with the multipliers `met`."""

    done: tuple[Any, ...] = ()  # the paths and formal letters to the left
    m: Any = Counter()  # noqa: RUF012 (never changed)
    bounds: tuple[Any, ...] = (Counter(),)
    y: Any = Counter()  # noqa: RUF012
    met: tuple[Any, ...] = ()  # (scalar, names, name of the argument, point)
    c: Poly = ONE
    primes: int = 0
    ints: int = 0

    def rescaled(self, u: Any) -> Path:
        """The same path for the k that are multiples of u."""
        met = tuple((f, env, n, y + u) for f, env, n, y in self.met)
        return self._replace(m=self.m + u, bounds=tuple(b + u for b in self.bounds), y=self.y + u, met=met)


class Case:
    """A statement with every prime name fixed: a prime of the list, or a generic one outside it."""

    def __init__(self, statement: Any, chosen: dict[str, Any], primes: list[int], finite: bool) -> None:
        self.scope, self.kinds, self.primes, self.finite = statement["scope"], statement["vars"], primes, finite
        self.generic = sorted({v for v in chosen.values() if type(v) is str})
        self.first = self.next_prime(2)
        self.env = {x: atom(x) for x in ("i", "pi", *self.kinds)} | {x: self.place(v) for x, v in chosen.items()}
        self.env["N"] = number(self.scope) if type(self.scope) is int else atom("N")
        self.possible = all([self.value(x, self.env) for x in statement["where"]])
        pairs = [(x[1:] if x[0] == "<" else x[:0:-1]) for x in statement["where"] if self.possible and x[0] in "<>"]
        self.less = [p for p in pairs if all(x in self.generic for x in p)]  # (p, q) for p < q

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

    # indices

    def index(self, x: Any, env: Any) -> Any:
        """The index; None when it is beyond a fixed N."""
        ((names, c),) = self.value(x, env).items()
        code = Counter(factor(int(c))) + Counter(dict(names))
        if c != int(c) or not all(type(e) is int and (x in self.primes or type(x) is not int) for x, e in code.items()):
            if self.finite and all(type(x) is int for x in code):
                return None
            raise Refused(f"an index whose primes are not listed: {c}")
        return None if self.finite and (names or c > self.scope) else code

    def below(self, w: Any, u: Any) -> bool:
        """Whether w <= u for all values of the names."""
        w, u = w - u, u - w
        for small, big in self.less:
            while w[small] and u[big]:
                w, u = w - Counter([small]), u - Counter([big])
        if any(type(x) is not int for x in w):
            return False
        return _size(w) <= prod((x if type(x) is int else self.first if self.prime(x) else 1) ** e for x, e in u.items())

    def maximum(self, bounds: tuple[Any, ...]) -> list[Any]:
        """The bounds that are not below another one, or the geometric mean of two others."""
        kept: list[Any] = []
        for w in bounds if self.scope != "inf" else ():
            if not any(self.below(w, u) for u in kept):
                kept = [*(u for u in kept if not self.below(u, w)), w]
        for w in kept[:]:
            if any(self.below(w + w, u + v) for u, v in combinations([u for u in kept if u is not w], 2)):
                kept.remove(w)
        return sorted(kept, key=lambda u: show(_frozen(u))) if len(kept) > 1 else kept

    # scalars

    def value(self, x: Any, env: Any) -> Poly:
        """The canonical polynomial of a scalar."""
        if type(x) is int:
            return number(x)
        if type(x) is str:
            return env[x] if x in env else number(Fraction(x))
        head, *rest = x
        if head in ("conv", "dinv", *CONVOLUTIONS):
            functions, inner = self.convolution(x, env)
            f = [_frozen(self.value(g, {**inner, "n": atom("#")})) for g in functions]
            at = self.value(rest[-1], env)
            return self.arithmetic("mu", at) if f == [_frozen(ONE)] else atom("conv" if len(f) > 1 else head, tuple(sorted(f, key=show)), _frozen(at))
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
            case "mu" | "Lambda" | "lambda":
                return self.arithmetic(head, a)
        return atom(head, *(frozenset(y.items()) for y in args))

    def convolution(self, x: Any, env: Any) -> tuple[Any, Any]:
        """The functions of n whose convolution (or inverse) x is, and the values of their names."""
        if x[0] in CONVOLUTIONS:
            return CONVOLUTIONS[x[0]], {**env, "k": self.value(x[1], {"n": ONE, **env})}
        return x[1:-1], env

    def log(self, a: Poly) -> Poly:
        return added(number(e) * atom("log", x) for x, e in primes_of(a))

    def exp(self, a: Poly) -> Poly:
        """exp of a sum as a product, with exp(c log p) = p^c."""
        logs = {m: x[1] for m in a if len(m) == 1 for x, e in m if x[0] == "log" and e == 1 and not isinstance(x[1], frozenset)}
        return monomial([(logs.get(m, ("exp", m)), c) for m, c in a.items()])

    def power(self, a: Poly, b: Poly) -> Poly:
        """a^b on the principal branch where that is certain, else a function of both."""
        e = b.get(UNIT, 0) if set(b) <= {UNIT} else Fraction(1, 2)
        if len(a) == 1 and e == int(e):
            return monomial([(x, f * int(e)) for m in a for x, f in m], Fraction(*a.values()) ** int(e))
        if e == int(e) and 0 <= e <= 64:
            return reduce(Poly.__mul__, [a] * int(e), ONE)
        if len(a) == 1 and min(a.values()) > 0 and all(self.positive(x) for m in a for x, _ in m):
            return self.exp(b * self.log(a))
        if a == number(-1) and all(type(f) is int and all(self.positive(x) for x, _ in m) for m, f in b.items()):
            return monomial([(("parity", m), f) for m, f in b.items() if m], (-1) ** b.get(UNIT, 0))
        return atom("^", frozenset(a.items()), frozenset(b.items()))

    def sign(self, relation: str, d: Poly) -> Poly:
        """[d == 0] or [d >= 0]; of one integer variable x, a polynomial in the [x >= a]."""
        t, rest = d.get(UNIT, 0), [(m, c) for m, c in d.items() if m]
        if not rest:
            return number(int(t == 0 or (t > 0 and relation == ">=")))
        x, e = next(iter(rest[0][0]))
        if len(rest) == len(rest[0][0]) == e == 1 and type(x) is str and self.positive(x):
            t = Fraction(-t) / rest[0][1]
            if relation == "==":
                return self.ge(x, int(t)) - self.ge(x, int(t) + 1) if t == int(t) else Poly()
            return self.ge(x, -floor(-t)) if rest[0][1] > 0 else ONE - self.ge(x, floor(t) + 1)
        if relation == "==" and len(d) == 2 and t == sum(d.values()) == 0 and all(len(m) == 1 and self.prime(*dict(m)) for m in d):
            return Poly()  # different generic primes
        scale = d[min(d, key=show)]
        return atom("?", relation, frozenset((m, Fraction(c) / (scale if relation == "==" else abs(scale))) for m, c in d.items()))

    def ge(self, x: str, a: int) -> Poly:
        """[x >= a] for an integer variable; of a prime, with the next a that it can be."""
        a = self.next_prime(a) if self.prime(x) else a
        return ONE if a <= (self.first if self.prime(x) else 1) else ONE - atom("one", x) if x[0] == "#" and a == 2 else atom("ge", x, a)

    def arithmetic(self, name: str, at: Poly) -> Poly:
        """mu, lambda or Lambda at h v, with h a product of primes and v a variable or 1."""
        h = [(x, e) for x, e in primes_of(at) if type(x) is int or self.prime(x)]
        v = [(x, e) for x, e in primes_of(at) if (x, e) not in h]
        if not all(self.positive(x) and type(e) is int and e > 0 for x, e in (*h, *v)):
            raise NotCovered(f"{name} of this")
        if name == "lambda":
            return monomial([((name, x), e) for x, e in v], (-1) ** sum(e for _, e in h))
        if len(v) > 1 or any(e > 1 for _, e in v):
            return atom(name, frozenset(at.items()))
        if name == "mu" and h:
            return Poly() if any(e > 1 for _, e in h) else atom(name, _frozen(at)) if v else number((-1) ** len(h))
        if name == "mu":
            return atom(name, v[0][0]) if v else ONE
        if not h or len(h) > 1:
            return atom(name, v[0][0]) if v and not h else Poly()
        return (atom("ispower", v[0][0], h[0][0]) if v else ONE) * atom("log", h[0][0])

    # operators

    def normal(self, x: Any) -> dict[Any, Any]:
        """The operator as a sum of terms, keyed by all that they are but a rational coefficient."""
        total: dict[Any, Any] = {}
        for path in self.walk(x, [Path()], self.env):
            for key, c in self.finish(path):
                total[key] = total.get(key, 0) + c
        return {key: c for key, c in total.items() if c}

    def walk(self, x: Any, paths: list[Path], env: Any) -> list[Path]:
        """All paths through an operator, its outermost letter first."""
        head, *rest = x
        if head == "sum":
            paths = [p for part in rest for p in self.walk(part, paths, env)]
        elif head == "comm":
            paths = self.walk(["sum", ["product", *rest], ["scale", -1, ["product", *rest[::-1]]]], paths, env)
        elif head == "scale":
            c = self.value(rest[0], env)
            paths = [p._replace(c=p.c * c) for p in self.walk(rest[1], paths, env)] if c else []
        elif head == "power" and rest[0][0] in ("A", "B") and type(rest[1]) is not int:
            paths = self.walk([rest[0][0], ["^", rest[0][1], rest[1]]], paths, env)
        elif head in ("product", "power"):
            for part in rest if head == "product" else [rest[0]] * rest[1]:
                paths = self.walk(part, paths, env)
        else:
            paths = [q for p in paths for q in self.letter(head, rest, p, env)]
        if len(paths) > MOST:
            raise NotCovered("too many terms")
        return paths

    def letter(self, head: str, rest: list[Any], p: Path, env: Any) -> list[Path]:
        """The path after one letter: the row is known, the letter says where psi is read."""
        match head:
            case "I":
                return [p]
            case "V":
                return self.weighed([p], rest[0], env, "n")
            case "A" | "B" | "P" | "Q":
                a = self.index(rest[0], env)
                return [] if a is None else [self.step(head, a, p)]
            case "word":
                m, e, *M = [self.index(y, env) for y in (rest[0], rest[2], *rest[1])]
                if None in (m, e, *M):
                    return []
                p = self.step("B", m, p)
                if not all(any(self.below(x, u) for u in M) for x in (m, e)):
                    raise Refused("a word that leaves 1..N")
                paths = self.weighed([p._replace(bounds=(*p.bounds, *(p.y + u for u in M)))], rest[3], env, "k")
                return [p._replace(y=p.y + e) for p in paths]
            case "Dir" | "coDir" if type(rest[0]) is list and rest[0][0] in ("conv", *CONVOLUTIONS) and rest[0][-1] == "n":
                functions, inner = self.convolution(rest[0], env)
                return self.walk(["product", *([head, f] for f in functions)], [p], inner)
            case "Dir" | "coDir":
                d = f"#{p.ints + 1}"
                p = p._replace(ints=p.ints + 1, c=p.c * self.value(rest[0], {**env, "n": atom(d)}))
                return [self.step("A" if head == "Dir" else "B", Counter([d]), p)]
            case "over" if rest[0] == "sum" and rest[2] == "primes":
                found, (_, r, _, low, high, body) = [], rest
                for v in [f"${p.primes + 1}", *self.generic, *(f"${i + 1}" for i in range(p.primes)), *self.primes]:
                    c, inner = p.c * self.inside(self.place(v), low, high, env), {**env, r: self.place(v)}
                    start = p._replace(c=c, primes=p.primes + (v == f"${p.primes + 1}"))
                    found += self.walk(body, [start], inner) if c else []
                return found
            case "distinct":
                for r, low, high in rest[0]:
                    x = atom(f"${p.primes + 1}")
                    p, env = p._replace(c=p.c * self.inside(x, low, high, env), primes=p.primes + 1), {**env, r: x}
                return self.walk(rest[1], [p], env)
            case "inv" if rest[0][0] in ("Dir", "coDir"):
                return self.letter(rest[0][0], [["dinv", rest[0][1], "n"]], p, env)
            case "exp" | "inv":
                return self.exponential(head, rest[0], p)
            case "op" | "adj" if head == "op" or rest[0][0] == "op":
                formal = (head, text(rest))
            case "S" | "out":
                formal = (head, *(frozenset(self.value(y, {**env, "n": atom("n")}).items()) for y in rest if y != "cyclic"), len(rest))
            case _:
                raise NotCovered(f"the operator {head}")
        return [Path((*p.done, p, formal), c=p.c, primes=p.primes, ints=p.ints)]

    def weighed(self, paths: list[Path], f: Any, env: Any, n: str) -> list[Path]:
        """The paths times f at the points where they stand; [q divides n] keeps the multiples of q."""
        match f:
            case ["+", *parts]:
                return [p for part in parts for p in self.weighed(paths, part, env, n)]
            case ["*", *parts]:
                return reduce(lambda weighed, part: self.weighed(weighed, part, env, n), parts, paths)
            case ["not", part]:
                return self.weighed(paths, ["+", 1, ["*", -1, part]], env, n)
            case ["==", ["mod", x, q], 0] if x == n:
                a = self.index(q, env)
                return [] if a is None else [self.step("P", a, p) for p in paths]
        return [p._replace(met=(*p.met, (f, env, n, p.y))) for p in paths]

    def inside(self, x: Poly, low: Any, high: Any, env: Any) -> Poly:
        """[low <= x <= high]."""
        upper = ONE if high is None else self.sign(">=", self.value(high, env) - x)
        return self.sign(">=", x - self.value(low, env)) * upper

    def step(self, head: str, a: Any, p: Path) -> Path:
        """One step of the walk by A, B, P or Q."""
        if head in "AQ":
            return p._replace(y=p.y + a if head == "A" else p.y, bounds=(*p.bounds, p.y + a))
        u, v = a - p.y, p.y - a  # a divides y k when u divides v k, for coprime u and v when u divides k
        if u and v and not all(type(x) is int or self.prime(x) for x in u + v):
            raise NotCovered("divisibility of open integers")
        p = p.rescaled(u)
        return p._replace(y=p.y - a if head == "B" else p.y)

    def exponential(self, head: str, x: Any, p: Path) -> list[Path]:
        """exp(X) or inv(X) as a letter named after the normal form of X; exp(X) exp(Y) = exp(X + Y) if they commute."""
        if p.primes or p.ints:
            raise NotCovered("exp or inv over a bound prime or integer")
        name = frozenset(self.normal(x).items())
        if head == "exp" and not name:
            return [p]
        if head == "exp" and p.done and p.done[-1][0] == "exp" and p[1:5] == Path()[1:5]:
            y = p.done[-1][2]
            if not self.normal(["sum", ["product", x, y], ["scale", -1, ["product", y, x]]]):
                return self.exponential(head, ["sum", y, x], p.done[-2]._replace(c=p.c))
        return [Path((*p.done, p, (head, name, x)), c=p.c)]

    # terms

    def finish(self, path: Path) -> Any:
        """The terms of a finished path as (key, rational coefficient); at one N, its matrix entries."""
        entries = self.finite and not path.done and not path.ints
        top = [_size(u) for u in self.maximum(path.bounds)][0] if entries else 1
        for k in range(1, self.scope // top + 1) if entries else [0]:
            c, shapes = path.c, []
            for i, p in enumerate((*path.done, path)):
                if isinstance(p, Path):
                    here = number(k) if entries else atom(f"@{i}")
                    for f, env, n, y in p.met:
                        c *= self.value(f, {**env, n: monomial(y.items()) * here})
                    shapes.append((_size(p.m) * k, _size(p.y) * k) if entries else (p.m, self.maximum(p.bounds), p.y))
                else:
                    shapes.append(p[:2])
            for names, f in c.items():
                yield self.canonical(shapes, names, path.primes, f)

    def canonical(self, shapes: list[Any], names: frozenset[Any], primes: int, c: Any) -> Any:
        """A term: bound integers that always go together convolved, bound primes in their least order."""
        shapes = [(Counter(s[0]), [Counter(u) for u in s[1]], Counter(s[2])) if len(s) == 3 else s for s in shapes]
        places = [x for s in shapes if len(s) == 3 for x in (s[0], *s[1], s[2])]
        for x in (*self.generic, *(f"${i + 1}" for i in range(primes))):
            if self.scope == "all" and any(self.below(Counter([x]), u) for s in shapes if len(s) == 3 for u in s[1]):
                names = names.difference(*self.sign(">=", atom("N") - atom(x)))  # x <= N is sure
        groups: dict[Any, list[str]] = {}
        for d in sorted({d for x in places for d in x if str(d)[0] == "#"}):
            groups.setdefault(tuple(x[d] for x in places), []).append(d)
        functions = []
        for j, key in enumerate(sorted(groups, reverse=True)):
            own = [frozenset(pair for pair in names if d in names_in(pair)) for d in groups[key]]
            if any(len({x for x in names_in(f) if str(x)[0] in "#@" and x != "#"}) > 1 for f in own):
                raise NotCovered("a function of two bound integers")
            names = names.difference(*own)
            c, left = convolved([renamed(f, {d: "#"}) for f, d in zip(own, groups[key], strict=True)], c)
            functions += [left] if left else []
            for x in places:
                e = [x.pop(d, 0) for d in groups[key]][0]
                x.update({f"##{j}": e} if left and e else {})
        frozen = [
            (_frozen(s[0]), frozenset(map(_frozen, self.maximum(tuple(s[1])))), _frozen(s[2])) if len(s) == 3 else s
            for s in shapes
        ]
        orders = permutations(range(1, primes + 1)) if primes < 6 else [range(1, primes + 1)]
        key = (tuple(frozen), names, tuple(functions), primes)
        if primes > 1:
            key = min((renamed(key, {f"${i}": f"${j}" for i, j in enumerate(o, 1)}) for o in orders), key=show)
        return key, c


def _frozen(x: Any) -> frozenset[Any]:
    return frozenset(x.items())


def _size(x: Any) -> int:
    return prod(p**e for p, e in x.items())


def convolved(functions: list[Any], c: Any) -> tuple[Any, tuple[Any, ...]]:
    """The factors of a Dirichlet product: Lambda = mu * log, mu log = -mu * mu * log; [d = 1] goes, as do f and mu f."""
    mu, log = (("mu", "#"), 1), (("log", "#"), 1)
    left: list[Any] = []
    for f in functions:
        rest = f - {mu, log, (("Lambda", "#"), 1)}
        if (("Lambda", "#"), 1) in f and not {mu, log} & f:
            left += [rest | {mu}, rest | {log}]
        elif {mu, log} <= f:
            c, left = -c, [*left, rest | {mu}, rest | {mu}, rest | {log}]
        elif (("one", "#"), 1) not in f:
            left.append(f)
        elif any(x == ("log", "#") for x, _ in f):
            raise NotCovered("log 1")
    for f, g in combinations(left, 2):
        if f ^ g == {mu} and all(x == "#" or x[0] == "lambda" for x, _ in f & g):
            return convolved([h for h in left if h is not f and h is not g], c)
    return c, tuple(sorted(left, key=show))


def primes_of(a: Poly) -> list[tuple[Any, Any]]:
    """The prime powers and names of a positive monomial."""
    ((names, c),) = a.items()
    return [*factor(Fraction(c).numerator).items(), *((p, -e) for p, e in factor(Fraction(c).denominator).items()), *names]
