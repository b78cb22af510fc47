"""Codes of the theme artifacts."""

from __future__ import annotations

from qwasm.diagnostics.codes.row import Code, Example

ROWS: tuple[Code, ...] = ()
