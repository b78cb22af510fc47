"""The machine that the cost model prices for: how long it takes over an element, and over a byte it streams.

Without a word from the user it is one fixed machine, so that a program compiles to the same code everywhere.

>>> with using(Speeds(element=1.0, byte=0.5)):
...     current().byte
0.5
>>> current() == Speeds()
True
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache, wraps
from typing import Any, NamedTuple, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])


class Speeds(NamedTuple):
    """Nanoseconds of one element computed, and of one byte streamed past the caches; those of the fixed machine."""

    element: float = 0.5
    byte: float = 0.125


FIXED = Speeds()
_current: ContextVar[Speeds] = ContextVar("speeds", default=FIXED)
current: Callable[[], Speeds] = _current.get


@contextmanager
def using(speeds: Speeds) -> Iterator[None]:
    """Passes decide by these speeds inside the block, in this thread."""
    token = _current.set(speeds)
    try:
        yield
    finally:
        _current.reset(token)


def cached_by_speeds(maxsize: int) -> Callable[[F], F]:
    """An `lru_cache` for what compares times: an answer for one machine is none for another."""

    def decorated(function: F) -> F:
        kept = lru_cache(maxsize=maxsize)(lambda _, *args, **named: function(*args, **named))

        @wraps(function)
        def answered(*args: Any, **named: Any) -> Any:
            return kept(current(), *args, **named)

        return cast(F, answered)

    return decorated


__all__ = ["Speeds", "cached_by_speeds", "current", "using"]
