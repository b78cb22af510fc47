"""Terms: sums of strings, multiplied exactly in one case of a proof.

Two sums over primes multiply without being unrolled: their members either differ or are the same prime.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import gcd, inf
from time import monotonic

from qwasm.algebra.ring import ONE, Expr
from qwasm.prover.standins import Maxima, Order
from qwasm.prover.strings import (
    POINT,
    Factor,
    Key,
    OverBudget,
    Path,
    Range,
    String,
    Sum,
    Undecided,
    add,
    arrangements,
    is_identity,
    matchings,
    monomials,
    range_order,
    rename,
    string_order,
)


class Products:
    """Products of sums in one case; `order` compares indices, `free` forgets every M."""

    def __init__(self, order: Order, free: bool, most: int, until: float = inf) -> None:
        self.order = order
        self.free = free
        self.most = most
        self.until = until

    # ------------------------------------------------------------ words

    def word(self, m: int, M: Iterable[int], e: int, f: Expr = ONE) -> Iterator[tuple[Expr, Path]]:
        """A word with any multiplier as terms."""
        maxima = () if self.free else self.order.maxima(M)
        for c, monomial in monomials(self.canonical(f)):
            yield c, Path(m, maxima, e, monomial)

    def compose(self, left: Path, right: Path) -> Iterator[tuple[Expr, Path]]:
        """The product of two words, left outermost."""
        e, m2 = left.e, right.m
        g = gcd(e, m2)
        u, v = m2 // g, e // g
        if self.order.whole and u != 1 != v and any(u % p == 0 or v % p == 0 for p in self.order.whole):
            raise Undecided("the common divisors of two integers of unknown value are not known")
        m, e2 = left.m * u, right.e * v
        if self.free:
            maxima: Maxima = ()
        else:
            first = left.M if u == 1 else tuple(M * u for M in left.M)
            second = right.M if v == 1 else tuple(M * v for M in right.M)
            if len(first) == 1 == len(second) and not first[0] % second[0]:
                maxima = first
            else:
                maxima = self.order.maxima((*first, *second))
        if left.f is ONE and right.f is ONE:
            yield ONE, Path(m, maxima, e2)
            return
        for c, f in monomials(self.canonical(self.dilated(left.f, u) * self.dilated(right.f, v))):
            yield c, Path(m, maxima, e2, f)

    def dilated(self, f: Expr, u: int) -> Expr:
        """f(u n)."""
        return f if u == 1 or f is ONE else f.substitute({"n": self.order.expr(u) * POINT})

    def canonical(self, f: Expr) -> Expr:
        """The multiplier with what is known about the primes of the case used; see `Multipliers`."""
        return f

    # ------------------------------------------------------------ strings

    def join(self, left: String, right: String) -> list[tuple[Expr, String]]:
        """The product of two strings as a sum of strings in which no neighbours can be merged any more."""
        if len(left) == 1 == len(right):
            a, b = left[0], right[0]
            if isinstance(a, Path) and isinstance(b, Path):
                return [(c, (path,)) for c, path in self.compose(a, b)]
        found: list[tuple[Expr, String]] = []
        waiting: list[tuple[Expr, String, String]] = [(ONE, left, right)]
        while waiting:
            c, done, rest = waiting.pop()
            if not rest:
                found.append((c, done))
                continue
            if not done:
                waiting.append((c, rest[:1], rest[1:]))
                continue
            merged = self.merge(done[-1], rest[0])
            if merged is None:
                waiting.append((c, (*done, rest[0]), rest[1:]))
            else:
                waiting += [(c * d, done[:-1], (*middle, *rest[1:])) for d, middle in merged]
            if len(found) + len(waiting) > self.most:
                raise OverBudget
        return found

    def merge(self, a: Factor, b: Factor) -> list[tuple[Expr, String]] | None:
        """The product of two neighbours when it is simpler than the pair, else None.

        A pair that is only reordered must come out in an order that is not merged again.
        """
        if isinstance(a, Path):
            if isinstance(b, Path):
                return [(c, (path,)) for c, path in self.compose(a, b)]
            if is_identity(a):
                return [(ONE, (b,))]
        elif is_identity(b):
            return [(ONE, (a,))]
        return None

    # ------------------------------------------------------------ sums

    def product(self, left: Sum, right: Sum) -> Sum:
        """The product of two sums."""
        total: Sum = {}
        for x, c in left.items():
            for y, d in right.items():
                if not x.ranges and not y.ranges:
                    for factor, factors in self.join(x.factors, y.factors):
                        add(total, Key((), factors), c * d if factor is ONE else c * d * factor)
                else:
                    self.bound_product(total, x, c, y, d)
            if len(total) > self.most or monotonic() > self.until:
                raise OverBudget
        return total

    def bound_product(self, total: Sum, x: Key, c: Expr, y: Key, d: Expr) -> None:
        """Add a product of terms over bound primes: each prime of the right is a new one or one of the left."""
        r, s = len(x.ranges), len(y.ranges)
        for same in matchings(x.ranges, y.ranges):
            if monotonic() > self.until:
                raise OverBudget
            places: list[int] = []
            ranges = list(x.ranges)
            for j in range(s):
                if j in same:
                    places.append(same[j])
                else:
                    places.append(len(ranges))
                    ranges.append(y.ranges[j])
            moved, factor = rename(y.factors, d, places)
            for more, factors in self.join(x.factors, moved):
                key, value = self.ordered(tuple(ranges), factors, c * factor * more)
                add(total, key, value)
        assert r <= len(x.ranges)

    def ordered(self, ranges: tuple[Range, ...], factors: String, c: Expr) -> tuple[Key, Expr]:
        """The term with its bound primes in canonical order.

        Among all numberings of primes with one range the least string is taken; the coefficient is averaged
        over the numberings that leave the string alone.
        """
        r = len(ranges)
        if r < 2:
            return Key(ranges, factors), c
        if r > 6:
            raise OverBudget
        base = sorted(range(r), key=lambda i: range_order(ranges[i]))
        groups: list[list[int]] = []
        for i in base:
            if groups and ranges[groups[-1][0]] == ranges[i]:
                groups[-1].append(i)
            else:
                groups.append([i])
        best: list[tuple[tuple[object, ...], String, list[int]]] = []
        for arrangement in arrangements(groups):
            places = [0] * r
            for position, i in enumerate(arrangement):
                places[i] = position
            moved, _ = rename(factors, ONE, places)
            order = string_order(moved)
            if not best or order < best[0][0]:
                best = [(order, moved, places)]
            elif order == best[0][0]:
                best.append((order, moved, places))
        total = Expr.sum(rename((), c, places)[1] for _, _, places in best)
        return Key(tuple(ranges[i] for i in base), best[0][1]), total / len(best) if len(best) > 1 else total


IDENTITY_STRICT: String = (Path(1, (1,), 1),)
IDENTITY_FREE: String = (Path(1, (), 1),)
