"""Long instructions say how far they have come, and stop when their time is over."""

from __future__ import annotations

import time
from dataclasses import replace
from threading import Thread

import pytest

from qvm import compile
from qvm.conformance.cases import compiled
from qvm.machine import Machine, Step
from qwasm.clock import time_limit, waited
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
    f"spectrum v0, {H}, 2, which=large": "eigenvalues of",
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


@pytest.mark.parametrize(
    ("body", "space"),
    [
        ("fill q0, 1/n\nqop.apply q1, q0, (A[2] + B[2])^100000000", "N = 1000"),
        ("fill q0, n\nqop.apply q1, q0, Dir(log(n) + 1)", "N = 10^7"),
        ("fill q0, dinv(n^2 + 1)", "N = 10^7"),
        ("fill q0, mu(n)*tau(n) + sigma(3)", "N = 10^7"),
        ("set s0, 0\nloop k, 10^9\nset s0, s0 + 1\nend", "N = 10"),
        ("primes p, 2, 10^15\nset s0, p\nend", "N = 10"),
        ("fill q0, n\nqop.apply q1, q0, sum d in ints(1, 10^7): B[d] V(cos(n)/d)", "N = 10^7"),
        ("fill q0, n\nqop.apply q1, q0, prod p in primes(2, 10^5): (I - (1/p)*(A[p] + B[p]))", "N = 10^5"),
        ("trace s0, sum p in primes(2, 100): A[p], 1", "N = 4096"),
        ("fill q0, n^12345678 + 1/(n + 1)", "N = 10^7, field = mod(2147483629)"),
    ],
)
def test_one_long_step_of_any_kind_ends_when_its_time_is_over(body: str, space: str) -> None:
    text = f".qwasm 1.0\n.space {space}\n.func main\n{body}\nend\n"
    machine = Machine(limits=replace(DEFAULT, timeout=0.2, work=10**30))
    with pytest.raises(QwasmError) as caught:
        machine.run(compiled(text))
    assert caught.value.diagnostics[0].code == "QW0463" and caught.value.diagnostics[0].span is not None


@pytest.mark.parametrize("lines", ["set s0, 1\n", "fill q0, n + 1\n"])
def test_compiling_a_long_text_ends_when_its_time_is_over(lines: str) -> None:
    text = f".qwasm 1.0\n.space N = 5\n.func main\n{lines * 50_000}end\n"
    with pytest.raises(QwasmError) as caught:
        compile(text, limits=replace(DEFAULT, timeout=0.1))
    assert caught.value.diagnostics[0].code == "QW0463"


def test_two_threads_have_a_time_limit_each() -> None:
    ended: dict[float, str] = {}

    def one(timeout: float) -> None:
        text = program("set s1, 0\nloop k, 20000\nset s1, s1 + k\nend", 5)
        try:
            Machine(limits=replace(DEFAULT, timeout=timeout)).run(compiled(text))
            ended[timeout] = ""
        except QwasmError as error:
            ended[timeout] = error.diagnostics[0].code

    threads = [Thread(target=one, args=(timeout,)) for timeout in (0.001, 600.0)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ended == {0.001: "QW0463", 600.0: ""}


def test_an_error_of_a_call_that_cannot_look_is_its_own() -> None:
    with time_limit(60), pytest.raises(ZeroDivisionError):
        waited(lambda: 1 // 0)
    with time_limit(60):
        assert waited(divmod, 7, 2) == (3, 1)
