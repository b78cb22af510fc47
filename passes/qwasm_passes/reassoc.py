"""Reassociate: (X Y) psi against X (Y psi), whichever the cost model finds cheaper.

before:  mul.p q1, q0, 2 ; div.p q2, q1, 3 ; qop.apply q3, q2, A[5]
after:   qop.apply q3, q0, A[5] B[3] A[2]

A chain of linear instructions whose states nobody else reads becomes one instruction where one
application of the product is cheaper than the applications one by one, and a product kept in factors is
multiplied out where that is cheaper: a word of twelve letters is one term, D^2 stays two sweeps of D.

Right because strict operators are matrices and products of matrices are associative; words are gathers,
sums are added in another order.  It stops under free truncation where a path may leave 1..N between two
instructions (two instructions compose operators that were cut), at anything that can be seen in between, at
operators whose coefficients may have no value, and where numbers could grow by more than 2^64 on the way.
"""

from __future__ import annotations

from functools import lru_cache
from typing import ClassVar, Literal

from qwasm.algebra.operators import Operator
from qwasm.ir.module import Module, Op, Value
from qwasm.passes.context import Context
from qwasm.passes.cost import START, Cost, operator_cost
from qwasm.passes.operator_cost import passes
from qwasm.record import field, record
from qwasm.space import Space
from qwasm_passes.linear import Uses, captured, compose, joined, operator_of, regions_of, tame, uses

LARGEST = 64  # terms that multiplying out may make


@record(frozen=False)
class Link:
    """One application: of `operator` to `source`, standing for the instructions `ops` in order."""

    operator: Operator
    source: Value
    ops: list[Op] = field(default_factory=list)


@record
class Reassoc:
    """Merge neighbouring applications where one is cheaper; `longest` bounds how many become one."""

    longest: int = 64
    name: ClassVar[str] = "reassoc"
    kind: ClassVar[Literal["exact"]] = "exact"

    def __post_init__(self) -> None:
        if self.longest < 1:
            raise ValueError(f"longest is 1 or more, not {self.longest}")

    def run(self, module: Module, context: Context) -> None:
        """Grow each chain from its first instruction; ask for those that changed."""
        known = uses(module)
        for region in regions_of(module):
            links: dict[Value, Link] = {}
            for op in region.ops:
                operator = operator_of(op, module.space)
                if operator is None:
                    continue
                link = Link(cheapest(operator, known, module.space), op.operands[0], [op])
                while self.grow(link, links, known, module.space):
                    pass
                links[op.results[0]] = link
            for link in links.values():
                self.ask(link, context, module.space)

    def grow(self, link: Link, links: dict[Value, Link], known: Uses, space: Space) -> bool:
        """Take in the application that makes the source, if nobody else reads it and one application is cheaper."""
        before = links.get(link.source)
        if before is None or not known.once(link.source) or len(before.ops) + len(link.ops) > self.longest:
            return False
        if not known.together(before.ops[-1], link.ops[-1]) or joined([*before.ops, *link.ops]) is None:
            return False
        if not tame(before.operator, space) or not tame(link.operator, space):
            return False
        product = compose(link.operator, before.operator, space)
        if product is None:
            return False
        product = cheapest(product, known, space)
        apart = price(before.operator, known, space) + price(link.operator, known, space)
        if not price(product, known, space) < apart + START + passes(space, 1, 0):
            return False
        link.operator, link.source, link.ops = product, before.source, [*before.ops, *link.ops]
        del links[before.ops[-1].results[0]]
        return True

    def ask(self, link: Link, context: Context, space: Space) -> None:
        """Replace the last instruction of a chain by the application, and the others by nothing."""
        *others, last = link.ops
        if not others and link.operator is operator_of(last, space):
            return
        captures = captured(link.operator, joined(link.ops) or {})
        old = last.results[0]
        spans = tuple(dict.fromkeys(span for op in link.ops for span in op.spans))
        new = Op("qop.apply", [link.source], [Value(old.type, old.name)], {"X": link.operator}, captures, [], spans)
        why = (
            f"{len(link.ops)} applications are one of {len(link.operator)} terms"
            if others
            else "cheaper multiplied out"
        )
        if context.replace(last, (new,), why):
            for op in others:
                context.replace(op, (), why="part of the application that follows it")


def cheapest(x: Operator, known: Uses, space: Space) -> Operator:
    """X as it is kept, or multiplied out where that is cheaper and has at most `LARGEST` terms."""
    if not x.nodes or x.symbols - {"N"}:
        return x
    out = multiplied_out(x)
    if out is None or out is x or not price(out, known, space) < price(x, known, space):
        return x
    return out if tame(x, space) else x


@lru_cache(maxsize=1 << 14)
def multiplied_out(x: Operator) -> Operator | None:
    """X with its products multiplied out; None where that makes more than `LARGEST` terms."""
    return x.expanded(LARGEST)


def price(x: Operator, known: Uses, space: Space) -> Cost:
    """Planning X, unless another instruction needs that plan as well, and applying it once."""
    return known.planning(x, space) + operator_cost(x, space)


__all__ = ["Reassoc"]
