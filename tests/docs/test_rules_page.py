"""The page for rule writers: its rule files load and its Python runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from qwasm.rules import RuleSet, read_pack
from qwasm.rules.lemmas import LEMMAS
from qwasm.rules.order import RANKS
from qwasm.rules.schema import RULE

PAGE = (Path(__file__).parents[2] / "docs" / "rules.md").read_text(encoding="utf-8")
FILES = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
PYTHON = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("text", FILES)
def test_every_rule_file_of_the_page_loads(text: str) -> None:
    rules = RuleSet.of([read_pack(text.encode(), "example.qwr")])
    bounded = [row for row in rules.standings if row.verdict == "bounded"]
    assert len(rules.remarks) == len(bounded)
    assert all(row.verdict in ("proved", "refuted", "bounded") for row in rules.standings)


def test_the_page_shows_every_lemma_as_it_is() -> None:
    shown = [line for line in PAGE.split("\n") if any(line.startswith(f"| `{name}` |") for name in LEMMAS)]
    assert shown == [f"| `{x.name}` | `{x.exact}` | `{x.near}` | `{x.bound}` |" for x in LEMMAS.values()]


def test_the_python_of_the_page_runs_beside_its_first_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "example.qwr").write_text(FILES[0])
    monkeypatch.chdir(tmp_path)
    assert PYTHON
    for text in PYTHON:
        exec(compile(text, "docs/rules.md", "exec"), {})


def test_the_page_names_every_key_and_the_ranks_in_their_order() -> None:
    assert all(f"`{key}`" in PAGE for key in RULE if key != "proof")
    shown = ["powers" if x == "pow" else x for x in RANKS if x not in ("comm", "adj", "+", "list", "I")]
    line = next(line for line in PAGE.split("\n") if line.startswith("> exp"))
    assert [x for x in line[2:].split(", ") if x != "sums of terms"] == shown
