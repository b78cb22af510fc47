"""Codes of the theme remarks."""

from __future__ import annotations

from qwasm.diagnostics.codes.algebra import REMARKS as ALGEBRA
from qwasm.diagnostics.codes.building import REMARKS as BUILDING
from qwasm.diagnostics.codes.limits import REMARKS as LIMITS
from qwasm.diagnostics.codes.optimising import REMARKS as PASSES
from qwasm.diagnostics.codes.row import Code
from qwasm.diagnostics.codes.rules import REMARKS as RULES

ROWS: tuple[Code, ...] = (*ALGEBRA, *BUILDING, *RULES, *LIMITS, *PASSES)
