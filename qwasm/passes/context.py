"""The context of a pass: the only way to change a module.

`replace` is the whole interface: everything that can be asked afterwards (what changed, why,
where, how often) and the switch that stops after the k-th rewrite come from its calls.
Changes are gathered and made when the pass is done, so a pass reads the module as it was;
`value` sees through replacements already asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qwasm.diagnostics import Span
from qwasm.ir.module import Module, Op, Region, Value
from qwasm.ir.registers import Aliases

if TYPE_CHECKING:
    from qwasm.rules.ruleset import RuleSet


@dataclass(frozen=True, slots=True)
class Rewrite:
    """One change that a pass made: what was replaced, why, where it came from."""

    name: str
    why: str
    spans: tuple[Span, ...]


@dataclass(slots=True)
class Context:
    """One run of one pass over one module; `limit` is how many rewrites may still happen (None: all)."""

    module: Module
    limit: int | None = None
    rules: RuleSet | None = None  # the rules that passes may use besides the library
    rewrites: list[Rewrite] = field(default_factory=list)
    _new: dict[Op, tuple[Op, ...]] = field(default_factory=dict)
    _values: Aliases = field(default_factory=Aliases)

    def replace(self, op: Op, new: Sequence[Op], why: str, values: Sequence[Value] | None = None) -> bool:
        """Ask for `op` to become the operations `new`; its results become `values`.

        values: by default the results of the last new operation, or none for an `op` whose
        results nobody uses.  Returns False, and changes nothing, when the limit is reached or
        the operation was replaced already.  Raises ValueError when the types do not match.
        """
        if (self.limit is not None and len(self.rewrites) >= self.limit) or op in self._new:
            return False
        given = list(values) if values is not None else list(new[-1].results) if new else []
        if given and [value.type for value in given] != [value.type for value in op.results]:
            raise ValueError(f"{op.name}: replaced by values of other types")
        for made in new:
            made.spans = tuple(dict.fromkeys((*made.spans, *op.spans)))
        self._new[op] = tuple(new)
        for old, value in zip(op.results, given, strict=False):
            if old is not value:
                self._values.known[old] = value
        self.rewrites.append(Rewrite(op.name, why, op.spans))
        return True

    def value(self, value: Value) -> Value:
        """What a value has been replaced by so far, itself if it has not."""
        return self._values.resolve(value)

    def commit(self) -> bool:
        """Make every change asked for; True when there was one."""
        if not self._new:
            return False
        for function in self.module.functions.values():
            stack: list[Region] = [function.body]
            while stack:
                region = stack.pop()
                if any(op in self._new for op in region.ops):
                    region.ops = [made for op in region.ops for made in self._new.get(op, (op,))]
                for op in region.ops:
                    self._values.apply_to(op)
                    stack.extend(op.regions)
        self._new.clear()
        return True
