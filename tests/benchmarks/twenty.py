"""The suite of twenty operator programs: what -O2 makes of each, in the cost model and in time.

`python -m tests.benchmarks.twenty OUT.md` runs them all at a larger N, writes the table, and fails when a
program is not cheaper in the model, is slower beyond noise, or gives another result.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import qvm
from qvm.api import Compiled
from qwasm.passes.cost import module_cost
from tests.benchmarks.contest import medians, timed

FOLDER = Path(__file__).parent / "suite"
PROGRAMS = sorted(FOLDER.glob("*.qw"))
LARGE = 100_000  # N of the measured runs
ROUNDS = 15
NOISE = 1.10  # a ratio of medians below this is no slower beyond noise
TOLERANCE = 1e-10  # of floats, relative to the larger of the value and 1
HEAD = """# The suite of twenty programs

Written by `make bench`: each program of `tests/benchmarks/suite` at N = {N}, with `-O0` and with `-O2`, on the
reference backend. Times are medians of processor time over {rounds} rounds in shuffled order, planning included;
the model's column is the ratio of its estimates. Ratios carry over to other machines, times do not.

| program | model | -O0, ms | -O2, ms | time |
|---|---|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """One program compiled both ways: the estimates, the medians in seconds, whether the results agree."""

    name: str
    model: float
    plain: float
    better: float
    equal: bool

    @property
    def row(self) -> str:
        ratio = self.better / self.plain
        return f"| {self.name} | {self.model:.2f} | {self.plain * 1e3:.2f} | {self.better * 1e3:.2f} | {ratio:.2f} |"

    @property
    def faults(self) -> list[str]:
        """What is not as it should be."""
        found = [] if self.equal else [f"{self.name}: -O2 gives another result"]
        found += [f"{self.name}: not cheaper in the model ({self.model:.3f})"] if not self.model < 1 else []
        slower = self.better / self.plain
        return found + ([f"{self.name}: slower ({slower:.2f} times the time of -O0)"] if slower > NOISE else [])


def compiled(path: Path, level: int, N: int | None = None) -> Compiled:
    """A program of the suite at a level, on the reference backend; at the N it declares unless one is given."""
    return qvm.compile(path, "numpy", level=level) if N is None else qvm.compile(path, "numpy", level=level, N=N)


def cost(program: Compiled) -> float:
    """What the model says a run takes."""
    assert program.module is not None
    return module_cost(program.module).time


def outputs(program: Compiled) -> dict[str, Any]:
    """What a run emits: numbers with their error bars."""
    found: dict[str, Any] = dict(program.run().outputs)
    return {name: (number.value, number.error) for name, number in found.items()}


def same(a: dict[str, Any], b: dict[str, Any], exact: bool) -> bool:
    """Whether two runs agree: exactly in mod(l), else within error bars and rounding."""
    if exact or a.keys() != b.keys():
        return a == b
    return all(abs(x - y) <= dx + dy + TOLERANCE * max(1.0, abs(x)) for (x, dx), (y, dy) in zip(a.values(), b.values()))


def answers() -> dict[str, dict[str, Any]]:
    """The checked outputs: program -> name -> value; complex ones as [re, im]."""
    found: dict[str, dict[str, Any]] = json.loads((FOLDER / "answers.json").read_text(encoding="utf-8"))
    return found


def measure(path: Path, N: int = LARGE, rounds: int = ROUNDS) -> Measured:
    """One program at a size, compiled both ways, run in turns."""
    plain, better = compiled(path, 0, N), compiled(path, 2, N)
    exact = plain.program.space.field.exact
    equal = same(outputs(plain), outputs(better), exact)
    times = medians({"plain": timed(plain.run), "better": timed(better.run)}, rounds)
    return Measured(path.stem, cost(better) / cost(plain), times["plain"], times["better"], equal)


def main(out: str) -> int:
    """Measure everything, write the table, say what is wrong; the exit code."""
    found = [measure(path) for path in PROGRAMS]
    text = HEAD.format(N=f"{LARGE:_}", rounds=ROUNDS) + "\n".join(one.row for one in found) + "\n"
    Path(out).write_text(text, encoding="utf-8")
    faults = [fault for one in found for fault in one.faults]
    print("\n".join(faults) or f"{len(found)} programs: all cheaper in the model, none slower, all results equal")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
