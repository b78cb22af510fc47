"""What the differential tests and the release check share: the spaces of a case, and programs drawn from a seed."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import product

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.compare import examine, exit_code
from tests.oracle import program
from tests.oracle.cases.case import Case
from tests.oracle.cases.case import program as whole
from tests.oracle.program import Program
from tests.strategies.programs import programs

FIELDS = ("real", "real32", "complex", "mod")
TRUNCATIONS = ("strict", "free")
WEIGHTS = (Fraction(0), Fraction(1, 2), Fraction(1))
BATCH = 50
SLOW = settings(deadline=None, suppress_health_check=list(HealthCheck))


def spaces(case: Case, field: str) -> list[tuple[str, Fraction]]:
    """The truncations and weights a case has in a field; in mod(l) a weight with a root is no space at all."""
    return [
        (truncation, s)
        for truncation, s in product(TRUNCATIONS, WEIGHTS)
        if not (case.strict_only and truncation == "free") and not (field == "mod" and s == Fraction(1, 2))
    ]


def examine_case(case: Case, field: str, truncation: str, s: Fraction) -> list[str]:
    """What is wrong with a case in one space: its numbers, or that it is no type error where it should be."""
    structure, meaning = whole(case, field, truncation, s), case.meaning(field, s)
    found: list[str] = []
    if meaning is True:
        found = examine(structure)
    elif meaning is False and (code := exit_code(program.text(structure))) != 3:
        found = [f"exit code {code} where a type error (3) was expected"]
    return [f"{truncation}, weight n^-{s}: {line}\n{program.text(structure)}" for line in found]


def visit_programs(count: int, start: int, visit: Callable[[Program], None]) -> None:
    """Hand over the programs that the generator draws from a seed: the same ones each time.

    They come in batches with seeds of their own, for within one batch many are small changes of another.
    """
    for batch in range(0, count, BATCH):

        @seed(start * 1_000_000 + batch)
        @settings(SLOW, max_examples=min(BATCH, count - batch), database=None, phases=[Phase.generate])
        @given(structure=programs())
        def drawn(structure: Program) -> None:
            visit(structure)

        drawn()


def draw_programs(count: int, start: int) -> list[Program]:
    """So many programs drawn from a seed."""
    found: list[Program] = []
    visit_programs(count, start, found.append)
    return found
