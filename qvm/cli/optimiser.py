"""The switches that watch the passes: what the compiler's command line prints about them, and where.

Everything goes to standard error, so that what is compiled can go to standard output.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import click

from qvm.cli.common import COST_MODEL, remember, say, show, write_whole
from qwasm.record import record

if TYPE_CHECKING:
    from qwasm.passes.manager import Ran

OPTIONAL = {"--print-after": "--print-after=*", "--remarks": "--remarks=text"}  # options whose value may be left out


def pipeline_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """-O, --passes, -D and --data, which every command that compiles takes."""
    for option in (
        COST_MODEL,
        click.option("--data", "data", multiple=True, metavar="DIR", help="A folder .use may read."),
        click.option("-D", "defines", multiple=True, metavar="NAME=VALUE", help="Set a parameter, or N."),
        click.option("--passes", metavar="PIPELINE", help='An explicit pipeline, such as "cse,fix(dce)".'),
        click.option(
            "-O", "level", type=click.IntRange(0, 3), default=2, show_default=True, help="Optimisation preset."
        ),
    ):
        command = option(command)
    return command


def watch_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The switches; the command is given them as one Watch, `watch`."""
    names = [field.name for field in fields(Watch)]

    def wrapped(**given: Any) -> Any:
        return command(watch=Watch(**{name: given.pop(name) for name in names}), **given)

    wrapped.__doc__, wrapped.__name__ = command.__doc__, command.__name__
    wrapped.__click_params__ = getattr(command, "__click_params__", [])  # type: ignore[attr-defined]
    found: Callable[..., Any] = wrapped
    for option in (
        click.option("--reproducer", metavar="FILE", help="When a pass fails, write what replays it: qwasmc FILE."),
        click.option(
            "--opt-bisect-limit", "limit", type=click.IntRange(0), metavar="K", help="Let K rewrites happen, no more."
        ),
        click.option(
            "--remarks",
            type=click.Choice(["text", "json"]),
            help="What was done, what was not, and why: --remarks[=json].",
        ),
        click.option("--verify-each", is_flag=True, help="Verify after each pass and prove that the meaning was kept."),
        click.option("--time-passes", is_flag=True, help="Seconds of each pass."),
        click.option("--stats", is_flag=True, help="Runs, hits and tries of each pass and rule."),
        click.option("--print-diff", is_flag=True, help="What each pass changed, as a diff of QIR."),
        click.option("--print-changed", is_flag=True, help="The module after each pass that changed it."),
        click.option(
            "--print-after", metavar="PASS", help="The module after each pass, or after one: --print-after[=PASS]."
        ),
        click.option("--print-pipeline", is_flag=True, help="The pipeline, as it was understood."),
    ):
        found = option(found)
    return found


@record(frozen=False)
class Watch:
    """What was asked for, and the manager's switches that it comes to."""

    print_pipeline: bool
    print_after: str | None
    print_changed: bool
    print_diff: bool
    stats: bool
    time_passes: bool
    verify_each: bool
    remarks: str | None
    limit: int | None
    reproducer: str | None

    def switches(self) -> dict[str, Any]:
        """Keyword arguments of `run_passes`; only what was asked for, so that a start without any stays as fast."""
        found: dict[str, Any] = {}
        if self.print_after or self.print_changed or self.print_diff:
            from qwasm.passes.watch import Prints

            write = lambda text: say(text.rstrip("\n"))  # noqa: E731
            found["observers"] = (Prints(write, self.print_after or "", self.print_changed, self.print_diff),)
        if self.verify_each:
            found["verify_each"] = True
        if self.limit is not None:
            found["limit"] = self.limit
        if self.reproducer is not None:
            found["reproduce"] = self.reproduce
        return found

    def reproduce(self, text: str) -> None:
        """Keep what replays a fault."""
        assert self.reproducer is not None
        write_whole(self.reproducer, text.encode())
        say(f"wrote {self.reproducer}; replay it: qwasmc {self.reproducer}")

    def announce(self, pipeline: str) -> None:
        """Say which pipeline will run, if that was asked for."""
        if self.print_pipeline:
            from qwasm.passes.pipeline import parse_pipeline, written

            say(f"pipeline: {written(parse_pipeline(pipeline)) or '(nothing)'}")

    def report(self, ran: tuple[Ran, ...], as_json: bool) -> None:
        """Remarks, statistics and times of a pipeline that has run, and what validation could not decide."""
        from qwasm.passes.account import remark_lines, statistics, times
        from qwasm.passes.manager import UNPROVED, as_diagnostics

        if self.remarks == "json":
            for line in remark_lines(ran):
                say(line)
        elif self.remarks or self.verify_each:
            show([d for d in as_diagnostics(ran) if self.remarks or d.code == UNPROVED], as_json, most=1_000)
        if self.stats:
            say(statistics(ran))
        if self.time_passes:
            say(times(ran))


def built(file: str, defines: tuple[str, ...], data: tuple[str, ...]) -> Any:
    """The verified module of a program named on a command line, no pass having run, and its sources remembered."""
    from pathlib import Path

    from qvm.api import front, read_source, roots
    from qvm.cli.common import settings
    from qwasm.limits import DEFAULT

    path = Path(file)
    text = read_source(path, DEFAULT)
    if path.suffix != ".qwo":
        remember({file: text.decode("utf-8", "replace")})
    module, _ = front(text, file, roots(data, path), DEFAULT, (), settings(defines, "-D"))
    remember(module.sources)
    return module


__all__ = ["OPTIONAL", "Watch", "built", "pipeline_options", "watch_options"]
