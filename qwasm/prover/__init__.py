"""The prover: every identity between operators is proved, refuted with its smallest counterexample, or left open."""

from qwasm.prover.claim import Budget, Claim, read_claim
from qwasm.prover.decide import Counterexample, Verdict, equal, prove

__all__ = ["Budget", "Claim", "Counterexample", "Verdict", "equal", "prove", "read_claim"]
