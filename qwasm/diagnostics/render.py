"""Rendering: how a diagnostic looks on a terminal and as JSON.

Only this page knows the look.  Echoed source is escaped, so control characters in a
hostile file never reach the terminal, and long lines are cut around the caret.

>>> from qwasm.diagnostics import Diagnostic, Span
>>> d = Diagnostic("QW0203", "A needs an index", Span("x.qw", 2, 5, 1), "write A[2]")
>>> print(render(d, {"x.qw": "halt\\nx = A psi\\n"}))
x.qw:2:5: error[QW0203]: A needs an index
  2 | x = A psi
    |     ^
  hint: write A[2]
  more: qwasmc explain QW0203
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from qwasm.diagnostics.report import Diagnostic, Span

WIDTH = 110
MOST = 1_000  # characters of a message: names and files in it may be of any length


def printable(text: str) -> str:
    """The text with control and other unprintable characters escaped; tabs become blanks."""
    return "".join(c if c.isprintable() else " " if c == "\t" else ascii(c)[1:-1] for c in text)


def cut(text: str) -> str:
    """The text, or its beginning and its end when it is longer than a person reads."""
    return text if len(text) <= MOST else f"{text[: MOST - 100]} ... {text[-100:]}"


def excerpt(span: Span, sources: Mapping[str, str]) -> list[str]:
    """The source line with a caret under the place, or nothing when the text is not at hand."""
    lines = sources.get(span.file, "").split("\n")
    if not 1 <= span.line <= len(lines):
        return []
    line = lines[span.line - 1]
    start = max(0, span.column - 1)
    cut = max(0, start - WIDTH // 2) if len(line) > WIDTH else 0
    before, marked = printable(line[cut:start]), printable(line[start : start + span.length])
    text = printable(line[cut : cut + WIDTH])
    carets = "^" * max(1, min(len(marked), WIDTH - len(before)))
    number = str(span.line)
    lead = "..." if cut else ""
    return [f"  {number} | {lead}{text}", f"  {' ' * len(number)} | {' ' * (len(before) + len(lead))}{carets}"]


def render(diagnostic: Diagnostic, sources: Mapping[str, str] | None = None) -> str:
    """A diagnostic as a person reads it: place, code, message, caret, hint, where to read more."""
    span = diagnostic.span
    place = f"{printable(span.file)}:{span.line}:{span.column}: " if span else ""
    lines = [f"{place}{diagnostic.severity}[{diagnostic.code}]: {printable(cut(diagnostic.message))}"]
    if span:
        lines += excerpt(span, sources or {})
    lines += [f"  note: {printable(cut(note))}" for note in diagnostic.notes]
    if diagnostic.hint:
        lines.append(f"  hint: {printable(cut(diagnostic.hint))}")
    if diagnostic.severity != "remark" and diagnostic.code != "QW0000":
        lines.append(f"  more: qwasmc explain {diagnostic.code}")
    return "\n".join(lines)


def render_all(diagnostics: Iterable[Diagnostic], sources: Mapping[str, str] | None = None, most: int = 20) -> str:
    """Several diagnostics, at most `most`, with a closing line that counts what was left out."""
    shown = list(diagnostics)
    parts = [render(d, sources) for d in shown[:most]]
    if len(shown) > most:
        parts.append(f"{len(shown) - most} more diagnostics are not shown")
    return "\n".join(parts)


def as_json(diagnostic: Diagnostic) -> dict[str, Any]:
    """A diagnostic as a JSON object with the same content as the rendered text."""
    span = diagnostic.span
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "file": span.file if span else None,
        "line": span.line if span else None,
        "column": span.column if span else None,
        "length": span.length if span else None,
        "hint": diagnostic.hint,
        "notes": list(diagnostic.notes),
    }
