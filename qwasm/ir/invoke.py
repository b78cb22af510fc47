"""Calls and instruction macros: one function for each combination of argument types, lines for each macro.

A function is built when it is first called with these types and operators.  A macro's lines are
built where it is called, its parameters standing for the texts given, its registers its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qwasm.algebra.operators import Operator
from qwasm.diagnostics import QwasmError, fail
from qwasm.ir.module import Op, Type, Value
from qwasm.ir.place import Place
from qwasm.ir.scope import Argument, Failed, Lines, Register, Scope
from qwasm.ir.trampoline import Step
from qwasm.syntax import tree

if TYPE_CHECKING:
    from qwasm.ir.body import Body


def call(body: Body, statement: tree.Instruction, here: Place) -> Step:
    """call f(q2, s1) -> (q3)."""
    target = statement.operands[0] if len(statement.operands) == 1 else None
    if isinstance(target, tree.Name):
        target = tree.Call(target.span, target.id, ())
    if not isinstance(target, tree.Call) or target.named or statement.attributes:
        raise fail("QW0221", "this is not how a call is written", statement.span, "call f(q2, s1) -> (q3)")
    func = body.builder.function_named(target.name, target.span)
    if len(target.args) != len(func.parameters) or len(statement.results) != len(func.results):
        form = (
            f"call {func.name}({', '.join(p.id for p in func.parameters)}) -> ({', '.join(r.id for r in func.results)})"
        )
        raise fail(
            "QW0243",
            f"{func.name} takes {len(func.parameters)} arguments and gives {len(func.results)} results",
            target.span,
            form,
        )
    operands: list[Value] = []
    given: list[Type | Operator] = []
    for parameter, node in zip(func.parameters, target.args, strict=True):
        value = argument(body, func, parameter, node, here)
        given.append(value if isinstance(value, Operator) else value.type)
        if isinstance(value, Value):
            operands.append(value)
    function = yield body.builder.instance(func, tuple(given), statement.span)
    if len(function.results) != len(func.results):
        raise fail("QW0243", f"{func.name} has errors of its own", statement.span)
    results: list[tuple[Register, Value]] = []
    for name, type_ in zip(statement.results, function.results, strict=True):
        register = body.destination(name, here.scope, (type_.kind,), "call")
        body.check_declared(register, type_, name.span)
        results.append((register, Value(type_, register.key)))
    op = Op("call", operands, [value for _, value in results], {"function": function.name}, spans=(statement.span,))
    body.add(here, op)
    for register, value in results:
        here.env.write(register.key, value)


def argument(body: Body, func: tree.Func, parameter: tree.Name, node: tree.Node, here: Place) -> Value | Operator:
    """The value passed for a parameter: a register, a number made into a scalar, or an operator."""
    kind = body.builder.parameter_kind(func, parameter)
    if kind == "qop":
        return body.builder.elaborator.operator(node, here.scope)
    register = body.register_of(node, here.scope)
    if register is not None and (register.kind == kind or {register.kind, kind} == {"scalar", "qint"}):
        return body.read(register, here, node.span)
    if kind in ("scalar", "qint") and register is None:
        number = body.numbers(node, here)
        value = Value(Type(kind), parameter.id)  # type: ignore[arg-type]
        body.add(
            here,
            Op(
                "set",
                [],
                [value],
                {"expression": number},
                body.captures(number, here, node.span),
                spans=(node.span,),
            ),
        )
        return value
    raise fail("QW0243", f"{func.name} takes a {kind} for {parameter.id}", node.span, f"pass a {kind} register")


def macro(body: Body, statement: tree.Instruction, scope: Scope) -> Lines | None:
    """The instruction macro that a line calls, if its mnemonic names one; one that failed was reported."""
    name = statement.written or statement.mnemonic
    found = scope.find(name) if name in body.builder.scope.names else None  # they are declared outside functions
    if isinstance(found, Failed):
        raise QwasmError()
    return found if isinstance(found, Lines) else None


def expand(body: Body, statement: tree.Instruction, macro: Lines, here: Place) -> Step:
    """The macro's lines with its parameters standing for the texts given; its other registers are its own."""
    if statement.attributes or len(statement.operands) != len(macro.parameters):
        raise fail(
            "QW0203",
            f"{macro.name} takes {len(macro.parameters)} operands",
            statement.span,
            f"{macro.name} {', '.join(macro.parameters)}",
        )
    body.builder.room(macro.size, statement.span)
    body.frames += 1
    outer = body.builder.scope.child(until=macro.known)
    scope = outer.child()
    scope.frame = body.frames
    scope.symbols = scope.symbols | here.scope.symbols
    for parameter, node in zip(macro.parameters, statement.operands, strict=True):
        scope.bind(parameter, Argument(node, here.scope), node.span)
    yield body.statements(macro.body, Place(here.env, here.ops, scope))
    for (frame, _), register in body.keys.items():
        if frame == scope.frame:  # its own registers end with it
            here.env.written.pop(register.key, None)
            here.env.held.pop(register.key, None)
