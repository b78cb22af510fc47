"""What a QPU program touches outside itself: the files and channels it names, before it runs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from qwasm.diagnostics import Span
from qwasm.instructions import table
from qwasm.qpu.program import Branch, Instruct, Loop, MicroOp, QpuProgram, Routine, While
from qwasm.record import replace


def walk(program: QpuProgram) -> Iterator[MicroOp]:
    """Every micro-operation of every routine, in program order."""
    for routine in program.routines.values():
        yield from inside(routine)


def inside(routine: Routine) -> Iterator[MicroOp]:
    """Every micro-operation of a routine, those of its regions included; iterative."""
    stack = [iter(routine.body)]
    while stack:
        op = next(stack[-1], None)
        if op is None:
            stack.pop()
            continue
        yield op
        match op:
            case Loop(body=body) | While(body=body):
                stack.append(iter(body))
            case Branch(then=then, orelse=orelse):
                stack.append(iter((*then, *orelse)))


def named(program: QpuProgram, operand: str, effect: str) -> tuple[str, ...]:
    """The texts of an operand over all instructions with an effect, each once."""
    found: dict[str, None] = {}
    for op in walk(program):
        if isinstance(op, Instruct) and operand in op.attributes:
            row = table().get(op.mnemonic)
            if row is not None and effect in row.effects:
                found[str(op.attributes[operand])] = None
    return tuple(found)


def files(program: QpuProgram) -> tuple[str, ...]:
    """The files that instructions and arithmetic tables name."""
    return tuple(dict.fromkeys([*program.tables.values(), *named(program, "path", "file")]))


def reader(program: QpuProgram, table: str) -> Span | None:
    """The place of the first micro-operation whose text has the name of an arithmetic table."""
    from qwasm.qpu.text import line

    word = re.compile(rf"(?<![A-Za-z0-9_]){table}(?![A-Za-z0-9_])")
    return next((op.span for op in walk(program) if op.span and word.search(line(replace(op, span=None)))), None)


def channels(program: QpuProgram) -> tuple[str, ...]:
    """The channels that instructions name."""
    return named(program, "channel", "channel")
