"""State files: a NumPy .npy array with its meaning behind it.

The array is a plain version 1 or 2 .npy file, so every tool reads it; behind its last number
stand a JSON object (N, weight, picture, field; error and its kind when the state is not exact),
its length in eight bytes, and eight bytes of mark.  A file without the trailer is a foreign array:
only its shape and numbers are checked.  Headers are read and judged before any number is.
"""

from __future__ import annotations

import io
import json
import os
import re
import stat
import tempfile
from contextlib import suppress
from math import inf, isfinite, prod
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from qvm.machine.result import State
from qwasm import strictjson
from qwasm.diagnostics import Span, fail
from qwasm.record import record
from qwasm.scalar import NOWHERE, Distance
from qwasm.space import Picture, Space

Array = NDArray[Any]
MARK = b"QWSTATE1"
MOST_TRAILER = 4096
MOST_HEADER = 10_000
MOST_ERROR = 2**1023  # an error that a float holds
TOLD = ("N", "field", "picture", "weight")
HEADER = re.compile(
    r"\{'descr': *'([<>|=]?[a-zA-Z]\d{0,3})', *'fortran_order': *(True|False), *"
    r"'shape': *\(((?: *\d{1,18} *,)*(?: *\d{1,18})? *)\) *,? *\} *\n?"
)


@record
class Header:
    """What a .npy file says of itself before its numbers are read."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    fortran: bool
    offset: int


def described(space: Space, picture: Picture) -> dict[str, Any]:
    """The trailer's object."""
    return {"N": space.N, "field": str(space.field), "picture": picture, "weight": str(space.weight)}


def said_of(distance: Distance) -> dict[str, Any]:
    """What the trailer says of a state that is not exact; null is an error that nobody knows."""
    size = distance.size
    return {"error": size if isfinite(size) else None, "kind": distance.kind} if size else {}


def distance_of(said: dict[str, Any], name: str, span: Span | None) -> Distance:
    """The distance that a trailer tells, taken out of it."""
    if not {"error", "kind"} & set(said):
        return NOWHERE
    size, kind = said.pop("error", 0), said.pop("kind", "")
    number = isinstance(size, (int, float)) and not isinstance(size, bool) and 0 < size < MOST_ERROR
    if kind not in ("bound", "statistical") or not (size is None or number):
        raise fail(
            "QW0535", f"{name} tells an error that is not one: {size}, {kind}", span, "copy or write the file again"
        )
    return Distance(inf if size is None else float(size), kind, ("file",))


def write_state(path: str | os.PathLike[str], state: State, span: Span | None = None) -> None:
    """Write to a temporary file beside `path`, flush it to the disk, rename.

    Raises QwasmError QW0801 when the storage fails; then `path` is what it was.
    """
    target = Path(path)
    said = described(state.space, state.picture) | said_of(state.distance)
    trailer = json.dumps(said, sort_keys=True).encode()
    temporary = ""
    try:
        descriptor, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        with os.fdopen(descriptor, "wb") as file:
            np.lib.format.write_array(file, np.ascontiguousarray(state.values), allow_pickle=False)
            file.write(trailer + len(trailer).to_bytes(8, "little") + MARK)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
        temporary = ""
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise fail(
            "QW0801",
            f"cannot write {target.name}: {error.strerror}",
            span,
            "free some space or choose another folder; nothing was half-written",
        ) from None
    finally:
        if temporary:
            Path(temporary).unlink(missing_ok=True)


def open_regular(path: Path, span: Span | None = None) -> BinaryIO:
    """The file opened for reading; devices, pipes and folders are refused (QW0534)."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError as error:
        raise fail(
            "QW0531", f"cannot read {path.name}: {error.strerror}", span, "check the name and the granted folder"
        ) from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise fail("QW0534", f"{path.name} is not a regular file", span, "give a .npy file")
    return os.fdopen(descriptor, "rb")


def read_header(file: BinaryIO, name: str, span: Span | None = None) -> Header:
    """Shape and type, checked against the file's length; no number is read."""
    prefix = file.read(8)
    wide = prefix[6:7] in (b"\x02", b"\x03")
    length = int.from_bytes(file.read(4 if wide else 2), "little")
    match = HEADER.fullmatch(file.read(min(length, MOST_HEADER)).decode("latin-1"))
    if prefix[:6] != b"\x93NUMPY" or prefix[6:8] not in (b"\x01\0", b"\x02\0", b"\x03\0") or match is None:
        raise fail("QW0535", f"{name} is not a .npy file of numbers", span, "write it with numpy.save")
    try:
        dtype = np.dtype(match[1])
    except TypeError:
        raise fail("QW0535", f"{name} holds {match[1]}, not numbers", span, "save an array of float64") from None
    fortran, shape = match[2] == "True", tuple(int(part) for part in match[3].split(",") if part.strip())
    if dtype.hasobject or dtype.kind not in "biufc" or dtype.itemsize > 16:
        raise fail(
            "QW0535", f"{name} holds {dtype}, not numbers", span, "save an array of float64, complex128 or int64"
        )
    offset, count = file.tell(), prod(shape)
    if os.fstat(file.fileno()).st_size < offset + count * dtype.itemsize:
        raise fail("QW0535", f"{name} is shorter than its header says", span, "copy or write the file again")
    return Header(shape, dtype, fortran, offset)


