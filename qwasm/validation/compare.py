"""Comparing two modules: their effects in order, each with values that mean the same.

The two programs are walked side by side.  Instructions without effects only give meanings; the walk stops
at effects and at loops and branches.  Loops that stand against each other are compared by induction: carried
values that start the same are taken to be the same, and that is right if they are the same after one turn.
A loop that stands against none is run turn by turn where it is short.  Calls are compared as calls, and where that
leaves something open once more as the bodies of the functions.  What is shown is equality over the
exact field of everything a program emits, stores, sends and asserts; that a value nobody reads would have
overflowed is not looked at.
"""

from __future__ import annotations

from qwasm.algebra.ring import Expr, symbol
from qwasm.diagnostics import Span
from qwasm.instructions import table
from qwasm.ir.module import Function, Module, Op, Region, Value
from qwasm.ir.ranges import range_kind
from qwasm.record import record
from qwasm.validation.finding import Finding, finding, told
from qwasm.validation.meaning import Sources, closed, evaluated
from qwasm.validation.needed import impure_functions
from qwasm.validation.regions import carried, chosen, turns_of
from qwasm.validation.sides import MISSING, Side, Walk

DEEPEST = 64  # regions inside each other
ROUNDS = 4  # in which carried values are paired
STEPS = 4_096  # operations that such loops may run in all


class Undecided(Exception):
    """The comparison of a function cannot go on; the reason is its text."""


def compare(before: Module, after: Module) -> list[Finding]:
    """Where two modules on one space do not, or not provably, mean the same; empty when they do."""
    if before.space != after.space:
        return [Finding("refuted", f"the space {before.space} became {after.space}")]
    sources, found = Sources(before.space), list[Finding]()
    impure = impure_functions(before) | impure_functions(after)
    for name, function in after.functions.items():
        other = before.functions.get(name)
        if other is None or other.results != function.results or len(other.body.args) != len(function.body.args):
            found.append(Finding("unknown", f"the function {name} has no counterpart to be compared with"))
            continue
        here = Pair(sources, Side(other, impure, False), Side(function, impure, True)).run()
        if any(one.verdict == "unknown" for one in here) and (calls(other) or calls(function)):
            again = written_out(before, after, name, impure)
            here = here if again is None else again
        found += here
    return found


def calls(function: Function) -> bool:
    """Whether a function calls another."""
    return any(op.name == "call" for op in function.body.walk())


def written_out(before: Module, after: Module, name: str, impure: set[str]) -> list[Finding] | None:
    """The comparison of a function with its calls written out; None where something is still open.

    Only calls of functions without effects are: the others are matched call by call.
    """
    sources = Sources(before.space)
    left, right = (
        Side(module.functions[name], impure, second, {k: f for k, f in module.functions.items() if k not in impure})
        for module, second in ((before, False), (after, True))
    )
    found = Pair(sources, left, right).run()
    return None if any(one.verdict == "unknown" for one in found) else found


