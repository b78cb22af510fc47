"""Prover and brute force agree on identities drawn at random, and on near-misses of true ones."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from random import Random

import pytest

from tests.prover.brute import ONE, Claim, approx, entry, first_difference, function, index, power
from tests.prover.identities import draw, mutants
from tests.prover.release import Tally

CLAIMS, STRIDE = 240, 20


@pytest.mark.parametrize("first", range(0, CLAIMS, STRIDE))
def test_the_prover_agrees_with_brute_force(first: int) -> None:
    tally = Tally()
    for seed in range(first, first + STRIDE):
        tally.claim(seed)
    assert tally.wrong == []


@pytest.mark.parametrize("first", range(0, 40, 10))
def test_near_misses_that_are_false_are_refuted(first: int) -> None:
    tally = Tally()
    for seed in range(first, first + 10):
        tally.mutant(seed)
    assert tally.wrong == []
    assert tally.verdicts["mutant refuted"] > 0


# ---------------------------------------------------------------- the oracle itself

P, Q, HALF = (("p", 1),), (("q", 1),), Fraction(1, 2)


def test_the_oracle_finds_the_smallest_counterexample_of_the_swap() -> None:
    claim = Claim(("prod", ("A", P), ("B", Q)), ("prod", ("B", Q), ("A", P)), ("p", "q"), where=(("!=", "p", "q"),))
    assert first_difference(claim, 9) == (3, 2, 3)  # p = 3, q = 2
    assert first_difference(replace(claim, scope="inf"), 30) is None


def test_the_oracle_knows_that_b_a_is_not_the_identity() -> None:
    claim = Claim(("prod", ("B", P), ("A", P)), ("I",), ("p",))
    assert first_difference(claim, 9) == (1, 1, 1)
    assert first_difference(replace(claim, given=(("P", P),)), 30) is None


def test_the_oracle_takes_adjoints_in_the_weight() -> None:
    kernel = ("K", P, HALF)
    claim = Claim(("adj", kernel), kernel, ("p",))
    assert first_difference(claim, 9) == (2, 1, 2)
    assert first_difference(replace(claim, s=HALF * 2), 30) is None


def test_a_claim_at_one_n_is_looked_at_there_alone() -> None:
    claim = Claim(("Q", ((2, 1),)), ("Q", ((3, 1),)), scope=3)
    assert first_difference(claim, 99) is None
    assert first_difference(replace(claim, scope=4), 99) == (4, 2, 2)


def test_numbers_of_the_oracle_are_exact() -> None:
    assert power(12, Fraction(1, 2)) == {frozenset([(3, Fraction(1, 2))]): 2}
    assert approx(function(("fsum", ("log",), ("n", Fraction(-1, 2))), 9, {})).real == pytest.approx(2.5305, abs=1e-4)
    assert index((("p", 2), (3, 1)), {"p": 5}) == 75


def test_an_entry_far_out_costs_no_more_than_one_near() -> None:
    claim = Claim(("prod", ("A", P), ("B", Q)), ("prod", ("B", Q), ("A", P)), ("p", "q"))
    left, right = entry(claim, 10**9, 7 * (10**9 // 7), 3 * (10**9 // 7), {"p": 3, "q": 7})
    assert left == {} and right == ONE


def test_drawn_claims_hold_every_kind_of_operator() -> None:
    kinds: Counter[str] = Counter()
    for seed in range(400):
        claim = draw(Random(seed))
        kinds.update(name for name in str((claim.lhs, claim.rhs)).replace("'", " ").split() if name.isalpha())
    assert {"A", "B", "P", "Q", "K", "V", "Dir", "coDir", "scale", "sum", "prod", "pow", "comm", "adj", "over"} <= set(
        kinds
    )


def test_a_near_miss_differs_from_the_claim() -> None:
    for seed in range(50):
        random = Random(seed)
        claim, miss = mutants(random)
        assert claim != miss
