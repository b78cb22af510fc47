"""Codes of the theme operators."""

from __future__ import annotations

from qwasm.diagnostics.codes.arithmetic import OPERATORS
from qwasm.diagnostics.codes.row import Code, Example

ROWS: tuple[Code, ...] = (*OPERATORS,)
