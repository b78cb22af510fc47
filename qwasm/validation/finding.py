"""Findings: where two modules differ or could not be compared, and how that is said."""

from __future__ import annotations

from typing import Literal

from qwasm.diagnostics import Span
from qwasm.ir.module import Op
from qwasm.record import record
from qwasm.validation.decide import Decision
from qwasm.validation.meaning import Source


@record
class Finding:
    """A place where two modules differ (refuted) or where it could not be decided (unknown).

    Refuted means that an effect, or a state that an effect's value is computed from, is another one; a state
    that differs only where nobody looks counts, for a pass keeps the states that it rewrites.
    `before` and `after` are the places in the two programs; `chain` are the places of the operations
    that give the value in question, the nearest first.
    """

    verdict: Literal["refuted", "unknown"]
    message: str
    before: tuple[Span, ...] = ()
    after: tuple[Span, ...] = ()
    chain: tuple[Span, ...] = ()


def finding(
    what: str,
    decision: Decision,
    source: Source | None,
    before: tuple[Span, ...],
    after: tuple[Span, ...],
    chain: tuple[Span, ...],
) -> Finding:
    """The finding for a value that is not proved to be the same; a state that is not general may hide a difference."""
    at = decision.difference
    if at is None:
        return Finding(
            "unknown", f"{what}: it could not be decided whether its value is the same", before, after, chain
        )
    if not at.row:
        return Finding("refuted", f"{what}: its value {at.before} became {at.after}", before, after, chain)
    where = f"row {at.row}, column {at.column}" if at.column else f"row {at.row}"
    said = f"the operators behind its value differ at {where}: {at.before} became {at.after}"
    sure = decision.verdict == "refuted" and (source is None or source.generic or source.state != "any")
    hidden = "" if sure else "; the state they act on may hide it"
    return Finding("refuted" if sure else "unknown", f"{what}: {said}{hidden}", before, after, chain)


def told(op: Op) -> str:
    """An operation in a sentence."""
    named = next((op.attributes[name] for name in ("name", "path", "channel", "function") if name in op.attributes), "")
    if op.name in ("yield", "return"):
        return "the end"
    return f'{op.name} "{named}"' if named else op.name


__all__ = ["Finding", "finding", "told"]
