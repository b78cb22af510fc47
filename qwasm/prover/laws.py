"""Arithmetic functions at h n, prime by prime: what they become when n is split at the primes in sight.

With v the power of a prime p in n and u the part of n free of the primes in sight, a function of n is a sum of
pieces: conditions v = c, times a function of n, the v's and u.

>>> from qwasm.prover.standins import Order
>>> for conditions, value in Laws(Order({}), (2,)).pieces(call("mu", POINT)):
...     print(conditions, value)
((2, 0),) mu($u)
((2, 1),) -mu($u)
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product as every

from qwasm.algebra.atoms import Atom, Exponent
from qwasm.algebra.functions import call
from qwasm.algebra.ring import ONE, ZERO, Expr, _intern, const, from_atom, symbol
from qwasm.prover.cases import resolved
from qwasm.prover.pieces import Opaque, Piece, collected, factored, law, name, place, times, turns
from qwasm.prover.standins import START, Order
from qwasm.prover.strings import POINT

REST = symbol("$u", "nat")
ALONE = call("==", REST, ONE)  # [u = 1]
MULTIPLICATIVE = frozenset(("mu", "tau", "phi", "sigma", "J"))
ARITHMETIC = MULTIPLICATIVE | {"omega", "Lambda", "isprime", "ispower", "val", "gcd", "mod"}


class Laws:
    """Splits multipliers at the primes `sight`."""

    def __init__(self, order: Order, sight: tuple[int, ...]) -> None:
        self.order = order
        self.sight = sight

    def prime(self, p: int) -> Expr:
        return self.order.expr(p)

    def valuation(self, p: int) -> Expr:
        return symbol(f"$v{p if p < START else self.order.names[p]}", "int")

    def zero(self, p: int) -> Expr:
        """The condition v_p = 0, as a symbol."""
        return symbol(f"$z{p if p < START else self.order.names[p]}", "int")

    def pieces(self, f: Expr) -> list[Piece]:
        """A multiplier as a sum of conditions times functions of n, the v's and u."""
        total: list[Piece] = []
        for monomial, c in f.terms:
            found: list[Piece] = [((), const(c))]
            for atom, exponent in monomial:
                found = times(found, self.factor(atom, exponent))
            total += found
        return total

    def factor(self, atom: Atom, exponent: Exponent) -> list[Piece]:
        plain: list[Piece] = [((), from_atom(atom, exponent))]
        if "n" not in atom.symbols:
            return plain
        try:
            found = self.function(atom)
        except Opaque:
            return plain
        if exponent == 1:
            return found
        if not isinstance(exponent, int) or exponent < 0:
            return plain
        result = found
        for _ in range(exponent - 1):
            result = times(result, found)
        return result

    def function(self, atom: Atom) -> list[Piece]:
        """An arithmetic function at h n as conditions and functions of u."""
        if atom.name in ("eq", "pos"):
            return self.compared(atom)
        if atom.name not in ARITHMETIC or atom.name == "mod":
            raise Opaque
        if atom.name == "gcd":
            return self.gcd(atom)
        shifts = self.shifts(atom.args[-1])
        if atom.name in MULTIPLICATIVE:
            params = atom.args[:-1]
            result: list[Piece] = [((), call(atom.name, *params, REST))]
            for p in self.sight:
                result = times(result, self.at_power(p, shifts[p], *law(atom.name, params, self.prime(p))))
            return result
        if atom.name == "val":
            own = place(atom.args[0], self.order)
            if own not in self.sight:
                raise Opaque
            return [((), self.valuation(own) + shifts[own])]
        if atom.name == "omega":
            result = [((), call("omega", REST))]
            for p in self.sight:
                result += self.at_power(p, shifts[p], lambda k: ONE if k else ZERO, ONE, 1)
            return result
        if atom.name == "ispower":
            own = place(atom.args[0], self.order)
            return times([((), ALONE)], self.none_of([q for q in self.sight if q != own], shifts))
        whole = call(atom.name, REST)  # Lambda and isprime
        result = times([((), whole)], self.none_of(self.sight, shifts))
        for p in self.sight:
            if atom.name == "Lambda":
                at_p = self.at_power(p, shifts[p], lambda k: ONE if k else ZERO, ONE, 1)
                at_p = times([((), call("log", self.prime(p)) * ALONE)], at_p)
            else:
                at_p = times([((), ALONE)], self.at_power(p, shifts[p], lambda k: ONE if k == 1 else ZERO, ZERO, 2))
            result += times(at_p, self.none_of([q for q in self.sight if q != p], shifts))
        return result

    def shifts(self, point: Expr) -> dict[int, int]:
        """The powers a_p in a point h n, all of whose primes are in sight."""
        at = place(point / POINT, self.order)
        if at is None:
            raise Opaque
        factors = factored(at, self.order)
        if not factors.keys() <= set(self.sight):
            raise Opaque
        return {p: factors.get(p, 0) for p in self.sight}

    def none_of(self, some: tuple[int, ...] | list[int], shifts: dict[int, int]) -> list[Piece]:
        """The condition that none of some primes divides h n."""
        result: list[Piece] = [((), ONE)]
        for p in some:
            if shifts[p]:
                return []
            result = times(result, [(((p, 0),), ONE)])
        return result

    def at_power(self, p: int, a: int, value: Callable[[int], Expr], tail: Expr, start: int) -> list[Piece]:
        """g(v_p + a) for g equal to `tail` (an expression in $k) from `start` on, given value by value before."""
        v = self.valuation(p)
        result: list[Piece] = []
        general = tail.substitute({"$k": v + a})
        if not general.is_zero:
            result.append(((), general))
        for c in range(max(0, start - a)):
            gap = value(c + a) - tail.substitute({"$k": const(c + a)})
            if not gap.is_zero:
                result.append((((p, c),), gap))
        return result

    def gcd(self, atom: Atom) -> list[Piece]:
        point, other = atom.args if "n" in atom.args[0].symbols else atom.args[::-1]
        at = place(other, self.order) if "n" not in other.symbols else None
        if at is None:
            raise Opaque
        shifts = self.shifts(point)
        result: list[Piece] = [((), ONE)]
        for p, most in factored(at, self.order).items():
            if p not in self.sight:
                raise Opaque
            base = self.prime(p)
            result = times(result, self.at_power(p, shifts[p], base.__pow__, base**most, most))
        return result

    def divides(self, atom: Atom) -> list[Piece]:
        """[c divides h n]."""
        at = place(atom.args[1], self.order)
        if at is None:
            raise Opaque
        shifts = self.shifts(atom.args[0])
        result: list[Piece] = [((), ONE)]
        for p, least in factored(at, self.order).items():
            if p not in self.sight:
                raise Opaque
            result = times(result, self.at_power(p, shifts[p], lambda k: ZERO, ONE, least))
        return result

    def single(self, d: Expr) -> list[Piece] | None:
        """[h n = c] as [u = c'] and conditions on the v's; None for another form."""
        slope = constant = ZERO
        for term in d.terms:
            e = _intern((term,))
            if "n" in e.symbols:
                slope = slope + e / POINT
            else:
                constant = constant - e
        h, c = place(slope, self.order), place(constant, self.order)
        if h is None or c is None:
            h, c = place(-slope, self.order), place(-constant, self.order)
        if h is None or c is None:
            return None
        left, right = factored(h, self.order), factored(c, self.order)
        deltas = []
        for p in self.sight:
            k = right.pop(p, 0) - left.pop(p, 0)
            if k < 0:
                return []
            deltas.append((p, k))
        if left:
            return None
        rest = Expr.product(self.prime(p) ** k for p, k in right.items())
        return [(tuple(deltas), call("==", REST, rest))]

    def compared(self, atom: Atom) -> list[Piece]:
        """[x = 0] or [x > 0] for a divisibility, or an x that depends on finitely many values of the v's."""
        argument = atom.args[0]
        if atom.name == "eq" and len(argument.terms) == 1 and len(argument.terms[0][0]) == 1:
            inner = argument.terms[0][0][0][0]
            if inner.name == "mod" and "n" in inner.args[0].symbols and "n" not in inner.args[1].symbols:
                return self.divides(inner)
        if atom.name == "eq":
            single = self.single(argument)
            if single is not None:
                return single
        pieces = collected(self.pieces(argument))
        points: dict[int, set[int]] = {}
        for deltas, f in pieces:
            if "n" in f.symbols or "$u" in f.symbols:
                raise Opaque
            for p, c in deltas:
                points.setdefault(p, set()).add(c)
            for p in self.sight:
                v = name(self.valuation(p))
                if v in f.symbols:
                    roots = turns(f, v)
                    if roots is None or len(pieces) > 1:
                        raise Opaque
                    points.setdefault(p, set()).update(range(roots + 1))
        result: list[Piece] = []
        chosen = sorted(points)
        for values in every(*([*sorted(points[p]), None] for p in chosen)):
            case = dict(zip(chosen, values, strict=True))
            total = ZERO
            for deltas, f in pieces:
                if all(case[p] == c for p, c in deltas):
                    far = {name(self.valuation(p)): max(points[p]) + 1 if c is None else c for p, c in case.items()}
                    total = total + f.substitute(far)
            truth = call("==" if atom.name == "eq" else ">", total, ZERO)
            truth = resolved(truth, self.order)
            if truth.rational() is None:
                raise Opaque
            if truth.is_zero:
                continue
            condition: list[Piece] = [((), ONE)]
            for p, exponent in case.items():
                elsewhere: list[Piece] = [((), ONE), *((((p, d),), const(-1)) for d in sorted(points[p]))]
                condition = times(condition, elsewhere if exponent is None else [(((p, exponent),), ONE)])
            result += condition
        return result
