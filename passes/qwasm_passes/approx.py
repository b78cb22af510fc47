"""Approximate within a budget: forms that are nearly right and cheaper, each with a proven bound.

before:  qop.exp q1, q0, D + V(log), t
after:   qop.apply q2, q0, V(e^(-t/2 log)) ; qop.exp q3, q2, D, t ; qop.apply q4, q3, V(e^(-t/2 log)) ;
         within q1, q4, q0, delta by="strang"

Exponentials are cut after some terms or split into those of two parts, (I + X)^k becomes e^{kX}, small terms
are dropped: the lemmas of `qwasm.rules.lemmas`.  Nothing happens with the budget 0, which is that of no option.

Right up to delta, because the bound of the lemma is evaluated upwards for these operators; `within` adds delta times
the norm of the state to its distance, so that every number read from it later has it in its error.  The budget bounds
the sum of all deltas, each as often as its operation runs: every operation that a lemma is about has an equal share
for each run, and what it cannot use is left unused.  How later operators enlarge an error is in the error bars, not in
the budget.  It stops where the cost does not fall, where a norm has no proven bound, at operators still open, outside
real and complex, and under free truncation, where operators of the algebra are not the matrices of lemmas.
"""

from __future__ import annotations

from fractions import Fraction
from math import isfinite
from typing import ClassVar, Literal

from qwasm.ir.module import Module, Op
from qwasm.passes.context import Context
from qwasm.record import record
from qwasm_passes.approximations import Offer, offers, price, subject, told
from qwasm_passes.executions import executions


@record
class Approx:
    """Replace operations by cheaper ones that are off by at most `budget` in all."""

    budget: float = 0.0
    name: ClassVar[str] = "approx"
    kind: ClassVar[Literal["approx"]] = "approx"

    def __post_init__(self) -> None:
        if not (isfinite(self.budget) and self.budget >= 0):
            raise ValueError(f"budget is a number, 0 or more, not {self.budget}")

    def run(self, module: Module, context: Context) -> None:
        """Ask for the cheapest offer within each share, and close with the ledger."""
        if not self.budget:
            return
        space = module.space
        if space.field.kind not in ("real", "complex") or space.truncation != "strict":
            context.remark("missed", f"no lemma holds in {space.field} under {space.truncation} truncation")
            return
        runs = executions(module)
        wanted = {op: count for op, count in runs.items() if count and subject(op, space) is not None}
        if not wanted:
            context.remark("missed", "no lemma is about an operation of this program")
            return
        share = Fraction(self.budget) / sum(wanted.values())
        spent, made, gone = Fraction(0), 0, set[Op]()
        for op, count in wanted.items():
            best = self.best(op, module, share, context) if op not in gone else None
            if best is None:
                continue
            times = f", {count} times" if count > 1 else ""
            why = f"off by at most {float(best.delta):.3g}{times}, from {told(best)}"
            if context.replace(op, best.ops, why, best.ops[-1].results, rule=best.lemma):
                spent, made = spent + best.delta * count, made + 1
                gone.update(op.walk())
        assert spent <= self.budget
        ledger = f"ledger: {float(spent):.3g} of {self.budget:g} is spent, by {made} of {len(wanted)} operations"
        context.remark("analysis", ledger)

    def best(self, op: Op, module: Module, share: Fraction, context: Context) -> Offer | None:
        """The cheapest offer within the share that costs less than the operation, remarking why there is none."""
        space = module.space
        found = list(offers(op, space, share))
        usable = [offer for _, _, offer in found if offer is not None]
        for name, _, _ in found:
            context.tried(name)
        if not found:
            context.remark("missed", "its norm is too large for the bounds of lemmas, or has no proven bound", [op])
            return None
        if not usable:
            name, size, _ = min(found, key=lambda item: item[1])
            said = f"the share {float(share):.3g} is below every bound; the smallest is {size:.3g}, of {name}"
            context.remark("missed", said, [op])
            return None
        best = min(usable, key=lambda offer: offer.cost)
        if not best.cost < price(op, space):
            context.remark("missed", f"{best.lemma} would not be cheaper", [op])
            return None
        return best


__all__ = ["Approx"]
