"""What an instruction means in a space: the table's checks, and what the field has no value for.

In mod(l) that is a root, a logarithm, or an order of registers; in a real field a complex number.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from qwasm.algebra.meaning import division_check, field_check, order_check
from qwasm.algebra.nodes import Dirichlet, children, expressions
from qwasm.algebra.operators import Operator
from qwasm.algebra.ring import Expr
from qwasm.diagnostics import Span, fail
from qwasm.instructions.form import Instruction, Operand
from qwasm.ir.module import Value
from qwasm.space import Space


def check_fields(row: Instruction, space: Space, place: Span | None) -> None:
    """Raise QW0227 when an instruction has no meaning in the field of the space."""
    if space.field.kind not in row.fields:
        fields = ", ".join(sorted(row.fields))
        raise fail("QW0227", f"{row.mnemonic} has no exact meaning in {space.field}", place, f"it works in: {fields}")


def check_row(
    row: Instruction,
    space: Space,
    attributes: Mapping[str, Any],
    results: Sequence[Value],
    place: Span | None,
    spans: Mapping[str, Span] | None = None,
) -> None:
    """Raise what the row's own check refuses, and QW0227 for a value without meaning in the field.

    `spans` are the places of the attributes in the source, where they are known.
    """
    if row.check is not None:
        refusal = row.check(space, {"N": space.N, **attributes, "results": tuple(value.type.kind for value in results)})
        if refusal is not None:
            raise fail(refusal[0], refusal[1], place, refusal[2])
    for name, value in attributes.items():
        form = row.operand(name)
        entries = [other for other in form.over if other != "n"] if isinstance(form, Operand) else ()
        check_value(row.mnemonic, value, space, (spans or {}).get(name, place), entries)


def check_value(what: str, value: Any, space: Space, place: Span | None, entries: Collection[str] = ()) -> None:
    """Raise QW0227 when an expression or operator, or one inside a tuple, has no meaning in the field.

    `entries` are the names that stand for entries of a state.
    """
    field = space.field
    for expression in inside(value):
        why = field_check(expression, field) or order_check(expression, field, entries)
        if why is not None:
            break
    else:
        why = division_inside(value, space) if field.exact else None
        why = complex_inside(value, space) if field.kind in ("real", "real32") else why
    if why is not None:
        hint = f"the field is {field}; choose another, or avoid it"
        if field.kind != "mod":
            hint = f"the field is {field}: write field = complex in .space, or take re(...) of it"
        raise fail("QW0227", f"{what}: {why}", place, hint)


def division_inside(value: Any, space: Space) -> str | None:
    """Why an attribute surely divides by a multiple of l somewhere on 1..N, or None."""
    l, N = space.field.modulus, space.N
    stack = [value] if l <= N else []
    while stack:
        item = stack.pop()
        if isinstance(item, tuple):
            stack.extend(item)
        elif isinstance(item, Expr):
            if (why := division_check(item, l)) is not None:
                return why
        elif isinstance(item, Operator):
            stack += [f for (_, M, _), f in item.words.items() if isinstance(M, int) and l <= N // M]
            stack += [node.f for node in item.nodes if isinstance(node, Dirichlet)]
    return None


def complex_inside(value: Any, space: Space) -> str | None:
    """Why an attribute of an instruction is not real on 1..N, or None."""
    if all(expression.is_real for expression in inside(value)):
        return None
    from qwasm.algebra.realness import off_real, places, readings

    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, tuple):
            stack.extend(item)
        elif isinstance(item, Expr) and not item.is_real:
            why = off_real(item, places(space.N))
            if why is not None:
                return why
        elif isinstance(item, Operator):
            for expression, grid in readings(item, space.N):
                why = off_real(expression, grid)
                if why is not None:
                    return why
    return None


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
