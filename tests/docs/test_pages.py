"""The reference pages on disk are what the program prints, and the README keeps its promises."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from qvm.cli.pages import PAGES, differences
from tests.command import run_command

ROOT = Path(__file__).parents[2]


def test_the_reference_pages_equal_what_the_program_prints() -> None:
    assert list(differences(ROOT / "docs" / "reference")) == []


@pytest.mark.parametrize("name", PAGES)
def test_every_page_starts_with_a_title_and_says_who_printed_it(name: str) -> None:
    text = PAGES[name]()
    assert text.startswith("# ") and "qwasmc help" in text and text.endswith("\n")


def test_the_first_two_code_blocks_of_the_readme_are_the_two_commands() -> None:
    blocks = re.findall(
        r"^```sh\n(.*?)^```", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    assert "qvm run examples/heat.qw" in blocks[0] and "venv" in blocks[0]
    assert "pytest" in blocks[1] and "venv" in blocks[1]


def test_the_program_in_the_readme_is_the_example() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert (ROOT / "examples" / "heat.qw").read_text(encoding="utf-8") in text


def test_the_output_in_the_readme_is_what_the_main_job_prints() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    code, out, talk = run_command("qvm", "run", str(ROOT / "examples" / "heat.qw"))
    assert code == 0, talk
    shown = re.search(r"^```text\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert shown is not None
    for ours, theirs in zip(numbers(out), numbers(shown[1]), strict=True):
        assert ours == pytest.approx(theirs, rel=1e-6)


def numbers(text: str) -> list[float]:
    """Every number a table prints."""
    return [float(word) for word in re.findall(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![\w.])", text)]
