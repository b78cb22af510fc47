"""Smallest counterexamples: least N, then row, then column, over all values of the names.

What is left of a difference in normal form says where it shows: a word (m, M, e; f) adds f(k) at the entry
(m k, e k) from N = M k on.  The places are visited in order of N, so the first that does not cancel is the least.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from heapq import heappop, heappush
from itertools import count, islice, product
from time import monotonic

from qwasm.algebra.balls import is_zero
from qwasm.algebra.ring import ONE, Expr, const
from qwasm.arith.sieve import is_prime
from qwasm.diagnostics import QwasmError
from qwasm.prover.cases import Case
from qwasm.prover.claim import Budget, Claim
from qwasm.prover.comparisons import next_place
from qwasm.prover.standins import Order
from qwasm.prover.strings import (
    Key,
    OverBudget,
    Path,
    Sum,
    bound,
    bound_name,
)
from qwasm.record import record

TRIED = (1, 2, 3, 5, -1, 7, 11)  # values for names that are numbers
LARGEST_BITS = 8192  # of an N that is looked at
EXTRA = 3  # primes beyond the limit tried for a name
Values = dict[str, int]


@record
class Place:
    """At size N the entry (row, col) of the difference is not 0 when the names have these values."""

    N: int
    row: int
    col: int
    values: tuple[tuple[str, int], ...]


@record
class Concrete:
    """One word of a difference with all names replaced: adds c f(k) at (m k, e k) from N = M k on."""

    m: int
    M: int
    e: int
    f: Expr  # with its coefficient; n is k


@record(frozen=False)
class Search:
    """The search over all cases that have something left."""

    claim: Claim
    budget: Budget
    rest: Sequence[tuple[Case, Sum]]
    visited: int = 0
    until: float = float("inf")
    uncertain: bool = False
    best: Place | None = None

    def run(self) -> Place | None:
        """The least place, or None when none was found within the budget."""
        limit = min((self.least(case, rest) for case, rest in self.rest if rest), default=0)
        while limit and limit.bit_length() <= LARGEST_BITS:
            for case, rest in self.rest:
                for assignment in self.assignments(case, rest, limit):
                    if monotonic() > self.until:
                        raise OverBudget
                    try:
                        self.look(case, rest, assignment, limit)
                    except QwasmError:  # a function without a value at these values of the names
                        self.uncertain = True
            if self.best is not None:
                return self.best
            limit *= 2
            if self.visited > self.budget.places:
                return None
        return self.best

    def least(self, case: Case, rest: Sum) -> int:
        """A lower bound of the N at which something shows."""
        lows = {p: low for p, (low, _) in case.intervals.items()}
        return max(1, min(lower(case, key, lows) for key in rest))

    # ------------------------------------------------------------ values of the names

    def assignments(self, case: Case, rest: Sum, limit: int) -> Iterator[dict[int, int]]:
        """Primes for the classes of the case such that something may show up to the limit."""
        classes = [*case.generic, *case.whole]
        used: set[int] = set()
        for key in rest:
            path = key.factors[0]
            assert isinstance(path, Path)
            for x in (path.m, path.e, *path.M):
                used |= set(case.order.split(x)[1])
        stack: list[tuple[int, ...]] = [()]
        while stack:
            chosen = stack.pop()
            known = dict(zip(classes, chosen))
            if len(chosen) == len(classes):
                if all(known[p] < known[q] for p, larger in case.above.items() for q in larger):
                    yield known
                continue
            place = classes[len(chosen)]
            low, high = case.intervals[place]
            options = []
            beyond = 0
            lows = {p: case.intervals[p][0] for p in classes}
            for value in count(low):
                if high is not None and value > high:
                    break
                if place not in case.whole and (value in case.concrete or value in chosen or not is_prime(value)):
                    continue
                fits = place in used and min(lower(case, key, {**lows, **known, place: value}) for key in rest) <= limit
                if not fits or value > limit:
                    beyond += 1
                    if beyond > EXTRA:
                        break
                options.append(value)
            stack.extend((*chosen, value) for value in reversed(options))

    # ------------------------------------------------------------ one assignment

    def look(self, case: Case, rest: Sum, assignment: dict[int, int], limit: int) -> None:
        """Follow the places of one assignment in order of N until one does not cancel."""
        names = {case.order.names[p]: v for p, v in assignment.items()}
        numbers: dict[str, Expr | int | Fraction] = {**names}
        conditions = [c.substitute(numbers) for c in case.open_conditions]
        if self.numbers(ONE, conditions, names) is None:
            return
        most = limit if self.best is None else self.best.N
        heap: list[tuple[int, int, int, Concrete]] = []
        for ticket, word in enumerate(self.concrete(case, rest, assignment, numbers, most)):
            if most >= word.M:
                heappush(heap, (word.M, ticket, 1, word))
        while heap:
            N = heap[0][0]
            found: dict[tuple[int, int], list[Expr]] = {}
            while heap and heap[0][0] == N:
                _, ticket, k, word = heappop(heap)
                self.visited += 1
                value = word.f.substitute({"n": k})
                if not value.is_zero:
                    found.setdefault((word.m * k, word.e * k), []).append(value)
                following = k + 1 if not value.is_zero else next_place(word.f, k)
                if following is not None and word.M * following <= most:
                    heappush(heap, (word.M * following, ticket, following, word))
            if self.visited % 64 == 0 and monotonic() > self.until:
                raise OverBudget
            for row, col in sorted(found):
                value = Expr.sum(found[row, col])
                chosen = None if value.is_zero else self.numbers(value, conditions, names)
                if chosen is None:
                    continue
                place = Place(N, row, col, self.shown(case, {**names, **chosen}))
                if self.best is None or (place.N, place.row, place.col) < (self.best.N, self.best.row, self.best.col):
                    self.best = place
                return

    def numbers(self, value: Expr, conditions: Sequence[Expr], names: Mapping[str, int]) -> Values | None:
        """Values of the names that are numbers for which an entry is certainly not 0, or None."""
        free = sorted(value.symbols.union(*(c.symbols for c in conditions)))
        near = [x for v in names.values() for x in (v + 1, v - 1)] if conditions else []
        near += compared_with(value)
        for choice in islice(product(dict.fromkeys([*TRIED, *near]), repeat=len(free)), 400):
            values: dict[str, Expr | int | Fraction] = dict(zip(free, choice, strict=True))
            try:
                if any(c.substitute(values).is_zero for c in conditions):
                    continue
                number = value.substitute(values)
                if number.is_constant and not number.is_zero and not is_zero(number):
                    return dict(zip(free, choice, strict=True))
            except QwasmError:
                continue
        self.uncertain = True
        return None

    def shown(self, case: Case, values: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
        """The values by the names of the claim; names that do not matter get the first that fits."""
        found: Values = {}
        for name, kind in self.claim.variables.items():
            if kind in ("op", "arith"):
                continue
            if name in case.values:
                whole = case.values[name].integer()
                found[name] = whole if whole is not None else values[str(case.values[name])]
            else:
                found[name] = values.get(name, 2)
        return tuple(sorted(found.items()))

    def concrete(
        self,
        case: Case,
        rest: Sum,
        assignment: Mapping[int, int],
        numbers: Mapping[str, Expr | int | Fraction],
        limit: int,
    ) -> Iterator[Concrete]:
        """The words of the difference at an assignment, those of families as far as the limit."""
        merged: dict[tuple[int, int, int], list[Expr]] = {}
        for key, c in rest.items():
            path = key.factors[0]
            assert isinstance(path, Path)
            for extra, names in self.members(case, key, assignment, limit):
                values = {**assignment, **extra}
                M = max(_value(case.order, x, values) for x in (path.m, path.e, *path.M))
                m, e = _value(case.order, path.m, values), _value(case.order, path.e, values)
                f = (c * path.f).substitute({**numbers, **names})
                merged.setdefault((m, M, e), []).append(f)
        for (m, M, e), parts in merged.items():
            f = Expr.sum(parts)
            if not f.is_zero:
                yield Concrete(m, M, e, f)

    def members(
        self, case: Case, key: Key, assignment: Mapping[int, int], limit: int
    ) -> Iterator[tuple[dict[int, int], dict[str, int]]]:
        """Different primes for the bound primes of a term such that it shows up to the limit (and at least one)."""
        taken = {*(v for p, v in assignment.items() if p not in case.whole), *case.concrete}
        stack: list[tuple[int, ...]] = [()]
        while stack:
            chosen = stack.pop()
            if len(chosen) == len(key.ranges):
                yield (
                    {bound(i): v for i, v in enumerate(chosen)},
                    {bound_name(i): v for i, v in enumerate(chosen)},
                )
                continue
            low, high = key.ranges[len(chosen)]
            if not isinstance(low, int):
                raise OverBudget
            found: list[int] = []
            for value in count(low):
                if isinstance(high, int) and value > high:
                    break
                if value in taken or value in chosen or not is_prime(value):
                    continue
                places = {**assignment, **{bound(i): v for i, v in enumerate((*chosen, value))}}
                for i in range(len(chosen) + 1, len(key.ranges)):
                    other = key.ranges[i][0]
                    places[bound(i)] = other if isinstance(other, int) else 2
                path = key.factors[0]
                assert isinstance(path, Path)
                if max(_value(case.order, x, places) for x in (path.m, path.e, *path.M)) > limit:
                    if not found:
                        found.append(value)
                    break
                found.append(value)
                if len(found) > self.budget.places:
                    raise OverBudget
            stack.extend((*chosen, value) for value in reversed(found))


def compared_with(e: Expr) -> list[int]:
    """The integers that comparisons in an expression compare a name with, and their neighbours."""
    found: list[int] = []
    for monomial, _ in e.terms:
        for atom, _ in monomial:
            if atom.name in ("eq", "pos"):
                constants = [int(c) for m, c in atom.args[0].terms if not m and c.denominator == 1]
                found += [x for c in constants for x in (abs(c), abs(c) + 1, abs(c) - 1)]
    return found


def lower(case: Case, key: Key, places: Mapping[int, int]) -> int:
    """The least N at which a term may show when the names have these values, or larger ones."""
    values = dict(places)
    for i, (low, _) in enumerate(key.ranges):
        values[bound(i)] = low if isinstance(low, int) else 2
    path = key.factors[0]
    assert isinstance(path, Path)
    return max(_value(case.order, x, values) for x in (path.m, path.e, *path.M))


def _value(order: Order, index: int, values: Mapping[int, int]) -> int:
    number, factors = order.split(index)
    result = number
    for p, k in factors.items():
        for _ in range(k):
            result *= values[p]
    return result


__all__ = ["Place", "Search", "const"]
