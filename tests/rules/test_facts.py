"""Facts about states: what they say about words, against the plain definition."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from qwasm.algebra.nodes import Dirichlet, Product
from qwasm.algebra.operators import Algebra, Operator
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


def free_apply(x: Operator, psi: dict[int, int], most: int) -> dict[int, int]:
    """Where a product of words and series leads on the infinite space, looked at up to `most`; nothing cancels."""
    for node in x.nodes:
        if isinstance(node, Product):
            for factor in reversed(node.factors):
                psi = free_apply(factor, psi, most)
            return psi
        assert isinstance(node, Dirichlet)
        pairs = [(n, d * n) for n in range(1, most + 1) for d in range(1, most // n + 1)]
        return {i: 1 for n, m in pairs for i, j in ((n, m) if node.forward else (m, n),) if psi.get(j)}
    [(m, _, e)] = x.words
    assert isinstance(m, int) and isinstance(e, int)
    return {m * k: psi[e * k] for k in range(1, most // m + 1) if e * k in psi}


FREE = Algebra("free")
FACTORS = [FREE.A(2), FREE.A(3), FREE.B(2), FREE.B(4), FREE.Dir(1), FREE.coDir(1)]


@given(st.lists(st.sampled_from(FACTORS), max_size=4), facts, st.integers(1, 20))
@example([FREE.A(2), FREE.coDir(1)], Facts(), 12)  # coDir leads past N, from where A[2] comes back above N/2
@example([FREE.A(2), FREE.Dir(1), FREE.B(4)], Facts(), 12)
def test_a_bound_holds_where_free_factors_lead_past_the_end(factors: list[Operator], known: Facts, N: int) -> None:
    assume("".join("DC"[not n.forward] for x in factors for n in x.nodes if isinstance(n, Dirichlet)).find("DC") < 0)
    x = FREE.product(factors)
    after = known.through(x).cut
    for n, value in free_apply(x, state(known, N), 60 * N).items():
        assert value == 0 or n > N or (n % after.divisor == 0 and n * after.bound <= N)


def test_what_free_factors_lose_past_the_end_they_do_not_know() -> None:
    assert Facts().through(FREE.product([FREE.A(2), FREE.coDir(1)])).cut == NOTHING
    assert Facts().through(FREE.B(2)) == Facts(2, Fraction(1, 2))
    assert Facts(1, Fraction(4)).through(FREE.product([FREE.A(2), FREE.Dir(1), FREE.B(2)])).bound == 4


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
