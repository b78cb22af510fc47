"""qvm rules mine and qvm rules count: macros out of a folder of programs, and what macros do for one.

Every .qw file of the folder is compiled without optimisation and never run; one that does not compile is left out
with a remark.  Links are not followed, so that a folder is what lies in it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from qvm.cli.common import output, remember, say, show
from qwasm.diagnostics import Diagnostic, QwasmError, Span, fail

if TYPE_CHECKING:
    from pathlib import Path

    from qwasm.ir.module import Module
    from qwasm.rules.pack import Macro

FOLDER = click.argument("folder", type=click.Path())
DATA = click.option("--data", multiple=True, metavar="DIR", help="Folders that .use may read, beside FOLDER.")
PROGRAMS = 10_000  # of one folder
SECONDS = 60.0  # that compiling one program may take


@click.command()
@FOLDER
@click.option("-o", "out", metavar="FILE", help="Write the pack here instead of printing it.")
@click.option("--support", type=click.IntRange(min=2), default=2, show_default=True, metavar="K",
              help="Places where a pattern stands, at least.")  # fmt: skip
@click.option("--most", type=click.IntRange(1, 10_000), default=100, show_default=True, metavar="K",
              help="Macros in the pack, those that gain most first.")  # fmt: skip
@DATA
def mine(folder: str, out: str | None, support: int, most: int, data: tuple[str, ...]) -> None:
    """Name the patterns of operators that recur in the programs of FOLDER, modulo the names of primes."""
    from qwasm_passes.mining import PATTERNS, PLACES, Mine

    from qwasm.rules.pack import Pack
    from qwasm.rules.write import written

    found = Mine()
    for _, module in programs(folder, data):
        found.program(module)
    macros = found.macros(support, most)
    if found.cut:
        left_out(f"what is beyond {PLACES} places of a program or {PATTERNS} patterns")
    programs_said = f"{found.programs} program{'s' if found.programs != 1 else ''}"
    say(f"{len(macros)} macros from {programs_said}")
    about = f"Patterns that recur in {programs_said}; gains in elements of the cost model."
    output(written(Pack(out or "mined.qwr", macros=macros, about=about)), out)


@click.command()
@click.argument("file", type=click.Path())
@FOLDER
@click.option("-o", "out", metavar="FILE", help="Write the statistics here instead of printing them.")
@DATA
def count(file: str, folder: str, out: str | None, data: tuple[str, ...]) -> None:
    """Count what the macros of FILE do in the programs of FOLDER, for `qvm rules prune --stats`.

    uses are the instructions that share an instance under -O2, saved are elements of the cost
    model in one run of each program, the operations that sharing adds taken off; named are programs that call the
    macro themselves.
    """
    import json

    from qwasm.rules import read_file

    pack = read_file(file)
    remember({pack.file: pack.text})
    total: dict[str, dict[str, int]] = {
        macro.name: {"uses": 0, "saved": 0, "cost": 0, "named": 0} for macro in pack.macros
    }
    for _, module in programs(folder, data):
        for name in named(module, pack.digest):
            total[name]["named"] += 1
        for name, uses, saved in outlined(module, pack.macros):
            total[name]["uses"] += uses
            total[name]["saved"] += saved
    output(json.dumps({"macros": total}, indent=1), out)


def outlined(module: Module, macros: Sequence[Macro]) -> Iterator[tuple[str, int, int]]:
    """Macro, instructions that share an instance of it, and the elements saved, for each that pays in a program."""
    from qwasm_passes.macro_outline import outline

    from qvm.api import program_cost
    from qwasm.passes.context import Context
    from qwasm.passes.manager import PRESETS, run_passes
    from qwasm.passes.speeds import current

    before, _, _ = PRESETS[2].partition("macro-outline")
    run_passes(module, before.rstrip(","), cost=program_cost)
    for group in outline(module, Context(module), macros):
        yield group.macro.name, len(group.found), int(group.saved / current().element)


def named(module: Module, digest: str) -> list[str]:
    """The macros of the pack with this digest that the text of a program mentions, if it uses the pack."""
    import re

    from qwasm.rules import read_pack

    packs = [read_pack(text.encode(), name) for name, text in module.sources.items() if name.endswith(".qwr")]
    texts = [text for name, text in module.sources.items() if not name.endswith(".qwr")]
    return [
        macro.name for pack in packs if pack.digest == digest for macro in pack.macros
        if any(re.search(rf"\b{macro.name}\b", text) for text in texts)
    ]  # fmt: skip


def programs(folder: str, data: tuple[str, ...]) -> Iterator[tuple[Path, Module]]:
    """The programs of a folder that compile, in the order of their names; the others are said.

    Raises QwasmError QW0700 for a folder that cannot be read or holds no program that compiles.
    """
    from qvm.api import front, read_source, roots, with_limits
    from qwasm.clock import time_limit

    good = 0
    limits = with_limits(timeout=SECONDS)
    for file in files(folder):
        text = ""
        try:
            source = read_source(file, limits)
            text = source.decode("utf-8", "replace")
            with time_limit(limits.timeout):
                module, _ = front(source, str(file), roots((folder, *data), file), limits, (), {})
        except QwasmError as error:
            first = error.diagnostics[0]
            remember({str(file): text} if text else {})
            left_out(f"{file}: {first.message}", first.span, first.hint)
            continue
        good += 1
        yield file, module
    if not good:
        raise fail("QW0700", f"no program of {folder} compiles", hint="a folder of .qw files is mined")


def left_out(what: str, span: Span | None = None, hint: str = "") -> None:
    """Say that something of a folder is not looked at."""
    show([Diagnostic("QW0952", f"left out: {what}", span, hint, "remark")])


def files(folder: str) -> list[Path]:
    """The .qw files below a folder, links left out."""
    from pathlib import Path

    def refused(error: OSError) -> None:
        raise fail("QW0700", f"cannot read {error.filename}: {error.strerror}", hint="name a folder of .qw files")

    found: list[Path] = []
    for place, folders, names in os.walk(folder, onerror=refused):
        folders.sort()
        found += [Path(place, name) for name in sorted(names) if name.endswith(".qw")]
        if len(found) > PROGRAMS:
            left_out(f"all but the first {PROGRAMS} programs of {folder}", hint="mine its folders one by one")
            break
    return [file for file in found[:PROGRAMS] if not file.is_symlink()]


__all__ = ["count", "mine"]
