"""`qwasmc bisect` and `qwasmc reduce`: the one rewrite at fault, and the smallest program that shows it.

A check is a command that ends with 0 when all is well; `{}` in it stands for the file to look at.  Without one
the results are compared with those of the program as it was written, on the reference backend.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

from qvm.cli.common import output, remember, say, write_whole
from qvm.cli.optimiser import built, pipeline_options
from qwasm.diagnostics import QwasmError, fail
from qwasm.record import record

if TYPE_CHECKING:
    from qwasm.ir.module import Module
    from qwasm.passes.pipeline import Steps
    from qwasm.syntax.tree import Program

TIMED_OUT = 124


@record
class Command:
    """A check by a command, each run of which may last so many seconds."""

    words: tuple[str, ...]
    seconds: float

    def code(self, data: bytes, name: str) -> int:
        """The exit code of the command for a file of this content; 124 when it takes too long."""
        import subprocess
        import tempfile
        from pathlib import Path

        with tempfile.TemporaryDirectory(prefix="qwasm-check-") as folder:
            path = Path(folder) / name
            path.write_bytes(data)
            words = [word.replace("{}", str(path)) for word in self.words]
            try:
                done = subprocess.run(words, capture_output=True, check=False, timeout=self.seconds)
            except subprocess.TimeoutExpired:
                return TIMED_OUT
            except OSError as error:
                raise fail(
                    "QW0709", f"the check does not start: {words[0]}: {error.strerror}", None, "--check CMD"
                ) from None
            return done.returncode


def command(check: str | None, seconds: float) -> Command | None:
    """The check that was given.  Raises QW0709 for text that is no command or names no file."""
    if check is None:
        return None
    import shlex

    try:
        words = tuple(shlex.split(check))
    except ValueError as error:
        raise fail("QW0709", f"the check is no command: {error}", None, '--check "qvm run {} -O0"') from None
    if not words:
        raise fail("QW0709", "the check is empty", None, '--check "qvm run {} -O0"')
    return Command(words if any("{}" in word for word in words) else (*words, "{}"), seconds)


def check_options(found: Callable[..., Any]) -> Callable[..., Any]:
    """--check and --check-timeout."""
    found = click.option(
        "--check-timeout", "seconds", type=click.FloatRange(0, min_open=True), default=60.0, show_default=True,
        metavar="S", help="A check that takes longer has failed.",
    )(found)  # fmt: skip
    return click.option(
        "--check", metavar="CMD", help="Ends with 0 when all is well; {} is the file.  Default: results as at -O0."
    )(found)


def pipeline_of(level: int, passes: str | None) -> Steps:
    from qwasm.passes.manager import PRESETS
    from qwasm.passes.pipeline import parse_pipeline

    return parse_pipeline(PRESETS[level] if passes is None else passes)


def same_results(module: Module, steps: Steps) -> Callable[[Module], bool]:
    """A check: a module gives the results of this one, to the last bit if every pass promises that."""
    from qvm.agree import disagreement, run_module

    field, bitexact = module.space.field.kind, all_bitexact(steps)
    wanted = run_module(module)
    return lambda other: not disagreement(wanted, run_module(other), bitexact=bitexact, field=field)


def all_bitexact(steps: Steps) -> bool:
    """Whether every pass of a pipeline keeps results to the last bit."""
    from qwasm.passes.found import load
    from qwasm.passes.pipeline import Step

    return all(
        load(step.name).kind == "bitexact" if isinstance(step, Step) else all_bitexact(step.steps) for step in steps
    )


@click.command()
@click.argument("file", type=click.Path())
@check_options
@pipeline_options
def bisect(
    file: str, check: str | None, seconds: float, level: int, passes: str | None, defines: tuple[str, ...],
    data: tuple[str, ...],
) -> None:  # fmt: skip
    """Find the one rewrite of the passes at fault in FILE, and print it as a diff.

    CMD is given an object in which the rewrites so far have been made; it should run it as it is:
    --check "qvm run {} -O0".
    """
    from qvm.api import program_cost
    from qwasm.diagnostics import Diagnostic, render
    from qwasm.ir.objects import write_object
    from qwasm.passes.bisect import bisect as find

    steps = pipeline_of(level, passes)
    module, given = built(file, defines, data), command(check, seconds)
    as_written = same_results(module, steps) if given is None else None

    def good(other: Module) -> bool:
        """Whether a module passes the check."""
        if as_written is not None:
            return as_written(other)
        assert given is not None
        return given.code(write_object(other), "check.qwo") == 0

    fault = find(module, steps, good, program_cost)
    from qvm.cli.common import sources

    lines = [f"rewrite {fault.number}, by {fault.step}, is at fault"]
    if fault.rewrite is not None:
        lines[0] += f": {fault.rewrite.name}, because {fault.rewrite.why}"
        for span in fault.rewrite.spans:
            found = Diagnostic("", "", span)
            lines += [f"{span.file}:{span.line}:{span.column}", *render.excerpt(found.span or span, sources)]
    if fault.error is not None:
        lines.append(f"with it the compiler stops: {fault.error.diagnostics[0].message}")
    output("\n".join([*lines, fault.diff]).rstrip(), None)


@click.command()
@click.argument("file", type=click.Path())
@click.option("-o", "out", metavar="OUT", help="Write the program here.")
@click.option("--most", type=click.IntRange(1), default=2_000, show_default=True, metavar="K", help="Tries, at most.")
@check_options
@pipeline_options
def reduce(
    file: str, out: str | None, most: int, check: str | None, seconds: float, level: int, passes: str | None,
    defines: tuple[str, ...], data: tuple[str, ...],
) -> None:  # fmt: skip
    """Make FILE as small as it can be while its check still fails as it does now.

    CMD is given a .qw file; a smaller program is kept when CMD ends with the same code as for FILE.
    """
    from pathlib import Path

    from qvm.api import read_source
    from qwasm.limits import DEFAULT
    from qwasm.syntax import parse, print_program
    from qwasm.syntax.shrink import shrink

    text = read_source(Path(file), DEFAULT)
    remember({file: text.decode("utf-8", "replace")})
    program, given = parse(text, file, DEFAULT), command(check, seconds)
    steps = pipeline_of(level, passes) if given is None else ()

    def outcome(smaller: Program) -> object:
        """What is wrong with a program; nothing when it passes."""
        source = print_program(smaller)
        return given.code(source.encode(), "check.qw") if given else differs(source, file, defines, data, steps)

    wanted = outcome(program)
    if not wanted:
        raise fail("QW0708", "the check passes with the whole program", None, "give a check that fails: --check CMD")
    small = shrink(program, lambda smaller: outcome(smaller) == wanted, most)
    result = print_program(small)
    if out is None:
        output(result, None)
    else:
        write_whole(out, result.encode())
        say(f"{len(print_program(program).splitlines())} lines became {len(result.splitlines())}: {out}")


def differs(text: str, file: str, defines: tuple[str, ...], data: tuple[str, ...], steps: Steps) -> object:
    """What the pipeline does wrong to a program: another result, an error; nothing for one that does not run."""
    from pathlib import Path

    from qvm.api import front, program_cost, roots
    from qvm.cli.common import settings
    from qwasm.ir.copy import copied
    from qwasm.limits import DEFAULT
    from qwasm.passes.manager import run_passes

    with suppress(QwasmError):
        module, _ = front(text, file, roots(data, Path(file)), DEFAULT, (), settings(defines, "-D"))
        good = same_results(module, steps)
        changed = copied(module)
        try:
            run_passes(changed, steps, cost=program_cost)
            return "" if good(changed) else "another result"
        except QwasmError as error:
            return error.diagnostics[0].code
    return ""


__all__ = ["bisect", "reduce"]
