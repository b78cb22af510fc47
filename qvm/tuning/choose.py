"""The choice between schedules: selected in one pass, judged against the given one in another.

What was fastest in a pass was also lucky in it, so its time there says too much for it.  It is timed again beside the
given schedule, turn by turn, and takes its place only where it wins most turns and by more than a hair.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from statistics import median

from qwasm.qpu.program import Schedule
from qwasm.record import record

Run = Callable[[Schedule], object]
GAIN = 0.97  # of the time of the given schedule that a better one takes at most
TURNS = 15  # of a pass
LEAST = 3


@record
class Choice:
    """The schedule chosen; its median, that of the given one and the turns of the judging pass; selection's medians."""

    schedule: Schedule
    seconds: float
    baseline: float
    turns: int
    selected: dict[Schedule, float]


def choose(
    schedules: Sequence[Schedule],
    run: Run,
    budget: float,
    seed: int = 1,
    told: Callable[[float], None] = lambda _: None,
) -> Choice:
    """The fastest of the schedules by `run`, in about `budget` seconds; the first one is the baseline.

    `told` hears which share of the budget is used.  Schedules that there is no time for are left out.
    """
    start, shuffle = time.perf_counter(), random.Random(seed)

    def timed(schedule: Schedule) -> float:
        before = time.perf_counter()
        run(schedule)
        after = time.perf_counter()
        told(min(1.0, (after - start) / budget))
        return after - before

    def used() -> float:
        return (time.perf_counter() - start) / budget

    times: dict[Schedule, list[float]] = {}
    for schedule in schedules:  # once each, code being made and pages touched; not counted
        if times and used() > 0.25:
            break
        timed(schedule)
        times[schedule] = []
    order = list(times)
    for turn in range(TURNS):
        if turn >= 2 and used() > 0.6:
            break
        shuffle.shuffle(order)
        for schedule in order:
            times[schedule].append(timed(schedule))
    selected = {schedule: median(found) for schedule, found in times.items()}
    baseline, best = schedules[0], min(selected, key=lambda s: selected[s])
    pairs: list[tuple[float, float]] = []
    while best != baseline and len(pairs) < TURNS and (len(pairs) < LEAST or used() < 1):
        first, second = (baseline, best) if shuffle.random() < 0.5 else (best, baseline)
        found = {first: timed(first), second: timed(second)}
        pairs.append((found[baseline], found[best]))
    told(1.0)
    old, new = (median(column) for column in zip(*pairs, strict=True)) if pairs else (selected[baseline],) * 2
    wins = sum(b < a for a, b in pairs)
    if not pairs or new > GAIN * old or wins < 0.75 * len(pairs):
        return Choice(baseline, old, old, len(pairs), selected)
    return Choice(best, new, old, len(pairs), selected)


__all__ = ["Choice", "choose"]
