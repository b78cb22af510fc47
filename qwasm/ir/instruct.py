"""Plain instructions: a line of operands checked against its table row and turned into one operation.

Registers that are read become operands, registers that are written become results, everything
else becomes the attribute of its operand's name.  The table says what may stand where; nothing
here knows an instruction by name except `free.qfield`, which takes a value away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeGuard

from qwasm.algebra.ring import Expr, symbol
from qwasm.diagnostics import Span, fail
from qwasm.instructions import table
from qwasm.instructions.form import Attr, Instruction, Operand
from qwasm.ir.check import check_fields, check_row
from qwasm.ir.module import Op, Type, Value
from qwasm.ir.place import Place
from qwasm.ir.registers import Gap
from qwasm.ir.scope import Argument, Lines, Register, Scope, did_you_mean
from qwasm.space import Space
from qwasm.syntax import tree

if TYPE_CHECKING:
    from qwasm.ir.body import Body

REGISTERS = ("qstate", "qfield", "qmesh", "scalar", "vector")
PICTURED = ("qstate", "qfield")


def instruction(body: Body, line: tree.Instruction, here: Place) -> None:
    """Append the operation of a line.

    Raises QwasmError QW0220 for an unknown mnemonic, QW0221 for a wrong number of operands, QW0222
    for a wrong kind, QW0223 for a wrong attribute, QW0225..QW0228 for what the types refuse.
    """
    row = table().get(line.mnemonic)
    if row is None or row.group == "control":
        raise unknown(line, here.scope, row)
    if row.not_yet:
        raise fail("QW0590", f"{row.mnemonic} is not in this version of the toolchain: {row.not_yet}", line.span)
    builder = Assembly(body, row, line, here)
    builder.take()
    op = builder.finish()
    body.add(here, op)
    for register, value in builder.results:
        here.env.write(register.key, value)
    if line.mnemonic == "free.qfield" and builder.read:
        here.env.write(builder.read[0].key, Gap("free.qfield gave it back"))


def unknown(line: tree.Instruction, scope: Scope, row: Instruction | None) -> Exception:
    """The error for a line whose first word is no instruction."""
    word = line.written or line.mnemonic
    if row is not None:
        return fail("QW0221", f"{word} does not stand alone", line.span, row.doc.split("\n")[0])
    macros = [name for name in scope.visible() if isinstance(scope.find(name), Lines)]
    hint = did_you_mean(word.lower(), [*table(), *macros]) or "qwasmc help instructions lists them"
    return fail("QW0220", f"no instruction is called {word!r}", line.span, hint)


class Assembly:
    """One operation being put together from the operands of a line."""

    def __init__(self, body: Body, row: Instruction, line: tree.Instruction, here: Place) -> None:
        self.body, self.row, self.line, self.here = body, row, line, here
        self.attributes: dict[str, Any] = {}
        self.operands: list[Value] = []
        self.read: list[Register] = []
        self.written: list[tuple[Register, Span]] = []
        self.results: list[tuple[Register, Value]] = []
        self.spans: dict[str, Span] = {}
        self.over: set[str] = {"n"}

    # ------------------------------------------------------------ operands in order

    def take(self) -> None:
        """Read every operand and attribute of the line."""
        nodes = self.without_flags(list(self.line.operands))
        wanted = self.row.operands
        least = sum(not operand.optional for operand in wanted)
        if not least <= len(nodes) <= len(wanted):
            count = str(least) if least == len(wanted) else f"{least} to {len(wanted)}"
            raise fail(
                "QW0221",
                f"{self.row.mnemonic} takes {count} operands, {len(nodes)} stand here",
                self.line.span,
                usage(self.row),
            )
        for operand, node in zip(wanted, nodes, strict=False):
            self.operand(operand, node)
        given: dict[str, tree.Node] = dict(self.line.attributes)
        known = {attribute.name: attribute for attribute in self.row.attributes}
        for name, node in given.items():
            if name not in known:
                hint = did_you_mean(name, list(known)) or usage(self.row)
                raise fail("QW0223", f"{self.row.mnemonic} has no attribute {name!r}", node.span, hint)
        for name, attribute in known.items():
            if name in given:
                self.attribute(attribute, given[name])
            elif attribute.kind == "operator" and isinstance(attribute.default, str):
                self.attributes[name] = self.default_operator(attribute.default)
        if any(register.kind == "vector" for register, _ in self.written):
            self.list_of_one()

    def list_of_one(self) -> None:
        """A vector takes a list: a number in parentheses, or without them, is a list of one."""
        for operand in self.row.operands:
            value = self.attributes.get(operand.name)
            if operand.kind == "list" and isinstance(value, Expr):
                self.attributes[operand.name] = (value,)

    def without_flags(self, nodes: list[tree.Node]) -> list[tree.Node]:
        """The operands without the bare flags that stand among them."""
        kept: list[tree.Node] = []
        for node in nodes:
            if is_flag(node, self.row, self.here.scope):
                self.attributes[node.id] = True
            else:
                kept.append(node)
        return kept

    def default_operator(self, text: str) -> Any:
        from qwasm.syntax import parse_expression

        node = parse_expression(text)
        elaborator = self.body.builder.elaborator
        if isinstance(node, tree.Name):
            node = tree.Name(self.line.span, node.id)
        return elaborator.operator(node, self.here.scope)

    def operand(self, operand: Operand, node: tree.Node) -> None:
        """Take one operand."""
        kinds = (operand.kind, *operand.also)
        if operand.writes:
            target = self.body.destination(
                node, self.here.scope, [k for k in kinds if k in REGISTERS], self.row.mnemonic
            )
            if operand.reads:
                self.reading(target, node.span)
            self.written.append((target, node.span))
            return
        register = self.body.register_of(node, self.here.scope) if any(k in REGISTERS for k in kinds) else None
        if register is not None and register.kind in kinds:
            self.reading(register, node.span)
            return
        if operand.kind in REGISTERS and not any(k not in REGISTERS for k in kinds):
            found = f"{register.key} is a {register.kind}" if register else "this is no register"
            wanted = " or ".join(kinds)
            raise fail(
                "QW0222",
                f"{self.row.mnemonic} takes a {wanted} for {operand.name}, {found}",
                node.span,
                usage(self.row),
            )
        kind = next(k for k in kinds if k not in REGISTERS)
        self.over |= set(operand.over)
        self.spans[operand.name] = node.span
        value = self.attributes[operand.name] = self.value(kind, node, operand.choices, operand.over)
        if operand.least is not None and (whole := value.integer()) is not None and whole < operand.least:
            said = f"{self.row.mnemonic} takes an integer >= {operand.least} for {operand.name}, this is {whole}"
            raise fail("QW0208", said, node.span, f"write {operand.least} or more")

    def attribute(self, attribute: Attr, node: tree.Node) -> None:
        """Take one attribute."""
        if attribute.writes:
            register = self.body.destination(node, self.here.scope, (attribute.kind,), self.row.mnemonic)
            self.written.append((register, node.span))
            self.attributes[attribute.name] = True
        elif attribute.kind in REGISTERS:
            self.operand(Operand(attribute.name, attribute.kind), node)  # type: ignore[arg-type]
        else:
            self.spans[attribute.name] = node.span
            self.attributes[attribute.name] = self.value(attribute.kind, node, attribute.choices, ())

    def reading(self, register: Register, place: Span) -> None:
        self.operands.append(self.body.read(register, self.here, place))
        self.read.append(register)

    # ------------------------------------------------------------ values

    def value(self, kind: str, node: tree.Node, choices: tuple[str, ...], over: tuple[str, ...]) -> Any:
        """An operand that is no register, as its kind reads it."""
        elaborator, scope = self.body.builder.elaborator, self.here.scope
        node, scope = behind(node, scope)
        match kind:
            case "operator":
                return elaborator.operator(node, scope)
            case "expression":
                return elaborator.expression(node, self.with_entry(scope, over), over)
            case "scalars":
                return self.numbers(node, scope)
            case "integer":
                return integer(elaborator.expression(node, scope), node.span, self.row.mnemonic)
            case "prime":
                return prime(elaborator.expression(node, scope), node.span, self.row.mnemonic)
            case "list":
                if isinstance(node, tree.Tuple):
                    return tuple(self.numbers(item, scope) for item in node.items)
                return self.numbers(node, scope)
            case "number":
                value = elaborator.expression(node, scope)
                if not value.is_constant:
                    raise fail("QW0223", f"this is a constant, not {value}", node.span)
                return value
            case "string":
                if isinstance(node, tree.Text):
                    return node.value
                raise fail("QW0222", f"{self.row.mnemonic} takes a string here", node.span, 'write "name"')
            case "flag" | "word":
                return self.word(kind, node, ("on", "off") if kind == "flag" else choices)
            case "basis":
                return self.basis(node, scope, choices)
        raise fail("QW0222", f"{self.row.mnemonic} takes a {kind} here", node.span, usage(self.row))

    def numbers(self, node: tree.Node, scope: Scope) -> Expr:
        return self.body.numbers(node, Place(self.here.env, self.here.ops, scope))

    def with_entry(self, scope: Scope, over: tuple[str, ...]) -> Scope:
        """A scope in which x is the entry of the state that map reads."""
        if "x" not in over:
            return scope
        inner = scope.child()
        inner.bind("x", entry(self.body.builder.space))
        return inner

    def word(self, kind: str, node: tree.Node, choices: tuple[str, ...]) -> Any:
        if isinstance(node, tree.Name):
            if not choices:
                return node.id
            for choice in choices:
                if choice.lower() == node.id.lower():
                    return choice == "on" if kind == "flag" else choice
        code = "QW0223" if kind == "flag" else "QW0222"
        raise fail(code, f"{self.row.mnemonic} takes a word here", node.span, f"one of: {', '.join(choices)}")

    def basis(self, node: tree.Node, scope: Scope, choices: tuple[str, ...]) -> Any:
        """A word that may take numbers: power, chebyshev(lo, hi), near(z)."""
        elaborator = self.body.builder.elaborator
        match node:
            case tree.Name(id=word) if word.lower() in choices:
                return (word.lower(),)
            case tree.Call(name=word, args=args, named=()) if word.lower() in choices:
                return (word.lower(), *(elaborator.expression(item, scope) for item in args))
        raise fail("QW0223", f"{self.row.mnemonic} takes a word here", node.span, f"one of: {', '.join(choices)}")

    # ------------------------------------------------------------ types

    def finish(self) -> Op:
        """The operation, its results typed and its meaning in this space checked."""
        row, place = self.row, self.line.span
        space = self.body.builder.space
        check_fields(row, space, place)
        picture = self.picture(place)
        values: list[Value] = []
        for register, where in self.written:
            kind = "qint" if register.kind == "qint" else register.kind
            mine = picture if register.kind in PICTURED else "nspace"
            if (
                register.kind in PICTURED
                and row.result_picture == "same"
                and not self.read_pictures()
                and register.picture
            ):
                mine = register.picture
            type_ = Type(kind, mine)  # type: ignore[arg-type]
            self.body.check_declared(register, type_, where)
            value = Value(type_, register.key)
            values.append(value)
            self.results.append((register, value))
        check_row(row, space, self.attributes, values, place, self.spans)
        captures: dict[str, Value] = {}
        for attribute in self.attributes.values():
            captures |= self.body.captures(attribute, self.here, place, frozenset(self.over))
        return Op(row.mnemonic, self.operands, values, self.attributes, dict(sorted(captures.items())), spans=(place,))

    def read_pictures(self) -> list[str]:
        return list(dict.fromkeys(value.type.picture for value in self.operands if value.type.kind in PICTURED))

    def picture(self, place: Span) -> str:
        """The picture of the states read, which must be one; then that of the states written."""
        found = self.read_pictures()
        row = self.row
        if len(found) > 1:
            names = ", ".join(
                f"{value.name} is {value.type.picture}" for value in self.operands if value.type.kind in PICTURED
            )
            raise fail(
                "QW0226", f"{row.mnemonic} mixes pictures: {names}", place, "convert one: to.hilbert or to.nspace"
            )
        if found and found[0] not in row.pictures:
            other = "nspace" if found[0] == "hilbert" else "hilbert"
            raise fail(
                "QW0226",
                f"{row.mnemonic} takes a state in {other}, this one is in {found[0]}",
                place,
                f"to.{other} converts",
            )
        if row.result_picture != "same":
            return row.result_picture
        return found[0] if found else "nspace"


def is_flag(node: tree.Node, row: Instruction, scope: Scope) -> TypeGuard[tree.Name]:
    """Whether an operand is the bare name of a flag of the instruction, and nothing declared."""
    return (
        isinstance(node, tree.Name)
        and any(attribute.name == node.id and attribute.kind == "flag" for attribute in row.attributes)
        and scope.find(node.id) is None
    )


def entry(space: Space) -> Expr:
    """The symbol x of map: an entry of a state, real, complex or an integer as the field is."""
    kind = {"real": "real", "real32": "real", "complex": "complex", "mod": "int"}[space.field.kind]
    return symbol("x", kind)  # type: ignore[arg-type]


def behind(node: tree.Node, scope: Scope) -> tuple[tree.Node, Scope]:
    """What a macro parameter stands for, and the scope it was written in."""
    while isinstance(node, tree.Name):
        bound = scope.find(node.id)
        if not isinstance(bound, Argument):
            break
        node, scope = bound.node, bound.scope
    return node, scope


def integer(value: Expr, place: Span, what: str) -> Expr:
    """The value if it surely is an integer; raises QW0208."""
    if value.integer() is None and not (value.is_integer and not value.is_constant):
        raise fail(
            "QW0208", f"{what} takes an integer, this is {value}", place, "round it, or use a variable over integers"
        )
    return value


def prime(value: Expr, place: Span, what: str) -> Expr:
    """The value if it is a prime, or a variable over primes; raises QW0207."""
    from qwasm.ir.declare import check_prime

    integer(value, place, what)
    whole = value.integer()
    if whole is not None:
        check_prime(whole, place, what)
    elif not any(value is symbol(name, "prime") for name in value.symbols):
        raise fail(
            "QW0207",
            f"{what} takes a prime, {value} need not be one",
            place,
            "let it run over primes: primes p, 2, 100",
        )
    return value


def usage(row: Instruction) -> str:
    """How an instruction is written: mnemonic and operand names."""
    names = [f"[{operand.name}]" if operand.optional else operand.name for operand in row.operands]
    extra = [f"{attribute.name}=" for attribute in row.attributes]
    return f"{row.mnemonic} {', '.join((*names, *extra))}"
