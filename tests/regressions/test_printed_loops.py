"""A register that a loop gives its first value has one after a loop that surely turns, in printed programs too."""

from __future__ import annotations

import pytest

import qvm
from qwasm.diagnostics import QwasmError
from qwasm.qpu.text import parse_qpu, print_qpu
from qwasm.record import replace

TEXT = """.space N = 30
.func main
    fill q0, 1/n
    {loop}
        qop.apply q1, q0, A[2]
    end
    emit "state", q1
end
"""


@pytest.mark.parametrize("loop", ["primes p, 2, 7", "loop k, 3", "primes p, 8, 11"])
@pytest.mark.parametrize("level", [0, 2])
def test_a_printed_program_runs_as_the_program_does(loop: str, level: int) -> None:
    compiled = qvm.compile(TEXT.format(loop=loop), level=level)
    again = qvm.compile(print_qpu(compiled.program))
    assert again.run()["state"].values.tolist() == compiled.run()["state"].values.tolist()


@pytest.mark.parametrize("bounds", ['low=e"8" high=e"10"', 'low=e"5" high=e"4"'])
def test_a_loop_without_a_turn_gives_no_value(bounds: str) -> None:
    text = print_qpu(qvm.compile(TEXT.format(loop="primes p, 2, 7"), level=0).program)
    with pytest.raises(QwasmError, match="has no value"):
        parse_qpu(text.replace('low=e"2" high=e"7"', bounds))


def test_the_digest_of_a_program_does_not_know_its_schedule() -> None:
    program = qvm.compile(TEXT.format(loop="loop k, 3")).program
    other = replace(program, schedule=replace(program.schedule, threads=2))
    assert print_qpu(program) != print_qpu(other)
    assert print_qpu(parse_qpu(print_qpu(other))) == print_qpu(other)
