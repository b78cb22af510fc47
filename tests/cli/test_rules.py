"""qvm rules, and rule files given to programs, as a user meets them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from qwasm.rules import read_file
from qwasm.rules.sign import envelope
from tests.command import run_command
from tests.rules.packs import HEAD, row, swap

PROGRAM = (
    '.qwasm 1.0\n{}.space N = 12\n.func main\n    basis q0, 6\n    qop.apply q1, q0, A[2]\n    emit "q", q1\nend\n'
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "x.qwr"
    path.write_text(HEAD + swap(about="A meets B."))
    return path


def bad(folder: Path) -> Path:
    path = folder / "bad.qwr"
    path.write_text(HEAD + swap(id="no", rhs="B[q] A[p]"))
    return path


def test_check_prints_a_table_and_exits_by_what_it_found(file: Path, tmp_path: Path) -> None:
    code, out, talk = run_command("qvm", "rules", "check", str(file))
    assert (code, talk) == (0, "") and "swap" in out and "proved" in out and "sha256:" in out
    code, out, talk = run_command("qvm", "rules", "check", str(file), str(bad(tmp_path)))
    assert code == 5 and "refuted" in out and "proved" in out and "[QW0554]" in talk and "entry (2, 3)" in talk


def test_check_prints_one_json_object(file: Path, tmp_path: Path) -> None:
    code, out, _ = run_command("qvm", "rules", "check", "--json", str(file), str(bad(tmp_path)))
    content = json.loads(out)
    rows = {row["id"]: row for row in content["rules"]}
    assert code == 5 and content["schema"] == "qvm.rules/1" and rows["swap"]["applies"] and not rows["no"]["applies"]
    place = {"N": 3, "row": 2, "col": 3, "lhs": "0", "rhs": "1", "values": {"p": "3", "q": "2"}}
    assert rows["no"]["counterexample"] == place


def test_show_prints_rules_and_explain_one_of_them(file: Path) -> None:
    code, out, _ = run_command("qvm", "rules", "show", str(file))
    assert code == 0 and "A[p] B[q]  =>  Q[p] B[q] A[p]   [p != q]" in out
    code, out, _ = run_command("qvm", "rules", "explain", "swap", str(file))
    assert code == 0 and "A meets B." in out and "by normal form" in out and "neighbouring factors A, B" in out
    code, out, _ = run_command("qvm", "rules", "explain", "swap", "--json", str(file))
    assert code == 0 and json.loads(out)["verdict"] == "proved"
    code, _, talk = run_command("qvm", "rules", "explain", "swop", str(file))
    assert code == 2 and "did you mean swap" in talk


def test_explain_shows_the_counterexample_of_a_false_rule(tmp_path: Path) -> None:
    code, out, _ = run_command("qvm", "rules", "explain", "no", str(bad(tmp_path)))
    assert code == 0 and "at N = 3 and p = 3, q = 2 the entry (2, 3) is 0 on the left, 1 on the right" in out


def test_without_a_file_the_installed_library_is_meant() -> None:
    code, out, _ = run_command("qvm", "rules", "show")
    assert code == 0 and "words.swap-AB" in out
    code, out, _ = run_command("qvm", "rules", "explain", "words.merge-A")
    assert code == 0 and "one value" in out


def test_a_lock_is_written_and_held(file: Path, tmp_path: Path) -> None:
    lock = tmp_path / "rules.lock"
    assert run_command("qvm", "rules", "lock", str(file), "-o", str(lock))[0] == 0
    assert run_command("qvm", "rules", "check", str(file), "--lock", str(lock))[0] == 0
    file.write_text(HEAD + swap(id="other"))
    code, _, talk = run_command("qvm", "rules", "check", str(file), "--lock", str(lock))
    assert code == 5 and "[QW0561]" in talk


def test_prune_prints_reasons_and_writes_what_pays(tmp_path: Path) -> None:
    file, stats, out_file = tmp_path / "m.qwr", tmp_path / "s.json", tmp_path / "kept.qwr"
    file.write_text(HEAD + row("macro", name="M1", parameters=["p"], expansion="A[p] B[p]"))
    stats.write_text('{"macros": {}}')
    code, out, _ = run_command("qvm", "rules", "prune", str(file), "--stats", str(stats), "-o", str(out_file))
    assert code == 0 and "M1: it was never used" in out and "[[macro]]" not in out_file.read_text()


COMMANDS = pytest.mark.parametrize("command", [("qvm", "run"), ("qwasmc",)])
WAYS = pytest.mark.parametrize("way", ["given", "used", "in a pipeline"])


def given(way: str, file: Path) -> list[str]:
    """The words that name a rule file, if not the program does."""
    return {"given": ["--rules", str(file)], "in a pipeline": ["--passes", f"peephole{{rules={file}}}"]}.get(way, [])


@COMMANDS
def test_rules_are_proved_before_a_program_is_compiled(file: Path, tmp_path: Path, command: tuple[str, ...]) -> None:
    program = tmp_path / "p.qw"
    program.write_text(PROGRAM.format(""))
    assert run_command(*command, str(program), "--rules", str(file))[0] == 0
    code, _, talk = run_command(*command, str(program), "--rules", str(bad(tmp_path)))
    assert code == 5 and "bad.qwr:" in talk and "[QW0554]" in talk and "^" in talk


@COMMANDS
@WAYS
def test_a_program_is_refused_whose_rules_drifted_from_the_lock(
    file: Path, tmp_path: Path, command: tuple[str, ...], way: str
) -> None:
    program, lock = tmp_path / "p.qw", tmp_path / "rules.lock"
    program.write_text(PROGRAM.format('.use "x.qwr"\n' if way == "used" else ""))
    words = [*command, str(program), "--lock", str(lock), *given(way, file)]
    assert run_command("qvm", "rules", "lock", str(file), "-o", str(lock))[0] == 0
    assert run_command(*words)[0] == 0
    file.write_text(HEAD + swap(id="other"))
    code, _, talk = run_command(*words)
    assert code == 5 and "[QW0561]" in talk and "x.qwr is another file than the lock says" in talk


@COMMANDS
def test_a_locked_file_that_is_not_loaded_is_drift(file: Path, tmp_path: Path, command: tuple[str, ...]) -> None:
    program, lock = tmp_path / "p.qw", tmp_path / "rules.lock"
    program.write_text(PROGRAM.format(""))
    run_command("qvm", "rules", "lock", str(file), "-o", str(lock))
    code, _, talk = run_command(*command, str(program), "--lock", str(lock))
    assert code == 5 and "x.qwr of the lock is not loaded" in talk


@COMMANDS
@WAYS
def test_a_program_is_refused_whose_rules_are_not_signed(
    file: Path, tmp_path: Path, command: tuple[str, ...], way: str
) -> None:
    program, key = tmp_path / "p.qw", Ed25519PrivateKey.generate()
    program.write_text(PROGRAM.format('.use "x.qwr"\n' if way == "used" else ""))
    (tmp_path / "alice.pub").write_text(key.public_key().public_bytes_raw().hex())
    words = [*command, str(program), *given(way, file)]
    code, _, talk = run_command(*words, "--require-signed")
    assert code == 5 and "[QW0559]" in talk and "there is no signature beside it" in talk
    (tmp_path / "x.qwr.sig").write_bytes(envelope(read_file(file), key.sign, "alice"))
    code, _, talk = run_command(*words, "--require-signed")
    assert code == 5 and "[QW0559]" in talk and "no trusted keys are named" in talk
    for keys in (tmp_path, tmp_path / "alice.pub"):
        assert run_command(*words, "--require-signed", "--keys", str(keys))[0] == 0
    file.write_text(HEAD + swap(id="other"))
    code, _, talk = run_command(*words)
    assert code == 5 and "[QW0558]" in talk


def test_a_used_pack_goes_into_provenance_text_and_object(file: Path, tmp_path: Path) -> None:
    program, made = tmp_path / "p.qw", tmp_path / "p.qwo"
    program.write_text(PROGRAM.format('.use "x.qwr"\n'))
    found = []
    assert run_command("qwasmc", str(program), "-o", str(made))[0] == 0
    for name in (program, made):
        code, out, talk = run_command("qvm", "run", "--json", str(name))
        assert code == 0, talk
        found.append(json.loads(out)["provenance"]["rules"])
    assert found[0] == found[1] and found[0][0]["file"] == "x.qwr" and found[0][0]["digest"].startswith("sha256:")
    code, out, _ = run_command("qwasmc", str(program), "--emit=ir")
    assert code == 0 and f'rules "x.qwr" = "{found[0][0]["digest"]}"' in out
    (tmp_path / "p.qir").write_text(out)
    assert run_command("qvm", "run", str(tmp_path / "p.qir"))[0] == 0
    assert run_command("qvm", "run", str(made), "-D", "N=20")[0] == 0


def test_a_false_pack_stops_the_program_that_uses_it(tmp_path: Path) -> None:
    bad(tmp_path)
    program = tmp_path / "p.qw"
    program.write_text(PROGRAM.format('.use "bad.qwr"\n'))
    code, _, talk = run_command("qvm", "run", str(program))
    assert (code == 5 and "[QW0554]" in talk and "bad.qwr:8:" in talk) or "bad.qwr:7:" in talk
    program.write_text(PROGRAM.format('.use "none.qwr"\n'))
    code, _, talk = run_command("qvm", "run", str(program))
    assert code == 5 and "[QW0597]" in talk
