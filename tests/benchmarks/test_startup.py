"""Start-up: help costs little over importing click, and a small run little over importing numpy."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.benchmarks.contest import ROOT, command, medians

SMALL = """
.qwasm 1.0
.space N = 100
.func main
    fill      q0, n
    qop.apply q1, q0, A[2] + B[3]
    qop.norm  s0, q1
    emit      "x", s0
end
"""


def test_help_costs_little_more_than_importing_click(tmp_path: Path) -> None:
    found = medians(
        {
            "bare": command(tmp_path, "-c", "pass"),
            "click": command(tmp_path, "-c", "import click"),
            "qvm --help": command(tmp_path, "-m", "qvm.cli.qvm", "--help"),
            "qwasmc --help": command(tmp_path, "-m", "qvm.cli.qwasmc", "--help"),
        },
        rounds=9,
    )
    for name in ("qvm --help", "qwasmc --help"):
        assert found[name] - found["bare"] < 1.7 * (found["click"] - found["bare"])


def test_a_small_run_costs_at_most_three_times_what_it_must_import(tmp_path: Path) -> None:
    program = tmp_path / "small.qw"
    program.write_text(SMALL)
    found = medians(
        {
            "bare": command(tmp_path, "-c", "pass"),
            "imports": command(tmp_path, "-c", "import click, numpy"),
            "qvm run": command(tmp_path, "-m", "qvm.cli.qvm", "run", str(program)),
        },
        rounds=9,
    )
    assert found["qvm run"] - found["bare"] < 3 * (found["imports"] - found["bare"])


def imported(*words: str) -> set[str]:
    """The top-level packages that a `qvm` command imports."""
    probe = (
        f"import sys; sys.argv = {['qvm', *words]!r}\n"
        "from qvm.cli.qvm import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", probe], cwd=ROOT, check=True, capture_output=True, text=True)
    return set(done.stdout.splitlines()[-1].split())


def test_help_imports_nothing_heavy() -> None:
    assert not imported("--help") & {"numpy", "scipy", "lark", "llvmlite", "json", "fractions", "email"}


def test_a_small_run_imports_no_solver_and_no_generator(tmp_path: Path) -> None:
    program = tmp_path / "small.qw"
    program.write_text(SMALL)
    assert not imported("run", str(program)) & {"scipy", "lark", "llvmlite", "email"}
