"""The cost model knows what is cheaper: shorter terms, kept factors, loops that end, plans that are shared."""

from __future__ import annotations

import pytest

from qwasm.algebra.operators import Algebra
from qwasm.algebra.ring import symbol
from qwasm.passes.cost import module_cost, operator_cost, planning_cost
from qwasm.space import Field, Space
from tests.ir.programs import PROGRAMS, main, module_of

a, p, n = Algebra(), symbol("p", "prime"), symbol("n", "nat")
SPACE = Space(100_000)
D7 = a.diffusion(p**-1, 2, 7)


def time_of(body: str, above: str = "", space: str = "N = 10_000") -> float:
    return module_cost(module_of(main(body, above, space))).time


def test_a_term_costs_less_the_further_it_reaches() -> None:
    prices = [operator_cost(a.A(2**k), SPACE).time for k in range(1, 12)]
    assert prices == sorted(prices, reverse=True)


@pytest.mark.parametrize("high", [7, 50, 200])
def test_a_family_costs_what_its_members_do(high: int) -> None:
    family = a.diffusion(p**-1, 2, high)
    whole = family.expanded()
    assert whole is not None and len(whole) > 1
    assert operator_cost(family, SPACE).time == pytest.approx(operator_cost(whole, SPACE).time)


def test_a_family_of_all_primes_is_priced_without_being_unrolled() -> None:
    assert operator_cost(a.diffusion(p**-1, 2, 10**12), Space(10**9)).elements > 10**9


def test_a_square_of_a_sum_is_cheaper_kept_as_it_is() -> None:
    square = D7**2
    whole = square.expanded()
    assert whole is not None and len(whole) == 52
    kept, out = (planning_cost(x, SPACE) + operator_cost(x, SPACE) for x in (square, whole))
    assert kept < out


def test_multiplicative_series_are_cheaper_than_others() -> None:
    assert operator_cost(a.coDir(1), SPACE) < operator_cost(a.coDir(n + 1), SPACE)


def test_residues_cost_more_than_floats() -> None:
    assert operator_cost(D7, SPACE) < operator_cost(D7, Space(100_000, field=Field("mod", 10007)))


def test_a_loop_costs_its_turns_and_a_branch_half() -> None:
    nothing = time_of("fill q0, n")
    once, often = (time_of(f"fill q0, n\nloop k, {k}\nmul q0, q0, q0\nend") - nothing for k in (1, 50))
    assert often == pytest.approx(50 * once)
    chosen = time_of("fill q0, n\nset s0, 1\nif s0 > 0\nmul q1, q0, q0\nend") - time_of("fill q0, n\nset s0, 1")
    assert once / 2 < chosen < once * 1.5


def test_a_call_costs_what_its_function_does() -> None:
    function = ".func f(q0) -> (q1)\nmul q1, q0, q0\nend"
    twice = time_of("fill q0, n\ncall f(q0) -> (q1)\ncall f(q1) -> (q2)", function)
    assert twice > time_of("fill q0, n\nmul q1, q0, q0\nmul q2, q1, q1")


def test_a_plan_that_two_instructions_need_counts_once() -> None:
    one, two = (time_of("fill q0, n\n" + "qop.apply q0, q0, A[2] + B[3]\n" * k) for k in (1, 2))
    assert two - one < one


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_program_has_a_price(name: str) -> None:
    cost = module_cost(module_of(PROGRAMS[name]))
    assert cost.time > 0 and cost.elements >= 0 and cost.bytes >= 0
