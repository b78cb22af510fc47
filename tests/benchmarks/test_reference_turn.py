"""What the machine adds to the arithmetic of one turn, against the same arithmetic by hand."""

from __future__ import annotations

import numpy as np

from qvm.conformance.cases import compiled
from qvm.machine import Machine
from tests.benchmarks.contest import medians, timed


def test_a_turn_on_a_tiny_state_costs_a_small_multiple_of_its_arithmetic() -> None:
    program = compiled(".space N = 4\n.func main\nbasis q0, 1\nloop k, 2000\nmul q0, q0, q0\nend\nend\n")

    def by_hand() -> None:
        x = np.zeros(4)
        x[0] = 1
        for _ in range(2000):
            x = x * x
            assert np.all(np.isfinite(x))

    found = medians({"machine": timed(lambda: Machine().run(program)), "by hand": timed(by_hand)}, 5)
    assert found["machine"] < 15 * found["by hand"]
