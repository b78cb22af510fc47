"""A wrong pass of another package is named, located, replayed and cut down, each by one command."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.installed import install, run_beside

PASSES = '''\
from dataclasses import dataclass
from qwasm.ir.module import Op


class Base:
    kind = "bitexact"


@dataclass(frozen=True)
class Loses(Base):
    """Merges A[p] A[p] rightly, and once loses a factor."""
    name = "loses"

    def run(self, module, context):
        applied = [op for op in module.walk() if op.name == "mul.p"]
        for number, op in enumerate(applied):
            if number == 4:
                context.replace(op, (), why="A[5] psi = psi", values=op.operands, rule="lose")
            else:
                twin = Op("mul.p", op.operands, op.results, dict(op.attributes))
                context.replace(op, [twin], why="the same again", rule="copy")


@dataclass(frozen=True)
class Raises(Base):
    name = "raises"

    def run(self, module, context):
        {}["nothing"]


@dataclass(frozen=True)
class Answers(Base):
    name = "answers"

    def run(self, module, context):
        return module


@dataclass(frozen=True)
class Hides(Base):
    """Changes the module and tells nobody."""
    name = "hides"

    def run(self, module, context):
        for op in module.walk():
            if op.name == "mul.p":
                op.name = "div.p"


@dataclass(frozen=True)
class Nonsense(Base):
    name = "nonsense"

    def run(self, module, context):
        op = next(module.walk())
        context.replace(op, ["a string"], why="it is wrong", values=op.results)


@dataclass(frozen=True)
class Stale(Base):
    name = "stale"

    def run(self, module, context):
        context.replace(Op("undef"), (), why="nobody knows it")


@dataclass(frozen=True)
class Dearer(Base):
    """Works twice."""
    name = "dearer"

    def run(self, module, context):
        for op in module.walk():
            if op.name == "mul.p" and op.operands[0].name != "twice":
                value = type(op.results[0])(op.results[0].type, "twice")
                first = Op("mul.p", list(op.operands), [value], dict(op.attributes))
                again = Op("mul.p", list(op.operands), list(op.results), dict(op.attributes))
                context.replace(op, [first, again], why="twice is safer")
'''
NAMES = ("Loses", "Raises", "Answers", "Hides", "Nonsense", "Stale", "Dearer")
PROGRAM = """\
.qwasm 1.0
.space N = 300
.op unused = A[2] + B[3]
.func main
    random q0, 1
    fill   q9, n
    mul.p  q1, q0, 2
    mul.p  q2, q1, 2
    mul.p  q3, q2, 3
    loop k, 3
        mul.p q3, q3, 2
    end
    mul.p  q4, q9, 5
    at     s0, q3, 1
    at     s1, q4, 2
    emit   "right", s0
    emit   "wrong", s1
