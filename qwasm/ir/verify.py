"""The verifier: the rules that every QIR module keeps, checked before anything trusts it.

Values are defined once and before use, regions end as they must, types match along every edge,
attributes are what the instruction table says, symbols are bound by captures, and functions call
only functions above them.  A broken rule is reported with the operation and its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from qwasm.algebra.operators import Operator
from qwasm.algebra.ring import Expr, symbol
from qwasm.diagnostics import QwasmError, fail
from qwasm.instructions import table
from qwasm.instructions.form import Attr, Instruction, Operand
from qwasm.ir.body import accepts
from qwasm.ir.check import check_fields, check_row, check_value
from qwasm.ir.module import Function, Module, Op, Region, Type, Value
from qwasm.ir.ranges import range_kind
from qwasm.limits import DEFAULT, Limits

REGISTERS = ("qstate", "qfield", "qmesh", "scalar", "vector")
PICTURED = ("qstate", "qfield")
STRUCTURE = {
    "loop": (frozenset({"low", "high", "domain"}), 1),
    "if": (frozenset({"condition"}), 2),
    "while": (frozenset({"condition", "bound"}), 1),
    "call": (frozenset({"function"}), 0),
    "yield": (frozenset(), 0),
    "return": (frozenset(), 0),
    "undef": (frozenset(), 0),
    "halt": (frozenset(), 0),
    "sweep": (frozenset({"operators", "coefficients"}), 0),
}


def verify(module: Module, limits: Limits = DEFAULT) -> None:
    """Return when every rule is kept.

    Raises QwasmError QW0510 for a broken rule, naming the operation and its place, and the codes of
    the type checks (QW0226, QW0227, ...) for an instruction without meaning in the space.
    """
    if "main" not in module.functions:
        raise fail("QW0510", "the module has no function main")
    main = module.functions["main"]
    if main.body.args or main.results:
        raise fail("QW0510", "main takes no arguments and gives no results")
    if module.space.N < 1:
        raise fail("QW0510", f"the space has N = {module.space.N}")
    count = 0
    seen: dict[str, Function] = {}
    defined: set[Value] = set()
    for name, function in module.functions.items():
        if function.name != name:
            raise fail("QW0510", f"the function {function.name!r} is listed as {name!r}")
        for op in Scopes(module, function, seen, defined).run():
            count += 1
            if count > limits.instructions:
                raise fail(
                    "QW0442",
                    f"the module has more than {limits.instructions} operations",
                    op.spans[0] if op.spans else None,
                )
        seen[name] = function


def broken(op: Op, why: str) -> QwasmError:
    """The error for an operation that breaks a rule."""
    return fail(
        "QW0510",
        f"the operation {op.name} is malformed: {why}",
        op.spans[0] if op.spans else None,
        "build the module again from its source",
    )


class Scopes:
    """One function being checked: the values in force, region by region, on an explicit stack."""

    def __init__(self, module: Module, function: Function, callees: dict[str, Function], defined: set[Value]) -> None:
        self.module, self.function, self.callees = module, function, callees
        self.defined = defined  # everywhere, to see a second definition
        self.visible: set[Value] = set()
        self.kinds: dict[Value, str] = {}  # loop variables and what they range over

    def run(self) -> Iterator[Op]:
        """Check every operation in order, giving each."""
        stack: list[tuple[Region, int, Op | None, list[Value]]] = []
        stack.append((self.function.body, 0, None, []))
        while stack:
            region, index, owner, mine = stack.pop()
            if index == 0:
                self.enter(region, owner, mine)
            elif (done := region.ops[index - 1]).results:
                self.define(done, mine)
            if index == len(region.ops):
                self.visible.difference_update(mine)
                continue
            op = region.ops[index]
            self.check(op, owner, index == len(region.ops) - 1)
            yield op
            stack.append((region, index + 1, owner, mine))
            stack.extend((inner, 0, op, []) for inner in reversed(op.regions))

    def enter(self, region: Region, owner: Op | None, mine: list[Value]) -> None:
        """Define the arguments of a region in `mine`, which is forgotten when the region ends."""
        if not region.ops:
            what = f"a region of {owner.name}" if owner else f"the function {self.function.name}"
            raise fail("QW0510", f"{what} has no operations", owner.spans[0] if owner and owner.spans else None)
        for value in region.args:
            if value in self.defined:
                raise fail("QW0510", f"the region argument %{value.name} is defined twice")
            self.defined.add(value)
            self.visible.add(value)
            mine.append(value)

    def define(self, op: Op, mine: list[Value]) -> None:
        """Make the results of an operation visible to what follows it."""
        for value in op.results:
            if value in self.defined:
                raise broken(op, f"its result %{value.name} is defined twice")
            self.defined.add(value)
            self.visible.add(value)
            mine.append(value)

    # ------------------------------------------------------------ one operation

    def check(self, op: Op, owner: Op | None, last: bool) -> None:
        """Check everything about one operation that does not need what follows it."""
        own = op.regions[0].args if op.name == "while" and op.regions else ()  # its condition reads what it carries
        for value in (*op.operands, *(capture for capture in op.captures.values() if capture not in own)):
            if value not in self.visible:
                raise broken(op, f"it uses %{value.name}, which is not defined before it")
        ends = op.name in ("yield", "return")
        if ends != last:
            raise broken(
                op,
                "it ends a region before its last operation"
                if ends
                else "its region does not end with yield or return",
            )
        if op.name == "yield" and owner is None:
            raise broken(op, "a function ends with return")
        if op.name in STRUCTURE:
            self.structural(op, owner)
        else:
            row = table().get(op.name)
            if row is None or row.group == "control":
                raise broken(op, "no instruction has this name")
            self.instruction(op, row)
        self.symbols(op)

    def symbols(self, op: Op) -> None:
        """Every free symbol of the attributes is bound by a capture, and nothing else is captured."""
        bound = {"n"} if op.name not in STRUCTURE else set()
        row = table().get(op.name)
        if row is not None:
            bound |= {name for operand in row.operands for name in operand.over}
        free: set[str] = set()
        stack: list[Any] = list(op.attributes.values())
        while stack:
            item = stack.pop()
            if isinstance(item, tuple):
                stack.extend(item)
            elif isinstance(item, (Expr, Operator)):
                free |= item.symbols
        free -= bound
        if free != set(op.captures):
            loose = sorted(free ^ set(op.captures))
            raise broken(op, f"captures and symbols differ: {', '.join(loose)}")
        for name, value in op.captures.items():
            if value.type.kind not in ("scalar", "qint"):
                raise broken(op, f"the symbol {name} is bound to a {value.type.kind}")

    # ------------------------------------------------------------ structure

    def structural(self, op: Op, owner: Op | None) -> None:
        """loop, if, while, call, yield, return, undef, halt."""
        names, regions = STRUCTURE[op.name]
        if set(op.attributes) != names:
            raise broken(
                op,
                f"its attributes are {spelled(op.attributes)}, not {spelled(names)}",
            )
        if len(op.regions) != regions:
            raise broken(op, f"it has {len(op.regions)} regions, not {regions}")
        match op.name:
            case "loop":
                self.loop(op)
            case "while":
                self.constant(op, "bound")
                self.same(op, "carried values", types(op.operands), types(op.regions[0].args))
                self.same(op, "results", types(op.results), types(op.operands))
                self.expression(op, "condition")
            case "if":
                self.same(op, "operands", types(op.operands), [])
                self.expression(op, "condition")
                for region in op.regions:
                    self.same(op, "region arguments", types(region.args), [])
            case "call":
                callee = self.callees.get(str(op.attributes["function"]))
                if callee is None or not isinstance(op.attributes["function"], str):
                    raise broken(op, f"no function {op.attributes['function']} stands above {self.function.name}")
                self.same(op, "arguments", types(op.operands), types(callee.body.args))
                self.same(op, "results", types(op.results), list(callee.results))
            case "yield" if owner is not None:
                self.same(op, "values", types(op.operands), types(owner.results))
            case "return":
                if owner is not None:
                    raise broken(op, "it stands inside a region")
                self.same(op, "values", types(op.operands), list(self.function.results))
            case "undef":
                self.same(op, "operands", types(op.operands), [])
                if len(op.results) != 1:
                    raise broken(op, "it gives one value")
            case "halt":
                self.same(op, "values", types([*op.operands, *op.results]), [])
            case "sweep":
                self.sweep(op)

    def loop(self, op: Op) -> None:
        for name in ("low", "high"):
            self.constant(op, name)
        if op.attributes["domain"] not in ("ints", "primes"):
            raise broken(op, f"its domain is {op.attributes['domain']}")
        args = op.regions[0].args
        if not args or args[0].type != Type("qint"):
            raise broken(op, "its region has no variable")
        low = op.attributes["low"]
        assert isinstance(low, Expr)
        self.kinds[args[0]] = range_kind(str(op.attributes["domain"]), low)
        self.same(op, "carried values", types(op.operands), types(args[1:]))
        self.same(op, "results", types(op.results), types(op.operands))

    def sweep(self, op: Op) -> None:
        """The sum of coefficient times operator applied to operand: one of each for every operand, in one type."""
        operators, coefficients = op.attributes["operators"], op.attributes["coefficients"]
        if not isinstance(operators, tuple) or not isinstance(coefficients, tuple):
            raise broken(op, "its operators and coefficients are lists")
        if not len(operators) == len(coefficients) == len(op.operands) > 0:
            raise broken(
                op, f"it has {len(op.operands)} states, {len(operators)} operators, {len(coefficients)} factors"
            )
        for operator, coefficient in zip(operators, coefficients):
            self.value(op, "operators", "operator", operator, ())
            self.value(op, "coefficients", "scalars", coefficient, ())
            place = op.spans[0] if op.spans else None
            check_value("a coefficient of sweep", coefficient, self.module.space, place)
            check_value("an operator of sweep", operator, self.module.space, place)
        if op.operands[0].type.kind != "qstate" or len(op.results) != 1:
            raise broken(op, "it makes one state of states")
        self.same(op, "states", types([*op.operands, *op.results]), types([op.operands[0]] * (len(op.operands) + 1)))

    def constant(self, op: Op, name: str) -> None:
        value = op.attributes[name]
        if not isinstance(value, Expr) or value.integer() is None:
            raise broken(op, f"{name} is not a constant integer")

    def expression(self, op: Op, name: str) -> None:
        if not isinstance(op.attributes[name], Expr):
            raise broken(op, f"{name} is not an expression")
        check_value(
            f"the {name} of {op.name}", op.attributes[name], self.module.space, op.spans[0] if op.spans else None
        )

    def same(self, op: Op, what: str, found: Sequence[Type], wanted: Sequence[Type]) -> None:
        if list(found) != list(wanted):
            raise broken(op, f"its {what} are ({', '.join(map(str, found))}), not ({', '.join(map(str, wanted))})")

    # ------------------------------------------------------------ table rows

    def instruction(self, op: Op, row: Instruction) -> None:
        """Operands, results and attributes against the row."""
        if op.regions:
            raise broken(op, "an instruction has no regions")
        if row.not_yet:
            raise fail(
                "QW0590",
                f"{row.mnemonic} is not in this version of the toolchain: {row.not_yet}",
                op.spans[0] if op.spans else None,
            )
        check_fields(row, self.module.space, op.spans[0] if op.spans else None)
        reads, writes, attributes = list(op.operands), list(op.results), dict(op.attributes)
        for operand in row.operands:
            self.operand(op, operand, reads, writes, attributes)
        for attribute in row.attributes:
            self.attribute(op, attribute, reads, writes, attributes)
        if reads or writes or attributes:
            extra = [*(f"%{value.name}" for value in (*reads, *writes)), *attributes]
            raise broken(op, f"it has operands that the instruction does not: {', '.join(extra)}")
        self.pictures(op, row)
        check_row(row, self.module.space, op.attributes, op.results, op.spans[0] if op.spans else None)

    def operand(
        self, op: Op, operand: Operand, reads: list[Value], writes: list[Value], attributes: dict[str, Any]
    ) -> None:
        kinds = (operand.kind, *operand.also)
        registers = [kind for kind in kinds if kind in REGISTERS]
        if operand.writes:
            self.take(op, writes, registers, operand.name)
            if operand.reads:
                self.take(op, reads, registers, operand.name)
        elif operand.name in attributes:
            kind = next((kind for kind in kinds if kind not in REGISTERS), None)
            if kind is None:
                raise broken(op, f"{operand.name} is a register, not an attribute")
            self.value(op, operand.name, kind, attributes.pop(operand.name), operand.choices)
        elif registers and reads and accepts(reads[0].type.kind, registers):
            reads.pop(0)
        elif not operand.optional:
            raise broken(op, f"it lacks {operand.name}")

    def take(self, op: Op, values: list[Value], kinds: Sequence[str], name: str) -> None:
        if not values or not accepts(values[0].type.kind, kinds):
            raise broken(op, f"it lacks a {' or '.join(kinds)} for {name}")
        values.pop(0)

    def attribute(
        self, op: Op, attribute: Attr, reads: list[Value], writes: list[Value], attributes: dict[str, Any]
    ) -> None:
        if attribute.name not in attributes:
            if attribute.kind in REGISTERS and not attribute.writes and reads:
                reads.pop(0)
            return
        value = attributes.pop(attribute.name)
        if attribute.writes:
            if value is not True:
                raise broken(op, f"{attribute.name} is a flag beside its result")
            self.take(op, writes, (attribute.kind,), attribute.name)
        else:
            self.value(op, attribute.name, attribute.kind, value, attribute.choices)

    def value(self, op: Op, name: str, kind: str, value: Any, choices: tuple[str, ...]) -> None:
        """An attribute's value is what its kind says."""
        fits = {
            "operator": isinstance(value, Operator),
            "string": isinstance(value, str),
            "word": isinstance(value, str) and (not choices or value in choices),
            "flag": isinstance(value, bool),
            "list": isinstance(value, Expr)
            or (isinstance(value, tuple) and all(isinstance(item, Expr) for item in value)),
            "basis": isinstance(value, tuple)
            and bool(value)
            and value[0] in choices
            and all(isinstance(item, Expr) for item in value[1:]),
        }.get(kind, isinstance(value, Expr))
        if not fits:
            raise broken(op, f"{name} is not of kind {kind}")
        if isinstance(value, Operator) and value.truncation != self.module.space.truncation:
            raise broken(op, f"{name} is an operator under {value.truncation} truncation")
        if kind in ("integer", "prime") and value.integer() is None and not value.is_integer:
            raise broken(op, f"{name} is not an integer")
        if kind == "prime":
            from qwasm.arith.sieve import is_prime

            whole = value.integer()
            if not (
                is_prime(whole)
                if whole is not None and whole > 1
                else any(value is symbol(x, "prime") for x in value.symbols)
            ):
                raise broken(op, f"{name} is not a prime")
            for capture in op.captures.values():
                if whole is None and self.kinds.get(capture) != "prime":
                    raise broken(op, f"{name} is bound to a variable that need not be a prime")

    def pictures(self, op: Op, row: Instruction) -> None:
        """States read share one picture that the row knows; states written have the one it gives."""
        read = list(dict.fromkeys(value.type.picture for value in op.operands if value.type.kind in PICTURED))
        if len(read) > 1:
            raise broken(op, f"it mixes the pictures {' and '.join(read)}")
        if read and read[0] not in row.pictures:
            raise broken(op, f"it has no meaning in the picture {read[0]}")
        wanted = row.result_picture if row.result_picture != "same" else read[0] if read else None
        for value in op.results:
            if value.type.kind in PICTURED and wanted is not None and value.type.picture != wanted:
                raise broken(op, f"its result is in {value.type.picture}, not in {wanted}")


def spelled(names: Iterable[str]) -> str:
    """Names in order, or `none`."""
    return ", ".join(sorted(names)) or "none"


def types(values: Sequence[Value]) -> list[Type]:
    """The types of values, in order."""
    return [value.type for value in values]
