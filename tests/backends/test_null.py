"""The null backend plans everything and computes nothing."""

from __future__ import annotations

import numpy as np
import pytest

from qvm.conformance import cases
from qvm.machine import Machine, Shape
from qvm.machine.backend import load
from qwasm.diagnostics import QwasmError
from qwasm.instructions import Instruction
from qwasm.qpu.plan import Plan
from qwasm.qpu.program import Schedule


@pytest.mark.parametrize("row", cases.runnable(), ids=lambda row: row.mnemonic)
def test_the_null_backend_plans_every_example(row: Instruction) -> None:
    result = Machine(backend="null").run(cases.compiled(cases.program_text(row)))
    assert result.stats["steps"] > 0 and result.provenance["backend"] == "null"


def test_the_null_backend_answers_with_shapes() -> None:
    text = '.space N = 50\n.func main\nbasis q0, 1\nat s0, q0, 1\nemit "one", s0\nemit "state", q0\nend\n'
    result = Machine(backend="null").run(cases.compiled(text))
    assert dict(result.outputs) == {"one": Shape("scalar"), "state": Shape("qstate", (50,))}


def test_the_null_backend_allocates_one_number() -> None:
    plan = Plan(10**6, 10**6, (), 0, "float64")
    y = load("null").kernels(Schedule()).apply(plan, np.zeros(10**6))
    assert y.shape == (10**6,) and y.strides == (0,)


def test_an_unknown_backend_is_named_with_those_installed() -> None:
    with pytest.raises(QwasmError, match="no backend is called 'abacus'") as caught:
        load("abacus")
    assert "numpy" in caught.value.diagnostics[0].hint
