"""A bundle out of a run: what the recorder kept, what follows from the program, and what the result says."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from qvm.machine.context import Context
from qvm.machine.provenance import array_digest
from qvm.machine.recorder import Recorder
from qvm.machine.result import Rows, Shape, State
from qvm.trace import derive
from qvm.trace.pack import as_json, as_npz
from qvm.trace.schema import SCHEMA, SEAL, typed
from qvm.trace.seal import fingerprint, sealed
from qwasm.diagnostics import Diagnostic, QwasmError
from qwasm.qpu.text import print_qpu
from qwasm.scalar import Scalar, number_text

HOST = ("threads", "schedule")  # of the provenance: how, not what


def bundle(
    recorder: Recorder,
    context: Context,
    provenance: Mapping[str, Any],
    outputs: Mapping[str, Any],
    texts: Mapping[str, str],
    *,
    seconds: float,
    error: QwasmError | None = None,
    warnings: Sequence[Diagnostic] = (),
    spectral: bool = False,
    keys: Sequence[Any] = (),
) -> dict[str, bytes]:
    """The files of a bundle, sealed; `texts` are the program's source and stages by file name."""
    records, touched = recorder.records, derive.elements(recorder)
    letters, strides, streams = derive.letters_and_strides(recorder, context.plan)
    files = {
        "events.npz": as_npz(events(records, touched, context.space.field.itemsize)),
        "counts.npz": as_npz(counts(recorder, touched) | derive.histogram(letters)),
        "memory.npz": as_npz(memory(strides, streams)),
        "energy.json": as_json(derive.energy(recorder, context.plan, touched)),
        "errors.json": as_json(errors(error, warnings, context)),
        "program.qpu": print_qpu(recorder.program).encode(),
        **{name: text.encode() for name, text in texts.items()},
    }
    if spectral and error is None:
        from qvm.trace.spectral import features

        files["spectral.npz"] = as_npz(features(context, recorder))
    same = {name: value for name, value in provenance.items() if name not in HOST}
    space = context.space
    meta = {
        "schema": SCHEMA, "N": space.N, "weight": str(space.weight), "field": str(space.field),
        "truncation": space.truncation, **same, "failed": error is not None,
        "outputs": {name: told(value) for name, value in outputs.items()},
        "host": {
            **{name: provenance[name] for name in HOST}, "machine": platform.machine(), "system": platform.system(),
            "processors": os.cpu_count() or 1, "finished": datetime.now(UTC).isoformat(timespec="seconds"),
            "seconds": round(seconds, 9), "every": recorder.every,
        },
    }  # fmt: skip
    files["meta.json"] = as_json(meta)
    files["meta.json"] = as_json({**meta, "fingerprint": fingerprint(files)})
    files[SEAL] = sealed(files, keys)
    return files


def events(records: Any, touched: Any, itemsize: int) -> dict[str, Any]:
    """Columns of the events; bytes and flops are those of the cost model."""
    work = touched[records["op"]] if len(records) else np.zeros(0, np.int64)
    columns = {name: records[name] for name in ("op", "iteration", "start_ns", "dur_ns", "error")}
    columns |= {"bytes": work * itemsize, "flops": 2 * work, "thread": np.zeros(len(records))}
    return {name: typed("events.npz", name, values) for name, values in columns.items()}


def counts(recorder: Recorder, touched: Any) -> dict[str, Any]:
    """Columns of the micro-operations: their place in the program, how often each ran, and over all its runs how many
    states an operator was applied to and how many elements it touched."""
    columns = {
        "op": np.arange(len(recorder.ops)), "times": recorder.counts, "applied": recorder.applied,
        "elements": touched * recorder.counts,
    }  # fmt: skip
    return {name: typed("counts.npz", name, values) for name, values in columns.items()}


def memory(strides: Mapping[tuple[int, int], int], streams: Mapping[int, tuple[int, int]]) -> dict[str, Any]:
    """Columns of the strides, and of the streams of each operation that applies an operator."""
    pairs, ops = sorted(strides), sorted(streams)
    columns = {
        "read_stride": [u for u, _ in pairs], "write_stride": [v for _, v in pairs],
        "elements": [strides[pair] for pair in pairs],
        "op": ops, "streams": [streams[k][0] for k in ops], "stream_bytes": [streams[k][1] for k in ops],
        "working_set": [streams[k][0] * streams[k][1] for k in ops],
    }  # fmt: skip
    return {name: typed("memory.npz", name, values) for name, values in columns.items()}


def errors(error: QwasmError | None, warnings: Sequence[Diagnostic], context: Context) -> dict[str, Any]:
    """What went wrong, what was warned of, and what exponentials inside operators lost."""

    def told_of(found: Diagnostic) -> dict[str, Any]:
        line = found.span.line if found.span else 0
        return {"code": found.code, "message": found.message, "line": line, "hint": found.hint}

    return {
        "failed": [told_of(found) for found in error.diagnostics] if error is not None else [],
        "warnings": [told_of(found) for found in warnings],
        "approximation": {str(x): number_text(float(loss)) for x, loss in context.losses.items()},
    }


def told(value: Any) -> Any:
    """An output as JSON: numbers as text with their bars, states by their digest."""
    match value:
        case Scalar():
            return {"value": number_text(value.value), "error": number_text(float(value.error)), "kind": value.kind}
        case State():
            return {"digest": array_digest(value.values), "shape": list(value.values.shape), "picture": value.picture}
        case Rows():
            return [{"at": list(where), "value": told(inner)} for where, inner in value.rows]
        case tuple():
            return [told(inner) for inner in value]
        case Shape():
            return {"kind": value.kind, "shape": list(value.shape)}
    return str(value)


__all__ = ["bundle", "told"]