end
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the package installed, and the program `p.qw`."""
    (tmp_path / "odd.py").write_text(PASSES)
    install(tmp_path, "odd-package", {"qwasm.passes": {name.lower(): f"odd:{name}" for name in NAMES}})
    (tmp_path / "p.qw").write_text(PROGRAM)
    return tmp_path


def test_bisect_finds_the_one_rewrite_at_fault_in_one_command(folder: Path) -> None:
    code, out, talk = run_beside(folder, "qwasmc", "bisect", "p.qw", "--passes", "cse,loses,dce")
    assert code == 0, talk
    assert out.startswith("rewrite 5, by loses, is at fault: mul.p, because A[5] psi = psi\np.qw:13:5\n"), out
    assert "mul.p  q4, q9, 5" in out
    changed = [line for line in out.splitlines() if re.match(r"[-+] ", line)]
    assert len(changed) == 3 and "{p = `5`}" in changed[0] and "at(" in changed[1] and "at(" in changed[2], out


def test_bisect_asks_a_command_that_is_given(folder: Path) -> None:
    script = folder / "check.py"
    script.write_text(
        "import json, subprocess, sys\n"
        "words = [sys.executable, '-m', 'qvm.cli.qvm', 'run', sys.argv[1], '-O0', '--json']\n"
        "found = json.loads(subprocess.run(words, capture_output=True, check=True).stdout)\n"
        "sys.exit(found['outputs']['wrong']['value'] != 10)\n"
    )
    check = shlex.join([sys.executable, str(script), "{}"])
    code, out, talk = run_beside(folder, "qwasmc", "bisect", "p.qw", "--passes", "loses", "--check", check)
    assert code == 0 and out.startswith("rewrite 5, by loses,"), talk


def test_verify_each_names_the_pass_the_rewrite_and_the_first_entry_that_differs(folder: Path) -> None:
    code, out, talk = run_beside(folder, "qwasmc", "p.qw", "--passes", "cse,loses", "--verify-each")
    assert (code, out) == (5, ""), talk
    assert talk.startswith("p.qw:13:5: error[QW0593]: the pass loses of 'odd-package' changed the meaning:"), talk
    assert "note: the rewrite: mul.p, because A[5] psi = psi" in talk and "note: it shows at p.qw:17:5" in talk


FAULTS = {
    "raises": ("QW0591", "failed: KeyError: 'nothing'"),
    "answers": ("QW0591", "run returned a Module"),
    "nonsense": ("QW0591", "failed: AttributeError"),
    "stale": ("QW0591", "the module holds no such undef"),
    "hides": ("QW0593", "changed the module and told its context nothing"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_pass_that_does_wrong_is_contained_and_named(name: str, folder: Path) -> None:
    code, said = FAULTS[name]
    got, out, talk = run_beside(folder, "qwasmc", "p.qw", "--passes", f"cse,{name}", "--verify-each", "--emit=ir")
    assert (got, out) == (5, ""), talk
    assert f"[{code}]: the pass {name} of 'odd-package'" in talk and said in talk and "Traceback" not in talk, talk


def test_a_fault_is_kept_and_replayed(folder: Path) -> None:
    options = ("--passes", "dce,cse,loses,fix(dce)", "--verify-each", "--reproducer=fault.repro")
    code, _, first = run_beside(folder, "qwasmc", "p.qw", *options)
    assert code == 5 and "wrote fault.repro; replay it: qwasmc fault.repro" in first
    assert 'pipeline "loses,fix(dce)"' in (folder / "fault.repro").read_text()
    (folder / "p.qw").unlink()
    code, _, again = run_beside(folder, "qwasmc", "fault.repro")
    assert code == 5 and again == first.partition("\n")[2], again


def test_a_pass_of_ours_that_fails_is_a_bug_of_ours(folder: Path) -> None:
    info = folder / "qwasm_toolchain-9.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: qwasm-toolchain\nVersion: 9\n")
    points = "[qvm.backends]\nnumpy = qvm_backends.reference:NumpyBackend\n[qwasm.passes]\nours = odd:Raises\n"
    (info / "entry_points.txt").write_text(points)
    code, _, talk = run_beside(folder, "qwasmc", "p.qw", "--passes", "ours", "--reproducer=fault.repro")
    assert code == 70 and "error[QW0000]: the toolchain has a bug: its pass ours failed" in talk, talk
    assert "explain" not in talk and (folder / "fault.repro").exists()


def test_what_makes_the_program_dearer_is_undone(folder: Path) -> None:
    code, out, talk = run_beside(folder, "qwasmc", "p.qw", "--passes", "dearer", "--emit=ir", "--remarks")
    assert code == 0 and "twice" not in out, talk
    assert "remark[QW0931]: dearer: undone: it would cost" in talk and "remark[QW0930]" not in talk, talk


def reduced(folder: Path, *options: str) -> Sequence[str]:
    """The lines that `qwasmc reduce` prints."""
    code, out, talk = run_beside(folder, "qwasmc", "reduce", "p.qw", *options)
    assert code == 0, talk
    return out.splitlines()


def test_reduce_leaves_only_what_still_shows_the_fault(folder: Path) -> None:
    lines = reduced(folder, "--passes", "loses", "--most", "400")
    assert "\n".join(lines).count("mul.p") == 5 and len(lines) <= 12, lines
    assert not any(word in "\n".join(lines) for word in ("unused", "loop", "right")), lines


def test_reduce_keeps_the_exit_code_of_a_command(folder: Path) -> None:
    script = folder / "check.py"
    script.write_text(
        "import sys\ntext = open(sys.argv[1]).read()\nsys.exit(7 if 'mul.p' in text else 'loop' in text)\n"
    )
    lines = reduced(folder, "--check", shlex.join([sys.executable, str(script), "{}"]), "--most", "150")
    assert [line.split()[0] for line in lines] == [".func", "mul.p", "end"], lines
