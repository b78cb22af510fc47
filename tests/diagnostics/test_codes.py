"""Every code has a program that fails with it and one that does not; both are run here."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from qwasm.diagnostics.codes import THEMES, Code, Example, exit_code, table
from tests.command import run_command
from tests.installed import run_beside

ROWS = list(table().values())
every = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.code)


def run_example(example: Example, folder: Path) -> tuple[int, str]:
    """Exit code and standard error of an example's command, run in an empty folder."""
    program = folder / "program.qw"
    program.write_bytes(example.program.encode("utf-8", "surrogateescape"))
    for name, content in example.files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())
    words = shlex.split(example.command.format(file=program, dir=folder))
    if any(".dist-info/" in name for name in example.files):
        code, _, talk = run_beside(folder, *words)
        return code, talk
    code, _, talk = run_command(*words, cwd=folder)
    return code, talk


@every
def test_the_failing_program_fails_with_its_code(row: Code, tmp_path: Path) -> None:
    code, talk = run_example(row.fails, tmp_path)
    assert f"[{row.code}]" in talk, talk
    assert code == exit_code(row.code), talk
    assert "Traceback" not in talk


@every
def test_the_fixed_program_runs_clean_of_the_code(row: Code, tmp_path: Path) -> None:
    code, talk = run_example(row.fixed, tmp_path)
    assert row.code not in talk, talk
    assert code == 0, talk


@every
def test_every_row_says_why_in_a_sentence(row: Code) -> None:
    assert row.title and row.why.rstrip().endswith((".", "`"))
    assert len(row.why) > 30


def test_every_code_the_sources_raise_has_a_row() -> None:
    import qvm
    import qwasm

    raised: set[str] = set()
    for package in (qwasm, qvm):
        for path in Path(package.__path__[0]).rglob("*.py"):
            if "codes" not in path.parts:
                raised |= set(re.findall(r'"(QW0[1-9][0-9]{2})"', path.read_text(encoding="utf-8")))
    assert raised - set(table()) == set()


def test_every_theme_has_codes_and_an_exit_code() -> None:
    for prefix, number, _ in THEMES.values():
        rows = [row for row in ROWS if row.code.startswith(prefix)]
        assert rows and all(exit_code(row.code) == number for row in rows)
