"""A package adds letters, functions, instructions, passes and backends by entry points alone, and clashes are named."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.installed import install, run_beside

EXTRA = Path(__file__).with_name("extra.py")
POINTS = {
    "qwasm.letters": {"extra": "extra:LETTERS"},
    "qwasm.functions": {"rad": "extra:RADICAL"},
    "qwasm.instructions": {"extra": "extra:instructions"},
    "qwasm.passes": {"forget": "extra:Forget"},
    "qvm.backends": {"twin": "extra:Twin"},
}
PROGRAM = """\
.space N = 12, field = {field}
.op X = twice(T[2]) Theta + V(rad)
.func main
    basis q3, 5
    fill q0, 1
    qop.apply q1, q0, X
    reflect q2, q1
    at s0, q2, 1
    emit "last", s0
end
"""
PLAIN = ".space N = 12\n.op X = A[2] I\n.func main\n    fill q0, mu(n)\n    qop.apply q1, q0, X\nend\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder on the import path in which the package is installed."""
    shutil.copy(EXTRA, tmp_path / "extra.py")
    install(tmp_path, "extra-package", POINTS)
    return tmp_path


@pytest.mark.parametrize("field", ["real", "mod(101)"])
def test_a_program_uses_one_plug_in_of_every_kind(field: str, folder: Path) -> None:
    (folder / "all.qw").write_text(PROGRAM.format(field=field))
    code, out, talk = run_beside(
        folder, "qvm", "run", "all.qw", "--backend", "twin", "--passes", "forget{most=3},cse", "--json"
    )
    assert code == 0, talk
    found = json.loads(out)
    assert found["outputs"]["last"]["value"] == 18  # 2 (0 + 6) + rad(12)
    assert found["provenance"]["backend"] == "twin"


def test_what_plug_ins_say_is_printed_stored_and_read_again(folder: Path) -> None:
    (folder / "all.qw").write_text(PROGRAM.format(field="real"))
    code, plain, talk = run_beside(folder, "qwasmc", "all.qw", "--emit=ir", "-O0")
    assert code == 0 and "basis" in plain and "reflect" in plain and "rad(n)" in plain, talk
    code, swept, talk = run_beside(folder, "qwasmc", "all.qw", "--emit=ir", "--passes", "forget")
    assert code == 0 and "basis" not in swept and "reflect" in swept, talk
    assert run_beside(folder, "qwasmc", "all.qw", "-o", "all.qwo")[0] == 0
    code, out, talk = run_beside(folder, "qvm", "run", "all.qwo", "--json")
    assert code == 0 and json.loads(out)["outputs"]["last"]["value"] == 18, talk


def test_an_instruction_that_says_nothing_of_errors_leaves_those_of_its_states_open(folder: Path) -> None:
    text = ".qwasm 1.0\n.space N = 10\n.func main\nfill q0, n\n{line}\n"
    text += 'reflect q1, q0\nqop.norm s0, q1\nemit "x", s0\nend\n'
    found = []
    for line in ("qop.exp q0, q0, A[2] + B[2], 1", "qop.apply q0, q0, A[2]"):
        (folder / "p.qw").write_text(text.format(line=line))
        code, out, talk = run_beside(folder, "qvm", "run", "p.qw", "--json")
        assert code == 0, talk
        found.append(json.loads(out)["outputs"]["x"])
    assert found[0]["error"] is None and found[0]["method"] == "error not bounded: came through reflect"
    assert 0 <= found[1]["error"] < 1e-13


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("letters", ("`T[m]`", "`twice(X)`", "`Theta`")),
        ("functions", ("rad",)),
        ("instructions", ("reflect",)),
        ("passes", ("`forget`", "most=100")),
    ],
)
def test_the_manual_shows_plug_ins_beside_the_rest(table: str, words: tuple[str, ...], folder: Path) -> None:
    code, out, talk = run_beside(folder, "qwasmc", "help", table, "--markdown")
    assert code == 0, talk
    assert all(word in out for word in words)


def test_without_the_package_the_letter_is_unknown_with_a_hint(tmp_path: Path) -> None:
    (tmp_path / "all.qw").write_text(PROGRAM.format(field="real").replace("twice(T[2])", "T[2]"))
    code, _, talk = run_beside(tmp_path, "qvm", "run", "all.qw")
    assert code == 3 and "error[QW0200]: no letter is called 'T'" in talk and "hint: the letters are A B" in talk


