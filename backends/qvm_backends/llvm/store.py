"""The compile cache: object code by the key of all that it depends on, in a folder of the user's own.

An entry is its SHA-256 and the code.  One that is truncated, changed or another user's is compiled anew, and a
folder that cannot be written means no cache: neither is an error.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import NamedTuple


def folder() -> Path | None:
    """The folder of the cache, made with mode 0700; None where there is none that only this user can write."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    path = Path(base) / "qwasm" / "llvm"
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = path.stat()
    except OSError:
        return None
    if hasattr(os, "getuid") and (status.st_uid != os.getuid() or status.st_mode & 0o077):
        return None
    return path


class Kept(NamedTuple):
    """What happened to one piece of code: its key, where it lies (None: nowhere), whether it was there, the seconds."""

    key: str
    path: Path | None
    found: bool
    seconds: float

    def __str__(self) -> str:
        what = "read" if self.found else "compiled"
        where = f"from {self.path}" if self.found else f"kept as {self.path}" if self.path else "and not kept"
        return f"{what} in {1e3 * self.seconds:.1f} ms, {where}"


log: list[Kept] = []  # of this process


def fetch(key: str, make: Callable[[], bytes]) -> bytes:
    """The code kept under a key, or what `make` gives, kept from now on."""
    start = perf_counter()
    place = folder()
    path = place / f"{hashlib.sha256(key.encode()).hexdigest()}.o" if place else None
    code = read(path) if path else None
    found = code is not None
    if code is None:
        code = make()
        if path is not None and not written(path, code):
            path = None
    log.append(Kept(key, path, found, perf_counter() - start))
    return code


def read(path: Path) -> bytes | None:
    """The code of an entry; None for one that is missing, cut short or changed."""
    with contextlib.suppress(OSError):
        data = path.read_bytes()
        if len(data) > 32 and hashlib.sha256(data[32:]).digest() == data[:32]:
            return data[32:]
    return None


def written(path: Path, code: bytes) -> bool:
    """Keep code as an entry, whole or not at all."""
    with contextlib.suppress(OSError):
        handle, name = tempfile.mkstemp(dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(hashlib.sha256(code).digest() + code)
            os.replace(name, path)
        except OSError:
            os.unlink(name)
            raise
        return True
    return False


__all__ = ["Kept", "fetch", "folder", "log"]
