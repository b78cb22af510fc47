"""Function bodies: statements to SSA operations with structured regions.

Registers become values, loops carry what their bodies change, branches meet in results.  A
statement with an error is reported and the next one is read, so one run reports several.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from qwasm.algebra.operators import Operator
from qwasm.algebra.ring import Expr, symbol
from qwasm.clock import OutOfTime
from qwasm.diagnostics import QwasmError, Span, fail
from qwasm.ir import blocks, instruct, invoke
from qwasm.ir.check import check_value
from qwasm.ir.declare import define, forget
from qwasm.ir.labels import is_jump, structured
from qwasm.ir.module import Function, Op, Region, Type, Value
from qwasm.ir.place import Place
from qwasm.ir.registers import Aliases, Environment, Gap
from qwasm.ir.scope import IMPLICIT_REGISTER, REGISTER_KINDS, Argument, Bare, Register, Scope
from qwasm.ir.trampoline import Step
from qwasm.record import field, record
from qwasm.syntax import tree

if TYPE_CHECKING:
    from qwasm.ir.build import Builder

TYPES = ("qstate", "qfield", "qmesh", "scalar", "qint", "qop", "vector")


@record(frozen=False)
class Body:
    """One function being built; `variables` maps symbols of loop variables to their values."""

    builder: Builder
    name: str
    variables: dict[str, Value] = field(default_factory=dict)
    aliases: Aliases = field(default_factory=Aliases)
    keys: dict[tuple[int, str], Register] = field(default_factory=dict)
    taken: dict[str, None] = field(default_factory=dict)
    frames: int = 0

    # ------------------------------------------------------------ the whole function

    def function(self, func: tree.Func, scope: Scope, arguments: Sequence[Type | Operator]) -> Step:
        """The function for arguments of these types; operators are bound to the names of h registers."""
        env, region = Environment(), Region()
        here = Place(env, region.ops, scope)
        for parameter, given in zip(func.parameters, arguments, strict=True):
            if isinstance(given, Operator):
                scope.bind(parameter.id, given, parameter.span)
                continue
            register = self.named(parameter.id, scope)
            value = Value(given, register.key)
            region.args.append(value)
            env.write(register.key, value)
        yield self.statements(func.body, here)
        results: list[Value] = []
        for name in func.results:
            try:
                results.append(
                    self.undefined(Type(self.named(name.id, scope).kind), here, func.span)  # type: ignore[arg-type]
                    if env.halted
                    else self.read(self.named(name.id, scope), here, name.span)
                )
            except QwasmError as error:
                self.builder.reporter.add(error)
        region.ops.append(Op("return", results, spans=(func.span,)))
        self.aliases.apply(region)
        return Function(self.name, tuple(value.type for value in results), region, func.span)

    # ------------------------------------------------------------ statements

    def statements(self, lines: Sequence[tree.Statement], here: Place) -> Step:
        """Append the operations of a list of lines; errors are reported and building goes on."""
        reporter = self.builder.reporter
        try:
            lines = structured(lines, self.fresh)
        except QwasmError as error:
            reporter.add(error)
            lines = [line for line in lines if not (isinstance(line, tree.Label) or is_jump(line))]
        for statement in lines:
            if here.env.halted:
                self.builder.elaborator.remark("QW0921", "this line never runs: halt stands above it", statement.span)
                return
            if len(reporter.errors) >= self.builder.limits.errors:
                return
            try:
                yield self.statement(statement, here)
            except OutOfTime as over:
                over.span = over.span or statement.span
                raise
            except QwasmError as error:
                reporter.add(error)
                self.poison(statement, here)

    def statement(self, statement: tree.Statement, here: Place) -> Any:
        """Append one statement's operations, or give the step that does."""
        match statement:
            case tree.Instruction(mnemonic="call"):
                return invoke.call(self, statement, here)
            case tree.Instruction(mnemonic="halt"):
                if statement.operands:
                    raise fail("QW0221", "halt takes no operands", statement.span, "halt")
                self.add(here, Op("halt", spans=(statement.span,)))
                here.env.halted = True
            case tree.Instruction():
                macro = invoke.macro(self, statement, here.scope)
                if macro is not None:
                    return invoke.expand(self, statement, macro, here)
                instruct.instruction(self, statement, here)
            case tree.Block():
                return blocks.block(self, statement, here)
            case tree.RegDecl():
                self.declare_register(statement, here.scope)
            case tree.Label():
                raise fail("QW0252", f"no jump of this block uses the label {statement.name!r}", statement.span)
            case tree.OpDef() | tree.ArithDef() | tree.MacroDef() | tree.Diffusion():
                define(statement, here.scope, self.builder.elaborator, self.builder.tables)
            case _:
                raise fail("QW0256", "this line belongs outside functions", statement.span, "move it above .func")
        return None

    def poison(self, statement: tree.Statement, here: Place) -> None:
        """After an error: let the registers that the statement names count as written."""
        stack: list[tree.Statement] = [statement]
        while stack:
            match stack.pop():
                case tree.Block(body=body, orelse=orelse):
                    stack.extend((*body, *orelse))
                case tree.Instruction(operands=operands, results=results):
                    for node in (*operands, *results):
                        register = self.register_of(node, here.scope)
                        if register is not None and not isinstance(here.env.read(register.key), Value):
                            here.env.write(register.key, Value(Type(register.kind), register.key))  # type: ignore[arg-type]
                case tree.RegDecl(name=name):
                    here.scope.bind(name, Register(name, "scalar"))
                case other:
                    forget(other, here.scope)

    # ------------------------------------------------------------ registers

    def fresh(self, name: str) -> str:
        """A register key that nothing in the function has."""
        key, number = name, 2
        while key in self.taken or IMPLICIT_REGISTER.match(key):
            key, number = f"{name}_{number}", number + 1
        self.taken[key] = None
        return key

    def named(self, name: str, scope: Scope) -> Register:
        """The register of a name like q0, local to the macro expansion it stands in."""
        bound = scope.find(name)
        if isinstance(bound, Register):
            return bound
        known = self.keys.get((scope.frame, name))
        if known is None:
            key = name if scope.frame == 0 else self.fresh(f"{name}_{scope.frame}")
            known = self.keys[scope.frame, name] = Register(key, REGISTER_KINDS.get(name[0], "scalar"))
        return known

    def register_of(self, node: tree.Node, scope: Scope) -> Register | None:
        """The register that an operand names, or None when it is something else."""
        while isinstance(node, tree.Name):
            bound = scope.find(node.id)
            if isinstance(bound, Argument):
                node, scope = bound.node, bound.scope
                continue
            if isinstance(bound, Register):
                return bound
            return self.named(node.id, scope) if bound is None and IMPLICIT_REGISTER.match(node.id) else None
        return Register(node.id, "scalar") if isinstance(node, Bare) else None

    def read(self, register: Register, here: Place, place: Span) -> Value:
        """The value a register holds here.

        Raises QwasmError QW0225 when it may not have been written.
        """
        held = here.env.read(register.key)
        if isinstance(held, Value):
            return held
        name = register.key
        if isinstance(held, Gap):
            raise fail(
                "QW0225", f"{name} may not have been written: {held.why}", place, f"write {name} on every path above"
            )
        raise fail("QW0225", f"{name} is read before it is written", place, f"write {name} above this line")

    def destination(self, node: tree.Node, scope: Scope, kinds: Sequence[str], what: str) -> Register:
        """The register that an instruction writes."""
        register = self.register_of(node, scope)
        if register is None or not accepts(register.kind, kinds):
            found = f"{register.key} is a {register.kind}" if register else "this is not a register"
            raise fail(
                "QW0222",
                f"{what} writes a {' or '.join(kinds)}, {found}",
                node.span,
                f"write {kinds[0][0]}0 or declare .reg name: {kinds[0]}",
            )
        return register

    def check_declared(self, register: Register, type_: Type, place: Span) -> None:
        """Refuse to write a value of another picture than the register was declared with."""
        if register.picture and type_.kind in ("qstate", "qfield") and register.picture != type_.picture:
            hint = f"convert with to.{register.picture}, or declare .reg {register.key}: {type_.kind}<{type_.picture}>"
            raise fail(
                "QW0226", f"{register.key} is declared {register.picture}, the value is {type_.picture}", place, hint
            )

    def declare_register(self, line: tree.RegDecl, scope: Scope) -> None:
        """.reg name: type."""
        kind, _, picture = line.type.replace(" ", "").rstrip(">").partition("<")
        if (
            kind not in TYPES
            or picture not in ("", "nspace", "hilbert")
            or (picture and kind not in ("qstate", "qfield"))
        ):
            raise fail(
                "QW0224",
                f"no register type is written {line.type!r}",
                line.span,
                f"one of: {', '.join(TYPES)}, qstate<hilbert>",
            )
        if kind in ("qstate", "qfield"):
            picture = picture or "nspace"
        if IMPLICIT_REGISTER.match(line.name):
            if REGISTER_KINDS[line.name[0]] != kind:
                raise fail(
                    "QW0224",
                    f"{line.name} is a {REGISTER_KINDS[line.name[0]]} by its name",
                    line.span,
                    "choose another name",
                )
            known = self.named(line.name, scope)
            scope.bind(line.name, Register(known.key, kind, picture), line.span)
            return
        key = self.fresh(line.name)
        scope.declare(line.name, Register(key, kind, picture), line.span)

    # ------------------------------------------------------------ expressions

    def numbers(self, node: tree.Node, here: Place, over: tuple[str, ...] = ()) -> Expr:
        """An expression that may read scalar registers."""
        elaborator = self.builder.elaborator

        def symbol_of(register: str | Register, scope: Scope, place: Span) -> Expr:
            found = self.named(register, scope) if isinstance(register, str) else register
            if found.kind not in ("scalar", "qint"):
                raise fail(
                    "QW0222",
                    f"{found.key} is a {found.kind}, an expression reads scalars",
                    place,
                    "take a number of it first: at, reduce, qop.inner",
                )
            return symbol(found.key, "scalar")

        elaborator.registers = symbol_of
        try:
            return elaborator.expression(node, here.scope, over)
        finally:
            elaborator.registers = None

    def condition(self, node: tree.Node, here: Place) -> Expr:
        """The condition of if or while.

        Raises QwasmError QW0227 when it has no meaning in the field: an order of residues, a complex number.
        """
        value = self.numbers(node, here)
        check_value("the condition", value, self.builder.space, node.span)
        return value

    def bound(self, node: tree.Node, scope: Scope) -> Expr:
        """The bound of a loop: an integer constant.

        Raises QwasmError QW0250 when it depends on a loop variable or register.
        """
        from qwasm.ir.elaborate import short

        if self.register_of(node, scope) is not None:
            raise fail(
                "QW0250",
                "the bound of a loop is a constant or a parameter, this is a register",
                node.span,
                "while cond max n stops early",
            )
        value = self.builder.elaborator.expression(node, scope)
        if not value.is_constant:
            hint = "loop to the largest value, and leave out the rest with if"
            raise fail(
                "QW0250",
                f"the bound of a loop is a constant or a parameter; {short(value)} changes as it runs",
                node.span,
                hint,
            )
        if value.integer() is None:
            raise fail("QW0208", f"the bound of a loop is an integer, this is {short(value)}", node.span, "round it")
        return value

    def captures(
        self, value: Any, here: Place, place: Span, bound: frozenset[str] = frozenset("n")
    ) -> dict[str, Value]:
        """The values behind the free symbols of an attribute, in order of their names."""
        names: set[str] = set()
        stack = [value]
        while stack:
            item = stack.pop()
            if isinstance(item, tuple):
                stack.extend(item)
            elif isinstance(item, (Expr, Operator)):
                names |= item.symbols
        found: dict[str, Value] = {}
        for name in sorted(names - bound):
            if name in self.variables:
                found[name] = self.variables[name]
            else:
                found[name] = self.read(Register(name, "scalar"), here, place)
        return found

    # ------------------------------------------------------------ operations

    def undefined(self, type_: Type, here: Place, place: Span) -> Value:
        """A value that is never read: what a path that ends the program or does not run leaves behind."""
        value = Value(type_, "")
        self.add(here, Op("undef", [], [value], spans=(place,)))
        return value

    def add(self, here: Place, op: Op) -> None:
        """Append an operation; raises QW0442 past the limit on instructions."""
        self.builder.counted(op)
        here.ops.append(op)


def accepts(kind: str, kinds: Sequence[str]) -> bool:
    """Whether a register of a kind may stand where one of several kinds is asked for."""
    return kind in kinds or (kind == "qint" and "scalar" in kinds) or (kind == "scalar" and "qint" in kinds)
