"""What recording costs: the suite of twenty and one of small steps, traced and not, in turns.

`python -m tests.benchmarks.tracing OUT.md` measures the runs themselves (a bundle is derived and written afterwards,
and told in a column of its own), writes the table, and fails when a bar is missed: 1 % for sweeps with N >= 10^5,
3 % for every program with N >= 2*10^4.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import qvm
from qvm.api import Compiled
from qvm.machine.recorder import Recorder
from qvm.machine.run import Machine
from tests.benchmarks.twenty import PROGRAMS

ROUNDS = 601
SECONDS = 5.0  # of rounds that one row is given beyond three of them
STEPS = """.space N = {N}
.func main
    fill q0, 1/n
    loop k, {turns}
        qop.apply q0, q0, A[2]/2 + B[3]/3 + V(1/n)
        qop.combine q1, q0, q0, 1/2, 1/3
        reduce s0, q1, SUM
        set s1, s0/2
    end
    emit "s", s1
end
"""
SWEEPS = """.space N = {N}
.op H = sum p in primes(2, 47): (p^(-1/3)*A[p] + p^(-1/4)*B[p]) + V(log)/3
.func main
    fill q0, 1/n
    loop k, {turns}
        qop.apply q1, q0, H
    end
    reduce s0, q1, SUM
    emit "s", s0
end
"""
HEAD = """# What recording costs

Written by `python -m tests.benchmarks.tracing`: runs with and without a recorder in shuffled turns, {rounds} rounds at
most. The cost is the median of the ratios of neighbouring runs, with the middle half of these ratios in brackets:
where that is wider than the cost, the cost is not seen, and a bar inside them is neither met nor missed. "Bundle" is
what deriving and writing one takes after the run. Small steps on few numbers are where it costs most; those rows
have no bar.

| program | N | run, ms | cost of recording | bar | bundle, ms | |
|---|---|---|---|---|---|---|
"""


def ratios(compiled: Compiled, seed: int) -> tuple[float, list[float]]:
    """The median of the plain runs in seconds, and the ratios of a traced run to the plain one beside it."""
    draw = random.Random(seed)
    plain: list[float] = []
    found: list[float] = []

    def run(recorded: bool) -> float:
        recorder = Recorder(compiled.program) if recorded else None
        machine = Machine(backend=compiled.backend, limits=compiled.limits, recorder=recorder)
        return float(machine.run(compiled.program).stats["seconds"])

    run(False), run(True)
    start = time.perf_counter()
    while len(found) < 3 or (len(found) < ROUNDS and time.perf_counter() - start < SECONDS):
        order = [False, True]
        draw.shuffle(order)
        times = {recorded: run(recorded) for recorded in order}
        plain.append(times[False])
        found.append(times[True] / times[False])
    return median(plain), sorted(found)


def bundle(compiled: Compiled) -> float:
    """Seconds of deriving and writing a bundle, beyond the run."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        result = compiled.run(trace=Path(folder) / "x.qtb")
        return time.perf_counter() - start - float(result.stats["seconds"])


def rows() -> list[tuple[str, int, Compiled, float | None]]:
    """(name, N, program, bar) of every row."""
    found: list[tuple[str, int, Compiled, float | None]] = []
    for N, turns in ((1_000, 1000), (5_000, 600), (20_000, 300), (100_000, 60)):
        text = STEPS.format(N=N, turns=turns)
        found.append(("small steps", N, qvm.compile(text, level=0), 0.03 if N >= 20_000 else None))
    for N, turns in ((20_000, 200), (100_000, 60), (1_000_000, 20)):
        text = SWEEPS.format(N=N, turns=turns)
        found.append(("sweeps", N, qvm.compile(text, level=0), 0.01 if N >= 100_000 else 0.03))
    for path in PROGRAMS:
        found.append((path.stem, 100_000, qvm.compile(path, N=100_000), 0.03))
    return found


def main(arguments: Sequence[str]) -> int:
    """Measure, write the table; 1 where a bar is missed."""
    lines, missed = [], 0
    for seed, (name, N, compiled, bar) in enumerate(rows()):
        seconds, found = ratios(compiled, seed)
        cost, low, high = (100 * (found[len(found) * k // 4] - 1) for k in (2, 1, 3))
        within = bar is not None and low < 100 * bar
        verdict = "" if bar is None else "met" if cost < 100 * bar else "within noise" if within else "missed"
        missed += verdict == "missed"
        lines.append(
            f"| {name} | {N} | {1e3 * seconds:.2f} | {cost:.1f} % ({low:.1f}..{high:.1f}) | "
            f"{'' if bar is None else f'{100 * bar:g} %'} | {1e3 * bundle(compiled):.1f} | {verdict} |"
        )
        print(lines[-1], flush=True)
    if arguments:
        Path(arguments[0]).write_text(HEAD.format(rounds=ROUNDS) + "\n".join(lines) + "\n", encoding="utf-8")
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
