"""What both command lines do: find the pipeline of a program, compile it, print the script that completes words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from qvm.cli.common import remember, settings
from qwasm.diagnostics import fail

if TYPE_CHECKING:
    from qvm.api import Compiled


def pipeline(level: int, passes: str | None, approx: float | None) -> str | None:
    """The pipeline of --passes, with the budget of --approx in it; None for what the preset says."""
    from qwasm.passes.manager import PRESETS
    from qwasm.passes.pipeline import with_budget

    return passes if approx is None else with_budget(PRESETS[level] if passes is None else passes, approx)


def load(file: str, defines: tuple[str, ...], data: tuple[str, ...], **options: Any) -> Compiled:
    """Compile a file named on a command line, keeping its text for diagnostics."""
    from pathlib import Path

    from qvm.api import compile_text, read_source, roots
    from qwasm.limits import DEFAULT

    path = Path(file)
    limits = options.pop("limits", None) or DEFAULT
    if path.suffix not in (".qw", ".qwo", ".qir", ".qpu", ".repro", ""):
        raise fail("QW0704", f"{file} is no program: not .qw, .qwo, .qir or .qpu", hint="rename it to end in .qw")
    text = read_source(path, limits)
    if path.suffix != ".qwo":
        remember({file: text.decode("utf-8", "replace")})
    compiled = compile_text(
        text,
        file,
        options.pop("backend", "auto"),
        options.pop("level"),
        options.pop("passes"),
        roots(data, path),
        limits,
        options.pop("load", ()),
        settings(defines, "-D"),
        options.pop("rules", ()),
        options.pop("switches", None),
        options.pop("trust", None),
        options.pop("schedule", ""),
        bool(data),
    )
    remember(compiled.sources)
    return compiled


def completion_script(shell: str, program: str) -> str:
    """The completion script click generates, under a line that says where to put it."""
    from click.shell_completion import get_completion_class

    generator = get_completion_class(shell)
    if generator is None:
        raise fail("QW0703", f"no completion for {shell!r}", hint="bash, zsh or fish")
    variable = f"_{program.upper()}_COMPLETE"
    script = generator(click.Command(program), {}, program, variable).source()
    return f"# source this file from your {shell} start-up file\n{script}"
