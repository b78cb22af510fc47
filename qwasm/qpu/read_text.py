"""Reading the text of a QPU program: tokens, values, lines and regions, with an explicit stack."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import fields
from fractions import Fraction
from typing import Any

from qwasm.algebra.ring import symbol
from qwasm.diagnostics import QwasmError, Span, fail
from qwasm.qpu.forms import NAMES, REGIONS, SLOT_LISTS, SLOTS, VERSION
from qwasm.qpu.program import MicroOp, QpuProgram, Routine, Schedule, SlotType, SweepTerm
from qwasm.qpu.schedules import checked
from qwasm.qpu.verify import verify
from qwasm.space import Field, Space, Weight

TOKEN = re.compile(
    r'\s*(?:(?P<slot>%\d+)|(?P<text>[eosr]?"(?:[^"\\]|\\.)*")|(?P<number>-?\d+)|(?P<word>[A-Za-z_][\w.]*)|(?P<sign>[()=]))'
)


class Words:
    """The tokens of one line, with the place for errors."""

    def __init__(self, text: str, place: Span) -> None:
        self.place = place
        self.tokens: list[tuple[str, str]] = []
        position = 0
        stripped = text.rstrip()
        while position < len(stripped):
            match = TOKEN.match(stripped, position)
            if match is None or match.lastgroup is None:
                raise bad(place, f"{stripped[position : position + 12]!r} is not QPU text")
            self.tokens.append((match.lastgroup, match[match.lastgroup]))
            position = match.end()
        self.index = 0

    def next(self, kind: str = "") -> tuple[str, str]:
        """The next token, of a kind when one is asked for."""
        if self.index == len(self.tokens) or (kind and self.tokens[self.index][0] != kind):
            raise bad(self.place, f"a {kind or 'value'} is missing here")
        self.index += 1
        return self.tokens[self.index - 1]

    @property
    def done(self) -> bool:
        return self.index == len(self.tokens)

    def raw(self) -> Any:
        """One value: lists as tuples, slots as ('slot', i), texts as ('e' | 'o' | 'r' | '', text); iterative."""
        stack: list[list[Any]] = [[]]
        while True:
            kind, text = self.next()
            if text == "(" and kind == "sign":
                stack.append([])
                continue
            if text == ")" and kind == "sign":
                if len(stack) == 1:
                    raise bad(self.place, "a parenthesis closes nothing")
                item: Any = tuple(stack.pop())
            else:
                item = self.leaf(kind, text)
            stack[-1].append(item)
            if len(stack) == 1:
                return stack[0][0]

    def leaf(self, kind: str, text: str) -> Any:
        """A value that is not a list."""
        if kind == "slot":
            return Tagged("slot", int(text[1:]))
        if kind == "number":
            return int(text)
        if kind == "word" and text in ("true", "false", "none"):
            return {"true": True, "false": False, "none": None}[text]
        if kind == "text":
            tag = "" if text[0] == '"' else text[0]
            content = json.loads(text[len(tag) :])
            return content if not tag or tag == "s" else Tagged(tag, content)
        raise bad(self.place, f"{text!r} is not a value")

    def pairs(self) -> dict[str, Any]:
        """key=value to the end of the line."""
        found: dict[str, Any] = {}
        while not self.done:
            key = self.next("word")[1]
            if self.next("sign")[1] != "=" or key in found:
                raise bad(self.place, f"{key} stands twice or has no value")
            found[key] = self.raw()
        return found


class Tagged(tuple[str, Any]):
    """A slot, expression, operator or rational before it is read."""

    __slots__ = ()

    def __new__(cls, tag: str, content: Any) -> Tagged:
        return super().__new__(cls, (tag, content))


def bad(place: Span, message: str) -> QwasmError:
    return fail(
        "QW0541", f"this is not the text of a QPU program: {message}", place, "make it again with qwasmc --emit=qpu"
    )


def parse_qpu(text: str, file: str = "<qpu>") -> QpuProgram:
    """The program that `print_qpu` wrote. Raises QwasmError QW0541 where the text is not one."""
    lines = [
        (Span(file, number, 1, max(1, len(raw))), raw) for number, raw in enumerate(text.splitlines(), 1) if raw.strip()
    ]
    if not lines or lines[0][1].strip() != VERSION:
        raise bad(Span(file, 1, 1), f"the first line is not {VERSION!r}")
    try:
        program = Reader(lines[1:]).program()
        verify(program)
        return program
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise bad(Span(file, 1, 1), f"a line lacks something: {error}") from None


class Reader:
    """Lines to a program."""

    def __init__(self, lines: list[tuple[Span, str]]) -> None:
        self.lines = lines
        self.space = Space(1)
        self.cache: dict[tuple[str, str, tuple[tuple[str, str], ...]], Any] = {}

    def program(self) -> QpuProgram:
        """Head, tables, routines."""
        schedule, digest, tables, routines = Schedule(), "", {}, {}
        position = 0
        while position < len(self.lines):
            place, text = self.lines[position]
            position += 1
            words = Words(text, place)
            head = words.next("word")[1]
            if head == "space":
                found = words.pairs()
                kind = Field(found["field"], found["modulus"])
                self.space = Space(found["N"], Weight(Fraction(found["s"][1])), kind, found["truncation"])
            elif head == "schedule":
                schedule = checked(Schedule(**words.pairs()))
            elif head == "digest":
                digest = words.raw()
            elif head == "table":
                tables[words.raw()] = words.raw()
            elif head == "routine":
                routine, position = self.routine(words, position)
                routines[routine.name] = routine
            else:
                raise bad(place, f"{head!r} does not open a line here")
        if "main" not in routines:
            raise bad(Span("<qpu>", 1, 1), "there is no routine main")
        return QpuProgram(self.space, routines, schedule, tables, digest)

    def routine(self, words: Words, position: int) -> tuple[Routine, int]:
        """A routine to its `end`, and the line after it."""
        name = words.raw()
        found = words.pairs()
        kinds: list[SlotType] = []
        top: list[MicroOp] = []
        # each open operation: its class, its fields, its regions so far, the region being read
        stack: list[tuple[type[MicroOp], dict[str, Any], dict[str, list[MicroOp]]]] = []
        current = top
        outer: list[list[MicroOp]] = []
        while position < len(self.lines):
            place, text = self.lines[position]
            position += 1
            stripped = text.strip()
            if stripped == "end" and not stack:
                return Routine(
                    name, numbers(found["parameters"]), numbers(found["results"]), tuple(kinds), tuple(top)
                ), position
            if stripped == "end":
                kind, held, regions = stack.pop()
                current = outer.pop()
                held.update((key, tuple(ops)) for key, ops in regions.items())
                current.append(kind(**held))
            elif stripped.endswith(":") and stripped[:-1] in REGIONS and stack:
                current = stack[-1][2].setdefault(stripped[:-1], [])
            elif stripped.startswith("slot "):
                line_words = Words(stripped, place)
                line_words.next("word")
                line_words.next("slot")
                kinds.append(SlotType(line_words.raw(), line_words.raw()))
            else:
                kind, held = self.operation(Words(stripped, place), len(kinds))
                if any(f.name in REGIONS for f in fields(kind)):
                    stack.append((kind, held, {}))
                    outer.append(current)
                else:
                    current.append(kind(**held))
        raise bad(self.lines[-1][0], "a routine is not closed by end")

    def operation(self, words: Words, count: int) -> tuple[type[MicroOp], dict[str, Any]]:
        """A micro-operation's class and fields."""
        name = words.next("word")[1]
        if name not in NAMES:
            raise bad(words.place, f"{name!r} is not a micro-operation")
        raw = words.pairs()
        where = raw.pop("where", ())
        kinds = tuple(zip(where[0::2], where[1::2]))
        held: dict[str, Any] = {}
        if "at" in raw:
            held["span"] = Span(*raw.pop("at"))
        for key, item in raw.items():
            if key in SLOTS:
                held[key] = slot(item, count)
            elif key in SLOT_LISTS:
                held[key] = tuple(slot(inner, count) for inner in item)
            elif key == "captures":
                held[key] = tuple((item[i], slot(item[i + 1], count)) for i in range(0, len(item), 2))
            elif key == "terms":
                held[key] = tuple(
                    SweepTerm(self.read(c, kinds), self.read(x, kinds), slot(s, count)) for c, x, s in item
                )
            elif key == "attributes":
                held[key] = {inner: self.read(given, kinds) for inner, given in item}
            else:
                held[key] = self.read(item, kinds)
        return NAMES[name], held

    def read(self, item: Any, kinds: tuple[tuple[str, str], ...]) -> Any:
        """A value with its expressions and operators elaborated."""
        if isinstance(item, Tagged):
            tag, content = item
            if tag == "r":
                return Fraction(content)
            key = (tag, str(content), kinds)
            if key not in self.cache:
                self.cache[key] = elaborated(tag, str(content), dict(kinds), self.space)
            return self.cache[key]
        if isinstance(item, tuple):
            return tuple(self.read(inner, kinds) for inner in item)
        return item


def numbers(items: Iterable[Any]) -> tuple[int, ...]:
    return tuple(int(content) for _, content in items)


def slot(item: Any, count: int) -> int:
    """A slot number that exists."""
    if not isinstance(item, Tagged) or item[0] != "slot" or not 0 <= item[1] < count:
        raise ValueError(f"{item} is not a slot of this routine")
    return int(item[1])


def elaborated(tag: str, text: str, kinds: Mapping[str, str], space: Space) -> Any:
    """The expression or operator a text spells, its symbols of the given kinds."""
    from qwasm.algebra.operators import Algebra
    from qwasm.ir.elaborate import Elaborator
    from qwasm.ir.scope import Scope
    from qwasm.syntax import parse_expression

    scope = Scope()
    for name, kind in kinds.items():
        scope.bind(name, symbol(name, kind))  # type: ignore[arg-type]
    node = parse_expression(text, "<qpu>")
    if tag == "e":
        return Elaborator(space).expression(node, scope, ("n", *kinds))
    return Elaborator(space, algebra=Algebra(space.truncation)).operator(node, scope)
