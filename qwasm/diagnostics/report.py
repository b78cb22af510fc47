"""Diagnostics: what the toolchain says to a person, as values.

A diagnostic is a code, a message, a place and a hint; only `render` knows how it looks.
Raising and showing are separate: stages raise `QwasmError` with one or more diagnostics,
the command lines render them and take the exit code from the code table.

>>> Diagnostic("QW0201", "no operator or register is called 'X'", hint="write .op X = ...").severity
'error'
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from qwasm.record import field, record

Severity = Literal["error", "warning", "remark"]


class Span(NamedTuple):
    """A place in a source text: line and column count from 1, length in characters."""

    file: str
    line: int
    column: int
    length: int = 1


@record
class Diagnostic:
    """One thing to say: a code from the table, a message with the numbers in it, a place, a hint to type."""

    code: str
    message: str
    span: Span | None = None
    hint: str = ""
    severity: Severity = "error"
    notes: tuple[str, ...] = ()


class QwasmError(Exception):
    """The one error family of the toolchain; carries at least one diagnostic of severity error.

    `sources` holds the texts that its places are in, as far as they were read on the way.
    """

    def __init__(self, *diagnostics: Diagnostic) -> None:
        self.diagnostics = diagnostics
        self.sources: dict[str, str] = {}
        super().__init__("; ".join(f"{d.code}: {d.message}" for d in diagnostics))

    @property
    def exit_code(self) -> int:
        """The documented exit code of the first error."""
        from qwasm.diagnostics.codes import exit_code

        return exit_code(self.diagnostics[0].code)


def fail(code: str, message: str, span: Span | None = None, hint: str = "", notes: Iterable[str] = ()) -> QwasmError:
    """A QwasmError with one diagnostic, to be raised by the caller."""
    return QwasmError(Diagnostic(code, message, span, hint, "error", tuple(notes)))


@record(frozen=False)
class Reporter:
    """Collects diagnostics so that one run can report several errors."""

    diagnostics: list[Diagnostic] = field(default_factory=list)

    def add(self, error: QwasmError | Diagnostic) -> None:
        """Keep a diagnostic, or every diagnostic of an error."""
        self.diagnostics.extend(error.diagnostics if isinstance(error, QwasmError) else (error,))

    @property
    def errors(self) -> list[Diagnostic]:
        return [d for d in self.diagnostics if d.severity == "error"]

    def raise_errors(self) -> None:
        """Raise one QwasmError with every error collected so far, each once, if there is one."""
        if self.errors:
            raise QwasmError(*dict.fromkeys(self.errors))
