"""Translation validation of one pass run: what changed means the same, or the rewrite at fault is named.

A module that differs although the pass asked its context for nothing was changed behind the context's back,
which is a fault by itself: such a change cannot be bisected, undone or explained.
"""

from __future__ import annotations

from qwasm.diagnostics import Span
from qwasm.ir.equal import same_module
from qwasm.ir.module import Module
from qwasm.passes.context import Context, Remark, Rewrite
from qwasm.passes.found import load
from qwasm.passes.manager import blamed
from qwasm.passes.pipeline import Step
from qwasm.validation import Finding, compare


def validated(step: Step, before: Module, after: Module, context: Context) -> tuple[Remark, ...]:
    """What could not be decided about a run, as remarks.

    Raises QwasmError QW0593 (QW0000 for a pass of ours) that names the rewrite, its place and the smallest
    entry where the operators differ.
    """
    if not context.rewrites:
        if same_module(before, after):
            return ()
        raise blamed(step, "QW0593", "changed the module and told its context nothing", None, ())
    if load(step.name).kind == "approx":
        said = f"not compared: {len(context.rewrites)} rewrites are approximate, each up to the bound it states"
        return (Remark("analysis", said),)
    unproved = []
    for found in compare(before, after):
        if found.verdict == "refuted":
            raise refusal(step, found, context)
        unproved.append(Remark("analysis", f"not proved: {found.message}", found.after or found.before))
    return tuple(unproved)


def refusal(step: Step, found: Finding, context: Context) -> Exception:
    """The error for a meaning that was not kept: at the nearest rewrite behind the value that differs."""
    rewrite = nearest(found, context)
    notes = []
    if rewrite is not None:
        notes.append(f"the rewrite: {rewrite.name}, because {rewrite.why}")
    if found.before:
        notes.append(f"it shows at {place(found.before[0])}")
    span = rewrite.spans[0] if rewrite is not None and rewrite.spans else found.after[0] if found.after else None
    return blamed(step, "QW0593", f"changed the meaning: {found.message}", span, notes)


def nearest(found: Finding, context: Context) -> Rewrite | None:
    """The rewrite whose place comes first among those behind the value that differs; the only one if there is one."""
    for span in found.chain:
        for rewrite in context.rewrites:
            if span in rewrite.spans:
                return rewrite
    return context.rewrites[0] if len(context.rewrites) == 1 else None


def place(span: Span) -> str:
    return f"{span.file}:{span.line}:{span.column}"


__all__ = ["validated"]
