"""Facts about states: what they say about words, against the plain definition."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qwasm.algebra.operators import Algebra
from qwasm.rules.facts import NOTHING, Facts, Given, behind, least

numbers = st.sampled_from([1, 2, 3, 4, 6, 8, 12])
facts = st.builds(Facts, numbers, st.integers(2, 24).map(lambda n: Fraction(n, 2)))
triples = st.tuples(numbers, st.integers(0, 12), numbers).map(lambda t: (t[0], max(t[0], t[2]) + t[1], t[2]))


def apply(triple: tuple[int, int, int], psi: dict[int, int], N: int) -> dict[int, int]:
    """At n = m k the value psi(e k), for k <= N // M."""
    m, M, e = triple
    return {m * k: psi[e * k] for k in range(1, N // M + 1) if e * k in psi}


def state(known: Facts, N: int) -> dict[int, int]:
    return {n: n for n in range(1, N + 1) if n % known.divisor == 0 and n * known.bound <= N}


@given(triples, facts, st.integers(1, 60))
def test_the_least_word_acts_the_same_on_every_state_with_the_facts(
    triple: tuple[int, int, int], known: Facts, N: int
) -> None:
    psi = state(known, N)
    shorter = least(triple, known)
    assert apply(shorter, psi, N) == apply(triple, psi, N)
    assert all(a <= b for a, b in zip(shorter, triple, strict=True))
    assert behind(shorter, known) == behind(triple, known)


@given(triples, facts, st.integers(1, 60))
def test_what_is_said_of_the_image_of_a_word_holds(triple: tuple[int, int, int], known: Facts, N: int) -> None:
    after = known.through_word(triple)
    for n in apply(triple, state(known, N), N):
        assert n % after.divisor == 0 and n * after.bound <= N


def test_sums_keep_what_both_terms_keep_and_series_one_side() -> None:
    a = Algebra()
    known = Facts(6, Fraction(4))
    assert known.through(a.add(a.B(2), a.B(3))) == Facts(6, Fraction(4, 3))
    assert known.through(a.coDir(1)) == Facts(6)
    assert known.through(a.Dir(1)) == Facts(1, Fraction(4))
    assert known.through(a.S(1)) == NOTHING
    assert known.through(a.exp(a.A(2))) == NOTHING


@pytest.mark.parametrize(
    ("needed", "known", "answer"),
    [
        (Given("divides", 6), Facts(12), True),
        (Given("divides", 12), Facts(6), False),
        (Given("within", 3), Facts(1, Fraction(7, 2)), True),
        (Given("within", 4), Facts(1, Fraction(7, 2)), False),
    ],
)
def test_facts_know_what_they_imply(needed: Given, known: Facts, answer: bool) -> None:
    assert known.knows(needed) is answer
