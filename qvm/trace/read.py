"""Reading bundles: nothing of a file is believed before its names, sizes and types are what the schema says."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from qvm.trace.schema import ALLOWED, COLUMNS, MOST, REQUIRED, SCHEMA, SEAL, TABLES
from qvm.trace.seal import opened
from qwasm.diagnostics import QwasmError, fail
from qwasm.qpu.program import MicroOp, QpuProgram

HEADERS = 4096  # bytes beside the numbers that a column may take in its file


class Bundle:
    """A bundle that was read: `meta`, `energy` and `errors` are JSON trees, tables are columns as numpy arrays.

    Attributes: path, files (name -> bytes), signatures (key ids; none of them is checked by reading).
    """

    def __init__(self, path: Path, files: Mapping[str, bytes]) -> None:
        self.path, self.files = path, dict(files)

    def __repr__(self) -> str:
        return f"<trace {self.path} {self.fingerprint[:19]}, {len(self.events['op'])} events, {self.seal}>"

    @cached_property
    def meta(self) -> dict[str, Any]:
        """What ran: space, digests, seeds, versions, outputs, and the host."""
        return self.json("meta.json")

    @cached_property
    def energy(self) -> dict[str, Any]:
        """E_flow, elements, flops and bytes."""
        return self.json("energy.json")

    @cached_property
    def errors(self) -> dict[str, Any]:
        """What failed, what was warned of, what approximations lost."""
        return self.json("errors.json")

    @cached_property
    def events(self) -> dict[str, Any]:
        """Columns of the micro-operations in the order of time."""
        return self.columns("events.npz")

    @cached_property
    def counts(self) -> dict[str, Any]:
        """Columns (op, times, applied, elements) and (letter, prime, upto, count)."""
        return self.columns("counts.npz")

    @cached_property
    def memory(self) -> dict[str, Any]:
        """Columns of strides (read_stride, write_stride, elements) and of streams by op."""
        return self.columns("memory.npz")

    @cached_property
    def spectral(self) -> dict[str, Any]:
        """Columns (feature, at, value, error, method); empty where no fingerprint was asked for."""
        if "spectral.npz" in self.files:
            return self.columns("spectral.npz")
        return {name: np.zeros(0, kind) for name, kind in COLUMNS["spectral.npz"].items()}

    @cached_property
    def program(self) -> QpuProgram:
        """The QPU program that ran."""
        from qwasm.qpu.text import parse_qpu

        return parse_qpu(self.files["program.qpu"].decode(), "program.qpu")

    @cached_property
    def ops(self) -> list[MicroOp]:
        """The micro-operations that `op` columns name by their place."""
        from qwasm.qpu.touched import walk

        return list(walk(self.program))

    @property
    def source(self) -> str:
        """The text of the program, where there was one."""
        return self.files.get("program.qw", b"").decode()

    @property
    def fingerprint(self) -> str:
        """The digest of the deterministic parts, as the bundle states it."""
        return str(self.meta["fingerprint"])

    @cached_property
    def signatures(self) -> list[str]:
        """The ids of the keys that are said to have signed."""
        try:
            return [name for name, _ in opened(self.files[SEAL])[1]]
        except (KeyError, ValueError):
            return []

    @property
    def seal(self) -> str:
        """`unsigned`, or how many signatures there are."""
        many = len(self.signatures)
        return "unsigned" if not many else f"{many} signature{'s' if many > 1 else ''}, not checked here"

    def json(self, name: str) -> dict[str, Any]:
        """A JSON file.  Raises QwasmError QW0571 where it is none."""
        try:
            tree = json.loads(self.files[name])
        except (ValueError, RecursionError) as error:
            raise bad(self.path, f"{name} is no JSON: {error}") from None
        if not isinstance(tree, dict):
            raise bad(self.path, f"{name} is no object")
        return tree

    def columns(self, name: str) -> dict[str, Any]:
        """The columns of a table file, checked.  Raises QwasmError QW0571."""
        wanted = COLUMNS[name]
        try:
            entries = stored(io.BytesIO(self.files[name]), {f"{column}.npy" for column in wanted})
            found = {}
            for column, kind in wanted.items():
                stream = io.BytesIO(entries[f"{column}.npy"])
                array = np.lib.format.read_array(stream, allow_pickle=False)
                if array.dtype != np.dtype(kind) or array.ndim != 1 or stream.read(1):
                    raise ValueError(f"the column {column} has another type")
                found[column] = array
        except Exception as error:
            raise bad(self.path, f"{name}: {error or type(error).__name__}") from None
        for table in TABLES[name]:
            if len({len(found[column]) for column in table}) != 1:
                raise bad(self.path, f"{name}: the columns {', '.join(table)} have different lengths")
        return found


def stored(stream: Any, allowed: frozenset[str] | set[str]) -> dict[str, bytes]:
    """The files of a zip without compression; raises ValueError or BadZipFile for any other."""
    with zipfile.ZipFile(stream) as archive:
        rows = archive.infolist()
        names = [entry.filename for entry in rows]
        if len(set(names)) != len(names) or not set(names) <= allowed:
            raise ValueError(f"it holds other files than it may: {sorted(set(names) - allowed)[:3] or 'one twice'}")
        if any(e.compress_type != zipfile.ZIP_STORED or e.file_size != e.compress_size or e.flag_bits for e in rows):
            raise ValueError("a file in it is compressed or encrypted")
        if sum(entry.file_size for entry in rows) > MOST:
            raise ValueError(f"it holds more than {MOST} bytes")
        return {entry.filename: archive.read(entry) for entry in rows}


def read(path: str | os.PathLike[str]) -> Bundle:
    """Read a bundle, a file or a folder.  Raises QwasmError QW0571 for what is none, QW0570 for a foreign version."""
    place = Path(path)
    if not place.exists():
        raise fail("QW0700", f"there is no file or folder {place}", hint="name a bundle that `qvm run --trace` wrote")
    allowed = ALLOWED | {SEAL}
    try:
        if place.is_dir():
            entries = sorted(os.scandir(place), key=lambda entry: entry.name)
            if any(not e.is_file(follow_symlinks=False) or e.name not in allowed for e in entries):
                raise ValueError("the folder holds other files than it may")
            if sum(entry.stat().st_size for entry in entries) > MOST:
                raise ValueError(f"it holds more than {MOST} bytes")
            files = {entry.name: Path(entry.path).read_bytes() for entry in entries}
        else:
            if place.is_file() and place.stat().st_size > MOST:
                raise ValueError(f"it has more than {MOST} bytes")
            with place.open("rb") as stream:
                files = stored(stream, allowed)
    except Exception as error:  # bytes that somebody else chose make the parser of zips raise many things
        raise bad(place, str(error) or type(error).__name__) from None
    missing = sorted((REQUIRED | {SEAL}) - set(files))
    if missing:
        raise bad(place, f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing")
    bundle = Bundle(place, files)
    if bundle.meta.get("schema") != SCHEMA:
        said = f"{place} is of schema {bundle.meta.get('schema')!r}; this version reads {SCHEMA}"
        raise fail("QW0570", said, hint="read it with the version that wrote it")
    if not isinstance(bundle.meta.get("fingerprint"), str) or not isinstance(bundle.meta.get("host"), dict):
        raise bad(place, "meta.json lacks a fingerprint or a host")
    return bundle


open = read


def dataset(folder: str | os.PathLike[str]) -> Iterator[Bundle]:
    """The bundles of a folder in the order of their names, read one at a time; links are not followed.

    Raises QwasmError QW0571 at the first `.qtb` that is no bundle.
    """
    for path in sorted(Path(folder).iterdir()):
        if path.suffix == ".qtb" and path.is_file() and not path.is_symlink():
            yield read(path)


def bad(path: Path, why: str) -> QwasmError:
    return fail("QW0571", f"{path} is no whole trace bundle: {why}", hint="take it from where it was made once more")


__all__ = ["Bundle", "dataset", "open", "read"]
