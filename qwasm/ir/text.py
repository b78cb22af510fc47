"""The text form of QIR: one line for each operation, expressions in the language's own spelling.

Registers show as hints, `%q1#4` is value 4 that came from q1.  Expressions stand in backticks,
operators in X`...`, places behind `loc`.  What is printed can be parsed, verified and run; the
source texts are kept beside, in the object, not here.

>>> from qwasm.syntax import parse
>>> from qwasm.ir.build import build
>>> module, _ = build(parse(".space N = 10\\n.func main\\nbasis q0, 1\\nend", "x.qw"))
>>> print(print_module(module).split("func ")[1], end="")
@main() -> () loc("x.qw":2:7:4) {
  %q0#0 = basis() {n = `1`} : (qstate) loc("x.qw":3:1:5)
  return() {} : () loc("x.qw":2:7:4)
}
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any

from qwasm.algebra.operators import Operator
from qwasm.algebra.ring import Expr
from qwasm.diagnostics import Span
from qwasm.ir.module import Function, Module, Op, Region, Type, Value

HEADER = "qwasm.ir 1"


Numbers = dict[str, dict[Value, int]]


def print_module(module: Module, numbers: Numbers | None = None) -> str:
    """The whole module as text that `parse_module` reads back to an equal module.

    numbers: those that values had in earlier prints, by function, and will have in later ones; so the
    texts before and after a pass differ only where the pass changed something.
    """
    lines = [HEADER, f"space {module.space}", f"digest {quoted(module.digest)}"]
    lines += [f"param {name} = {attribute(value)}" for name, value in module.parameters.items()]
    lines += [f"given {name} = {attribute(value)}" for name, value in module.given.items()]
    lines += [f"table {name} = {quoted(file)}" for name, file in module.tables.items()]
    for function in module.functions.values():
        lines.append("")
        known = numbers.setdefault(function.name, {}) if numbers is not None else {}
        lines += Printer(known).function(function)
    return "\n".join(lines) + "\n"


class Printer:
    """Prints one function; values are numbered in the order they appear, behind those that have a number."""

    def __init__(self, numbers: dict[Value, int]) -> None:
        self.numbers = numbers

    def value(self, value: Value) -> str:
        number = self.numbers.setdefault(value, len(self.numbers))
        return f"%{value.name}#{number}"

    def values(self, values: Iterable[Value]) -> str:
        return ", ".join(self.value(value) for value in values)

    def arguments(self, region: Region) -> str:
        return ", ".join(f"{self.value(value)}: {value.type}" for value in region.args)

    def function(self, function: Function) -> Iterator[str]:
        """The lines of a function."""
        head = f"func @{function.name}({self.arguments(function.body)}) -> {types(function.results)}"
        yield head + places((function.span,) if function.span else ()) + " {"
        stack: list[tuple[Sequence[Op], int, str]] = [(function.body.ops, 0, "  ")]
        closing: list[Op | None] = [None]
        rest: list[list[Region]] = [[]]
        while stack:
            ops, index, indent = stack.pop()
            if index < len(ops):
                op = ops[index]
                stack.append((ops, index + 1, indent))
                yield indent + self.operation(op) + (" {" if op.regions else "")
                if op.regions:
                    yield f"{indent}^({self.arguments(op.regions[0])})"
                    stack.append((op.regions[0].ops, 0, indent + "  "))
                    closing.append(op)
                    rest.append(list(op.regions[1:]))
                continue
            outer = indent[2:]
            if rest[-1]:
                region = rest[-1].pop(0)
                yield outer + "} else {"
                yield f"{outer}^({self.arguments(region)})"
                stack.append((region.ops, 0, indent))
            else:
                closing.pop()
                rest.pop()
                yield outer + "}"

    def operation(self, op: Op) -> str:
        """One operation without its regions."""
        results = f"{self.values(op.results)} = " if op.results else ""
        inside = ", ".join(f"{name} = {attribute(value)}" for name, value in op.attributes.items())
        captures = ", ".join(f"{name} = {self.value(value)}" for name, value in op.captures.items())
        text = f"{results}{op.name}({self.values(op.operands)}) {{{inside}}}"
        if captures:
            text += f" with {{{captures}}}"
        return f"{text} : {types(value.type for value in op.results)}{places(op.spans)}"


def types(found: Iterable[Type]) -> str:
    """Types in parentheses."""
    return f"({', '.join(map(str, found))})"


def places(spans: Iterable[Span]) -> str:
    """The places of an operation, or nothing when it has none."""
    text = ", ".join(f"{quoted(s.file)}:{s.line}:{s.column}:{s.length}" for s in spans)
    return f" loc({text})" if text else ""


def attribute(value: Any) -> str:
    """An attribute as text that says which kind of value it is."""
    match value:
        case Expr():
            return f"`{value}`"
        case Operator():
            return f"X`{value}`"
        case str():
            return quoted(value)
        case bool():
            return "true" if value else "false"
        case int() | Fraction():
            return f"{value}" if isinstance(value, int) else f"{value.numerator}/{value.denominator}"
        case tuple():
            return "(" + "".join(f"{attribute(item)}, " for item in value).rstrip() + ")"
    return "none"


def quoted(text: str) -> str:
    """A string as a JSON string of ASCII characters."""
    return json.dumps(text)


def parse_module(text: str, file: str = "<ir>") -> Module:
    """The module of a text; see `qwasm.ir.read`."""
    from qwasm.collection import held_back
    from qwasm.ir.read import Reader

    with held_back():
        return Reader(text, file).module()
