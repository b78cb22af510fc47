"""qvm tune: the fastest schedule of a program on this machine, measured and kept."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from qvm.cli.common import Finite, output, say, show

if TYPE_CHECKING:
    from qvm.api import Compiled
    from qvm.tuning.choose import Choice


@click.command()
@click.argument("file", type=click.Path())
@click.option("--backend", default="auto", show_default=True, metavar="NAME", help="The backend that is tuned.")
@click.option("-O", "level", type=click.IntRange(0, 3), default=2, show_default=True, help="Optimisation preset.")
@click.option("--passes", metavar="PIPELINE", help="An explicit pipeline, as for `qvm run`.")
@click.option("-D", "defines", multiple=True, metavar="NAME=VALUE", help="Set a parameter, or N.")
@click.option(
    "--budget", type=Finite("number of seconds", min=0, min_open=True), default=60.0, show_default=True, metavar="S",
    help="Seconds to measure, about; every schedule that is tried runs at least twice.",
)  # fmt: skip
@click.option("--data", multiple=True, type=click.Path(exists=True, file_okay=False), metavar="DIR",
              help="Grant a folder; every run of the program may write there.")  # fmt: skip
@click.option("--seed", type=click.IntRange(0, 2**64 - 1), default=0, show_default=True, help="Seed of the estimators.")
@click.option("--dry-run", "dry", is_flag=True, help="Say what would be kept, and keep nothing.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object of schema qvm.tune/1.")
@click.option("--quiet", is_flag=True, help="No remarks and no progress bar.")
def tune(
    file: str,
    backend: str,
    level: int,
    passes: str | None,
    defines: tuple[str, ...],
    budget: float,
    data: tuple[str, ...],
    seed: int,
    dry: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Run FILE by schedules that change no result beyond rounding, and keep the fastest for this machine.

    One pass selects, another judges what it found beside the program's own schedule, which stays where nothing beats
    it clearly.  `qvm run FILE --schedule tuned`, with the same parameters, then uses it; so does ATUNE.SWITCH.
    """
    from qvm.cli.programs import load
    from qvm.machine.run import choose as backend_called
    from qvm.tuning.candidates import candidates
    from qvm.tuning.store import cores, keep

    compiled = load(file, defines, data, level=level, passes=passes, backend=backend)
    if not quiet:
        show(compiled.diagnostics, as_json)
    chosen = backend_called(backend)
    given = compiled.program.schedule
    wanted = candidates(given, compiled.program.space.N, cores(), chosen.can.schedules)
    found = measured(compiled, wanted, budget, list(data), seed, sys.stderr.isatty() and not quiet)
    place = None if dry else keep(compiled.program, chosen.name, found)
    output(told(file, chosen.name, found, wanted, as_json), None)
    if place is not None and not quiet:
        say(f"kept in {place}")


def measured(compiled: Compiled, wanted: list[Any], budget: float, data: list[str], seed: int, bar: bool) -> Choice:
    """The choice among schedules; the answers of all of them are compared."""
    from qvm.agree import disagreement
    from qvm.tuning.choose import choose
    from qwasm.qpu.schedules import schedule_text
    from qwasm.record import replace

    first: list[Any] = []

    def run(schedule: Any) -> None:
        result = replace(compiled, program=replace(compiled.program, schedule=schedule)).run(data=data, seed=seed)
        if not first:
            first.append(result)
        elif wrong := disagreement(first[0], result, field=compiled.program.space.field.kind):
            raise AssertionError(f"the schedule {schedule_text(schedule)} changes a result: {wrong}")

    with click.progressbar(length=1000, label="tuning", file=sys.stderr, hidden=not bar) as shown:
        at = [0]

        def progress(share: float) -> None:
            step = int(1000 * share) - at[0]
            at[0] += max(0, step)
            shown.update(max(0, step))

        return choose(wanted, run, budget, told=progress)


def told(file: str, backend: str, found: Choice, wanted: list[Any], as_json: bool) -> str:
    """The choice as lines for a person or as one JSON object."""
    import json

    from qwasm.qpu.schedules import schedule_text

    if as_json:
        tried = [{"schedule": schedule_text(s), "seconds": seconds} for s, seconds in found.selected.items()]
        return json.dumps({
            "schema": "qvm.tune/1", "file": file, "backend": backend, "schedule": schedule_text(found.schedule),
            "seconds": found.seconds, "baseline": found.baseline, "turns": found.turns,
            "tried": tried, "left_out": len(wanted) - len(tried),
        }, indent=2)  # fmt: skip
    rows = sorted(found.selected.items(), key=lambda row: row[1])
    lines = [f"{'schedule':<56} {'median, ms':>12}"]
    lines += [f"{schedule_text(s):<56} {1e3 * t:>12.3f}{'  own' if s == wanted[0] else ''}" for s, t in rows]
    if len(wanted) > len(rows):
        lines.append(f"no time for {len(wanted) - len(rows)} more; raise --budget")
    if found.schedule == wanted[0]:
        lines.append("the program's own schedule stays: nothing was clearly faster")
    else:
        lines.append(
            f"{schedule_text(found.schedule)}: {found.baseline / found.seconds:.2f} times as fast as the program's "
            f"own, medians of {found.turns} more turns"
        )
    return "\n".join(lines)


__all__ = ["tune"]
