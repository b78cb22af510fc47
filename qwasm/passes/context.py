"""The context of a pass: the only way to change a module.

`replace` is the whole interface: everything that can be asked afterwards (what changed, why,
where, how often) and the switch that stops after the k-th rewrite come from its calls.
One call is one rewrite, however many operations it takes together: it happens whole or not at all.
Changes are gathered and made when the pass is done, so a pass reads the module as it was;
`value` sees through replacements already asked for.  A dry context gathers and never changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Literal

from qwasm.diagnostics import Span
from qwasm.ir.module import Module, Op, Region, Value
from qwasm.ir.registers import Aliases
from qwasm.record import field, record

if TYPE_CHECKING:
    from qwasm.rules.ruleset import RuleSet

RemarkKind = Literal["passed", "missed", "analysis"]


@record
class Rewrite:
    """One change that a pass made: what was replaced, why, where it came from, by which rule if it has a name."""

    name: str
    why: str
    spans: tuple[Span, ...]
    rule: str = ""


@record
class Remark:
    """What a pass has to say: what it did (passed), did not do and why (missed), or found out (analysis)."""

    kind: RemarkKind
    message: str
    spans: tuple[Span, ...] = ()


@record(frozen=False)
class Tries:
    """How often a rule was tried, and the seconds that took."""

    count: int = 0
    seconds: float = 0.0


@record(frozen=False)
class Context:
    """One run of one pass over one module; `limit` is how many rewrites may still happen (None: all)."""

    module: Module
    limit: int | None = None
    dry: bool = False
    changing: Callable[[], object] | None = None  # is told before the module changes for the first time
    rules: RuleSet | None = None  # the rules that passes may use besides the library
    rewrites: list[Rewrite] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    tries: dict[str, Tries] = field(default_factory=dict)
    _new: dict[Op, tuple[Op, ...]] = field(default_factory=dict)
    _values: Aliases = field(default_factory=Aliases)
    _regions: list[tuple[Region, list[Op]]] = field(default_factory=list)  # what changed, and what it held before
    _read: list[tuple[Op, list[Value], dict[str, Value]]] = field(default_factory=list)
    _changed: bool = False

    def replace(
        self,
        op: Op,
        new: Sequence[Op],
        why: str,
        values: Sequence[Value] | None = None,
        *,
        also: Sequence[Op] = (),
        rule: str = "",
    ) -> bool:
        """Ask for `op` to become the operations `new`; its results become `values`.

        values: by default the results of the last new operation, or none for an `op` whose
        results nobody uses.
        also: operations that go in the same rewrite, because `new` does their work; their results
        may follow those of `op` in `values`.  What is new carries the places of all it replaces;
        an operation that is only moved, one of `op` and `also` given again in `new`, keeps its own.
        rule: the name under which statistics count it.

        Returns False, and changes nothing, when the limit is reached or one of the operations was
        replaced already.  Raises ValueError when the types do not match.
        """
        gone = (op, *also)
        if (self.limit is not None and len(self.rewrites) >= self.limit) or any(old in self._new for old in gone):
            return False
        given = list(values) if values is not None else list(new[-1].results) if new else []
        results = op.results if len(given) == len(op.results) else [value for old in gone for value in old.results]
        if given and [value.type for value in given] != [value.type for value in results]:
            raise ValueError(f"{op.name}: replaced by values of other types")
        spans = tuple(dict.fromkeys(span for old in gone for span in old.spans))
        for made in new:
            if made not in gone:
                made.spans = tuple(dict.fromkeys((*made.spans, *spans)))
        self._new.update((old, ()) for old in also)
        self._new[op] = tuple(new)
        for old_value, value in zip(results, given, strict=False):
            if old_value is not value:
                self._values.known[old_value] = value
        self.rewrites.append(Rewrite(op.name, why, spans, rule))
        return True

    def value(self, value: Value) -> Value:
        """What a value has been replaced by so far, itself if it has not."""
        return self._values.resolve(value)

    def tried(self, rule: str, times: int = 1, seconds: float = 0.0) -> None:
        """Count so many tries of a rule, for the statistics; its hits are counted by `replace(rule=)`."""
        found = self.tries.setdefault(rule, Tries())
        found.count += times
        found.seconds += seconds

    def remark(self, kind: RemarkKind, message: str, ops: Iterable[Op] = ()) -> None:
        """Say something about operations; passed remarks come from the rewrites by themselves."""
        self.remarks.append(Remark(kind, message, tuple(dict.fromkeys(span for op in ops for span in op.spans))))

    def commit(self) -> bool:
        """Make every change asked for; True when there was one.

        Raises ValueError for a replaced operation that the module does not hold.
        """
        if not self._new or self.dry:
            return False
        if self.changing is not None and not self._changed:
            self.changing()
        self._changed = True
        met: set[Op] = set()
        apply_to = self._values.apply_to if self._values.known else None
        for function in self.module.functions.values():
            stack: list[Region] = [function.body]
            while stack:
                region = stack.pop()
                replaced = [op for op in region.ops if op in self._new]
                if replaced:
                    met.update(replaced)
                    self._regions.append((region, region.ops))
                    region.ops = [made for op in region.ops for made in self._new.get(op, (op,))]
                for op in region.ops:
                    operands, captures = op.operands, op.captures
                    if apply_to is not None and apply_to(op):
                        self._read.append((op, operands, captures))
                    if op.regions:
                        stack.extend(op.regions)
        if len(met) < len(self._new):
            met.update(inner for op in list(met) for inner in op.walk())
            strange = next((op for op in self._new if op not in met), None)
            if strange is not None:
                raise ValueError(
                    f"the module holds no such {strange.name}: it was replaced before, or never stood there"
                )
        self._new.clear()
        return True

    def undo(self) -> None:
        """Let the module be as it was before the first commit."""
        for region, ops in reversed(self._regions):
            region.ops = ops
        for op, operands, captures in reversed(self._read):
            op.operands, op.captures = operands, captures
        self._regions.clear()
        self._read.clear()


__all__ = ["Context", "Remark", "RemarkKind", "Rewrite", "Tries"]
