"""The engine keeps the meaning of what it rewrites, settles, and costs what it does."""

from __future__ import annotations

import random
import time
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qwasm.algebra.operators import Algebra, Operator
from qwasm.algebra.ring import const, symbol
from qwasm.rules import NOTHING, Facts, Rule, RuleSet
from qwasm.rules.compiled import compiled
from qwasm.rules.engine import Engine
from qwasm.rules.pattern import match
from qwasm.space import Field, Space, Weight
from tests.rules.packs import pack, row

a = Algebra()
PQ, KL = (("p", "prime"), ("q", "prime")), (("k", "qint"), ("l", "qint"))
LETTERS = [
    Rule("merge-A", "A[k] A[l]", "A[k*l]", KL),
    Rule("merge-B", "B[k] B[l]", "B[k*l]", KL),
    Rule("meet", "A[p] B[p]", "Q[p]", PQ[:1]),
    Rule("swap", "A[p] B[q]", "Q[p] B[q] A[p]", PQ, ("p != q",)),
    Rule("larger", "Q[k] Q[l]", "Q[k]", KL, ("k >= l",)),
    Rule("smaller", "Q[k] Q[l]", "Q[l]", KL, ("k < l",)),
    Rule("past", "A[k] Q[l]", "Q[k*l] A[k]", KL),
    Rule("inside", "B[k] A[k]", "P[k]", KL[:1]),
]
words = st.lists(st.tuples(st.sampled_from("ABPQ"), st.sampled_from([2, 3, 5])), max_size=14)


def engine(*rules: Rule) -> Engine:
    return Engine([compiled(rule) for rule in rules])


def letters(word: list[tuple[str, int]]) -> list[Operator]:
    return [getattr(a, name)(k) for name, k in word]


def simplified(x: Operator, *rules: Rule, facts: Facts = NOTHING) -> tuple[str, list[str]]:
    made, applied = engine(*rules).simplify(x, facts)
    return str(made), [step.rule for step in applied]


@given(words)
def test_rewriting_letters_keeps_their_product(word: list[tuple[str, int]]) -> None:
    factors = letters(word)
    machine = engine(*LETTERS)
    made = machine.rewrite(factors)
    assert a.product(made) is a.product(factors)
    assert machine.rewrite(made) == made
    assert sum(counts.hits for counts in machine.counts.values()) == len(machine.applied)


@given(words, st.sampled_from([1, 2, 6, 12]), st.integers(2, 12).map(lambda n: Fraction(n, 2)))
@settings(max_examples=60)
def test_facts_leave_the_same_action_on_states_that_have_them(
    word: list[tuple[str, int]], divisor: int, bound: Fraction
) -> None:
    known = Facts(divisor, bound)
    x = a.add(a.product(letters(word)), a.B(6), a.power(a.add(a.S(1), a.P(2)), 5))
    rules = [
        Rule("multiples", "P[k]", "I", KL[:1], given=("k divides n",)),
        Rule("head", "Q[k]", "I", KL[:1], given=("n <= N/k",)),
    ]
    made, _ = engine(*rules).simplify(x, known)
    N = 30
    inside = [n for n in range(1, N + 1) if n % divisor == 0 and n * bound <= N]
    left, right = x.exact_matrix(N), made.exact_matrix(N)
    zero = const(0)
    for col in inside:
        for row_ in range(1, N + 1):
            assert (left.get((row_, col), zero) - right.get((row_, col), zero)).is_zero


