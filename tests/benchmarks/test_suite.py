"""The suite of twenty programs keeps its answers, and -O2 makes every one cheaper in the cost model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.twenty import LARGE, PROGRAMS, Measured, answers, compiled, cost, measure, outputs, same

every = pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
ROOM = 1e-9


def plain(value: Any) -> Any:
    """A value as the file of answers spells it."""
    return [value.real, value.imag] if isinstance(value, complex) else value


def test_there_are_twenty_programs_with_answers() -> None:
    assert len(PROGRAMS) == 20
    assert sorted(answers()) == [path.stem for path in PROGRAMS]


@every
@pytest.mark.parametrize("level", [0, 2, 3])
def test_a_program_gives_its_checked_answers(path: Path, level: int) -> None:
    found = {name: plain(value) for name, (value, _) in outputs(compiled(path, level)).items()}
    wanted = answers()[path.stem]
    assert found.keys() == wanted.keys()
    for name, value in wanted.items():
        assert found[name] == pytest.approx(value, rel=ROOM, abs=ROOM), name


@every
@pytest.mark.parametrize("N", [None, 20_000, LARGE])
def test_the_second_level_is_cheaper_in_the_model(path: Path, N: int | None) -> None:
    assert cost(compiled(path, 2, N)) < cost(compiled(path, 0, N))


@every
def test_results_at_a_larger_size_are_equal(path: Path) -> None:
    before, after = compiled(path, 0, 20_000), compiled(path, 2, 20_000)
    assert same(outputs(before), outputs(after), before.program.space.field.exact)


def test_a_measurement_names_what_is_wrong() -> None:
    assert measure(PROGRAMS[0], N=500, rounds=1).equal
    assert Measured("x", 0.5, 1.0, 1.05, True).faults == []
    assert len(Measured("x", 1.0, 1.0, 1.2, False).faults) == 3
