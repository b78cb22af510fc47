"""Mining: which patterns of operators recur in programs, and what sharing them would gain.

Looked at are the operators of instructions, the operators inside them, the neighbouring factors of products, and the
products of neighbouring instructions of a chain.  A pattern recurs when it stands in several places; one that only ever
stands inside a recurring larger one is left out, unless it gains more.

The gain of a macro is what computing its equal instances once would save in the programs it was met in, each run
once, in elements of the cost model (`sharing`): an estimate for this macro alone.  It is 0 for a pattern that never
stands twice in one program with the same primes: such a macro shortens texts, and no run.

>>> from qwasm.ir.build import build
>>> from qwasm.syntax import parse
>>> text = ".space N = 100\\n.func main\\nfill q0, 1\\nqop.apply q1, q0, A[{}] + B[{}]\\nend"
>>> mine = Mine()
>>> for p, q in ((2, 3), (7, 5)):
...     mine.program(build(parse(text.format(p, q)))[0])
>>> [str(macro) for macro in mine.macros()]
['QMACRO_1(p, q) = A[p] + B[q]']
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import islice

from qwasm.algebra.nodes import Exp, Inverse, Power, Product
from qwasm.algebra.operators import Algebra, Operator
from qwasm.ir.module import Module, Op, Value
from qwasm.passes.cost import called, operators
from qwasm.passes.speeds import current
from qwasm.record import field, record
from qwasm.rules.pack import Macro
from qwasm_passes.linear import compose, joined, operator_of, regions_of, uses
from qwasm_passes.renaming import LEAVES, Pattern, pattern
from qwasm_passes.sharing import Occurrence, best, ledger, occurrence, windows

LETTERS = 2  # a macro has at least so many: one letter has a name already
CHAIN = 4  # instructions whose product is looked at
WIDEST = 4  # factors of a product that are looked at together
PLACES = 20_000  # places of one program that are looked at
PATTERNS = 100_000  # patterns that are remembered


@record(frozen=False)
class Found:
    """One pattern: its places and programs, its gain, and the larger patterns round every place of it."""

    pattern: Pattern
    around: frozenset[str]
    places: int = 0
    programs: int = 0
    last: int = -1
    gain: int = 0


@record(frozen=False)
class Mine:
    """What was met so far; `cut` says that places or patterns were left out because there were too many."""

    found: dict[str, Found] = field(default_factory=dict)
    programs: int = 0
    cut: bool = False

    def program(self, module: Module) -> None:
        """Take in one program."""
        self.programs += 1
        places = list(islice(places_of(module), PLACES + 1))
        self.cut |= len(places) > PLACES
        for seen, around in places[:PLACES]:
            known = self.found.get(seen.text)
            if known is None:
                if len(self.found) >= PATTERNS:
                    self.cut = True
                    continue
                known = self.found[seen.text] = Found(seen, around)
            known.around &= around
            known.places += 1
            known.programs += known.last != self.programs
            known.last = self.programs
        for text, saved in gains(module).items():
            if text in self.found:
                self.found[text].gain += saved

    def macros(self, support: int = 2, most: int = 100) -> tuple[Macro, ...]:
        """The patterns with at least so many places as macros, those that gain most first.

        They are numbered from 1; equal in gain, places and letters they stand in the order of their texts.
        """
        recurring = {text: row for text, row in self.found.items() if row.places >= max(2, support)}
        kept = [
            row for row in recurring.values()
            if not any(other in recurring and recurring[other].gain >= row.gain for other in row.around)
        ]  # fmt: skip
        kept.sort(key=lambda row: (-row.gain, -row.places, -row.pattern.letters, row.pattern.text))
        return tuple(
            Macro(
                f"QMACRO_{number}", row.pattern.parameters, row.pattern.text, row.places, Fraction(row.gain),
                (("by", "macro-mine"), ("programs", str(row.programs))),
            )
            for number, row in enumerate(kept[:most], start=1)
        )  # fmt: skip


Place = tuple[Pattern, frozenset[str]]


def places_of(module: Module) -> Iterator[Place]:
    """The pattern of every place of a program, with the patterns that stand round it there."""
    chains = chained(module)
    for function in called(module):
        for op in [inner for outer in function.body.ops for inner in outer.walk()]:
            around: frozenset[str] = frozenset()
            for x in chains.get(op, ()):
                if (seen := worth(x)) is not None:
                    yield seen, frozenset()
                    around |= {seen.text}
            for x in operators(op, module.space):
                yield from inside(x, around)


def inside(x: Operator, around: frozenset[str]) -> Iterator[Place]:
    """X and what is inside it: neighbouring factors, bases, arguments; the wider ones first."""
    waiting = [(x, around)]
    while waiting:
        y, outside = waiting.pop()
        seen = worth(y)
        if seen is not None:
            yield seen, outside
            outside |= {seen.text}
        for node in y.nodes:
            if isinstance(node, Product):
                for part, wider in neighbours(node, y, outside):
                    if len(part) == 1:
                        waiting.append((part[0], wider))
                    elif (seen := worth(Algebra(y.truncation).product(part))) is not None:
                        yield seen, wider
            elif isinstance(node, (Power, Exp, Inverse)):
                waiting.append((node.base if isinstance(node, Power) else node.argument, outside))


def neighbours(
    node: Product, x: Operator, around: frozenset[str]
) -> Iterator[tuple[tuple[Operator, ...], frozenset[str]]]:
    """Up to WIDEST neighbouring factors, the wider ones first, with what stands round them; not those that are X."""
    algebra, factors = Algebra(x.truncation), node.factors
    wider: dict[tuple[int, int], frozenset[str]] = {}  # a window -> what stands round it, and it
    for width in range(min(WIDEST, len(factors)), 0, -1):
        for low in range(len(factors) - width + 1):
            part, high = factors[low : low + width], low + width
            outside = around.union(wider.get((low - 1, high), ()), wider.get((low, high + 1), ()))
            made = algebra.product(part)
            seen = worth(made)
            if made is not x:
                yield part, outside
            wider[low, high] = outside if seen is None else outside | {seen.text}


def worth(x: Operator) -> Pattern | None:
    """The pattern of an operator that a name could be worth."""
    seen = pattern(x)
    return seen if seen is not None and seen.letters >= LETTERS else None


def chained(module: Module) -> dict[Op, list[Operator]]:
    """For each linear instruction the products of it with one to CHAIN - 1 before it, whose states it alone reads."""
    known = uses(module)
    found: dict[Op, list[Operator]] = {}
    for region in regions_of(module):
        made: dict[Value, Op] = {}
        for op in region.ops:
            x = operator_of(op, module.space)
            if x is None or x.symbols:
                continue
            made[op.results[0]] = op
            source, members = op.operands[0], [op]
            while len(members) < CHAIN and source in made and known.once(source):
                before = made[source]
                first = operator_of(before, module.space)
                members.append(before)
                if first is None or not known.together(before, op) or joined(members) is None:
                    break
                product = compose(x, first, module.space)
                if product is None or product.leaves > LEAVES:
                    break
                x, source = product, before.operands[0]
                found.setdefault(op, []).append(x)
    return found


def gains(module: Module) -> dict[str, int]:
    """Pattern -> what sharing its equal instances would save in this program, in whole elements."""
    account = ledger(module)
    groups: dict[tuple[str, Operator], dict[Op, Occurrence]] = {}
    for site in account.sites:
        for window in windows(site.operator):
            seen = worth(window[1])
            one = occurrence(site, window, account.space) if seen is not None else None
            if seen is not None and one is not None:
                groups.setdefault((seen.text, window[1]), {})[site.op] = one
    found: dict[str, int] = {}
    for (text, _), members in groups.items():
        saved = best(list(members.values()), account)[0] if len(members) > 1 else 0.0
        if saved > 0:
            found[text] = found.get(text, 0) + int(saved / current().element)
    return found


__all__ = ["Found", "Mine"]
