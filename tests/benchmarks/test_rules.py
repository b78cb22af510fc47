"""Rules against their bars: rewriting letters against normalising them, and a thousand rules at load."""

from __future__ import annotations

import random
import time

from qwasm.algebra.operators import Algebra
from qwasm.collection import held_back
from qwasm.rules import RuleSet, library, read_pack
from tests.benchmarks.rule_files import HEAD, thousand

LETTERS = (
    HEAD
    + """
[[rule]]
id = "swap"
vars = { p = "prime", q = "prime" }
where = ["p != q"]
lhs = "A[p] B[q]"
rhs = "Q[p] B[q] A[p]"
[[rule]]
id = "meet"
vars = { k = "qint" }
lhs = "A[k] B[k]"
rhs = "Q[k]"
[[rule]]
id = "past"
vars = { k = "qint", l = "qint" }
lhs = "A[k] Q[l]"
rhs = "Q[k*l] A[k]"
[[rule]]
id = "inside"
vars = { k = "qint", l = "qint" }
lhs = "B[k] A[k]"
rhs = "P[k]"
"""
)


def test_chains_of_letters_are_rewritten_at_the_rate_that_is_printed() -> None:
    a = Algebra()
    random.seed(0)
    factors = [random.choice([a.A, a.B])(random.choice([2, 3, 5, 7])) for _ in range(20_000)]
    rules = RuleSet.of([read_pack(LETTERS.encode(), "letters.qwr")])
    engine = rules.engine()
    start = time.process_time()
    made = engine.rewrite(factors)
    seconds = time.process_time() - start
    print(f"{len(engine.applied) / seconds:,.0f} rewrites/s")
    assert a.product(made) is a.product(factors) and len(engine.applied) > 1000


def test_a_thousand_rules_load_proved() -> None:
    data = thousand().encode()
    start = time.process_time()
    with held_back():
        rules = RuleSet.of([read_pack(data, "thousand.qwr")])
    print(f"1,000 rules read and proved in {time.process_time() - start:.2f} s of processor time")
    assert sum(row.verdict == "proved" for row in rules.standings) == 1000


def test_the_library_is_ready_at_the_time_that_is_printed() -> None:
    start = time.process_time()
    library.cache_clear()
    found = library()
    print(f"{len(found.compiled)} acting rules of the library in {time.process_time() - start:.2f} s of processor time")
    assert found.compiled
