"""Codes of the theme operators."""

from __future__ import annotations

from qwasm.diagnostics.codes.algebra import OPERATORS as ALGEBRA
from qwasm.diagnostics.codes.arithmetic import OPERATORS
from qwasm.diagnostics.codes.proving import OPERATORS as PROVING
from qwasm.diagnostics.codes.row import Code

ROWS: tuple[Code, ...] = (*ALGEBRA, *OPERATORS, *PROVING)
