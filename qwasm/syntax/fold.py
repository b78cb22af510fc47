"""Folding: a value for every node of an expression from the values of its parts, without recursion.

>>> from qwasm.syntax import parse_expression
>>> fold(parse_expression("A[2] (B[3] + 1)"), lambda node, parts: 1 + max(parts, default=0))
4
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from qwasm.syntax.tree import Node, children

T = TypeVar("T")


def fold(root: Node, visit: Callable[[Node, list[T]], T]) -> T:
    """visit(node, values of its children left to right), from the leaves to the root, left to right."""
    values: list[T] = []
    stack: list[tuple[Node, int]] = [(root, -1)]
    while stack:
        node, count = stack.pop()
        if count < 0:
            parts = list(children(node))
            stack.append((node, len(parts)))
            stack.extend((part, -1) for part in reversed(parts))
        else:
            first = len(values) - count
            result = visit(node, values[first:])
            del values[first:]
            values.append(result)
    return values[0]
