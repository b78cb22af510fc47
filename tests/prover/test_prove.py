"""The prover decides what it should: kinds of terms, scopes, unsound rules of every kind, and sleepers."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qwasm.algebra.ring import ZERO
from qwasm.diagnostics import QwasmError
from qwasm.ir.elaborate import operator
from qwasm.prover import Budget, Verdict, equal, prove, read_claim
from qwasm.prover.decide import closed, differ
from qwasm.space import Space

FUNCTIONS = {"f": "arith", "g": "arith"}
OPERATORS = {"X": "op", "Y": "op", "Z": "op"}
DIFFERENT = ["p != q"]


def answer(identity: str, **options: Any) -> Verdict:
    lhs, rhs = identity.split(" = ")
    return prove(read_claim(lhs, rhs, **options))


def place(verdict: Verdict) -> tuple[int, int, int]:
    assert verdict.counterexample is not None, verdict.reason
    return verdict.counterexample.N, verdict.counterexample.row, verdict.counterexample.col


PROVED: list[tuple[str, dict[str, Any]]] = [
    ("A[p] B[q] A[p] = Q[p] B[q] A[p^2]", {"where": DIFFERENT}),
    ("K[p]^2 = 1/p*A[p^2] + Q[p] + P[p] + p*B[p^2]", {}),
    ("comm(A[p], V(log)) = log(p)*A[p]", {}),
    ("A[p] V(n^x) = p^x*V(n^x) A[p]", {}),
    ("V(lambda) A[p] V(lambda) = -A[p]", {}),
    ("Q[p] Q[q] = Q[q]", {"where": ["p < q"]}),
    ("P[p] = V(n mod p == 0)", {}),
    ("B[p] A[p] = I", {"given": ["p divides n"]}),
    ("A[p] B[p] = I", {"given": ["n <= N/p"]}),
    ("(sum p in primes(2, 100): A[p]) = (sum p in primes(2, 97): A[p])", {}),
    ("(sum p in primes(2, 7): A[p]) = A[2] + A[3] + A[5] + A[7]", {}),
    ("adj(sum p in primes(2, 10^6): 1/p*K[p]) = (sum p in primes(2, 10^6): 1/p*K[p])", {"weight": "n^-1"}),
    ("comm(sum p in primes(2, 10^6): K[p], sum q in primes(2, 10^4): K[q]) = 0*I", {"scope": "inf"}),
    ("(sum d in ints(1, 4): A[d]) = I + A[2] + A[3] + A[4]", {}),
    ("comm(X, Y Z) = comm(X, Y) Z + Y comm(X, Z)", {"variables": OPERATORS}),
    ("adj(X Y) = adj(Y) adj(X)", {"variables": OPERATORS}),
    ("Dir(f) Dir(g) = Dir(conv(f, g))", {"variables": FUNCTIONS}),
    ("comm(Dir(f), V(log)) = Dir(f*log)", {"variables": FUNCTIONS}),
    ("comm(coDir(f), V(log)) = -coDir(f*log)", {"variables": FUNCTIONS}),
    ("Dir(mu) Dir(1) = I", {}),
    ("coDir(phi) coDir(1) = coDir(n)", {}),
    ("Dir(Lambda) Dir(1) = Dir(log)", {}),
    ("Dir(1)^2 = Dir(tau)", {}),
    ("inv(Dir(1)) = Dir(mu)", {}),
    ("exp(A[2]) exp(A[3]) = exp(A[2] + A[3])", {}),
    ("exp(-s*X) exp(-t*X) = exp(-(s + t)*X)", {"variables": {"X": "op"}}),
    ("Q[2] = Q[3]", {"scope": 3}),
    ("A[p] = 0*I", {"scope": 4, "where": ["p > 3"]}),
]


@pytest.mark.parametrize(("identity", "options"), PROVED, ids=lambda x: str(x))
def test_it_is_proved(identity: str, options: dict[str, Any]) -> None:
    verdict = answer(identity, **options)
    assert verdict.verdict == "proved", verdict.reason


N37 = 10**15 + 37  # the next prime after 10^15
UNSOUND: list[tuple[str, dict[str, Any], tuple[int, int, int]]] = [
    ("A[p] B[q] = Q[p] B[q] A[p]", {}, (2, 1, 1)),  # the guard dropped
    ("Q[p] A[p] = A[p] Q[p]", {}, (2, 1, 2)),  # a bound off by one factor
    ("A[p] B[q] = Q[q] B[p] A[q]", {"where": DIFFERENT}, (6, 2, 3)),  # p and q swapped
    ("K[p] = adj(K[p])", {"weight": "1"}, (2, 1, 2)),  # the weight swapped
    ("comm(A[p], V(log)) = -log(p)*A[p]", {}, (2, 1, 2)),  # the sign
    ("K[p]^2 = 1/p*A[p^2] + Q[p] + P[p] + B[p^2]", {}, (4, 4, 1)),  # a coefficient
    ("A[p] = (1 + (p == 9973))*A[p]", {}, (9973, 1, 9973)),  # sleepers
    ("A[p] = (1 + (p > 9000))*A[p]", {}, (9001, 1, 9001)),
    ("A[100003] = 0*I", {}, (100003, 1, 100003)),
    ("V(n > 100000) = 0*I", {}, (100001, 100001, 100001)),
    ("A[2] = V(1 + (n == 60000)) A[2]", {}, (120000, 60000, 120000)),
    ("(sum p in primes(2, 100): A[p]) = (sum p in primes(2, 101): A[p])", {}, (101, 1, 101)),
    ("(sum p in primes(2, 10^15): A[p]) = (sum p in primes(2, 10^15 + 37): A[p])", {}, (N37, 1, N37)),
    ("A[10^60] = A[10^59]", {}, (10**59, 1, 10**59)),
    ("A[p] = B[p]", {"scope": 10**12}, (10**12, 1, 2)),
    ("Q[p] Q[q] = Q[p]", {"where": ["p < q"]}, (2, 1, 1)),
    ("A[p] V(mu) = -V(mu) A[p]", {}, (4, 2, 4)),
    ("Dir(sigma(2)) = Dir(n) Dir(1)", {}, (2, 1, 2)),
    ("exp(A[2]) exp(B[2]) = exp(A[2] + B[2])", {}, (2, 1, 1)),
    ("X Y = Y X", {"variables": OPERATORS}, (2, 1, 1)),
    ("S[1] S[-1] = I", {}, (1, 1, 1)),
    ("Q[2] = Q[3]", {"scope": 5}, (5, 2, 2)),
    ("c*A[p] = A[p]", {}, (2, 1, 2)),
]


@pytest.mark.parametrize(("identity", "options", "at"), UNSOUND, ids=lambda x: str(x))
def test_it_is_refuted_at_its_smallest_place(identity: str, options: dict[str, Any], at: tuple[int, int, int]) -> None:
    verdict = answer(identity, **options)
    assert verdict.verdict == "refuted", verdict.reason
    assert place(verdict) == at


def test_a_counterexample_names_the_values_of_the_variables() -> None:
    verdict = answer("A[p] = A[q]")
    assert verdict.counterexample is not None
    assert verdict.counterexample.values == {"p": 2, "q": 3}


@pytest.mark.parametrize(
    ("identity", "budget"),
    [
        ("(K[p] + K[q])^12 = (K[q] + K[p])^6 (K[p] + K[q])^6", Budget(terms=100, seconds=2)),
        ("A[p + 1] A[p] = A[p^2 + p]", Budget(seconds=1)),
        (f"{'exp(' * 40}A[2]{')' * 40} = I", Budget(seconds=1)),
    ],
)
def test_what_the_budget_does_not_reach_is_unknown_with_a_reason(identity: str, budget: Budget) -> None:
    verdict = prove(read_claim(*identity.split(" = "), scope="all"), budget)
    assert verdict.verdict == "unknown"
    assert verdict.reason


def test_depth_costs_no_stack() -> None:
    assert answer(f"{'(' * 3000}A[2]{')' * 3000} = A[2]").verdict == "proved"
    assert answer(f"{'X ' * 500}X = X^501", variables={"X": "op"}).verdict == "proved"


@pytest.mark.parametrize(
    ("lhs", "options", "code"),
    [
        ("A[p", {}, "QW0112"),
        ("C[p]", {}, "QW0200"),
        ("A[p] + 2", {}, "QW0204"),
        ("A[p]", {"scope": 0}, "QW0360"),
        ("A[p]", {"given": ["p is odd"]}, "QW0361"),
        ("A[p]", {"variables": {"p": "colour"}}, "QW0224"),
        ("A[p]", {"weight": "2*n"}, "QW0232"),
    ],
)
def test_what_is_no_claim_is_an_error_with_its_code(lhs: str, options: dict[str, Any], code: str) -> None:
    with pytest.raises(QwasmError) as error:
        read_claim(lhs, "I", **options)
    assert error.value.diagnostics[0].code == code


def test_equal_answers_for_closed_operators_on_one_space() -> None:
    space = Space(30)
    x, y = operator("A[2] B[3]"), operator("B[3] Q[6] A[2]")
    assert equal(x, y, space).verdict == "proved"
    assert equal(x, operator("B[3] A[2]"), space).verdict == "refuted"
    assert equal(x, operator("B[3] A[2]"), Space(2)).verdict == "proved"
    assert equal(x, x, space).verdict == "proved"


letters = st.builds(
    lambda letter, index: f"{letter}[{index}]",
    st.sampled_from("AABBPQ"),
    st.sampled_from(["p", "q", "2", "3", "4", "6", "2*p", "p*q", "p^2"]),
)
words = st.lists(letters, min_size=1, max_size=3).map(" ".join)
sums = st.lists(words, min_size=1, max_size=2).map(" + ".join)
scopes: st.SearchStrategy[Any] = st.sampled_from(["all", "inf", 5, 9])


@settings(max_examples=60, deadline=None)
@given(sums, sums, scopes, st.sampled_from([[], DIFFERENT, ["p < q"]]), st.randoms(use_true_random=False))
def test_verdicts_agree_with_the_matrices(lhs: str, rhs: str, scope: Any, where: list[str], rng: random.Random) -> None:
    claim = read_claim(lhs, rhs, scope=scope, where=where, variables={"p": "prime", "q": "prime"})
    verdict = prove(claim)
    sizes = [scope] if isinstance(scope, int) else range(1, 13)
    for N in sizes:
        values = {"p": rng.choice([2, 3, 5]), "q": rng.choice([2, 3, 5, 7])}
        if any(c.substitute(values).is_zero for c in claim.where):
            continue
        left, right = (closed(x, values, N).exact_matrix(N) for x in (claim.lhs, claim.rhs))
        for at in left.keys() | right.keys():
            if differ(left.get(at, ZERO), right.get(at, ZERO)):
                assert verdict.verdict == "refuted"
                assert place(verdict) <= (N, *at)
