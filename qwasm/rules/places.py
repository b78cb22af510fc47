"""Places in a TOML text: where the value of every key stands, for carets.

The standard library's reader checks the text and gives the values; it forgets where they stood.
This scan is run only when something has to be pointed at, and only over text that reader accepted.

>>> text = '[[rule]]\\nid = "x"\\nwhere = ["p != q"]'
>>> places(text)["rule", 0, "where", 0]
Place(line=3, column=11, length=6)
"""

from __future__ import annotations

import re
from typing import NamedTuple

Path = tuple[str | int, ...]
TOKEN = re.compile(
    r"""(?P<skip>[ \t\r]+|\#[^\n]*)|(?P<newline>\n)
    |(?P<string>\"\"\"(?:\\.|[^\\])*?\"\"\"(?!\")|'''.*?'''(?!')|"(?:\\.|[^"\\\n])*"|'[^'\n]*')
    |(?P<mark>\[\[|\]\]|[\[\]{},=.])
    |(?P<bare>[^\s\[\]{},=."'\#]+(?:\.[0-9][^\s\[\]{},="'\#]*)?)""",
    re.VERBOSE | re.DOTALL,
)


class Place(NamedTuple):
    """Line and column count from 1; a string's place is that of its first character inside the quotes."""

    line: int
    column: int
    length: int


def places(text: str) -> dict[Path, Place]:
    """The place of every value, key (under its path and ".key") and table header."""
    return _Scan(text).run()


class _Scan:
    """One walk over the tokens: `table` is the open header, `path` the value being read."""

    def __init__(self, text: str) -> None:
        self.text, self.found = text, dict[Path, Place]()
        self.tokens = [m for m in TOKEN.finditer(text) if m.lastgroup != "skip"]
        self.index, self.line, self.start = 0, 1, 0
        self.counts: dict[Path, int] = {}

    def run(self) -> dict[Path, Place]:
        table: Path = ()
        while self.index < len(self.tokens):
            token = self.tokens[self.index]
            if token.lastgroup == "newline":
                self.take()
            elif token[0] in ("[", "[["):
                double, place = self.take()[0] == "[[", self.place(token)
                table = self.resolve(self.key())
                if double:
                    self.counts[table] = self.counts.get(table, -1) + 1
                    table = (*table, self.counts[table])
                self.found.setdefault(table, place)
                self.take()
            else:
                self.pair(table)
        return self.found

    def take(self) -> re.Match[str]:
        """The next token; lines are counted as they pass."""
        token = self.tokens[self.index]
        self.index += 1
        breaks = token[0].count("\n")
        if breaks:
            self.line += breaks
            self.start = token.start() + token[0].rindex("\n") + 1
        return token

    def place(self, token: re.Match[str]) -> Place:
        """Where a token begins; it has not been taken yet, or lies on one line."""
        quotes = 0
        if token.lastgroup == "string":
            quotes = 3 if token[0][:3] in ('"""', "'''") else 1
        return Place(self.line, token.start() - self.start + 1 + quotes, max(1, len(token[0]) - 2 * quotes))

    def key(self) -> Path:
        """A key, dotted or not."""
        parts: list[str] = []
        while True:
            token = self.take()
            parts += [_plain(token[0])] if token.lastgroup == "string" else token[0].split(".")
            if self.index >= len(self.tokens) or self.tokens[self.index][0] != ".":
                return tuple(parts)
            self.take()

    def resolve(self, key: Path) -> Path:
        """A header's path with the number of the array entry it continues."""
        path: Path = ()
        for position, part in enumerate(key):
            path = (*path, part)
            if position < len(key) - 1 and path in self.counts:
                path = (*path, self.counts[path])
        return path

    def pair(self, table: Path) -> None:
        """key = value, on its own line or inside braces."""
        place = self.place(self.tokens[self.index])
        path = (*table, *self.key())
        self.found[(*path, ".key")] = place
        self.take()  # the sign =
        self.value(path)

    def value(self, path: Path) -> None:
        """One value; lists and inline tables are walked with a stack of what is open."""
        open_: list[tuple[Path, int | None]] = []
        while True:
            token = self.tokens[self.index]
            if token.lastgroup != "newline" and token[0] not in ("]", "}", ","):
                self.found[path] = self.place(token)
            self.take()
            if token[0] == "[":
                open_.append((path, 0))
                path = (*path, 0)
                continue
            if token[0] == "[[":
                open_ += [(path, 0), ((*path, 0), 0)]
                path = (*path, 0, 0)
                continue
            if token[0] == "{":
                open_.append((path, None))
                path = self.inside(path)
                continue
            if token[0] == "," and open_:
                outer, count = open_.pop()
                open_.append((outer, None if count is None else count + 1))
                path = self.inside(outer) if count is None else (*outer, count + 1)
                continue
            for _ in range(len(token[0]) if token[0] in ("]", "]]", "}") else 0):
                open_.pop()
            if not open_:
                return

    def inside(self, outer: Path) -> Path:
        """The path of the next key of an inline table, its sign = taken; the outer path at its end."""
        token = self.tokens[self.index]
        if token[0] == "}":
            return outer
        place = self.place(token)
        path = (*outer, *self.key())
        self.found[(*path, ".key")] = place
        self.take()
        return path


def _plain(quoted: str) -> str:
    return quoted[1:-1]


__all__ = ["Path", "Place", "places"]
