"""The prover against brute force at the scale of a release, and the report.

Run as `python -m tests.prover.release` (`make release-check`): claims drawn from a seed, each examined; and near-misses
of true claims, of which those that brute force shows false must be refuted with their smallest counterexample.  The
exit code is 1 when prover and brute force disagree anywhere.
"""

from __future__ import annotations

import argparse
import platform
import sys
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random

from tests.prover.agreement import LARGE, SMALL, asked, examine
from tests.prover.brute import first_difference
from tests.prover.identities import draw, mutants

ROOT = Path(__file__).resolve().parent.parent.parent
REPORT = ROOT / "docs" / "results" / "prover.md"
SEED = 20261125
SHOWN = 10
CHUNK = 50


@dataclass
class Tally:
    """Counts, and a text for every disagreement."""

    claims: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    letters: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)

    def claim(self, seed: int) -> None:
        """Draw a claim and examine it."""
        random = Random(seed)
        claim = draw(random)
        outcome = examine(claim, random)
        self.claims += 1
        self.verdicts[outcome.verdict] += 1
        self.verdicts["counterexample beyond brute force"] += outcome.beyond
        scope = claim.scope if isinstance(claim.scope, str) else "one N"
        self.kinds[
            f"N {scope}, {len(claim.names)} names, weight n^-{claim.s}, {'some' if claim.given else 'no'} facts"
        ] += 1
        words = {word for word in str((claim.lhs, claim.rhs)).replace("'", " ").split() if word.isalpha()}
        self.letters.update(words - {"p", "q", "r", "i"})
        if outcome.problem:
            self.wrong.append(f"seed {seed}: {outcome.problem}\n{asked(claim)}")
        elif outcome.verdict == "unknown":
            self.open.append(f"seed {seed}: {asked(claim)}")

    def mutant(self, seed: int) -> None:
        """Draw a true claim, change it in one place, and examine the near-miss."""
        random = Random(f"mutant {seed}")
        _, miss = mutants(random)
        false = first_difference(miss, SMALL + 4) is not None
        outcome = examine(miss, random)
        self.verdicts[f"mutant {outcome.verdict}"] += 1
        self.verdicts["mutant false"] += false
        if outcome.problem or (false and outcome.verdict != "refuted"):
            self.wrong.append(f"mutant {seed}: {outcome.verdict}: {outcome.problem}\n{asked(miss)}")

    def add(self, other: Tally) -> None:
        self.claims += other.claims
        for name in ("verdicts", "kinds", "letters", "wrong", "open"):
            mine, more = getattr(self, name), getattr(other, name)
            mine.update(more) if isinstance(mine, Counter) else mine.extend(more)


def chunk(what: str, seeds: Iterable[int]) -> Tally:
    """The tally of some seeds; an error of any kind is a disagreement too."""
    tally = Tally()
    for seed in seeds:
        try:
            getattr(tally, what)(seed)
        except Exception as error:
            tally.wrong.append(f"{what} {seed}: {type(error).__name__}: {error}")
    return tally


def report(tally: Tally, given: argparse.Namespace, seconds: float) -> str:
    """The tally as a Markdown page."""
    v = tally.verdicts
    beyond = v["counterexample beyond brute force"]
    lines = [
        "# Prover against brute force",
        "",
        "Printed by `python -m tests.prover.release`. Claims are drawn at random, half of them near-misses. A proof is",
        f"tried for N up to {SMALL} and every choice of the primes, and at larger N for some; a counterexample must be",
        "one, with the values it states, and the smallest. Every proof was confirmed by the independent checker.",
        "",
        "| | |",
        "|---|---|",
        f"| date | {datetime.now(UTC):%Y-%m-%d} |",
        f"| seed | {given.seed} |",
        f"| claims | {tally.claims} |",
        f"| proved | {v['proved']} |",
        f"| refuted, counterexample valid and smallest | {v['refuted'] - beyond} |",
        f"| refuted, counterexample valid, N beyond {LARGE}: nothing smaller up to there | {beyond} |",
        f"| unknown | {v['unknown']} |",
        f"| near-misses of true claims | {given.mutants} |",
        f"| of these false by brute force | {v['mutant false']} |",
        f"| refuted | {v['mutant refuted']} |",
        f"| proved (they stay true) | {v['mutant proved']} |",
        f"| unknown | {v['mutant unknown']} |",
        f"| **disagreements** | **{len(tally.wrong)}** |",
        f"| minutes | {seconds / 60:.1f} |",
        f"| Python | {platform.python_version()}, {platform.machine()} |",
        "",
        "## Claims by kind",
        "",
        "| kind | claims |",
        "|---|---|",
        *(f"| {kind} | {number} |" for kind, number in sorted(tally.kinds.items())),
        "",
        "## Claims by what they hold",
        "",
        "| letter or function | claims |",
        "|---|---|",
        *(f"| {name} | {number} |" for name, number in sorted(tally.letters.items())),
    ]
    for title, texts in (("disagreements", tally.wrong), ("unknown claims", tally.open)):
        if texts:
            lines += ["", f"## The first {min(SHOWN, len(texts))} {title}"]
            lines += [f"\n```\n{text.rstrip()}\n```" for text in texts[:SHOWN]]
    return "\n".join([*lines, ""])


def main() -> None:
    """Examine, print the page to a file, say how it went."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=20_000, help="how many claims to draw")
    parser.add_argument("--mutants", type=int, default=2_000, help="how many near-misses of true claims to draw")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--output", type=Path, default=REPORT)
    given = parser.parse_args()
    started, tally = time.monotonic(), Tally()
    with ProcessPoolExecutor(given.processes) as pool:
        for what, many in (("claim", given.examples), ("mutant", given.mutants)):
            seeds = [range(given.seed + i, given.seed + min(i + CHUNK, many)) for i in range(0, many, CHUNK)]
            for part in pool.map(partial(chunk, what), seeds):
                tally.add(part)
    given.output.parent.mkdir(parents=True, exist_ok=True)
    given.output.write_text(report(tally, given, time.monotonic() - started), encoding="utf-8")
    print(f"{len(tally.wrong)} disagreements, {len(tally.open)} claims left unknown; see {given.output}")
    sys.exit(1 if tally.wrong else 0)


if __name__ == "__main__":
    main()
