"""What the printer and the reader of QPU text agree on: names of micro-operations and kinds of their fields."""

from __future__ import annotations

from qwasm.qpu import program as forms
from qwasm.qpu.program import Branch, Loop, MicroOp, While

VERSION = "qpu 1"
NAMES: dict[str, type[MicroOp]] = {
    kind.__name__.lower(): kind
    for kind in (
        forms.Sweep,
        forms.Axpy,
        forms.Fill,
        forms.Map,
        forms.Reduce,
        forms.ScalarOp,
        forms.Instruct,
        forms.Move,
        forms.Free,
        Loop,
        Branch,
        While,
        forms.Call,
        forms.Halt,
    )
}
REGIONS = {"body", "then", "orelse"}
SLOTS = {"dest", "source", "x", "y", "variable"}
SLOT_LISTS = {"dests", "sources", "slots", "arguments", "results", "parameters"}
