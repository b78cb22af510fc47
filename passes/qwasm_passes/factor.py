"""Factor: what several terms of a sum share is applied once.

before:  coDir(mu) S[1] + coDir(mu) S[2] + coDir(mu)
after:   coDir(mu) (I + S[1] + S[2])

Products that the normal form keeps in factors are grouped by their first factor or by their last; each
grouping is tried, the best `width` sums are kept and grouped again, until the cost model sees no gain.
Words are left alone: multiplied out they are single terms, and a factor in common would only be longer.

Right because products distribute over sums, of matrices as of operators on the infinite space; sums are
added in another order.  It stops where a coefficient may have no value, since terms that cancel in the new
sum would hide it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from qwasm.algebra.collect import scale
from qwasm.algebra.nodes import Power, Product
from qwasm.algebra.operators import Algebra, Operator
from qwasm.algebra.pairs import join_exponents, leading
from qwasm.algebra.products import singles
from qwasm.algebra.ring import ONE, Expr
from qwasm.ir.module import Attribute, Module, Op, Value
from qwasm.passes.context import Context
from qwasm.passes.cost import Cost, operator_cost, planning_cost
from qwasm.passes.speeds import cached_by_speeds
from qwasm.record import record
from qwasm.space import Space
from qwasm_passes.linear import tame

APPLIED = frozenset({"qop.apply", "qop.poly", "qpu.spawn", "sweep"})  # elsewhere the form of a sum decides methods
ROUNDS = 16  # groupings made one after the other in one operator
TERMS = 256  # the longest sum that is looked into


@record
class Factor:
    """Group the terms of every operator attribute; `width` sums are followed at a time (1 is greedy)."""

    width: int = 1
    name: ClassVar[str] = "factor"
    kind: ClassVar[Literal["exact"]] = "exact"

    def __post_init__(self) -> None:
        if not 1 <= self.width <= 64:
            raise ValueError(f"width is 1..64, not {self.width}")

    def run(self, module: Module, context: Context) -> None:
        """Ask for every instruction whose operator has a cheaper form."""
        for op in module.walk():
            if op.name not in APPLIED:
                continue
            forms = {name: self.form(value, module.space) for name, value in op.attributes.items()}
            changed = {name: form for name, form in forms.items() if form != op.attributes[name]}
            if changed:
                results = [Value(value.type, value.name) for value in op.results]
                attributes: dict[str, Attribute] = {**op.attributes, **changed}
                new = Op(op.name, op.operands, results, attributes, op.captures, [], op.spans)
                context.replace(op, (new,), why="terms share a factor", values=results)

    def form(self, value: Attribute, space: Space) -> Attribute:
        """An attribute with every operator in it factored."""
        if isinstance(value, tuple):
            return tuple(self.form(item, space) for item in value)
        return factored(value, space, self.width) if isinstance(value, Operator) else value


@cached_by_speeds(1024)
def factored(x: Operator, space: Space, width: int) -> Operator:
    """The cheapest sum that `width` chains of groupings reach from X; X itself when none is cheaper."""
    kept = any(isinstance(node, (Product, Power)) for node in x.nodes)
    if not kept or not 2 <= len(x) <= TERMS or not tame(x, space):
        return x

    def price(y: Operator) -> Cost:
        return planning_cost(y, space) + operator_cost(y, space)

    best, beam = x, [x]
    for _ in range(ROUNDS):
        reached = dict.fromkeys(y for x in beam for y in groupings(x))
        beam = sorted(reached, key=lambda y: (price(y).time, y.digest))[:width]
        if not beam or not price(beam[0]) < price(best):
            break
        best = beam[0]
    return best if best.symbols == x.symbols else x


def groupings(x: Operator) -> Iterator[Operator]:
    """X with the terms that share factors at one end written as one product; one group at a time."""
    algebra = Algebra(x.truncation)
    terms = singles(x)
    for turned in (False, True):
        parts = [split(term, turned) for term in terms]
        groups: dict[Operator, list[int]] = {}
        for index, (_, found) in enumerate(parts):
            groups.setdefault(found[0], []).append(index)
        for shared, members in groups.items():
            if not shared.nodes:
                continue
            more = {i: c for i, term in enumerate(terms) if i not in members and (c := ratio(shared, term)) is not None}
            if len(members) + len(more) < 2:
                continue
            common = shared_length([parts[i][1] for i in members]) if not more else 1
            inside = [rest(parts[i], common, turned, algebra) for i in members]
            inside += [scale(algebra.identity(), c) for c in more.values()]
            ends = parts[members[0]][1][:common]
            made = [*ends, algebra.sum(inside)]
            outside = [term for i, term in enumerate(terms) if i not in members and i not in more]
            yield algebra.sum([*outside, algebra.product(made[::-1] if turned else made)])


Part = tuple[Expr, list[Operator]]


def split(term: Operator, turned: bool) -> Part:
    """A term as a coefficient and factors, read from its right end when `turned`; a power is its base as often."""
    if term.words:
        return ONE, [term]
    node, c = next(iter(term.nodes.items()))
    if "n" in c.symbols:
        return ONE, [term]
    if isinstance(node, Product):
        return c, list(node.factors[::-1] if turned else node.factors)
    if isinstance(node, Power) and isinstance(node.exponent, int):
        return c, [node.base] * node.exponent
    return c, [Operator(term.truncation, {}, {node: ONE})]


def rest(part: Part, common: int, turned: bool, algebra: Algebra) -> Operator:
    """What is left of a term without its first factors."""
    c, found = part
    left = found[common:]
    return algebra.product([scale(algebra.identity(), c), *(left[::-1] if turned else left)])


def shared_length(lists: list[list[Operator]]) -> int:
    """How many factors all lists begin with."""
    return next((i for i, row in enumerate(zip(*lists)) if any(y is not row[0] for y in row)), min(map(len, lists)))


def ratio(x: Operator, y: Operator) -> Expr | None:
    """c when Y = c X for a constant c, else None."""
    found = join_exponents(x, y)  # (1 + c) X
    first, whole = leading(x), leading(found) if found is not None else None
    return whole / first - ONE if first is not None and whole is not None else None


__all__ = ["Factor"]
