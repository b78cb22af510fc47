"""The one place that knows the public result type: outputs as plain numbers, and their comparison with the oracle.

A program is compiled and run through `qvm.compile(source).run()`; everything else here is arithmetic.
"""

from __future__ import annotations

import math
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from tests.oracle import machine as oracle
from tests.oracle import program
from tests.oracle.instructions import DIGEST
from tests.oracle.machine import Machine
from tests.oracle.program import Given, Program

TOLERANCE = {"real": 2e-10, "complex": 2e-10, "real32": 3e-5}
DTYPE = {"real": "float64", "real32": "float32", "complex": "complex128", "mod": "int64"}
A_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True)
class Found:
    """One output as plain numbers: rows of (loop variables, number), a vector or state, or one number."""

    rows: list[tuple[dict[str, int], Any]] | None = None
    vector: list[Any] | None = None
    value: Any = None
    error: float = 0.0


def adapt(output: Any) -> Found:
    """Whatever the machine returns for a name, as plain numbers."""
    if hasattr(output, "rows"):
        names = [str(c) for c in output.columns]
        return Found(rows=[(dict(zip(names, map(int, point), strict=True)), number(v)) for point, v in output.rows])
    if hasattr(output, "values"):
        return Found(vector=np.asarray(output.values).ravel().tolist())
    if isinstance(output, tuple):
        return Found(vector=[number(v) for v in output])
    return Found(value=number(output), error=float(getattr(output, "error", 0.0)))


def number(value: Any) -> Any:
    """A scalar's value; a list of numbers for a vector or a state."""
    if isinstance(value, tuple):
        return [number(v) for v in value]
    return value.values.ravel().tolist() if hasattr(value, "values") else getattr(value, "value", value)


def outputs(source: str, level: int = 2, run: Mapping[str, Any] | None = None, **parameters: Any) -> dict[str, Found]:
    """Compile and run; every output as plain numbers."""
    import qvm

    result = qvm.compile(source, level=level, **parameters).run(**(run or {}))
    return {str(name): adapt(output) for name, output in result.outputs.items()}


@dataclass
class Answer:
    """What a run gave: its outputs, and the files and channels as it left them."""

    outputs: dict[str, Found]
    files: dict[str, Any]
    channels: dict[str, list[Any]]


def _array(given: Given, field: str) -> Any:
    return np.array(given.rows if given.field else given.rows[0], dtype=given.dtype or DTYPE[field])


def answer(
    structure: Program,
    level: int = 2,
    threads: int = 1,
    withheld: str = "",
    passes: str | None = None,
    schedule: str = "",
) -> Answer:
    """Run a program with a folder and channels of its own: all that it names is granted, except `withheld`."""
    channels: dict[str, list[Any]] = {name: [] for name in program.channels(structure) - {withheld}}
    for given in structure.messages:
        if given.name in channels:
            channels[given.name].append(list(given.rows) if given.field else list(given.rows[0]))
    files = program.files(structure)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for given in structure.files:
            np.save(folder / given.name, _array(given, structure.field))
        run = {"data": folder if files and withheld not in files else None, "channels": channels}
        found = outputs(program.text(structure), level, run, threads=threads, passes=passes, schedule=schedule)
        left = {path.name: np.load(path) for path in sorted(folder.iterdir())}
    return Answer(found, left, {name: [np.asarray(m) for m in queue] for name, queue in channels.items()})


def examine(structure: Program, level: int = 2, passes: str | None = None) -> list[str]:
    """Run a program on the machine and on the oracle; every disagreement as one line."""
    expected, found = oracle.run(structure), answer(structure, level, passes=passes)
    return disagreements(expected, found.outputs) + _outside(expected, found)


