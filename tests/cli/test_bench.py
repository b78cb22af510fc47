"""qvm bench: every workload's contestants agree, and reports hold what was measured."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from qvm_backends.llvm import store
from qvm_backends.llvm.jit import _kernels

from qvm.bench.contest import Bar, Contest, held
from qvm.bench.report import as_json, lines, markdown
from qvm.bench.workloads import WORKLOADS
from tests.command import run_command


@pytest.mark.parametrize("name", WORKLOADS)
def test_the_contestants_of_a_workload_agree(name: str) -> None:
    outcome = held(WORKLOADS[name](2_000))
    assert outcome.agrees and outcome.ratios and all(seconds > 0 for seconds in outcome.seconds.values())


def test_a_missed_bar_and_another_answer_are_told() -> None:
    contest = Contest("two", {"slow": lambda: sum(range(20_000)), "quick": lambda: 1}, (Bar("slow", "quick", 1.0),))
    outcome = held(contest)
    assert not outcome.agrees and len(outcome.missed) == 2
    assert "missed" in lines(outcome)[1] and "| missed |" in markdown([outcome], "qvm bench")
    assert as_json([outcome])["contests"][0]["ratios"][0]["bar"] == 1.0


def test_the_command_prints_json_and_writes_a_page(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    code, out, talk = run_command("qvm", "bench", "words", "fields", "--size", "3000", "--json", "-o", str(page))
    assert code == 0 and "20 words" in talk
    found = json.loads(out)
    assert found["schema"] == "qwasm.bench/1" and [one["name"][:8] for one in found["contests"]] == [
        "20 words",
        "fields, ",
    ]
    assert "`qvm bench words fields --size 3000" in page.read_text()


def test_an_unknown_workload_is_named_with_the_known_ones() -> None:
    code, _, talk = run_command("qvm", "bench", "swimming")
    assert code == 2 and "swimming" in talk and "sweep-small" in talk


def test_a_plot_without_its_extra_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    code, _, talk = run_command("qvm", "bench", "words", "--size", "1000", "--plot", "x.png")
    assert code == 5 and "qwasm-toolchain[viz]" in talk


def test_the_cache_is_explained(tmp_path: Path) -> None:
    program = tmp_path / "p.qw"
    program.write_text(
        '.space N = 2000000\n.func main\nfill q0, 1\nqop.apply q1, q0, A[2] + B[3]\nat s0, q1, 3\nemit "x", s0\nend\n'
    )
    words = ("qvm", "run", str(program), "--explain-cache")
    _kernels.clear()
    code, _, talk = run_command(*words)
    assert code == 0 and "float64 sweep: " in talk and "keys: LLVM" in talk
    assert "numpy keeps no cache" in run_command(*words, "--backend", "numpy")[2]
    store.log.clear()
    assert "no machine code was needed" in run_command(*words, "-D", "N=100")[2]
