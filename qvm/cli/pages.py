"""The reference pages: printed by the program from its own tables, equal to docs/reference.

`python -m qvm.cli.pages docs/reference` writes them; with `--check` it fails when a file on
disk differs from what the program would print.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from qvm.cli.common import guarded
from qwasm.diagnostics import fail
from qwasm.diagnostics.codes import THEMES, Code, Example, table


def titled(topic: str, title: str, body: str) -> str:
    """A page: its title, who printed it, and its body without a title of its own."""
    if body.startswith("# "):
        body = body.partition("\n")[2].lstrip("\n")
    return f"# {title}\n\nPrinted by `qwasmc help {topic} --markdown`.\n\n{body.rstrip()}\n"


def instructions_page() -> str:
    """Every instruction of the table, by group."""
    from qwasm.instructions import manual

    return titled("instructions", "Instructions", manual())


def letters_page() -> str:
    """Every letter and operator function, with its action and adjoint."""
    from qwasm.algebra.letters import manual

    return titled("letters", "Letters and operator functions", manual())


def functions_page() -> str:
    """Every arithmetic function, with its kind and where it has exact residues."""
    from qwasm.arith.functions import functions

    lines = [
        "Functions of n >= 1, for potentials, coefficients and Dirichlet families. A bare name means the value at n;",
        "one more argument than the parameters names another point, as in `mu(2*n)`. Expressions also have the",
        "functions exp, log, sin, cos, sqrt, abs, floor, min, max, re, im, conj, conv(f, g), dinv(f), `n mod m`, and",
        "comparisons, which are 0 or 1.",
        "",
        "| function | value at n | kind | in mod(l) |",
        "|---|---|---|---|",
    ]
    for row in functions().values():
        shown = f"{row.name}({', '.join(row.params)})" if row.params else row.name
        lines.append(
            f"| {shown} | {row.doc} | {'' if row.kind == 'other' else row.kind} | {'yes' if row.residues else 'no'} |"
        )
    return titled("functions", "Arithmetic functions", "\n".join(lines))


def passes_page() -> str:
    """Every installed pass with its options, and what the presets run."""
    from qwasm.passes.manual import manual

    return titled("passes", "Passes", manual())


def errors_page() -> str:
    """Every code, by theme, with its exit code and both programs."""
    lines = [
        "# Diagnostics",
        "",
        "Printed by `qwasmc help errors --markdown`. `qwasmc explain CODE` prints one entry. The first digits fix the",
        "exit code. Every entry has a program that fails with the code and one that does not; the tests run both.",
    ]
    for theme, (prefix, exit_code, what) in THEMES.items():
        rows = [row for row in table().values() if row.code.startswith(prefix)]
        lines += ["", f"## {theme.capitalize()}: {what} (exit {exit_code})"]
        for row in rows:
            lines += ["", f"### {row.code}: {row.title}", "", *_body(row)]
    return "\n".join(lines) + "\n"


def code_page(row: Code) -> str:
    """What `qwasmc explain` prints for one code."""
    return "\n".join([f"{row.code}: {row.title}", "", *_body(row)]) + "\n"


def _body(row: Code) -> list[str]:
    lines = [row.why, ""]
    for title, example in (("Fails", row.fails), ("Fixed", row.fixed)):
        lines += [
            f"{title} (`{_command(example)}`):",
            "",
            "```",
            _shown(example.program),
            "```",
            "",
        ]
    return lines[:-1]


def _command(example: Example) -> str:
    """An example's command as a person would type it."""
    words = example.command.format(file="program.qw", dir=".")
    return words.replace("pages ", "python -m qvm.cli.pages ", 1)


def _shown(program: str, most: int = 40) -> str:
    """A program for the page: unprintable characters escaped, very long ones cut."""
    from qwasm.diagnostics.render import printable

    lines = [printable(line)[:200] for line in program.rstrip("\n").split("\n")]
    return "\n".join(lines[:most] + ([f"; ... {len(lines) - most} more lines"] if len(lines) > most else []))


PAGES: dict[str, Callable[[], str]] = {
    "instructions": instructions_page,
    "letters": letters_page,
    "functions": functions_page,
    "passes": passes_page,
    "errors": errors_page,
}


def entry(topic: str, name: str) -> str:
    """The part of a page about `name`: under its heading, or its table row; raises QW0703 when there is none."""
    if topic == "errors" and name.upper() in table():
        return code_page(table()[name.upper()])
    lines = PAGES[topic]().split("\n")
    for same in (str.__eq__, lambda shown, wanted: shown.lower() == wanted.lower()):  # Lambda before lambda
        for start, line in enumerate(lines):
            if line.startswith("#") and same(_first_word(line.lstrip("# ")), name):
                depth = _depth(line)
                end = next((k for k in range(start + 1, len(lines)) if 1 <= _depth(lines[k]) <= depth), len(lines))
                return "\n".join(lines[start:end]).rstrip() + "\n"
            if line.startswith("| ") and same(_first_word(line[2:]), name):
                head = next(k for k in range(start, -1, -1) if lines[k].startswith("|---"))
                return "\n".join([*lines[head - 1 : head + 1], line]) + "\n"
    raise fail("QW0703", f"the page {topic!r} has no entry {name!r}", hint=f"qwasmc help {topic} prints the page")


def _first_word(text: str) -> str:
    """The name a heading or a table row begins with."""
    return re.split(r"[\s\[(,:|]", text.replace("`", ""))[0]


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip("#")) if line.startswith("#") else 0


def differences(folder: Path) -> Iterable[str]:
    """Names of the pages whose file is missing or differs from what the program prints."""
    for name, page in PAGES.items():
        path = folder / f"{name}.md"
        if not path.is_file() or path.read_text(encoding="utf-8") != page():
            yield name


def run(arguments: list[str]) -> None:
    """Write or check the pages in one folder."""
    folders = [word for word in arguments if word != "--check"]
    if len(folders) != 1 or folders[0].startswith("-"):
        raise fail(
            "QW0703", "the page printer takes one folder", hint="python -m qvm.cli.pages [--check] docs/reference"
        )
    folder = Path(folders[0])
    if "--check" in arguments:
        stale = list(differences(folder))
        if stale:
            raise fail("QW0707", f"reference pages differ from the program: {', '.join(stale)}", hint="make docs")
        return
    folder.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        (folder / f"{name}.md").write_text(page(), encoding="utf-8")


def main() -> None:
    """Entry point of `python -m qvm.cli.pages`."""
    guarded(lambda: run(sys.argv[1:]))


if __name__ == "__main__":
    main()