def _outside(machine: Machine, found: Answer) -> list[str]:
    """Files and channels that are not as the oracle leaves them."""
    lines = []
    if machine.files.keys() != found.files.keys():
        lines.append(f"the files {sorted(found.files)} where {sorted(machine.files)} were expected")
    close = partial(_close, machine=machine)
    pairs = [(f"the file {name}", found.files.get(name), m.value) for name, m in machine.files.items()]
    for name, left in found.channels.items():
        expected = machine.channels.get(name, [])
        if len(left) != len(expected):
            lines.append(f"the channel {name}: {len(left)} messages where {len(expected)} were expected")
        pairs += [(f"the channel {name}", g, w.value) for g, w in zip(left, expected, strict=False)]
    for what, got, want in pairs:
        wanted = np.array(want)
        if got is None or got.shape != wanted.shape or not all(map(close, got.flat, wanted.flat)):
            lines.append(f"{what}: {got} where {wanted} was expected")
    return lines


def refusal(structure: Program, withheld: str, level: int = 2) -> int:
    """The exit code of a run to which one name, or the folder that holds it, is not granted."""
    return _code(lambda: answer(structure, level, withheld=withheld))


def exit_code(source: str) -> int:
    """The documented exit code of a program: 0, or that of the error it raises."""
    import qvm

    return _code(lambda: qvm.compile(source).run())


def _code(run: Callable[[], object]) -> int:
    try:
        run()
    except Exception as error:
        code = getattr(error, "exit_code", None)
        if code is None:
            raise
        return int(code)
    return 0


def _close(found: Any, expected: Any, machine: Machine, slack: float = 0.0) -> bool:
    field = machine.space.field
    if expected is DIGEST:
        return isinstance(found, str) and A_DIGEST.fullmatch(found) is not None
    if field.kind == "mod":
        residue = complex(found)  # balanced where printed, 0..l-1 inside a state
        return residue == int(residue.real) and (int(residue.real) - int(complex(expected).real)) % field.modulus == 0
    if not math.isfinite(abs(found)):
        return False
    return bool(abs(complex(found) - complex(expected)) <= TOLERANCE[field.kind] * machine.scale + slack)


def disagreements(machine: Machine, results: Mapping[str, Found]) -> list[str]:
    """Every output that differs from the oracle's, as one line each; empty when the two agree."""
    lines = [f"{name}: not expected" for name in results if name not in machine.outputs]
    if len(digests(results)) > 1:
        lines.append(f"more than one digest: {sorted(digests(results))}")
    for name, rows in machine.outputs.items():
        found, (variables, single) = results.get(name), rows[0]
        if found is None:
            lines.append(f"{name}: no output")
        elif found.rows is not None or variables or len(rows) > 1:
            lines += _rows(name, rows, found.rows or [], machine)
        elif isinstance(single, (list, np.ndarray)):
            lines += _vector(name, single, found.vector or [], machine)
        elif not _close(found.value, single, machine, found.error if name == "bounds" else 0.0):
            lines.append(f"{name}: {found.value} where {single} was expected")
    return lines


def digests(results: Mapping[str, Found]) -> set[str]:
    """The digests among the outputs; one for a program."""
    values = [v for found in results.values() for v in (found.value, *(value for _, value in found.rows or []))]
    return {v for v in values if isinstance(v, str)}


def _vector(name: str, expected: Any, found: list[Any], machine: Machine) -> list[str]:
    """States entry by entry; spectra and other lists as sorted numbers."""
    wanted = list(expected)
    if isinstance(expected, list):
        wanted, found = (sorted(map(complex, v), key=_order) for v in (wanted, found))
    same = len(found) == len(wanted) and all(_close(g, w, machine) for g, w in zip(found, wanted, strict=True))
    return [] if same else [f"{name}: {found} where {wanted} was expected"]


def _order(z: complex) -> tuple[float, float]:
    return (round(z.real, 6), round(z.imag, 6))


Rows = Sequence[tuple[dict[str, int], Any]]


def _rows(name: str, expected: Rows, found: Rows, machine: Machine) -> list[str]:
    if len(expected) != len(found):
        return [f"{name}: {len(found)} rows where {len(expected)} were expected"]
    lines = []
    for (variables, want), (columns, got) in zip(expected, found, strict=True):
        if not variables.items() <= columns.items():
            lines.append(f"{name}: columns {columns} where {variables} were expected")
        elif isinstance(want, (list, np.ndarray)):
            lines += _vector(f"{name} at {variables}", want, got, machine)
        elif not _close(got, want, machine):
            lines.append(f"{name} at {variables}: {got} where {want} was expected")
    return lines
