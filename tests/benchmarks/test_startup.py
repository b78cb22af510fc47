"""Start-up: help costs little over the interpreter, and a small run little over its imports.

Contestants run interleaved in shuffled rounds; medians are compared as ratios, since the machine
may be busy.  `pytest tests/benchmarks -s` prints the milliseconds.
"""

from __future__ import annotations

import random
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
SMALL = '.qwasm 1.0\n.space N = 100\n.func main\n    fill q0, n\n    qop.apply q1, q0, A[2] + B[3]\n    qop.norm s0, q1\n    emit "x", s0\nend\n'


def medians(commands: dict[str, list[str]], rounds: int) -> dict[str, float]:
    """Median wall time in seconds of each command, interleaved in shuffled order."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    order = list(commands)
    for _ in range(rounds):
        random.shuffle(order)
        for name in order:
            start = time.perf_counter()
            subprocess.run([sys.executable, *commands[name]], cwd=ROOT, check=True, capture_output=True)
            times[name].append(time.perf_counter() - start)
    result = {name: statistics.median(values) for name, values in times.items()}
    print({name: f"{1000 * value:.0f} ms" for name, value in result.items()})
    return result


def test_help_costs_little_more_than_importing_click() -> None:
    found = medians(
        {
            "bare": ["-c", "pass"],
            "click": ["-c", "import click"],
            "qvm --help": ["-m", "qvm.cli.qvm", "--help"],
            "qwasmc --help": ["-m", "qvm.cli.qwasmc", "--help"],
        },
        rounds=9,
    )
    for name in ("qvm --help", "qwasmc --help"):
        assert found[name] - found["bare"] < 2 * (found["click"] - found["bare"])


def test_a_small_run_costs_little_more_than_its_imports(tmp_path: Path) -> None:
    program = tmp_path / "small.qw"
    program.write_text(SMALL)
    found = medians(
        {
            "bare": ["-c", "pass"],
            "imports": ["-c", "import click, lark, numpy"],
            "qvm run": ["-m", "qvm.cli.qvm", "run", str(program)],
        },
        rounds=9,
    )
    assert found["qvm run"] - found["bare"] < 3.5 * (found["imports"] - found["bare"])


def test_help_imports_nothing_heavy() -> None:
    probe = (
        "import sys; sys.argv=['qvm','--help']\n"
        "from qvm.cli.qvm import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print([m for m in ('numpy','scipy','lark','llvmlite') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", probe], cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout.rstrip().endswith("[]")