@pytest.mark.parametrize(
    ("x", "rules", "made"),
    [
        (a.product([a.coDir(1), a.B(2), a.coDir(1)]),
         [Rule("past", "coDir(f) B[p]", "B[p] coDir(f)", (("f", "arith"), ("p", "prime")))], "B[2] coDir(tau(n))"),
        (a.multiply(a.exp(a.A(2)), a.exp(a.A(3))),
         [Rule("exp", "exp(x*A[p]) exp(y*A[q])", "exp(x*A[p] + y*A[q])", (("x", "real"), ("y", "real"), *PQ))],
         "exp(A[2] + A[3])"),
        (a.exp(a.scale(3, a.P(5))),
         [Rule("exp", "exp(x*P[p])", "I + (exp(x) - 1)*P[p]", (("x", "real"), PQ[0]))], "I + (exp(3) - 1)*P[5]"),
        (a.multiply(a.inv(a.add(a.identity(), a.scale(Fraction(-1, 2), a.B(3)))),
                    a.add(a.identity(), a.scale(Fraction(-1, 2), a.B(3)))),
         [Rule("inv", "inv(I - c*B[p]) (I - c*B[p])", "I", (("c", "real"), PQ[0]))], "I"),
        (a.multiply(a.exp(a.A(2)), a.exp(a.A(2))), [Rule("no", "exp(A[3])", "I")], "exp(2*A[2])"),
    ],
)  # fmt: skip
def test_factors_that_the_algebra_keeps_apart_are_joined_by_rules(x: Operator, rules: list[Rule], made: str) -> None:
    assert simplified(x, *rules)[0] == made


def test_rules_reach_inside_sums_powers_exponentials_families_and_inverses() -> None:
    rule = Rule("projection", "exp(x*P[p])", "I + (exp(x) - 1)*P[p]", (("x", "real"), PQ[0]))
    inner = a.exp(a.P(2))
    p = symbol("p", "prime")
    bodies = a.family("sum", p, "primes", 2, 50, a.multiply(a.multiply(inner, a.S(1)), a.A(p)))
    whole = a.add(a.exp(a.multiply(inner, a.S(1))), a.power(a.add(inner, a.S(1)), 40), bodies)
    made, applied = engine(rule).simplify(whole)
    assert "exp(P[2])" not in str(made) and len(applied) >= 3


def test_depth_costs_no_stack() -> None:
    rule = Rule("projection", "exp(x*P[p])", "I + (exp(x) - 1)*P[p]", (("x", "real"), PQ[0]))
    x = a.multiply(a.exp(a.P(2)), a.S(1))
    for _ in range(3000):
        x = a.add(a.exp(x), a.S(1))
    made, applied = engine(rule).simplify(x)
    assert len(applied) == 1 and made is not x


def distinct(k: int) -> list[Operator]:
    """Operators of two terms that no product of them multiplies out."""
    return [a.add(a.exp(a.A(i + 2)), a.exp(a.B(i + 3))) for i in range(k)]


FACTOR = Rule("left", "X Y + X Z", "X (Y + Z)", (("X", "op"), ("Y", "op"), ("Z", "op")))


def test_a_common_factor_of_a_sum_is_taken_out_where_that_is_cheaper() -> None:
    x, y, z, w = distinct(4)
    whole = a.add(a.multiply(x, y), a.scale(3, a.multiply(x, z)), a.multiply(y, w))
    made, applied = engine(FACTOR).simplify(whole)
    assert [step.rule for step in applied] == ["left"]
    assert made is a.add(a.multiply(x, a.add(y, a.scale(3, z))), a.multiply(y, w))
    assert made.leaves < whole.leaves


def test_many_terms_with_one_factor_are_gathered_into_one() -> None:
    x, *others = distinct(41)
    whole = a.sum(a.multiply(x, y) for y in others)
    made, applied = engine(FACTOR).simplify(whole)
    assert made is a.multiply(x, a.sum(others)) and len(applied) == 39


def test_a_limit_stops_after_that_many_applications() -> None:
    factors = [a.A(2)] * 10
    machine = engine(*LETTERS)
    machine.limit = 3
    made = machine.rewrite(factors)
    assert len(machine.applied) == 3 and len(made) == 7 and a.product(made) is a.product(factors)


def test_an_application_prints_as_a_line_of_a_diff() -> None:
    machine = engine(*LETTERS)
    machine.rewrite([a.A(2), a.B(3)])
    assert str(machine.applied[0]) == "swap: A[2] B[3] => Q[2] B[3] A[2]"


