"""Reports of contests: a table, JSON of schema `qwasm.bench/1`, a page of markdown and a plot."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Sequence
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from qvm.bench.contest import Outcome

PEERS = ("numpy", "scipy", "numba", "llvmlite")
HEAD = """# Benchmarks

Written by `{command}` on {machine}, {cores} cores, {python}, {versions}.

Contestants take turns in shuffled rounds of one process; a number is the median of wall times in milliseconds. T1 and
T2 are this machine on one and two threads, C is the same algorithm compiled by the C compiler that is present. Before
the rounds all answers were compared. Ratios carry over to other machines, times do not; the machine was shared, and a
ratio may be off by a fifth.
"""


def facts() -> dict[str, Any]:
    """What the numbers depend on: machine, processor, versions."""
    from qvm.cli.doctor import examine

    found = examine()
    return {
        "machine": platform.machine(), "cpu": found["cpu"], "cores": os.cpu_count(),
        "python": platform.python_version(), "versions": {name: v for name in PEERS if (v := _version(name))},
    }  # fmt: skip


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def lines(outcome: Outcome) -> list[str]:
    """A contest for a person: its times, then each ratio beside its bar."""
    times = ", ".join(f"{name} {1e3 * seconds:.2f}" for name, seconds in outcome.seconds.items())
    found = [f"{outcome.name}: {times} ms; answers differ by {outcome.difference:.1e}"]
    for bar, ratio in outcome.ratios:
        verdict = "ok" if ratio >= bar.ratio else "missed"
        found.append(f"    {verdict:6} {bar.ours} {ratio:.2f} x {bar.peer}, bar {bar.ratio:.2f}")
    return found


def as_json(outcomes: Iterable[Outcome]) -> dict[str, Any]:
    """All contests as one JSON object."""
    rows = [
        {
            "name": one.name, "seconds": one.seconds, "difference": one.difference, "agrees": one.agrees,
            "ratios": [
                {"ours": bar.ours, "peer": bar.peer, "bar": bar.ratio, "ratio": ratio} for bar, ratio in one.ratios
            ],
        }
        for one in outcomes
    ]  # fmt: skip
    return {"schema": "qwasm.bench/1", "facts": facts(), "contests": rows}


def markdown(outcomes: Sequence[Outcome], command: str) -> str:
    """All contests as a page."""
    known = facts()
    versions = ", ".join(f"{name} {v}" for name, v in known["versions"].items())
    head = HEAD.format(
        command=command, machine=f"{known['machine']} ({known['cpu']})", cores=known["cores"],
        python=f"Python {known['python']}", versions=versions,
    )  # fmt: skip
    rows = ["| workload | times, ms | ratio | bar | |", "|---|---|---|---|---|"]
    for one in outcomes:
        times = ", ".join(f"{name} {1e3 * seconds:.2f}" for name, seconds in one.seconds.items())
        for k, (bar, ratio) in enumerate(one.ratios):
            name, shown = (one.name, times) if k == 0 else ("", "")
            verdict = "met" if ratio >= bar.ratio else "missed"
            rows.append(f"| {name} | {shown} | {bar.ours} {ratio:.2f} x {bar.peer} | {bar.ratio:.2f} | {verdict} |")
    return head + "\n" + "\n".join(rows) + "\n"


def plot(outcomes: Sequence[Outcome], path: Path) -> None:
    """The ratios as bars, each with a tick where it should be; needs matplotlib, the extra `viz`."""
    from qwasm.diagnostics import fail

    try:
        figures: Any = import_module("matplotlib.figure")
    except ImportError:
        raise fail("QW0599", "a plot needs matplotlib", hint="pip install 'qwasm-toolchain[viz]'") from None
    rows = [(f"{one.name}\n{bar.ours} / {bar.peer}", ratio, bar.ratio) for one in outcomes for bar, ratio in one.ratios]
    figure = figures.Figure(figsize=(9, 0.5 * len(rows) + 1.2), layout="constrained")
    axes = figure.subplots()
    places = range(len(rows))
    axes.barh(places, [row[1] for row in rows], color=["#4477aa" if r >= b else "#cc6677" for _, r, b in rows])
    axes.plot([row[2] for row in rows], places, "k|", markersize=16, label="bar")
    axes.set_yticks(places, [row[0] for row in rows], fontsize=8)
    axes.invert_yaxis()
    axes.set_xscale("log", base=2)
    axes.set_xlabel("times as fast as the peer")
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    figure.savefig(path, dpi=120)


__all__ = ["as_json", "lines", "markdown", "plot"]
