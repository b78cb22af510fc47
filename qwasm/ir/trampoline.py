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

Step = Generator[Any, Any, Any]


def run(step: Any) -> Any:
    """The final answer of a step; a value that is no generator is its own answer."""
    if not isinstance(step, GeneratorType):
        return step
    stack: list[Step] = [step]
    answer: Any = None
    while stack:
        try:
            wanted = stack[-1].send(answer)
        except StopIteration as stop:
            stack.pop()
            answer = stop.value
            continue
        if isinstance(wanted, GeneratorType):
            stack.append(wanted)
            answer = None
        else:
            answer = wanted
    return answer
