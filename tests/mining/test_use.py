"""Macros of packs as a user meets them: names in programs, counted in a folder, pruned where they never pay."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import qvm
from qwasm.diagnostics import QwasmError
from tests.command import run_command
from tests.rules.packs import HEAD, row

PLANTED = Path(__file__).parent / "planted"
GOLDEN = PLANTED.with_suffix(".qwr")
PROGRAM = """.qwasm 1.0
.space N = 36
.use "pack.qwr"
.func main
    fill q0, n
    qop.apply q1, q0, {}
    emit "q", q1
end
"""
PACK = HEAD + row("macro", name="QMACRO_1", parameters=["p", "q"], expansion="A[p] B[q] + I")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pack.qwr").write_text(PACK)
    return tmp_path


def program(folder: Path, operator: str, text: str = PROGRAM) -> Path:
    path = folder / "p.qw"
    path.write_text(text.format(operator))
    return path


def emitted(path: Path, *options: str) -> object:
    code, out, talk = run_command("qvm", "run", "--json", str(path), *options)
    assert code == 0, talk
    return json.loads(out)["outputs"]


def test_a_used_pack_gives_its_macros_as_names(folder: Path) -> None:
    called, spelled = (emitted(program(folder, x)) for x in ("QMACRO_1(2, 3)^2", "(A[2] B[3] + I)^2"))
    assert called == spelled


def test_an_object_built_again_knows_the_macros_of_its_packs(folder: Path) -> None:
    made = folder / "p.qwo"
    assert run_command("qwasmc", str(program(folder, "QMACRO_1(2, 3)")), "-o", str(made))[0] == 0
    (folder / "pack.qwr").unlink()
    assert emitted(made, "-D", "N=30") == emitted_with(folder, 30)


def emitted_with(folder: Path, N: int) -> object:
    return emitted(program(folder, "A[2] B[3] + I", PROGRAM.replace('.use "pack.qwr"\n', "")), "-D", f"N={N}")


@pytest.mark.parametrize(
    ("operator", "code", "said"),
    [
        ("QMACRO_1(2)", "QW0203", "QMACRO_1 takes 2 arguments"),
        ("QMACRO_2(2)", "QW0200", "did you mean QMACRO_1"),
        ("QMACRO_1(0, 3)", "QW0301", "QMACRO_1 of pack.qwr:1"),
    ],
)
def test_a_wrong_call_is_told_with_its_place(folder: Path, operator: str, code: str, said: str) -> None:
    status, _, talk = run_command("qvm", "run", str(program(folder, operator)))
    assert status == 3 and f"[{code}]" in talk and said in talk and "^" in talk


@pytest.mark.parametrize(
    ("pack", "status", "code"),
    [
        (PACK.replace('"A[p] B[q] + I"', '"A[p] +"'), 3, "QW0107"),
        (PACK.replace('"QMACRO_1"', '"log"'), 3, "QW0202"),
        (PACK.replace("expansion", "expension"), 5, "QW0552"),
        (PACK.replace("B[q]", "B[r]"), 3, "QW0200"),
    ],
)
def test_a_pack_whose_macro_is_none_is_refused(folder: Path, pack: str, status: int, code: str) -> None:
    (folder / "pack.qwr").write_text(pack)
    found, _, talk = run_command("qvm", "run", str(program(folder, "A[2]")))
    assert f"[{code}]" in talk and "^" in talk and "Traceback" not in talk
    assert found == status


def test_a_name_of_the_program_may_not_stand_in_a_pack_too(folder: Path) -> None:
    text = PROGRAM.replace(".use", ".macro QMACRO_1(p) = A[p]\n.use")
    status, _, talk = run_command("qvm", "run", str(program(folder, "QMACRO_1(2)", text)))
    assert status == 3 and "[QW0201]" in talk and "line 3" in talk


def test_packs_given_on_the_command_line_are_outlined_at_O2() -> None:
    file = PLANTED / "1_prefix.qw"
    plain, shared = (qvm.compile(file, level=2, rules=packs) for packs in ((), (GOLDEN,)))
    assert any(one.step == "macro-outline" and one.rewrites for one in shared.ran)
    before, after = (compiled.run()["x"] for compiled in (plain, shared))
    assert abs(before.value - after.value) <= 1e-12 * abs(before.value)


# ---------------------------------------------------------------- counting and pruning


def test_prune_removes_exactly_the_macro_that_does_nothing(tmp_path: Path) -> None:
    """Two macros pay, one is called by name, and one does neither."""
    folder, stats, kept = tmp_path / "programs", tmp_path / "stats.json", tmp_path / "kept.qwr"
    shutil.copytree(PLANTED, folder)
    shutil.copy(GOLDEN, folder / "pack.qwr")
    program(folder, "QMACRO_3(2, 3)")
    assert run_command("qvm", "rules", "count", str(GOLDEN), str(folder), "-o", str(stats))[0] == 0
    counts = json.loads(stats.read_text())["macros"]
    assert [(row["uses"], row["named"]) for row in counts.values()] == [(4, 0), (2, 0), (0, 1), (0, 0)]
    assert counts["QMACRO_1"]["saved"] > 0 and counts["QMACRO_2"]["saved"] > 0
    code, out, _ = run_command("qvm", "rules", "prune", str(GOLDEN), "--stats", str(stats), "-o", str(kept))
    assert code == 0 and out.splitlines() == ["QMACRO_4: it was never used", "3 of 4 macros pay"]
    code, out, _ = run_command("qvm", "rules", "show", str(kept))
    assert code == 0 and [f"QMACRO_{k}  (macro" in out for k in (1, 2, 3, 4)] == [True, True, True, False]


def test_another_pack_of_the_same_names_is_not_counted_as_named(folder: Path, tmp_path: Path) -> None:
    program(folder, "QMACRO_1(2, 3)")
    code, out, _ = run_command("qvm", "rules", "count", str(GOLDEN), str(folder))
    assert code == 0 and json.loads(out)["macros"]["QMACRO_1"]["named"] == 0


def test_statistics_that_name_nothing_sensible_are_refused(tmp_path: Path) -> None:
    from qwasm.rules.prune import read_statistics

    file = tmp_path / "s.json"
    file.write_text('{"macros": {"M": {"uses": 1, "saved": 1, "cost": 0, "named": -1}}}')
    with pytest.raises(QwasmError, match="named is an integer >= 0"):
        read_statistics(str(file))
