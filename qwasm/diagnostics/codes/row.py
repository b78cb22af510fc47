"""A row of the code table: a code, what it means, and a failing and a fixed program."""

from __future__ import annotations

from collections.abc import Mapping

from qwasm.record import field, record


@record
class Example:
    """A program and the command that shows the code; `files` are written beside it.

    The command names the program `{file}` and the folder `{dir}`; it is run by the tests in
    an empty folder.  `files` maps a relative name to its bytes or text.
    """

    program: str
    command: str = "qvm run {file}"
    files: Mapping[str, bytes | str] = field(default_factory=dict)


@record
class Code:
    """One diagnostic code; `why` is the page that `qwasmc explain` prints."""

    code: str
    title: str
    why: str
    fails: Example
    fixed: Example
