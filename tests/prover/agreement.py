"""Prover and brute force on one claim: what they say, and whether they agree.

A proof is tried at small N for every choice of the primes and at some larger N for a few; a counterexample must be
one, with the values it states, and nothing smaller may be one.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

from qwasm.diagnostics import QwasmError
from qwasm.ir.elaborate import expression
from qwasm.prover import Budget, Verdict, prove, read_claim
from tests.prover.brute import Claim, Place, allowed, approx, choices, entry, first_difference
from tests.prover.identities import index_text, text

SMALL = 8  # every choice of the primes up to this N
LARGE = 40  # samples, and minimality of counterexamples, up to this N
BUDGET = Budget(seconds=10.0)


@dataclass(frozen=True)
class Outcome:
    """The prover's verdict and, where brute force disagrees, why."""

    verdict: str
    problem: str = ""
    beyond: bool = False  # a counterexample too large to be confirmed as the smallest


def asked(claim: Claim) -> dict[str, Any]:
    """The arguments of `read_claim`, or of one line of `qvm prove -`."""
    facts = {"P": "{} divides n", "Q": "n <= N/({})"}
    return {
        "lhs": text(claim.lhs), "rhs": text(claim.rhs), "scope": claim.scope, "weight": f"n^({-claim.s})",
        "variables": dict.fromkeys(claim.names, "prime"), "where": [f"{a} {op} {b}" for op, a, b in claim.where],
        "given": [facts[letter].format(index_text(i)) for letter, i in claim.given],
    }  # fmt: skip


def examine(claim: Claim, random: Random) -> Outcome:
    """The prover's verdict on the claim, checked."""
    arguments = asked(claim)
    try:
        verdict = prove(read_claim(arguments.pop("lhs"), arguments.pop("rhs"), **arguments), BUDGET)
    except QwasmError as error:
        return Outcome("error", f"{error}")
    if verdict.verdict == "proved":
        found = counterexample(claim, random)
        return Outcome("proved", f"proved, but false at {found}" if found else "")
    if verdict.verdict == "refuted":
        return refutation(claim, verdict)
    return Outcome("unknown", "")


def counterexample(claim: Claim, random: Random) -> Place | None:
    """A place where the sides differ: up to SMALL for every choice of the primes, up to LARGE for a few."""
    options = list(choices(claim, LARGE))
    found = first_difference(claim, SMALL)
    return found or first_difference(claim, LARGE, random.sample(options, min(len(options), 2)))


def refutation(claim: Claim, verdict: Verdict) -> Outcome:
    """Whether a counterexample is valid, with the values it states, and the smallest."""
    c = verdict.counterexample
    assert c is not None
    place = (c.N, c.row, c.col)
    values = {name: int(c.values[name]) for name in claim.names if name in c.values}
    if len(values) < len(claim.names) or not allowed(claim, values):
        return Outcome("refuted", f"counterexample with the values {c.values}")
    for told, true in zip((c.lhs, c.rhs), entry(claim, c.N, c.row, c.col, values), strict=True):
        if abs(expression(told).approx() - approx(true)) > 1e-9 * (1 + abs(approx(true))):
            return Outcome("refuted", f"the value at {place} is {approx(true)}, not {told}")
    left, right = entry(claim, c.N, c.row, c.col, values)
    if left == right or abs(approx(left) - approx(right)) < 1e-12:
        return Outcome("refuted", f"the values at {place} are equal")
    least = first_difference(claim, min(c.N, LARGE))
    if least is None and c.N > LARGE:
        return Outcome("refuted", "", beyond=True)
    return Outcome("refuted", "" if least == place else f"{least} is smaller than {place}")
