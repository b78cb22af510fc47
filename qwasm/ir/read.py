"""The reader of QIR text: strict, line by line, no recursion.

Every line must be exactly of the form the printer writes (blanks aside); expressions are read
by the language's own parser with the symbols that the captures bind.
"""

from __future__ import annotations

import json
import re
from fractions import Fraction
from typing import Any

from qwasm.algebra.operators import Algebra
from qwasm.algebra.ring import Expr, symbol
from qwasm.diagnostics import QwasmError, Reporter, Span, fail
from qwasm.ir.elaborate import Elaborator
from qwasm.ir.instruct import entry
from qwasm.ir.module import Function, Module, Op, Region, Type, Value
from qwasm.ir.ranges import range_kind
from qwasm.ir.scope import Scope
from qwasm.ir.spaces import space_of
from qwasm.ir.text import HEADER
from qwasm.limits import DEFAULT
from qwasm.syntax import parse, parse_expression, tree

RULES_DIGEST = re.compile(r"sha256:[0-9a-f]{64}\Z")
TOKEN = re.compile(
    r"""\s*(?:(?P<value>%[A-Za-z_0-9]*\#[0-9]+)|(?P<operator>X`[^`]*`)|(?P<expression>`[^`]*`)|(?P<string>"(?:[^"\\]|\\.)*")
    |(?P<arrow>->)|(?P<number>-?[0-9]+(?:/[0-9]+)?)|(?P<word>[A-Za-z_][A-Za-z0-9_.]*(?:<[a-z]+>)?)|(?P<mark>[@^(){}=:,]))""",
    re.VERBOSE,
)
KINDS = ("qstate", "qfield", "qmesh", "scalar", "qint", "qop", "vector")
FIXED = {"true": True, "false": False, "none": None}


class Line:
    """The tokens of one line, taken from the left."""

    def __init__(self, text: str, number: int, file: str) -> None:
        self.place = Span(file, number, 1, max(1, len(text)))
        self.tokens: list[tuple[str, str]] = []
        position, text = 0, text.rstrip()
        while position < len(text):
            match = TOKEN.match(text, position)
            if match is None:
                raise self.wrong(f"{text[position : position + 20]!r} is no part of the text form")
            self.tokens.append((str(match.lastgroup), match[match.lastgroup or 0]))
            position = match.end()
        self.next = 0

    def wrong(self, why: str) -> QwasmError:
        return fail("QW0511", f"this is no line of QIR: {why}", self.place, "print the module again with --emit=ir")

    def peek(self) -> str:
        """The next token, '' at the end."""
        return self.tokens[self.next][1] if self.next < len(self.tokens) else ""

    def take(self, kind: str = "", text: str = "") -> str:
        """The next token, which must be of the kind and spelled so."""
        if self.next == len(self.tokens):
            raise self.wrong(f"it ends before {text or kind}")
        found, spelled = self.tokens[self.next]
        if (kind and found != kind) or (text and spelled != text):
            raise self.wrong(f"{spelled!r} stands where {text or kind} is needed")
        self.next += 1
        return spelled

    def maybe(self, text: str) -> bool:
        """Take the token if it is next."""
        if self.peek() == text:
            self.next += 1
            return True
        return False

    def done(self) -> None:
        if self.next != len(self.tokens):
            raise self.wrong(f"{self.peek()!r} is left over")


