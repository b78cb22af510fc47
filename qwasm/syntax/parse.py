"""The parser: source text to a tree, every error of the text in one run.

Each logical line is one run of the LALR(1) automaton; after an error the parser goes on with the
next line.  Nothing here recurses over the text.

>>> parse(".op X = A[2] + 1/2 * B[3]").statements[0].name
'X'
"""

from __future__ import annotations

import re
from collections.abc import Collection

from qwasm.clock import look
from qwasm.collection import held_back
from qwasm.diagnostics import QwasmError, Reporter, Span, fail
from qwasm.limits import DEFAULT, Limits
from qwasm.syntax import tree
from qwasm.syntax.blocks import OPENERS, Blocks
from qwasm.syntax.driver import Reader, Unexpected
from qwasm.syntax.listing import is_listing, parse_listing
from qwasm.syntax.source import decode

_FIRST_WORD = re.compile(r"[ \t]*([.A-Za-z_][A-Za-z0-9_]*)")


def parse(
    text: str | bytes, file: str = "<string>", limits: Limits = DEFAULT, loads: Collection[str] = ()
) -> tree.Program:
    """The tree of a whole source text, of either dialect.

    `loads` are the names given with --load; a listing reads those instead of the delta at 1.
    Raises QwasmError with every syntax error found, up to `limits.errors` of them.
    """
    reporter = Reporter()
    text = decode(text, file, limits, reporter)
    with held_back():
        if is_listing(text):
            program = parse_listing(text, file, limits, reporter, loads)
        else:
            program = _parse(text, file, limits, reporter)
    if reporter.errors:
        reporter.diagnostics.sort(key=lambda d: d.span.line if d.span else 0)
        reporter.raise_errors()
    return program


def _parse(text: str, file: str, limits: Limits, reporter: Reporter) -> tree.Program:
    reader, blocks = Reader(text, file, limits), Blocks(reporter, limits)
    while reader.skip_blank():
        look()
        line, position = reader.line, reader.position
        try:
            statements = reader.line_value()
        except (QwasmError, Unexpected) as error:
            from qwasm.syntax.errors import explain

            reporter.add(error if isinstance(error, QwasmError) else explain(error, reader))
            reader.skip_line()
            _reopen(blocks, text[position : reader.position], Span(file, line, 1))
        else:
            try:
                for statement in statements:
                    blocks.add(statement)
            except QwasmError as error:
                reporter.add(error)
        if len(reporter.errors) >= limits.errors:
            break
    return tree.Program(file, blocks.finish(), text=text)


def _reopen(blocks: Blocks, line: str, span: Span) -> None:
    """Open the block that a wrong line was meant to open, so that its `end` is no second error."""
    first = _FIRST_WORD.match(line)
    word = first[1].lower() if first else ""
    if word in OPENERS and not (word == ".macro" and "=" in line):
        blocks.open(word, span, None)


def parse_expression(
    text: str, file: str = "<expression>", line: int = 1, column: int = 1, limits: Limits = DEFAULT
) -> tree.Node:
    """The tree of one expression, list or string that stands alone; `line` and `column` say where it begins.

    Raises QwasmError with the first syntax error.
    """
    reporter = Reporter()
    text = decode(text, file, limits, reporter)
    reporter.raise_errors()
    reader = Reader(text, file, limits, line, column)
    try:
        with held_back():
            node: tree.Node = reader.parse("expression")
    except Unexpected as error:
        from qwasm.syntax.errors import explain

        raise explain(error, reader) from None
    if text[reader.position :].strip():
        raise fail("QW0100", "an expression is one line", Span(file, reader.line, 1), "join lines with \\")
    return node
