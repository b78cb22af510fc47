"""Formal letters: what can be merged besides words.

Shifts by one direction add, one-sided Dirichlet series convolve and let multipliers pass that separate, equal
exponents add.  What is not merged here stays a string, which is right but may be equal to another string.
"""

from __future__ import annotations

from qwasm.algebra.collect import indicator_of_one
from qwasm.algebra.convolution import convolution
from qwasm.algebra.functions import call
from qwasm.algebra.ring import ONE, Expr, const, from_atom, symbol
from qwasm.prover.terms import (
    POINT,
    Factor,
    Formal,
    Key,
    Path,
    Products,
    String,
    Sum,
    Undecided,
    is_identity,
    monomials,
)

DIVISOR = symbol("$d", "nat")


class Letters(Products):
    """Products in which formal letters are merged where their meaning allows it."""

    one: Sum

    def merge(self, a: Factor, b: Factor) -> list[tuple[Expr, String]] | None:
        if isinstance(a, Path) and isinstance(b, Path):
            return [(c, (path,)) for c, path in self.compose(a, b)]
        if is_identity(a):
            return [(ONE, (b,))]
        if is_identity(b):
            return [(ONE, (a,))]
        match a, b:
            case Formal("S", (k, cyclic)), Formal("S", (l, also)) if cyclic == also:
                return self.shifts(k, l, bool(cyclic))
            case Formal("S", (Expr() as k, False)), Path(1, M, 1, f) if M in ((), (1,)):
                return [(c * d, (Path(1, M, 1, g), a)) for c, g in monomials(f.substitute({"n": POINT + k}))
                        for d in (ONE,)]
            case Formal("series", (Expr() as f, forward)), Formal("series", (Expr() as g, also)) if forward == also:
                return self.convolved(f, g, bool(forward))
            case Formal("series", (Expr() as f, forward)), Path(1, M, 1, g) if M in ((), (1,)):
                return self.passed(f, bool(forward), M, g)
            case Formal("exp", (x,)), Formal("exp", (y,)):
                return self.joined(x, y)
        return None

    # ------------------------------------------------------------ shifts

    def shifts(self, k: object, l: object, cyclic: bool) -> list[tuple[Expr, String]] | None:
        assert isinstance(k, Expr) and isinstance(l, Expr)
        a, b = k.integer(), l.integer()
        together = cyclic or (
            a is not None and b is not None and (a * b >= 0 or (self.free and a >= 0))
        )  # no middle point leaves the range
        if not together:
            return None
        total = k + l
        if total.is_zero:
            return [(ONE, tuple(next(iter(self.one)).factors))]
        return [(ONE, (Formal("S", (total, cyclic)),))]

    # ------------------------------------------------------------ Dirichlet series

    def series(self, f: Expr, forward: bool) -> Sum:
        """Dir(f) or coDir(f)."""
        total: Sum = {}
        for c, monomial in monomials(f):
            if c.is_zero:
                continue
            if monomial is indicator_of_one():
                total[next(iter(self.one))] = c
            else:
                total[Key((), (Formal("series", (monomial, forward)),))] = c
        return total

    def convolved(self, f: Expr, g: Expr, forward: bool) -> list[tuple[Expr, String]]:
        return [(c, key.factors) for key, c in self.series(convolution(f, g), forward).items()]

    def passed(self, f: Expr, forward: bool, M: tuple[int, ...], g: Expr) -> list[tuple[Expr, String]] | None:
        """A series times V(g) as a sum of V(outer) times series, when g(d n) separates, or g(n / d)."""
        pieces: list[tuple[Expr, String]] = []
        for monomial, scalar in g.substitute({"n": POINT * DIVISOR if forward else POINT / DIVISOR}).terms:
            inner, outer = const(scalar), ONE
            for atom, exponent in monomial:
                if "n" in atom.symbols and "$d" in atom.symbols:
                    return None
                if "$d" in atom.symbols:
                    inner = inner * from_atom(atom, exponent)
                else:
                    outer = outer * from_atom(atom, exponent)
            for key, c in self.series(inner.substitute({"$d": POINT}) * f, forward).items():
                for d, monomial_n in monomials(outer):
                    pieces.append((c * d, (Path(1, M, 1, monomial_n), *key.factors)))
        return pieces

    # ------------------------------------------------------------ exponentials and inverses

    def exponential(self, x: Sum) -> Sum:
        """exp of a sum: its value where that has a name, else a letter named after the sum."""
        if not x:
            return self.one
        identity = next(iter(self.one))
        scalar = x.get(identity)
        if scalar is not None:
            rest = {key: c for key, c in x.items() if key != identity}
            inner = self.exponential(rest)
            return {key: c * call("exp", scalar) for key, c in inner.items()}
        first = next(iter(self.one)).factors[0]
        assert isinstance(first, Path)
        if all(
            not key.ranges and len(key.factors) == 1 and isinstance(p := key.factors[0], Path) and p.m == 1 == p.e
            and p.M == first.M
            for key in x
        ):
            total = Expr.sum(c * path.f for key, c in x.items() for path in key.factors if isinstance(path, Path))
            return {Key((), (path,)): c for c, path in self.word(1, (1,), 1, call("exp", total))}
        return {Key((), (Formal("exp", (frozen(x),)),)): ONE}

    def joined(self, x: object, y: object) -> list[tuple[Expr, String]] | None:
        """exp(X) exp(Y) = exp(X + Y) where X and Y commute."""
        left, right = thawed(x), thawed(y)
        forth, back = self.product(left, right), self.product(right, left)
        if forth != back:
            return None
        total = dict(left)
        for key, c in right.items():
            from qwasm.prover.terms import add

            add(total, key, c)
        return [(c, key.factors) for key, c in self.exponential(total).items()]

    def inverse(self, x: Sum) -> Sum:
        """The inverse of a one-sided sum as a letter named after it."""
        if len(x) == 1:
            (key, c), *_ = x.items()
            if key == next(iter(self.one)):
                return {key: ONE / c}
        if not x:
            raise Undecided("0 has no inverse")
        return {Key((), (Formal("inv", (frozen(x),)),)): ONE}


def frozen(x: Sum) -> tuple[tuple[object, ...], ...]:
    """A sum as a hashable value: equal exactly for equal sums."""
    return tuple(sorted(((*key, c) for key, c in x.items()), key=repr))


def thawed(x: object) -> Sum:
    assert isinstance(x, tuple)
    return {Key(ranges, factors): c for ranges, factors, c in x}
