"""What an instruction means in a space: the table's checks, and what mod(l) has no exact value for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from qwasm.algebra.meaning import field_check
from qwasm.algebra.nodes import children, expressions
from qwasm.algebra.operators import Operator
from qwasm.algebra.ring import Expr
from qwasm.diagnostics import Span, fail
from qwasm.instructions.form import Instruction
from qwasm.ir.module import Value
from qwasm.space import Space


def check_fields(row: Instruction, space: Space, place: Span | None) -> None:
    """Raise QW0227 when an instruction has no meaning in the field of the space."""
    if space.field.kind not in row.fields:
        fields = ", ".join(sorted(row.fields))
        raise fail("QW0227", f"{row.mnemonic} has no exact meaning in {space.field}", place, f"it works in: {fields}")


def check_row(
    row: Instruction, space: Space, attributes: Mapping[str, Any], results: Sequence[Value], place: Span | None
) -> None:
    """Raise what the row's own check refuses, and QW0227 for a value without meaning in the field."""
    if row.check is not None:
        refusal = row.check(space, {"N": space.N, **attributes, "results": tuple(value.type.kind for value in results)})
        if refusal is not None:
            raise fail(refusal[0], refusal[1], place, refusal[2])
    for value in attributes.values():
        for expression in inside(value):
            why = field_check(expression, space.field)
            if why is not None:
                raise fail(
                    "QW0227",
                    f"{row.mnemonic}: {why}",
                    place,
                    f"the field is {space.field}; choose another, or avoid it",
                )


def inside(value: Any) -> Iterator[Expr]:
    """Every expression of an attribute, those inside operators included; each operator once."""
    stack, seen = [value], set()
    while stack:
        item = stack.pop()
        if isinstance(item, tuple):
            stack.extend(item)
        elif isinstance(item, Expr):
            yield item
        elif isinstance(item, Operator) and item not in seen:
            seen.add(item)
            yield from item.words.values()
            for node, coefficient in item.nodes.items():
                yield coefficient
                yield from expressions(node)
                stack.extend(children(node))
