"""Arrays in files: while a run lasts, every large array that numpy makes lies in a file of a granted folder.

The operating system then keeps in memory what is in use and has room for the rest on the disk.  Nothing else changes:
the same code runs on the same numbers, so results are the same bits.  Files have no name, or lose it at once, so that
no run leaves one behind, however it ends.  numpy asks an allocator of ours for memory (NEP 49).
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import os
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

LEAST = 1 << 20  # bytes of an array from which it lies in a file
READ_WRITE, SHARED, FAILED = 3, 1, ctypes.c_void_p(-1).value
SET_HANDLER = 304  # PyDataMem_SetHandler in the table of numpy's C interface
NAME = b"mem_handler"

Pointer, Size = ctypes.c_void_p, ctypes.c_size_t
Malloc = ctypes.CFUNCTYPE(Pointer, Pointer, Size)
Calloc = ctypes.CFUNCTYPE(Pointer, Pointer, Size, Size)
Realloc = ctypes.CFUNCTYPE(Pointer, Pointer, Pointer, Size)
Free = ctypes.CFUNCTYPE(None, Pointer, Pointer, Size)


class Handler(ctypes.Structure):
    """PyDataMem_Handler."""

    _fields_ = (
        ("name", ctypes.c_char * 127), ("version", ctypes.c_uint8), ("context", Pointer),
        ("malloc", Malloc), ("calloc", Calloc), ("realloc", Realloc), ("free", Free),
    )  # fmt: skip


@cache
def libc() -> Any:
    """The C library."""
    found = ctypes.CDLL(None, use_errno=True)
    found.mmap.restype, found.mmap.argtypes = Pointer, (Pointer, Size, *[ctypes.c_int] * 3, ctypes.c_int64)
    found.munmap.argtypes = (Pointer, Size)
    found.malloc.restype, found.malloc.argtypes = Pointer, (Size,)
    found.calloc.restype, found.calloc.argtypes = Pointer, (Size, Size)
    found.realloc.restype, found.realloc.argtypes = Pointer, (Pointer, Size)
    found.malloc_usable_size.restype, found.malloc_usable_size.argtypes = Size, (Pointer,)
    found.free.restype, found.free.argtypes = None, (Pointer,)
    return found


class Folder:
    """Memory out of files of one folder; `mapped` are its addresses and their sizes, `total` the bytes ever mapped."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.mapped: dict[int, int] = {}
        self.total = 0
        self.handler = Handler(
            b"qvm_mapped", 1, None, Malloc(self.malloc), Calloc(self.calloc), Realloc(self.realloc), Free(self.free)
        )
        self.capsule = capsule(ctypes.addressof(self.handler), NAME, None)

    def map(self, size: int) -> int | None:
        """The address of a new file of zeros in memory; None where the folder has no room for it."""
        try:
            descriptor = nameless(self.path)
            try:
                os.posix_fallocate(descriptor, 0, size)
                address = libc().mmap(None, size, READ_WRITE, SHARED, descriptor, 0)
            finally:
                os.close(descriptor)
        except OSError:
            return None
        if address in (None, FAILED):
            return None
        self.mapped[address] = size
        self.total += size
        return int(address)

    def malloc(self, _: Any, size: int) -> int | None:
        return self.map(size) if size >= LEAST else libc().malloc(size)

    def calloc(self, _: Any, count: int, size: int) -> int | None:
        return self.map(count * size) if count * size >= LEAST else libc().calloc(count, size)

    def realloc(self, context: Any, address: int | None, size: int) -> int | None:
        old = self.mapped.get(address or 0)
        if old is None and size < LEAST:
            return int(libc().realloc(address, size) or 0) or None
        if address is None:
            return self.malloc(context, size)
        if old is None:  # numpy does not say how much was there; malloc_usable_size does
            old = int(libc().malloc_usable_size(Pointer(address)))
        made = self.malloc(context, size)
        if made is not None:
            ctypes.memmove(made, address, min(old, size))
            self.free(context, address, old)
        return made

    def free(self, _: Any, address: int | None, size: int) -> None:
        held = self.mapped.pop(address or 0, None)
        if held is None:
            libc().free(address)
        else:
            libc().munmap(address, held)


def nameless(folder: Path) -> int:
    """A new file without a name; where that is not to be had, one whose name is taken away at once."""
    with contextlib.suppress(OSError, AttributeError):
        return os.open(folder, os.O_TMPFILE | os.O_RDWR, 0o600)
    descriptor, name = tempfile.mkstemp(prefix=".qvm-", dir=folder)
    os.unlink(name)
    return descriptor


def capsule(pointer: int, name: bytes, free: Any) -> Any:
    make = ctypes.pythonapi.PyCapsule_New
    make.restype, make.argtypes = ctypes.py_object, (Pointer, ctypes.c_char_p, Pointer)
    return make(pointer, name, free)


@cache
def setter() -> Any:
    """numpy's PyDataMem_SetHandler: it answers the handler that was in force."""
    table: Any = importlib.import_module("numpy._core._multiarray_umath")
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype, pointer.argtypes = Pointer, (ctypes.py_object, ctypes.c_char_p)
    functions = ctypes.cast(pointer(table._ARRAY_API, None), ctypes.POINTER(Pointer))
    return ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.py_object)(functions[SET_HANDLER])


@cache
def folder(path: Path) -> Folder:
    """The memory of a folder, kept for ever: arrays made there may outlive a run."""
    return Folder(path)


@contextlib.contextmanager
def arrays_in(path: Path) -> Iterator[Folder]:
    """Large arrays that this thread makes meanwhile lie in files of the folder; numpy fails with MemoryError when full.

    They stay there, and take room on its disk, as long as somebody holds them.
    """
    found = folder(Path(os.path.realpath(path)))
    before = setter()(found.capsule)
    try:
        yield found
    finally:
        setter()(before)


__all__ = ["Folder", "arrays_in"]
