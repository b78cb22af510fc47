"""The code table: every code the toolchain can say, by theme; the leading digits fix the exit code."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from qwasm.diagnostics.codes.row import Code, Example

THEMES = {
    "syntax": ("QW01", 3, "the text is not QWASM"),
    "names": ("QW02", 3, "names, types, pictures and registers"),
    "operators": ("QW03", 3, "operator expressions and arithmetic functions"),
    "limits": ("QW04", 4, "a named limit was reached"),
    "artifacts": ("QW05", 5, "artifact, data or capability refused"),
    "running": ("QW06", 1, "the program failed while running"),
    "usage": ("QW07", 2, "wrong usage of a command"),
    "storage": ("QW08", 7, "storage failed"),
    "remarks": ("QW09", 0, "warnings and remarks"),
}
INTERNAL = "QW0000"


def exit_code(code: str) -> int:
    """The documented exit code of a diagnostic code; 70 for anything that is not in a theme."""
    return next((number for prefix, number, _ in THEMES.values() if code.startswith(prefix)), 70)


@cache
def table() -> dict[str, Code]:
    """Every code row, in order of the code.

    Raises ValueError when a code stands twice or outside its theme's prefix.
    """
    rows: dict[str, Code] = {}
    for theme, (prefix, _, _) in THEMES.items():
        for row in import_module(f"qwasm.diagnostics.codes.{theme}").ROWS:
            if row.code in rows or not row.code.startswith(prefix):
                raise ValueError(f"code {row.code} of theme {theme} stands twice or has the wrong prefix")
            rows[row.code] = row
    return rows


__all__ = ["INTERNAL", "THEMES", "Code", "Example", "exit_code", "table"]
