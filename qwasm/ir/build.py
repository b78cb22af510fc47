"""The builder: a syntax tree to a QIR module, every name resolved and every type checked.

Directives are read in order, then functions are built as they are called, one instance for
each combination of argument types and operators; recursion is refused.

>>> from qwasm.syntax import parse
>>> module, remarks = build(parse(".space N = 10\\n.func main\\nbasis q0, 1\\nend"))
>>> [op.name for op in module.walk()]
['basis', 'return']
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from qwasm.algebra.operators import Operator
from qwasm.algebra.ring import Expr
from qwasm.collection import held_back
from qwasm.diagnostics import Diagnostic, QwasmError, Reporter, Span, fail
from qwasm.ir.body import Body
from qwasm.ir.declare import Declarations, Given, Loader, Unpacker
from qwasm.ir.elaborate import Elaborator
from qwasm.ir.module import Function, Module, Op, Type
from qwasm.ir.scope import IMPLICIT_REGISTER, REGISTER_KINDS, Lines, Scope, did_you_mean
from qwasm.ir.trampoline import Step, run
from qwasm.limits import DEFAULT, Limits
from qwasm.record import field, record
from qwasm.space import Space
from qwasm.syntax import tree

Key = tuple[str, tuple[Type | Operator, ...]]


@record(frozen=False)
class Builder:
    """The state of one build: what was declared, the functions built so far, the errors found."""

    declarations: Declarations
    space: Space
    elaborator: Elaborator
    scope: Scope
    reporter: Reporter
    limits: Limits
    tables: dict[str, str]
    built: dict[str, Function] = field(default_factory=dict)
    instances: dict[Key, Function] = field(default_factory=dict)
    building: dict[str, None] = field(default_factory=dict)  # each called by the one before it
    begun: dict[str, None] = field(default_factory=dict)
    count: int = 0

    def function_named(self, name: str, place: Span) -> tree.Func:
        """The declaration of a function; raises QW0241 for an unknown one."""
        found = self.declarations.functions.get(name)
        if found is None or name == "main":
            others = [other for other in self.declarations.functions if other != "main"]
            called = "step" if name == "main" else name
            hint = did_you_mean(name, others) or f".func {called}(q0) -> (q1)"
            raise fail(
                "QW0241", f"no function is called {name!r}" if found is None else "main is not called", place, hint
            )
        return found[0]

    def parameter_kind(self, func: tree.Func, parameter: tree.Name) -> str:
        """The kind of register a parameter is: by its name, or by a .reg line in the body."""
        if IMPLICIT_REGISTER.match(parameter.id):
            return REGISTER_KINDS[parameter.id[0]]
        for line in func.body:
            if isinstance(line, tree.RegDecl) and line.name == parameter.id:
                return line.type.partition("<")[0]
        raise fail(
            "QW0224",
            f"the parameter {parameter.id!r} has no register type",
            parameter.span,
            "name it q0, s0, ... after its kind",
        )

    def instance(self, func: tree.Func, given: tuple[Type | Operator, ...], place: Span) -> Step:
        """The function for arguments of these types, built when it is first asked for.

        Raises QwasmError QW0242 for a function that calls itself.
        """
        key = (func.name, given)
        if key in self.instances:
            return self.instances[key]
        if func.name in self.building:
            cycle = " -> ".join([*self.building, func.name])
            raise fail("QW0242", f"functions may not call themselves: {cycle}", place, "write loop or while")
        name, number = func.name, 2
        while name in self.built or name in self.building:
            name, number = f"{func.name}_{number}", number + 1
        known = self.declarations.functions[func.name][1]
        body = Body(self, name)
        scope = self.scope.child(until=known).child()
        self.building[func.name] = self.begun[func.name] = None
        try:
            function: Function = yield body.function(func, scope, given)
        finally:
            del self.building[func.name]
        self.instances[key] = self.built[name] = function
        return function

    def every_function(self) -> Step:
        """Build main and, for their errors, the functions that nothing calls; macros that nothing calls, too."""
        functions = self.declarations.functions
        for macro in self.scope.names.values():
            for called, place in macro.calls if isinstance(macro, Lines) else ():
                try:
                    self.function_named(called, place)
                except QwasmError as error:
                    self.reporter.add(error)
        for name, (func, _) in functions.items():
            if name == "main" or name in self.begun:
                continue
            given: list[Type | Operator] = []
            for parameter in func.parameters:
                kind = self.parameter_kind(func, parameter)
                given.append(self.elaborator.algebra.identity() if kind == "qop" else Type(kind))  # type: ignore[arg-type]
            if any(isinstance(item, Operator) for item in given):
                continue
            yield self.instance(func, tuple(given), func.span)
        main, _ = functions["main"]
        if main.parameters or main.results:
            raise fail("QW0240", "main takes no arguments and gives no results", main.span, ".func main")
        yield self.instance(main, (), main.span)

    def counted(self, op: Op) -> None:
        """Count one operation; raises QW0442 past the limit."""
        self.count += 1
        if self.count > self.limits.instructions:
            self.room(0, op.spans[0] if op.spans else None)

    def room(self, more: int, place: Span | None) -> None:
        """Refuse a macro whose lines would pass the limit on instructions, before it is expanded."""
        if self.count + more > self.limits.instructions:
            many, most = self.count + more, self.limits.instructions
            raise fail(
                "QW0442",
                f"the program has {many} instructions; the limit is {most}",
                place,
                "use loops and functions instead of macros",
            )


def build(
    program: tree.Program,
    parameters: Mapping[str, Given] | None = None,
    loader: Loader | None = None,
    limits: Limits = DEFAULT,
    unpacker: Unpacker | None = None,
) -> tuple[Module, list[Diagnostic]]:
    """The module of a program, and the remarks made on the way.

    parameters: values for .param lines, and N; texts are read as -D reads them.
    loader: gives the bytes of a .use path, or raises.
    unpacker: reads the macros of a rule pack that is used; without one they are no names of the program.
    Raises QwasmError with every error found, at most `limits.errors`.
    """
    with held_back():
        return built(program, parameters or {}, loader, limits, unpacker)


def built(
    program: tree.Program,
    parameters: Mapping[str, Given],
    loader: Loader | None,
    limits: Limits,
    unpacker: Unpacker | None = None,
) -> tuple[Module, list[Diagnostic]]:
    """What `build` promises, step by step."""
    declarations = Declarations(limits, parameters, loader, Reporter(), unpacker)
    try:
        return assembled(program, declarations, limits)
    except QwasmError as error:
        error.sources |= declarations.shown
        raise


def assembled(program: tree.Program, declarations: Declarations, limits: Limits) -> tuple[Module, list[Diagnostic]]:
    """The module of a program whose declarations are still to be read."""
    reporter = declarations.reporter
    declarations.program(program)
    if len(reporter.errors) >= limits.errors:  # reading ended there: what stands below is unknown
        reporter.raise_errors()
    try:
        space = declarations.complete(Span(program.file, 1, 1))
    except Exception as error:
        _keep(reporter, error)
        raise AssertionError("unreachable") from error
    if "main" not in declarations.functions:
        end = Span(program.file, program.text.rstrip("\n").count("\n") + 1, 1)
        reporter.add(fail("QW0240", "the program has no function main", end, ".func main ... end"))
        reporter.raise_errors()
    elaborator = declarations.elaborator
    builder = Builder(declarations, space, elaborator, declarations.scope, reporter, limits, declarations.tables)
    try:
        run(builder.every_function())
    except Exception as error:
        _keep(reporter, error)
    reporter.raise_errors()
    functions = {name: f for name, f in builder.built.items() if name != "main"} | {"main": builder.built["main"]}
    module = Module(
        space, functions, declarations.parameters, declarations.tables, declarations.sources,
        digest(program.file, declarations.sources, declarations.supplied), declarations.supplied,
    )  # fmt: skip
    return module, unique(elaborator.remarks)


def _keep(reporter: Reporter, error: Exception) -> None:
    """Add an error of the language to those collected and raise them all; let others through."""
    if not isinstance(error, QwasmError):
        raise error
    reporter.add(error)
    reporter.raise_errors()


def digest(main: str, sources: Mapping[str, str], given: Mapping[str, Expr]) -> str:
    """The sha256 of sources in the order they were read (the main one without its name) and of given values."""
    found = sha256()
    for file, text in sources.items():
        name = "" if file == main else file
        found.update(f"{len(name)}:{name}{len(text)}:{text}".encode("utf-8", "surrogatepass"))
    for name, value in sorted(given.items()):
        found.update(f"{name}={value};".encode())
    return found.hexdigest()


def unique(remarks: list[Diagnostic]) -> list[Diagnostic]:
    """The remarks without repetitions."""
    return list(dict.fromkeys(remarks))


__all__ = ["Any", "Builder", "build"]
