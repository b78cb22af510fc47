"""The reference backend streams a Hamiltonian about as fast as slices written by hand.

The peer is what a careful reader of numpy's manual writes: coefficients at hand, no gathers, the
product of each slice in a buffer that is allocated once.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

import qvm
from qvm.machine.backend import load
from qvm.machine.hooks import Step
from qwasm.ir.elaborate import operator
from qwasm.qpu.planning import plan
from qwasm.qpu.program import Schedule, Sweep
from qwasm.space import Space
from tests.benchmarks.contest import medians, timed

Array = NDArray[np.float64]
N = 1_000_000
PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47)
H = "sum p in primes(2, 47): (p^(-1/2)*A[p] + p^(1/2)*B[p]) + 1/2*V(log)"
ROUNDS = 9


def by_hand() -> Callable[[Array], Array]:
    """H x as slices, with everything that does not depend on x made before."""
    potential = 0.5 * np.log(np.arange(1, N + 1))
    forward = [(p, N // p, p**-0.5) for p in PRIMES]
    backward = [(p, N // p, p**0.5) for p in PRIMES]
    ping, pong, room = np.empty(N), np.empty(N), np.empty(N // 2)

    def apply(x: Array) -> Array:
        y = pong if x is ping else ping
        np.multiply(potential, x, out=y)
        for p, L, a in forward:
            y[:L] += np.multiply(x[p - 1 : p * L : p], a, out=room[:L])
        for p, L, b in backward:
            y[p - 1 : p * L : p] += np.multiply(x[:L], b, out=room[:L])
        return y

    return apply


@pytest.fixture
def x() -> Array:
    return np.random.Generator(np.random.PCG64(1)).normal(size=N)


def test_a_fifteen_prime_hamiltonian_takes_at_most_one_and_a_half_times_hand_written_slices(x: Array) -> None:
    space, hand = Space(N), by_hand()
    streams, kernels = plan(operator(H, space), space), load("numpy").kernels(Schedule())
    np.testing.assert_allclose(kernels.apply(streams, x), hand(x), rtol=1e-11, atol=1e-12)
    found = medians(
        {"machine": timed(lambda: kernels.apply(streams, x)), "hand": timed(lambda: hand(x))}, rounds=ROUNDS
    )
    assert found["machine"] <= 1.5 * found["hand"]


class Turns:
    """A hook that times every sweep of a run and lets the peer work on the same state after each."""

    def __init__(self, peer: Callable[[Array], Array], x: Array) -> None:
        self.peer, self.x = peer, x
        self.machine: list[float] = []
        self.hand: list[float] = []
        self.started = 0.0

    def before(self, step: Step) -> None:
        self.started = time.process_time()

    def after(self, step: Step) -> None:
        if isinstance(step.op, Sweep):
            self.machine.append(time.process_time() - self.started)
            self.hand.append(timed(self.turn)())

    def turn(self) -> None:
        self.x = self.peer(self.x)

    def note(self, text: str) -> None:
        """Nothing: whole steps are timed."""


def test_a_whole_instruction_takes_at_most_one_and_a_half_times_hand_written_slices() -> None:
    """y = H ... H 1, an instruction for each H, all checks of the machine included."""
    applications = "    qop.apply q0, q0, H\n" * ROUNDS
    body = f'.func main\n    fill q0, 1\n{applications}    emit "y", q0\nend\n'
    text = f".qwasm 1.0\n.space N = {N}\n.op H = {H}\n{body}"
    turns = Turns(by_hand(), np.ones(N))
    y = qvm.compile(text, backend="numpy").run(hooks=[turns])["y"].values
    np.testing.assert_allclose(y, turns.x, rtol=1e-10)
    machine, hand = statistics.median(turns.machine), statistics.median(turns.hand)
    print(f"instruction {1000 * machine:.1f} ms, hand {1000 * hand:.1f} ms")
    assert len(turns.machine) == ROUNDS and machine <= 1.5 * hand
