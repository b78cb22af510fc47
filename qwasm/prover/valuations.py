"""Valuations: multipliers split at the primes in sight, so that arithmetic functions at h k become comparable.

At a prime p in sight let v be the power of p in k, and u the part of k free of all such primes.  An arithmetic
function at h k is then a function of the v's times one of u; a divisibility is a condition on the v's; and a
condition v = c is a word with a larger index.  What is left is a combination of [v = 0], powers, logs, polynomials
in v and functions of u, on words that are not divisible by p: in this form equal multipliers are equal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import product as every

from qwasm.algebra.atoms import Atom, Exponent
from qwasm.algebra.functions import call
from qwasm.algebra.indices import as_expr
from qwasm.algebra.ring import ONE, ZERO, Expr, Monomial, _intern, const, from_atom, symbol
from qwasm.algebra.walk import subexpressions
from qwasm.arith.sieve import factor, is_prime
from qwasm.prover.cases import resolved
from qwasm.prover.standins import START, Order
from qwasm.prover.terms import POINT, Key, OverBudget, Path, Products, Sum, add, bound

REST = symbol("$u", "nat")
ALONE = call("==", REST, ONE)  # [u = 1]
MULTIPLICATIVE = frozenset(("mu", "tau", "phi", "sigma", "J"))
ARITHMETIC = MULTIPLICATIVE | {"omega", "Lambda", "isprime", "ispower", "val", "gcd", "mod"}
Deltas = tuple[tuple[int, int], ...]  # ((p, c), ...): the condition v_p = c
Piece = tuple[Deltas, Expr]


class Opaque(Exception):
    """A function that is left as it is."""


def split(rest: Sum, order: Order, free: bool, most: int) -> Sum:
    """The same difference with its multipliers split; unchanged where no multiplier needs it."""
    if not any(len(k.factors) == 1 and isinstance(k.factors[0], Path) and k.factors[0].f is not ONE for k in rest):
        return rest
    sight: set[int] = set()
    for key in rest:
        for x in key.factors:
            if isinstance(x, Path):
                sight |= primes_in_sight(x.f, order)
    if not sight:
        return rest
    splitter = Splitter(order, tuple(sorted(sight)), free, most)
    total: Sum = {}
    for key, c in rest.items():
        if len(key.factors) == 1 and isinstance(key.factors[0], Path):
            for path, f in splitter.words(key, key.factors[0]):
                for d, monomial in _monomials(f):
                    add(total, Key(key.ranges, (Path(*path, monomial),)), c * d)
                if len(total) > most:
                    raise OverBudget
        else:
            add(total, key, c)
    return total


def _monomials(f: Expr) -> Iterator[tuple[Expr, Expr]]:
    """Terms as (coefficient, what depends on k): n, u, the v's and the conditions."""
    for monomial, c in f.terms:
        inside = outside = ONE
        for atom, exponent in monomial:
            if any(name == "n" or name.startswith(("$u", "$v", "$z")) for name in atom.symbols):
                inside = inside * from_atom(atom, exponent)
            else:
                outside = outside * from_atom(atom, exponent)
        yield outside * const(c), inside


def primes_in_sight(f: Expr, order: Order) -> set[int]:
    """The primes at which a multiplier has to be split."""
    found: set[int] = set()
    if "n" not in f.symbols:
        return found
    for part in subexpressions(f, lambda e: "n" in e.symbols):
        for monomial, _ in part.terms:
            for atom, _ in monomial:
                if atom.name == "eq" and "n" in atom.symbols:
                    slope = Expr.sum(_intern((t,)) for t in atom.args[0].terms if _is_linear(t)) / POINT
                    place = _place(slope, order) or _place(-slope, order)
                    found |= set(_factored(place, order)) if place is not None else set()
                if atom.name not in ARITHMETIC or "n" not in atom.symbols:
                    continue
                for argument in atom.args:
                    place = _place(argument / POINT if "n" in argument.symbols else argument, order)
                    if place is not None:
                        found |= set(_factored(place, order))
    return found


def _is_linear(term: tuple[Monomial, Fraction]) -> bool:
    return any(atom.name == "symbol" and atom.data[0] == "n" and exponent == 1 for atom, exponent in term[0])


def _place(e: Expr, order: Order) -> int | None:
    """A monomial in primes as an index with stand-ins, or None."""
    if len(e.terms) != 1:
        return None
    monomial, c = e.terms[0]
    if c.denominator != 1 or c < 1:
        return None
    places = {name: p for p, name in order.names.items() if p not in order.whole}
    result = int(c)
    for atom, k in monomial:
        p = places.get(str(atom.data[0])) if atom.name == "symbol" else None
        if p is None or not isinstance(k, int) or k < 1:
            return None
        result *= p**k
    return result


def _factored(place: int, order: Order) -> dict[int, int]:
    number, factors = order.split(place)
    return {**({p: k for p, k in factor(number)} if number > 1 else {}), **factors}


