"""Approximations: the cheaper forms that lemmas offer for one operation, each with its bound.

Each offer is a list of operations whose last result stands for that of the operation, off by at most `delta` times the
norm of the state it reads.  `offers` finds the ones whose delta is at most a share of the budget.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from math import ceil, exp, factorial, floor, isfinite, log10
from typing import Any

from qwasm.algebra.families import family
from qwasm.algebra.nodes import Family, Power
from qwasm.algebra.operators import Algebra, Operator
from qwasm.algebra.ring import ONE, Expr, I, const
from qwasm.algebra.words import IDENTITY, Triple
from qwasm.ir.module import Attribute, Op, Value
from qwasm.passes.cost import Cost, operation_cost
from qwasm.qpu.cost import turns
from qwasm.record import record
from qwasm.rules.bounds import Bound, norm
from qwasm.rules.lemmas import LEMMAS, MOST
from qwasm.scalar import OUTWARD
from qwasm.space import Space
from qwasm_passes.evolve_lower import UNIT, forms
from qwasm_passes.linear import operator_of, tame
from qwasm_passes.loop_power import applied
from qwasm_passes.loops import bound

STEPS = (1, 2, 4, 8)  # of a split exponential
TERMS = 40  # of a series
LONGEST = 160  # characters of a bound that a remark shows
REACH = 30  # |t| norm(X) past which e^(|t| norm(X)) is no help


@record
class Offer:
    """One way to do without exactness: the lemma or rule, its bound for these operators, the number, the operations."""

    by: str
    bound: str
    delta: Fraction
    ops: tuple[Op, ...]
    cost: Cost


def subject(op: Op, space: Space) -> Operator | None:
    """The operator of an operation that some lemma is about, its N written in; None for any other operation."""
    if op.name == "qop.exp":
        t, given = op.attributes["t"], op.attributes["X"]
        if op.attributes.get("method") or not isinstance(t, Expr) or not (t.is_constant and t.is_real):
            return None
        x = given if isinstance(given, Operator) else None
    elif op.name == "loop":
        found = applied(op, space)
        x = found[0] if found is not None else None
    else:
        x = operator_of(op, space)
        if x is None or not (len(x) > 1 or any(isinstance(node, Power) for node in x.nodes)):
            return None
    if x is not None and "N" in x.symbols:
        x = x.substitute({"N": space.N})
    return None if x is None or x.symbols else x


def offers(op: Op, space: Space, share: Fraction) -> Iterator[tuple[str, float, Offer | None]]:
    """(lemma, its bound as a number, the offer if that is within the share), as far as lemmas fit the operation."""
    x = subject(op, space)
    if x is None:
        return
    if op.name == "qop.exp":
        t = op.attributes["t"]
        assert isinstance(t, Expr)
        yield from series(op, x, t, space, share)
        yield from splittings(op, x, t, space, share)
    elif op.name == "loop":
        yield from merged(op, x, count(op), space, share)
    else:
        yield from dropped(op, x, space, share)
        node = next(iter(x.nodes), None)
        if len(x) == 1 and isinstance(node, Power) and x.nodes[node] is ONE and isinstance(node.exponent, int):
            yield from merged(op, node.base, node.exponent, space, share)


def price(op: Op, space: Space) -> Cost:
    """What an operation costs, with all turns of a loop."""
    if op.name != "loop":
        return operation_cost(op, space)
    return sum((operation_cost(inner, space) for inner in op.regions[0].ops), Cost()) * count(op)


def count(loop: Op) -> int:
    """How often a loop turns, at most."""
    return turns(str(loop.attributes["domain"]), bound(loop, "low"), bound(loop, "high"))


def told(bound: Bound, stated: str) -> str:
    """The bound for these operators, or as it was stated where they are long."""
    text = str(bound)
    return text if len(text) <= LONGEST else stated


def upward(bound: float) -> Fraction:
    """A number of three digits that is not below the bound."""
    if not bound:
        return Fraction(0)
    digits = Fraction(10) ** (floor(log10(bound)) - 2)
    return ceil(Fraction(bound) / digits) * digits


def offer(lemma: str, given: dict[str, Any], ops: list[Op], op: Op, space: Space, more: float = 0.0) -> Offer | None:
    """The offer of these operations in place of op by a lemma, its result marked; `more` is added for rounding."""
    return marked(lemma, LEMMAS[lemma].bounded(given), LEMMAS[lemma].bound, ops, op, space, more)


def marked(by: str, bound: Bound, stated: str, ops: list[Op], op: Op, space: Space, more: float = 0.0) -> Offer | None:
    """The offer of these operations with a bound; None where that is not finite."""
    value = bound.value(space) + more
    if not isfinite(value):
        return None
    delta = upward(value)
    last, result = ops[-1].results[0], op.results[0]
    mark = Op(
        "within",
        [last, op.operands[0]],
        [Value(result.type, result.name)],
        {"delta": const(delta), "by": by, "bound": told(bound, stated)},
    )
    made = (*ops, mark)
    return Offer(by, told(bound, stated), delta, made, sum((operation_cost(x, space) for x in made), Cost()))


def within(found: Offer | None, share: Fraction) -> bool:
    return found is not None and found.delta <= share


# ---------------------------------------------------------------- exponentials


def reach(x: Operator, t: Expr, space: Space) -> float:
    """|t| norm(X), rounded up."""
    return float(abs(t.approx())) * norm(x, space) * OUTWARD


def series(op: Op, x: Operator, t: Expr, space: Space, share: Fraction) -> Iterator[tuple[str, float, Offer | None]]:
    """The first terms of e^{-tX}, as many as the share asks for."""
    name, size = "truncated-exponential", reach(x, t, space)
    if not size < REACH or not tame(x, space):
        return
    turned = (I if op.attributes.get("unitary") else ONE) * t
    for K in range(1, TERMS + 1):
        rounding = 2 * K * UNIT * exp(size)
        tail = size ** (K + 1) / factorial(K + 1) * exp(size) + rounding
        if tail * OUTWARD**4 > share and K < TERMS:
            continue
        c: Attribute = tuple((-turned) ** k * const(Fraction(1, factorial(k))) for k in range(K + 1))
        new = Op("qop.poly", list(op.operands), [fresh(op)], {"X": x, "c": c})
        found = offer(name, {"X": x, "t": t, "K": const(K)}, [new], op, space, rounding)
        yield name, tail, found if within(found, share) else None
        return


def splittings(
    op: Op, x: Operator, t: Expr, space: Space, share: Fraction
) -> Iterator[tuple[str, float, Offer | None]]:
    """Products of exponentials of two parts of X, with as few steps as the share asks for."""
    for y, z in parts(x):
        if not (tame(y, space) and tame(z, space) and reach(y, t, space) + reach(z, t, space) < REACH):
            continue
        for name in ("trotter", "strang"):
            found = None
            for r in STEPS:
                given = {"X": y, "Y": z, "t": t, "r": const(r)}
                size = LEMMAS[name].bounded(given).value(space)
                if size <= share:
                    found = offer(name, given, product(name, op, y, z, t / r, r, space), op, space)
                    break
            yield name, size, found if within(found, share) else None


def product(name: str, op: Op, y: Operator, z: Operator, step: Expr, r: int, space: Space) -> list[Op]:
    """The r steps as operations: the rightmost factor acts first, and half steps that meet are one."""
    factors = [(z, step), (y, step)] * r
    if name == "strang":
        factors = [(y, step / 2), (z, step), *[(y, step), (z, step)] * (r - 1), (y, step / 2)]
    ops: list[Op] = []
    source = op.operands[0]
    for part, time in factors:
        ops.append(exponential(op, source, part, time, space))
        source = ops[-1].results[0]
    return ops


def exponential(op: Op, source: Value, x: Operator, t: Expr, space: Space) -> Op:
    """e^{-tX} of a value in its cheapest exact form."""
    attributes = {k: v for k, v in op.attributes.items() if k in ("unitary", "tol")}
    plain = Op("qop.exp", [source], [fresh(op)], {"X": x, "t": t, **attributes})
    found = [
        Op(name, [source], plain.results, dict(changed))
        for _, name, changed in forms(plain.name, tuple(plain.attributes.items()), space)
    ]
    return min([plain, *found], key=lambda each: operation_cost(each, space))


def parts(x: Operator) -> Iterator[tuple[Operator, Operator]]:
    """Pairs with the sum X: multiplication and the rest, what leads up and the rest."""
    for belongs in (lambda triple: triple == IDENTITY, leads_up):
        mine, rest = separated(x, belongs)
        for node, c in x.nodes.items():
            if isinstance(node, Family) and node.kind == "sum" and not node.body.nodes:
                inner = (
                    family("sum", node.variable, node.domain, node.low, node.high, body) * c
                    for body in separated(node.body, belongs)
                )
                mine, rest = (part + more for part, more in zip((mine, rest), inner))
            else:
                rest += Operator(x.truncation, {}, {node: c})
        if not mine.is_zero and not rest.is_zero:
            yield mine, rest


def separated(x: Operator, belongs: Callable[[Triple], bool]) -> tuple[Operator, Operator]:
    """The words of X that belong, and the others."""
    mine = {triple: f for triple, f in x.words.items() if belongs(triple)}
    rest = {triple: f for triple, f in x.words.items() if triple not in mine}
    return Operator(x.truncation, mine, {}), Operator(x.truncation, rest, {})


def leads_up(triple: Triple) -> bool:
    """Whether a word reads psi further up, as A[e] does."""
    m, _, e = triple
    ratio = (const(e) if isinstance(e, int) else e) / (const(m) if isinstance(m, int) else m)
    value = ratio.rational()
    return value > 1 if value is not None else ratio.is_integer


# ---------------------------------------------------------------- applications


def merged(op: Op, base: Operator, k: int, space: Space, share: Fraction) -> Iterator[tuple[str, float, Offer | None]]:
    """base^k = (I + Y)^k as one exponential."""
    y = base - Algebra(base.truncation).identity()
    if y.is_zero or k < 2 or k > MOST["k"] or not tame(y, space):
        return
    given = {"X": y, "k": const(k)}
    size = LEMMAS["merged-steps"].bounded(given).value(space)
    found = None
    if size <= share:
        new = exponential(Op("qop.exp", op.operands, op.results), op.operands[0], -y, const(k), space)
        found = offer("merged-steps", given, [new], op, space)
    yield "merged-steps", size, found if within(found, share) else None


def dropped(op: Op, x: Operator, space: Space, share: Fraction) -> Iterator[tuple[str, float, Offer | None]]:
    """X without its smallest words, as many as the share covers."""
    if len(x) < 2:
        return
    algebra = Algebra(x.truncation)
    words = [Operator(x.truncation, {k: f}, {}) for k, f in x.words.items()]
    sizes = sorted(((norm(word, space), i) for i, word in enumerate(words)))
    if not sizes:
        return
    left, small = share, list[Operator]()
    for size, i in sizes:
        left -= Fraction(size) if isfinite(size) else share + 1
        if left < 0 or len(small) + 1 == len(x):
            break
        small.append(words[i])
    found = None
    while small and found is None:
        z = algebra.sum(small)
        new = Op("qop.apply", list(op.operands), [fresh(op)], {"X": x - z})
        found = offer("dropped-terms", {"X": x - z, "Z": z}, [new], op, space)
        if not within(found, share):
            found, small = None, small[:-1]
    yield "dropped-terms", sizes[0][0], found


def fresh(op: Op) -> Value:
    """A value like the result of an operation."""
    return Value(op.results[0].type, op.results[0].name)


__all__ = [
    "Offer",
    "exponential",
    "fresh",
    "marked",
    "offers",
    "parts",
    "price",
    "reach",
    "subject",
    "upward",
    "within",
]
