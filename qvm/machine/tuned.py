"""ATUNE.PLAN, LEARN and SWITCH: a run measures schedules on its own operators and goes on by the fastest.

Only settings that change no bit are varied, so a program that learns has the results of one that does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qwasm.record import field, record

if TYPE_CHECKING:
    from collections.abc import Callable

    from qvm.machine.backend import Kernels
    from qvm.machine.context import Context
    from qwasm.qpu.program import Schedule

BUDGET = 1.0  # seconds of measuring by one ATUNE.LEARN, beyond a turn of every candidate
PLANS = 4  # operators that are measured: those applied last


@record(frozen=False)
class Tuner:
    """Schedules of one run: how kernels are made, which settings they read, what was planned and learned by name."""

    made: Callable[[Schedule], Kernels]
    reads: frozenset[str]
    backend: str
    planned: dict[str, list[Schedule]] = field(default_factory=dict)
    learned: dict[str, Schedule] = field(default_factory=dict)


def tune(context: Context, word: str, name: str) -> None:
    """One of the three instructions; raises QwasmError QW0657 where a name means nothing yet."""
    tuner = context.tuner
    if tuner is None:
        return
    if word == "plan":
        tuner.planned[name] = planned(context, tuner)
        return
    known = tuner.planned if word == "learn" else tuner.learned
    if word == "switch" and name not in known:
        from qvm.tuning.store import kept

        found = kept(context.program, tuner.backend)
        if found is not None:
            tuner.learned[name] = found
    if name not in known:
        before = "atune.plan" if word == "learn" else "atune.learn"
        raise context.fail("QW0657", f"no schedules are known under {name!r}", f'write {before} "{name}" before')
    if word == "learn":
        tuner.learned[name] = learned(context, tuner, tuner.planned[name])
    else:
        made = tuner.made(tuner.learned[name])
        context.kernels = made if context.counted is None else context.counted(made)


def planned(context: Context, tuner: Tuner) -> list[Schedule]:
    """The schedules to choose from."""
    from qvm.tuning.candidates import BITS, candidates
    from qvm.tuning.store import cores

    return candidates(context.program.schedule, context.space.N, cores(), tuner.reads & BITS)


def learned(context: Context, tuner: Tuner, schedules: list[Schedule]) -> Schedule:
    """The fastest of them on the operators that the run applied last, each on a state of ones."""
    from qvm.tuning.choose import choose

    plans = list(context.plans.values())[-PLANS:]
    if len(schedules) == 1 or not plans:
        return schedules[0]
    state = context.state(np.ones(context.space.N))
    kernels = {schedule: tuner.made(schedule) for schedule in schedules}

    def run(schedule: Schedule) -> None:
        for plan in plans:
            kernels[schedule].apply(plan, state)
        context.note("measuring schedules")

    return choose(schedules, run, BUDGET).schedule


__all__ = ["Tuner", "tune"]
