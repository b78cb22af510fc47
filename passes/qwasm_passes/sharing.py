"""Sharing: what it saves to compute an operator by itself where several instructions hold it as a factor.

Instructions that apply X M and Y M can apply M by itself.  Then M is planned once and not twice; and where both
act on one state, M is applied once too.  Each instruction that is split starts one operation more.  `saving` is
the difference of both programs in the cost model, loops at their bounds: what `macro-outline` decides by, and what a
mined macro is said to gain.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from qwasm.algebra.collect import scale
from qwasm.algebra.nodes import Product
from qwasm.algebra.operators import Algebra, Operator
from qwasm.algebra.ring import ONE
from qwasm.ir.module import Module, Op, Region, Value
from qwasm.passes.cost import START, called, operators, repetitions
from qwasm.passes.operator_cost import operator_cost, passes, planning_cost
from qwasm.record import field, record
from qwasm.space import Space
from qwasm_passes.linear import compose, operator_of, tame

LONGEST = 6  # factors of a product beyond this are not cut into windows


@record(eq=False)
class Site:
    """A linear instruction that applies the closed operator X to a state, so many times in a run."""

    op: Op
    operator: Operator
    region: Region
    times: float

    @property
    def source(self) -> Value:
        """The state it is applied to."""
        return self.op.operands[0]


@record(eq=False)
class Occurrence:
    """X of a site as outer M inner, for the M that is shared."""

    site: Site
    outer: Operator
    shared: Operator
    inner: Operator

    @property
    def whole(self) -> bool:
        """Whether M is all there is."""
        return self.outer.is_identity and self.inner.is_identity


@record(frozen=False)
class Ledger:
    """The sites of a module in program order, and how many instructions need the plan of each operator."""

    space: Space
    sites: list[Site] = field(default_factory=list)
    planned: Counter[Operator] = field(default_factory=Counter)


def ledger(module: Module) -> Ledger:
    """The account of the functions that main calls; what is never called saves nothing."""
    found = Ledger(module.space)
    runs = {function.name: 0.0 for function in called(module)} | {"main": 1.0}
    for function in reversed([f for f in module.functions.values() if f.name in runs]):  # callers stand below
        stack = [(function.body, runs[function.name])]
        sites: list[Site] = []
        while stack:
            region, times = stack.pop()
            for op in region.ops:
                if op.name == "call":
                    runs[str(op.attributes["function"])] += times
                found.planned.update(operators(op, module.space))
                inside = times / 2 if op.name == "if" else times * repetitions(op, {}) if op.regions else times
                stack.extend((inner, inside) for inner in op.regions)
                x = operator_of(op, module.space)
                if x is not None and op.results[0].type.kind == "qstate" and not x.symbols and tame(x, module.space):
                    sites.append(Site(op, x, region, times))
        place = {op: number for number, op in enumerate(function.body.walk())}
        found.sites = sorted(sites, key=lambda site: place[site.op]) + found.sites
    return found


def windows(x: Operator) -> Iterator[tuple[Operator, Operator, Operator]]:
    """X as (outer, M, inner): X itself, and the neighbouring factors of a product that is kept."""
    algebra = Algebra(x.truncation)
    one = algebra.identity()
    yield one, x, one
    if len(x) != 1 or not x.nodes:
        return
    node, c = next(iter(x.nodes.items()))
    if not isinstance(node, Product) or len(node.factors) > LONGEST or "n" in c.symbols:
        return
    factors, count = node.factors, len(node.factors)
    for low in range(count):
        outer = algebra.product(factors[:low])
        if c is not ONE:  # a coefficient goes with what acts last
            if low == 0:
                continue
            outer = scale(outer, c)
        for high in range(low + 1, count + 1):
            if high - low < count:
                yield outer, algebra.product(factors[low:high]), algebra.product(factors[high:])


def occurrence(site: Site, parts: tuple[Operator, Operator, Operator], space: Space) -> Occurrence | None:
    """The site as these three applications one after the other, if that is X in this space."""
    outer, shared, inner = parts
    first = compose(shared, inner, space)
    made = compose(outer, first, space) if first is not None else None
    return Occurrence(site, outer, shared, inner) if made is site.operator else None


def clusters(found: Iterable[Occurrence]) -> list[list[Occurrence]]:
    """Occurrences that can share the state M inner psi, not the plan only: one state, in one region."""
    groups: dict[tuple[int, Value, Operator], list[Occurrence]] = {}
    for one in found:
        groups.setdefault((id(one.site.region), one.site.source, one.inner), []).append(one)
    return list(groups.values())


def saving(found: Sequence[Occurrence], account: Ledger) -> float:
    """Nanoseconds of the default machine that sharing M among these saves; negative where it costs.

    The states of a cluster are made once.
    """
    space = account.space
    change = Counter[Operator]()
    time = 0.0
    for cluster in clusters(found):
        times = cluster[0].site.times
        if not cluster[0].whole:
            time -= times * sum(map(applied, parts(cluster[0]), [space] * 2))
            change.update(parts(cluster[0]))
        for number, one in enumerate(cluster):
            if number == 0 and one.whole:
                continue  # it stays as it is
            time += times * applied(one.site.operator, space)
            change[one.site.operator] -= 1
            if not one.outer.is_identity:
                time -= times * applied(one.outer, space)
                change[one.outer] += 1
    for x, more in change.items():
        if not x.is_identity:
            before, after = account.planned[x] > 0, account.planned[x] + more > 0
            time += planning_cost(x, space).time * (before - after)
    return time


def parts(one: Occurrence) -> list[Operator]:
    """What makes the shared state, first things first."""
    return [x for x in (one.inner, one.shared) if not x.is_identity]


def applied(x: Operator, space: Space) -> float:
    """The time of one instruction that applies X."""
    return (START + operator_cost(x, space) + passes(space, 1, 0)).time


def best(found: Sequence[Occurrence], account: Ledger) -> tuple[float, list[Occurrence]]:
    """The most that can be saved, and by which of the occurrences: by all, or by those on one state."""
    choices = [list(found), *(cluster for cluster in clusters(found) if len(cluster) > 1)]
    return max(((saving(chosen, account), chosen) for chosen in choices), key=lambda pair: pair[0])


__all__ = ["Ledger", "Occurrence", "Site", "best", "clusters", "ledger", "occurrence", "parts", "saving", "windows"]
