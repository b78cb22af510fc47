"""Rule sets: the packs in effect, proved, and what they do to an operator.

>>> from qwasm.rules.pack import Pack, Rule
>>> from qwasm.algebra.operators import Algebra
>>> a = Algebra()
>>> rule = Rule("given.multiples", "P[p]", "I", (("p", "prime"),), given=("p divides n",))
>>> rules = RuleSet.of([Pack("x.qwr", (rule,))])
>>> made, applied = rules.simplify(a.P(6), Facts(divisor=6))
>>> made.is_identity, str(applied[0])
(True, 'given.multiples: P[6] => I')
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from qwasm.algebra.nodes import Exp, Inverse, Shift
from qwasm.algebra.value import Operator, fold
from qwasm.diagnostics import Diagnostic, QwasmError, fail
from qwasm.installed import entries
from qwasm.plugins import distinct, loaded, unusable
from qwasm.prover import Budget
from qwasm.record import field, record
from qwasm.rules.compiled import Compiled
from qwasm.rules.engine import Applied, Counts, Engine
from qwasm.rules.facts import NOTHING, Facts
from qwasm.rules.pack import Macro, Pack
from qwasm.rules.places import Path as KeyPath
from qwasm.rules.places import places
from qwasm.rules.proof import BUDGET, UNPROVED, Standing, macro_faults, standings
from qwasm.rules.read import read_file, span_of
from qwasm.rules.trust import ANY, Trust
from qwasm.space import Space, Truncation

GROUP = "qwasm.rules"
HINTS = {
    "QW0554": "repair the rule, or keep it under [[refuted]] with this counterexample",
    "QW0555": 'class = "exact"',
    "QW0556": 'use = "explore", or exchange the sides',
    "QW0565": 'proof = { method = "lemma/1", lemma = "trotter", bind = { X = "A[p]", ... } }; see docs/rules.md',
    "QW0557": "write down where the rule fails, or move it to [[rule]] if it is true",
}


@record(frozen=False, eq=False)
class RuleSet:
    """Proved rules of several packs; `remarks` says which were not applied, and why."""

    packs: tuple[Pack, ...] = ()
    standings: tuple[Standing, ...] = ()
    remarks: tuple[Diagnostic, ...] = ()
    counts: dict[str, Counts] = field(default_factory=dict)
    _rules: dict[tuple[Any, ...], list[Compiled]] = field(default_factory=dict)
    _compiled: list[Compiled] | None = None

    @classmethod
    def of(cls, packs: Iterable[Pack], budget: Budget = BUDGET, laws: bool = True) -> RuleSet:
        """The rule set of packs that were read; without `laws` only what may be applied is proved.

        Raises QwasmError with every false rule (QW0554), overstated class (QW0555), unsafe use (QW0556),
        wrong refutation (QW0557), unreadable expression, and id that two files use (QW0553).
        """
        held = tuple(packs)
        found: list[Standing] = []
        wrong: list[Diagnostic] = []
        remarks: list[Diagnostic] = []
        owners: dict[str, str] = {}
        for pack in held:
            rows = standings(pack, budget, laws)
            found += rows
            wrong += macro_faults(pack)
            for path, row in zip(paths(pack), rows, strict=True):
                errors, remark = judged(row, path, pack)
                wrong += errors
                remarks += remark
                first = owners.setdefault(row.rule.id, pack.file)
                if first != pack.file:
                    message = f"{row.rule.id} stands in {first} and in {pack.file}"
                    wrong.append(
                        Diagnostic("QW0553", message, placed(pack, (*path, "id")), "give one of them another id")
                    )
        if wrong:
            error = QwasmError(*wrong)
            error.sources |= {pack.file: pack.text for pack in held}
            raise error
        return cls(held, tuple(found), tuple(remarks))

    @property
    def digests(self) -> dict[str, str]:
        """File name -> digest of every pack in effect."""
        return {Path(pack.file).name: pack.digest for pack in self.packs}

    @property
    def macros(self) -> tuple[Macro, ...]:
        """The macros of all packs."""
        return tuple(macro for pack in self.packs for macro in pack.macros)

    def standing(self, name: str) -> Standing | None:
        """What was found out about a rule, or None."""
        return next((row for row in self.standings if row.rule.id == name), None)

    # ------------------------------------------------------------ rewriting

    def engine(self, truncation: Truncation = "strict", space: Space | None = None, use: str = "simplify") -> Engine:
        """An engine with the rules that may be used on operators of this truncation, and in this space."""
        key = (truncation, space, use)
        if key not in self._rules:
            self._rules[key] = [rule for rule in self.compiled if usable(rule, truncation, space, use)]
        return Engine(self._rules[key], truncation)

    @property
    def compiled(self) -> list[Compiled]:
        """The rules that apply, ready to be used, without those that hold by construction of the algebra."""
        if self._compiled is None:
            rows = [row for row in self.standings if row.applies]
            self._compiled = [row.compiled(number) for number, row in enumerate(rows) if not row.by_construction]
        return self._compiled

    def bounded(self, space: Space) -> list[Compiled]:
        """The approximate rules that hold in a space, each an instance of a lemma; only a budget lets them act."""
        rows = [row.compiled() for row in self.standings if row.verdict == "bounded"]
        return [rule for rule in rows if usable(rule, space.truncation, space, rule.rule.use)]

    def simplify(
        self, x: Operator, facts: Facts = NOTHING, space: Space | None = None, limit: int | None = None
    ) -> tuple[Operator, list[Applied]]:
        """An operator equal to x on every state with these facts, and what was applied in which order.

        Without a space only rules that hold in every one are used; `limit` bounds the applications.
        """
        engine = self.engine(x.truncation, space)
        engine.limit = limit
        made, applied = engine.simplify(x, facts)
        self.count(engine)
        return made, applied

    def improve(
        self, x: Operator, cost: Callable[[Operator], Any], facts: Facts = NOTHING, space: Space | None = None
    ) -> tuple[Operator, list[Applied]]:
        """x changed by explore rules, one at a time, each kept only where the caller's cost falls."""
        done: list[Applied] = []
        best = cost(x)
        for rule in self.engine(x.truncation, space, "explore").rules:
            while True:
                engine = Engine([rule], x.truncation, rounds=1, limit=1)
                made, applied = engine.simplify(x, facts)
                self.count(engine)
                price = cost(made) if applied else best
                if not applied or not price < best:
                    break
                x, best, done = made, price, done + applied
        return x, done

    def count(self, engine: Engine) -> None:
        """Add an engine's statistics to those of the set."""
        for name, counts in engine.counts.items():
            own = self.counts.setdefault(name, Counts())
            own.tries += counts.tries
            own.hits += counts.hits
            own.seconds += counts.seconds