CLASHES = {
    "a letter": ("qwasm.letters", "other:A", "the toolchain"),
    "a letter of another package": ("qwasm.letters", "other:T", "'extra-package'"),
    "an operator function called like a function of n": ("qwasm.letters", "other:mu", "functions of n"),
    "a function of n": ("qwasm.functions", "other:tau", "the toolchain"),
    "a function of another package": ("qwasm.functions", "other:rad", "'extra-package'"),
    "an instruction": ("qwasm.instructions", "other:fill", "the toolchain"),
    "a pass": ("qwasm.passes", "other:Dce", "'qwasm-toolchain'"),
    "a backend": ("qvm.backends", "other:Numpy", "'qwasm-toolchain'"),
}
OTHER = """\
from dataclasses import replace

from extra import LETTERS, RADICAL, Forget as Dce, Twin as Numpy, instructions

A, T = replace(LETTERS[0], name="A"), LETTERS[0]
mu = replace(LETTERS[1], name="mu")
tau, rad = replace(RADICAL, name="tau"), RADICAL
fill = replace(instructions()[0], mnemonic="fill")
"""


@pytest.mark.parametrize("what", CLASHES)
def test_a_name_that_two_packages_claim_is_an_error_that_names_both(what: str, folder: Path) -> None:
    group, place, first = CLASHES[what]
    (folder / "other.py").write_text(OTHER)
    name = {"qwasm.passes": "dce", "qvm.backends": "numpy"}.get(group, "more")
    install(folder, "other-package", {group: {name: place}})
    (folder / "plain.qw").write_text(PLAIN)
    code, out, talk = run_beside(folder, "qvm", "run", "plain.qw")
    assert (code, out) == (5, ""), talk
    assert "error[QW0598]" in talk and first in talk and "'other-package'" in talk, talk


BROKEN = {
    "a module that is not there": ("qwasm.instructions", "nowhere:ROWS", ""),
    "an import that fails": ("qwasm.letters", "broken:ROWS", "1/0"),
    "a function that fails": ("qwasm.functions", "broken:rows", "def rows():\n    return {}['x']"),
    "a row of another kind": ("qwasm.letters", "broken:ROWS", "ROWS = (1, 2)"),
    "a pass that is no pass": ("qwasm.passes", "broken:ROWS", "ROWS = 3"),
    "a backend that is no backend": ("qvm.backends", "broken:ROWS", "ROWS = dict"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_plug_in_that_does_not_work_is_named_with_its_package(what: str, tmp_path: Path) -> None:
    group, place, text = BROKEN[what]
    (tmp_path / "broken.py").write_text(text)
    install(tmp_path, "broken-package", {group: {"bad": place}})
    (tmp_path / "plain.qw").write_text(PLAIN)
    options = {"qwasm.passes": ("--passes", "bad"), "qvm.backends": ("--backend", "bad")}.get(group, ())
    code, out, talk = run_beside(tmp_path, "qvm", "run", "plain.qw", *options)
    assert (code, out) == (5, ""), talk
    assert "error[QW0596]" in talk and "'broken-package'" in talk and "Traceback" not in talk, talk


def test_a_letter_that_gives_no_operator_is_named(tmp_path: Path) -> None:
    shutil.copy(EXTRA, tmp_path / "extra.py")
    (tmp_path / "wrong.py").write_text(
        "from dataclasses import replace\nfrom extra import LETTERS\n"
        "ROWS = (replace(LETTERS[0], name='U', build=lambda a, m: m),\n"
        "        replace(LETTERS[0], name='W', build=lambda a: a))\n"
    )
    install(tmp_path, "wrong-package", {"qwasm.letters": {"wrong": "wrong:ROWS"}})
    for letter in "UW":
        (tmp_path / "p.qw").write_text(PLAIN.replace("A[2]", f"{letter}[2]"))
        code, _, talk = run_beside(tmp_path, "qvm", "run", "p.qw")
        assert code == 5 and f"error[QW0596]: the letter {letter} " in talk and "^" in talk, talk
