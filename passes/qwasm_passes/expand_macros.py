"""Expand macros: calls of functions that are small or called once become the bodies of those functions.

before:  .func step(q0) -> (q1) { q1 = mul.p q0, 2 } ; call step(q2) -> (q3) ; div.p q4, q3, 2
after:   mul.p q3, q2, 2 ; div.p q4, q3, 2

Operator macros, those of rule packs (QMACRO_n) among them, are expanded when a program is built, since they
are values; functions are the macros that are left in a module.  Expanded, what they do meets what stands round
the call: chains grow longer, loops of one call become powers, facts of support analysis reach inside.

Right because functions have no state but their arguments and results, and there is no recursion.  It stops at
functions with effects (emit, assert, files, halt), which translation validation matches call by call, and where a
program would grow: a function of more than `size` operations is expanded only
where it is called once, and no further call is expanded past `most` operations in the module.
"""

from __future__ import annotations

from collections import Counter
from typing import ClassVar, Literal

from qwasm.ir.module import Function, Module
from qwasm.passes.context import Context
from qwasm.record import record
from qwasm_passes.splice import spliced


@record
class ExpandMacros:
    """Inline calls; callees stand above callers, so that what is inlined was expanded itself."""

    size: int = 16
    most: int = 100_000
    name: ClassVar[str] = "expand-macros"
    kind: ClassVar[Literal["bitexact"]] = "bitexact"

    def __post_init__(self) -> None:
        if self.size < 0 or self.most < 0:
            raise ValueError(f"size and most are 0 or more, not {self.size} and {self.most}")

    def run(self, module: Module, context: Context) -> None:
        """Function by function, the changes of each made before the next is looked at."""
        sizes = {name: length(function) for name, function in module.functions.items()}
        calls = Counter(op.attributes["function"] for op in module.walk() if op.name == "call")
        if not calls:
            return
        from qwasm.validation.needed import impure_functions

        impure = impure_functions(module)
        left = self.most - sum(sizes.values())
        for name, function in module.functions.items():
            for op in [op for op in function.body.walk() if op.name == "call"]:
                callee = module.functions[str(op.attributes["function"])]
                if callee.name in impure:
                    context.remark("missed", f"{callee.name} has effects", [op])
                    continue
                grown = sizes[callee.name] - 2
                small = sizes[callee.name] <= self.size or calls[callee.name] == 1
                if not small or grown > left:
                    context.remark("missed", f"{callee.name} has {sizes[callee.name]} operations", [op])
                    continue
                arguments = dict(zip(callee.body.args, op.operands, strict=True))
                body, values = spliced(callee.body, arguments, {})
                if context.replace(op, body, f"{callee.name} is written out", values):
                    sizes[name] += grown
                    left -= grown
            context.commit()


def length(function: Function) -> int:
    """How many operations a function has, those of its regions among them."""
    return sum(1 for _ in function.body.walk())


__all__ = ["ExpandMacros"]
