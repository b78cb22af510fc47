"""The pass manager: runs a pipeline, contains what fails in it, and keeps account of every rewrite.

A pass cannot make a module worse than it was: one that raises leaves it as it was, one that breaks a
rule of QIR is named, and what the cost model calls dearer is undone.  Observers look at each run.

>>> from qwasm.syntax import parse
>>> from qwasm.ir.build import build
>>> module, _ = build(parse(".space N = 9\\n.func main\\nbasis q0, 1\\nmul.p q1, q0, 2\\nat s0, q0, 1\\nend"))
>>> [(ran.step, len(ran.rewrites)) for ran in run_passes(module, "cse,fix(dce)")]
[('cse', 0), ('dce', 3), ('dce', 0)]
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Protocol

from qwasm.diagnostics import Diagnostic, QwasmError, Span, fail
from qwasm.ir.module import Module
from qwasm.passes.context import Context, Remark, Rewrite, Tries
from qwasm.passes.found import make, ours, owner
from qwasm.passes.pipeline import Fix, Step, Steps, parse_pipeline, written
from qwasm.record import field, record, replace

if TYPE_CHECKING:
    from qwasm.rules.ruleset import RuleSet

PRESETS = {
    0: "",
    1: "cse,licm,dce",
    2: "expand-macros,fold,cse,licm,dce,macro-outline,dirichlet-fuse,reassoc,fuse,reassoc,loop-power,reassoc,factor,"
    "evolve-lower,dce",
    3: "expand-macros,fold,cse,licm,dce,macro-outline,normalize,peephole,dirichlet-fuse,reassoc,fuse,reassoc,"
    "loop-power,reassoc,factor{width=4},evolve-lower,dce",
}
Cost = Callable[[Module], float | None]


@record
class Ran:
    """What one step did: its rewrites in order, what it remarked and tried, and the seconds it took.

    `undone` says that its rewrites were taken back because they made the program dearer; `unproved` are
    the places where translation validation could not decide.
    """

    step: str
    rewrites: tuple[Rewrite, ...]
    seconds: float
    remarks: tuple[Remark, ...] = ()
    tries: tuple[tuple[str, Tries], ...] = ()
    undone: bool = False
    unproved: tuple[Remark, ...] = ()

    def __str__(self) -> str:
        return self.step

    @property
    def changed(self) -> bool:
        """Whether the module is another one than before."""
        return bool(self.rewrites) and not self.undone


class Observer(Protocol):
    """What is told before and after each step; it never changes a module."""

    def before(self, step: Step, module: Module) -> None:
        """A step is about to run."""
        ...

    def after(self, ran: Ran, module: Module) -> None:
        """The same step has run, and this is what it left."""
        ...


def run_pipeline(
    module: Module,
    pipeline: str | Iterable[Step | Fix],
    *,
    verify_each: bool = False,
    rules: RuleSet | None = None,
) -> list[str]:
    """Run the passes in order on the module, in place; the steps that ran, as a pipeline spells them."""
    return [ran.step for ran in run_passes(module, pipeline, verify_each=verify_each, rules=rules)]


def run_passes(
    module: Module,
    pipeline: str | Iterable[Step | Fix],
    *,
    verify_each: bool = False,
    limit: int | None = None,
    cost: Cost | None = None,
    observers: Sequence[Observer] = (),
    reproduce: Callable[[str], None] | None = None,
    rules: RuleSet | None = None,
) -> list[Ran]:
    """Run the passes in order on the module, in place; what each did.

    verify_each: verify the module after each pass and prove by normal form that its meaning was kept;
    without it only what passes of other packages leave is verified.
    limit: how many rewrites may happen in all, for bisection.
    cost: what a module costs, the least first; a pass that may add work is undone when it is dearer after it.
    reproduce: is given the text that replays a step, when one fails.
    rules: the rule set of the program and of --rules, for passes that apply rules.

    Raises QwasmError: QW0591 for a pass that fails, QW0592 for one that leaves a broken module, QW0593 for
    one that changes the meaning; QW0000 (exit 70) instead when the pass is the toolchain's own.
    """
    steps = parse_pipeline(pipeline) if isinstance(pipeline, str) else tuple(pipeline)
    manager = Manager(module, verify_each, limit, cost, tuple(observers), reproduce, rules)
    manager.run(steps, ())
    return manager.ran


@record(frozen=False)
class Manager:
    """One run of one pipeline over one module."""

    module: Module
    verify_each: bool
    limit: int | None
    cost: Cost | None
    observers: tuple[Observer, ...]
    reproduce: Callable[[str], None] | None
    rules: RuleSet | None = None
    ran: list[Ran] = field(default_factory=list)
    price: float | None = None  # of the module as it is; None where it was not asked for since the last change

    def priced(self) -> float | None:
        """What the module costs now; None where there is no model or it cannot say."""
        if self.price is None and self.cost is not None:
            self.price = self.cost(self.module)
        return self.price

    def run(self, steps: Steps, after: Steps) -> bool:
        """Run steps, `after` being what comes behind them; whether anything changed."""
        changed = False
        for index, step in enumerate(steps):
            rest = (*steps[index + 1 :], *after)
            if isinstance(step, Step):
                changed |= self.step(step, rest)
                continue
            for done in range(1, step.rounds + 1):
                again = (Fix(step.steps, step.rounds - done),) if done < step.rounds else ()
                if not self.run(step.steps, (*again, *rest)):
                    break
                changed = True
            else:
                last = self.ran[-1]
                message = f"{step} still changed something in its last round, {step.rounds}"
                self.ran[-1] = _with(last, remarks=(*last.remarks, Remark("missed", message)))
        return changed

    def step(self, step: Step, rest: Steps) -> bool:
        """Run one pass; whether the module changed."""
        for observer in self.observers:
            observer.before(step, self.module)
        made = make(step)
        guarded = self.cost is not None and getattr(made, "grows", True)
        kept: Module | None = None
        if self.verify_each or self.reproduce is not None:
            from qwasm.ir.copy import copied

            kept = copied(self.module)
        context = Context(self.module, self.limit, changing=self.priced if guarded else None, rules=self.rules)
        start = perf_counter()
        try:
            self.contained(step, made.run, context)
            seconds = perf_counter() - start
            undone, unproved = self.examined(step, context, kept, guarded)
        except QwasmError as error:
            if self.reproduce is not None and kept is not None and _blames(error):
                from qwasm.passes.reproducer import reproducer

                self.reproduce(reproducer(kept, written((step, *rest)), self.limit, self.verify_each, error))
            raise
        if self.limit is not None:
            self.limit -= len(context.rewrites)
        tries = tuple(context.tries.items())
        ran = Ran(str(step), tuple(context.rewrites), seconds, tuple(context.remarks), tries, undone, tuple(unproved))
        self.ran.append(ran)
        for observer in self.observers:
            observer.after(ran, self.module)
        return ran.changed

    def contained(self, step: Step, run: Callable[[Module, Context], object], context: Context) -> None:
        """The pass itself.  A limit that it meets is a missed chance; anything else it raises is its fault.

        Nothing it asked for since its last commit has happened then.
        """
        try:
            answer = run(self.module, context)
            if answer is not None:
                raise TypeError(f"run returned a {type(answer).__name__}, and a pass asks its context for changes")
            context.commit()
        except QwasmError as error:
            first = error.diagnostics[0]
            if not first.code.startswith("QW04") or first.code in TIMES:
                raise
            context.remarks.append(Remark("missed", f"stopped at a limit: {first.message}"))
        except Exception as error:
            what = f"failed: {type(error).__name__}: {error}"
            raise blamed(step, "QW0591", what, None, ()) from error

    def examined(
        self, step: Step, context: Context, kept: Module | None, guarded: bool
    ) -> tuple[bool, tuple[Remark, ...]]:
        """(undone, unproved) of what a pass left.  Raises QW0592 and QW0593."""
        if self.verify_each or (context.rewrites and not ours(step.name)):
            check(self.module, step)
        unproved: tuple[Remark, ...] = ()
        if self.verify_each and kept is not None:
            from qwasm.passes.validate import validated

            unproved = validated(step, kept, self.module, context)
        if not context.rewrites:
            return False, unproved
        before, self.price = self.price if guarded else None, None
        if before is not None and (after := self.priced()) is not None and after > before:
            context.undo()
            self.price = before
            context.remark("missed", f"undone: it would cost {after:.3g}, and costs {before:.3g} without")
            return True, unproved
        return False, unproved


TIMES = frozenset({"QW0463"})  # a time limit ends everything, not one pass


def _with(ran: Ran, **changes: tuple[Remark, ...]) -> Ran:
    """The same account with something added."""
    return replace(ran, **changes)


def _blames(error: QwasmError) -> bool:
    """Whether an error says that a pass is at fault."""
    return error.diagnostics[0].code in ("QW0000", "QW0591", "QW0592", "QW0593")


def blamed(step: Step, code: str, what: str, span: Span | None, notes: Iterable[str]) -> QwasmError:
    """The error that names a pass and who made it: with this code, or as the toolchain's bug."""
    maker = owner(step.name)
    if ours(step.name):
        hint = "please report it with what --reproducer=FILE keeps; leave the pass out until it is mended"
        return fail("QW0000", f"the toolchain has a bug: its pass {step} {what}", span, hint, notes)
    hint = f"report it to {maker or 'its author'} with what --reproducer=FILE keeps, and leave the pass out"
    shown = f"the pass {step} of '{maker}'" if maker else f"the pass {step}"
    return fail(code, f"{shown} {what}", span, hint, notes)