class Reader:
    """Reads one module; `kinds` knows which values are loop variables."""

    def __init__(self, text: str, file: str) -> None:
        self.lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
        self.file, self.index = file, 0
        self.values: dict[str, Value] = {}
        self.kinds: dict[Value, str] = {}
        self.parsed: dict[str, tree.Node] = {}
        self.ahead: dict[str, str] = {}  # what the condition of a while reads of its region
        self.elaborator = Elaborator()

    def line(self) -> Line:
        """The next line; an error when the text ends."""
        if self.index == len(self.lines):
            raise fail(
                "QW0511",
                "the text ends inside a function",
                Span(self.file, 1, 1),
                "print the module again with --emit=ir",
            )
        number, text = self.lines[self.index]
        self.index += 1
        return Line(text, number, self.file)

    def module(self) -> Module:
        """The module.

        Raises QwasmError QW0511 for a line that is not of the form.
        """
        if not self.lines or self.lines[0][1].strip() != HEADER:
            raise fail(
                "QW0511",
                f"the text does not begin with {HEADER!r}",
                Span(self.file, 1, 1),
                "print the module again with --emit=ir",
            )
        self.index = 1
        module = Module(self.space())
        while self.index < len(self.lines):
            line = self.line()
            match line.take("word"):
                case "digest":
                    module.digest = self.string(line)
                case "param" | "given" as where:
                    name = line.take("word")
                    line.take("mark", "=")
                    value = self.attribute(line, Scope())
                    if not isinstance(value, Expr) or not value.is_constant:
                        raise line.wrong(f"{name} is not a constant")
                    (module.parameters if where == "param" else module.given)[name] = value
                case "table":
                    name = line.take("word")
                    line.take("mark", "=")
                    module.tables[name] = self.string(line)
                case "rules":
                    name = self.string(line)
                    line.take("mark", "=")
                    module.rules[name] = self.string(line)
                    if not RULES_DIGEST.match(module.rules[name]):
                        raise line.wrong(f"{module.rules[name]!r} is no digest")
                case "func":
                    function = self.function(line)
                    if function.name in module.functions:
                        raise line.wrong(f"the function {function.name!r} stands twice")
                    module.functions[function.name] = function
                    continue
                case word:
                    raise line.wrong(f"{word!r} begins no part of a module")
            line.done()
        return module

    def space(self) -> Any:
        """The line `space ...`, read as a .space line is."""
        number, text = self.lines[1] if len(self.lines) > 1 else (1, "")
        if not text.startswith("space "):
            raise fail(
                "QW0511", "the module has no space", Span(self.file, number, 1), "print the module again with --emit=ir"
            )
        self.index = 2
        statements = parse("." + text, self.file).statements
        if len(statements) != 1 or not isinstance(statements[0], tree.SpaceDecl):
            raise fail(
                "QW0511", "this is no space", Span(self.file, number, 1), "print the module again with --emit=ir"
            )
        space, _ = space_of(statements[0], self.elaborator, Scope(), None, DEFAULT)
        self.elaborator = Elaborator(space, algebra=Algebra(space.truncation))
        self.entry = entry(space)
        return space

    # ------------------------------------------------------------ functions

    def function(self, line: Line) -> Function:
        """A function whose first line is at hand."""
        self.values, self.kinds = {}, {}
        line.take("mark", "@")
        name = line.take("word")
        body = Region(self.arguments(line))
        line.take("arrow")
        results = tuple(self.types(line))
        spans = self.places(line)
        line.take("mark", "{")
        line.done()
        self.region(body)
        return Function(name, results, body, spans[0] if spans else None)

    def region(self, body: Region) -> None:
        """Fill a region, and the regions inside it, up to its closing brace."""
        stack: list[tuple[Region, Op | None]] = [(body, None)]
        while stack:
            region, owner = stack[-1]
            line = self.line()
            if line.maybe("}"):
                stack.pop()
                if line.maybe("else"):
                    if owner is None:
                        raise line.wrong("a function has one region")
                    line.take("mark", "{")
                    stack.append((self.open(owner), owner))
                line.done()
                continue
            op = self.operation(line)
            region.ops.append(op)
            if line.maybe("{"):
                stack.append((self.open(op), op))
            line.done()

    def open(self, op: Op) -> Region:
        """A new region of an operation, its arguments on the next line."""
        line = self.line()
        line.take("mark", "^")
        region = Region(self.arguments(line))
        for name, token in self.ahead.items():
            if token not in self.values:
                raise line.wrong(f"{token} is not defined above")
            op.captures[name] = self.values[token]
        self.ahead.clear()
        line.done()
        low = op.attributes.get("low")
        if op.name == "loop" and region.args and isinstance(low, Expr):
            self.kinds[region.args[0]] = range_kind(str(op.attributes.get("domain")), low)
        op.regions.append(region)
        return region

    def operation(self, line: Line) -> Op:
        """One operation without its regions."""
        names: list[str] = []
        while line.peek().startswith("%"):
            names.append(line.take("value"))
            if not line.maybe(","):
                line.take("mark", "=")
                break
        name = line.take("word")
        operands = self.operands(line)
        start = line.next
        self.skip_braces(line)
        captures: dict[str, Value] = {}
        if line.maybe("with"):
            line.take("mark", "{")
            while not line.maybe("}"):
                captured = line.take("word")
                line.take("mark", "=")
                if name == "while" and line.peek() not in self.values:
                    self.ahead[captured] = line.take("value")
                    captures[captured] = Value(Type("scalar"))
                else:
                    captures[captured] = self.value(line)
                if line.peek() != "}":
                    line.take("mark", ",")
        end = line.next
        line.next = start
        attributes = self.attributes(line, captures)
        line.next = end
        line.take("mark", ":")
        types = self.types(line)
        if len(types) != len(names):
            raise line.wrong(f"{len(names)} results and {len(types)} types")
        spans = self.places(line)
        results = [self.define(line, value, type_) for value, type_ in zip(names, types, strict=True)]
        return Op(name, operands, results, attributes, captures, [], spans)

    def skip_braces(self, line: Line) -> None:
        """Go past the attributes; they are read when the captures are known."""
        line.take("mark", "{")
        while line.take() != "}":
            pass

    def attributes(self, line: Line, captures: dict[str, Value]) -> dict[str, Any]:
        """name = value, ... in braces."""
        scope = Scope()
        scope.bind("x", self.entry)
        for name, value in captures.items():
            scope.bind(name, symbol(name, self.kinds.get(value, "scalar")))  # type: ignore[arg-type]
        found: dict[str, Any] = {}
        line.take("mark", "{")
        while not line.maybe("}"):
            name = line.take("word")
            line.take("mark", "=")
            if name in found:
                raise line.wrong(f"{name!r} is given twice")
            found[name] = self.attribute(line, scope)
            if line.peek() != "}":
                line.take("mark", ",")
        return found

    def attribute(self, line: Line, scope: Scope) -> Any:
        """One value: an expression, an operator, a string, a number, a word or a list of them."""
        kind, text = line.tokens[line.next] if line.next < len(line.tokens) else ("", "")
        line.next += 1
        match kind:
            case "expression":
                return self.elaborator.expression(self.node(text[1:-1], line), scope, ("n",))
            case "operator":
                return self.elaborator.operator(self.node(text[2:-1], line), scope)
            case "string":
                return json.loads(text)
            case "number":
                return Fraction(text) if "/" in text else int(text)
            case "word" if text in FIXED:
                return FIXED[text]
            case "mark" if text == "(":
                items: list[Any] = []
                while not line.maybe(")"):
                    if line.peek() == "(":
                        raise line.wrong("a list inside a list")
                    items.append(self.attribute(line, scope))
                    line.take("mark", ",")
                return tuple(items)
        raise line.wrong(f"{text!r} is no value")

    def node(self, text: str, line: Line) -> tree.Node:
        """The tree of an expression; equal texts are parsed once."""
        if text not in self.parsed:
            self.parsed[text] = parse_expression(text, line.place.file, line.place.line)
        return self.parsed[text]

    # ------------------------------------------------------------ small parts

    def string(self, line: Line) -> str:
        return str(json.loads(line.take("string")))

    def value(self, line: Line) -> Value:
        token = line.take("value")
        if token not in self.values:
            raise line.wrong(f"{token} is not defined above")
        return self.values[token]

    def define(self, line: Line, token: str, type_: Type) -> Value:
        if token in self.values:
            raise line.wrong(f"{token} is defined twice")
        self.values[token] = Value(type_, token[1 : token.index("#")])
        return self.values[token]

    def operands(self, line: Line) -> list[Value]:
        line.take("mark", "(")
        found: list[Value] = []
        while not line.maybe(")"):
            found.append(self.value(line))
            if line.peek() != ")":
                line.take("mark", ",")
        return found

    def arguments(self, line: Line) -> list[Value]:
        line.take("mark", "(")
        found: list[Value] = []
        while not line.maybe(")"):
            token = line.take("value")
            line.take("mark", ":")
            found.append(self.define(line, token, self.type(line)))
            if line.peek() != ")":
                line.take("mark", ",")
        return found

    def types(self, line: Line) -> list[Type]:
        line.take("mark", "(")
        found: list[Type] = []
        while not line.maybe(")"):
            found.append(self.type(line))
            if line.peek() != ")":
                line.take("mark", ",")
        return found

    def type(self, line: Line) -> Type:
        kind, _, picture = line.take("word").partition("<")
        if kind not in KINDS or picture not in ("", "hilbert>"):
            raise line.wrong(f"{kind} is no type")
        return Type(kind, "hilbert" if picture else "nspace")  # type: ignore[arg-type]

    def places(self, line: Line) -> tuple[Span, ...]:
        spans: list[Span] = []
        if line.maybe("loc"):
            line.take("mark", "(")
            while not line.maybe(")"):
                file = self.string(line)
                numbers: list[int] = []
                for _ in range(3):
                    line.take("mark", ":")
                    text = line.take("number")
                    if "/" in text:
                        raise line.wrong("a place has whole numbers")
                    numbers.append(int(text))
                spans.append(Span(file, *numbers))
                if line.peek() != ")":
                    line.take("mark", ",")
        return tuple(spans)


__all__ = ["Reader", "Reporter"]