def read_trailer(file: BinaryIO, header: Header, name: str, span: Span | None) -> dict[str, Any] | None:
    """The object behind the numbers, or None for a foreign file, which ends with its numbers.

    Raises QwasmError QW0535 when something else stands there: the file was cut short or changed.
    """
    count = prod(header.shape)
    file.seek(header.offset + count * header.dtype.itemsize)
    tail = file.read(MOST_TRAILER + 1)
    if not tail:
        return None
    text = tail[:-16]
    found: Any = None
    if len(tail) <= MOST_TRAILER and tail[-16:] == len(text).to_bytes(8, "little") + MARK:
        with suppress(ValueError):
            found = strictjson.read(text)
    if not isinstance(found, dict) or not {*found} <= {*TOLD, "error", "kind"}:
        raise fail("QW0535", f"{name} is damaged behind its numbers", span, "copy or write the file again")
    return found


def read_state(path: Path, space: Space, picture: Picture, kind: str, name: str, span: Span | None = None) -> State:
    """A state or field, its numbers brought to the space's field.

    Raises QwasmError QW0531, QW0534-QW0537: unreadable, not a file, not numbers, another shape, another
    space; QW0606 for numbers that are not finite.
    """
    with open_regular(path, span) as file:
        header = read_header(file, name, span)
        check_shape(header.shape, space, kind, name, span)
        said = read_trailer(file, header, name, span)
        distance = NOWHERE if said is None else distance_of(said, name, span)
        if said is not None and said != described(space, picture):
            here = described(space, picture)
            wrong = [key for key in TOLD if said.get(key) != here[key]]
            what = ", ".join(f"{key} = {said.get(key)} where the register has {here[key]}" for key in wrong)
            raise fail(
                "QW0537",
                f"{name} holds a state of another space: {what}",
                span,
                "convert it, or load the bare array written by numpy.save",
            )
        file.seek(header.offset)
        count = prod(header.shape)
        array = np.fromfile(file, header.dtype, count)
        if len(array) != count:
            raise fail("QW0535", f"{name} is shorter than its header says", span, "copy or write the file again")
    array = array.reshape(header.shape, order="F" if header.fortran else "C")
    return State(converted(array, space, name, span), space, picture, distance)


def check_shape(shape: tuple[int, ...], space: Space, kind: str, name: str, span: Span | None) -> None:
    """A state is (N,), a field (k, N) with k >= 1."""
    wanted = f"({space.N},)" if kind == "qstate" else f"(k, {space.N})"
    dimensions = 1 if kind == "qstate" else 2
    if len(shape) != dimensions or shape[-1] != space.N or shape[0] < 1:
        raise fail(
            "QW0536",
            f"{name} has shape {shape}; a {kind} here has shape {wanted}",
            span,
            f"entry 0 is psi(1), so save {space.N} numbers",
        )


def converted(array: Any, space: Space, name: str, span: Span | None = None) -> Array:
    """An array as numbers of the field: residues from integers only, reals not from complex numbers."""
    array = np.asarray(array)
    kind = array.dtype.kind
    if kind not in "biufc":
        raise fail(
            "QW0535", f"{name} holds {array.dtype}, not numbers", span, "give an array of float64, complex128 or int64"
        )
    if space.field.exact:
        if kind not in "biu":
            raise fail(
                "QW0536", f"{name} holds {array.dtype}; {space.field} needs integers", span, "save an integer array"
            )
        wide = array if array.dtype.itemsize == 8 else array.astype(np.int64)
        return np.asarray(np.remainder(wide, wide.dtype.type(space.field.modulus)).astype(np.int64))
    if kind == "c" and space.field.kind != "complex":
        raise fail(
            "QW0536",
            f"{name} holds complex numbers; the field is {space.field}",
            span,
            "write field = complex in .space",
        )
    if not np.all(np.isfinite(array)):
        first = int(np.flatnonzero(~np.isfinite(array.ravel()))[0]) % space.N + 1
        raise fail(
            "QW0606",
            f"{name} holds a number that is not finite, at n = {first}",
            span,
            "replace NaN and infinity first",
        )
    with np.errstate(over="ignore"):
        result = np.ascontiguousarray(array.astype(space.field.dtype))
    if not np.all(np.isfinite(result)):
        raise fail("QW0606", f"{name} holds a number too large for field = {space.field}", span, "use field = real")
    return result


def sample_file(values: Array) -> bytes:
    """A .npy file in memory, for examples."""
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, values, allow_pickle=False)
    return buffer.getvalue()
