"""Formal letters: what can be merged besides words.

Shifts by one direction add, one-sided Dirichlet series convolve and let multipliers pass that separate, equal
exponents add.  What is not merged here stays a string, which is right but may be equal to another string.
"""

from __future__ import annotations

from qwasm.algebra.convolution import is_completely_multiplicative
from qwasm.algebra.functions import call
from qwasm.algebra.ring import ONE, Expr, const, from_atom, symbol
from qwasm.prover.series import Basis, Series, derived, function, product, series, twisted
from qwasm.prover.strings import (
    POINT,
    Factor,
    Formal,
    Key,
    Path,
    String,
    Sum,
    Undecided,
    add,
    is_identity,
    monomials,
)
from qwasm.prover.terms import Products

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
                return [
                    (c * d, (Path(1, M, 1, g), a)) for c, g in monomials(f.substitute({"n": POINT + k})) for d in (ONE,)
                ]
            case Formal("series", (tuple() as x, forward)), Formal("series", (tuple() as y, also)) if forward == also:
                return self.strings({product(Basis(*x), Basis(*y)): ONE}, bool(forward))
            case Formal("series", (tuple() as x, True)), Path(1, M, e, g) if M in ((), (e,)):
                shifted = product(Basis(*x), Basis(self.order.expr(e)))
                return self.passed(Basis(*x), True, self.all, g) if e == 1 else self.shifted(x, shifted, e, g, True)
            case Formal("series", (tuple() as x, False)), Path(m, M, 1, g) if M in ((), (m,)):
                shifted = product(Basis(*x), Basis(self.order.expr(m)))
                return self.passed(shifted, False, self.all, g)
            case Path(1, M, e, g), Formal("series", (tuple() as x, True)) if e > 1 and M in ((), (e,)):
                shifted = product(Basis(*x), Basis(self.order.expr(e)))
                return [(c, (Path(1, self.all, 1, g), *string)) for c, string in self.strings({shifted: ONE}, True)]
            case Path(m, M, 1, g), Formal("series", (tuple() as x, False)) if m > 1 and M in ((), (m,)) and g is ONE:
                shifted = product(Basis(*x), Basis(self.order.expr(m)))
                return self.strings({shifted: ONE}, False)
            case Formal("exp", (x,)), Formal("exp", (y,)):
                return self.joined(x, y)
            case Path(m, M, e, g), Formal("inv", (x,)) if g is ONE and 1 in (m, e) and M in ((), (max(m, e),)):
                return self.divided(m, e, x)
            case Formal("inv", (x,)), Path(m, M, e, g) if g is ONE and 1 in (m, e) and M in ((), (max(m, e),)):
                return [(ONE, (b, a))] if self.polynomial(x, m > 1) else None
        return None

    @property
    def all(self) -> tuple[int, ...]:
        """The M of a word that no N cuts."""
        return () if self.free else (1,)

    def shifted(
        self, x: tuple[object, ...], shifted: Basis, e: int, g: Expr, forward: bool
    ) -> list[tuple[Expr, String]] | None:
        """Dir(f) V(g) A[e]: V(g) goes to the left, A[e] into the series."""
        passed = self.passed(Basis(*x), forward, self.all, g)  # type: ignore[arg-type]
        if passed is None:
            return None
        M = () if self.free else (e,)
        return (
            [(c, (*string, Path(1, M, e))) for c, string in passed]
            if g is not ONE
            else self.strings({shifted: ONE}, forward)
        )

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

    def dirichlet(self, f: Expr, forward: bool) -> Sum:
        """Dir(f) or coDir(f)."""
        total: Sum = {}
        for c, string in self.strings(series(f), forward):
            add(total, Key((), string), c)
        return total

    def strings(self, x: Series, forward: bool) -> list[tuple[Expr, String]]:
        """A series as strings of one letter: an element of the basis each, or a word for [n = a]."""
        found: list[tuple[Expr, String]] = []
        for basis, c in x.items():
            place = self.place(basis.shift) if not basis.powers and not basis.derivatives else None
            if place is not None:
                M = () if self.free else (place,)
                found.append((c, (Path(1, M, place) if forward else Path(place, M, 1),)))
            else:
                found.append((c, (Formal("series", (tuple(basis), forward)),)))
        return found

    def place(self, index: Expr) -> int | None:
        """An index of a series as a whole number with stand-ins."""
        whole = index.integer()
        if whole is not None:
            return whole
        names = {name: p for p, name in self.order.names.items()}
        if len(index.terms) != 1 or index.terms[0][1].denominator != 1:
            return None
        place = int(index.terms[0][1])
        for atom, k in index.terms[0][0]:
            if atom.name != "symbol" or str(atom.data[0]) not in names or not isinstance(k, int) or k < 1:
                return None
            place *= names[str(atom.data[0])] ** k
        return place

    def passed(self, basis: Basis, forward: bool, M: tuple[int, ...], g: Expr) -> list[tuple[Expr, String]] | None:
        """A series times V(g) as a sum of V(outer) times series, when g(d n) separates, or g(n / d)."""
        found: list[tuple[Expr, String]] = []
        for monomial, scalar in g.substitute({"n": POINT * DIVISOR if forward else POINT / DIVISOR}).terms:
            inner, outer = const(scalar), ONE
            for atom, exponent in monomial:
                if "n" in atom.symbols and "$d" in atom.symbols:
                    return None
                if "$d" in atom.symbols:
                    inner = inner * from_atom(atom, exponent)
                else:
                    outer = outer * from_atom(atom, exponent)
            value = self.weighted(basis, inner.substitute({"$d": POINT}))
            if value is None:
                return None
            for c, string in self.strings(value, forward):
                found += [(c * d, (Path(1, M, 1, f), *string)) for d, f in monomials(outer)]
        return found

    def weighted(self, basis: Basis, g: Expr) -> Series | None:
        """The function of a series times g; None where g is no sum of powers, characters and logs."""
        total: Series = {}
        for monomial, c in g.terms:
            x: Series = {basis: const(c)}
            for atom, exponent in monomial:
                factor = from_atom(atom, exponent)
                if "n" not in atom.symbols:
                    x = {b: d * factor for b, d in x.items()}
                elif atom.name == "log" and atom.args[0] is POINT and isinstance(exponent, int) and exponent > 0:
                    for _ in range(exponent):
                        x = derived(x)
                elif is_completely_multiplicative(factor):
                    x = twisted(x, factor)
                else:
                    x = series(function(basis) * g)
                    return x if len(g.terms) == 1 else None
            for b, d in x.items():
                total[b] = total[b] + d if b in total else d
        return {b: d for b, d in total.items() if d.terms}

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
            not key.ranges
            and len(key.factors) == 1
            and isinstance(p := key.factors[0], Path)
            and p.m == 1 == p.e
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

    def polynomial(self, x: object, backward: bool) -> dict[int, Expr] | None:
        """{m: c} when x is a sum of c B[m], or of c A[m], with constant coefficients; else None."""
        found: dict[int, Expr] = {}
        for key, c in thawed(x).items():
            path = key.factors[0]
            if key.ranges or len(key.factors) > 1 or not isinstance(path, Path) or path.f is not ONE:
                return None
            m, one = (path.m, path.e) if backward else (path.e, path.m)
            if one != 1 or path.M not in ((), (m,)):
                return None
            found[m] = c
        return found

    def divided(self, m: int, e: int, x: object) -> list[tuple[Expr, String]] | None:
        """B[m] inv(X) where the largest term of X divides B[m]: L inv(X) = (I - (X - c L) inv(X)) / c."""
        backward, index = m > 1, max(m, e)
        terms = self.polynomial(x, backward)
        if terms is None or index % (largest := max(terms)) or largest == 1:
            return None
        rest = index // largest
        c = terms.pop(largest)

        def word(k: int) -> Path:
            M = () if self.free else (k,)
            return Path(k, M, 1) if backward else Path(1, M, k)

        inverse = Formal("inv", (x,))
        return [(ONE / c, (word(rest),)), *((-d / c, (word(rest * k), inverse)) for k, d in terms.items())]


def frozen(x: Sum) -> tuple[tuple[object, ...], ...]:
    """A sum as a hashable value: equal exactly for equal sums."""
    return tuple(sorted(((*key, c) for key, c in x.items()), key=repr))


def thawed(x: object) -> Sum:
    assert isinstance(x, tuple)
    return {Key(ranges, factors): c for ranges, factors, c in x}
