"""Executions: how often each operation of a module runs at most.

>>> from qwasm.ir.build import build
>>> from qwasm.syntax import parse
>>> text = ".space N = 9\\n.func main\\nbasis q0, 1\\nloop j, 5\\nloop k, 4\\nmul.p q0, q0, 2\\nend\\nend\\nend"
>>> module, _ = build(parse(text))
>>> {op.name: count for op, count in executions(module).items()}["mul.p"]
20
"""

from __future__ import annotations

from qwasm.ir.module import Module, Op, Region
from qwasm.passes.cost import repetitions


def executions(module: Module) -> dict[Op, int]:
    """Each operation with the largest number of its runs: loops at their bounds, every call, both branches."""
    found: dict[Op, int] = {}
    calls = {"main": 1}
    for function in reversed(module.functions.values()):  # callers stand below what they call
        stack: list[tuple[Region, int]] = [(function.body, calls.get(function.name, 0))]
        while stack:
            region, times = stack.pop()
            for op in region.ops:
                found[op] = times
                if op.name == "call":
                    callee = str(op.attributes["function"])
                    calls[callee] = calls.get(callee, 0) + times
                inner = times if op.name == "if" or not op.regions else times * repetitions(op, {})
                stack.extend((body, inner) for body in op.regions)
    return found


__all__ = ["executions"]
