"""qwasmc: the compiler's command line.

`qwasmc FILE` compiles; `qwasmc explain CODE`, `qwasmc fmt FILE` and `qwasmc help TOPIC` say
what the language is.  Stages are imported when a command needs them: `--help` imports click
and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from qvm.cli.common import APPROX, SCHEDULE, guarded, output, remember, show, write_whole
from qvm.cli.find import bisect, reduce
from qvm.cli.optimiser import OPTIONAL, Watch, pipeline_options, watch_options
from qvm.cli.programs import completion_script, load, pipeline
from qvm.cli.trust import RULES, trust_options
from qwasm import __version__
from qwasm.diagnostics import fail

if TYPE_CHECKING:
    from qvm.api import Compiled
    from qwasm.ir.module import Module
    from qwasm.rules.trust import Trust

STAGES = ("ast", "ir", "qpu", "llvm", "asm", "qwo")


class CompileByDefault(click.Group):
    """A group whose first word may be a file: `qwasmc heat.qw` means `qwasmc compile heat.qw`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        args = [OPTIONAL.get(word, word) for word in args]
        if args and args[0] not in self.commands and args[0] not in ("--help", "-h", "--version"):
            args = ["compile", *args]
        return super().parse_args(ctx, args)


@click.group(cls=CompileByDefault, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="qwasmc")
def qwasmc() -> None:
    """Compile QWASM: operator programs on l2({1..N}).

    \b
    qwasmc FILE.qw               check and compile, print nothing but remarks
    qwasmc FILE.qw -o OUT.qwo    write an object
    qwasmc FILE.qw --emit=ir     print a stage
    qwasmc FILE.repro            replay a fault that --reproducer kept

    Exit codes: 0 ok; 2 usage; 3 source error; 4 limit; 5 refused; 7 storage; 70 bug.
    """


@qwasmc.command("compile")
@click.argument("file", type=click.Path())
@click.option("-o", "out", metavar="OUT", help="Write here: the object, or the first emitted stage.")
@click.option("--emit", metavar="STAGES", help=f"Stages to print, separated by commas: {', '.join(STAGES)}.")
@RULES
@trust_options
@APPROX
@SCHEDULE
@pipeline_options
@watch_options
@click.option("--errors", type=click.Choice(["text", "json"]), default="text", help="How diagnostics look.")
def compile_command(
    file: str,
    out: str | None,
    emit: str | None,
    level: int,
    passes: str | None,
    rules: tuple[str, ...],
    trust: Trust,
    defines: tuple[str, ...],
    data: tuple[str, ...],
    approx: float | None,
    schedule: str,
    errors: str,
    watch: Watch,
) -> None:
    """Compile FILE (.qw text or .qwo object)."""
    from qwasm.ir.objects import write_object
    from qwasm.passes.manager import PRESETS

    wanted = [stage.strip() for stage in emit.split(",")] if emit is not None else []
    for stage in wanted:
        if stage not in STAGES:
            raise fail("QW0705", f"--emit knows no stage {stage!r}", hint=f"choose from {', '.join(STAGES)}")
    passes = pipeline(level, passes, approx)
    watch.announce(PRESETS[level] if passes is None else passes)
    compiled = load(
        file, defines, data, level=level, passes=passes, rules=rules, trust=trust, switches=watch.switches(),
        schedule=schedule,
    )  # fmt: skip
    show(compiled.diagnostics, errors == "json")
    watch.report(compiled.ran, errors == "json")
    if not wanted and out is not None:
        wanted = ["qwo"]
    if "qwo" in wanted and (len(wanted) > 1 or out is None):
        raise fail("QW0706", "an object is binary: it needs -o and stands alone", hint="write --emit=qwo -o OUT.qwo")
    if wanted == ["qwo"] and out is not None:
        write_whole(out, write_object(module_of(compiled, "qwo")))
        return
    if wanted:
        output("\n".join(stage_text(stage, compiled, file) for stage in wanted), out)


