"""Multipliers of the checker that see divisors: conditions on n mod q, gcd and val, and the functions mu and omega.

[q divides n] is no multiplier but a longer path, that of the multiples of q.  mu and omega are taken apart at the
primes S in sight: mu(y k) is (-1)^|y| times the sum over U in S - y of (-1)^|U| [U divides k] mu*(k / U), with mu* the
function that is mu on what is coprime to S and 0 elsewhere; omega(y k) = |y| + sum over b in S - y of [b divides k] +
omega*(k), where omega* counts the primes outside S.

>>> case = Multipliers({"vars": {}, "scope": "all", "where": []}, {}, [2, 3], False)
>>> odd, without = ["V", ["==", ["gcd", "n", 6], 1]], [["sum", ["I"], ["scale", -1, ["P", p]]] for p in (2, 3)]
>>> case.normal(odd) == case.normal(["product", *without])
True
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from math import ceil, floor
from typing import Any

from qwasm.prover.checker.paths import Index, Path, Words
from qwasm.prover.checker.scalars import UNIT, Poly, atom, factor, number

OPPOSITE = {"!=": "==", "<": ">=", ">": "<="}
IN_SIGHT = 6  # primes at which mu and omega are taken apart, at most
Tests = list[tuple[int, list[Index]]]  # the sum of sign * product of [q does not divide]


class Multipliers(Words):
    """Words whose multipliers see divisors."""

    def weighed(self, paths: list[Path], f: Any, env: Any, n: str) -> list[Path]:
        """The paths times f at the points where they stand."""
        there = {**env, n: atom("@")}
        match f:
            case ["^", base, int(e)] if 0 < e < 9:
                return self.weighed(paths, ["*", *[base] * e], env, n)
            case ["!=" | "<" | ">" as relation, u, v]:
                return self.weighed(paths, ["not", [OPPOSITE[relation], u, v]], env, n)
            case ["<=", u, v]:
                return self.weighed(paths, [">=", v, u], env, n)
            case ["==" | ">=" as relation, u, v]:
                found = self.divisions(relation, self.value(u, there) - self.value(v, there))
                if found is not None:
                    return [q for p in paths for q in self.tested(p, *found)]
            case ["mu" | "omega" as name, x]:
                c = self.multiple(self.value(x, there))
                if c is not None:
                    return [p._replace(met=(*p.met, ([name, n], env, n, p.y + c))) for p in paths]
        return super().weighed(paths, f, env, n)

    # conditions on divisors

    def primes_in(self, x: Poly) -> Index | None:
        """A product of primes of the list and generic ones as an index; None for anything else."""
        ((names, c), *more) = [*x.items(), (UNIT, 0)]
        if len(more) != 1 or c < 1 or c != int(c) or (self.finite and names):
            return None
        code = Counter({**factor(int(c)), **dict(names)})
        sure = all(type(e) is int and e > 0 and (y in self.primes or self.prime(y)) for y, e in code.items())
        return code if sure else None

    def multiple(self, x: Poly) -> Index | None:
        """The c with x = c n, if it is a product of primes."""
        if len(x) != 1 or ("@", 1) not in next(iter(x)):
            return None
        return self.primes_in(Poly((m - {("@", 1)}, c) for m, c in x.items()))

    def divisions(self, relation: str, d: Poly) -> tuple[Tests, Index] | None:
        """[d == 0] or [d >= 0] as tests of c n, where d is a multiple of mod, gcd or val at c n, plus a number."""
        ((m, slope), *more) = [*((m, c) for m, c in d.items() if m), (UNIT, 1)]
        x: Any
        x, e = next(iter(m), ((), 0))
        if len(more) != 1 or len(m) != 1 or e != 1 or x[:1] not in (("mod",), ("gcd",), ("val",)):
            return None
        level, (u, v) = -Fraction(d.get(UNIT, 0)) / slope, (Poly(y) for y in x[1:])
        if self.multiple(u) is None and x[0] != "mod":
            u, v = v, u
        c, q = self.multiple(u), self.primes_in(v)
        if c is None or q is None:
            return None
        if x[0] == "mod" and relation == "==" and level == 0:
            return divided(q), c
        if x[0] == "gcd" and relation == "==" and level == 1:
            return [(1, [Counter([p]) for p in q])], c
        if x[0] == "val" and sum(q.values()) == 1:
            least = ceil(level) if slope > 0 or relation == "==" else floor(level) + 1
            tests = divided(Counter(dict.fromkeys(q, least) if least > 0 else {}))
            if relation == "==":
                above = divided(Counter(dict.fromkeys(q, least + 1) if least >= 0 else {}))
                return (tests + [(-sign, without) for sign, without in above] if least == level else []), c
            return (tests if slope > 0 else [(1, []), *((-sign, without) for sign, without in tests)]), c
        return None

    def tested(self, p: Path, tests: Tests, c: Index) -> Iterator[Path]:
        """The path times the tests of c n."""
        for sign, without in tests:
            paths = [p._replace(c=p.c * number(sign))]
            for q in without:
                paths += [r._replace(c=r.c * number(-1)) for r in [self.reach(path, q, c) for path in paths]]
            yield from paths

    # mu and omega

    def finish(self, path: Path) -> Iterator[tuple[Any, Any]]:
        """The terms of a finished path, mu and omega taken apart."""
        for p in [path] if self.finite or path.done else self.sieved(path):
            yield from super().finish(p)

    def sieved(self, p: Path) -> Iterator[Path]:
        """The path with mu and omega at n replaced by mu* and omega*."""
        sight = [*self.primes, *self.generic, *(f"${i + 1}" for i in range(p.primes))]
        coprime = [y for f, _, _, y in p.met if type(f) is list and f[0] == "mu*"]
        if any(coprime):
            return  # mu* is 0 at multiples of the primes in sight
        for i, (f, env, n, y) in enumerate(p.met):
            if f in (["mu", n], ["omega", n]) and len(sight) <= IN_SIGHT and y.keys() <= set(sight):
                rest = p._replace(met=(*p.met[:i], *p.met[i + 1 :]))
                marked = rest._replace(met=(*rest.met, ([f"{f[0]}*", n], env, n, Counter())))
                others = [] if coprime else [b for b in sight if b not in y]
                if f[0] == "omega":
                    paths = [
                        marked,
                        rest._replace(c=rest.c * number(len(y))),
                        *(rest.rescaled(Counter([b])) for b in others),
                    ]
                elif any(e > 1 for e in y.values()):
                    return
                else:
                    paths = [marked._replace(c=marked.c * number((-1) ** len(y)))]
                    for b in others:
                        paths += [self.once_more(r, b) for r in paths]
                for r in paths:
                    yield from self.sieved(r) if r.c else ()
                return
        yield p._replace(met=tuple((f, env, n, Counter() if f == ["omega*", n] else y) for f, env, n, y in p.met))

    def once_more(self, p: Path, b: Any) -> Path:
        """The multiples of b with the sign turned; the last multiplier, mu*(k / b), keeps its argument."""
        r = p.rescaled(Counter([b]))
        return r._replace(c=r.c * number(-1), met=(*r.met[:-1], p.met[-1]))


def divided(q: Index) -> Tests:
    """[q divides]."""
    return [(1, []), (-1, [q])] if q else [(1, [])]
