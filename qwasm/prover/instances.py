"""Instances: counterexamples found by trying small values of the names at small N.

Used where the normal form is not made of words alone.  What is found is a counterexample; that it is the
smallest is true of the values tried.
"""

from __future__ import annotations

from qwasm.prover.claim import Budget, Claim


def smallest(claim: Claim, budget: Budget, until: float):
    return None
