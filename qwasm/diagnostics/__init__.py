"""Diagnostics: codes, places and hints as values; rendering apart from raising."""

from qwasm.diagnostics.report import Diagnostic, QwasmError, Reporter, Severity, Span, fail

__all__ = ["Diagnostic", "QwasmError", "Reporter", "Severity", "Span", "fail"]