def stage_text(stage: str, compiled: Compiled, file: str) -> str:
    """One stage of the journey as text; raises QW0590 for one that no backend here prints."""
    if stage == "ast":
        from qwasm.syntax import parse, print_program

        with open(file, "rb") as stream:
            return print_program(parse(stream.read(), file))
    if stage == "ir":
        from qwasm.ir.text import print_module

        return print_module(module_of(compiled, stage))
    if stage == "qpu":
        from qwasm.qpu.text import print_qpu

        return print_qpu(compiled.program)
    from qvm.machine.backend import Printing
    from qvm.machine.run import choose

    backend = choose(compiled.backend)
    if isinstance(backend, Printing):
        return backend.printed(compiled.program, stage)
    raise fail("QW0590", f"the backend {backend.name} prints no stage {stage!r}", hint="use --emit=qpu")


def module_of(compiled: Compiled, stage: str) -> Module:
    """The QIR module; raises QW0705 when the program was read from a later stage."""
    if compiled.module is None:
        raise fail("QW0705", f"a QPU program has no stage {stage!r}", hint="--emit=qpu")
    return compiled.module


@qwasmc.command()
@click.argument("files", nargs=-1, required=True, type=click.Path())
@click.option("--check", is_flag=True, help="Change nothing; exit 3 when a file is not in the format.")
@click.option("--stdout", is_flag=True, help="Print instead of rewriting.")
def fmt(files: tuple[str, ...], check: bool, stdout: bool) -> None:
    """Rewrite FILES in the canonical format; comments are kept."""
    from pathlib import Path

    from qvm.api import read_source
    from qwasm.limits import DEFAULT
    from qwasm.syntax import format_source

    different = []
    for file in files:
        data = read_source(Path(file), DEFAULT)
        remember({file: data.decode("utf-8", "replace")})
        text = format_source(data, file)
        if stdout:
            output(text, None)
        elif text.encode() != data:
            different.append(file)
            if not check:
                write_whole(file, text.encode())
    if check and different:
        raise fail("QW0190", f"not in the canonical format: {', '.join(different)}", hint=f"qwasmc fmt {different[0]}")


@qwasmc.command()
@click.argument("code")
def explain(code: str) -> None:
    """Explain a diagnostic CODE, with a failing and a fixed program."""
    from qvm.cli.pages import code_page
    from qwasm.diagnostics.codes import table

    row = table().get(code.upper())
    if row is None:
        raise fail("QW0703", f"there is no code {code!r}", hint="qwasmc help errors lists them")
    output(plain(code_page(row)), None)


@qwasmc.command("help")
@click.argument("topic", required=False)
@click.argument("name", required=False)
@click.option("--markdown", is_flag=True, help="The page as it stands in docs/reference.")
@click.pass_context
def help_command(ctx: click.Context, topic: str | None, name: str | None, markdown: bool) -> None:
    """The language reference: instructions, letters, functions, passes, errors; or one entry by NAME."""
    from qvm.cli.pages import PAGES, entry

    if topic is None:
        parent = ctx.parent
        output(f"{parent.get_help() if parent else ''}\n\nTopics: {', '.join(PAGES)}", None)
        return
    if topic not in PAGES:
        raise fail("QW0703", f"there is no topic {topic!r}", hint=f"topics are {', '.join(PAGES)}")
    text = PAGES[topic]() if name is None else entry(topic, name)
    output(text if markdown else plain(text), None)


def plain(markdown: str) -> str:
    """Markdown without its marks, for a terminal."""
    lines, inside = [], False
    for line in markdown.split("\n"):
        if line.startswith("```"):
            inside = not inside
        else:
            text = line.lstrip("#").strip() if line.startswith("#") else line
            lines.append(f"    {line}" if inside else text.replace("**", "").replace("`", "").replace("\\|", "|"))
    return "\n".join(lines)


@qwasmc.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.option("--program", type=click.Choice(["qwasmc", "qvm"]), default="qwasmc", show_default=True)
def completion(shell: str, program: str) -> None:
    """Print the completion script of a SHELL; see its first line for how to install it."""
    output(completion_script(shell, program), None)


qwasmc.add_command(bisect)
qwasmc.add_command(reduce)


def main() -> None:
    """Entry point of the `qwasmc` command."""
    guarded(lambda: qwasmc.main(prog_name="qwasmc", standalone_mode=False))


if __name__ == "__main__":
    main()
