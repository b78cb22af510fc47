"""The free symbols of attributes with their kinds, so that a text can be read back to the same value."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from qwasm.algebra.nodes import children, expressions
from qwasm.algebra.operators import Operator
from qwasm.algebra.ring import Expr

BOUND = "$"  # opens the canonical name of a variable bound inside a family


def symbols(values: Iterable[Any]) -> dict[str, str]:
    """name -> kind of every free symbol in the values but n, in order of the names."""
    found: dict[str, str] = {}
    stack = list(values)
    seen: set[int] = set()
    while stack:
        item = stack.pop()
        if id(item) in seen:
            continue
        if isinstance(item, (Expr, Operator)):
            seen.add(id(item))
        if isinstance(item, tuple):
            stack.extend(item)
        elif isinstance(item, dict):
            stack.extend(item.values())
        elif isinstance(item, Expr):
            for monomial, _ in item.terms:
                for atom, _ in monomial:
                    if atom.name == "symbol":
                        found[str(atom.data[0])] = str(atom.data[1])
                    stack.extend(atom.args)
        elif isinstance(item, Operator):
            for triple, multiplier in item.words.items():
                stack.extend([multiplier, *triple])
            for node, coefficient in item.nodes.items():
                stack.append(coefficient)
                stack.extend(expressions(node))
                stack.extend(children(node))
        elif hasattr(item, "operator") and hasattr(item, "coefficient"):
            stack.extend([item.operator, item.coefficient])
    return {name: kind for name, kind in sorted(found.items()) if name != "n" and not name.startswith(BOUND)}
