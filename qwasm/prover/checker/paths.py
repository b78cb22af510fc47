"""Paths: how the checker follows a word, letter by letter, from the point n = m k.

The row is known and each letter says where psi is read next, so that letters are taken from the left.  Indices are
Counters {prime or name: exponent}: a + b is the product, a - b is a / gcd(a, b).

>>> words = Words({"vars": {}, "scope": "all", "where": []}, {}, [2, 3], False)
>>> words.normal(["product", ["A", 3], ["B", 2]]) == words.normal(["product", ["B", 2], ["Q", 6], ["A", 3]])
True
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import reduce
from itertools import combinations, permutations
from math import prod
from typing import Any, NamedTuple

from qwasm.prover.checker.scalars import (
    ARITIES,
    MOST,
    ONE,
    NotCovered,
    Poly,
    Refused,
    Scalars,
    atom,
    factor,
    frozen,
    monomial,
    number,
    show,
)
from qwasm.prover.checker.series import gathered, renamed

Index = Counter[Any]
ONE_INDEX: Index = Counter()  # never changed
ORDERS = {"<": 1, "<=": 1, ">": -1, ">=": -1}


def size(x: Index) -> int:
    return prod(p**e for p, e in x.items())


def without_inverses(factors: list[Any]) -> list[Any]:
    """The factors of a product, inverses next to what they invert left out."""
    kept: list[Any] = []
    for x in factors:
        if kept and (x == ["inv", kept[-1]] or kept[-1] == ["inv", x]):
            kept.pop()
        else:
            kept.append(x)
    return kept


class Path(NamedTuple):
    """A word under way: at n = m k it stands at y k, under L k <= N for L in `bounds`, with the multipliers `met`."""

    done: tuple[Any, ...] = ()  # the paths and formal letters to the left
    m: Index = ONE_INDEX
    bounds: tuple[Index, ...] = (ONE_INDEX,)
    y: Index = ONE_INDEX
    met: tuple[Any, ...] = ()  # (scalar, names, name of the argument, point)
    c: Poly = ONE
    primes: int = 0
    ints: int = 0

    def rescaled(self, u: Index) -> Path:
        """The same path for the k that are multiples of u."""
        if not u:
            return self
        met = tuple((f, env, n, y + u) for f, env, n, y in self.met)
        return self._replace(m=self.m + u, bounds=tuple(b + u for b in self.bounds), y=self.y + u, met=met)

    def ended(self, *letter: Any) -> Path:
        """A new path after this one and a formal letter."""
        return Path((*self.done, self, *letter), c=self.c, primes=self.primes, ints=self.ints)


class Words(Scalars):
    """Words, sums and families over primes, in one case."""

    def __init__(self, statement: Any, chosen: dict[str, Any], primes: list[int], finite: bool) -> None:
        super().__init__(statement["vars"], chosen, primes, statement["scope"])
        self.finite = finite
        self.possible = all(self.value(x, self.env) for x in statement["where"])
        pairs = [x[:: ORDERS[x[0]]] for x in statement["where"] if x[0] in ORDERS]
        pairs = [[self.chosen.get(y) for y in x if type(y) is str and y not in ORDERS] for x in pairs]
        self.less = [x for x in pairs if len(x) == 2 and all(y in self.generic for y in x)]  # [p, q] for p < q

    # indices

    def index(self, x: Any, env: Any) -> Index | None:
        """The index; None when it is beyond a fixed N."""
        ((names, c),) = self.value(x, env).items()
        if c != int(c) or not all(type(e) is int and e > 0 and self.countable(y) for y, e in names):
            raise Refused("no index")
        code = Counter({**factor(int(c)), **dict(names)})
        if self.finite and (names or c > self.scope):
            if not all(self.prime(y) for y, _ in names):
                raise NotCovered("an open index at one N")
            return None
        if not all(type(y) is not int or y in self.primes for y in code):
            raise Refused(f"an index whose primes are not listed: {c}")
        return code

    def countable(self, x: Any) -> bool:
        """Whether an atom may stand in an index, where it is an integer >= 1 or the statement has no meaning."""
        return self.positive(x) or x[0] == "exp" or (type(x) is str and self.kinds.get(x) == "qint")

    def plain(self, x: Index) -> bool:
        """Whether an index is a product of primes, so that different ones are coprime."""
        return all(type(y) is int or self.prime(y) for y in x)

    def below(self, w: Index, u: Index) -> bool:
        """Whether w <= u for all values of the names."""
        w, u = w - u, u - w
        for small, big in self.less:
            while w[small] and u[big]:
                w, u = w - Counter([small]), u - Counter([big])
        return all(type(x) is int for x in w) and size(w) <= prod(self.least(x) ** e for x, e in u.items())

    def maximum(self, bounds: tuple[Index, ...]) -> list[Index]:
        """The bounds that are not below another one, or the geometric mean of two others."""
        kept: list[Index] = []
        for w in bounds if self.scope != "inf" else ():
            if not any(self.below(w, u) for u in kept):
                kept = [*(u for u in kept if not self.below(u, w)), w]
        for w in kept[:]:
            if any(self.below(w + w, u + v) for u, v in combinations([u for u in kept if u is not w], 2)):
                kept.remove(w)
        return sorted(kept, key=lambda u: show(frozen(u))) if len(kept) > 1 else kept

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
        if len(rest) != ARITIES.get(head, len(rest)):
            raise Refused(f"{head} with {len(rest)} arguments")
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
            for part in without_inverses(rest) if head == "product" else [rest[0]] * min(rest[1], MOST):
                paths = self.walk(part, paths, env)
        else:
            paths = [q for p in paths for q in self.letter(head, rest, p, env)]
        if len(paths) > MOST or (head == "power" and type(rest[1]) is int and not 0 <= rest[1] < MOST):
            raise NotCovered("too many terms")
        return paths

    def letter(self, head: str, rest: list[Any], p: Path, env: Any) -> list[Path]:
        """The paths after one letter: the row is known, the letter says where psi is read."""
        match head:
            case "I":
                return [p]
            case "V":
                return self.weighed([p], rest[0], env, "n")
            case "A" | "B" | "P" | "Q":
                a = self.index(rest[0], env)
                return [] if a is None else [self.step(head, a, p)]
            case "word":
                places = [x for y in (rest[0], rest[2], *rest[1]) if (x := self.index(y, env)) is not None]
                if len(places) < 2 + len(rest[1]):
                    return []
                m, e, *M = places
                if not all(any(self.below(x, u) for u in M) for x in (m, e)) or len({*map(frozen, M)}) < len(M):
                    raise Refused("a word that leaves 1..N, or says a bound twice")
                p = self.step("B", m, p)
                paths = self.weighed([p._replace(bounds=(*p.bounds, *(p.y + u for u in M)))], rest[3], env, "k")
                return [q._replace(y=q.y + e) for q in paths]
            case "over" if rest[0] == "sum" and rest[2] == "primes":
                (_, r, _, low, high, body), found = rest, list[Path]()
                for v in [f"${p.primes + 1}", *self.generic, *(f"${i + 1}" for i in range(p.primes)), *self.primes]:
                    weight, names = p.c * self.inside(self.place(v), low, high, env), {**env, r: self.place(v)}
                    start = p._replace(c=weight, primes=p.primes + (v == f"${p.primes + 1}"))
                    found += self.walk(body, [start], names) if weight else []
                return found
            case "distinct":
                for r, low, high in rest[0]:
                    new = atom(f"${p.primes + 1}")
                    p = p._replace(c=p.c * self.inside(new, low, high, env), primes=p.primes + 1)
                    env = {**env, r: new}
                return self.walk(rest[1], [p], env)
        raise NotCovered(f"the operator {head}")

    def weighed(self, paths: list[Path], f: Any, env: Any, n: str) -> list[Path]:
        """The paths times f at the points where they stand."""
        match f:
            case ["+", *parts]:
                return [p for part in parts for p in self.weighed(paths, part, env, n)]
            case ["*", *parts]:
                return reduce(lambda weighed, part: self.weighed(weighed, part, env, n), parts, paths)
            case ["not", part]:
                return self.weighed(paths, ["+", 1, ["*", -1, part]], env, n)
        return [p._replace(met=(*p.met, (f, env, n, p.y))) for p in paths]

    def inside(self, x: Poly, low: Any, high: Any, env: Any) -> Poly:
        """[low <= x <= high]."""
        upper = ONE if high is None else self.sign(">=", self.value(high, env) - x)
        return self.sign(">=", x - self.value(low, env)) * upper

    def step(self, head: str, a: Index, p: Path) -> Path:
        """One step of the walk by A, B, P or Q."""
        if head in "AQ":
            return p._replace(y=p.y + a if head == "A" else p.y, bounds=(*p.bounds, p.y + a))
        p = self.reach(p, a, ONE_INDEX)
        return p._replace(y=p.y - a if head == "B" else p.y)

    def reach(self, p: Path, a: Index, c: Index) -> Path:
        """The part of a path where a divides the point times c: u divides v k for coprime u and v, so u divides k."""
        point = p.y + c if c else p.y
        u, v = a - point, point - a
        if u and v and not self.plain(u + v):  # coprime in form alone: a new piece
            p, u = p.ended(), a - c
        return p.rescaled(u)

    # terms

    def finish(self, path: Path) -> Iterator[tuple[Any, Any]]:
        """The terms of a finished path as (key, rational coefficient); at one N, its matrix entries."""
        entries = self.finite and not path.done and not path.ints
        top = size(self.maximum(path.bounds)[0]) if entries else 1
        for k in range(1, self.scope // top + 1) if entries else [0]:
            c = path.c
            shapes: list[Any] = []
            for i, p in enumerate((*path.done, path)):
                if isinstance(p, Path):
                    here = number(k) if entries else atom(f"@{i}")
                    for f, env, n, y in p.met:
                        c *= self.value(f, {**env, n: monomial(y.items()) * here})
                    shapes.append((size(p.m) * k, size(p.y) * k) if entries else (p.m, self.maximum(p.bounds), p.y))
                else:
                    c *= p[-1]
                    shapes.append(("letter", p[:2]))
            for names, f in c.items():
                yield self.canonical(shapes, names, path, f)

    def canonical(self, shapes: list[Any], names: frozenset[Any], path: Path, c: Any) -> tuple[Any, Any]:
        """A term: bound integers that always go together convolved, bound primes in their least order."""
        functions: tuple[Any, ...] = ()
        if self.scope == "all" and any(x[0] == "?" for x, _ in names if type(x) is tuple):
            names = self.without_sure_bounds(shapes, names, path.primes)
        if path.ints:
            shapes = [(Counter(s[0]), [Counter(u) for u in s[1]], Counter(s[2])) if len(s) == 3 else s for s in shapes]
            places = [x for s in shapes if len(s) == 3 for x in (s[0], *s[1], s[2])]
            names, functions, c = gathered(places, names, c)
            shapes = [(s[0], self.maximum(tuple(s[1])), s[2]) if len(s) == 3 else s for s in shapes]
        words = [(frozen(s[0]), frozenset(map(frozen, s[1])), frozen(s[2])) if len(s) == 3 else s for s in shapes]
        key = (tuple(words), names, functions, path.primes)
        if 1 < path.primes < 6:
            orders = ({f"${i}": f"${j}" for i, j in enumerate(o, 1)} for o in permutations(range(1, path.primes + 1)))
            key = min((renamed(key, order) for order in orders), key=show)
        return key, c

    def without_sure_bounds(self, shapes: list[Any], names: frozenset[Any], primes: int) -> frozenset[Any]:
        """The monomial without [p <= N] where p lies below a bound of the word, which is 0 for smaller N."""
        tops = [u for s in shapes if len(s) == 3 for u in s[1]]
        for x in (*self.generic, *(f"${i + 1}" for i in range(primes))):
            if any(self.below(Counter([x]), u) for u in tops):
                names = names.difference(*self.sign(">=", atom("N") - atom(x)))
        return names
