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


def fetch(key: str, make: Callable[[], bytes]) -> bytes:
    """The code kept under a key, or what `make` gives, kept from now on."""
    place = folder()
    if place is None:
        return make()
    path = place / f"{hashlib.sha256(key.encode()).hexdigest()}.o"
    with contextlib.suppress(OSError):
        data = path.read_bytes()
        if len(data) > 32 and hashlib.sha256(data[32:]).digest() == data[:32]:
            return data[32:]
    code = make()
    with contextlib.suppress(OSError):
        handle, name = tempfile.mkstemp(dir=place)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(hashlib.sha256(code).digest() + code)
            os.replace(name, path)
        except OSError:
            os.unlink(name)
            raise
    return code


__all__ = ["fetch", "folder"]
