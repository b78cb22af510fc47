"""Approximate within a budget: forms that are nearly right and cheaper, each with a proven bound.

before:  qop.exp q1, q0, D + V(log), t
after:   qop.apply q2, q0, V(e^(-t/2 log)) ; qop.exp q3, q2, D, t ; qop.apply q4, q3, V(e^(-t/2 log)) ;
         within q1, q4, q0, delta by="strang"

Exponentials are cut after some terms or split into those of two parts, (I + X)^k becomes e^{kX}, small terms
are dropped: the lemmas of `qwasm.rules.lemmas`, and the approximate rules of rule files, each an instance of one.
Nothing happens with the budget 0, which is that of no option.

Right up to delta, because the bound of the lemma is evaluated upwards for these operators; `within` adds delta times
the norm of the state to its distance, so that every number read from it later has it in its error.  The budget bounds
the sum of all deltas, each as often as its operation runs: every operation that a lemma is about has an equal share
for each run.  What is left over is for rules: in the order of the program, where the bound of one fits.  How later
operators enlarge an error is in the error bars, not in the budget.  It stops where the cost does not fall, where a norm
has no proven bound, at operators still open, outside real and complex, and under free truncation, where operators of
the algebra are not the matrices of lemmas.
"""

from __future__ import annotations

from fractions import Fraction
from math import isfinite
from typing import TYPE_CHECKING, ClassVar, Literal

from qwasm.ir.module import Module, Op
from qwasm.passes.context import Context
from qwasm.record import field, record
from qwasm_passes.approximations import Offer, offers, price, subject
from qwasm_passes.bounded_rules import ruled
from qwasm_passes.executions import executions

if TYPE_CHECKING:
    from qwasm.rules.compiled import Compiled


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
        runs = {op: count for op, count in executions(module).items() if count}
        wanted = {op: count for op, count in runs.items() if subject(op, space) is not None}
        ledger = Ledger(module, context, Fraction(self.budget))
        if not wanted and not any(next(ruled(op, ledger.rules, space, ledger.left), None) for op in runs):
            context.remark("missed", "no lemma is about an operation of this program")
            return
        share = ledger.left / max(1, sum(wanted.values()))
        for op, count in wanted.items():
            found = [*ruled(op, ledger.rules, space, share), *offers(op, space, share)]
            ledger.take(op, count, share, found)
        for op, count in runs.items() if ledger.rules else ():
            left = ledger.left / count
            ledger.take(op, count, left, list(ruled(op, ledger.rules, space, left)), quiet=op in wanted)
        ledger.close(self.budget, len(wanted))


@record(frozen=False)
class Ledger:
    """The budget while it is spent: what is left, which operations are done with."""

    module: Module
    context: Context
    left: Fraction
    rules: list[Compiled] = field(init=False)
    spent: Fraction = Fraction(0)
    made: int = 0
    others: int = 0  # operations that only rules were about
    gone: set[Op] = field(default_factory=set)

    def __post_init__(self) -> None:
        known = self.context.rules
        self.rules = known.bounded(self.module.space) if known is not None else []

    def take(
        self, op: Op, count: int, share: Fraction, found: list[tuple[str, float, Offer | None]], quiet: bool = False
    ) -> None:
        """Ask for the cheapest of what was found, if the share allows one that is cheaper than the operation."""
        if op in self.gone or (quiet and not found):
            return
        self.others += not quiet and subject(op, self.module.space) is None and bool(found)
        best = self.best(op, share, found, quiet)
        if best is None:
            return
        times = f", {count} times" if count > 1 else ""
        why = f"off by at most {float(best.delta):.3g}{times}, from {best.bound}"
        if self.context.replace(op, best.ops, why, best.ops[-1].results, rule=best.by):
            self.spent, self.left = self.spent + best.delta * count, self.left - best.delta * count
            self.made += 1
            self.gone.update(op.walk())
        assert self.left >= 0

    def best(self, op: Op, share: Fraction, found: list[tuple[str, float, Offer | None]], quiet: bool) -> Offer | None:
        """The cheapest offer within the share that costs less than the operation, remarking why there is none."""
        space, said = self.module.space, ""
        usable = [offer for _, _, offer in found if offer is not None]
        for name, _, _ in found:
            self.context.tried(name)
        best = min(usable, key=lambda offer: offer.cost) if usable else None
        if not found:
            said = "its norm is too large for the bounds of lemmas, or has no proven bound"
        elif best is None:
            name, size, _ = min(found, key=lambda item: item[1])
            said = f"the share {float(share):.3g} is below every bound; the smallest is {size:.3g}, of {name}"
        elif not best.cost < price(op, space):
            said = f"{best.by} would not be cheaper"
        if said and not quiet and (found or subject(op, space) is not None):
            self.context.remark("missed", said, [op])
        return None if said else best

    def close(self, budget: float, wanted: int) -> None:
        """Say what was spent."""
        counted = f"{self.made} of {wanted + self.others} operations"
        self.context.remark("analysis", f"ledger: {float(self.spent):.3g} of {budget:g} is spent, by {counted}")


__all__ = ["Approx"]
