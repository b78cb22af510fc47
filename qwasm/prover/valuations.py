"""Valuations: multipliers split at the primes in sight, so that arithmetic functions at h k become comparable.

At a prime p in sight let v be the power of p in k, and u the part of k free of all such primes.  An arithmetic
function at h k is then a function of the v's times one of u; a divisibility is a condition on the v's; and a
condition v = c is a word with a larger index.  What is left is a combination of [v = 0], powers, logs, polynomials
in v and functions of u, on words that are not divisible by p: in this form equal multipliers are equal.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from qwasm.algebra.ring import ONE, Expr, Monomial, _intern, const, from_atom
from qwasm.algebra.walk import subexpressions
from qwasm.prover.comparisons import vanishes
from qwasm.prover.laws import ARITHMETIC, REST, Laws
from qwasm.prover.pieces import factored, name, place
from qwasm.prover.standins import Order
from qwasm.prover.strings import (
    POINT,
    Key,
    OverBudget,
    Path,
    Sum,
    add,
)


def split(rest: Sum, order: Order, free: bool, most: int) -> Sum:
    """The same difference with its multipliers split; unchanged where no multiplier needs it."""
    if not any(len(k.factors) == 1 and isinstance(k.factors[0], Path) and k.factors[0].f is not ONE for k in rest):
        return rest
    rest = without_zeros(rest)
    sight: set[int] = set()
    for key in rest:
        for x in key.factors:
            if isinstance(x, Path):
                sight |= primes_in_sight(x.f, order)
    if not sight:
        return rest
    splitter = Splitter(order, tuple(sorted(sight)))
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
    return without_zeros(total)


def without_zeros(rest: Sum) -> Sum:
    """The terms whose multipliers do not cancel on every stretch between their comparisons."""
    groups: dict[object, list[Key]] = {}
    for key in rest:
        if len(key.factors) == 1 and isinstance(path := key.factors[0], Path):
            groups.setdefault((key.ranges, path.m, path.M, path.e), []).append(key)
    gone: set[Key] = set()
    for keys in groups.values():
        paths = [path for key in keys for path in key.factors if isinstance(path, Path)]
        if any(path.f is not ONE for path in paths):
            total = Expr.sum(rest[key] * path.f for key, path in zip(keys, paths, strict=True))
            if vanishes(total):
                gone.update(keys)
    return {key: c for key, c in rest.items() if key not in gone} if gone else rest


def _monomials(f: Expr) -> Iterator[tuple[Expr, Expr]]:
    """Terms as (coefficient, what depends on k): n, u, the v's and the conditions."""
    for monomial, c in f.terms:
        inside = outside = ONE
        for atom, exponent in monomial:
            if any(x == "n" or x.startswith(("$u", "$v", "$z")) for x in atom.symbols):
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
                    at = place(slope, order) or place(-slope, order)
                    found |= set(factored(at, order)) if at is not None else set()
                if atom.name not in ARITHMETIC or "n" not in atom.symbols:
                    continue
                for argument in atom.args:
                    at = place(argument / POINT if "n" in argument.symbols else argument, order)
                    if at is not None:
                        found |= set(factored(at, order))
    return found


def _is_linear(term: tuple[Monomial, Fraction]) -> bool:
    return any(atom.name == "symbol" and atom.data[0] == "n" and exponent == 1 for atom, exponent in term[0])


class Splitter(Laws):
    """Splits the multipliers of words."""

    def words(self, key: Key, path: Path) -> Iterator[tuple[tuple[int, tuple[int, ...], int], Expr]]:
        """The word as words with split multipliers, none divisible by a prime in sight unless v = 0 there."""
        for deltas, f in ((deltas, self.determined(f)) for deltas, f in self.pieces(path.f)):
            m, M, e = path.m, path.M, path.e
            for p, c in deltas:
                m, M, e = m * p**c, tuple(x * p**c for x in M), e * p**c
                f = f.substitute({"n": self.prime(p) ** c * POINT, name(self.valuation(p)): 0})
            yield from self.lowered((m, M, e), f, frozenset(p for p, _ in deltas))

    def determined(self, f: Expr) -> Expr:
        """Where u = c is a factor, n is c times the powers p^v: so log n and the like become functions of the v's."""
        parts = []
        for term in f.terms:
            part = _intern((term,))
            fixed = [atom for atom, _ in term[0] if atom.name == "eq" and atom.symbols == {"$u"}]
            c = (REST - fixed[0].args[0]).integer() if fixed else None
            if c is not None and "n" in part.symbols:
                whole = const(c) * Expr.product(self.prime(p) ** self.valuation(p) for p in self.sight)
                part = part.substitute({"n": whole})
            parts.append(part)
        return Expr.sum(parts)

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
            v = name(self.valuation(p))
            moved = f.substitute({"n": POINT / self.prime(p), v: self.valuation(p) - 1})
            waiting.append((below, moved, fixed))
            waiting.append((below, -moved.substitute({v: 0}), fixed | {p}))


def _opaque(f: Expr) -> bool:
    """True when n stands inside a function that is not extended to n / p."""
    return any(
        "n" in atom.symbols and atom.name not in ("symbol", "log", "exp")
        for monomial, _ in f.terms
        for atom, _ in monomial
    )
