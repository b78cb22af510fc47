"""Words of the checker: followed letter by letter from row n, where each letter says where psi is read next."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations_with_replacement, permutations
from math import prod
from typing import Any, NamedTuple

from qwasm.prover.checker.scalars import (
    MOST,
    ONE,
    UNIT,
    Index,
    NotCovered,
    Poly,
    Refused,
    Scalars,
    factor,
    monomial,
    times,
)

POINT = frozenset([(frozenset([("#", 1)]), 1)])  # as the argument of a function
MEANT = {"n", "N", "pi", "log", "exp", "ge", "lambda", "mu", "Lambda", "inv", "D"}  # no names of variables
NOTHING: Index = {}
LOG, LIOUVILLE = ("log", "#"), ("lambda", "#")
SERIES: dict[str, Any] = {  # Dirichlet products, by definition
    "tau": ["conv", 1, 1, "n"], "sigma": ["conv", ["^", "n", "k"], 1, "n"], "phi": ["conv", ["mu", "n"], "n", "n"],
    "J": ["conv", ["mu", "n"], ["^", "n", "k"], "n"], "omega": ["conv", 1, ["isprime", "n"], "n"],
}  # fmt: skip


class Path(NamedTuple):
    """A word under way: at the rows n = m k with L n <= N for all L in `bounds` it has come to the point at n."""

    m: Index = NOTHING
    at: Index = NOTHING
    bounds: tuple[Index, ...] = (NOTHING,)
    met: tuple[Any, ...] = ()  # multipliers: (scalar, values of names, point / n)
    done: tuple[Any, ...] = ()  # words and formal letters to the left
    c: Poly = ONE
    primes: int = 0  # how many primes and integers are bound
    ints: int = 0

    def ended(self, *letters: Any) -> Path:
        """A new word, to the right of this one and formal letters."""
        return Path(done=(*self.done, self, *letters), c=self.c, primes=self.primes, ints=self.ints)


def inside(x: Any) -> set[Any]:
    return set().union(*map(inside, x)) if isinstance(x, (tuple, frozenset)) else {x}


def renamed(x: Any, names: dict[Any, Any]) -> Any:
    return type(x)(renamed(y, names) for y in x) if type(x) in (tuple, frozenset) else names.get(x, x)


class Words(Scalars):
    """Operators in one case of a statement, in which every prime name is fixed."""

    def __init__(self, statement: Any, chosen: dict[str, Any], primes: list[int], finite: bool) -> None:
        self.scope, self.kinds, self.primes, self.finite = statement["scope"], statement["vars"], primes, finite
        if any(not name.isidentifier() or name in MEANT for name in self.kinds):
            raise Refused("a name that means something else")
        self.generic = sorted({v for v in chosen.values() if type(v) is str})
        known = {"N": self.scope if type(self.scope) is int else "N", **chosen}
        self.env = {x: monomial({known.get(x, x): 1}) for x in ("%i", "pi", "N", *self.kinds)}
        self.possible = all(self.value(x, self.env) for x in statement["where"])
        pairs = [x[1:] if x[0][0] == "<" else x[:0:-1] for x in statement["where"] if x[0][0] in "<>"]
        self.less = [[chosen[x] for x in pair] for pair in pairs if all(type(x) is str and x in chosen for x in pair)]

    def normal(self, x: Any) -> dict[Any, Any]:
        """The operator as a sum of terms: {all that a term is but a rational coefficient: the coefficient}."""
        total: dict[Any, Any] = {}
        for path in self.walk(x, [Path()], self.env):
            for key, c in self.finish(path):
                total[key] = total.get(key, 0) + c
        return {key: c for key, c in total.items() if c}

    def walk(self, x: Any, paths: list[Path], env: Any) -> list[Path]:
        """All paths through an operator, its outermost letter first."""
        match x:
            case ["sum", *parts]:
                paths = [p for part in parts for p in self.walk(part, paths, env)]
            case ["comm", y, z]:
                paths = self.walk(["sum", ["product", y, z], ["scale", -1, ["product", z, y]]], paths, env)
            case ["scale", f, y]:
                c = self.value(f, env)
                paths = [p._replace(c=p.c * c) for p in self.walk(y, paths, env)] if c else []
            case ["product", *parts]:
                for part in parts:
                    paths = self.walk(part, paths, env)
            case ["power", y, int(e)] if 0 <= e < MOST:
                paths = self.walk(["product", *[y] * e], paths, env)
            case ["word", m, [*bounds], e, f] if len(bounds) == len({*map(str, bounds)}):
                parts = [["B", m], *(["Q", u] for u in bounds), *([["V", f]] if f != 1 else []), ["A", e]]
                paths = self.walk(["product", *parts], paths, env)
            case _:
                paths = [q for p in paths for q in self.letter(x, p, env)]
        if len(paths) > MOST:
            raise NotCovered("too many terms")
        return paths

    def letter(self, x: Any, p: Path, env: Any) -> list[Path]:
        """The paths after one letter."""
        match x:
            case ["I"]:
                return [p]
            case ["A" | "B" | "P" | "Q" as head, a]:
                return [self.step(head, self.index(a, env), p)]
            case ["power", ["A" | "B" as head, a], e]:
                return self.letter([head, ["^", a, e]], p, env)
            case ["V", ["+", *parts]]:
                return [q for f in parts for q in self.letter(["V", f], p, env)]
            case ["V", ["*", *parts]]:
                return self.walk(["product", *(["V", f] for f in parts)], [p], env)
            case ["V", ["==", ["mod", "n", q], 0]]:
                return self.letter(["P", q], p, env)
            case ["V", f]:
                return [p._replace(met=(*p.met, (f, env, p.at)))]
            case ["over", "sum", r, "primes", low, high, y]:
                found: list[Path] = []
                new = f"${p.primes + 1}"
                for v in (new, *(f"${i + 1}" for i in range(p.primes)), *self.generic, *self.primes):
                    names = {**env, r: monomial({v: 1})}
                    c = p.c * self.value(["*", [">=", r, low], ["<=", r, r if high is None else high]], names)
                    found += self.walk(y, [p._replace(c=c, primes=p.primes + (v == new))], names) if c else []
                return found
            case ["Dir" | "coDir" as head, ["conv", f, g, "n"]]:
                return self.walk(["product", [head, f], [head, g]], [p], env)
            case ["Dir" | "coDir" as head, [str(name), *k, "n"]] if name in SERIES:
                return self.letter([head, SERIES[name]], p, {**env, "k": self.value(k[0], env)} if k else env)
            case ["Dir" | "coDir" as head, f] | ["inv", ["Dir" | "coDir" as head, f]]:  # a sum over all integers d
                d = f"#{p.ints + 1}"
                c = self.value(f, {**env, "n": monomial({d: 1})})
                c = monomial({("inv", d, frozenset(c.items())): 1}) if x[0] == "inv" else c
                return [self.step("A" if head == "Dir" else "B", {d: 1}, p._replace(c=p.c * c, ints=p.ints + 1))]
            case ["exp" | "inv" as head, y] if not p.primes and env is self.env:
                if head == "exp" and p[:4] == Path()[:4] and p.done and p.done[-1][0] == "exp":
                    *_, q, (_, _, z) = p.done
                    if not self.normal(["comm", z, y]):  # exp(Z) exp(Y) = exp(Z + Y)
                        return self.letter(["exp", ["sum", z, y]], q._replace(c=p.c), env)
                total = frozenset(self.normal(y).items())
                return [p.ended((head, total, y)) if total or head == "inv" else p]
            case ["op", _] | ["adj", ["op", _]]:
                return [p.ended((str(x), ""))]
            case ["S" | "out" as head, *args]:
                there = {**env, "n": monomial({"n": 1}), "cyclic": monomial({"cyclic": 1})}
                return [p.ended((head, tuple(frozenset(self.value(y, there).items()) for y in args)))]
        raise NotCovered(f"the operator {x[0]}")

    # indices

    def index(self, x: Any, env: Any) -> Index:
        """The index of a letter: an integer >= 1, or the statement has no meaning."""
        ((names, c),) = self.value(x, env).items()
        index = times(factor(int(c)), dict(names)) if names else factor(int(c))
        if c != int(c) or c < 1:
            raise Refused("no index")
        for y, e in index.items():
            if type(e) is not int or e < 1 or not (self.prime(y) or self.kinds.get(y) == "qint" or y[0] == "exp"):
                raise Refused("no index")
            if type(y) is int and y not in self.primes and not self.finite:
                raise Refused(f"an index whose primes are not listed: {c}")
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
            p, need = p.ended(), a
        return p._replace(m=times(p.m, need), at=times(p.at, a, -1) if head == "B" else p.at)

    def below(self, w: Index, u: Index) -> bool:
        """Whether w <= u for all values of the names."""
        ratio = times(u, w, -1)
        for small, big in self.less:
            e = max(0, min(-ratio.get(small, 0), ratio.get(big, 0)))
            ratio = times(ratio, {small: 1, big: -1}, e)
        sure = all(e > 0 or type(x) is int for x, e in ratio.items())
        return sure and prod(Fraction(self.least(x)) ** e for x, e in ratio.items()) >= 1

    def maximum(self, bounds: Any) -> list[Index]:
        """The bounds that are not below another one, or the geometric mean of two others."""
        kept = [w for i, w in enumerate(bounds) if w not in bounds[:i]] if self.scope != "inf" else []
        for w in kept[:] if len(kept) > 1 else ():
            others = [u for u in kept if u is not w]
            if any(self.below(times(w, w), times(u, v)) for u, v in combinations_with_replacement(others, 2)):
                kept = others
        return kept

    # terms

    def finish(self, path: Path) -> Iterator[tuple[Any, Any]]:
        """The terms of a finished path as (key, rational coefficient); at one N, its matrix entries."""
        for k in self.rows(path) if self.finite and not path.done else [0]:
            c, shape = path.c, []
            for i, p in enumerate((*path.done, path)):
                for f, env, at in p.met if type(p) is Path else ():
                    c *= self.value(f, {**env, "n": monomial(times(times(p.m, at), {k or f"@{i}": 1}))})
                shape.append(p[:2] if type(p) is not Path else [p.m, p.at, *self.maximum(p.bounds)])
            if k:
                shape = [k * prod(x**e for x, e in u.items()) for u in (path.m, times(path.m, path.at))]
            terms = ((shape, names, UNIT, d) for names, d in c.items())
            for places, *more, d in self.gathered(terms, path.ints) if path.ints and not k else terms:
                words = [self.frozen(p) if type(p) is list else p for p in places]
                key = (tuple(words), *more)
                if 1 < path.primes < 6:
                    bound = [f"${i + 1}" for i in range(path.primes)]
                    key = min((renamed(key, dict(zip(bound, o, strict=True))) for o in permutations(bound)), key=hash)
                yield key, d

    def frozen(self, word: list[Index]) -> Any:
        m, at, *tops = (frozenset(u.items()) for u in word)
        return m, at, frozenset(tops)

    def rows(self, path: Path) -> range:
        """The k of the rows m k of a word at one N, where other primes than those of the list are larger than N."""
        indices = [times(path.m, u) for u in path.bounds]
        if not all(self.prime(x) for u in indices for x in u):
            raise NotCovered("an open index at one N")
        return range(1, self.scope // max(prod(self.least(x) ** e for x, e in u.items()) for u in indices) + 1)

    def gathered(self, terms: Any, ints: int) -> Iterator[Any]:
        """Terms with bound integers that always go together as one, their functions convolved."""
        for shape, names, _, c in terms:
            places = [u for word in shape if type(word) is list for u in word]
            groups: dict[Any, list[str]] = {}
            for d in (f"#{i + 1}" for i in range(ints)):
                groups.setdefault(tuple(u.get(d, 0) for u in places), []).append(d)
            total = monomial({}, c)
            for j, (_, group) in enumerate(sorted(groups.items())):
                for d in group:
                    own = {x: e for x, e in names if d in inside(x)}
                    if any(str(y)[0] in "#@" and y != d for x in own for y in inside(x)):
                        raise NotCovered("a function of two integers")
                    names -= frozenset(own.items())
                    total *= series(dict(renamed(tuple(own.items()), {d: "#"})), f"##{j}")
            heads = {group[0]: f"##{j}" for j, (_, group) in enumerate(sorted(groups.items()))}
            for product, d in total.items():
                left = {j for (_, j, _), _ in product}
                keep = {x: j for x, j in heads.items() if j in left}
                new = [
                    [{keep.get(x, x): e for x, e in u.items() if x in keep or str(x)[0] != "#"} for u in word]
                    if type(word) is list else word for word in shape
                ]  # fmt: skip
                yield [[*w[:2], *self.maximum(w[2:])] if type(w) is list else w for w in new], names, product, d


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
            (((names, c),),) = [f]
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
