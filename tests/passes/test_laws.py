"""Every installed pass keeps the laws: meaning, settling, independence of the hash seed, linear time."""

from __future__ import annotations

import pytest

from qwasm.passes.found import found
from qwasm.testing import independent_of_hash_seed, keeps_meaning, linear_in_time, settles
from tests.ir.programs import HEAT, PROGRAMS

every = pytest.mark.parametrize("name", sorted(found()))


@every
def test_a_pass_keeps_the_meaning(name: str) -> None:
    keeps_meaning(name)


@every
def test_a_pass_settles(name: str) -> None:
    settles(name)


def long_program(lines: int) -> str:
    """A program of about so many lines, a fifth of them repeated and a fifth unread."""
    body = ["random q0, 1"]
    for k in range(lines // 5):
        p = (2, 3, 5)[k % 3]
        body += [f"mul.p q1, q0, {p}", f"mul.p q2, q0, {p}", f"qop.combine q{3 + k % 4}, q1, q2, 1, {k + 1}"]
        body += [f"at s0, q{3 + k % 4}, {k % 9 + 1}", f'emit "x{k}", s0']
    return ".space N = 100\n.func main\n" + "\n".join(body) + "\nend\n"


@every
def test_the_time_of_a_pass_is_linear(name: str) -> None:
    linear_in_time(name, long_program)


def test_what_the_passes_leave_does_not_depend_on_the_hash_seed() -> None:
    independent_of_hash_seed("fix(cse,dce)", [HEAT, PROGRAMS["calls"], long_program(60)])


def test_the_laws_see_a_pass_that_breaks_them() -> None:
    from tests.passes.odd import Loses, Swaps

    with pytest.raises(AssertionError, match="became"):
        keeps_meaning(Loses())
    with pytest.raises(AssertionError, match="a second run"):
        settles(Swaps())
