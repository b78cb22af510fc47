"""Rule files are read strictly: every fault is an error with its place, and nothing is half loaded."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import pytest

from qwasm.diagnostics import QwasmError
from qwasm.rules import read_file, read_pack
from qwasm.rules.places import places
from tests.rules.packs import HEAD, SWAP, codes, pack, row, swap


def refused(text: str | bytes, file: str = "x.qwr") -> QwasmError:
    with pytest.raises(QwasmError) as caught:
        read_pack(text if isinstance(text, bytes) else text.encode(), file)
    return caught.value


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        (HEAD + "[[rule]]\nid = x\n", "QW0550", 4, 6),
        (HEAD + "[[rule]\n", "QW0550", 3, 7),
        (b"\xff\xfe", "QW0550", 1, 1),
        (HEAD.replace("rules/1", "rules/9"), "QW0551", 1, 11),
        (HEAD.replace("words/1", "words/2"), "QW0551", 2, 12),
        ("", "QW0552", 1, 1),
        (HEAD + "colour = 3\n", "QW0552", 3, 1),
        (HEAD + swap(were=["p != q"]), "QW0552", 9, 1),
        (HEAD + swap(id=3), "QW0552", 4, 6),
        (HEAD + swap(id="a b"), "QW0552", 4, 7),
        (HEAD + swap(where="p != q"), "QW0552", 6, 10),
        (HEAD + swap(where=["p != q", 3]), "QW0552", 6, 20),
        (HEAD + swap(class_="fast"), "QW0552", 9, 10),
        (HEAD + swap(scope={"N": "some"}), "QW0552", 9, 16),
        (HEAD + swap(scope={"N": {"eq": 0}}), "QW0552", 9, 22),
        (HEAD + swap(scope={"n": "all"}), "QW0552", 9, 11),
        (HEAD + swap(origin={"seed": 0.5}), "QW0552", 9, 19),
        (HEAD + swap(proof={"method": "trust/1"}), "QW0552", 9, 21),
        (HEAD + swap(proof={"method": "refutation/1"}), "QW0552", 9, 21),
        (HEAD + swap(code="import os"), "QW0552", 9, 1),
        (HEAD + row(id="x", lhs="A[2]"), "QW0552", 3, 1),
        (HEAD + swap() + swap(), "QW0553", 10, 7),
        (HEAD + swap(class_="approx"), "QW0552", 9, 10),
        (HEAD + swap(bound="1/10"), "QW0552", 9, 10),
        (HEAD + row("macro", name="M 1", parameters=[], expansion="A[2]"), "QW0552", 4, 9),
        (HEAD + row("macro", name="M1", parameters=[], expansion="A[2]", gain="a lot"), "QW0552", 7, 9),
    ],
)  # fmt: skip
def test_a_fault_is_an_error_with_its_place(text: str | bytes, code: str, line: int, column: int) -> None:
    error = refused(text)
    assert codes(error)[0] == code
    span = error.diagnostics[0].span
    assert span is not None and (span.file, span.line, span.column) == ("x.qwr", line, column)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"lhs": "A[2] " * 2000}, "limit text"),
        ({"lhs": "A[p] " * 300}, "limit letters"),
        ({"lhs": "A[p]^65"}, "limit exponent"),
        ({"lhs": "A[p^(1000000000000)]"}, "limit exponent"),
        ({"vars": {f"p{i}": "prime" for i in range(13)}}, "limit variables"),
    ],
)
def test_hostile_sizes_are_refused_by_a_named_limit(changes: dict[str, Any], named: str) -> None:
    error = refused(HEAD + swap(**changes))
    assert codes(error)[0] == "QW0446" and named in error.diagnostics[0].message


def test_too_many_rules_are_refused() -> None:
    rows = "".join(f'[[macro]]\nname = "M{i}"\nparameters = []\nexpansion = "I"\n' for i in range(20_001))
    error = refused(HEAD + rows)
    assert codes(error) == ["QW0446"] and "limit rules" in error.diagnostics[0].message


def test_a_gigabyte_is_refused_before_it_is_read(tmp_path: Path) -> None:
    file = tmp_path / "big.qwr"
    with file.open("wb") as stream:
        stream.truncate(1 << 30)
    start = time.process_time()
    with pytest.raises(QwasmError) as caught:
        read_file(file)
    assert codes(caught.value) == ["QW0446"] and time.process_time() - start < 5


@pytest.mark.parametrize("name", ["nothing.qwr", "."])
def test_a_missing_file_is_an_error_and_not_an_empty_pack(tmp_path: Path, name: str) -> None:
    with pytest.raises(QwasmError) as caught:
        read_file(tmp_path / name)
    assert codes(caught.value) == ["QW0700"]


def test_deep_nesting_is_refused_without_a_traceback() -> None:
    depth = sys.getrecursionlimit() * 2
    assert codes(refused(HEAD + "x = " + "[" * depth + "]" * depth)) == ["QW0550"]


def test_several_faults_are_reported_at_once() -> None:
    error = refused(HEAD + swap(colour=1) + swap(id="b", lhs=3) + row(id="c"))
    assert len(error.diagnostics) >= 3


def test_the_digest_is_of_the_meaning_and_not_of_the_spelling() -> None:
    plain = pack(swap())
    other = read_pack(
        b'# a comment\nalgebra = "multiplicative-words/1"\nformat = \'qwasm-rules/1\'\n[[rule]]\n'
        b'rhs = "Q[p] B[q] A[p]"\nlhs = """A[p] B[q]"""\nwhere = [\n  "p != q", # different\n]\n'
        b'vars = { q = "prime", p = "prime" }\nid = "swap"\n[rule.origin]\nby = "hand"\n[rule.proof]\nmethod = "nf/1"\n',
        "y.qwr",
    )
    assert plain.canonical == other.canonical and plain.digest == other.digest
    assert pack(swap(where=[])).digest != plain.digest


def test_the_canonical_form_has_no_floats_and_is_ascii() -> None:
    made = pack(swap(about="für alle"), row("macro", name="M", parameters=["p"], expansion="A[p]", gain="3/2"))
    assert made.canonical.isascii() and b'"gain":"3/2"' in made.canonical and b"1.5" not in made.canonical


def test_places_follow_every_way_toml_has_of_writing_a_table() -> None:
    text = 'a.b = 1\n[t."x y"]\nk = { u = [1, { v = "w" }], z = \'q\' }\n[[l]]\n[l.m]\nn = """\ntwo\n"""\n[[l]]\no = 1979-05-27\n'
    found = places(text)
    assert found["a", "b"][:2] == (1, 7)
    assert found["t", "x y", "k", "u", 1, "v"][:2] == (3, 22)
    assert found["t", "x y", "k", "z"][:2] == (3, 34)
    assert found["l", 0, "m", "n"][:2] == (6, 8)
    assert found["l", 1, "o"][:2] == (10, 5)


def test_a_rule_keeps_every_field() -> None:
    rule = pack(swap(about="x", scope={"N": {"eq": 12}, "weight": "n^-1", "field": "mod"}, origin={"run": "r", "seed": 3})).rules[0]
    assert (rule.id, rule.lhs, rule.where) == (SWAP["id"], SWAP["lhs"], tuple(SWAP["where"]))
    assert (rule.scope.N, rule.scope.weight, rule.scope.field) == (12, "n^-1", "mod")
    assert rule.origin == (("run", "r"), ("seed", "3"))
