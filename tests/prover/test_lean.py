"""Lean text of statements and certificates."""

from __future__ import annotations

from typing import Any

from qwasm.prover import prove, read_claim
from qwasm.prover.lean import lean


def printed(lhs: str, rhs: str, **options: Any) -> str:
    claim = read_claim(lhs, rhs, **options)
    return lean(claim.statement, prove(claim).certificate)


def test_an_identity_of_words_is_a_theorem_that_lean_computes() -> None:
    text = printed("A[6] B[4]", "Q[6] A[3] B[2]")
    assert "theorem identity :\n  (A 6).mul (B 4) = (Q 6).mul (A 3).mul (B 2) := by decide" in text
    assert "follow 24 [A 6, B 4] (n.val + 1) = follow 24 [Q 6, A 3, B 2] (n.val + 1) := by decide" in text


def test_symbolic_primes_give_one_proposition_for_each_case() -> None:
    text = printed("A[p] A[q]", "A[p*q]")
    assert "∀ p q : Nat, IsPrime p → IsPrime q → (A p).mul (A q) = A (p * q)" in text
    assert text.count("def case_") == 2
    assert "q = p" in text and "p ≠ q" in text


def test_conditions_are_hypotheses() -> None:
    text = printed("Q[p] Q[q]", "Q[q]", where=["p < q"])
    assert "p < q → (Q p).mul (Q q) = Q q" in text


def test_other_identities_are_printed_as_operators_with_their_normal_form() -> None:
    text = printed("comm(K[2], K[3])", "K[2] K[3] - K[3] K[2]")
    assert "inductive Op where" in text and "def normal_form_1 : Op := .sum" in text
    assert "(.word 3 [6] 2 " in text


def test_brackets_and_quotes_balance() -> None:
    for lhs, rhs in (("A[p] B[p]", "Q[p]"), ("(sum r in primes(2, 9): K[r])^2", "(sum r in primes(2, 9): K[r])^2")):
        text = printed(lhs, rhs)
        for left, right in ("()", "[]", "⟨⟩"):
            assert text.count(left) == text.count(right)
        assert text.count('"') % 2 == 0