class Splitter:
    """Splits multipliers at the primes `sight`."""

    def __init__(self, order: Order, sight: tuple[int, ...], free: bool, most: int) -> None:
        self.order = order
        self.sight = sight
        self.products = Products(order, free, most)

    def prime(self, p: int) -> Expr:
        return self.order.expr(p)

    def valuation(self, p: int) -> Expr:
        return symbol(f"$v{p if p < START else self.order.names[p]}", "int")

    def zero(self, p: int) -> Expr:
        """The condition v_p = 0, as a symbol."""
        return symbol(f"$z{p if p < START else self.order.names[p]}", "int")

    # ------------------------------------------------------------ words

    def words(self, key: Key, path: Path) -> Iterator[tuple[tuple[int, tuple[int, ...], int], Expr]]:
        """The word as words with split multipliers, none divisible by a prime in sight unless v = 0 there."""
        for deltas, f in self.pieces(path.f):
            m, M, e = path.m, path.M, path.e
            for p, c in deltas:
                m, M, e = m * p**c, tuple(x * p**c for x in M), e * p**c
                f = f.substitute({"n": self.prime(p) ** c * POINT, _name(self.valuation(p)): 0})
            yield from self.lowered((m, M, e), f, frozenset(p for p, _ in deltas))

    def lowered(
        self, triple: tuple[int, tuple[int, ...], int], f: Expr, fixed: frozenset[int]
    ) -> Iterator[tuple[tuple[int, tuple[int, ...], int], Expr]]:
        """Move what is not conditioned on v = 0 to words that p does not divide."""
        waiting = [(triple, f, fixed)]
        while waiting:
            (m, M, e), f, fixed = waiting.pop()
            if f.is_zero:
                continue
            p = next((p for p in self.sight if p not in fixed and all(x % p == 0 for x in (m, e, *M))), None)
            if p is None or _opaque(f):
                yield (m, M, e), f * Expr.product(self.zero(q) for q in sorted(fixed))
                continue
            below = (m // p, tuple(x // p for x in M), e // p)
            v = _name(self.valuation(p))
            moved = f.substitute({"n": POINT / self.prime(p), v: self.valuation(p) - 1})
            waiting.append((below, moved, fixed))
            waiting.append((below, -moved.substitute({v: 0}), fixed | {p}))

    # ------------------------------------------------------------ multipliers

    def pieces(self, f: Expr) -> list[Piece]:
        """A multiplier as a sum of conditions times functions of n, the v's and u."""
        total: list[Piece] = []
        for monomial, c in f.terms:
            found: list[Piece] = [((), const(c))]
            for atom, exponent in monomial:
                found = _times(found, self.factor(atom, exponent))
            total += found
        return total

    def factor(self, atom: Atom, exponent: Exponent) -> list[Piece]:
        plain = [((), from_atom(atom, exponent))]
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
            result = _times(result, found)
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
                result = _times(result, self.at_power(p, shifts[p], *_law(atom.name, params, self.prime(p))))
            return result
        if atom.name == "val":
            p = _place(atom.args[0], self.order)
            if p not in self.sight:
                raise Opaque
            return [((), self.valuation(p) + shifts[p])]
        if atom.name == "omega":
            result = [((), call("omega", REST))]
            for p in self.sight:
                result += self.at_power(p, shifts[p], lambda k: ONE if k else ZERO, ONE, 1)
            return result
        if atom.name == "ispower":
            p = _place(atom.args[0], self.order)
            return _times([((), ALONE)], self.none_of([q for q in self.sight if q != p], shifts))
        whole = call(atom.name, REST)  # Lambda and isprime
        result = _times([((), whole)], self.none_of(self.sight, shifts))
        for p in self.sight:
            if atom.name == "Lambda":
                at_p = self.at_power(p, shifts[p], lambda k: ONE if k else ZERO, ONE, 1)
                at_p = _times([((), call("log", self.prime(p)) * ALONE)], at_p)
            else:
                at_p = _times([((), ALONE)], self.at_power(p, shifts[p], lambda k: ONE if k == 1 else ZERO, ZERO, 2))
            result += _times(at_p, self.none_of([q for q in self.sight if q != p], shifts))
        return result

    def shifts(self, point: Expr) -> dict[int, int]:
        """The powers a_p in a point h n, all of whose primes are in sight."""
        place = _place(point / POINT, self.order)
        if place is None:
            raise Opaque
        factors = _factored(place, self.order)
        if not factors.keys() <= set(self.sight):
            raise Opaque
        return {p: factors.get(p, 0) for p in self.sight}

    def none_of(self, some: tuple[int, ...] | list[int], shifts: dict[int, int]) -> list[Piece]:
        """The condition that none of some primes divides h n."""
        result: list[Piece] = [((), ONE)]
        for p in some:
            if shifts[p]:
                return []
            result = _times(result, [(((p, 0),), ONE)])
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
        point, other = (atom.args if "n" in atom.args[0].symbols else atom.args[::-1])
        place = _place(other, self.order) if "n" not in other.symbols else None
        if place is None:
            raise Opaque
        shifts = self.shifts(point)
        result: list[Piece] = [((), ONE)]
        for p, most in _factored(place, self.order).items():
            if p not in self.sight:
                raise Opaque
            base = self.prime(p)
            result = _times(result, self.at_power(p, shifts[p], lambda k, b=base: b**k, base**most, most))
        return result

    def divides(self, atom: Atom) -> list[Piece]:
        """[c divides h n]."""
        place = _place(atom.args[1], self.order)
        if place is None:
            raise Opaque
        shifts = self.shifts(atom.args[0])
        result: list[Piece] = [((), ONE)]
        for p, least in _factored(place, self.order).items():
            if p not in self.sight:
                raise Opaque
            result = _times(result, self.at_power(p, shifts[p], lambda k, c=least: ONE if k >= c else ZERO, ONE, least))
        return result

    def single(self, d: Expr) -> list[Piece] | None:
        """[h n = c] as [u = c'] and conditions on the v's; None for another form."""
        slope = constant = ZERO
        for monomial, c in d.terms:
            e = Expr.product([const(c), *(from_atom(a, k) for a, k in monomial)])
            if "n" in e.symbols:
                slope = slope + e / POINT
            else:
                constant = constant - e
        h, c = _place(slope, self.order), _place(constant, self.order)
        if h is None or c is None:
            h, c = _place(-slope, self.order), _place(-constant, self.order)
        if h is None or c is None:
            return None
        left, right = _factored(h, self.order), _factored(c, self.order)
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
        pieces = _collected(self.pieces(argument))
        points: dict[int, set[int]] = {}
        for deltas, f in pieces:
            if "n" in f.symbols or "$u" in f.symbols:
                raise Opaque
            for p, c in deltas:
                points.setdefault(p, set()).add(c)
            for p in self.sight:
                v = _name(self.valuation(p))
                if v in f.symbols:
                    roots = _turns(f, v)
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
                    far = {p: max(points[p]) + 1 if c is None else c for p, c in case.items()}
                    total = total + f.substitute({_name(self.valuation(p)): c for p, c in far.items()})
            truth = call("==" if atom.name == "eq" else ">", total, ZERO)
            truth = resolved(truth, self.order)
            if truth.rational() is None:
                raise Opaque
            if truth.is_zero:
                continue
            condition: list[Piece] = [((), ONE)]
            for p, c in case.items():
                one: list[Piece] = [(((p, c),), ONE)] if c is not None else [
                    ((), ONE), *((((p, d),), const(-1)) for d in sorted(points[p]))
                ]
                condition = _times(condition, one)
            result += condition
        return result


def _collected(pieces: list[Piece]) -> list[Piece]:
    """Pieces under one condition added up."""
    total: dict[Deltas, Expr] = {}
    for deltas, f in pieces:
        total[deltas] = total.get(deltas, ZERO) + f
    return list(total.items())


def _turns(f: Expr, v: str) -> int | None:
    """For f linear in v, a number past which its sign does not change; else None."""
    slope = constant = Fraction(0)
    for monomial, c in f.terms:
        if not monomial:
            constant = c
        elif len(monomial) == 1 and monomial[0][1] == 1 and monomial[0][0].name == "symbol" and monomial[0][0].data[0] == v:
            slope = c
        else:
            return None
    if not slope:
        return None
    turn = (-constant / slope).__ceil__()
    return max(0, turn) if turn < 64 else None


def _law(name: str, params: tuple[Expr, ...], p: Expr) -> tuple[Callable[[int], Expr], Expr, int]:
    """(value at p^k, formula in $k from `start` on, start) of a multiplicative function."""
    k = symbol("$k", "int")
    match name:
        case "mu":
            return lambda j: const((1, -1, 0)[min(j, 2)]), ZERO, 2
        case "tau":
            return lambda j: const(j + 1), k + 1, 0
        case "phi":
            return lambda j: p**j - (p ** (j - 1) if j else ZERO), p**k * (1 - 1 / p), 1
        case "sigma":
            x = params[0]
            if x.is_zero:
                return lambda j: const(j + 1), k + 1, 0
            base = p**x
            return (lambda j: Expr.sum(base**i for i in range(j + 1))), (p ** (x * (k + 1)) - 1) / (base - 1), 0
        case _:
            base = p ** params[0]
            return (lambda j: base**j - (base ** (j - 1) if j else ZERO)), p ** (params[0] * k) * (1 - 1 / base), 1


def _times(left: list[Piece], right: list[Piece]) -> list[Piece]:
    """The product of two sums of pieces; v = c and v = d exclude each other."""
    result: list[Piece] = []
    for a, f in left:
        for b, g in right:
            merged = dict(a)
            if all(merged.setdefault(p, c) == c for p, c in b):
                result.append((tuple(sorted(merged.items())), f * g))
    return result


def _opaque(f: Expr) -> bool:
    """True when n stands inside a function that is not extended to n / p."""
    return any(
        "n" in atom.symbols and atom.name not in ("symbol", "log", "exp")
        for monomial, _ in f.terms
        for atom, _ in monomial
    )


def _name(v: Expr) -> str:
    return next(iter(v.symbols))


__all__ = ["as_expr", "bound", "is_prime", "split"]
