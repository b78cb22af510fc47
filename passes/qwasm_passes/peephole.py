"""Peephole: proved simplify rules on every operator that is applied, and on neighbouring applications as words.

before:  fill q0, n mod 2 == 0 ; mul.p q1, q0, 2 ; div.p q2, q1, 2
after:   fill q0, n mod 2 == 0          (q2 is q0: B[2] A[2] = P[2], and P[p] = I where p divides n)

Operators are rewritten by the rules of the library, of the program and of `rules=FILE`, with what support
analysis proves about the state they act on.  A chain of applications that nobody else reads is one operator for
the rules; it becomes one application, or nothing at all, where that is cheaper.

Right because every rule was proved when it was loaded, for every N or for this space, and a rule that needs a
fact is used only where the analysis proved it.  It stops at operators whose coefficients may have no value,
where the cost model finds the result dearer, and between instructions where something can be seen.
"""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from qwasm.algebra.nodes import Family, Power, Product
from qwasm.algebra.operators import Operator
from qwasm.algebra.words import IDENTITY
from qwasm.ir.module import Module, Value
from qwasm.passes.context import Context
from qwasm.record import field, record
from qwasm.rules.facts import NOTHING, Facts, least
from qwasm.space import Space
from qwasm_passes.applications import Link, ask, links, worth
from qwasm_passes.linear import Uses, tame, uses
from qwasm_passes.support import support

if TYPE_CHECKING:
    from qwasm.rules import Pack, RuleSet

THEMES = ("library", "given")  # of ours, proved when they are first needed
LEAVES = 256  # the largest operator that is looked into


@record
class Peephole:
    """Apply simplify rules; `rules` is `library`, one theme of it such as `given`, or a file; `max` bounds the hits."""

    rules: str = "library"
    max: int = 100_000
    name: ClassVar[str] = "peephole"
    kind: ClassVar[Literal["exact"]] = "exact"

    def __post_init__(self) -> None:
        if self.max < 0:
            raise ValueError(f"max is 0 or more, not {self.max}")

    @property
    def rule_files(self) -> tuple[str, ...]:
        """The file that `rules` names, if it is no theme."""
        return () if self.rules == "library" or packs(self.rules) else (self.rules,)

    def run(self, module: Module, context: Context) -> None:
        """Ask for every chain that rules make simpler."""
        known = uses(module)
        window = Window(module.space, support(module), known, self.rules, context.rules, self.max)
        if self.rules not in THEMES:
            window.load()  # a file that is wrong is wrong whether or not it is needed
        for link in links(module, known, window.simpler, lambda _: True):
            counted = (f"{name}, {count} times" if count > 1 else name for name, count in link.hits.items())
            ask(link, context, "; ".join(counted) or "they undo each other")


@record(frozen=False)
class Window:
    """What rules see: the space and the facts; and how many applications are left."""

    space: Space
    facts: dict[Value, Facts]
    known: Uses
    theme: str
    own: RuleSet | None  # of the program
    left: int
    loaded: list[RuleSet] = field(default_factory=list)

    def load(self) -> list[RuleSet]:
        """The rules, proved when the first operator asks for them."""
        if not self.loaded:
            self.loaded = [chosen(self.theme), *([self.own] if self.own is not None else [])]
        return self.loaded

    def promising(self, x: Operator, facts: Facts) -> bool:
        """Whether a rule could pay: one word in normal form is at its cheapest, unless facts make it the identity."""
        if len(x) == 1 and x.words:
            ((triple, f),) = x.words.items()
            if "n" not in f.symbols:
                m, M, e = triple
                if not (isinstance(m, int) and isinstance(M, int) and isinstance(e, int)):
                    return False
                return triple != IDENTITY and least((m, M, e), facts) == IDENTITY
        if self.theme == "given" and self.own is None:
            return facts != NOTHING and any(isinstance(node, (Product, Power, Family)) for node in x.nodes)
        return True

    def simpler(self, link: Link) -> Link:
        """The link with its operator rewritten, where that is no dearer."""
        x = link.operator
        facts = self.facts.get(link.source, NOTHING)
        if self.space.truncation == "free":
            facts = Facts(facts.divisor)  # words that forget their cut have no use for it
        if x.leaves > LEAVES or not self.promising(x, facts) or not tame(x, self.space):
            return link
        made, hits = self.rewritten(x, facts)
        if made is x or made.symbols - x.symbols or not tame(made, self.space):
            return link
        if not worth(made, self.known, self.space) <= worth(x, self.known, self.space):
            return link
        self.left -= hits.total()
        return Link(made, link.source, link.ops, link.hits + hits)

    def rewritten(self, x: Operator, facts: Facts) -> tuple[Operator, Counter[str]]:
        """X under all rules in turn, and how often each was applied."""
        hits: Counter[str] = Counter()
        for rules in self.load():
            x, applied = rules.simplify(x, facts, self.space, self.left - hits.total())
            hits.update(one.rule for one in applied)
        return x, hits


def packs(theme: str) -> list[Pack]:
    """The packs of one theme of the installed libraries."""
    from qwasm.rules.ruleset import installed

    return [] if Path(theme).suffix else [pack for pack in installed() if Path(pack.file).stem == theme]


def chosen(name: str) -> RuleSet:
    """The proved rules of one theme of the installed libraries, or of a file."""
    from qwasm.rules import library, read_file

    return library() if name == "library" else proved(tuple(packs(name) or [read_file(name)]))


@lru_cache(maxsize=8)
def proved(found: tuple[Pack, ...]) -> RuleSet:
    """The rule set of packs; a file that changed is another pack."""
    from qwasm.rules import combine

    return combine(found)


__all__ = ["Peephole"]
