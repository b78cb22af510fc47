"""Block matching: lines become nested regions with a stack, never by recursion.

`loop k, n` opens a block; `LOOP label, n` with `label:` standing above it in the same function is
the published backward jump and stays a plain instruction.
"""

from __future__ import annotations

from qwasm.diagnostics import Reporter, Span, fail
from qwasm.limits import Limits
from qwasm.record import field, record, replace
from qwasm.syntax import tree

HEADS = frozenset({"loop", "hyperloop", "primes", "if", "while"})
OPENERS = HEADS | {".func", ".macro"}


@record(frozen=False)
class _Open:
    """A block that waits for its `end`."""

    kind: str
    span: Span
    head: tree.Statement | None  # None after an error in its line
    body: list[tree.Statement] = field(default_factory=list)
    orelse: list[tree.Statement] | None = None
    labels: set[str] = field(default_factory=set)  # of the enclosing function, shared downwards

    def add(self, statement: tree.Statement) -> None:
        (self.body if self.orelse is None else self.orelse).append(statement)


class Blocks:
    """Takes statements line by line and builds the nested program."""

    def __init__(self, reporter: Reporter, limits: Limits) -> None:
        self.reporter, self.limits = reporter, limits
        self.stack: list[_Open] = [_Open("", Span("", 0, 0), None)]

    def add(self, statement: tree.Statement) -> None:
        """Put a statement in its place; raises QwasmError when it fits nowhere."""
        top = self.stack[-1]
        match statement:
            case tree.Instruction(mnemonic=word):
                if word == "end":
                    self._end(statement)
                elif word == "else":
                    self._else(statement)
                elif word in HEADS and not (word == "loop" and self._published(statement)):
                    self.open(word, statement.span, None)
                    _check_head(statement)
                    self.stack[-1].head = statement
                else:
                    top.add(statement)
            case tree.Label(name=name):
                top.labels.add(name)
                top.add(statement)
            case tree.Func():
                self._outermost(".func", statement)
            case tree.InstructionMacro():
                self._outermost(".macro", statement)
            case _:
                top.add(statement)

    def open(self, kind: str, span: Span, head: tree.Statement | None) -> None:
        """Open a block; `head` is None when its line was wrong and only its `end` matters."""
        if len(self.stack) > self.limits.nesting:
            raise fail(
                "QW0401",
                f"blocks nest deeper than {self.limits.nesting:,} (limit nesting)",
                span,
                "move the inner blocks into functions",
            )
        labels = set() if kind.startswith(".") else self.stack[-1].labels
        self.stack.append(_Open(kind, span, head, labels=labels))

    def _outermost(self, kind: str, statement: tree.Statement) -> None:
        if len(self.stack) > 1:
            top = self.stack[-1]
            self.reporter.add(
                fail(
                    "QW0121",
                    f"{kind} begins before `{top.kind}` of line {top.span.line} is closed",
                    statement.span,
                    f"write `end` before this {kind}",
                )
            )
            while len(self.stack) > 1:
                self._close()
        self.open(kind, statement.span, statement)

    def _published(self, statement: tree.Instruction) -> bool:
        """Whether `loop a, n` names a label that stands above it."""
        return (
            len(statement.operands) == 2
            and type(statement.operands[0]) is tree.Name
            and statement.operands[0].id in self.stack[-1].labels
        )

    def _end(self, statement: tree.Instruction) -> None:
        if len(self.stack) == 1:
            raise fail(
                "QW0120",
                "`end` closes nothing: no block is open",
                statement.span,
                "delete this `end`, or open its block above",
            )
        self._close()
        _bare(statement)

    def _else(self, statement: tree.Instruction) -> None:
        top = self.stack[-1]
        if top.kind != "if":
            raise fail("QW0122", "`else` belongs to no `if`", statement.span, "write if cond / else / end")
        if statement.operands:
            raise fail(
                "QW0122",
                "`else` takes no condition",
                statement.span,
                "put a new `if cond` on the line below, with its own `end`",
            )
        if top.orelse is not None:
            raise fail(
                "QW0122",
                f"the `if` of line {top.span.line} has an `else` already",
                statement.span,
                "close it with `end` first",
            )
        top.orelse = []

    def _close(self) -> None:
        block = self.stack.pop()
        below = self.stack[-1]
        match block.head:
            case tree.Func() | tree.InstructionMacro():
                below.add(replace(block.head, body=tuple(block.body)))
            case tree.Instruction():
                below.add(tree.Block(block.span, block.head, tuple(block.body), tuple(block.orelse or ())))

    def finish(self) -> tuple[tree.Statement, ...]:
        """The statements of the whole program; blocks left open are reported."""
        while len(self.stack) > 1:
            top = self.stack[-1]
            if len(self.reporter.errors) < self.limits.errors:
                self.reporter.add(
                    fail("QW0121", f"`{top.kind}` is never closed", top.span, "write `end` below its body")
                )
            self._close()
        return tuple(self.stack[0].body)


def _bare(statement: tree.Instruction) -> None:
    if statement.operands or statement.attributes:
        raise fail("QW0119", f"`{statement.mnemonic}` takes no operands", statement.span, f"write {statement.mnemonic}")


_FORMS = {
    "loop": "loop k, 10",
    "primes": "primes p, 2, 100",
    "if": "if s0 > 1",
    "while": "while s0 > 1 max 100",
    "hyperloop": "hyperloop (i in 0..3, p in primes(2, 20))",
}


def _check_head(head: tree.Instruction) -> None:
    """Check the shape of a block's first line; raises QW0113, QW0119 or QW0123."""
    word, operands = head.mnemonic, head.operands
    if word == "while" and head.bound is None and len(operands) == 1:
        raise fail("QW0123", "`while` has no bound: every loop must end", head.span, f"write {_FORMS[word]}")
    if word in ("if", "while") and head.attributes and not operands:
        raise fail("QW0113", "`=` does not compare", head.span, f"write {word} {head.attributes[0][0]} == ...")
    fits = {
        "loop": len(operands) == 2 and type(operands[0]) is tree.Name,
        "primes": len(operands) == 3 and type(operands[0]) is tree.Name,
        "if": len(operands) == 1,
        "while": len(operands) == 1,
        "hyperloop": len(operands) > 0 and all(type(item) is tree.In for item in operands),
    }[word]
    if not fits or head.attributes:
        raise fail("QW0119", f"this is not how `{word}` is written", head.span, f"write {_FORMS[word]}")
