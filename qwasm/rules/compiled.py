"""Compiled rules: a proved rule made ready to be applied.

The left side becomes a list of factor patterns with an index by its first factor; the right side stays an
expression that is evaluated with what the names were bound to.  Rules between letters with one name as
index, the bulk of what rewriting does, match and build whole numbers directly.

>>> from qwasm.rules.pack import Rule
>>> rule = compiled(Rule("x", "A[p] B[p]", "Q[p]", (("p", "prime"),)))
>>> rule.roots, rule.plain([("B", 3, None), ("A", 3, None)]), rule.plain([("B", 3, None), ("A", 2, None)])
(('A', 'B'), [('Q', 3, None)], None)
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any

from qwasm.algebra.nodes import Family
from qwasm.algebra.operators import Algebra
from qwasm.algebra.ring import ONE, Expr
from qwasm.algebra.value import Operator
from qwasm.algebra.words import IDENTITY
from qwasm.arith.sieve import is_prime, partial_factor
from qwasm.diagnostics import QwasmError
from qwasm.ir.elaborate import Elaborator
from qwasm.ir.scope import Arithmetic, Scope
from qwasm.prover.claim import Claim, read_claim, scope_of
from qwasm.record import field, record
from qwasm.rules.facts import Facts, Given
from qwasm.rules.pack import Rule
from qwasm.rules.pattern import Bindings, unknown
from qwasm.syntax import tree

LETTERS = frozenset("ABPQ")
COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
Slot = tuple[str, str | int]  # a letter and its index: a name or a number
Item = tuple[str, int, Operator | None]  # a factor: its kind, index (a letter's, else 0), value where it is made


def root(x: Operator) -> str:
    """What kind of factor this is: A B P Q word V, a kind of node, sum, or I."""
    if len(x) != 1:
        return "sum" if len(x) else "0"
    if x.nodes:
        node = next(iter(x.nodes))
        return f"{node.kind} over" if isinstance(node, Family) else type(node).__name__
    (triple, f) = next(iter(x.words.items()))
    if "n" in f.symbols:
        return "V" if triple == IDENTITY else "word"
    m, M, e = triple
    if m is M or m == M:
        return ("P" if e == m else "B" if e == 1 else "word") if m != 1 or not isinstance(m, int) else "I"
    if isinstance(m, int) and m == 1:
        return "A" if M is e or e == M else "Q" if isinstance(e, int) and e == 1 else "word"
    return "word"


@record(cached=True)
class Compiled:
    """One rule with its patterns; `sides` are the trees of its factors, leftmost first."""

    rule: Rule
    claim: Claim
    factors: tuple[Operator, ...]  # of a left side that is one product
    terms: tuple[Operator, ...]  # of a left side that is a sum, else ()
    coefficient: Expr  # of the left side that is one product
    right: tuple[tree.Node, ...]  # factors of the right side, numbers among them
    order: int = 0
    kinds: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def roots(self) -> tuple[str, ...]:
        """The kind of each factor; * for an operator name."""
        return tuple("*" if unknown(x) else root(x) for x in self.factors)

    @cached_property
    def slots(self) -> tuple[Slot, ...] | None:
        """The left side as letters with names or numbers, where it is that simple."""
        found = [_slot(x) for x in self.factors]
        return tuple(x for x in found if x is not None) if found and all(found) and self.coefficient is ONE else None

    @cached_property
    def builders(self) -> tuple[tuple[str, Callable[[Mapping[str, int]], int]], ...] | None:
        """The right side as letters whose indices are computed from whole numbers, where it is that simple."""
        found = []
        for node in self.right:
            if isinstance(node, tree.Name) and node.id == "I":
                continue
            index = _whole(node.indices[0]) if isinstance(node, tree.Letter) and node.name in LETTERS else None
            if index is None or not isinstance(node, tree.Letter):
                return None
            found.append((node.name, index))
        return tuple(found)

    @cached_property
    def tests(self) -> tuple[Callable[[Mapping[str, int]], bool], ...] | None:
        """The conditions as tests of whole numbers, where they are comparisons of names and numbers."""
        found = [_comparison(node) for node in self.claim.trees[2]]
        return tuple(x for x in found if x is not None) if all(found) else None

    @cached_property
    def plain(self) -> Callable[[list[Item]], list[Item] | None] | None:
        """What it puts in place of the last factors, where they are letters and whole numbers are enough."""
        slots, builders, tests = self.slots, self.builders, self.tests
        if slots is None or builders is None or tests is None or self.rule.given:
            return None
        names = [name for _, name in slots if isinstance(name, str)]
        if any(self.kinds[name] not in ("prime", "qint") for name in names):
            return None
        primes = [name for name in dict.fromkeys(names) if self.kinds[name] == "prime"]
        easy = len(set(names)) == len(slots)

        def apply(done: list[Item]) -> list[Item] | None:
            env: dict[str, int] = {}
            position = -1
            for _, name in slots:
                value = done[position][1]
                position -= 1
                if easy:
                    env[name] = value  # type: ignore[index]
                elif isinstance(name, int):
                    if name != value:
                        return None
                elif env.setdefault(name, value) != value:
                    return None
            for name in primes:
                if not prime(env[name]):
                    return None
            for test in tests:
                if not test(env):
                    return None
            return [(letter, k, None) for letter, build in builders if (k := build(env)) != 1]

        return apply

    @cached_property
    def divides(self) -> bool:
        """Whether its right side has a division or a root, which residues may not have."""
        stack: list[tree.Node] = list(self.right)
        while stack:
            node = stack.pop()
            if isinstance(node, tree.Product) and any(sign == "/" for sign, _ in node.factors):
                return True
            if isinstance(node, tree.Number) and node.value.denominator != 1:
                return True
            if isinstance(node, tree.Power) and isinstance(node.exponent, tree.Unary):
                return True
            stack.extend(tree.children(node))
        return self.coefficient is not ONE

    @cached_property
    def projection(self) -> bool:
        """Whether it says that P[m] or Q[c] may be left out where the state is known to be inside."""
        merged = self.factors[0] if len(self.factors) == 1 else None
        if merged is None and self.factors:
            merged = Algebra().product(self.factors)
        return bool(
            self.rule.given and merged is not None and root(merged) in ("P", "Q")
            and all(isinstance(node, tree.Name) and node.id == "I" for node in self.right)
            and not self.rule.where and set(self.kinds.values()) <= {"qint", "prime"} and len(self.kinds) == 1
        )  # fmt: skip

    def usable(self, facts: Facts) -> Facts:
        """What a projection may take from facts: its own kind of fact, at primes where its name is a prime."""
        primes = "prime" in self.kinds.values()
        if self.claim.given[0][0] == "P":
            return Facts(radical(facts.divisor) if primes else facts.divisor)
        below = facts.bound
        if primes:
            below = Fraction(max(prev_prime(int(facts.bound)), 1))
        return Facts(1, below)

    def scope(self, bound: Bindings, algebra: Algebra) -> Scope:
        """The names as what they are bound to."""
        scope = Scope()
        for name, value in bound.items():
            scope.bind(name, Arithmetic(name, "point", value) if self.kinds[name] == "arith" else value)
        return scope

    def holds(self, bound: Bindings, algebra: Algebra) -> bool:
        """Whether `where` surely holds for these values."""
        if not self.rule.where:
            return True
        elaborator, scope = Elaborator(algebra=algebra), self.scope(bound, algebra)
        try:
            values = [elaborator.expression(node, scope).integer() for node in self.claim.trees[2]]
        except QwasmError:
            return False
        return all(values) and None not in values

    def facts(self, bound: Bindings) -> list[Given] | None:
        """The facts the rule needs for these values; None when one of them is still open."""
        found: list[Given] = []
        for kind, index in self.claim.given:
            value = index.substitute({k: v for k, v in bound.items() if isinstance(v, Expr)}).integer()
            if value is None or value < 1:
                return None
            found.append(Given("divides" if kind == "P" else "within", value))
        return found

    def build(self, bound: Bindings, algebra: Algebra) -> list[Operator] | None:
        """The factors of the right side for these values; None where they have no meaning."""
        elaborator, scope = Elaborator(algebra=algebra), self.scope(bound, algebra)
        made: list[Operator] = []
        number = ONE
        try:
            for node in self.right:
                value = elaborator.value(node, scope)
                if isinstance(value, Operator):
                    made.append(value)
                else:
                    number = number * value
            left = self.coefficient.substitute({k: v for k, v in bound.items() if isinstance(v, Expr)})
            number = number / left
            if number is not ONE:
                made.insert(0, algebra.scale(number, algebra.identity()))
        except QwasmError:
            return None
        return made


@lru_cache(maxsize=1 << 16)
def prime(value: int) -> bool:
    """Whether a number is a prime, remembered."""
    return is_prime(value)


def radical(number: int) -> int:
    """The product of the primes that divide a number."""
    result = 1
    for p, _ in partial_factor(number):
        result *= p if prime(p) else 1
    return result


def prev_prime(number: int) -> int:
    """The largest prime up to a number, 1 where there is none."""
    while number > 1 and not prime(number):
        number -= 1
    return max(number, 1)


def compiled(rule: Rule, claim: Claim | None = None, order: int = 0) -> Compiled:
    """The rule ready to be applied."""
    scope = rule.scope
    if claim is None:
        claim = read_claim(
            rule.lhs, rule.rhs, scope=scope.N, weight="1" if scope.weight == "any" else scope.weight,
            variables=dict(rule.variables), where=rule.where, given=rule.given, file=rule.id,
        )  # fmt: skip
    kinds = dict(claim.variables)
    algebra = Algebra("free" if claim.free else "strict")
    elaborator = Elaborator(algebra=algebra, weight=claim.weight)
    names = scope_of(kinds, algebra)
    lhs, rhs = claim.trees[0], claim.trees[1]
    factors: list[Operator] = []
    terms: list[Operator] = []
    coefficient = ONE
    parts = _factors(lhs)
    if len(parts) == 1 and isinstance(parts[0], tree.Sum):
        value = elaborator.operator(parts[0], names)
        terms = [_one(algebra, c, node) for c, node in value.terms()]
        parts = []
    for part in parts:
        value = elaborator.value(part, names)
        if isinstance(value, Operator):
            factors.append(value)
        else:
            coefficient = coefficient * value
    right = _factors(rhs)
    return Compiled(rule, claim, tuple(factors), tuple(terms), coefficient, tuple(right), order, kinds)


def _one(algebra: Algebra, c: Expr, node: Any) -> Operator:
    from qwasm.algebra.nodes import Word

    if isinstance(node, Word):
        return Operator(algebra.truncation, {node.triple: node.multiplier if c is ONE else c}, {})
    return Operator(algebra.truncation, {}, {node: c})


def _factors(node: tree.Node) -> list[tree.Node]:
    """The factors of a product of a tree, products inside it taken apart; a division is kept whole."""
    if isinstance(node, tree.Product) and all(sign in ("*", "") for sign, _ in node.factors):
        return [part for _, factor in node.factors for part in _factors(factor)]
    return [node]


def _slot(x: Operator) -> Slot | None:
    kind = root(x)
    if kind not in LETTERS or next(iter(x.words.values())) is not ONE:
        return None
    m, M, _ = next(iter(x.words))
    index = m if kind in ("B", "P") else M
    if isinstance(index, int):
        return kind, index
    return (kind, str(index)) if str(index).isidentifier() else None


def _whole(node: tree.Node) -> Callable[[Mapping[str, int]], int] | None:
    """An index made of names, whole numbers, products and whole powers, as a function of the names' values."""
    match node:
        case tree.Number(value=value, imaginary=False) if value.denominator == 1:
            number = int(value)
            return lambda env: number
        case tree.Name(id=name):
            return lambda env: env[name]
        case tree.Product(factors=factors) if all(sign in ("*", "") for sign, _ in factors):
            parts = [_whole(x) for _, x in factors]
            if not all(parts):
                return None
            first, *rest = (x for x in parts if x is not None)

            def product(env: Mapping[str, int]) -> int:
                result = first(env)
                for part in rest:
                    result *= part(env)
                return result

            return product
        case tree.Power(base=base, exponent=tree.Number(value=k, imaginary=False)) if k.denominator == 1 and k >= 0:
            inner, power = _whole(base), int(k)
            return None if inner is None else lambda env: int(inner(env) ** power)
    return None


def _comparison(node: tree.Node) -> Callable[[Mapping[str, int]], bool] | None:
    if not isinstance(node, tree.Compare):
        return None
    left, right, compare = _whole(node.left), _whole(node.right), COMPARE[node.op]
    if left is None or right is None:
        return None
    return lambda env: compare(left(env), right(env))


__all__ = ["Compiled", "compiled", "prime", "root"]
