"""Fuse: neighbouring combinations and applications become one sweep over the states they read.

before:  qop.apply q1, q0, X ; qop.combine q2, q1, q3, a, b
after:   sweep q2 <- a X q0 + b q3

before:  qop.apply q1, q0, X ; qop.combine q2, q1, q0, 2, 3
after:   qop.apply q2, q0, 2 X + 3 I

The states in between are never formed on their own, and a combination of one state with constant
factors is one operator, so that X Y psi - Y X psi is the commutator.  `max` bounds the terms of one sweep.

Right because a sweep adds the same products, and what is not finite in a term is not finite in the sum:
no failure is lost.  Factors of factors are multiplied only where both are constants of moderate size, and
terms of one state are added as operators only where all have values everywhere.  It stops at
states that somebody else reads, and at anything in between that can be seen outside.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Literal

from qwasm.algebra.collect import scale
from qwasm.algebra.operators import Algebra, Operator
from qwasm.algebra.ring import ONE, Expr, const
from qwasm.ir.module import Attribute, Module, Op, Value
from qwasm.passes.context import Context
from qwasm.passes.cost import NOTHING, Cost, each, operation_cost, operators
from qwasm.record import record
from qwasm.space import Space
from qwasm_passes.linear import Uses, bits, compose, joined, operator_of, regions_of, tame, uses

HALF = 32  # bits of a constant factor that may meet another


@record
class Term:
    """coefficient * operator applied to source."""

    coefficient: Expr
    operator: Operator
    source: Value


@record
class Sum:
    """A state as a sum of terms, standing for the instructions `ops`, the last of which makes it."""

    terms: tuple[Term, ...]
    ops: tuple[Op, ...]


@record
class Fuse:
    """Join combinations with what makes their states, up to `max` terms in one sweep."""

    max: int = 8
    name: ClassVar[str] = "fuse"
    kind: ClassVar[Literal["exact"]] = "exact"

    def __post_init__(self) -> None:
        if not 2 <= self.max <= 256:
            raise ValueError(f"max is 2..256, not {self.max}")

    def run(self, module: Module, context: Context) -> None:
        """Grow sums from the top of each region and ask for those that pay."""
        known = uses(module)
        for region in regions_of(module):
            sums: dict[Value, Sum] = {}
            for op in region.ops:
                found = plain(op, module.space)
                if found is None:
                    continue
                if op.name in ("qop.combine", "sweep"):
                    found = self.grown(found, sums, known, module.space)
                sums[op.results[0]] = found
            for found in sums.values():
                ask(found, context, known, module.space)

    def grown(self, found: Sum, sums: dict[Value, Sum], known: Uses, space: Space) -> Sum:
        """The sum with the terms of each state that only it reads put in the place of the state."""
        for term in found.terms:
            inner = sums.get(term.source)
            if inner is None or not known.once(term.source) or not term.operator.is_identity:
                continue
            if not known.together(inner.ops[-1], found.ops[-1]) or joined([*inner.ops, *found.ops]) is None:
                continue
            products = [times(term.coefficient, t.coefficient, space) for t in inner.terms]
            new = [Term(c, t.operator, t.source) for c, t in zip(products, inner.terms) if c is not None]
            at = found.terms.index(term)
            terms = collected((*found.terms[:at], *new, *found.terms[at + 1 :]), space)
            if len(new) == len(inner.terms) and len(terms) <= self.max:
                found = Sum(terms, (*inner.ops, *found.ops))
                del sums[term.source]
        terms = collected(found.terms, space)
        found = found if terms == found.terms else Sum(terms, found.ops)
        return self.deeper(found, sums, known, space) or found

    def deeper(self, found: Sum, sums: dict[Value, Sum], known: Uses, space: Space) -> Sum | None:
        """The sum with products in the place of applications that only it reads, where terms meet or cancel then."""
        inner = [sums.get(term.source) for term in found.terms]
        if not any(inner) or len(found.terms) < 2 or len(set(map(id, inner))) < len(inner):
            return None
        ops: list[Op] = []
        terms: list[Term] = []
        for term, made in zip(found.terms, inner):
            if made is None:
                terms.append(term)
                continue
            (first, *more) = made.terms
            if more or first.coefficient is not ONE or not known.once(term.source):
                return None
            if not known.together(made.ops[-1], found.ops[-1]) or not tame(first.operator, space):
                return None
            product = compose(term.operator, first.operator, space) if tame(term.operator, space) else None
            if product is None:
                return None
            terms.append(Term(term.coefficient, product, first.source))
            ops += made.ops
        fewer = collected(tuple(terms), space)
        if len(fewer) >= len(found.terms) or joined([*ops, *found.ops]) is None:
            return None
        whole = Sum(fewer, (*ops, *found.ops))
        if not price([built(whole)], known, space) < price([*ops, built(found)], known, space):
            return None
        for term in found.terms:
            sums.pop(term.source, None)
        return whole


def plain(op: Op, space: Space) -> Sum | None:
    """What an instruction makes as a sum of terms: one for an application, two for a combination."""
    identity = Algebra(space.truncation).identity()
    if op.name == "qop.combine":
        factors = [a if isinstance(a, Expr) else const(a) for a in (op.attributes["a"], op.attributes["b"])]  # type: ignore[arg-type]
        return Sum(tuple(Term(c, identity, q) for c, q in zip(factors, op.operands)), (op,))
    if op.name == "sweep":
        rows = zip(each(op.attributes["coefficients"]), each(op.attributes["operators"]), op.operands)
        return Sum(tuple(Term(c, x, q) for c, x, q in rows), (op,))
    operator = operator_of(op, space)
    return None if operator is None else Sum((Term(ONE, operator, op.operands[0]),), (op,))


def times(a: Expr, b: Expr, space: Space) -> Expr | None:
    """The product of two factors: where one is 1, or both are constants of moderate size."""
    if a is ONE or b is ONE:
        return a if b is ONE else b
    sizes = [bits(c, space) if c.is_constant and not c.is_zero else None for c in (a, b)]
    return a * b if all(size is not None and size <= HALF for size in sizes) else None


def collected(terms: tuple[Term, ...], space: Space) -> tuple[Term, ...]:
    """The terms with those of one state added as operators, where factors are constants and operators tame."""
    found: dict[object, Term] = {}
    for index, term in enumerate(terms):
        c = term.coefficient
        fits = c.is_constant and bits(c, space) is not None and tame(term.operator, space)
        same = found.get(term.source) if fits else None
        if same is None:
            found[term.source if fits and term.source not in found else index] = term
            continue
        whole = scale(same.operator, same.coefficient) + scale(term.operator, c)
        found[term.source] = Term(ONE, whole, term.source)
    return tuple(found.values())


def built(found: Sum) -> Op:
    """One instruction that makes the sum."""
    last = found.ops[-1].results[0]
    spans = tuple(dict.fromkeys(span for op in found.ops for span in op.spans))
    read = frozenset[str]().union(*(t.operator.symbols | t.coefficient.symbols for t in found.terms))
    captures = {name: value for name, value in sorted((joined(found.ops) or {}).items()) if name in read}
    operands, results = [term.source for term in found.terms], [Value(last.type, last.name)]
    if len(found.terms) == 1 and found.terms[0].coefficient.is_constant:
        (term,) = found.terms
        single: dict[str, Attribute] = {"X": scale(term.operator, term.coefficient)}
        return Op("qop.apply", operands, results, single, captures, [], spans)
    lists: dict[str, Attribute] = {
        "operators": tuple(term.operator for term in found.terms),
        "coefficients": tuple(term.coefficient for term in found.terms),
    }
    return Op("sweep", operands, results, lists, captures, [], spans)


def price(ops: Iterable[Op], known: Uses, space: Space) -> Cost:
    """What instructions cost together, and the planning of their operators once each."""
    ops = list(ops)
    needed = dict.fromkeys(x for op in ops for x in operators(op, space))
    return sum((known.planning(x, space) for x in needed), sum((operation_cost(op, space) for op in ops), NOTHING))


def ask(found: Sum, context: Context, known: Uses, space: Space) -> None:
    """Replace the last instruction of a sum by one that makes all of it, if that is cheaper, the others by nothing."""
    *others, last = found.ops
    if plain(last, space) == found:
        return
    new = built(found)
    why = f"{len(found.ops)} instructions are one sweep of {len(found.terms)} terms"
    if price([new], known, space) < price(found.ops, known, space) and context.replace(last, (new,), why):
        for op in others:
            context.replace(op, (), why="part of the sweep that follows it")


__all__ = ["Fuse"]
