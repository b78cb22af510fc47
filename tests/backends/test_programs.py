"""Whole programs on the llvm backend, with kernels for every size, against the dense oracle."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qvm_backends.llvm import kernels, layout

from tests.compare import answer, disagreements, examine
from tests.differential import FIELDS, SLOW, examine_case, spaces
from tests.oracle import machine, program
from tests.oracle.cases.case import Case
from tests.oracle.cases.every import EVERY
from tests.strategies.programs import programs


@pytest.fixture(autouse=True, scope="module")
def always() -> Iterator[None]:
    """Machine code however little it is worth."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernels, "WORTH", 0)
        patch.setattr(layout, "SHARE", 1)
        yield


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("case", EVERY, ids=lambda c: c.name)
def test_every_case_means_what_the_oracle_says(case: Case, field: str) -> None:
    found = spaces(case, field)
    truncation, s = found[(EVERY.index(case) + FIELDS.index(field)) % len(found)]
    wrong = examine_case(case, field, truncation, s)
    assert not wrong, "\n".join(wrong[:2])


schedules = st.sampled_from(("", "tile=64", "layout=grouped", "layout=natural,tile=100", "time_block=2"))


@given(structure=programs(), level=st.sampled_from((2, 0, 3)), threads=st.integers(2, 4), schedule=schedules)
@settings(SLOW)
def test_a_generated_program_means_what_the_oracle_says(
    structure: program.Program, level: int, threads: int, schedule: str
) -> None:
    wrong = examine(structure, level)
    assert not wrong, "\n".join([*wrong[:5], program.text(structure)])
    shared = disagreements(machine.run(structure), answer(structure, level, threads, schedule=schedule).outputs)
    assert not shared, "\n".join([*shared[:5], program.text(structure)])
