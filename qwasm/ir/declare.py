"""Directives: what stands outside functions, turned into a space, parameters and names.

The first line that needs N finds the space complete: `.space` stands above the operators.
`-D name=value` replaces a parameter's default, `-D N=...` the N of the space.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from math import isfinite
from numbers import Number
from posixpath import normpath
from typing import Any

from qwasm.algebra.operators import Algebra
from qwasm.algebra.ring import Expr, I, const, symbol
from qwasm.clock import OutOfTime
from qwasm.diagnostics import Diagnostic, QwasmError, Reporter, Span, fail
from qwasm.ir import ranges
from qwasm.ir.elaborate import KINDS, Elaborator
from qwasm.ir.macros import Survey, survey
from qwasm.ir.scope import Arithmetic, Failed, Free, Lines, Macro, Scope, check_name, did_you_mean
from qwasm.ir.spaces import GIVEN_N, checked_size, space_of
from qwasm.ir.trampoline import run
from qwasm.limits import Limits
from qwasm.record import field, record, replace
from qwasm.space import Space
from qwasm.syntax import tree

Given = str | int | float | Fraction | complex | Expr
Loader = Callable[[str], bytes]
Packed = Iterable[tuple[str, tuple[str, ...], str]]  # the macros of a rule pack: name, parameters, expansion
Unpacker = Callable[[bytes, str], Packed]


@record(frozen=False)
class Declarations:
    """Everything the directives of a program and its includes have said so far."""

    limits: Limits
    given: Mapping[str, Given]
    loader: Loader | None
    reporter: Reporter
    unpacker: Unpacker | None = None
    scope: Scope = field(default_factory=Scope)
    space: Space | None = None
    parameters: dict[str, Expr] = field(default_factory=dict)
    supplied: dict[str, Expr] = field(default_factory=dict)
    tables: dict[str, str] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    functions: dict[str, tuple[tree.Func, int]] = field(default_factory=dict)
    shown: dict[str, str] = field(default_factory=dict)  # the texts that a diagnostic may point into
    spaceless: bool = False  # the .space line had an error
    elaborator: Elaborator = field(init=False)

    def __post_init__(self) -> None:
        self.elaborator = Elaborator(limits=self.limits, program=True)

    # ------------------------------------------------------------ the walk

    def program(self, program: tree.Program) -> None:
        """Take in a program and, where they stand, the sources it uses; errors are collected."""
        self.sources[program.file] = self.shown[program.file] = program.text
        stack = [iter(program.statements)]
        while stack:
            statement = next(stack[-1], None)
            if statement is None:
                stack.pop()
                continue
            try:
                if isinstance(statement, tree.Use):
                    included = self.use(statement, len(stack))
                    if included is not None:
                        stack.append(iter(included.statements))
                else:
                    self.statement(statement)
            except OutOfTime as over:
                over.span = over.span or statement.span
                raise
            except QwasmError as error:
                self.reporter.add(error)
                self.spaceless |= isinstance(statement, tree.SpaceDecl)
                forget(statement, self.scope)
            if len(self.reporter.errors) >= self.limits.errors:
                return

    def statement(self, statement: tree.Statement) -> None:
        """Take in one directive."""
        match statement:
            case tree.Version():
                check_version(statement)
            case tree.Param():
                self.parameter(statement)
            case tree.SpaceDecl():
                if self.space is not None:
                    raise fail("QW0201", "the space is declared already", statement.span, "keep one .space line")
                self.space, override = space_of(statement, self.elaborator, self.scope, self.override(), self.limits)
                self.elaborator.space = self.space
                self.elaborator.algebra = Algebra(self.space.truncation)
                if override is not None:
                    self.supplied["N"] = override
            case tree.Func():
                if statement.name in self.functions:
                    first = self.functions[statement.name][0].span
                    raise fail(
                        "QW0201",
                        f"function {statement.name!r} is declared already in line {first.line} of {first.file}",
                        statement.span,
                        "delete one or choose another name",
                    )
                self.functions[statement.name] = (statement, len(self.scope.order))
            case tree.Instruction() | tree.Block() | tree.Label():
                raise fail(
                    "QW0256",
                    "instructions stand inside a function",
                    statement.span,
                    "open one with .func main, close it with end",
                )
            case tree.RegDecl():
                raise fail("QW0256", "registers belong to a function", statement.span, "move .reg below .func")
            case _:
                define(statement, self.scope, self.elaborator, self.tables)

    def override(self) -> Expr | None:
        """The N of `-D N=...`, if one was given."""
        return self.supplied_value("N") if "N" in self.given else None

    def complete(self, place: Span | None) -> Space:
        """The space, and every given name used; called when all directives are read."""
        for name in self.given:
            if name != "N" and name not in self.parameters and not isinstance(self.scope.find(name), Failed):
                hint = did_you_mean(name, [*self.parameters, "N"]) or "the program declares no .param of this name"
                self.reporter.add(fail("QW0212", f"no parameter is called {name!r}", None, hint))
        if self.space is None and self.spaceless:  # its error is reported; the rest is checked in some space
            self.space = self.elaborator.space = Space(1000)
        if self.space is None:
            override = self.override()
            if override is None:
                raise fail("QW0230", "the program has no .space, so N is unknown", place, ".space N = 1000")
            self.space = Space(checked_size(override, GIVEN_N, self.limits, Space(1).field))
            self.supplied["N"] = override
            self.elaborator.space = self.space
        return self.space

    # ------------------------------------------------------------ parameters and includes

    def parameter(self, statement: tree.Param) -> None:
        """Bind a parameter to its given value or its default."""
        name, place = statement.name, statement.span
        check_name(name, place)
        if name in self.scope.names:
            self.scope.declare(name, None, place)
        if name in self.given:
            value = self.supplied_value(name)
            self.supplied[name] = value
        elif statement.default is None:
            raise fail("QW0210", f"the parameter {name!r} has no value", place, f"give it one: -D {name}=...")
        else:
            value = self.elaborator.expression(statement.default, self.scope)
        if not value.is_constant:
            raise fail("QW0208", f"a parameter is a constant, this is {value}", place)
        check_type(name, value, statement.type, place)
        self.parameters[name] = value
        self.scope.declare(name, value, place)

    def supplied_value(self, name: str) -> Expr:
        """A given value as an exact constant: text is read as the language reads it."""
        value = self.given[name]
        if isinstance(value, Expr):
            return value
        if isinstance(value, str):
            from qwasm.syntax import parse_expression

            self.shown[f"-D {name}"] = value
            result = self.elaborator.expression(parse_expression(value, f"-D {name}"), self.scope)
        else:
            result = exact(value, name)
        if not result.is_constant:
            raise fail("QW0211", f"{name} is a constant, {value!r} is not", None, f"write -D {name}=1/2")
        return result

    def use(self, statement: tree.Use, depth: int) -> tree.Program | None:
        """The program of a `.use` line, or None when it was included already."""
        from qwasm.syntax import parse

        path = normpath(statement.path)
        if path in self.sources:
            return None
        if depth >= self.limits.include_depth:
            raise fail(
                "QW0440",
                f"includes nest deeper than {self.limits.include_depth}",
                statement.span,
                "include less deeply",
            )
        if self.loader is None:
            raise fail(
                "QW0531", f"nothing may be included here, {path!r} is asked for", statement.span, "compile from a file"
            )
        data = self.elaborator.at(statement.span, self.loader, path)
        self.shown[path] = data.decode("utf-8", "replace")
        if path.endswith(".qwr"):  # proved when the program is optimised; its text belongs to the program
            self.sources[path] = self.shown[path]
            for name, parameters, expansion in self.unpacker(data, path) if self.unpacker is not None else ():
                self.packed(name, parameters, expansion, path, statement.span)
            return None
        program = parse(data, path, self.limits)
        self.sources[path] = program.text or data.decode("utf-8", "replace")
        return program

    def packed(self, name: str, parameters: tuple[str, ...], expansion: str, path: str, place: Span) -> None:
        """Bind a macro of a rule pack as if a .macro line stood in place of the .use line."""
        from qwasm.syntax import parse_expression

        file = f"{name} of {path}"
        self.shown[file] = expansion
        body = parse_expression(expansion, file, limits=self.limits)
        define(tree.MacroDef(place, name, parameters, body), self.scope, self.elaborator, self.tables)


def define(statement: tree.Statement, scope: Scope, elaborator: Elaborator, tables: dict[str, str]) -> None:
    """Bind the name that an .op, .arith, .diffusion, .macro or .var line declares."""
    place = statement.span
    match statement:
        case tree.OpDef(name=name, body=body):
            check_name(name, place)
            scope.declare(name, elaborator.operator(body, scope), place)
        case tree.ArithDef(name=name):
            scope.declare(name, arithmetic(statement, scope, elaborator, tables), place)
        case tree.Diffusion(coefficient=coefficient, domain=domain):
            if "$D" in scope.names:
                raise fail(
                    "QW0201",
                    "the diffusion is declared already",
                    place,
                    "write D(c = ..., primes(a, b)) for another one",
                )
            scope.bind(
                "$D", run(ranges.diffusion(elaborator, tree.Name(place, "D"), coefficient, domain, scope)), place
            )
        case tree.MacroDef(name=name, parameters=parameters, body=body):
            check_parameters(parameters, place)
            found = surveyed(body, parameters, scope, elaborator)
            scope.declare(name, Macro(name, parameters, body, scope, len(scope.order), found.size), place)
        case tree.InstructionMacro(name=name, parameters=parameters, body=lines):
            from qwasm.instructions import table

            if name.lower() in table():
                raise fail("QW0202", f"{name!r} is an instruction", place, "choose another name for the macro")
            check_parameters(parameters, place)
            found = surveyed(lines, parameters, scope, elaborator)
            words, calls = frozenset(found.words), tuple(found.calls)
            scope.declare(name, Lines(name, parameters, lines, len(scope.order), found.size, words, calls), place)
        case tree.VarDecl(variables=variables):
            for name, kind in variables:
                scope.declare(name, Free(name, kind), place)
        case _:
            raise fail("QW0256", "this line belongs outside functions", place, "move it above .func")


def forget(statement: tree.Statement, scope: Scope) -> None:
    """Remember the name of a directive that failed, so that its uses are not reported again."""
    match statement:
        case tree.Param() | tree.OpDef() | tree.ArithDef() | tree.MacroDef() | tree.InstructionMacro():
            if scope.find(statement.name) is None:
                scope.bind(statement.name, Failed(statement.name), statement.span)


def surveyed(
    body: tree.Node | tuple[tree.Statement, ...], parameters: tuple[str, ...], scope: Scope, elaborator: Elaborator
) -> Survey:
    """What the body of a macro holds; raises QwasmError with every unknown name in it."""
    found = survey(body, parameters, scope, elaborator.limits.errors)
    if found.errors:
        raise QwasmError(*found.errors)
    return found


def check_parameters(parameters: tuple[str, ...], place: Span) -> None:
    """Macro parameters are names; a register's name as a parameter stands for the register given."""
    from qwasm.ir.scope import IMPLICIT_REGISTER

    for parameter in parameters:
        if not IMPLICIT_REGISTER.match(parameter):
            check_name(parameter, place)


