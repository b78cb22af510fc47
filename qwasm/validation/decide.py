"""Deciding whether two operators do the same to a state: the one question that validation asks the algebra.

The state may be any at all, or one that is known: the delta at 1, which only sees column 1, or the state of
ones, which only sees row sums.  The answer holds for the space of the program, at its N.

>>> from qwasm.algebra.operators import Algebra
>>> from qwasm.space import Space
>>> a = Algebra()
>>> decide(a.multiply(a.B(2), a.A(2)), a.identity(), Space(10)).difference
Difference(row=1, column=1, before='0', after='1')
>>> decide(a.multiply(a.B(2), a.A(2)), a.P(2), Space(10)).verdict
'proved'
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from qwasm.algebra.exact import exact_matrix
from qwasm.algebra.nodes import word_order
from qwasm.algebra.ring import ZERO, Expr
from qwasm.algebra.value import Operator
from qwasm.clock import time_limit
from qwasm.diagnostics import QwasmError
from qwasm.record import replace
from qwasm.space import Field, Space

State = Literal["any", "delta", "ones"]
TERMS = 4_000  # of an operator that is multiplied out
ENTRY_BY_ENTRY = 48  # the largest N whose matrices are compared entry by entry
SECONDS = 2.0  # that the prover may take for one question
POINTS = 8  # path points at which a word with a multiplier is looked at


class Difference(NamedTuple):
    """An entry (row, column) in which two matrices differ, and both values; column 0 is the whole row on ones."""

    row: int
    column: int
    before: str
    after: str


class Decision(NamedTuple):
    """proved, refuted with the difference, or unknown."""

    verdict: Literal["proved", "refuted", "unknown"]
    difference: Difference | None = None


PROVED, UNKNOWN = Decision("proved"), Decision("unknown")


def proved(x: Operator, y: Operator, space: Space, state: State = "any") -> bool:
    """Whether x and y, matrices under strict truncation, are shown to do the same to such a state on this space."""
    if x is y:
        return True
    if not (x.nodes or y.nodes or x.symbols or y.symbols or space.field.exact):
        return pruned(x, space.N, state) is pruned(y, space.N, state)  # a sum of closed words has one form
    try:
        left, right = (z.substitute({"N": space.N}) if "N" in z.symbols else z for z in (x, y))
        difference = left - right
        if not difference.is_zero:
            grown = difference.expanded(TERMS)
            difference = pruned(grown if grown is not None else difference, space.N, state)
        return not difference.nodes and all(vanishes(f, space.field) for f in difference.words.values())
    except (QwasmError, ValueError, ArithmeticError):  # past a limit
        return False


def pruned(x: Operator, N: int, state: State = "any") -> Operator:
    """X without the words that are 0 on this space; of the delta at 1 only what it sees."""
    if state == "delta":
        return column_of_one(x, N)
    words = {t: f for t, f in x.words.items() if not (isinstance(t[1], int) and t[1] > N)}
    return x if len(words) == len(x.words) else Operator(x.truncation, words, x.nodes)


def decide(x: Operator, y: Operator, space: Space, state: State = "any") -> Decision:
    """Whether x and y do the same to such a state on this space, and if not, the first entry that shows it."""
    if proved(x, y, space, state):
        return PROVED
    try:
        left, right = (z.substitute({"N": space.N}) if "N" in z.symbols else z for z in (x, y))
        if left.symbols or right.symbols:
            return UNKNOWN
        if space.N <= ENTRY_BY_ENTRY:
            return by_entries(left, right, space, state)
        grown = (left - right).expanded(TERMS)
        if grown is not None and not grown.nodes:
            found = by_words(left, right, pruned(grown, space.N, state), space, state)
            if found.verdict != "unknown":
                return found
    except (QwasmError, ValueError, ArithmeticError):  # past a limit, or exponentials, which have no exact entries
        pass
    return by_prover(x, y, space, state)


def by_prover(x: Operator, y: Operator, space: Space, state: State) -> Decision:
    """What the prover says over the rationals: equality holds on every state, a difference is seen by a general one."""
    if x.symbols | y.symbols or space.field.exact:
        return UNKNOWN
    from qwasm.prover import equal

    try:
        with time_limit(SECONDS):
            found = equal(x, y, replace(space, truncation="strict"))
    except QwasmError:  # out of time; a limit around this one is met again
        return UNKNOWN
    at = found.counterexample
    if found.verdict == "refuted" and at is not None and state == "any":
        return Decision("refuted", Difference(at.row, at.col, at.lhs, at.rhs))
    return PROVED if found.verdict == "proved" else UNKNOWN


def vanishes(value: Expr, field: Field) -> bool:
    """Whether a number is certainly 0 in the field."""
    if value.is_zero:
        return True
    number = value.rational() if field.kind == "mod" else None
    return number is not None and number.denominator % field.modulus != 0 and number.numerator % field.modulus == 0


def differs(value: Expr, field: Field) -> bool:
    """Whether a closed number is certainly not 0 in the field."""
    if value.is_zero or not value.is_constant:
        return False
    number = value.rational()
    if field.kind == "mod":
        return number is not None and number.denominator % field.modulus != 0 and not vanishes(value, field)
    return number is not None or abs(value.approx()) > 1e-12


def column_of_one(x: Operator, N: int) -> Operator:
    """What X does to the delta at 1, as an operator that does the same: a word (m, M, 1) puts F(1) at m."""
    if x.nodes or any(not isinstance(index, int) for triple in x.words for index in triple):
        return x
    total: dict[int, Expr] = {}
    for (m, M, e), f in x.words.items():
        if e == 1 and isinstance(m, int) and isinstance(M, int) and M <= N:
            total[m] = total.get(m, ZERO) + f.substitute({"n": 1})
    return Operator(x.truncation, {(m, m, 1): f for m, f in total.items() if not f.is_zero}, {})


def by_entries(x: Operator, y: Operator, space: Space, state: State) -> Decision:
    """Entry by entry of the exact matrices, by plain definition."""
    left, right = exact_matrix(x, space.N, space.weight), exact_matrix(y, space.N, space.weight)
    if state == "ones":
        left, right = ({(n, 0): sum_of_row(z, n, space.N) for n in range(1, space.N + 1)} for z in (left, right))
    places = sorted(at for at in left.keys() | right.keys() if state != "delta" or at[1] == 1)
    certain = True
    for at in places:
        before, after = left.get(at, ZERO), right.get(at, ZERO)
        if differs(before - after, space.field):
            return Decision("refuted", Difference(*at, str(before), str(after)))
        certain &= before is after or vanishes(before - after, space.field)
    return PROVED if certain else UNKNOWN


def sum_of_row(matrix: dict[tuple[int, int], Expr], n: int, N: int) -> Expr:
    return Expr.sum(matrix.get((n, k), ZERO) for k in range(1, N + 1))


def by_words(x: Operator, y: Operator, difference: Operator, space: Space, state: State) -> Decision:
    """The first of the entries at which a word of the difference begins, or another one ends, that is not 0.

    Of the state of ones the sums of rows are looked at instead.
    """
    if any(not isinstance(index, int) for triple in difference.words for index in triple):
        return UNKNOWN
    places: set[tuple[int, int]] = set()
    for triple in sorted(difference.words, key=word_order):
        m, M, e = map(int, triple)  # type: ignore[arg-type]
        ends = [space.N // other + 1 for _, other, _ in difference.words if isinstance(other, int)][:POINTS]
        places |= {(m * k, 0 if state == "ones" else e * k) for k in (*range(1, POINTS + 1), *ends) if M * k <= space.N}
    for row, column in sorted(places):
        if differs(entry(difference, row, column, space.N), space.field):
            values = [z.expanded(TERMS) for z in (x, y)]
            shown = [str(entry(z, row, column, space.N)) if z is not None and not z.nodes else "?" for z in values]
            return Decision("refuted", Difference(row, column, *shown))
    return UNKNOWN


def entry(x: Operator, row: int, column: int, N: int) -> Expr:
    """One entry of the matrix of a sum of closed words: those with row = m k, column = e k, k <= N // M.

    Column 0 stands for the sum of the row.
    """
    total = []
    for (m, M, e), f in x.words.items():
        assert isinstance(m, int) and isinstance(M, int) and isinstance(e, int)
        k, rest = divmod(row, m)
        if not rest and column in (0, k * e) and k * M <= N:
            total.append(f.substitute({"n": k}))
    return Expr.sum(total)


__all__ = ["Decision", "Difference", "State", "decide", "proved", "pruned"]
