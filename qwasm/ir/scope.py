"""Scopes: what a name means at a place of the program.

A name is declared once per scope and above its use; loop, sum and macro variables open an
inner scope and shadow.  A scope also knows the symbols that are alive in it, so that a bound
variable can be given a name no visible value mentions.

>>> outer = Scope(); outer.bind("p", "first"); inner = outer.child(); inner.bind("p", "second")
>>> inner.find("p"), outer.find("p"), inner.find("q")
('second', 'first', None)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Literal

from qwasm.algebra.ring import Expr
from qwasm.diagnostics import Span, fail
from qwasm.record import field, record
from qwasm.syntax import tree

REGISTER_KINDS = {"q": "qstate", "f": "qfield", "m": "qmesh", "s": "scalar", "i": "qint", "h": "qop", "v": "vector"}
IMPLICIT_REGISTER = re.compile(r"[qfmsihv][0-9]+\Z")
WORDS = frozenset(
    ("I", "n", "N", "pi", "sum", "prod", "in", "and", "or", "not", "mod", "primes", "ints", "table", "euler", "cyclic")
)


@record
class Arithmetic:
    """A user's arithmetic function: a body in n, a body in p and k at prime powers, or a table."""

    name: str
    form: Literal["point", "euler", "table"]
    body: Expr | None = None


@record
class Macro:
    """An operator macro; its body is elaborated in the scope of its definition plus its arguments."""

    name: str
    parameters: tuple[str, ...]
    body: tree.Node
    scope: Scope
    known: int  # names declared before it, see Scope.order
    size: int = 1  # macro calls that one call makes


@record
class Lines:
    """An instruction macro: a list of statements with parameters."""

    name: str
    parameters: tuple[str, ...]
    body: tuple[tree.Statement, ...]
    known: int
    size: int = 1  # instructions that one call stands for
    words: frozenset[str] = frozenset()  # names in it that stand where a word may
    calls: tuple[tuple[str, Span], ...] = ()  # the functions it calls


@record
class Argument:
    """A parameter of an instruction macro: the text it was given, meant where it was written."""

    node: tree.Node
    scope: Scope


@record
class Spread:
    """What D and M mean: the coefficient c, an expression in the bound prime, and its range."""

    coefficient: Expr
    prime: Expr
    low: Expr
    high: Expr


@record
class Register:
    """A name that stands for a register of the current function; `key` is unique in the function."""

    key: str
    kind: str
    picture: str = ""  # "" when the picture follows what is written


@record
class Bare(tree.Node):
    """A scalar register that a rewrite of the lines needs; no program can name it."""

    id: str


@record
class Failed:
    """A name whose declaration had an error, which was reported there; its uses are not reported again."""

    name: str


@record
class Free:
    """A name declared by `.var`: meaningful in rules and proofs, without a value in a program."""

    name: str
    kind: str


@record(frozen=False)
class Scope:
    """Names and what they are bound to; an inner scope falls back on its parent."""

    parent: Scope | None = None
    names: dict[str, Any] = field(default_factory=dict)
    places: dict[str, Span | None] = field(default_factory=dict)
    order: dict[str, int] = field(default_factory=dict)
    symbols: frozenset[str] = frozenset()
    until: int | None = None  # only names declared before this many are visible
    frame: int = 0  # the macro expansion whose registers are meant

    def child(self, until: int | None = None) -> Scope:
        """An inner scope; names bound in it shadow.

        A scope without names is passed over: while an inner one is in use nothing is bound outside it.
        """
        outer = self if self.names or self.until is not None or self.parent is None else self.parent
        return Scope(outer, symbols=self.symbols, until=until, frame=self.frame)

    def bind(self, name: str, value: Any, place: Span | None = None) -> None:
        """Give a name its meaning in this scope, and note the symbols its value mentions."""
        self.names[name] = value
        self.places[name] = place
        self.order[name] = len(self.order)
        mentioned = getattr(value, "symbols", None)
        if isinstance(mentioned, frozenset) and not mentioned <= self.symbols:
            self.symbols = self.symbols | mentioned
        elif isinstance(value, Register):
            self.symbols = self.symbols | {value.key}

    def declare(self, name: str, value: Any, place: Span | None, *, variable: bool = False) -> None:
        """Bind a name that a directive or a loop introduces.

        Raises QwasmError QW0202 for a reserved name or a register's name, QW0201 for a second
        declaration in the same scope.
        """
        check_name(name, place)
        if name in self.names and not variable:
            first = self.places[name]
            where = f" in line {first.line} of {first.file}" if first else ""
            raise fail("QW0201", f"{name!r} is declared already{where}", place, "choose another name")
        self.bind(name, value, place)

    def find(self, name: str) -> Any:
        """What the name is bound to, innermost first, or None."""
        scope: Scope | None = self
        bound: int | None = None
        while scope is not None:
            if name in scope.names and (bound is None or scope.parent is not None or scope.order[name] < bound):
                return scope.names[name]
            if scope.until is not None:
                bound = scope.until if bound is None else min(bound, scope.until)
            scope = scope.parent
        return None

    def fresh(self, name: str) -> str:
        """The name itself, or with a number behind it when a visible value already mentions it."""
        if name not in self.symbols:
            return name
        number = len(self.symbols) + 1
        while f"{name}_{number}" in self.symbols:
            number += 1
        return f"{name}_{number}"

    def visible(self) -> Iterator[str]:
        """Every visible name, innermost first."""
        scope: Scope | None = self
        while scope is not None:
            yield from scope.names
            scope = scope.parent


def reserved(name: str) -> bool:
    """Whether a name is a word of the language, one of its functions or one of its operator functions."""
    from qwasm.algebra.letters import lookup
    from qwasm.ir.functions import is_function

    row = lookup(name)
    return name in WORDS or is_function(name) or (row is not None and row.kind != "letter")


def check_name(name: str, place: Span | None) -> None:
    """Refuse a reserved word, a function's name or a register's name as the name of something new."""
    if reserved(name):
        raise fail("QW0202", f"{name!r} is a word of the language", place, f"write {name}_ or another name")
    if IMPLICIT_REGISTER.match(name):
        kind = REGISTER_KINDS[name[0]]
        raise fail("QW0202", f"{name!r} is the name of a {kind} register", place, f"write {name[0]}_{name[1:]}")


def did_you_mean(name: str, candidates: Iterable[str]) -> str:
    """A hint that names the closest known names, or ''."""
    from difflib import get_close_matches

    close = get_close_matches(name, sorted(set(candidates)), 2, 0.6)
    return f"did you mean {' or '.join(close)}?" if close else ""
