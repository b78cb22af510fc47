"""Bisection: which one rewrite of a pipeline is at fault.

A limit of k lets the first k rewrites happen and no more; the least k with which a check fails is found by
doubling and halving, so a fault among a million rewrites takes some forty compilations.
"""

from __future__ import annotations

from collections.abc import Callable

from qwasm.diagnostics import QwasmError, fail
from qwasm.ir.copy import copied
from qwasm.ir.module import Module
from qwasm.ir.text import Numbers, print_module
from qwasm.passes.context import Rewrite
from qwasm.passes.manager import Cost, Ran, run_passes
from qwasm.passes.pipeline import Steps
from qwasm.passes.watch import diff
from qwasm.record import record

Good = Callable[[Module], bool]


@record
class Fault:
    """The first rewrite with which the check fails: its number, its step, itself, and what it changed as a diff.

    `rewrite` is None, and `error` says why, when a pass failed before its rewrites were known.
    """

    number: int
    step: str
    rewrite: Rewrite | None
    diff: str
    error: QwasmError | None = None


@record
class Attempt:
    """What the pipeline made of the module under a limit."""

    text: str
    ran: tuple[Ran, ...]
    good: bool
    error: QwasmError | None = None

    @property
    def rewrites(self) -> list[tuple[str, Rewrite]]:
        return [(one.step, rewrite) for one in self.ran for rewrite in one.rewrites]


def bisect(module: Module, pipeline: Steps, good: Good, cost: Cost | None = None) -> Fault:
    """The rewrite at fault; the module stays as it is.

    good: whether a module passes the check; an error of the program that it raises counts as failing.
    Raises QwasmError QW0708 when the check fails without any rewrite, or with none at all.
    """
    known: dict[int, Attempt] = {}

    def at(limit: int) -> Attempt:
        if limit not in known:
            known[limit] = attempt(module, pipeline, limit, good, cost)
        return known[limit]

    if not at(0).good:
        error = at(0).error
        why = f": {error.diagnostics[0].message}" if error is not None else ""
        raise fail("QW0708", f"the check fails before any rewrite{why}", None, "the fault is not in a rewrite")
    low, high = 0, 1
    while at(high).good:
        if len(at(high).rewrites) < high:
            made = len(at(high).rewrites)
            raise fail(
                "QW0708", f"the check passes with all {made} rewrites", None, "give a check that fails: --check CMD"
            )
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if at(middle).good else (low, middle)
    bad, before = at(high), at(low)
    if len(bad.rewrites) < high:
        step = pipeline[-1] if not bad.ran else bad.ran[-1]
        return Fault(high, str(step), None, "", bad.error)
    step_name, rewrite = bad.rewrites[high - 1]
    return Fault(
        high, step_name, rewrite, diff(before.text, bad.text, f"before rewrite {high}", f"after rewrite {high}")
    )


def attempt(module: Module, pipeline: Steps, limit: int, good: Good, cost: Cost | None) -> Attempt:
    """Run the pipeline on a copy; values that survive have the same numbers in the text of every attempt."""
    numbers: Numbers = {}
    copy = copied(module)
    print_module(copy, numbers)
    observer = Recorder([])
    try:
        run_passes(copy, pipeline, limit=limit, cost=cost, observers=(observer,))
        return Attempt(print_module(copy, numbers), tuple(observer.ran), good(copy))
    except QwasmError as error:
        if error.diagnostics[0].code.startswith("QW07"):  # the check itself is no check
            raise
        return Attempt("", tuple(observer.ran), False, error)


@record(frozen=False)
class Recorder:
    """An observer that keeps what has run, for when a later step fails."""

    ran: list[Ran]

    def before(self, step: object, module: Module) -> None:
        """Nothing: what counts is what a step leaves."""

    def after(self, ran: Ran, module: Module) -> None:
        """Keep the account of a step."""
        self.ran.append(ran)


__all__ = ["Fault", "bisect"]