def arithmetic(statement: tree.ArithDef, scope: Scope, elaborator: Elaborator, tables: dict[str, str]) -> Arithmetic:
    """The meaning of an .arith line."""
    name, body, place = statement.name, statement.body, statement.span
    match statement.parameters:
        case ():
            if (
                isinstance(body, tree.Call)
                and body.name == "table"
                and len(body.args) == 1
                and isinstance(body.args[0], tree.Text)
            ):
                tables[name] = body.args[0].value
                return Arithmetic(name, "table")
            raise fail(
                "QW0213",
                f"{name} is given by values, a formula or a table",
                place,
                f'.arith {name}(n) = ...  or  .arith {name} = table("{name}.npy")',
            )
        case ("n",):
            return Arithmetic(name, "point", elaborator.expression(body, scope, ("n",)))
        case ("p", "k"):
            inner = scope.child()
            inner.bind("p", symbol("p", "prime"))
            inner.bind("k", symbol("k", "nat"))
            return Arithmetic(name, "euler", elaborator.expression(body, inner))
    raise fail(
        "QW0213", f"an arithmetic function is written {name}(n) or {name}(p, k)", place, f".arith {name}(n) = ..."
    )


def check_version(statement: tree.Version) -> None:
    """Refuse a language version that this toolchain does not speak."""
    if statement.version != "1.0":
        raise fail(
            "QW0209",
            f"this toolchain speaks QWASM 1.0, the program asks for {statement.version}",
            statement.span,
            ".qwasm 1.0",
        )


