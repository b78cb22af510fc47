"""What a bundle holds: its files, their columns, and the limits a reader keeps; everything else derives from here."""

from __future__ import annotations

from typing import Any

import numpy as np

SCHEMA = "qwasm.trace/1"
SEAL = "bundle.dsse.json"
COLUMNS: dict[str, dict[str, str]] = {  # of each .npz file: name -> numpy type of a column, all of one length per table
    "events.npz": {
        "op": "<i4", "iteration": "<i8", "start_ns": "<i8", "dur_ns": "<i8", "bytes": "<i8", "flops": "<i8",
        "thread": "<i2", "error": "<i2",
    },
    "counts.npz": {
        "op": "<i4", "times": "<i8", "applied": "<i8", "elements": "<i8",
        "letter": "<U8", "prime": "<i8", "upto": "<i8", "count": "<i8",
    },
    "memory.npz": {
        "read_stride": "<i8", "write_stride": "<i8", "elements": "<i8",
        "op": "<i4", "streams": "<i8", "stream_bytes": "<i8", "working_set": "<i8",
    },
    "spectral.npz": {"feature": "<U32", "at": "<f8", "value": "<f8", "error": "<f8", "method": "<U64"},
}  # fmt: skip
TABLES: dict[str, tuple[tuple[str, ...], ...]] = {  # columns of one length
    "events.npz": (tuple(COLUMNS["events.npz"]),),
    "counts.npz": (("op", "times", "applied", "elements"), ("letter", "prime", "upto", "count")),
    "memory.npz": (("read_stride", "write_stride", "elements"), ("op", "streams", "stream_bytes", "working_set")),
    "spectral.npz": (tuple(COLUMNS["spectral.npz"]),),
}
JSONS = ("meta.json", "energy.json", "errors.json")
PROGRAMS = ("program.qw", "program.qir", "program.qpu")
REQUIRED = frozenset({*JSONS, "program.qpu", "events.npz", "counts.npz", "memory.npz"})
ALLOWED = REQUIRED | {*PROGRAMS, "spectral.npz"}
DETERMINISTIC = ("counts.npz", "memory.npz", "energy.json")  # with meta.json less its host; spectral.npz is asked for
EXACT = 1024  # primes from here on are counted in ranges from one power of two to the next
MOST = 1 << 30  # bytes of a bundle


def typed(file: str, column: str, values: Any) -> Any:
    """An array with the type of a column."""
    return np.ascontiguousarray(values, dtype=COLUMNS[file][column])


__all__ = [
    "ALLOWED", "COLUMNS", "DETERMINISTIC", "EXACT", "JSONS", "MOST", "PROGRAMS", "REQUIRED", "SCHEMA", "SEAL", "TABLES",
    "typed",
]  # fmt: skip