def check(module: Module, step: Step) -> None:
    """Verify the module that a pass left; what it breaks is reported as the pass's fault, QW0592."""
    from qwasm.ir.verify import verify

    try:
        verify(module)
    except QwasmError as error:
        first = error.diagnostics[0]
        raise blamed(
            step, "QW0592", f"broke the module: {first.message}", first.span, (f"rule {first.code}",)
        ) from None
    except Exception as error:  # what a pass may put into a module is anything
        what = f"left something that is no module: {type(error).__name__}: {error}"
        raise blamed(step, "QW0592", what, None, ()) from error


def remarks(ran: Iterable[Ran]) -> list[tuple[Ran, Remark]]:
    """Everything the passes have to say: passed for each rewrite, then what they remarked, in order."""
    found: list[tuple[Ran, Remark]] = []
    for one in ran:
        if not one.undone:
            found += [(one, Remark("passed", _told(rewrite), rewrite.spans)) for rewrite in one.rewrites]
        found += [(one, remark) for remark in (*one.remarks, *one.unproved)]
    return found


def _told(rewrite: Rewrite) -> str:
    return f"{rewrite.rule}: {rewrite.why}" if rewrite.rule else rewrite.why


REMARK_CODES = {"passed": "QW0930", "missed": "QW0931", "analysis": "QW0932"}
UNPROVED = "QW0933"


def as_diagnostics(ran: Iterable[Ran]) -> list[Diagnostic]:
    """The remarks as diagnostics of severity remark, each at its first place."""
    return [
        Diagnostic(
            UNPROVED if any(remark is other for other in one.unproved) else REMARK_CODES[remark.kind],
            f"{one.step}: {remark.message}",
            remark.spans[0] if remark.spans else None,
            severity="remark",
            notes=tuple(f"and {s.file}:{s.line}:{s.column}" for s in remark.spans[1:]),
        )
        for one, remark in remarks(ran)
    ]


__all__ = ["PRESETS", "Manager", "Observer", "Ran", "as_diagnostics", "blamed", "check", "run_passes", "run_pipeline"]
