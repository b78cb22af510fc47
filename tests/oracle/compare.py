"""The one place that knows the public result type: outputs as plain numbers, and their comparison with the oracle.

A program is compiled and run through `qvm.compile(source).run()`; everything else here is arithmetic.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from .machine import Machine

TOLERANCE = {"real": 2e-10, "complex": 2e-10, "real32": 3e-5}


def outputs(source: str, level: int = 2, run: Mapping[str, Any] | None = None, **parameters: Any) -> dict[str, Any]:
    """Compile and run; every output as its documented record: {"value", "error", ...} or {"rows": [...]}."""
    import qvm

    result = qvm.compile(source, level=level, **parameters).run(**(run or {}))
    return {str(name): result.outputs[name] for name in result.outputs}


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


def number(value: Any) -> Any:
    """A number as printed: complex as [re, im], exact rationals as strings, a scalar by its value."""
    if isinstance(value, Mapping):
        value = value["value"]
    value = getattr(value, "value", value)
    if isinstance(value, str):
        value = Fraction(value)
    if isinstance(value, np.generic):
        value = value.item()
    return complex(*value) if isinstance(value, (list, tuple)) and len(value) == 2 else value


def _vector(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        value = value["value"]
    return [number(v) for v in list(value)]


def _close(found: Any, expected: Any, machine: Machine, slack: float = 0.0) -> bool:
    field = machine.space.field
    if field.kind == "mod":
        balanced = Fraction(found).denominator == 1 and 2 * abs(found) <= field.modulus
        return balanced and (int(found) - int(expected)) % field.modulus == 0
    if not math.isfinite(abs(found)):
        return False
    return bool(abs(complex(found) - complex(expected)) <= TOLERANCE[field.kind] * machine.scale + slack)


def _error(record: Any) -> float:
    """The stated error of a record, used only where an answer is allowed to be an interval."""
    found = record.get("error", 0.0) if isinstance(record, Mapping) else getattr(record, "error", 0.0)
    return float(found or 0.0) if not isinstance(found, (list, tuple)) else max(map(float, found), default=0.0)


def disagreements(source: str, machine: Machine, results: Mapping[str, Any]) -> list[str]:
    """Every output that differs from the oracle's, as one line each; empty when the two agree."""
    found: list[str] = []
    for name, rows in machine.outputs.items():
        record = results.get(name)
        if record is None:
            found.append(f"{name}: no output")
            continue
        single = rows[0][1]
        if isinstance(record, Mapping) and "rows" in record:
            found += _rows(name, rows, record["rows"], machine)
        elif len(rows) != 1:
            found.append(f"{name}: one value where {len(rows)} rows were expected")
        elif isinstance(single, list):
            got, want = _vector(record), sorted(map(complex, single), key=_order)
            if len(got) != len(want) or not all(
                _close(g, w, machine) for g, w in zip(sorted(map(complex, got), key=_order), want)
            ):
                found.append(f"{name}: {got} where {want} was expected")
        else:
            interval = _error(record) if "norm s, X" in name else 0.0
            if not _close(number(record), single, machine, interval):
                found.append(f"{name}: {number(record)} where {single} was expected")
    return found


def _order(z: complex) -> tuple[float, float]:
    return (round(z.real, 6), round(z.imag, 6))


def _rows(name: str, rows: Sequence[tuple[dict[str, int], Any]], got: Sequence[Any], machine: Machine) -> list[str]:
    if len(rows) != len(got):
        return [f"{name}: {len(got)} rows where {len(rows)} were expected"]
    found = []
    for (variables, expected), row in zip(rows, got, strict=True):
        columns = {k: int(row[k]) for k in variables if k in row}
        if columns != variables:
            found.append(f"{name}: columns {dict(row)} where {variables} were expected")
        elif not _close(number(row["value"]), expected, machine):
            found.append(f"{name} at {variables}: {number(row['value'])} where {expected} was expected")
    return found
