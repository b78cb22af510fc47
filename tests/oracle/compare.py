"""The one place that knows the public result type: outputs as plain numbers, and their comparison with the oracle.

A program is compiled and run through `qvm.compile(source).run()`; everything else here is arithmetic.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .machine import Machine

TOLERANCE = {"real": 2e-10, "complex": 2e-10, "real32": 3e-5}


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
    """A scalar's value; a list of them for a vector."""
    return [number(v) for v in value] if isinstance(value, tuple) else getattr(value, "value", value)


def outputs(source: str, level: int = 2, run: Mapping[str, Any] | None = None, **parameters: Any) -> dict[str, Found]:
    """Compile and run; every output as plain numbers."""
    import qvm

    result = qvm.compile(source, level=level, **parameters).run(**(run or {}))
    return {str(name): adapt(output) for name, output in result.outputs.items()}


def exit_code(source: str) -> int:
    """The documented exit code of a program: 0, or that of the error it raises."""
    import qvm

    try:
        qvm.compile(source).run()
    except Exception as error:
        code = getattr(error, "exit_code", None)
        if code is None:
            raise
        return int(code)
    return 0


def _close(found: Any, expected: Any, machine: Machine, slack: float = 0.0) -> bool:
    field = machine.space.field
    if field.kind == "mod":
        residue = complex(found)  # balanced where printed, 0..l-1 inside a state
        return residue == int(residue.real) and (int(residue.real) - int(complex(expected).real)) % field.modulus == 0
    if not math.isfinite(abs(found)):
        return False
    return bool(abs(complex(found) - complex(expected)) <= TOLERANCE[field.kind] * machine.scale + slack)


def disagreements(machine: Machine, results: Mapping[str, Found]) -> list[str]:
    """Every output that differs from the oracle's, as one line each; empty when the two agree."""
    lines: list[str] = []
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
        elif isinstance(want, list):
            lines += _vector(f"{name} at {variables}", want, got, machine)
        elif not _close(got, want, machine):
            lines.append(f"{name} at {variables}: {got} where {want} was expected")
    return lines
