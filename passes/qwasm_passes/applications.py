"""Applications: chains of linear instructions read as one operator applied to one state.

`links` grows every chain whose states nobody else reads, from its first instruction, while a rewrite of the
product pays; `ask` puts one application, or nothing at all for the identity, in place of the chain.
Between two instructions of a chain nothing can be seen, and both are tame, so that no failure appears or vanishes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from qwasm.algebra.operators import Operator
from qwasm.ir.module import Module, Op, Value
from qwasm.passes.context import Context
from qwasm.passes.cost import NOTHING, START, Cost
from qwasm.passes.operator_cost import passes
from qwasm.record import field, record
from qwasm.space import Space
from qwasm_passes.linear import Uses, captured, compose, joined, operator_of, regions_of, tame
from qwasm_passes.reassoc import price

AHEAD = 3  # applications that are taken in together


@record(frozen=False)
class Link:
    """One application: of `operator` to `source`, standing for the instructions `ops`; what made it so, counted."""

    operator: Operator
    source: Value
    ops: list[Op]
    hits: Counter[str] = field(default_factory=Counter)


Rewriter = Callable[[Link], Link]


def links(module: Module, known: Uses, rewritten: Rewriter, concerns: Callable[[Operator], bool]) -> Iterator[Link]:
    """Every chain of a module as `rewritten` leaves it, each as long as lengthening pays.

    Only products with a factor that the rewrites concern are formed.
    """
    for region in regions_of(module):
        found: dict[Value, Link] = {}
        for op in region.ops:
            operator = operator_of(op, module.space)
            if operator is None:
                continue
            link = rewritten(Link(operator, op.operands[0], [op]))
            while (longer := lengthened(link, found, known, module.space, rewritten, concerns)) is not None:
                link = longer
            found[op.results[0]] = link
        yield from found.values()


def lengthened(
    link: Link,
    found: dict[Value, Link],
    known: Uses,
    space: Space,
    rewritten: Rewriter,
    concerns: Callable[[Operator], bool],
) -> Link | None:
    """The link with the applications that make its source taken in, where nobody else reads that and it pays.

    A few are tried together, since what stands between two families may be in the way of neither.
    """
    whole, apart, taken = link, worth(link.operator, known, space), list[Value]()
    if not any(concerns(near.operator) for near in (link, *sources(link, found))):
        return None
    while len(taken) < AHEAD:
        before = found.get(whole.source)
        if before is None or not known.once(whole.source):
            return None
        if not known.together(before.ops[-1], whole.ops[-1]) or joined([*before.ops, *whole.ops]) is None:
            return None
        if not tame(before.operator, space) or not tame(whole.operator, space):
            return None
        product = compose(whole.operator, before.operator, space)
        if product is None:
            return None
        taken.append(whole.source)
        whole = Link(product, before.source, [*before.ops, *whole.ops], before.hits + whole.hits)
        made = rewritten(whole)
        apart += worth(before.operator, known, space) + START + passes(space, 1, 0)
        # joining applications that no rewrite has made simpler is what `reassoc` does
        if (made.hits != whole.hits or product.is_identity) and worth(made.operator, known, space) < apart:
            for value in taken:
                del found[value]
            return made
    return None


def sources(link: Link, found: dict[Value, Link]) -> Iterator[Link]:
    """The applications that make the source of a link, its source, and so on, as far as lengthening looks."""
    for _ in range(AHEAD):
        before = found.get(link.source)
        if before is None:
            return
        yield (link := before)


def worth(x: Operator, known: Uses, space: Space) -> Cost:
    """Planning X and applying it; nothing for the identity, which is no instruction."""
    return NOTHING if x.is_identity else price(x, known, space)


def ask(link: Link, context: Context, why: str) -> None:
    """Ask for a chain as one application, or as the state itself; what made it so is counted by name."""
    *others, last = link.ops
    if not others and link.operator is operator_of(last, context.module.space):
        return
    first, *more = [*link.hits, ""] if link.hits else [""]
    for name in filter(None, more):
        context.tried(name, link.hits[name])
    new, values = [], [link.source]
    if not link.operator.is_identity:
        values = [Value(value.type, value.name) for value in last.results]
        captures = captured(link.operator, joined(link.ops) or {})
        new = [Op("qop.apply", [link.source], values, {"X": link.operator}, captures)]
    context.replace(last, new, why, values, also=others, rule=first)


__all__ = ["Link", "ask", "links", "worth"]
