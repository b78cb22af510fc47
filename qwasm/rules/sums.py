"""Rules for sums: pairs of terms that become one, found in one walk over the terms.

Each term is matched with the two sides of a pattern such as X Y + X Z; matches are gathered by what the
names in both sides are bound to, and pairs of a group are merged two by two, so a sum of k terms with a
common factor costs k log k.  A name that stands in one side only takes the rest of a term's factors, and
its coefficient.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from qwasm.algebra.nodes import Product
from qwasm.algebra.operators import Algebra
from qwasm.algebra.products import singles
from qwasm.algebra.ring import ONE
from qwasm.algebra.value import Operator
from qwasm.rules.compiled import Compiled, root
from qwasm.rules.pattern import Bindings, match, unknown

if TYPE_CHECKING:
    from qwasm.rules.engine import Engine


def gather(engine: Engine, rule: Compiled, x: Operator) -> Operator | None:
    """x with a rule of two terms applied wherever two of its terms fit, or None."""
    from qwasm.rules.engine import Applied

    if len(rule.terms) != 2 or rule.rule.given:
        return None
    shared = names(rule.terms[0]) & names(rule.terms[1])
    counts = engine.counts[rule.rule.id]
    terms = deque(singles(x))
    open_: dict[Any, tuple[Operator, Bindings]] = {}
    kept: list[Operator] = []
    hit = False
    while terms:
        term = terms.popleft()
        counts.tries += 1
        left = side(rule, rule.terms[0], term, shared)
        right = side(rule, rule.terms[1], term, shared)
        merged = None
        for bound in right:
            key = tuple(bound[name] for name in sorted(shared))
            waiting = open_.get(key)
            if waiting is None or engine.spent:
                continue
            both = {**waiting[1], **bound}
            if not rule.holds(both, engine.algebra):
                continue
            made = rule.build(both, engine.algebra)
            merged = None if made is None else engine.algebra.product(made)
            if merged is None or len(merged) > 1 or merged.leaves >= waiting[0].leaves + term.leaves:
                merged = None
                continue
            del open_[key]
            engine.applied.append(Applied(rule.rule.id, (item(waiting[0]), item(term)), (item(merged),)))
            counts.hits += 1
            break
        if merged is not None:
            hit = True
            terms.append(merged)
        elif left:
            key = tuple(left[0][name] for name in sorted(shared))
            if key in open_:
                kept.append(term)
            else:
                open_[key] = (term, left[0])
        else:
            kept.append(term)
    return Algebra(x.truncation).sum([*kept, *(term for term, _ in open_.values())]) if hit else None


def item(x: Operator) -> tuple[str, int, Operator]:
    """A term as the engine keeps factors."""
    return root(x), 0, x


def names(x: Operator) -> frozenset[str]:
    """The free names of one side."""
    return x.symbols


def side(rule: Compiled, pattern: Operator, term: Operator, shared: frozenset[str]) -> list[Bindings]:
    """The ways one term fits one side: factor by factor, a name of this side alone taking the rest."""
    (node, c) = next(iter(term.nodes.items()), (None, ONE))
    wanted = parts(pattern)
    bare = Operator(term.truncation, {}, {node: ONE}) if node is not None else term
    have = list(node.factors) if isinstance(node, Product) else [bare]
    if node is None or len(have) < len(wanted):
        return []
    algebra = Algebra(term.truncation)
    rest = next((i for i, x in enumerate(wanted) if (name := unknown(x)) is not None and name not in shared), None)
    if rest is None:
        if len(have) != len(wanted) or c is not ONE:
            return []
    else:
        extra = len(have) - len(wanted)
        whole = algebra.scale(c, algebra.product(have[rest : rest + extra + 1]))
        have = [*have[:rest], whole, *have[rest + extra + 1 :]]
    found: list[Bindings] = [{}]
    for x, value in zip(wanted, have, strict=True):
        found = [more for bound in found for more in match(x, value, bound, rule.kinds)]
    return found


def parts(pattern: Operator) -> list[Operator]:
    """The factors of one term of a pattern."""
    node = next(iter(pattern.nodes), None)
    return list(node.factors) if isinstance(node, Product) else [pattern]


__all__ = ["gather"]
