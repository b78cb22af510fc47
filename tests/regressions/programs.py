"""Small programs of the regression tests: a body, run and answered by its outputs or its first code."""

from __future__ import annotations

from typing import Any

from qvm import compile
from qwasm.diagnostics import QwasmError


def program(body: str, space: str = "N = 6") -> str:
    """A whole program with this body of main."""
    return f".qwasm 1.0\n.space {space}\n.func main\n{body}\nend\n"


def outputs(body: str, space: str = "N = 6", **params: Any) -> Any:
    """What a program emits, by name."""
    return compile(program(body, space), **params).run()


def refused(body: str, space: str = "N = 6", **params: Any) -> tuple[str, int]:
    """The code and the exit code of the first error; ("", 0) when there is none."""
    try:
        outputs(body, space, **params)
    except QwasmError as error:
        return error.diagnostics[0].code, error.exit_code
    return "", 0
