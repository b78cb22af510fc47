"""One N: the same question on one space, which is finite.

A difference that vanishes for every N vanishes here.  What is left is a function on each line (row : column) = a : b,
a sum of steps: the word (m, M, e; f) adds f(k) at k = 1 .. N // M.  Names of primes above N are one case.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import gcd
from time import monotonic

from qwasm.algebra.ring import Expr
from qwasm.arith.sieve import primes
from qwasm.prover.cases import Case, cases_at
from qwasm.prover.claim import Budget, Claim
from qwasm.prover.normal import Normalizer
from qwasm.prover.search import Concrete, Place, Search, lower
from qwasm.prover.strings import Key, OverBudget, Path, Sum

LARGEST = 100_000
FEW = 50


class FiniteSearch(Search):
    """The search at one N: every assignment of primes up to N, and one prime above for each other class.

    Beyond LARGEST only primes up to FEW are tried: what is found is a counterexample, perhaps not the smallest.
    """

    partial: bool = False

    def run(self) -> Place | None:
        """The least row, then column, at which the two matrices differ, over all values; None proves that none does."""
        N = self.claim.scope
        assert isinstance(N, int)
        for case, rest in self.rest:
            for assignment in self.all_assignments(case, N):
                if monotonic() > self.until:
                    raise OverBudget
                self.compare(case, rest, assignment, N)
        return self.best

    def all_assignments(self, case: Case, N: int) -> Iterator[dict[int, int]]:
        classes = list(case.generic)
        if case.whole:
            raise OverBudget
        if classes and N > LARGEST:
            self.partial = True
        below = [int(p) for p in primes(2, N if N <= LARGEST else FEW)] if classes else []
        below = [p for p in below if p not in case.concrete]
        if (len(below) + 1) ** len(classes) > self.budget.places:
            raise OverBudget
        above = _primes_above(N, case.concrete, len(classes))
        stack: list[tuple[int, ...]] = [()]
        while stack:
            chosen = stack.pop()
            if len(chosen) == len(classes):
                known = dict(zip(classes, chosen, strict=True))
                if all(known[p] < known[q] for p, larger in case.above.items() for q in larger):
                    yield known
                continue
            low, high = case.intervals[classes[len(chosen)]]
            options = [p for p in (*below, next(p for p in above if p not in chosen)) if p not in chosen]
            stack.extend((*chosen, p) for p in reversed(options) if p >= low and (high is None or p <= high or p > N))

    def compare(self, case: Case, rest: Sum, assignment: Mapping[int, int], N: int) -> None:
        numbers: dict[str, Expr | int] = {case.classes[p]: v for p, v in assignment.items()}
        conditions = [c.substitute(numbers) for c in case.open_conditions]
        if any(c.is_zero for c in conditions):
            return
        lines: dict[tuple[int, int], list[Concrete]] = {}
        for word in self.concrete(case, rest, assignment, numbers, N):
            if word.M <= N:
                g = gcd(word.m, word.e)
                lines.setdefault((word.m // g, word.e // g), []).append(word)
        for place in sorted(self.points(lines, N), key=lambda x: x[:2]):
            row, col, value = place
            chosen = self.numbers(value, conditions, {n: v for n, v in numbers.items() if isinstance(v, int)})
            if chosen is None:
                continue
            found = Place(
                N, row, col, self.shown(case, {**{n: v for n, v in numbers.items() if isinstance(v, int)}, **chosen})
            )
            if self.best is None or (row, col) < (self.best.row, self.best.col):
                self.best = found
            return

    def points(self, lines: Mapping[tuple[int, int], list[Concrete]], N: int) -> Iterator[tuple[int, int, Expr]]:
        """The first entry that is not 0 on each line."""
        for (a, b), words in lines.items():
            steps = {w.m // a for w in words}
            if all("n" not in w.f.symbols for w in words) and steps == {1}:
                ends = sorted({N // w.M for w in words})
                places = [1, *(x + 1 for x in ends[:-1])]
            else:
                ends = [max(w.m // a * (N // w.M) for w in words)]
                places = list(range(1, ends[0] + 1))
            for t in places:
                self.visited += 1
                if self.visited % 1024 == 0 and monotonic() > self.until:
                    raise OverBudget
                value = Expr.sum(
                    w.f.substitute({"n": t * a // w.m}) for w in words if not t * a % w.m and t * a // w.m <= N // w.M
                )
                if not value.is_zero:
                    yield a * t, b * t, value
                    break


def cases_with_values(claim: Claim, budget: Budget, until: float) -> list[tuple[Case, Normalizer, Sum]]:
    """For every case at the N of a claim that holds there, the words of its left side that are not 0.

    Raises Undecided or OverBudget.
    """
    N = claim.scope
    assert isinstance(N, int)
    found: list[tuple[Case, Normalizer, Sum]] = []
    for case in cases_at(claim, N, budget):
        normalizer = Normalizer(case, claim.free, budget, until)
        value = normalizer.normal(claim.lhs)
        lows = {p: low for p, (low, _) in case.intervals.items()}
        for key in [key for key in value if key.ranges or (is_word(key) and lower(case, key, lows) > N)]:
            del value[key]  # its primes are above N
        found.append((case, normalizer, value))
    return found


def is_word(key: Key) -> bool:
    return len(key.factors) == 1 and isinstance(key.factors[0], Path)


def _primes_above(N: int, taken: tuple[int, ...], count: int) -> list[int]:
    from qwasm.arith.sieve import is_prime

    found: list[int] = []
    n = N + 1
    while len(found) <= count:
        if is_prime(n) and n not in taken:
            found.append(n)
        n += 1
    return found


__all__ = ["Budget", "Claim", "FiniteSearch"]