def exact(value: int | float | Fraction | complex, name: str) -> Expr:
    """A number, of numpy too, as the exact constant that its shortest decimal spells.

    Raises QwasmError QW0211 for anything else.
    """
    if isinstance(value, Number) and not isinstance(value, (int, float, complex, Fraction)) and hasattr(value, "item"):
        value = value.item()  # a numpy scalar
    if isinstance(value, complex):
        return exact(value.real, name) + exact(value.imag, name) * I
    if isinstance(value, float):
        if not isfinite(value):
            raise fail("QW0211", f"{name} = {value} is not a finite number", None, f"give {name} a finite value")
        return const(Fraction(float.__repr__(value)))
    if not isinstance(value, (int, Fraction)):
        raise fail("QW0211", f"{name} = {value!r} is not a number", None, f"give {name} a number or a text")
    return const(Fraction(value))


def check_type(name: str, value: Expr, kind: str, place: Span | None) -> None:
    """Refuse a value that is not of a parameter's type.

    Raises QwasmError QW0224 for an unknown type, QW0211 for a value outside it, QW0207 for a
    composite where a prime is declared.
    """
    if kind not in KINDS:
        raise fail("QW0224", f"no parameter type is called {kind!r}", place, f"one of: {', '.join(KINDS)}")
    whole = value.integer()
    fits = {
        "qint": whole is not None, "int": whole is not None, "nat": whole is not None and whole >= 1,
        "prime": whole is not None, "real": value.is_real, "rational": value.rational() is not None, "complex": True,
    }[kind]  # fmt: skip
    if not fits:
        raise fail(
            "QW0211", f"{name} = {value} is not of type {kind}", place, f"give a {kind}, or change the type of {name}"
        )
    if kind == "prime":
        check_prime(whole or 0, place, name)


def check_prime(value: int, place: Span | None, what: str) -> None:
    """Raise QW0207 unless the number is a prime; the message shows how it factors."""
    from qwasm.arith.sieve import factor, is_prime

    if value >= 2 and is_prime(value):
        return
    parts = (
        "it is below 2"
        if value < 2
        else "too large to factor"
        if value >= 1 << 64
        else f"{value} = {spelled(factor(value))}"
    )
    raise fail(
        "QW0207",
        f"{what} takes a prime, {value} is not one ({parts})",
        place,
        "K, A, B, P and Q take any integer: qop.apply q1, q0, A[6]",
    )


def spelled(factors: Any) -> str:
    """A factorisation as text: 2^2 * 3."""
    pairs = factors.items() if isinstance(factors, dict) else factors
    return " * ".join(f"{p}^{k}" if k > 1 else str(p) for p, k in pairs)


def with_place(diagnostic: Diagnostic, place: Span) -> Diagnostic:
    """The same diagnostic at a place."""
    return replace(diagnostic, span=place)
