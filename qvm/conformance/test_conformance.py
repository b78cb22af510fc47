"""Every instruction means what its row says, on the backend under examination."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qvm.conformance import cases
from qvm.machine.backend import load
from qwasm.instructions import Instruction
from qwasm.qpu.plan import Plan
from qwasm.qpu.program import Schedule

SIZE = 26
KINDS = ("float64", "float32", "complex128", "int64")
FIELD_OF = {"float64": "real", "float32": "real32", "complex128": "complex", "int64": "mod"}
rows = pytest.mark.parametrize("row", cases.runnable(), ids=lambda row: row.mnemonic)
SAME = [row for row in cases.runnable() if row.same_as]
PLANS = [(kind, name) for kind in KINDS for name in cases.parts(SIZE, kind)]


@rows
def test_the_example_of_every_instruction_runs_and_its_assertions_hold(
    row: Instruction, backend: str, tmp_path: Path
) -> None:
    result = cases.run(cases.program_text(row), backend, tmp_path)
    assert result.stats["steps"] > 0


@pytest.mark.parametrize("row", SAME, ids=lambda row: row.mnemonic)
def test_an_instruction_is_the_same_as_its_row_says(row: Instruction, backend: str, tmp_path: Path) -> None:
    cases.run(cases.program_text(row, cases.replaced(row)), backend, tmp_path)


@rows
def test_an_example_gives_the_same_bits_twice_and_with_two_threads(
    row: Instruction, backend: str, tmp_path: Path
) -> None:
    folders = [tmp_path / name for name in ("first", "second")]
    for folder in folders:
        folder.mkdir()
    first, second = (cases.run(cases.program_text(row), backend, f, threads) for f, threads in zip(folders, (1, 2)))
    assert [repr(first.value(name)) for name in first] == [repr(second.value(name)) for name in second]


@pytest.mark.parametrize(("kind", "name"), PLANS)
def test_every_part_of_a_plan_is_its_dense_matrix(kind: str, name: str, backend: str) -> None:
    plan = Plan(SIZE, SIZE, (cases.parts(SIZE, kind)[name],), cases.modulus(kind), kind)
    check(plan, kind, backend)


@pytest.mark.parametrize("kind", KINDS)
def test_a_plan_on_more_numbers_than_the_state_is_cut_at_the_end(kind: str, backend: str) -> None:
    size = 2 * SIZE
    factors = tuple(
        Plan(size, size, (cases.parts(size, kind)[name],), cases.modulus(kind), kind)
        for name in ("strided", "diagonal")
    )
    from qwasm.qpu.plan import Chain

    check(Plan(SIZE, size, (Chain(factors),), cases.modulus(kind), kind), kind, backend)


def check(plan: Plan, kind: str, backend: str) -> None:
    """A plan on a state and on a field of three states, against its dense matrix; inputs are not changed."""
    found = load(backend)
    kernels = found.kernels(Schedule())
    if FIELD_OF[kind] not in found.can.fields:
        return
    matrix = cases.dense(plan)
    states = np.array([cases.numbers(plan.N, kind, seed) for seed in (11, 12, 13)])
    states.flags.writeable = False
    together = kernels.apply(plan, states)
    assert together.shape == states.shape and together.dtype == np.dtype(kind)
    if not found.can.runs:
        return
    for state, row in zip(states, together):
        alone = kernels.apply(plan, state)
        wanted: Any = cases.acted(matrix, state, plan.modulus)
        if plan.modulus:
            assert alone.tolist() == wanted and row.tolist() == wanted
            continue
        size = np.abs(np.array(matrix, dtype=complex)) @ np.abs(state) + 1e-300
        allowed = max(found.can.tolerance, 100 * float(np.finfo(kind).eps)) * np.maximum(size, size.max() * 1e-3)
        assert np.all(np.abs(alone - np.array(wanted)) <= allowed)
        assert np.all(np.abs(row - np.array(wanted)) <= allowed)
        assert np.array_equal(alone, kernels.apply(plan, state))
