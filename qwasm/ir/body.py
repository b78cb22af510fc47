"""Function bodies: statements to SSA operations with structured regions.

Registers become values, loops carry what their bodies change, branches meet in results.  A
statement with an error is reported and the next one is read, so one run reports several.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from qwasm.algebra.operators import Operator
from qwasm.algebra.ring import Expr, symbol
from qwasm.diagnostics import QwasmError, Span, fail
from qwasm.ir import instruct
from qwasm.ir.declare import define
from qwasm.ir.labels import AT_LEAST_ONE, structured
from qwasm.ir.module import Function, Op, Region, Type, Value
from qwasm.ir.ranges import range_kind
from qwasm.ir.registers import Aliases, Environment, Gap, Held
from qwasm.ir.scope import IMPLICIT_REGISTER, REGISTER_KINDS, Argument, Bare, Lines, Register, Scope
from qwasm.ir.trampoline import Step
from qwasm.syntax import tree

if TYPE_CHECKING:
    from qwasm.ir.build import Builder

TYPES = ("qstate", "qfield", "qmesh", "scalar", "qint", "qop", "vector")


@dataclass(slots=True)
class Place:
    """Where building goes on: what registers hold, the list that takes operations, the names in force."""

    env: Environment
    ops: list[Op]
    scope: Scope


@dataclass(slots=True)
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
                results.append(self.undefined(Type(self.named(name.id, scope).kind), here, func.span)  # type: ignore[arg-type]
                               if env.halted else self.read(self.named(name.id, scope), here, name.span))
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
        for statement in lines:
            if here.env.halted:
                self.builder.elaborator.remark("QW0921", "this line never runs: halt stands above it", statement.span)
                return
            if len(reporter.errors) >= self.builder.limits.errors:
                return
            try:
                yield self.statement(statement, here)
            except QwasmError as error:
                reporter.add(error)
                self.poison(statement, here)

    def statement(self, statement: tree.Statement, here: Place) -> Any:
        """Append one statement's operations, or give the step that does."""
        match statement:
            case tree.Instruction(mnemonic="call"):
                return self.call(statement, here)
            case tree.Instruction(mnemonic="halt"):
                if statement.operands:
                    raise fail("QW0221", "halt takes no operands", statement.span, "halt")
                self.add(here, Op("halt", spans=(statement.span,)))
                here.env.halted = True
            case tree.Instruction():
                macro = self.macro(statement, here.scope)
                if macro is not None:
                    return self.expand(statement, macro, here)
                instruct.instruction(self, statement, here)
            case tree.Block():
                return self.block(statement, here)
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
        stack = [statement]
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

    # ------------------------------------------------------------ blocks

    def block(self, block: tree.Block, here: Place) -> Any:
        """A structured region: loop, primes, hyperloop, if, while."""
        head = block.head
        match head.mnemonic, head.operands:
            case "loop", (tree.Name() | Bare() as variable, count):
                first = tree.Number(head.span, Fraction(1))
                return self.ranged(block, [(variable, "ints", first, count)], 0, here)
            case "primes", (tree.Name() as variable, low, high):
                return self.ranged(block, [(variable, "primes", low, high)], 0, here)
            case "hyperloop", clauses if clauses:
                return self.ranged(block, [clause(node) for node in clauses], 0, here)
            case "if", (condition,):
                return self.branch(block, condition, here)
            case "while", (condition,):
                return self.repeat(block, condition, here)
        raise fail("QW0221", f"this is not how {head.mnemonic} is written", head.span, "loop k, 10 ... end")

    def ranged(self, block: tree.Block, ranges: list[Any], index: int, here: Place) -> Step:
        """A loop over the values of a range, the innermost holding the body."""
        variable, domain, low_node, high_node = ranges[index]
        low, high = self.bound(low_node, here.scope), self.bound(high_node, here.scope)
        published = block.head.bound is AT_LEAST_ONE
        if published and (high.integer() or 0) < 1:
            raise fail("QW0254", f"the lines have run once when the loop is reached; {high} runs are too few", block.span, "give a count >= 1")
        scope = here.scope.child()
        name = scope.fresh(variable.id)
        value = Value(Type("qint"), name)
        if isinstance(variable, tree.Name):
            scope.declare(variable.id, symbol(name, range_kind(domain, low)), variable.span, variable=True)
        self.variables[name] = value
        env, region = Environment(here.env, loop=True), Region([value])
        inner = Place(env, region.ops, scope)
        if index + 1 < len(ranges):
            yield self.ranged(block, ranges, index + 1, inner)
        else:
            yield self.statements(block.body, inner)
        op = Op("loop", attributes={"low": low, "high": high, "domain": domain}, regions=[region], spans=(block.span,))
        self.close(op, env, here, runs(domain, low, high))

    def repeat(self, block: tree.Block, condition: tree.Node, here: Place) -> Step:
        """while cond max n."""
        if block.head.bound is None:
            raise fail("QW0250", "while needs a bound: every loop must end", block.span, "while cond max n")
        bound = self.bound(block.head.bound, here.scope)
        env, region = Environment(here.env, loop=True), Region()
        inner = Place(env, region.ops, here.scope.child())
        test = self.condition(condition, inner)
        captures = self.captures(test, inner, condition.span)
        yield self.statements(block.body, inner)
        op = Op("while", attributes={"condition": test, "bound": bound}, captures=captures, regions=[region], spans=(block.span,))
        self.close(op, env, here, False)

    def close(self, op: Op, env: Environment, here: Place, surely: bool) -> None:
        """Finish a loop: carry the registers its body writes, forget the arguments of the others."""
        region, place = op.regions[0], op.spans[0]
        yields: list[Value] = []
        results: list[tuple[str, Value]] = []
        gaps: list[tuple[str, Gap]] = []

        def carry(key: str, argument: Value, initial: Value, last: Value) -> None:
            region.args.append(argument)
            op.operands.append(initial)
            yields.append(last)
            result = Value(argument.type, key)
            op.results.append(result)
            results.append((key, result))

        for key, (argument, outside) in env.entries.items():
            inner = Place(env, region.ops, here.scope)
            last: Held = self.undefined(argument.type, inner, place) if env.halted else env.held[key]
            if last is argument:
                self.aliases.known[argument] = outside
            elif not isinstance(last, Value):
                why = last.why if isinstance(last, Gap) else "it has no value"
                self.builder.reporter.add(fail("QW0225", f"{key} may have no value when the loop begins again: {why}", place, f"write {key} on every path"))
            elif last.type != argument.type:
                self.builder.reporter.add(fail(
                    "QW0228", f"{key} enters the loop as {spelled(argument.type)} and ends its body as {spelled(last.type)}",
                    place, "use another register inside, or convert before the end",
                ))  # fmt: skip
            else:
                carry(key, argument, outside, last)
        for key in env.written:
            if key in env.entries:
                continue
            last, outside = env.held[key], here.env.read(key)
            if env.halted and isinstance(last, Value):
                last = Gap("the loop's body ends the program")
            if not isinstance(last, Value):
                gaps.append((key, last if isinstance(last, Gap) else Gap("it was never written")))
            elif isinstance(outside, Value) and outside.type == last.type:
                carry(key, Value(last.type, key), outside, last)
            elif surely:
                carry(key, Value(last.type, key), self.undefined(last.type, here, place), last)
            else:
                why = "its type depends on whether the loop runs" if isinstance(outside, Value) else "the loop that writes it may not run"
                gaps.append((key, Gap(why)))
        region.ops.append(Op("yield", yields, spans=(place,)))
        self.add(here, op)
        for key, result in results:
            here.env.write(key, result)
        for key, gap in gaps:
            here.env.write(key, gap)

    def branch(self, block: tree.Block, condition: tree.Node, here: Place) -> Step:
        """if cond ... else ... end."""
        test = self.condition(condition, here)
        op = Op("if", attributes={"condition": test}, captures=self.captures(test, here, condition.span), spans=(block.span,))
        sides: list[Place] = []
        for lines in (block.body, block.orelse):
            region = Region()
            op.regions.append(region)
            sides.append(Place(Environment(here.env), region.ops, here.scope.child()))
            yield self.statements(lines, sides[-1])
        keys = dict.fromkeys((*sides[0].env.written, *sides[1].env.written))
        yields: tuple[list[Value], list[Value]] = ([], [])
        ends: list[tuple[str, Value | Gap]] = []
        for key in keys:
            held = [None if side.env.halted else side.env.read(key) for side in sides]
            living = [value for value, side in zip(held, sides, strict=True) if not side.env.halted]
            values = [value for value in living if isinstance(value, Value)]
            if not living:
                continue
            if len(values) < len(living):
                gap = next((value for value in living if isinstance(value, Gap)), None)
                ends.append((key, gap or Gap("only one branch of an if writes it")))
            elif any(value.type != values[0].type for value in values):
                ends.append((key, Gap("its picture or kind differs between the branches of an if")))
            else:
                result = Value(values[0].type, key)
                for side, value, yielded in zip(sides, held, yields, strict=True):
                    yielded.append(value if isinstance(value, Value) else self.undefined(result.type, side, block.span))
                op.results.append(result)
                ends.append((key, result))
        for side, yielded in zip(sides, yields, strict=True):
            side.ops.append(Op("yield", yielded, spans=(block.span,)))
        self.add(here, op)
        for key, end in ends:
            here.env.write(key, end)
        here.env.halted = all(side.env.halted for side in sides)

    # ------------------------------------------------------------ calls and macros

    def call(self, statement: tree.Instruction, here: Place) -> Step:
        """call f(q2, s1) -> (q3)."""
        target = statement.operands[0] if len(statement.operands) == 1 else None
        if isinstance(target, tree.Name):
            target = tree.Call(target.span, target.id, ())
        if not isinstance(target, tree.Call) or target.named or statement.attributes:
            raise fail("QW0221", "this is not how a call is written", statement.span, "call f(q2, s1) -> (q3)")
        func = self.builder.function_named(target.name, target.span)
        if len(target.args) != len(func.parameters) or len(statement.results) != len(func.results):
            form = f"call {func.name}({', '.join(p.id for p in func.parameters)}) -> ({', '.join(r.id for r in func.results)})"
            raise fail("QW0243", f"{func.name} takes {len(func.parameters)} arguments and gives {len(func.results)} results", target.span, form)
        operands: list[Value] = []
        given: list[Type | Operator] = []
        for parameter, node in zip(func.parameters, target.args, strict=True):
            value = self.argument(func, parameter, node, here)
            given.append(value if isinstance(value, Operator) else value.type)
            if isinstance(value, Value):
                operands.append(value)
        function = yield self.builder.instance(func, tuple(given), statement.span)
        if len(function.results) != len(func.results):
            raise fail("QW0243", f"{func.name} has errors of its own", statement.span)
        results: list[tuple[Register, Value]] = []
        for name, type_ in zip(statement.results, function.results, strict=True):
            register = self.destination(name, here.scope, (type_.kind,), "call")
            self.check_declared(register, type_, name.span)
            results.append((register, Value(type_, register.key)))
        op = Op("call", operands, [value for _, value in results], {"function": function.name}, spans=(statement.span,))
        self.add(here, op)
        for register, value in results:
            here.env.write(register.key, value)

    def argument(self, func: tree.Func, parameter: tree.Name, node: tree.Node, here: Place) -> Value | Operator:
        """The value passed for a parameter: a register, a number made into a scalar, or an operator."""
        kind = self.builder.parameter_kind(func, parameter)
        if kind == "qop":
            return self.builder.elaborator.operator(node, here.scope)
        register = self.register_of(node, here.scope)
        if register is not None and (register.kind == kind or {register.kind, kind} == {"scalar", "qint"}):
            return self.read(register, here, node.span)
        if kind in ("scalar", "qint") and register is None:
            number = self.numbers(node, here)
            value = Value(Type(kind), parameter.id)  # type: ignore[arg-type]
            self.add(here, Op("set", [], [value], {"expression": number}, self.captures(number, here, node.span), spans=(node.span,)))
            return value
        raise fail("QW0243", f"{func.name} takes a {kind} for {parameter.id}", node.span, f"pass a {kind} register")

    def macro(self, statement: tree.Instruction, scope: Scope) -> Lines | None:
        """The instruction macro that a line calls, if its mnemonic names one."""
        name = statement.written or statement.mnemonic
        found = scope.find(name)
        return found if isinstance(found, Lines) else None

    def expand(self, statement: tree.Instruction, macro: Lines, here: Place) -> Step:
        """The macro's lines with its parameters standing for the texts given; its other registers are its own."""
        if statement.attributes or len(statement.operands) != len(macro.parameters):
            raise fail("QW0203", f"{macro.name} takes {len(macro.parameters)} operands", statement.span, f"{macro.name} {', '.join(macro.parameters)}")
        self.builder.room(macro.size, statement.span)
        self.frames += 1
        outer = self.builder.scope.child(until=macro.known)
        scope = outer.child()
        scope.frame = self.frames
        scope.symbols = scope.symbols | here.scope.symbols
        for parameter, node in zip(macro.parameters, statement.operands, strict=True):
            scope.bind(parameter, Argument(node, here.scope), node.span)
        yield self.statements(macro.body, Place(here.env, here.ops, scope))
        for (frame, _), register in self.keys.items():
            if frame == scope.frame:                     # its own registers end with it
                here.env.written.pop(register.key, None)
                here.env.held.pop(register.key, None)

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
            raise fail("QW0225", f"{name} may not have been written: {held.why}", place, f"write {name} on every path above")
        raise fail("QW0225", f"{name} is read before it is written", place, f"write {name} above this line")

    def destination(self, node: tree.Node, scope: Scope, kinds: Sequence[str], what: str) -> Register:
        """The register that an instruction writes."""
        register = self.register_of(node, scope)
        if register is None or not accepts(register.kind, kinds):
            found = f"{register.key} is a {register.kind}" if register else "this is not a register"
            raise fail("QW0222", f"{what} writes a {' or '.join(kinds)}, {found}", node.span, f"write {kinds[0][0]}0 or declare .reg name: {kinds[0]}")
        return register

    def check_declared(self, register: Register, type_: Type, place: Span) -> None:
        """Refuse to write a value of another picture than the register was declared with."""
        if register.picture and type_.kind in ("qstate", "qfield") and register.picture != type_.picture:
            hint = f"convert with to.{register.picture}, or declare .reg {register.key}: {type_.kind}<{type_.picture}>"
            raise fail("QW0226", f"{register.key} is declared {register.picture}, the value is {type_.picture}", place, hint)

    def declare_register(self, line: tree.RegDecl, scope: Scope) -> None:
        """.reg name: type."""
        kind, _, picture = line.type.replace(" ", "").rstrip(">").partition("<")
        if kind not in TYPES or picture not in ("", "nspace", "hilbert") or (picture and kind not in ("qstate", "qfield")):
            raise fail("QW0224", f"no register type is written {line.type!r}", line.span, f"one of: {', '.join(TYPES)}, qstate<hilbert>")
        if kind in ("qstate", "qfield"):
            picture = picture or "nspace"
        if IMPLICIT_REGISTER.match(line.name):
            if REGISTER_KINDS[line.name[0]] != kind:
                raise fail("QW0224", f"{line.name} is a {REGISTER_KINDS[line.name[0]]} by its name", line.span, "choose another name")
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
                raise fail("QW0222", f"{found.key} is a {found.kind}, an expression reads scalars", place, "take a number of it first: at, reduce, qop.inner")
            return symbol(found.key, "scalar")

        elaborator.registers = symbol_of
        try:
            return elaborator.expression(node, here.scope, over)
        finally:
            elaborator.registers = None

    def condition(self, node: tree.Node, here: Place) -> Expr:
        """The condition of if or while."""
        return self.numbers(node, here)

    def bound(self, node: tree.Node, scope: Scope) -> Expr:
        """The bound of a loop: an integer constant.

        Raises QwasmError QW0250 when it depends on a loop variable or register.
        """
        from qwasm.ir.elaborate import short

        if self.register_of(node, scope) is not None:
            raise fail("QW0250", "the bound of a loop is a constant or a parameter, this is a register", node.span, "while cond max n stops early")
        value = self.builder.elaborator.expression(node, scope)
        if not value.is_constant:
            hint = "loop to the largest value, and leave out the rest with if"
            raise fail("QW0250", f"the bound of a loop is a constant or a parameter; {short(value)} changes as it runs", node.span, hint)
        if value.integer() is None:
            raise fail("QW0208", f"the bound of a loop is an integer, this is {short(value)}", node.span, "round it")
        return value

    def captures(self, value: Any, here: Place, place: Span, bound: frozenset[str] = frozenset("n")) -> dict[str, Value]:
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


