"""The kernels that a program may call, as LLVM IR or as this processor's assembly.

Terms are data of the kernels, so programs of one field share their text.
"""

from __future__ import annotations

from collections.abc import Iterator

from qvm_backends.llvm.jit import KERNELS, host
from qvm_backends.llvm.numbers import numbers
from qwasm.algebra.nodes import Dirichlet, Exp, Node, children
from qwasm.algebra.operators import Operator
from qwasm.qpu.program import Instruct, QpuProgram, Reduce, Sweep
from qwasm.qpu.touched import walk

SERIES = ("strides", "spread", "gather")
STEPS = ("step", "grouping", "recurrence", "ungrouping")
SPECTRAL = ("qop.exp", "qpu.diffuse", "trace", "spectrum")  # how the names of instructions begin that apply series


def names(program: QpuProgram) -> list[str]:
    """The kernels in question, in order."""
    found = ["sweep", "weighted"]
    sums = [op for op in walk(program) if isinstance(op, Sweep)]
    kinds = {type(node) for op in sums for term in op.terms for node in inside(term.operator)}
    spectral = any(isinstance(op, Instruct) and op.mnemonic.startswith(SPECTRAL) for op in walk(program))
    if Dirichlet in kinds:
        found += SERIES
    if (spectral or Exp in kinds) and not program.space.field.exact:
        found += STEPS
    if program.space.field.dtype == "float64" and any(isinstance(op, Reduce) for op in walk(program)):
        found.append("sums")
    return found


def inside(x: Operator | None) -> Iterator[Node]:
    """The nodes of an operator, and those in them."""
    stack = [] if x is None else [x]
    while stack:
        for node in stack.pop().nodes:
            yield node
            stack.extend(children(node))


def text(program: QpuProgram, stage: str) -> str:
    """The modules one after the other, each under its name."""
    here = host()
    pieces = []
    for name in names(program):
        module = KERNELS[name][0](numbers(program.space.field.dtype, here.fma))
        mark = ";" if stage == "llvm" else "#"
        if stage == "asm":
            parsed = here.llvm.parse_assembly(module)
            parsed.verify()
            module = here.machine.emit_assembly(parsed)
        pieces.append(f"{mark} kernel {name}, {program.space.field.dtype}, {here.cpu}\n{module.strip()}\n")
    return "\n".join(pieces)


__all__ = ["names", "text"]
