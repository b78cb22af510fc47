"""Results in memory that was used before: a fresh page costs as much as computing what is written to it.

An array that nobody holds any more gives its memory back to a shelf, where the next result of the same size finds it.

>>> x = taken((1 << 17,), np.dtype(np.float64))
>>> place = x.ctypes.data
>>> del x
>>> taken((1 << 17,), np.dtype(np.float64)).ctypes.data == place
True
"""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
LINE = 64
LEAST = 1 << 20  # bytes from which memory is kept: below, the system's own allocator keeps it
MOST = 1 << 30  # bytes of one array beyond which none is kept
KEPT = 4  # arrays: a recurrence by groups takes two in their order and gives one in the natural
TOGETHER = 1 << 28  # bytes up to which more are kept
_shelf: deque[Array] = deque()  # the oldest falls off


class Lent:
    """Memory that goes back to the shelf when the last array over it is gone."""

    def __init__(self, memory: Array) -> None:
        self.memory = memory
        self.__array_interface__ = {**memory.__array_interface__, "version": 3}

    def __del__(self) -> None:
        _shelf.append(self.memory)
        while len(_shelf) > KEPT and sum(memory.nbytes for memory in tuple(_shelf)) > TOGETHER:
            with suppress(IndexError):  # another thread took it
                _shelf.popleft()


def aligned(size: int) -> Array:
    """So many bytes that begin at a line of the caches, with any contents: vectors then lie in one line each."""
    memory = np.empty(size + LINE, np.uint8)
    return memory[-memory.ctypes.data % LINE :][:size]


def taken(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """An array with any contents, like np.empty."""
    size = int(np.prod(shape)) * dtype.itemsize
    if not LEAST <= size <= MOST:
        return aligned(size).view(dtype).reshape(shape)
    memory = None
    for _ in range(len(_shelf)):
        try:
            found = _shelf.popleft()
        except IndexError:  # another thread took it
            break
        if found.nbytes == size:
            memory = found
            break
        _shelf.append(found)
    if memory is None:
        memory = aligned(size)
    return np.asarray(Lent(memory)).view(dtype).reshape(shape)


__all__ = ["aligned", "taken"]
