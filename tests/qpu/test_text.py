"""The text of a QPU program is read back to the same program."""

from __future__ import annotations

from pathlib import Path

import pytest

from qvm.conformance import cases
from qvm.machine import Grants, Machine
from qwasm.diagnostics import QwasmError
from qwasm.instructions import Instruction, table
from qwasm.qpu.text import parse_qpu, print_qpu
from qwasm.qpu.verify import verify

PROGRAM = """
.space N = 40, weight = n^-1
.op H = sum p in primes(2, 7): (p^(-1/2)*A[p] + p^(1/2)*B[p]) + 0.5*V(log)
.func step(q0, s0) -> (q1)
    qop.apply q1, q0, H
    qop.combine q1, q1, q0, s0, 1/3
end
.func main
    .reg h: qstate<hilbert>
    basis q0, 6
    to.hilbert h, q0
    set s0, 1/7
    loop k, 3
        if k > 1
            call step(q0, s0) -> (q0)
        else
            mul.p q0, q0, 2
        end
        map q0, q0, x*sqrt(n) + k
        qop.norm s1, q0
        emit "norm", s1
    end
    while s0 < 2 max 5
        set s0, 2*s0
    end
    trace v0, H, (1, 2)
    emit "heat", v0
end
"""


def test_a_program_with_regions_and_calls_round_trips() -> None:
    program = cases.compiled(PROGRAM)
    text = print_qpu(program)
    again = parse_qpu(text)
    assert again == program
    assert print_qpu(again) == text


def test_a_program_read_back_gives_the_same_bits() -> None:
    program = cases.compiled(PROGRAM)
    first, second = Machine().run(program), Machine().run(parse_qpu(print_qpu(program)))
    assert repr(first.outputs) == repr(second.outputs)


@pytest.mark.parametrize("row", cases.runnable(), ids=lambda row: row.mnemonic)
def test_every_example_round_trips(row: Instruction, tmp_path: Path) -> None:
    program = cases.compiled(cases.program_text(row))
    again = parse_qpu(print_qpu(program))
    assert again == program
    Machine(grants=Grants(roots=(tmp_path,), channels={"out": []})).run(again)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("qpu 1", "qpu 2"),
        lambda text: text[: len(text) // 2],
        lambda text: text.replace("sweep", "sweeep", 1),
        lambda text: text.replace("dest=%", "dest=%9999", 1),
        lambda text: text.replace("terms=((", "terms=(", 1),
        lambda text: text.replace('"main"', '"maim"'),
        lambda text: "",
    ],
)
def test_a_changed_text_is_refused_with_a_code(change: object) -> None:
    text = print_qpu(cases.compiled(PROGRAM))
    with pytest.raises(QwasmError) as caught:
        parse_qpu(change(text))  # type: ignore[operator]
    assert caught.value.diagnostics[0].code.startswith("QW0")


@pytest.mark.parametrize(
    "row", [row for row in table().values() if row.meaning is not None], ids=lambda row: row.mnemonic
)
def test_every_lowered_instruction_passes_the_verifier(row: Instruction) -> None:
    text = f".qwasm 1.0\n{row.before_example}\n.space {row.space_example}\n.func main\n{row.example}\nend\n"
    verify(cases.compiled(text))


EDITS = {
    "a slot of another kind": ("dest=%2 terms", "dest=%1 terms"),
    "a slot without a value": ("sources=(%10)", "sources=(%7)"),
    "an unknown attribute": ('("name" "heat")', '("nam" "heat")'),
    "an unknown instruction": ('mnemonic="trace"', 'mnemonic="trae"'),
    "an unknown reduction": ('kind="norm"', 'kind="nor"'),
    "a text for an operator": ('("X" o"', '("X" "'),
    "a text for an expression": ('condition=e"(k > 1)"', 'condition="(k > 1)"'),
    "an argument too few": ("arguments=(%3 %2)", "arguments=(%3)"),
    "another routine": ('function="step"', 'function="stop"'),
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edited_program_that_cannot_run_is_refused(name: str) -> None:
    text = print_qpu(cases.compiled(PROGRAM))
    old, new = EDITS[name]
    assert old in text
    with pytest.raises(QwasmError) as caught:
        parse_qpu(text.replace(old, new))
    assert caught.value.diagnostics[0].code == "QW0541"