@pytest.mark.parametrize(
    ("pattern", "x", "kinds", "found"),
    [
        (a.A(symbol("p", "prime") * symbol("q", "prime")), a.A(6), dict(PQ), [{"p": 2, "q": 3}, {"p": 3, "q": 2}]),
        (a.A(symbol("p", "prime") ** 2), a.A(9), dict(PQ), [{"p": 3}]),
        (a.A(symbol("p", "prime") ** 2), a.A(8), dict(PQ), []),
        (a.B(symbol("p", "prime")), a.B(4), dict(PQ), []),
        (a.K(symbol("p", "prime")), a.K(7), dict(PQ), [{"p": 7}]),
        (a.scale(symbol("x", "real"), a.S(1)), a.scale(Fraction(2, 3), a.S(1)), {"x": "real"}, [{"x": Fraction(2, 3)}]),
        (a.S(symbol("k", "int")), a.S(-4), {"k": "qint"}, [{"k": -4}]),
    ],
)  # fmt: skip
def test_a_pattern_matches_exactly_what_substitution_gives(
    pattern: Operator, x: Operator, kinds: dict[str, str], found: list[dict[str, Any]]
) -> None:
    ways = [{name: value.rational() for name, value in way.items()} for way in match(pattern, x, {}, kinds)]
    assert sorted(map(str, ways)) == sorted(str({k: Fraction(v) for k, v in way.items()}) for way in found)
    for way in match(pattern, x, {}, kinds):
        assert pattern.substitute(dict(way)) is x


def rules_for(**scope: Any) -> RuleSet:
    kinds = {"x": "real", "y": "real", "p": "prime", "q": "prime"}
    return RuleSet.of(
        [pack(row(id="x", vars=kinds, lhs="exp(x*A[p]) exp(y*A[q])", rhs="exp(x*A[p] + y*A[q])", scope=scope))]
    )


@pytest.mark.parametrize(
    ("scope", "space", "fires"),
    [
        ({}, None, True),
        ({}, Space(8), True),
        ({}, Space(8, truncation="free"), False),
        ({"weight": "n^-1"}, None, False),
        ({"weight": "n^-1"}, Space(8), False),
        ({"weight": "n^-1"}, Space(8, Weight(Fraction(1))), True),
        ({"field": "complex"}, Space(8), False),
        ({"field": "complex"}, Space(8, field=Field("complex")), True),
        ({"N": {"eq": 8}}, Space(8), True),
        ({"N": {"eq": 8}}, Space(9), False),
    ],
)
def test_a_rule_fires_only_inside_its_scope(scope: dict[str, Any], space: Space | None, fires: bool) -> None:
    algebra = Algebra(space.truncation if space else "strict")
    x = algebra.multiply(algebra.exp(algebra.A(2)), algebra.exp(algebra.A(3)))
    made, applied = rules_for(**scope).simplify(x, space=space)
    assert bool(applied) is fires and (made is not x) is fires


def test_explore_rules_are_kept_only_where_the_callers_cost_falls() -> None:
    kinds = {"X": "op", "Y": "op", "Z": "op"}
    rules = RuleSet.of([pack(row(id="x", vars=kinds, lhs="X Y + X Z", rhs="X (Y + Z)", use="explore"))])
    x, y, z = distinct(3)
    whole = a.add(a.multiply(x, y), a.multiply(x, z))
    assert rules.simplify(whole)[0] is whole
    assert rules.improve(whole, lambda operator: operator.leaves)[0] is not whole
    assert rules.improve(whole, lambda operator: -operator.leaves)[0] is whole


@pytest.mark.usefixtures("alone")
def test_rewriting_is_linear_in_the_number_of_letters() -> None:
    random.seed(1)
    seconds = []
    for size in (4_000, 16_000):
        factors = [random.choice([a.A, a.B])(random.choice([2, 3, 5])) for _ in range(size)]
        best = 1e9
        for _ in range(3):
            start = time.process_time()
            engine(*LETTERS[2:4]).rewrite(factors)
            best = min(best, time.process_time() - start)
        seconds.append(best)
    assert seconds[1] < 8 * seconds[0]
