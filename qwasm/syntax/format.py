"""The formatter: one look for every source; comments, parentheses and line breaks stay.

It works on words, not on the tree, so nothing the author wrote is lost.  Operands begin in one
column, comments in another, blocks are indented by four, and blanks round an operator are kept or
left out on both sides alike.

>>> print(format_source("MUL.P q1,q0 , 2;twice\\n"), end="")
mul.p         q1, q0, 2                     ; twice
"""

from __future__ import annotations

import re
from typing import NamedTuple

from qwasm.limits import DEFAULT, Limits
from qwasm.syntax import tree
from qwasm.syntax.parse import parse

INDENT, DIRECTIVE_WIDTH, MNEMONIC_WIDTH, COMMENT_COLUMN = 4, 9, 14, 44

_TOKEN = re.compile(
    r'(?P<blank>[ \t]+)|(?P<string>"(?:[^"\\\n]|\\[^\n])*")|(?P<comment>;[^\n]*)|(?P<join>\\[ \t]*$)'
    r"|(?P<word>\.?[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)"
    r"|(?P<number>[0-9][0-9_]*(?:\.[0-9][0-9_]*)?(?:[eE][+-]?[0-9]+)?(?:i(?![A-Za-z0-9_]))?)"
    r"|(?P<symbol>->|\.\.|==|!=|<=|>=|.)"
)
_INFIX_WORDS = frozenset({"and", "or", "mod", "in", "max"})
_BINARY = frozenset({"+", "-", "*", "/", "=", "==", "!=", "<", "<=", ">", ">=", "->", ".."})
_PLAIN = frozenset({"loop", "hyperloop", "primes", "if", "while", "else", "end", "halt", "call", ".func"})


class _Token(NamedTuple):
    kind: str
    text: str
    blank: bool  # whether blanks stand before it


def format_source(text: str | bytes, file: str = "<string>", limits: Limits = DEFAULT) -> str:
    """The canonical text of a source; formatting it again changes nothing.

    Raises QwasmError when the source does not parse.
    """
    program = parse(text, file, limits, ())
    if isinstance(text, bytes):
        text = text.decode("utf-8")
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    opens, closes = _block_lines(program), frozenset({"end", "else"})
    out: list[str] = []
    depth, joined = 0, False
    for number, line in enumerate(lines, 1):
        tokens = _tokens(line)
        comment = tokens.pop().text.rstrip() if tokens and tokens[-1].kind == "comment" else ""
        first = tokens[0].text.lower() if tokens else ""
        begins = not joined
        joined = bool(tokens) and tokens[-1].kind == "join"
        if not tokens:
            if comment:
                out.append(" " * (0 if line[0] == ";" else INDENT * depth) + _comment(comment))
            elif out and out[-1]:
                out.append("")
            continue
        if begins and first in closes:
            depth = max(depth - 1, 0)
        indent = INDENT * depth + (0 if begins else 2 * INDENT)
        code = " " * indent + _code(tokens, begins, program.dialect == "listing")
        if comment:
            code = code.ljust(COMMENT_COLUMN - 1) + " " + _comment(comment)
        out.append(code)
        if begins and (number in opens or first in ("else", "begin")):
            depth += 1
    while out and not out[-1]:
        out.pop()
    return "".join(line + "\n" for line in out)


def _comment(comment: str) -> str:
    """`; text`, with a blank after the semicolons unless the author drew a line of them."""
    return re.sub(r"^;(?=[^\s;])", "; ", comment)


def _block_lines(program: tree.Program) -> frozenset[int]:
    """The lines whose statement is closed by an `end`."""
    lines: set[int] = set()
    stack: list[tree.Statement] = list(program.statements) if program.dialect == "qwasm" else []
    while stack:
        statement = stack.pop()
        if isinstance(statement, tree.Block | tree.Func | tree.InstructionMacro):
            lines.add(statement.span.line)
            stack.extend(statement.body)
            if isinstance(statement, tree.Block):
                stack.extend(statement.orelse)
    return frozenset(lines)


