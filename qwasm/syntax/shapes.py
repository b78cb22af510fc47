"""Shapes: lines that differ in names, numbers and strings alone are read by one pattern and one function.

What the automaton does with a line depends on the kinds of its words, not on their spelling.  A shape is what it
did with one line, written down: a pattern that finds the same kinds of words, and a function that makes the values
and runs the actions in the same order.  Where the pattern does not match, or an action refuses, the automaton reads
the line; so a shape changes how fast a line is read and never what it means.

>>> from qwasm.limits import DEFAULT
>>> from qwasm.syntax.automaton import automaton
>>> found = shape_of(automaton(), "mul.p q1, q0, 2\\n", 0, DEFAULT.nesting)
>>> found is not None and found.match("add q7,q2 , 35 ; a remark\\n", 0) is not None
True
>>> found.match("add q7, q2, 3 + 5\\n", 0) is None
True
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from qwasm.diagnostics import Span
from qwasm.syntax import tree
from qwasm.syntax.actions import ACTIONS, Word
from qwasm.syntax.automaton import SYMBOLS, Automaton, Match
from qwasm.syntax.tables import END

SILENT = frozenset({"COMMA", "RPAR", "RSQB", "EQUAL", "COLON"})  # words without a value
WORDS = frozenset({"NAME", "CALL", "KEY", "MNEMONIC", "LABEL", "TYPE"})  # words whose spelling may be refused
LONGEST = 64  # words of a line that becomes a shape
MOST = 8  # shapes of lines with one first word
PATIENCE = 24  # such lines that no shape fits, before one more is made
ENDURANCE = 768  # the most of them: then making shapes in vain costs an eighth of the reading
FIRST = re.compile(r"[ \t]*([^\s(;]*)").match

HIDING = {"MINUS": ("ARROW",), "EQUAL": ("COMPARE",)}  # the symbols that begin like a shorter one
MADE = {  # what the words that are values become; {s} is their place
    "NAME": "Name({s}, t)",
    "NUMBER": "Number({s}, *f, t) if (f := numbers(t)) else number(t, {s})",
    "STRING": "Text((s := {s}), string(t, s))",
}

# Actions that only gather, written out: what they do, and what stands for the result.
PLAIN = {
    "empty": ("", "[]"),
    "first": ("", "[{0}]"),
    "append": ("{0}.append({1})", "{0}"),
    "append_after_comma": ("{0}.append({2})", "{0}"),
    "parenthesis": ("", "{1}"),
}


class Shape(NamedTuple):
    """`build(reader, regs)` makes the value of a line where `match(text, position)` has the groups `regs`.

    `height` is what the stack of the automaton comes to, which bounds how deeply the line nests.
    """

    match: Match
    build: Callable[[Any, Any], Any]
    height: int


class Shapes:
    """The shapes of lines with one first word, those that fitted last first, and how often one or none fitted.

    Making a shape takes as long as reading a hundred lines, so while shapes fit fewer lines than not, each takes twice
    as many misses as the one before it, up to a bound.
    """

    __slots__ = ("found", "hits", "misses", "patience")

    def __init__(self) -> None:
        self.found: list[Shape] = []
        self.hits = self.misses = 0
        self.patience = PATIENCE

    def missed(self, machine: Automaton, text: str, position: int, nesting: int) -> None:
        """Note a line that no shape fitted; in the end it becomes one, in the place of the one that rested longest."""
        self.misses += 1
        if self.misses >= self.patience and MOST:
            self.patience = PATIENCE if self.hits >= self.misses else min(2 * self.patience, ENDURANCE)
            self.hits = self.misses = 0
            made = shape_of(machine, text, position, nesting)
            if made is not None:
                self.found = [made, *self.found[: MOST - 1]]


def shape_of(machine: Automaton, text: str, position: int, nesting: int) -> Shape | None:
    """The shape of the line at a position, or None for one that is wrong, long, continued or deeply nested."""
    writer = Writer(machine)
    states, rules, end = machine.states, machine.rules, machine.tables.ends["line"]
    state = machine.tables.starts["line"]
    stack, values, height = [state], list[str](), 0
    for _ in range(LONGEST):
        match = (machine.scanners[state] or machine.scanner(state))(text, position)
        word = match.lastgroup if match is not None else None
        if match is None or word is None or word == "JOIN":
            return None
        position = match.end()
        value = writer.word(state, word)
        word = END if word == "EOL" else word
        while True:
            move = states[state].get(word)
            if move is None:
                return None
            if move >= 0:
                state = move
                stack.append(state)
                values.append(value)
                height = max(height, len(stack))
                if height > nesting:
                    return None
                break
            name, length, action = rules[~move]
            if action is not None:
                gone = values[len(values) - length :]
                del values[len(values) - length :]
                values.append(writer.action(action, gone))
            if action is not None or length != 1:
                del stack[len(stack) - length :]
            else:
                stack.pop()
            state = states[stack[-1]][name]
            stack.append(state)
            if state == end and word is END:
                return writer.shape(values[-1], height)
    return None


class Writer:
    """The pattern and the function of a shape, as they are written word by word."""

    def __init__(self, machine: Automaton) -> None:
        self.machine = machine
        self.pattern: list[str] = []
        self.lines: list[str] = []
        self.known: dict[str, Any] = {
            "new": tuple.__new__, "Span": Span, "Word": Word,
            "Name": tree.Name, "Number": tree.Number, "Text": tree.Text,
        }  # fmt: skip
        self.waiting: dict[str, list[str]] = {}  # what makes a word that nothing has read yet
        self.groups = self.count = 0

    def word(self, state: int, kind: str) -> str:
        """Find a word of this kind in this state, and no word that the automaton would see before it."""
        words = self.machine.words(state)
        earlier = list(words)[: list(words).index(kind)]
        hiding = HIDING.get(kind, ()) if kind in SYMBOLS else [other for other in earlier if other not in SYMBOLS]
        before = [words[other] for other in hiding]
        self.pattern.append("[ \\t]*+" + (f"(?!{'|'.join(before)})" if before else ""))
        if kind in SILENT or kind == "EOL":
            self.pattern.append(f"(?>{words[kind]})")
            return "None"
        k = self.groups = self.groups + 1
        self.pattern.append(f"(?P<g{k}>(?>{words[kind]}))")
        find = f"a, b = regs[#{k}#]; t = text[a:b]"
        span = "new(Span, (file, line, a - off, b - a))"
        if kind in MADE:
            self.lines.append(find)
            if kind == "NAME":
                self.lines.append(f"if t not in names: check_name(t, {span})")
            return self.let(MADE[kind].format(s=span))
        word = f"new(Word, ({span}, t))"
        if kind in WORDS:
            self.lines += [find, f"if t not in names: check_word({kind!r}, t, {span})"]
            return self.let(word)
        value = self.let(word)  # many an action does not look at it: it is made where one does
        self.waiting[value] = [find, self.lines.pop()]
        return value

    def action(self, action: Callable[..., Any], values: list[str]) -> str:
        """Run an action on values."""
        name = next((name for name in PLAIN if ACTIONS[name] is action), "")
        if name:
            line, result = (part.format(*values) for part in PLAIN[name])
            if name != "parenthesis":
                self.make(values)
            if line:
                self.lines.append(line)
            return self.let(result) if result.startswith("[") else result
        code = action.__code__
        read = [value for value, name in zip(values, code.co_varnames[: code.co_argcount]) if not name.startswith("_")]
        self.make(read)
        values = ["None" if value in self.waiting else value for value in values]
        known = f"f{len(self.known)}"
        known = next((key for key, value in self.known.items() if value is action), known)
        self.known[known] = action
        return self.let(f"{known}({', '.join(values)})")

    def make(self, values: list[str]) -> None:
        """Make the words among the values that have waited for a reader."""
        for value in values:
            self.lines += self.waiting.pop(value, [])

    def let(self, value: str) -> str:
        self.count += 1
        self.lines.append(f"v{self.count} = {value}")
        return f"v{self.count}"

    def shape(self, value: str, height: int) -> Shape:
        """The shape of a line whose value has this name."""
        pattern = re.compile("".join(self.pattern))
        head = (
            "text, file, names, line, off = r.text, r.file, r.names, r.line, r.line_start - 1",
            "number, string, check_name, check_word = r._number, r._string, r._check_name, r._check_word",
            "numbers = r.numbers.get",
        )
        body = "\n    ".join([*head, *self.lines, f"return {value}"])
        for name, group in pattern.groupindex.items():
            body = body.replace(f"#{name[1:]}#", str(group))
        space: dict[str, Any] = {}
        exec(f"def build(r, regs):\n    {body}", self.known, space)
        return Shape(pattern.match, space["build"], height)


__all__ = ["FIRST", "SILENT", "WORDS", "Shape", "Shapes", "shape_of"]
