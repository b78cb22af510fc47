"""Approximate rules of rule files at one operation: where they fit, and what they offer in its place.

    rule     exp(-t*(A[p] + B[p]))  =>  exp(-t*A[p]) exp(-t*B[p])    up to a bound, by the lemma trotter
    before   qop.exp q1, q0, A[2] + B[2], 1/1000
    after    qop.exp q2, q0, B[2], 1/1000 ; qop.exp q3, q2, A[2], 1/1000 ; within q1, q3, q0, delta by="the rule"

A rule fits where its left side matches the operator of the whole operation, or where the values of its lemma match
parts that the operator has.  What it says there is proved once more: the lemma is written out for the values found, its
sides must be the operator and what the rule makes of it, and the bound of the rule must cover the lemma's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import islice
from math import exp, isfinite
from typing import TYPE_CHECKING, Any

from qwasm.algebra.nodes import Exp, Power
from qwasm.algebra.operators import Algebra, Operator
from qwasm.algebra.ring import ONE, Expr, const
from qwasm.diagnostics import QwasmError
from qwasm.ir.elaborate import Elaborator
from qwasm.ir.module import Op
from qwasm.prover.claim import scope_of
from qwasm.rules.bounds import read
from qwasm.rules.lemmas import LEMMAS
from qwasm.rules.pattern import Bindings, match, solve
from qwasm.space import Space
from qwasm.syntax import parse_expression
from qwasm_passes.approximations import Offer, exponential, fresh, marked, parts, reach, within
from qwasm_passes.evolve_lower import UNIT
from qwasm_passes.linear import operator_of

if TYPE_CHECKING:
    from qwasm.rules.compiled import Compiled

MOST = 64  # ways in which one rule is tried at one operation
STRICT = Algebra("strict")


def whole(op: Op, space: Space) -> Operator | None:
    """The operator of an operation psi -> X psi, exponentials among them, its N written in; None for any other."""
    x: Operator | None
    if op.name == "qop.exp":
        t, given = op.attributes["t"], op.attributes["X"]
        if op.attributes.get("method") or op.attributes.get("unitary") or not isinstance(given, Operator):
            return None
        x = STRICT.exp(STRICT.scale(-t, given)) if isinstance(t, Expr) and t.is_constant and t.is_real else None
    else:
        x = operator_of(op, space)
    if x is not None and "N" in x.symbols:
        x = x.substitute({"N": space.N})
    return None if x is None or x.symbols else x


def ruled(
    op: Op, rules: Sequence[Compiled], space: Space, share: Fraction
) -> Iterator[tuple[str, float, Offer | None]]:
    """(rule, its bound as a number, the offer if that is within the share), for every rule that fits an operation."""
    try:
        x = whole(op, space) if rules else None
    except QwasmError:  # an exponential that the algebra does not have
        return
    if x is None:
        return
    for rule in rules:
        best: tuple[float, Offer] | None = None
        for bound in islice(ways(rule, x, op), MOST):
            made = offered(rule, bound, x, op, space)
            if made is not None and (best is None or made.delta < best[0]):
                best = float(made.delta), made
        if best is not None:
            yield rule.rule.id, best[0], best[1] if within(best[1], share) else None


def ways(rule: Compiled, x: Operator, op: Op) -> Iterator[Bindings]:
    """What the names of a rule may stand for so that it speaks of this operator."""
    yield from match(rule.claim.lhs, x, {}, rule.kinds)
    scope, elaborator = scope_of(dict(rule.kinds), STRICT), Elaborator(None, algebra=STRICT, weight=rule.claim.weight)
    patterns = [(name, elaborator.value(parse_expression(text, "rule bind"), scope)) for name, text in rule.rule.bind]
    for values in cuts(rule.rule.lemma, x, op):
        yield from fitted([(pattern, values[name]) for name, pattern in patterns if name in values], {}, rule)


def fitted(pairs: list[tuple[Any, Any]], bound: Bindings, rule: Compiled) -> Iterator[Bindings]:
    """Every way to make each pattern its value."""
    if not pairs:
        yield bound
        return
    (pattern, value), rest = pairs[0], pairs[1:]
    if isinstance(pattern, Operator) is not isinstance(value, Operator):
        return
    found = match(pattern, value, bound, rule.kinds) if isinstance(pattern, Operator) else None
    for more in solve(pattern, value, bound, rule.kinds) if found is None else found:
        yield from fitted(rest, more, rule)


def cuts(lemma: str, x: Operator, op: Op) -> Iterator[dict[str, Any]]:
    """Values for which the exact side of a lemma is this operator; numbers of steps and terms are the rule's."""
    node = next(iter(x.nodes), None)
    if op.name == "qop.exp" and lemma in ("trotter", "strang"):
        for y, z in parts(op.attributes["X"]):  # type: ignore[arg-type]
            yield {"X": y, "Y": z, "t": op.attributes["t"]}
            yield {"X": z, "Y": y, "t": op.attributes["t"]}
    elif op.name == "qop.exp" and lemma == "truncated-exponential":
        yield {"X": op.attributes["X"], "t": op.attributes["t"]}
    elif lemma == "merged-steps" and len(x) == 1 and isinstance(node, Power) and isinstance(node.exponent, int):
        yield {"X": node.base - STRICT.identity(), "k": const(node.exponent)}
    elif lemma == "dropped-terms" and len(x) > 1:
        for triple, f in x.words.items():
            word = Operator(x.truncation, {triple: f}, {})
            yield {"X": x - word, "Z": word}


def offered(rule: Compiled, bound: Bindings, x: Operator, op: Op, space: Space) -> Offer | None:
    """What a rule offers for these values; None where it does not speak of x, or its bound is not proved there."""
    if rule.kinds.keys() != bound.keys() or not rule.holds(bound, STRICT):
        return None
    lemma, scope = LEMMAS[rule.rule.lemma], rule.scope(bound, STRICT)
    elaborator = Elaborator(None, algebra=STRICT, weight=space.weight)
    try:
        given = {name: elaborator.value(parse_expression(text), scope) for name, text in rule.rule.bind}
        instance = lemma.instance(given, space.weight)
        limit = read(rule.rule.bound, bound, space.weight)
        factors = rule.build(bound, STRICT)
    except QwasmError:
        return None
    if factors is None or x not in (instance.exact, instance.near) or not limit.covers(instance.bound):
        return None
    if STRICT.product(factors) != (instance.near if x == instance.exact else instance.exact):
        return None
    return marked(rule.rule.id, limit, rule.rule.bound, chain(op, factors, space), op, space, rounding(given, space))


def rounding(given: dict[str, Any], space: Space) -> float:
    """What adding up the terms of a series may be off by itself."""
    if "K" not in given:
        return 0.0
    size = reach(given["X"], given["t"], space)
    return 2 * given["K"].integer() * UNIT * exp(size) if isfinite(size) and size < 700 else float("inf")


def chain(op: Op, factors: Sequence[Operator], space: Space) -> list[Op]:
    """A product as operations, the rightmost factor first; an exponential in its cheapest exact form."""
    ops: list[Op] = []
    source = op.operands[0]
    for factor in reversed(factors or [STRICT.identity()]):
        node = next(iter(factor.nodes), None)
        if len(factor) == 1 and isinstance(node, Exp) and factor.nodes[node] is ONE:
            ops.append(exponential(op, source, -node.argument, ONE, space))
        else:
            ops.append(Op("qop.apply", [source], [fresh(op)], {"X": factor}))
        source = ops[-1].results[0]
    return ops


__all__ = ["ruled"]
