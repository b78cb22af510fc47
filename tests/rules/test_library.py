"""The curated library: every rule of every file loads proved, and it covers the algebra."""

from __future__ import annotations

from pathlib import Path

import pytest
import qwasm_passes.rules

from qwasm.rules import Pack, RuleSet, library, read_file

FILES = sorted(Path(qwasm_passes.rules.__path__[0]).glob("*.qwr"))
every = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)


@every
def test_every_rule_of_the_library_loads_proved(file: Path) -> None:
    pack = read_file(file)
    rules = RuleSet.of([pack])
    assert rules.remarks == ()
    wanted = {"proved": len(pack.rules), "refuted": len(pack.refuted)}
    for verdict, count in wanted.items():
        assert sum(row.verdict == verdict for row in rules.standings) == count
    assert all(row.applies for row in rules.standings if row.verdict == "proved")


@every
def test_ids_begin_with_the_theme_of_their_file(file: Path) -> None:
    pack: Pack = read_file(file)
    ids = [rule.id for rule in pack.rules] + [row.rule.id for row in pack.refuted]
    assert pack.about and ids and all(name.startswith(f"{file.stem}.") for name in ids)


def test_every_letter_of_the_algebra_has_a_law() -> None:
    text = " ".join(rule.lhs + rule.rhs for pack in library().packs for rule in pack.rules)
    for letter in ("A[", "B[", "K[", "P[", "Q[", "V(", "Dir(", "coDir(", "exp(", "adj(", "comm(", "sum p", "out("):
        assert letter in text, letter


def test_installed_packages_bring_the_library() -> None:
    assert {Path(pack.file).stem for pack in library().packs} >= {file.stem for file in FILES}
