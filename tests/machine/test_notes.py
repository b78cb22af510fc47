"""Long instructions say how far they have come, and stop when their time is over."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from qvm.conformance.cases import compiled
from qvm.machine import Machine, Step
from qwasm.diagnostics import QwasmError
from qwasm.limits import DEFAULT

H = "(sum p in primes(2, 20): (p^(-1/2)*A[p] + p^(1/2)*B[p]) + V(log))"
SPACE = ".space N = {N}, weight = n^-1\n.func main\nfill q0, 1/n\n{line}\nend\n"
LINES = {
    f"qop.exp q1, q0, {H}, 3": "Chebyshev series",
    f"qop.exp q1, q0, {H} + A[2], 3": "Taylor series",
    f"qop.exp q1, q0, {H}, 3, method=krylov": "Krylov space",
    "qop.exp q1, q0, V(log) + A[2] + B[3], 1/10, method=trotter": "Trotter product",
    f"trace s0, {H}, 1/4, probes=4": "Chebyshev moments",
    f"trace s0, {H}^2, probes=4": "trace: probe",
    f"spectrum v0, {H}, 2, which=large": "eigenvalue search",
    f"norm s0, {H}": "bounding a norm",
    f"qop.poly q1, q0, {H}, (1, 2, 3)": "polynomial",
    f"qpu.spawn f0, q0, {H}, 3": "orbit",
}


class Listener:
    """Records what it hears."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def before(self, step: Step) -> None:
        self.said.append("")

    def after(self, step: Step) -> None:
        self.said.append("")

    def note(self, text: str) -> None:
        self.said.append(text)


def program(line: str, N: int) -> str:
    emitted = line.split()[1].strip(",")
    return SPACE.format(N=N, line=f'{line}\nemit "x", {emitted}')


@pytest.mark.parametrize(("line", "said"), LINES.items())
def test_a_long_instruction_speaks_and_its_bits_stay_the_same(line: str, said: str) -> None:
    text = program(line, 5000)
    listener = Listener()
    heard = Machine(hooks=(listener,)).run(compiled(text))
    alone = Machine().run(compiled(text))
    assert any(note.startswith(said) for note in listener.said), listener.said[:20]
    assert bits(heard["x"]) == bits(alone["x"])


def bits(output: object) -> object:
    values = getattr(output, "values", None)
    return values.tobytes() if values is not None else output


@pytest.mark.parametrize("line", [f"trace s0, {H}, 1", f"spectrum v0, {H}, 2", f"norm s0, {H}"])
def test_a_dense_computation_speaks_before_it_starts(line: str) -> None:
    listener = Listener()
    Machine(hooks=(listener,)).run(compiled(program(line, 60)))
    assert any("dense matrix, N = 60" in note for note in listener.said)


@pytest.mark.parametrize("line", [f"qop.exp q1, q0, {H}, 400", f"trace s0, {H}, 10, probes=8000", f"norm s0, {H}"])
def test_a_time_limit_ends_one_long_instruction(line: str) -> None:
    machine = Machine(limits=replace(DEFAULT, timeout=0.15, work=10**18))
    started = time.perf_counter()
    with pytest.raises(QwasmError) as caught:
        machine.run(compiled(program(line, 400_000)))
    assert caught.value.diagnostics[0].code == "QW0463" and caught.value.diagnostics[0].span is not None
    assert time.perf_counter() - started < 5
