"""Limits that once were passed: what is emitted counts as memory, loops over primes stay small, time is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from qvm import compile
from qwasm.qpu.cost import Estimate, estimate
from tests.command import run_command
from tests.regressions.programs import program


def cost(body: str, space: str = "N = 1000", functions: str = "") -> Estimate:
    """The estimate of a program with this body of main."""
    return estimate(compile(program(body, space) + functions).program)


def test_states_emitted_in_a_loop_count_as_memory() -> None:
    once, often = (cost(f'fill q0, n\nloop k, {k}\nemit "x", q0\nend').memory for k in (1, 1001))
    assert often - once == 1000 * 1000 * 8


def test_messages_sent_in_a_loop_count_as_memory() -> None:
    once, often = (cost(f'fill q0, n\nloop k, {k}\nsend "x", q0\nend').memory for k in (1, 1001))
    assert often - once == 1000 * 1000 * 8


def test_scalars_emitted_in_a_loop_count_as_memory(tmp_path: Path) -> None:
    file = tmp_path / "p.qw"
    file.write_text(program('loop k, 10^9\nemit "x", k\nend'))
    code, _, talk = run_command("qvm", "run", str(file))
    assert code == 4 and "QW0460" in talk and ":5:1:" in talk


def test_outputs_of_functions_count_as_often_as_they_are_called() -> None:
    twice = '.func twice()\nemit "x", 1\nemit "y", 2\nend\n'
    one = cost("call twice()", functions=twice).memory
    many = cost("call twice()\nloop k, 9\ncall twice()\nend", functions=twice).memory
    assert many - one == 9 * 2 * 256


def test_work_in_functions_is_that_of_the_same_lines_in_main_and_of_the_calls() -> None:
    inner = ".func f(q0) -> (q1)\nloop k, 5\nqop.apply q0, q0, A[k] + S[1]\nend\nmul q1, q0, q0\nend\n"
    called = cost("fill q0, n\nloop j, 3\ncall f(q0) -> (q0)\nend\ncall f(q0) -> (q0)", functions=inner)
    lines = "loop k, 5\nqop.apply q0, q0, A[k] + S[1]\nend\nmul q0, q0, q0\n"
    written = cost(f"fill q0, n\nloop j, 3\n{lines}end\n{lines}")
    assert written.work <= called.work <= written.work + 4 * 5  # four calls, and moves of pointers


def test_a_cascade_of_calls_is_priced_without_running_it() -> None:
    functions = ".func f0(q0) -> (q0)\nmul q0, q0, q0\nend\n" + "".join(
        f".func f{i}(q0) -> (q0)\ncall f{i - 1}(q0) -> (q0)\ncall f{i - 1}(q0) -> (q0)\nend\n" for i in range(1, 60)
    )
    functions = functions.replace(".func f", ".func step").replace("call f", "call step")
    work = cost("fill q0, 1\ncall step59(q0) -> (q0)", functions=functions).work
    assert 2**59 * 2000 < work < 2**59 * 2010


@pytest.mark.parametrize(
    "body",
    [
        "set s0, 1\nloop k, 10^12\nset s0, s0/2\nend",
        "set s0, 1\nwhile s0 > 0 max 10^12\nset s0, s0/2\nend",
        "loop k, 10^12\nend",
        "primes p, 2, 10^14\nset s0, p\nend",
    ],
)
def test_loops_over_scalars_are_work(tmp_path: Path, body: str) -> None:
    file = tmp_path / "p.qw"
    file.write_text(program(body))
    code, _, talk = run_command("qvm", "run", "-O0", str(file), "--max-work", "1e12")
    assert code == 4 and "QW0461" in talk and "^^^" in talk


def test_primes_beyond_10_to_the_18_are_found_without_a_sieve(tmp_path: Path) -> None:
    file = tmp_path / "p.qw"
    file.write_text(program('primes p, 10^18, 10^18 + 10\nemit "p", p\nend'))
    code, text, _ = run_command("qvm", "run", str(file), "--format", "csv")
    assert code == 0 and [line.split(",")[2] for line in text.splitlines()[1:]] == [str(10**18 + 3), str(10**18 + 9)]
