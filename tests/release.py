"""The differential check at the scale of a release, and its report.

Run as `python -m tests.release` (`make release-check`): every handwritten case in every space, and as many
generated programs as asked for.  The exit code is 1 when the machine and the oracle disagree anywhere.
"""

from __future__ import annotations

import argparse
import platform
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from itertools import count
from pathlib import Path

from tests.compare import examine
from tests.differential import FIELDS, examine_case, spaces, visit_programs
from tests.oracle import program
from tests.oracle.cases.every import EVERY
from tests.oracle.program import Program

ROOT = Path(__file__).resolve().parent.parent
REPORT = ROOT / "docs" / "results" / "differential.md"
VERSIONS = ("qwasm-toolchain", "numpy", "scipy", "llvmlite", "hypothesis")
SHOWN = 10


@dataclass
class Check:
    """Counts, and a text for every run in which machine and oracle disagree."""

    compared: int = 0
    refused: int = 0
    unclaimed: int = 0
    drawn: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    words: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)

    def attempt(self, run: Callable[[], list[str]], where: str) -> None:
        """Run one comparison; an error of any kind is a disagreement too."""
        try:
            found = run()
        except Exception as error:
            found = [f"{type(error).__name__}: {error}"]
        if found:
            self.wrong.append("\n".join([where, *found[:5]]))

    def handwritten(self) -> None:
        """Every case in every field, truncation and weight that it has."""
        for case in EVERY:
            for kind in FIELDS:
                for truncation, s in spaces(case, kind):
                    meaning = case.meaning(kind, s)
                    self.compared += meaning is True
                    self.refused += meaning is False
                    self.unclaimed += meaning is None
                    run = partial(examine_case, case, kind, truncation, s)
                    self.attempt(run, f"case {case.name!r}, field {kind}")

    def generated(self, examples: int, seed: int) -> None:
        """Programs drawn from the seed, at optimisation levels 0 to 3 in turn."""
        turn = count()

        def visit(structure: Program) -> None:
            level = next(turn) % 4
            source = program.text(structure)
            self.drawn += 1
            self.texts.add(source)
            self.words |= program.mnemonics(source)
            weight = program.weight_text(structure.s)
            self.kinds[f"{structure.field}, {structure.truncation}, weight {weight}"] += 1
            self.attempt(partial(examine, structure, level), f"generated, -O{level}\n{source}")

        visit_programs(examples, seed, visit)


def report(check: Check, seed: int, seconds: float) -> str:
    """The check as a Markdown page."""
    from qwasm.instructions import table

    wanted = {name for name, row in table().items() if not row.not_yet}
    lines = [
        "# Machine against oracle",
        "",
        "Printed by `python -m tests.release`. The machine and the oracle in `tests/oracle` ran the same programs;",
        "a disagreement is a number outside the tolerance, in mod(l) any difference, a file or channel left otherwise,",
        "an output too many or too few, or an error.",
        "",
        "| | |",
        "|---|---|",
        f"| date | {datetime.now(UTC):%Y-%m-%d} |",
        f"| seed | {seed} |",
        f"| handwritten cases | {len(EVERY)} |",
        f"| their runs compared | {check.compared} |",
        f"| their runs refused as type errors | {check.refused} |",
        f"| their runs without a claim | {check.unclaimed} |",
        f"| generated programs | {check.drawn}, {len(check.texts)} of them different |",
        f"| instructions they hold | {len(wanted & check.words)} of {len(wanted)} |",
        f"| **disagreements** | **{len(check.wrong)}** |",
        f"| minutes | {seconds / 60:.1f} |",
        f"| Python | {platform.python_version()}, {platform.machine()} |",
        *(f"| {name} | {version(name)} |" for name in VERSIONS),
        "",
        "## Generated programs by space",
        "",
        "| space | programs |",
        "|---|---|",
        *(f"| {kind} | {number} |" for kind, number in sorted(check.kinds.items())),
    ]
    if check.wrong:
        lines += ["", f"## The first {min(SHOWN, len(check.wrong))} disagreements"]
        lines += [f"\n```\n{text.rstrip()}\n```" for text in check.wrong[:SHOWN]]
    return "\n".join([*lines, ""])


def main() -> None:
    """Check, print the page to a file, say how it went."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=5000, help="how many programs to draw")
    parser.add_argument("--seed", type=int, default=20261123)
    parser.add_argument("--output", type=Path, default=REPORT)
    given = parser.parse_args()
    started, check = time.monotonic(), Check()
    check.handwritten()
    check.generated(given.examples, given.seed)
    given.output.parent.mkdir(parents=True, exist_ok=True)
    given.output.write_text(report(check, given.seed, time.monotonic() - started), encoding="utf-8")
    print(f"{len(check.wrong)} disagreements; see {given.output}")
    sys.exit(1 if check.wrong else 0)


if __name__ == "__main__":
    main()