def usable(rule: Compiled, truncation: Truncation, space: Space | None, use: str) -> bool:
    """Whether a proved rule may be used: its scope covers the space, and its letters mean the same there.

    A rule proved for every N holds on the infinite space too, entry by entry, except where exponentials and
    inverses of cut matrices or cyclic shifts are meant.
    """
    scope = rule.rule.scope
    if rule.rule.use != use or (scope.weight != "any" and (space is None or space.weight != rule.claim.weight)):
        return False
    if scope.field != "any" and (space is None or space.field.kind != scope.field):
        return False
    if space is not None and space.field.exact and rule.divides:
        return False
    if isinstance(scope.N, int):
        return space is not None and space.N == scope.N and truncation == "strict"
    if scope.N == "inf":
        return truncation == "free"
    return truncation == "strict" or not any(map(cut, (rule.claim.lhs, rule.claim.rhs)))


def cut(x: Operator) -> bool:
    """Whether an operator holds something that is meant of the N x N matrix."""

    def visit(y: Operator, done: Callable[[Operator], bool]) -> bool:
        from qwasm.algebra.nodes import children

        return any(
            isinstance(node, (Exp, Inverse))
            or (isinstance(node, Shift) and node.cyclic)
            or any(map(done, children(node)))
            for node in y.nodes
        )

    return fold(x, visit)


# ---------------------------------------------------------------- loading


def load(
    files: Sequence[str | Path],
    *,
    lock: str | Path | None = None,
    keys: str | Path | None = None,
    require_signed: bool = False,
    budget: Budget = BUDGET,
) -> RuleSet:
    """The rule set of files, read, checked against signatures and a lock, and proved.

    Raises what reading and proving raise, QW0558, QW0559 and QW0572 for signatures, QW0561 for drift.
    """
    return combine([read_file(file) for file in files], Trust(lock, keys, require_signed), budget)


def combine(
    packs: Sequence[Pack],
    trust: Trust = ANY,
    budget: Budget = BUDGET,
    homes: Mapping[str, Path] | None = None,
    beside: Sequence[Pack] = (),
) -> RuleSet:
    """The rule set of packs that were read, checked as `load` does; `homes` as in `Trust.signatures`.

    Packs `beside` them are held to the same trust and are no part of the set.
    """
    _, remarks = trust.signatures([*packs, *beside], homes)
    trust.hold([*packs, *beside])
    rules = RuleSet.of(packs, budget)
    rules.remarks = (*remarks, *rules.remarks)
    return rules


def installed() -> list[Pack]:
    """The packs that installed distributions bring: every .qwr file of the packages of group `qwasm.rules`."""
    packs: list[Pack] = []
    for entry in distinct("rule library", entries(GROUP)).values():
        module = loaded(entry, GROUP)
        folders = getattr(module, "__path__", None)
        if not folders:
            raise unusable(entry, GROUP, "a rule library is a package that holds .qwr files")
        packs += [read_file(file) for file in sorted(Path(folders[0]).glob("*.qwr"))]
    return packs


@cache
def library() -> RuleSet:
    """The rules of the installed packs that may be applied, proved once in a process."""
    return RuleSet.of(installed(), laws=False)


# ---------------------------------------------------------------- places


def paths(pack: Pack) -> list[KeyPath]:
    """Where the rules of a pack stand, in the order of `standings`."""
    rules: list[KeyPath] = [("rule", index) for index in range(len(pack.rules))]
    return rules + [("refuted", index) for index in range(len(pack.refuted))]


def placed(pack: Pack, path: KeyPath) -> Any:
    """The span of a key in a pack's file."""
    return span_of(places(pack.text), pack.file, path) if pack.text else None


def judged(row: Standing, path: KeyPath, pack: Pack) -> tuple[list[Diagnostic], list[Diagnostic]]:
    """The errors and the remarks that a rule's standing gives rise to."""
    if row.spans:
        return list(row.spans), []
    if row.problem:
        key = {"QW0555": "class", "QW0556": "use", "QW0557": "counterexample", "QW0565": "bound"}.get(row.code, "lhs")
        span = placed(pack, (*path, key))
        return [fail(row.code, row.problem, span, HINTS.get(row.code, "")).diagnostics[0]], []
    if row.verdict in ("unknown", "bounded") and row.reason != UNPROVED:
        never = "not applied" if row.verdict == "unknown" else "applied under a budget alone, --approx EPS"
        message = f"{row.rule.id} is {never}: {row.reason}"
        return [], [Diagnostic("QW0950", message, placed(pack, (*path, "lhs")), severity="remark")]
    return [], []


__all__ = ["GROUP", "RuleSet", "combine", "installed", "library", "load"]
