"""Recursion without the interpreter's stack: generators that call each other by yielding.

A step that needs a part computed first yields the generator that computes it and is resumed
with the answer; a plain value is handed straight back.  Depth is bounded by memory only, so
an expression of 10,000 nested brackets costs a list of that length.

>>> def depth(n):
...     return 0 if n == 0 else 1 + (yield depth(n - 1))
>>> run(depth(20_000))
20000
"""

from __future__ import annotations

from collections.abc import Generator
from types import GeneratorType
from typing import Any

from qwasm.clock import look

Step = Generator[Any, Any, Any]


def run(step: Any) -> Any:
    """The final answer of a step; a value that is no generator is its own answer.

    An exception of an inner step is raised where it was waited for, so a step may catch it.
    """
    if not isinstance(step, GeneratorType):
        return step
    stack: list[Step] = [step]
    answer: Any = None
    failure: Exception | None = None
    while stack:
        look()
        try:
            wanted = stack[-1].send(answer) if failure is None else stack[-1].throw(failure)
        except StopIteration as stop:
            stack.pop()
            answer, failure = stop.value, None
            continue
        except Exception as error:
            stack.pop()
            if not stack:
                raise
            answer, failure = None, error.with_traceback(None)
            continue
        failure = None
        if isinstance(wanted, GeneratorType):
            stack.append(wanted)
            answer = None
        else:
            answer = wanted
    return answer