@record(frozen=False)
class Pair:
    """Two functions side by side."""

    sources: Sources
    left: Side
    right: Side

    def run(self) -> list[Finding]:
        """Compare them whole, with arguments that mean the same."""
        a, b = self.left.function, self.right.function
        for x, y in zip(a.body.args, b.body.args):
            self.share(x, y)
        found: list[Finding] = []
        try:
            ends = self.regions(a.body, b.body, found, 0)
            if ends is not None:
                for x, y in zip(*ends):
                    self.values(x, y, f"a result of {a.name}", (), (), found)
        except Undecided as why:
            found.append(Finding("unknown", str(why)))
        return found

    def share(self, x: Value, y: Value, kind: str = "") -> None:
        """Let two values mean the same, and nothing else that is known."""
        source = self.sources.fresh(x.type, generic=True)
        meaning = symbol(source.symbol, kind) if kind else self.sources.value(source)  # type: ignore[arg-type]
        self.left.values[x] = self.right.values[y] = meaning

    # ------------------------------------------------------------ regions

    def regions(self, a: Region, b: Region, found: list[Finding], depth: int) -> tuple[list[Value], list[Value]] | None:
        """Walk two regions side by side; what they end with, or None when they part on the way."""
        if depth > DEEPEST:
            raise Undecided(f"regions inside each other deeper than {DEEPEST} are not compared")
        walks = Walk(self.left, self.sources, [(a, 0, None)]), Walk(self.right, self.sources, [(b, 0, None)])
        x, y = walks[0].next(), walks[1].next()
        while True:
            if x.name in ("yield", "return") and y.name in ("yield", "return"):
                return x.operands, y.operands
            if self.against(x, y):
                if x.regions:
                    self.structure(x, y, found, depth)
                else:
                    self.effect(x, y, found)
                x, y = walks[0].next(), walks[1].next()
            elif x.regions and x not in self.left.need.effects:
                self.alone(self.left, x, depth)
                x = walks[0].next()
            elif y.regions and y not in self.right.need.effects:
                self.alone(self.right, y, depth)
                y = walks[1].next()
            else:
                found.append(self.parted(x, y))
                return None

    def against(self, x: Op, y: Op) -> bool:
        """Whether two stops are worth comparing: the same instruction, loops over the same range, like branches."""
        if x.name != y.name or (len(x.results) != len(y.results) and not x.regions):
            return False
        if not x.regions:
            return all(x.attributes.get(name) == y.attributes.get(name) for name in ("name", "path", "channel"))
        if (x in self.left.need.effects) != (y in self.right.need.effects):
            return False
        if x.name == "if":
            conditions = (closed(op, side.values)["condition"] for op, side in ((x, self.left), (y, self.right)))
            return self.sources.same(*conditions)
        return all(x.attributes[name] == y.attributes[name] for name in x.attributes if name != "condition")

    def parted(self, x: Op, y: Op) -> Finding:
        """The finding where two walks cannot go on together."""
        if any(op.regions or op.name in ("alloc.qfield", "free.qfield") for op in (x, y)):
            return Finding(
                "unknown", f"{told(x)} stands against {told(y)}, and they were not compared", x.spans, y.spans
            )
        ends = ("yield", "return")
        if y.name in ends:
            return Finding("refuted", f"{told(x)} is gone", x.spans, y.spans, x.spans)
        if x.name in ends:
            return Finding("refuted", f"{told(y)} was not there", x.spans, y.spans, y.spans)
        return Finding("refuted", f"{told(y)} came where {told(x)} was", x.spans, y.spans, (*y.spans, *x.spans))

    def effect(self, x: Op, y: Op, found: list[Finding]) -> None:
        """Two effects of one kind: their values mean the same; what they give is the same then."""
        left, right = closed(x, self.left.values), closed(y, self.right.values)
        for p, q in zip(x.operands, y.operands):
            self.values(p, q, told(y), x.spans, y.spans, found)
        for name in left.keys() | right.keys():
            a, b = left.get(name), right.get(name)
            decision, source = self.sources.decided(a, b)
            if decision.verdict != "proved":
                chain = [span for value in y.captures.values() for span in self.right.chain(value)]
                chain += [span for value in x.captures.values() for span in self.left.chain(value)]
                found.append(finding(told(y), decision, source, x.spans, y.spans, tuple(chain)))
        for p, q in zip(x.results, y.results):
            if "input" in effects(x) or x.name == "alloc.qfield" or x.name == "call":
                self.share(p, q)
            else:
                for op, side in ((x, self.left), (y, self.right)):
                    self.sources.second = side.second
                    side.values.update(zip(op.results, evaluated(op, side.values, self.sources)))

    def values(
        self, p: Value, q: Value, what: str, before: tuple[Span, ...], after: tuple[Span, ...], found: list[Finding]
    ) -> None:
        """Two values mean the same, or there is a finding."""
        a, b = self.left.values.get(p, MISSING), self.right.values.get(q, MISSING)
        decision, source = self.sources.decided(a, b)
        if decision.verdict == "proved":
            return
        chain = (*self.right.chain(q), *self.left.chain(p))
        found.append(finding(what, decision, source, before, after, chain))

    # ------------------------------------------------------------ loops and branches

    def structure(self, x: Op, y: Op, found: list[Finding], depth: int) -> None:
        """Two loops or branches of one kind."""
        if x.name == "if":
            self.branches(x, y, found, depth)
            return
        first = 1 if x.name == "loop" else 0
        pairs = self.paired(x, y)
        for attempt in range(ROUNDS + 1):
            if attempt == ROUNDS:
                pairs = []
            inner: list[Finding] = []
            self.enter(x, y, pairs, first)
            ends = self.regions(x.regions[0], y.regions[0], inner, depth + 1)
            if ends is None:
                break
            kept = [(i, j) for i, j in pairs if self.same(ends[0][i], ends[1][j])]
            if len(kept) == len(pairs):
                break
            pairs = kept
        if x.name == "while":
            left, right = closed(x, self.left.values)["condition"], closed(y, self.right.values)["condition"]
            if not self.sources.same(left, right):
                inner.append(Finding("unknown", f"the condition {left} became {right}", x.spans, y.spans))
        found += inner
        for side, op in ((self.left, x), (self.right, y)):
            side.values.update({value: self.sources.value(self.sources.fresh(value.type)) for value in op.results})
        for i, j in pairs:
            self.share(x.results[i], y.results[j])

    def paired(self, x: Op, y: Op) -> list[tuple[int, int]]:
        """Carried values that start the same, those with one name first."""
        free = [i for i, value in enumerate(x.results) if carried(x, i, self.left)]
        pairs = []
        for j, value in enumerate(y.results):
            if not carried(y, j, self.right):
                continue
            alike = [
                i for i in free
                if x.results[i].type == value.type and self.same(x.operands[i], y.operands[j])
            ]  # fmt: skip
            if alike:
                i = min(alike, key=lambda i: (x.results[i].name != value.name, abs(i - j)))
                free.remove(i)
                pairs.append((i, j))
        return pairs

    def same(self, p: Value, q: Value) -> bool:
        return self.sources.same(self.left.values.get(p, MISSING), self.right.values.get(q, MISSING))

    def enter(self, x: Op, y: Op, pairs: list[tuple[int, int]], first: int) -> None:
        """Give the arguments of two loop bodies their meanings: paired ones the same, others none that is known."""
        a, b = x.regions[0].args, y.regions[0].args
        for side, args in ((self.left, a), (self.right, b)):
            side.values.update({value: self.sources.value(self.sources.fresh(value.type)) for value in args})
        if first:
            low = x.attributes["low"]
            assert isinstance(low, Expr)
            self.share(a[0], b[0], range_kind(str(x.attributes["domain"]), low))
        for i, j in pairs:
            self.share(a[first + i], b[first + j])

    def branches(self, x: Op, y: Op, found: list[Finding], depth: int) -> None:
        """Two branches on one condition: both sides of each are compared, and the results are made of them."""
        ends = [self.regions(p, q, found, depth + 1) for p, q in zip(x.regions, y.regions)]
        for side, op, which in ((self.left, x, 0), (self.right, y, 1)):
            self.sources.second = side.second
            for index, value in enumerate(op.results):
                given = [side.values.get(end[which][index], MISSING) for end in ends if end is not None]
                side.values[value] = chosen(self.sources, closed(op, side.values)["condition"], given, value)

    # ------------------------------------------------------------ without a counterpart

    def alone(self, side: Side, op: Op, depth: int) -> None:
        """Give the results of a loop or branch without effects their meanings, by running it where that is short."""
        if depth > DEEPEST:
            raise Undecided(f"regions inside each other deeper than {DEEPEST} are not compared")
        if op.name == "if":
            condition = closed(op, side.values)["condition"]
            ends = [self.inside(side, region, depth) for region in op.regions]
            for index, value in enumerate(op.results):
                given = [side.values.get(end[index], MISSING) for end in ends]
                side.values[value] = chosen(self.sources, condition, given, value)
            return
        turns = turns_of(op)
        state = [side.values.get(value, MISSING) for value in op.operands]
        if turns is None or side.steps + len(turns) * len(op.regions[0].ops) > STEPS:
            state = [self.sources.value(self.sources.fresh(value.type)) for value in op.results]
            turns = []
        for k in turns:
            side.steps += len(op.regions[0].ops)
            side.values.update(zip(op.regions[0].args, [k, *state]))
            state = [side.values.get(value, MISSING) for value in self.inside(side, op.regions[0], depth)]
        side.values.update(zip(op.results, state))

    def inside(self, side: Side, region: Region, depth: int) -> list[Value]:
        """Walk a region without effects by itself; what it ends with."""
        walk = Walk(side, self.sources, [(region, 0, None)])
        while (op := walk.next()).name not in ("yield", "return"):
            self.alone(side, op, depth + 1)
        return op.operands


def effects(op: Op) -> frozenset[str]:
    row = table().get(op.name)
    return row.effects if row is not None else frozenset()


__all__ = ["Finding", "compare"]
