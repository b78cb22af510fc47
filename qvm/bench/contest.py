"""Contests: contestants take turns in shuffled rounds, and medians of their times are compared.

A busy machine slows all contestants of a round alike, so ratios carry over where times do not.  Before the rounds
every contestant runs once, and what it answers is compared with what the first one answers.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from qwasm.record import record

Run = Callable[[], Any]


@record
class Bar:
    """`ours` is to take at most 1 / `ratio` of the time of `peer`."""

    ours: str
    peer: str
    ratio: float


@record
class Contest:
    """Contestants that compute the same thing; `bars` says who is to be faster by how much."""

    name: str
    contestants: Mapping[str, Run]
    bars: tuple[Bar, ...]
    tolerance: float = 1e-10  # largest difference of answers, relative to the largest entry; 0 for none at all
    rounds: int = 7


@record
class Outcome:
    """What a contest found: medians in seconds, the largest relative difference of answers, the bars' ratios."""

    name: str
    seconds: dict[str, float]
    difference: float
    agrees: bool
    ratios: tuple[tuple[Bar, float], ...]

    @property
    def missed(self) -> list[str]:
        """What is not as it should be."""
        found = [] if self.agrees else [f"{self.name}: the answers differ by {self.difference:.1e}"]
        return found + [
            f"{self.name}: {bar.ours} is {ratio:.2f} times as fast as {bar.peer}, not {bar.ratio:g}"
            for bar, ratio in self.ratios
            if ratio < bar.ratio
        ]


def held(contest: Contest, seed: int = 1) -> Outcome:
    """Hold a contest."""
    names = list(contest.contestants)
    answers = [contest.contestants[name]() for name in names]
    differences = [distance(answers[0], other) for other in answers[1:] if other is not None]
    del answers
    times: dict[str, list[float]] = {name: [] for name in names}
    order, shuffle = list(names), random.Random(seed)
    for _ in range(contest.rounds):
        shuffle.shuffle(order)
        for name in order:
            start = time.perf_counter()
            contest.contestants[name]()
            times[name].append(time.perf_counter() - start)
    seconds = {name: statistics.median(values) for name, values in times.items()}
    worst = max(differences, default=0.0)
    ratios = tuple((bar, seconds[bar.peer] / seconds[bar.ours]) for bar in contest.bars if bar.peer in seconds)
    return Outcome(contest.name, seconds, worst, worst <= contest.tolerance, ratios)


def distance(a: Any, b: Any) -> float:
    """The largest difference of two answers, relative to the largest entry."""
    size = float(np.max(np.abs(a))) or 1.0
    return float(np.max(np.abs(np.asarray(a) - np.asarray(b)))) / size


__all__ = ["Bar", "Contest", "Outcome", "held"]
