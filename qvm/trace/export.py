"""Exports: the trace event format that Perfetto and Chrome open, CSV, and with their extras Parquet and HDF5.

The trace event format is that of "Trace Event Format" (the Chromium project): complete events, times in microseconds.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from qvm.trace.pack import as_json
from qvm.trace.read import Bundle
from qvm.trace.schema import COLUMNS, TABLES
from qvm.trace.show import name_of
from qwasm.diagnostics import QwasmError, fail


def perfetto(bundle: Bundle) -> bytes:
    """One complete event a record, its name the instruction, its arguments the source line and the work."""
    events, ops = bundle.events, bundle.ops
    names = [name_of(op) for op in ops]
    at = [op.span.line if op.span else 0 for op in ops]
    columns = (events[name].tolist() for name in ("op", "iteration", "start_ns", "dur_ns", "bytes", "thread", "error"))
    rows: list[dict[str, Any]] = [
        {"ph": "M", "pid": 1, "name": "process_name", "args": {"name": f"qvm {bundle.meta['space']}"}},
        {"ph": "M", "pid": 1, "tid": 0, "name": "thread_name", "args": {"name": "machine"}},
    ]
    for op, iteration, start, spent, size, thread, error in zip(*columns, strict=True):
        args = {"line": at[op], "iteration": iteration, "bytes": size, **({"failed": True} if error else {})}
        rows.append({
            "ph": "X", "pid": 1, "tid": thread, "ts": start / 1000, "dur": spent / 1000, "name": names[op],
            "cat": "micro-op", "args": args,
        })  # fmt: skip
    other = {"fingerprint": bundle.fingerprint, "program": bundle.meta["program"]}
    return as_json({"traceEvents": rows, "displayTimeUnit": "ns", "otherData": other})


def as_csv(bundle: Bundle) -> bytes:
    """The events as lines of text, with the names of the operations and their source lines."""
    events, ops = bundle.events, bundle.ops
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([*COLUMNS["events.npz"], "name", "line"])
    told = [(name_of(op), op.span.line if op.span else 0) for op in ops]
    for row in zip(*(events[name].tolist() for name in COLUMNS["events.npz"]), strict=True):
        writer.writerow([*row, *told[row[0]]])
    return stream.getvalue().encode()


def parquet(bundle: Bundle) -> bytes:
    """The events as a Parquet file; needs the extra `data`."""
    arrow, writer = needed("pyarrow"), needed("pyarrow.parquet")
    stream = io.BytesIO()
    told = {"fingerprint": bundle.fingerprint, "schema": str(bundle.meta["schema"])}
    writer.write_table(arrow.table(dict(bundle.events)).replace_schema_metadata(told), stream)
    return stream.getvalue()


def hdf5(bundle: Bundle) -> bytes:
    """All tables as an HDF5 file, a group each; needs the extra `data`."""
    h5 = needed("h5py")
    stream = io.BytesIO()
    with h5.File(stream, "w") as file:
        file.attrs["fingerprint"], file.attrs["schema"] = bundle.fingerprint, str(bundle.meta["schema"])
        for name, tables in TABLES.items():
            columns = getattr(bundle, name.removesuffix(".npz"))
            for number, table in enumerate(tables):
                group = file.create_group(f"{name.removesuffix('.npz')}/{number}" if len(tables) > 1 else name[:-4])
                for column in table:
                    values = columns[column]
                    text = values.dtype.kind == "U"
                    group.create_dataset(column, data=values.astype("S") if text else values)
    return stream.getvalue()


FORMATS: dict[str, tuple[Callable[[Bundle], bytes], str]] = {
    "perfetto": (perfetto, ".json"), "csv": (as_csv, ".csv"), "parquet": (parquet, ".parquet"), "hdf5": (hdf5, ".h5"),
}  # fmt: skip


def exported(bundle: Bundle, form: str) -> bytes:
    """A bundle in a foreign format.  Raises QwasmError QW0599 where the extra for it is missing."""
    return FORMATS[form][0](bundle)


def needed(name: str) -> Any:
    """A library of the extra `data`."""
    import importlib

    try:
        return importlib.import_module(name)
    except ImportError:
        raise missing(name) from None


def missing(name: str) -> QwasmError:
    hint = "pip install 'qwasm-toolchain[data]'"
    return fail("QW0599", f"this export needs {name}, which the extra 'data' installs", hint=hint)


def default_name(bundle: Bundle, form: str) -> Path:
    """The name of an export beside the bundle."""
    return bundle.path.with_suffix(FORMATS[form][1])


__all__ = ["FORMATS", "default_name", "exported"]
