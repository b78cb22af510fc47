"""Bundles as bytes: one form for one content, so that every byte of a bundle says something.

Arrays are stored `.npy` files in a zip without compression, names in order and the clock at its beginning; the bundle
is such a zip too, or a folder of the same files.
"""

from __future__ import annotations

import io
import json
import os
import secrets
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from qwasm.diagnostics import QwasmError, fail

BEGINNING = (1980, 1, 1, 0, 0, 0)


def as_json(value: Any) -> bytes:
    """The one text of a JSON value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode()


def as_npz(columns: Mapping[str, Any]) -> bytes:
    """Arrays as an .npz file."""
    files = {}
    for name, array in columns.items():
        buffer = io.BytesIO()
        np.lib.format.write_array(buffer, array, version=(1, 0), allow_pickle=False)
        files[f"{name}.npy"] = buffer.getbuffer()
    return as_zip(files)


def as_zip(files: Mapping[str, Any]) -> bytes:
    """Files as a stored zip, in the order of their names."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, BEGINNING)
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            archive.writestr(entry, files[name])
    return buffer.getvalue()


def written(target: Path, files: Mapping[str, bytes]) -> None:
    """Write a bundle whole or not at all: a file where the name ends in .qtb, else a folder that is not there yet.

    Raises QwasmError QW0801 when the storage fails; what stood there before is untouched.
    """
    temporary = ""
    try:
        if target.suffix == ".qtb":
            temporary = str(target.parent / f".{target.name}.{os.getpid()}.{secrets.token_hex(4)}")
            with open(temporary, "xb") as stream:
                put(stream, as_zip(files))
            os.replace(temporary, target)
        else:
            temporary = tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent)
            for name, data in files.items():
                with open(os.path.join(temporary, name), "wb") as stream:
                    put(stream, data)
            os.chmod(temporary, 0o755)
            os.rename(temporary, target)
        temporary = ""
        flushed(target.parent)
    except OSError as error:
        raise refused(target, error) from None
    finally:
        if temporary:
            shutil.rmtree(temporary) if os.path.isdir(temporary) else Path(temporary).unlink(missing_ok=True)


def put(stream: Any, data: bytes) -> None:
    """Write bytes and wait until they are on the disk."""
    stream.write(data)
    stream.flush()
    os.fsync(stream.fileno())


def flushed(folder: Path) -> None:
    """Wait until the names of a folder are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def refused(target: Path, error: OSError) -> QwasmError:
    hint = "choose a name in a folder that can be written and has room"
    return fail("QW0801", f"the bundle {target} cannot be written: {error.strerror or error}", hint=hint)


def writable(target: Path) -> None:
    """Raise QwasmError QW0801 beforehand where a bundle could not be written."""
    parent = target.parent
    if not parent.is_dir() or not os.access(parent, os.W_OK):
        raise refused(target, NotADirectoryError(0, f"{parent} is no folder that can be written"))
    if target.suffix != ".qtb" and target.exists():
        raise refused(target, FileExistsError(0, "it is there already; a name that ends in .qtb is replaced"))


__all__ = ["as_json", "as_npz", "as_zip", "writable", "written"]
