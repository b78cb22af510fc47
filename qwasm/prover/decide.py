"""Deciding: a claim is true exactly when the difference of its sides vanishes in every case.

>>> from qwasm.prover.claim import read_claim
>>> verdict = prove(read_claim("A[p] B[q]", "B[q] A[p]", where=["p != q"]))
>>> verdict.verdict, verdict.counterexample
('refuted', Counterexample(N=3, row=2, col=3, lhs='0', rhs='1', values={'p': 3, 'q': 2}))
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from time import monotonic
from typing import Any, Literal

from qwasm.algebra.ring import ONE, Expr
from qwasm.algebra.value import Operator
from qwasm.diagnostics import QwasmError
from qwasm.prover.cases import Case, cases_of
from qwasm.prover.claim import Budget, Claim, ScopeOfN
from qwasm.prover.columns import entries
from qwasm.prover.finite import FiniteSearch, cases_with_values
from qwasm.prover.mentions import mentioned
from qwasm.prover.normal import Normalizer
from qwasm.prover.search import Place, Search
from qwasm.prover.settle import difference, lonely, settled
from qwasm.prover.strings import OverBudget, Path, Sum, Undecided
from qwasm.prover.valuations import split
from qwasm.record import field, record
from qwasm.space import Space

DEFAULT = Budget()


@record
class Counterexample:
    """At this N the entry (row, col) of the two matrices differs, when the names have these values."""

    N: int
    row: int
    col: int
    lhs: str
    rhs: str
    values: dict[str, Any] = field(default_factory=dict)


@record
class Verdict:
    """`proved` with a certificate that the checker accepted, `refuted` with a counterexample, or `unknown`."""

    verdict: Literal["proved", "refuted", "unknown"]
    scope: ScopeOfN
    certificate: Any = None
    counterexample: Counterexample | None = None
    reason: str = ""
    seconds: float = 0.0


Normals = list[tuple[Case, Sum]]
Proofs = list[tuple[Case, Normalizer, Sum]]


def prove(claim: Claim, budget: Budget = DEFAULT, brief: bool = False) -> Verdict:
    """Whether a claim holds: proved, refuted with the smallest counterexample, or unknown with the reason.

    Where the algebra gives both sides one value, a `brief` proof writes no normal form down: the checker finds its own.
    """
    start = monotonic()
    until = start + budget.seconds
    if brief and claim.lhs is claim.rhs and (found := _by_construction(claim, budget, start)):
        return found
    reason = ""
    left: Normals = []
    try:
        proved, left = compared(claim, budget, until)
        if left and finer(claim):
            proved, left = compared(claim, budget, until, cut=True)
        if left and order_matters(claim, left):
            proved, left = compared(claim, budget, until, cut=True, ordered=True)
        few = set() if left else {p for case, _, value in proved for p in lonely(value, case)}
        if few:  # their ranges hold too few primes, which is seen prime by prime
            proved, left = compared(claim, budget, until, more=few)
        if not left:
            return _certified(claim, proved, start)
    except Undecided as problem:
        reason = str(problem)
    except OverBudget:
        reason = "the normal form is larger than the budget"
    except QwasmError as problem:
        reason = problem.diagnostics[0].message
    return _refuted(claim, budget, left, reason, start)


def finer(claim: Claim) -> bool:
    """Whether it can help to know where between the ends of ranges a named prime lies."""
    return "prime" in claim.variables.values() and bool(mentioned(claim).ends)


def order_matters(claim: Claim, left: Normals) -> bool:
    """Whether it can help to know which of two primes is larger: words differ in M only, or primes are compared."""
    for case, rest in left:
        seen: set[object] = set()
        if len(case.classes) > 1:
            for key, c in rest.items():
                alike = (key.ranges, *((x.m, x.e, x.f) if isinstance(x, Path) else x for x in key.factors))
                compares = any(a.name == "pos" for m, _ in c.terms for a, _ in m)
                if alike in seen or compares:
                    return True
                seen.add(alike)
    return False


def compared(
    claim: Claim, budget: Budget, until: float, cut: bool = False, ordered: bool = False, more: Iterable[int] = ()
) -> tuple[Proofs, Normals]:
    """The cases in which the difference vanishes, with the common value, and those in which something is left."""
    proved: Proofs = []
    left: Normals = []
    for case in cases_of(claim, budget, cut, ordered, more):
        normalizer = Normalizer(case, claim.free, budget, until)
        lhs, rhs = normalizer.normal(claim.lhs), normalizer.normal(claim.rhs)
        rest = settled(difference(lhs, rhs), case, claim.free)
        if rest and split(rest, normalizer.order, claim.free, budget.terms):
            left.append((case, visible(rest, normalizer, claim, budget)))
        else:
            proved.append((case, normalizer, lhs))
    return proved, left


def visible(rest: Sum, normalizer: Normalizer, claim: Claim, budget: Budget) -> Sum:
    """The terms that are not 0 by themselves, so that a search for a place does not wait for them."""
    return {
        key: c
        for key, c in rest.items()
        if all(isinstance(x, Path) and x.f is ONE for x in key.factors)
        or split({key: c}, normalizer.order, claim.free, budget.terms)
    }


def _by_construction(claim: Claim, budget: Budget, start: float) -> Verdict | None:
    """The verdict proved by the left side as it is written, or None where the checker does not confirm it."""
    from qwasm.prover.certificate import as_written, certificate, confirmed

    try:
        value = as_written(certificate(claim, [(case, None, {}) for case in cases_of(claim, budget)]))
    except (Undecided, OverBudget):
        return None
    if confirmed(claim.statement, value):
        return None
    return Verdict("proved", claim.scope, value, None, "", monotonic() - start)


def _certified(claim: Claim, proved: Proofs, start: float, finite: bool = False) -> Verdict:
    """The verdict proved, if the independent checker confirms the certificate."""
    from qwasm.prover.certificate import as_written, certificate, confirmed

    value = certificate(claim, proved, finite)
    problem = confirmed(claim.statement, value)
    if problem:  # the checker may not know why the normal form is one, and yet see that both sides are equal
        value = as_written(value)
        problem = confirmed(claim.statement, value)
    if problem:
        return Verdict(
            "unknown", claim.scope, value, None, f"the certificate was not confirmed: {problem}", monotonic() - start
        )
    return Verdict("proved", claim.scope, value, None, "", monotonic() - start)


def _refuted(claim: Claim, budget: Budget, left: Normals, reason: str, start: float) -> Verdict:
    """The verdict refuted with the smallest counterexample, or unknown."""
    from qwasm.prover.instances import smallest

    found: Counterexample | None = None
    words = not reason and all(_only_words(rest) for _, rest in left)
    until = start + budget.seconds
    try:
        if words:
            search = (Search if isinstance(claim.scope, str) else FiniteSearch)(claim, budget, left, until=until)
            place = search.run()
            if place is not None:
                found = confirm(claim, place)
            elif isinstance(search, FiniteSearch) and not (search.uncertain or search.partial):
                return _certified(claim, cases_with_values(claim, budget, until), start, finite=True)
        else:
            found = smallest(claim, budget, until)
            if found is None and not reason and isinstance(claim.scope, int) and monotonic() < until:
                return _certified(claim, cases_with_values(claim, budget, until), start, finite=True)
    except Undecided as problem:
        reason = reason or str(problem)
    except OverBudget:
        reason = reason or "the search for a counterexample is larger than the budget"
    if found is not None:
        return Verdict("refuted", claim.scope, None, found, "", monotonic() - start)
    reason = reason or "the normal forms differ, but no place where the operators differ was found"
    return Verdict("unknown", claim.scope, None, None, reason, monotonic() - start)


def _only_words(rest: Sum) -> bool:
    """Whether nothing is left but words with known multipliers."""
    return all(
        len(key.factors) == 1
        and isinstance(x := key.factors[0], Path)
        and not x.f.opaque
        and not c.opaque
        and all(isinstance(end, int) for ends in key.ranges for end in ends)
        for key, c in rest.items()
    )


def confirm(claim: Claim, place: Place) -> Counterexample | None:
    """The counterexample at a place, its two values computed from the definitions; None where they agree."""
    values = dict(place.values)
    try:
        sides = [closed(x, values, place.N) for x in (claim.lhs, claim.rhs)]
        left, right = (entries(x, place.N, place.row, place.col, claim.weight) for x in sides)
    except (ValueError, QwasmError):
        return None
    if not differ(left, right):
        return None
    return Counterexample(place.N, place.row, place.col, str(left), str(right), values)


def closed(x: Operator, values: dict[str, Any], N: int) -> Operator:
    return x.substitute({name: value for name, value in (*values.items(), ("N", N)) if name in x.symbols})


def differ(left: Expr, right: Expr) -> bool:
    """Whether two constants are certainly different."""
    from qwasm.algebra.balls import is_zero

    gap = left - right
    if gap.is_zero:
        return False
    try:
        return not is_zero(gap)
    except QwasmError:
        return False


def equal(x: Operator, y: Operator, space: Space, given: Sequence[tuple[str, Expr]] = ()) -> Verdict:
    """Whether two closed operators are the same on one space, under facts about the state.

    On the infinite space a difference that shows only beyond N is `unknown`.
    """
    if x is y:
        return Verdict("proved", space.N)
    from qwasm.algebra.operators import Algebra

    algebra = Algebra(space.truncation)
    sides = [algebra.own(closed(side, {}, space.N)) for side in (x, y)]
    for letter, index in given:
        sides = [algebra.multiply(side, algebra.P(index) if letter == "P" else algebra.Q(index)) for side in sides]
    scope: ScopeOfN = "inf" if space.truncation == "free" else space.N
    found = prove(Claim(sides[0], sides[1], scope, space.weight, given=tuple(given)))
    if found.counterexample is not None and found.counterexample.N > space.N:
        reason = f"on the infinite space they differ, first at N = {found.counterexample.N}"
        return Verdict("unknown", scope, reason=reason, seconds=found.seconds)
    return found


__all__ = ["Counterexample", "Verdict", "confirm", "equal", "prove"]
