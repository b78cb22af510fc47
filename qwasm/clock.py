"""The clock: long loops look at it, and the one that looks too late ends; nothing is interrupted from outside.

A limit belongs to the context that set it (a thread, a task), so runs side by side have one each.
Being out of time is no `QwasmError`: whoever tries something and goes on without it must not go on
from here, or a result would depend on the speed of the machine.

>>> with time_limit(1e-9):
...     look()
Traceback (most recent call last):
    ...
qwasm.diagnostics.report.QwasmError: QW0463: the time limit of 1e-09 s is over
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from threading import Thread
from typing import Any, ParamSpec, TypeVar

from qwasm.diagnostics import Span, fail

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")


class OutOfTime(Exception):
    """The limit of so many seconds is over; `span` is what was being done, where that has a place."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds
        self.span: Span | None = None


_limit: ContextVar[tuple[float, float] | None] = ContextVar("limit", default=None)  # (end, seconds)


@contextmanager
def time_limit(seconds: float | None) -> Iterator[None]:
    """The body ends with QW0463 at its first look after so many seconds, or when a limit around it is over before."""
    outer = _limit.get()
    if seconds is None:
        yield
        return
    inner = (time.monotonic() + seconds, seconds)
    token = _limit.set(inner if outer is None else min(inner, outer))
    try:
        yield
        look()
    except OutOfTime as over:
        said = f"the time limit of {over.seconds:g} s is over"
        raise fail("QW0463", said, over.span, "raise it with --timeout") from None
    finally:
        _limit.reset(token)


@contextmanager
def unlimited() -> Iterator[None]:
    """The body has no time limit: what is told of a run that was out of time is still told to its end."""
    token = _limit.set(None)
    try:
        yield
    finally:
        _limit.reset(token)


def look() -> None:
    """Raise OutOfTime when the limit of this context is over; a few nanoseconds where there is none."""
    limit = _limit.get()
    if limit is not None and time.monotonic() > limit[0]:
        raise OutOfTime(limit[1])


def waited(call: Callable[Arguments, Answer], *args: Arguments.args, **kwargs: Arguments.kwargs) -> Answer:
    """The answer of one long call that cannot look, such as LAPACK's; left to itself in a thread once the time is over.

    Without a limit it is simply called.
    """
    limit = _limit.get()
    if limit is None:
        return call(*args, **kwargs)
    found: list[tuple[Any, Exception | None]] = []

    def body() -> None:
        try:
            found.append((call(*args, **kwargs), None))
        except Exception as error:
            found.append((None, error))

    thread = Thread(target=copy_context().run, args=(body,), daemon=True)
    thread.start()
    thread.join(max(0.0, limit[0] - time.monotonic()))
    if not found:
        raise OutOfTime(limit[1])
    answer, error = found[0]
    if error is not None:
        raise error
    return answer  # type: ignore[no-any-return]


__all__ = ["OutOfTime", "look", "time_limit", "unlimited", "waited"]