def _tokens(line: str) -> list[_Token]:
    found: list[_Token] = []
    blank = False
    for match in _TOKEN.finditer(line):
        if match.lastgroup == "blank":
            blank = True
        else:
            found.append(_Token(str(match.lastgroup), match[0], blank))
            blank = False
    return found


def _code(tokens: list[_Token], begins: bool, listing: bool) -> str:
    """One physical line: labels, its first word padded, the rest with canonical blanks."""
    start, head = 0, ""
    if begins and not listing:
        while start + 1 < len(tokens) and tokens[start].kind == "word" and tokens[start + 1].text == ":":
            head += tokens[start].text + ": "
            start += 2
    if start == len(tokens):
        return head.rstrip()
    if not begins:
        return head + _join(tokens[start:], False)
    word, rest = _first_word(tokens[start].text, listing), tokens[start + 1 :]
    if not rest:
        return head + word
    directive = word.startswith(".")
    width = 0 if listing or word in _PLAIN else DIRECTIVE_WIDTH if directive else MNEMONIC_WIDTH
    return head + word.ljust(width - 1) + " " + _join(rest, directive)


def _first_word(word: str, listing: bool) -> str:
    """Directives and known mnemonics in lower case, macro calls as written, listings in upper case."""
    if listing:
        return word.upper()
    lower = word.lower()
    if lower == word or lower.startswith(".") or lower in _PLAIN:
        return lower
    from qwasm.instructions import table

    return lower if lower in table() else word


def _join(tokens: list[_Token], spaced: bool) -> str:
    """The tokens with canonical blanks; `spaced` puts blanks round the = of directives."""
    out: list[str] = []
    depth = 0
    for i, token in enumerate(tokens):
        before = tokens[i - 1] if i else None
        if before is not None and _blank_between(tokens, i, spaced or depth > 0):
            out.append(" ")
        out.append(token.text.rstrip())
        depth += (token.text in ("(", "[")) - (token.text in (")", "]"))
    return "".join(out)


def _blank_between(tokens: list[_Token], i: int, spaced: bool) -> bool:
    before, token = tokens[i - 1], tokens[i]
    if token.kind == "join":
        return True
    if before.text in ("(", "[") or token.text in (")", "]", ",") or "^" in (before.text, token.text):
        return False
    if token.text == ":":
        return False
    if before.text in (",", ":"):
        return True
    for place in (i, i - 1):
        if (
            place > 0
            and tokens[place].text in _BINARY
            and tokens[place].kind == "symbol"
            and not _prefix(tokens, place)
        ):
            return _spaced(tokens, place, spaced)
    if _prefix(tokens, i - 1):
        return before.text == "not"
    if token.text == "[":
        return False
    return token.blank


def _prefix(tokens: list[_Token], i: int) -> bool:
    """Whether the token is a sign or `not`, standing before its operand."""
    if tokens[i].text == "not":
        return True
    if tokens[i].text != "-":
        return False
    before = tokens[i - 1] if i else None
    return (
        before is None
        or before.text in _INFIX_WORDS | {"not"}
        or (before.kind == "symbol" and before.text not in (")", "]"))
    )


def _spaced(tokens: list[_Token], i: int, spaced: bool) -> bool:
    """Whether the operator at i has blanks on both sides."""
    text = tokens[i].text
    if text == "..":
        return False
    if text == "=":
        return spaced
    if text in ("->", "==", "!=", "<=", ">="):
        return True
    if text in ("<", ">") and _type_bracket(tokens, i):
        return False
    return tokens[i].blank or (i + 1 < len(tokens) and tokens[i + 1].blank and tokens[i + 1].kind != "join")


def _type_bracket(tokens: list[_Token], i: int) -> bool:
    """Whether < or > belongs to a type: name: qstate<hilbert>."""
    start = i - 2 if tokens[i].text == "<" else i - 4
    return start >= 0 and tokens[start].text == ":"