def clause(node: tree.Node) -> tuple[tree.Node, str, tree.Node, tree.Node]:
    """One clause of hyperloop: its variable and range."""
    match node:
        case tree.In(variable=name, domain=tree.Range(low=low, high=high)):
            return tree.Name(node.span, name), "ints", low, high
        case tree.In(variable=name, domain=tree.Call(name="primes" | "ints" as domain, args=(low, high))):
            return tree.Name(node.span, name), domain, low, high
    raise fail("QW0213", "a variable runs over primes(a, b), ints(a, b) or a..b", node.span, "hyperloop (i in 0..3, p in primes(2, 20))")


def runs(domain: str, low: Expr, high: Expr) -> bool:
    """Whether a loop surely runs at least once."""
    a, b = low.integer(), high.integer()
    if a is None or b is None:
        return False
    if domain == "ints":
        return a <= b
    from qwasm.arith.sieve import is_prime

    return any(is_prime(k) for k in range(max(a, 2), min(b, max(a, 2) + 2000) + 1))


def accepts(kind: str, kinds: Sequence[str]) -> bool:
    """Whether a register of a kind may stand where one of several kinds is asked for."""
    return kind in kinds or (kind == "qint" and "scalar" in kinds) or (kind == "scalar" and "qint" in kinds)


def spelled(type_: Type) -> str:
    """A type with its picture spelled out."""
    return f"{type_.kind}<{type_.picture}>" if type_.kind in ("qstate", "qfield") else type_.kind
