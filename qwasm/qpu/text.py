"""The text of a QPU program: one micro-operation a line, regions closed by `end`; parsed back exactly.

A value is `%3` (a slot), `e"..."` (an expression), `o"..."` (an operator), a string, a number,
`true`, `none`, or a parenthesised list.  `where` gives the kinds of the free symbols of a line,
`at` its place in the source.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import MISSING, fields
from fractions import Fraction
from typing import Any

from qwasm.algebra.operators import Operator
from qwasm.algebra.ring import Expr
from qwasm.qpu.forms import REGIONS, SLOT_LISTS, SLOTS, VERSION
from qwasm.qpu.program import MicroOp, QpuProgram, Routine, Schedule
from qwasm.qpu.read_text import parse_qpu
from qwasm.qpu.symbols import symbols
from qwasm.space import Space

DEEPEST = 16  # levels of indentation shown


def print_qpu(program: QpuProgram) -> str:
    """The program as text; `parse_qpu` gives it back."""
    lines = [VERSION, f"space {field_text(program.space)}"]
    lines.append(
        "schedule " + " ".join(f"{f.name}={value(getattr(program.schedule, f.name))}" for f in fields(Schedule))
    )
    lines.append(f"digest {quoted(program.digest)}")
    lines += [f"table {quoted(name)} {quoted(path)}" for name, path in program.tables.items()]
    for routine in program.routines.values():
        lines += routine_lines(routine)
    return "\n".join(lines) + "\n"


def field_text(space: Space) -> str:
    """The space with its weight exponent as a fraction."""
    return (
        f"N={space.N} s=r{quoted(str(space.weight.s))} field={quoted(space.field.kind)} modulus={space.field.modulus} "
        f"truncation={quoted(space.truncation)}"
    )


def routine_lines(routine: Routine) -> Iterator[str]:
    """A routine: its head, its slots, its body."""
    yield f"routine {quoted(routine.name)} parameters={slots(routine.parameters)} results={slots(routine.results)}"
    for number, kind in enumerate(routine.slots):
        yield f"slot %{number} {quoted(kind.kind)} {quoted(kind.picture)}"
    stack: list[Iterator[tuple[str, MicroOp | None]]] = [(("", op) for op in routine.body)]
    while stack:
        item = next(stack[-1], None)
        if item is None:
            stack.pop()
            continue
        title, op = item
        indent = "  " * min(len(stack), DEEPEST)
        if op is None:
            yield "  " * min(len(stack) - 1, DEEPEST) + title
            continue
        yield indent + line(op)
        regions = [f.name for f in fields(op) if f.name in REGIONS]
        for name in reversed(regions):
            stack.append(inside(name, getattr(op, name), last=name == regions[-1]))
    yield "end"


def inside(name: str, body: Iterable[MicroOp], last: bool) -> Iterator[tuple[str, MicroOp | None]]:
    """A region: its title, its operations, and `end` after the last one."""
    yield f"{name}:", None
    for op in body:
        yield "", op
    if last:
        yield "end", None


def line(op: MicroOp) -> str:
    """One micro-operation without its regions."""
    parts = [type(op).__name__.lower()]
    for f in fields(op):
        held = getattr(op, f.name)
        if f.name in REGIONS or f.name == "span" or (f.default is not MISSING and held == f.default):
            continue
        if f.name in SLOTS:
            parts.append(f"{f.name}=%{held}")
        elif f.name in SLOT_LISTS:
            parts.append(f"{f.name}={slots(held)}")
        elif f.name == "captures":
            parts.append("captures=(" + " ".join(f"{quoted(name)} %{slot}" for name, slot in held) + ")")
        elif f.name == "terms":
            terms = " ".join(f"({value(t.coefficient)} {value(t.operator)} %{t.source})" for t in held)
            parts.append(f"terms=({terms})")
        elif f.name == "attributes":
            parts.append(
                "attributes=(" + " ".join(f"({quoted(name)} {value(item)})" for name, item in held.items()) + ")"
            )
        else:
            parts.append(f"{f.name}={value(held)}")
    kinds = symbols(getattr(op, f.name) for f in fields(op) if f.name not in REGIONS)
    if kinds:
        parts.append("where=(" + " ".join(f"{quoted(name)} {quoted(kind)}" for name, kind in kinds.items()) + ")")
    if op.span is not None:
        parts.append(f"at=({quoted(op.span.file)} {op.span.line} {op.span.column} {op.span.length})")
    return " ".join(parts)


def quoted(text: str) -> str:
    return json.dumps(text)


def slots(numbers: Iterable[int]) -> str:
    return "(" + " ".join(f"%{number}" for number in numbers) + ")"


def value(item: Any) -> str:
    """An attribute value as text."""
    if isinstance(item, tuple):
        return "(" + " ".join(value(inner) for inner in item) + ")"
    if isinstance(item, bool):
        return "true" if item else "false"
    if item is None:
        return "none"
    if isinstance(item, int):
        return str(item)
    if isinstance(item, Fraction):
        return f"r{quoted(str(item))}"
    if isinstance(item, (Expr, Operator)):
        return f"{'e' if isinstance(item, Expr) else 'o'}{quoted(str(item))}"
    return quoted(str(item))


__all__ = ["parse_qpu", "print_qpu"]
