"""The parse driver: runs the LALR(1) tables over one logical line with explicit stacks.

The lexer is contextual: in each state only the words that can stand there are looked for, so `max`,
`in` and `mod` stay usable as parts of names and calls.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

from qwasm.clock import look
from qwasm.diagnostics import QwasmError, Span, fail
from qwasm.limits import Limits
from qwasm.syntax import numbers, tree
from qwasm.syntax.actions import Word
from qwasm.syntax.automaton import automaton
from qwasm.syntax.shapes import FIRST, SILENT, WORDS, Shape, Shapes
from qwasm.syntax.tables import END

KEYWORDS = frozenset({"sum", "prod", "in", "and", "or", "not", "mod"})
NOT_NUMBERS = frozenset({"nan", "inf", "infinity"})
OPENERS = frozenset({"(", "[", "not"})
STRETCH = 1 << 14  # characters of one line between two looks at the clock

BLANK = re.compile(r"(?:[ \t]*(?:;[^\n]*)?\r?\n)*")
ESCAPE = re.compile(r"\\(.)")
ESCAPES = {'"': '"', "\\": "\\", "n": "\n", "t": "\t"}


class Unexpected(Exception):
    """A word that cannot stand where it is: its terminal, text and place, and the innermost open bracket.

    `begin` is the offset of the word in the text and `start` that of its line.
    """

    def __init__(
        self, state: int, word: str, span: Span, text: str, begin: int, start: int, opening: Word | None = None
    ) -> None:
        self.state, self.word, self.span, self.text = state, word, span, text
        self.begin, self.start, self.opening = begin, start, opening
        super().__init__(f"unexpected {word} {text!r}")


class Reader:
    """A text being read: position, line, and the exact numbers met so far."""

    def __init__(self, text: str, file: str, limits: Limits, line: int = 1, column: int = 1) -> None:
        self.text, self.file, self.limits = text, file, limits
        self.position, self.line, self.line_start = 0, line, 1 - column
        self.numbers: dict[str, tuple[Fraction, bool]] = {}
        self.names: set[str] = set()

    def skip_blank(self) -> bool:
        """Skip blank and comment lines; False at the end of the text."""
        match = BLANK.match(self.text, self.position)
        if match is not None and match.end() > self.position:
            self.line += self.text.count("\n", self.position, match.end())
            self.position = self.line_start = match.end()
        return self.position < len(self.text)

    def skip_line(self) -> None:
        """Skip the rest of a logical line after an error."""
        text, position = self.text, self.position
        while True:
            end = text.find("\n", position)
            if end < 0:
                self.position = len(text)
                return
            self.line += 1
            joined = text[max(position, end - 200) : end].rstrip().endswith("\\")
            position = self.position = self.line_start = end + 1
            if not joined:
                return

    def line_value(self) -> Any:
        """The statements of a logical line: by a shape where one fits, else by the automaton.

        Raises what `parse` raises.
        """
        text, position, machine = self.text, self.position, automaton()
        first = FIRST(text, position)
        key = first[1] if first is not None else ""
        shapes = machine.shapes.get(key)
        if shapes is None:
            shapes = machine.shapes[key] = Shapes()
        found: list[Shape] = shapes.found
        for index, shape in enumerate(found):
            match = shape.match(text, position)
            if match is not None and shape.height <= self.limits.nesting:
                try:
                    value = shape.build(self, match.regs)
                except QwasmError:
                    break  # the automaton says what is wrong, or what was wrong before it
                shapes.hits += 1
                if index:
                    found[index - 1], found[index] = shape, found[index - 1]
                self.position = position = match.end()
                if text[position - 1] == "\n":
                    self.line += 1
                    self.line_start = position
                return value
        value = self.parse("line")
        shapes.missed(machine, text, position, self.limits.nesting)
        return value

    def parse(self, start: str) -> Any:
        """One value of the start rule, up to the end of the logical line.

        Raises Unexpected where a word cannot stand, and QwasmError from literals, limits and actions.
        """
        machine = automaton()
        states, rules, chains, scanners = machine.states, machine.rules, machine.chains, machine.scanners
        end = machine.tables.ends[start]
        text, file, line, line_start, position = self.text, self.file, self.line, self.line_start, self.position
        start_position = position
        state = machine.tables.starts[start]
        stack: list[int] = [state]
        values: list[Any] = []
        push, push_value = stack.append, values.append
        high = self.limits.nesting
        new, names, looked = tuple.__new__, self.names, position + STRETCH
        while True:
            match = (scanners[state] or machine.scanner(state))(text, position)
            if match is None:
                raise self._lost(state, position, start_position, values)
            word: str = match.lastgroup  # type: ignore[assignment]
            begin, position = match.start(1), match.end()
            if begin > looked:
                look()
                looked = begin + STRETCH
            value: Any = None
            if word not in SILENT:
                spelling = text[begin:position]
                span = new(Span, (file, line, begin - line_start + 1, position - begin))
                if word == "NAME":
                    if spelling not in names:
                        self._check_name(spelling, span)
                    value = tree.Name(span, spelling)
                elif word == "NUMBER":
                    value = self._number(spelling, span)
                elif word == "STRING":
                    value = tree.Text(span, self._string(spelling, span))
                elif word == "EOL":
                    word = END
                elif word == "JOIN":
                    self.line = line = line + 1
                    self.position = self.line_start = line_start = position
                    continue
                else:
                    if word in WORDS and spelling not in names:
                        self._check_word(word, spelling, span)
                    value = new(Word, (span, spelling))
            # reduce while the word asks for it, then shift
            while True:
                move = states[state].get(word)
                if move is None:
                    stop = begin + 1 if word is END else position
                    span = Span(file, line, begin - line_start + 1, stop - begin)
                    raise Unexpected(state, word, span, text[begin:stop], begin, start_position, _opening(values))
                if move >= 0:
                    state = move
                    push(state)
                    push_value(value)
                    if len(stack) > high:
                        high = self._check_nesting(values, begin)
                    break
                name, length, action = rules[~move]
                if action is None and length == 1:
                    below = stack[-2]
                    state = chains.get((below, state, word)) or machine.chain(below, state, word, end)
                    stack[-1] = state
                else:
                    if length:
                        values[-length:] = (action(*values[-length:]),)  # type: ignore[misc]
                        del stack[-length:]
                    else:
                        push_value(action())  # type: ignore[misc]
                    state = states[stack[-1]][name]
                    push(state)
                if state == end and word is END:
                    self.position = position
                    if text.endswith("\n", begin, position):
                        self.line += 1
                        self.line_start = position
                    return values[-1]

    # ---------------------------------------------------------------- words with a meaning

    def _number(self, text: str, span: Span) -> tree.Number:
        found = self.numbers.get(text)
        if found is None:
            try:
                found = self.numbers[text] = numbers.literal(text, self.limits.exponent_bits)
            except numbers.TooLarge:
                raise fail(
                    "QW0402",
                    f"a number of more than {self.limits.exponent_bits} bits (limit exponent_bits)",
                    span,
                    "write it as a power: 10^400, or scale the quantity",
                ) from None
        return tree.Number(span, found[0], found[1], text)

    def _check_name(self, name: str, span: Span) -> None:
        if name in KEYWORDS:
            raise fail(
                "QW0110",
                f"`{name}` is a reserved word and cannot stand here",
                span,
                f"if a name is meant, choose another, such as {name}1",
            )
        if name.lower() in NOT_NUMBERS:
            raise fail(
                "QW0111",
                f"`{name}` is not a number of the language",
                span,
                "write a finite number; NaN and infinity do not exist here",
            )
        self.names.add(name)

    def _check_word(self, word: str, text: str, span: Span) -> None:
        if word == "CALL" and text == "mod":
            return
        if word != "MNEMONIC" and word != "TYPE":
            self._check_name(text.rstrip(": \t"), span)

    def _string(self, text: str, span: Span) -> str:
        if "\\" not in text:
            return text[1:-1]

        def resolve(match: re.Match[str]) -> str:
            if match[1] not in ESCAPES:
                place = span._replace(column=span.column + 1 + match.start(), length=2)
                raise fail("QW0109", f"`\\{match[1]}` is not an escape", place, 'the escapes are \\" \\\\ \\n \\t')
            return ESCAPES[match[1]]

        return ESCAPE.sub(resolve, text[1:-1])

    def _check_nesting(self, values: list[Any], begin: int) -> int:
        """The stack height at which to look again; raises QW0401 when brackets and signs nest too deeply."""
        depth = 0
        before: Any = None
        for value in values:
            if type(value) is Word and (
                value.text in OPENERS
                or (value.text == "-" and not isinstance(before, tree.Node))
                or value.text in ("sum", "prod")
            ):
                depth += 1
            before = value
        if depth > self.limits.nesting:
            raise fail(
                "QW0401",
                f"brackets nest deeper than {self.limits.nesting:,} (limit nesting)",
                Span(self.file, self.line, begin - self.line_start + 1),
                "name the inner parts with .op lines",
            )
        return len(values) + 1 + self.limits.nesting - depth

    def _lost(self, state: int, position: int, start: int, values: list[Any]) -> Exception:
        """What to say about text that is no word of this state."""
        from qwasm.syntax.errors import unreadable

        while self.text[position] in " \t":
            position += 1
        place = Span(self.file, self.line, position - self.line_start + 1)
        found = _ANY_WORD.match(self.text, position)
        if found is not None:
            return Unexpected(
                state, "NAME", place._replace(length=len(found[0])), found[0], position, start, _opening(values)
            )
        return unreadable(self.text, position, start, place)


_ANY_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def _opening(values: list[Any]) -> Word | None:
    """The innermost bracket that is still open."""
    return next((v for v in reversed(values) if type(v) is Word and v.text in ("(", "[")), None)
