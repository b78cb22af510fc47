"""The prover decides what words and entries leave open: exponentials that commute, shifts at the end of a space."""

from __future__ import annotations

from qwasm.algebra.operators import Algebra
from qwasm.space import Field, Space
from qwasm.validation.decide import Difference, decide

LARGE = Space(1000)
a = Algebra()


def test_exponentials_of_commuting_operators_multiply() -> None:
    both = a.multiply(a.exp(a.A(2)), a.exp(a.A(3)))
    assert decide(both, a.exp(a.A(2) + a.A(3)), LARGE).verdict == "proved"


def test_a_shift_and_back_loses_the_last_place() -> None:
    back = a.multiply(a.S(1), a.S(-1))
    assert decide(back, a.identity(), LARGE).difference == Difference(1000, 1000, "0", "1")


def test_a_difference_is_no_refutation_on_a_state_that_may_not_see_it() -> None:
    back = a.multiply(a.S(1), a.S(-1))
    assert decide(back, a.identity(), LARGE, "delta").verdict == "unknown"


def test_what_holds_over_the_rationals_is_not_taken_to_hold_among_residues() -> None:
    back = a.multiply(a.S(1), a.S(-1))
    assert decide(back, a.identity(), Space(1000, field=Field("mod", 101))).verdict == "unknown"
