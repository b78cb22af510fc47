"""How results look: a table for people, JSON of one published schema, CSV for spreadsheets.

Floats are printed so that they read back to the same bits; integers above 2^53 and exact
rationals are strings in JSON, complex numbers are [re, im].
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from math import inf, isfinite, nextafter
from typing import TYPE_CHECKING, Any

from qwasm.scalar import Scalar, number_text

if TYPE_CHECKING:
    from qvm.api import Compiled
    from qvm.ledger import Ledger
    from qvm.machine.result import Output, Result, State
    from qwasm.diagnostics import Span
    from qwasm.qpu.cost import Estimate

SAFE_INTEGER = 2**53
SHOWN_ENTRIES = 8  # of a state, in a table


def json_number(value: Any) -> Any:
    """A number as JSON: exact rationals and large integers as strings, complex as [re, im]."""
    if isinstance(value, complex):
        return [json_number(value.real), json_number(value.imag)]
    if isinstance(value, Fraction):
        return json_number(value.numerator) if value.denominator == 1 else f"{value.numerator}/{value.denominator}"
    if isinstance(value, int) and abs(value) > SAFE_INTEGER:
        return str(value)
    return value


def json_scalar(scalar: Scalar) -> dict[str, Any]:
    """A scalar as the object `scalar` of the schema."""
    found = {"value": json_number(scalar.value), "error": json_error(scalar.error), "kind": scalar.kind}
    return {**found, "method": scalar.method} if scalar.method else found


def json_error(error: float) -> float | None:
    """An error as JSON; null when it is not bounded."""
    return error if isfinite(error) else None


def json_output(output: Output) -> dict[str, Any]:
    """One output as JSON: a scalar, values, rows, a state, a shape (of a backend that runs nothing) or a text."""
    from qvm.machine.result import Rows, Shape, State

    if isinstance(output, Scalar):
        return json_scalar(output)
    if isinstance(output, Rows):
        return {"rows": [{**dict(zip(output.columns, where)), **json_output(value)} for where, value in output.rows]}
    if isinstance(output, State):
        off = output.distance
        said = {"error": json_error(off.size), "kind": off.kind, "method": ", ".join(off.sources)} if off.size else {}
        return {"picture": output.picture, "state": _nested(numbers(output).tolist()), **said}
    if isinstance(output, Shape):
        return {"shape": list(output.shape), "of": output.kind}
    if isinstance(output, str):
        return {"text": output}
    return {"values": [json_scalar(scalar) for scalar in output]}


def _nested(values: Any) -> Any:
    return [_nested(value) for value in values] if isinstance(values, list) else json_number(values)


def format_result(result: Result, form: str) -> str:
    """A result in one of the forms table, json, csv."""
    if form == "json":
        found = result.ledger
        return json.dumps(
            {
                "schema": "qwasm.run/1",
                "outputs": {name: json_output(output) for name, output in result.outputs.items()},
                **({"ledger": json_ledger(found, result.outputs)} if found else {}),
                "provenance": dict(result.provenance),
                "stats": dict(result.stats),
            },
            indent=2,
            allow_nan=False,
            default=str,
        )
    return _csv(result) if form == "csv" else _table(result)


def json_ledger(ledger: Ledger, outputs: Mapping[str, Output]) -> dict[str, Any]:
    """A ledger as JSON: each approximate step with its bound, and how far all may have moved each output."""
    names = tuple(dict.fromkeys(entry.by for entry in ledger.entries))
    return {
        "budget": ledger.budget,
        "spent": None if ledger.spent is None else above(ledger.spent),
        "rewrites": [
            {
                "by": entry.by,
                "bound": entry.bound,
                "delta": None if entry.delta is None else above(entry.delta),
                "times": json_number(entry.times),
                "place": json_place(entry.place),
            }
            for entry in ledger.entries
        ],
        "outputs": {name: json_moved(output, names) for name, output in outputs.items()},
    }


def json_place(place: Span | None) -> dict[str, Any] | None:
    """A place of a source as JSON."""
    return {"file": place.file, "line": place.line, "column": place.column} if place is not None else None


def json_moved(output: Output, names: Sequence[str]) -> dict[str, Any]:
    """The largest error of an output, and which approximate steps are in it."""
    found = [(error, f", {method}, ") for error, method in bars(output)]
    by = [name for name in names if any(f", {name}, " in method for _, method in found)]
    return {"error": json_error(max((error for error, _ in found), default=0.0)), "by": by}


def bars(output: Output) -> Iterator[tuple[float, str]]:
    """The error and the method of every value of an output."""
    from qvm.machine.result import Rows, State

    if isinstance(output, Rows):
        for _, value in output.rows:
            yield from bars(value)
    elif isinstance(output, State):
        yield output.distance.size, ", ".join(output.distance.sources)
    elif isinstance(output, Scalar):
        yield output.error, output.method
    elif isinstance(output, tuple):
        yield from ((scalar.error, scalar.method) for scalar in output)


def above(number: Fraction) -> float:
    """The nearest float that is not below a number >= 0."""
    found = float(number)
    return found if Fraction(found) >= number else nextafter(found, inf)


def numbers(state: State) -> Any:
    """The numbers of a state as they are shown: residues are balanced."""
    field = state.space.field
    return state.values - field.modulus * (2 * state.values > field.modulus) if field.exact else state.values


def entries(output: Output, most: int | None = None) -> Iterator[tuple[str, Any]]:
    """The values of an output, each with where it stands ('' or 'k = 3' or an index); of a state `most`, then '...'."""
    from qvm.machine.result import Rows, State

    if isinstance(output, Rows):
        for where, value in output.rows:
            place = ", ".join(f"{column} = {number}" for column, number in zip(output.columns, where))
            for inner, scalar in entries(value, most):
                yield ", ".join(filter(None, (place, inner))), scalar
    elif isinstance(output, State):
        flat = numbers(output).reshape(-1)
        for index, number in enumerate(flat[:most].tolist()):
            k, n = divmod(index, output.space.N)
            yield f"n = {n + 1}" if output.values.ndim == 1 else f"state {k + 1}, n = {n + 1}", number
        if most is not None and flat.size > most:
            yield "...", ""
    elif isinstance(output, tuple):
        for index, scalar in enumerate(output, start=1):
            yield f"[{index}]", scalar
    else:
        yield "", output


def error_bar(error: float) -> str:
    """What a table shows behind a value; nothing when it is exact."""
    return "" if not error else f"± {error:.2g}" if isfinite(error) else "± unknown"


def kind_text(kind: str, error: float, method: str) -> str:
    """The kind of a bar and the method behind it; of an unknown one why nothing is known."""
    return method if not isfinite(error) and method else f"{kind} ({method})" if method else kind


def _table(result: Result) -> str:
    """Aligned columns: name, where, value, error bar, kind and method."""
    from qvm.machine.result import State
    from qwasm.diagnostics.render import printable

    lines: list[tuple[str, str, str, str]] = []
    for name, output in result.outputs.items():
        if isinstance(output, State) and output.distance.size:
            off = output.distance
            said = f"{error_bar(off.size)} in norm"
            lines.append((printable(name), "", said, kind_text(off.kind, off.size, ", ".join(off.sources))))
        for place, value in entries(output, SHOWN_ENTRIES):
            label = f"{printable(name)} {place}" if place.startswith("[") else printable(name)
            if not isinstance(value, Scalar):
                lines.append((label, place, number_text(value), ""))
                continue
            bar = error_bar(value.error)
            kind = kind_text(value.kind, value.error, value.method)
            lines.append(
                (label, "" if place.startswith("[") else place, f"{number_text(value.value)} {bar}".rstrip(), kind)
            )
    if not lines:
        return "the program emitted nothing"
    kept = [column for column in range(4) if any(line[column] for line in lines)]
    widths = {column: max(len(line[column]) for line in lines) for column in kept}
    return "\n".join("  ".join(line[column].ljust(widths[column]) for column in kept).rstrip() for line in lines)


def _csv(result: Result) -> str:
    """One line a value: name, where, value (real part), imaginary part, error, kind, method."""
    import csv
    import io

    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["name", "where", "value", "imag", "error", "kind", "method"])
    for name, output in result.outputs.items():
        for place, value in entries(output):
            number = value.value if isinstance(value, Scalar) else value
            parts = (number.real, number.imag) if isinstance(number, complex) else (number, "")
            bar = (value.error, value.kind, value.method) if isinstance(value, Scalar) else ("", "", "")
            writer.writerow([name, place, *parts, *bar])
    return stream.getvalue()


def size_text(count: int) -> str:
    """A number of bytes for a person."""
    for unit, step in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if count >= step:
            return f"{count / step:.1f} {unit}"
    return f"{count} bytes"


def format_check(file: str, compiled: Compiled, estimate: Estimate, as_json: bool) -> str:
    """What a program would need: space, memory, work, and what it must be granted."""
    memory, work = estimate
    if as_json:
        return json.dumps(
            {
                "schema": "qwasm.check/1",
                "file": file,
                "space": str(compiled.program.space),
                "memory": memory,
                "work": work,
                "open": estimate.open,
                "files": list(estimate.files),
                "channels": list(estimate.channels),
                "digest": compiled.program.digest,
                "diagnostics": len(compiled.diagnostics),
            },
            indent=2,
        )
    lines = [
        f"{file} is a valid program",
        f"  space   {compiled.program.space}",
        f"  memory  {size_text(memory)} at most",
        f"  work    {f'{work:.3g}' if work >= 10**6 else work} state elements"
        + (", a guess: an exponential's time or size is known only while it runs" if estimate.open else ""),
    ]
    if estimate.files:
        lines.append(f"  files   {', '.join(estimate.files)}, under a granted folder (--data DIR)")
    if estimate.channels:
        lines.append(f"  channels {', '.join(estimate.channels)} (--channel NAME=FILE)")
    return "\n".join(lines)
