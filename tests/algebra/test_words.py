"""Three integers say all there is to say about a word."""

from __future__ import annotations

from fractions import Fraction
from functools import reduce
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qwasm.algebra import words
from qwasm.algebra.operators import Algebra
from qwasm.algebra.ring import symbol
from tests.algebra import dense

LETTERS = {"A": words.A, "B": words.B, "P": words.P, "Q": words.Q}
spelled = st.lists(st.tuples(st.sampled_from("ABPQ"), st.integers(1, 12)), max_size=6)
sizes = st.integers(1, 40)


def triple_matrix(triple: words.Triple, N: int) -> dense.Matrix:
    m, M, e = triple
    assert isinstance(m, int) and isinstance(M, int) and isinstance(e, int)
    return {(m * k, e * k): Fraction(1) for k in range(1, N // M + 1)}


@given(spelling=spelled, N=sizes)
def test_a_word_is_the_product_of_its_letters(spelling: list[tuple[str, int]], N: int) -> None:
    expected = dense.identity(N)
    for name, index in spelling:
        expected = dense.times(expected, dense.letter(name, index, N))
    chained = words.chain([LETTERS[name](index) for name, index in spelling])  # type: ignore[misc]
    assert triple_matrix(chained, N) == expected
    assert chained[1] >= max(chained[0], chained[2])


@given(spelling=spelled)
def test_composing_pairwise_and_in_one_chain_agree(spelling: list[tuple[str, int]]) -> None:
    triples = [LETTERS[name](index) for name, index in spelling]
    paired = reduce(words.compose_int, triples, words.IDENTITY)  # type: ignore[arg-type]
    assert paired == words.chain(triples)  # type: ignore[arg-type]


@given(spelling=spelled, N=sizes)
def test_on_the_infinite_space_the_cut_is_forgotten(spelling: list[tuple[str, int]], N: int) -> None:
    free: words.Triple = words.IDENTITY
    large = N * 12 ** len(spelling)
    row: dict[int, int] = {n: n for n in range(1, N + 1)}  # psi(row[n]) is what n reads so far
    for name, index in spelling:
        if name != "Q":
            composed = words.compose(free, LETTERS[name](index), free=True)
            assert composed is not None
            free = composed[0]
        row = {
            n: j * index if name == "A" else j // index if name == "B" else j
            for n, j in row.items()
            if name in "AQ" or j % index == 0
        }
    expected = {(n, j): Fraction(1) for n, j in row.items() if j <= N}
    assert triple_matrix(free, N) == expected and large > 0


@pytest.mark.parametrize("s", [Fraction(0), Fraction(1, 2), Fraction(1), Fraction(2, 3)])
@given(spelling=spelled)
def test_a_word_times_its_adjoint_has_the_square_of_its_norm(s: Fraction, spelling: list[tuple[str, int]]) -> None:
    word = words.chain([LETTERS[name](index) for name, index in spelling])  # type: ignore[misc]
    star, factor = words.adjoint(word, s)
    square = words.compose_int(word, star)  # type: ignore[arg-type]
    assert square[0] == square[2]  # a diagonal projection times the factor
    assert factor == words.norm(word, 2 * s)


def test_open_indices_are_composed_only_when_every_value_agrees() -> None:
    p, q = symbol("p", "prime"), symbol("q", "prime")
    assert words.compose(words.A(p), words.A(q)) == ((1, p * q, p * q), 1, p)
    assert words.compose(words.B(p), words.A(p)) == ((p, p, p), 1, 1)
    assert words.compose(words.A(p), words.B(p)) == ((1, p, 1), 1, 1)
    assert words.compose(words.A(p), words.B(q)) is None
    assert words.compose(words.A(p), words.B(2)) is None
    assert words.compose(words.A(p * p), words.B(p)) == ((1, p * p, p), 1, p)
    assert words.compose(words.B(p), words.A(2)) == ((p, p, 2), 1, 1)
    assert words.compose(words.B(p), words.A(3)) is None


def test_letters_are_normalised_fast() -> None:
    spelling = [words.A(6), words.B(10), words.P(3), words.B(2), words.A(5), words.Q(7)] * 2
    best = min(_seconds(spelling) for _ in range(5))
    assert 12 * 2_000 / best > 300_000  # letters a second; the machine may be busy


def _seconds(spelling: list[words.Triple]) -> float:
    start = perf_counter()
    for _ in range(2_000):
        words.chain(spelling)  # type: ignore[arg-type]
    return perf_counter() - start


def test_equal_words_are_one_object() -> None:
    a = Algebra()
    assert a.A(6) is a.multiply(a.A(2), a.A(3))
    assert a.multiply(a.A(2), a.B(3)) is a.product([a.Q(2), a.B(3), a.A(2)])
