"""Bounds: error bounds as polynomials in numbers >= 0, read from text, compared term by term, evaluated upwards.

A bound is a sum of products of positive numbers, absolute values of free names, norms of operators and
exponentials of bounds.  Each of these is >= 0, so a bound whose coefficients are all at least those of another
is nowhere smaller, and rounding every step up rounds the whole up.

>>> trotter = read("t^2/2 * norm(comm(X, Y)) * exp(t*(norm(X) + norm(Y)))", {"X": "op", "Y": "op", "t": "real"})
>>> print(trotter)
1/2*exp(norm(X)*abs(t) + norm(Y)*abs(t))*norm(-Y X + X Y)*abs(t)^2
>>> trotter.covers(read("norm(comm(X, Y))*t^2", {"X": "op", "Y": "op", "t": "real"}))
False
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import lru_cache
from math import exp, factorial, inf
from typing import Any

from qwasm.algebra.operators import Algebra, Operator
from qwasm.algebra.ring import Expr
from qwasm.diagnostics import QwasmError, fail
from qwasm.ir.elaborate import Elaborator
from qwasm.ir.scope import Scope
from qwasm.prover.claim import scope_of
from qwasm.record import record
from qwasm.scalar import OUTWARD
from qwasm.space import Space, Weight
from qwasm.syntax import parse_expression, print_expression, tree

HINT = "a bound has +, *, /, ^, numbers, names, abs(t), norm(X), comm(X, Y), exp and fact"
LARGEST = 170  # of a factorial, and of an exponent
MOST = 1_000  # terms of one bound


@record
class Atom:
    """A number >= 0 that is not written out: abs(name), norm(X), or the exponential of a bound."""

    text: str
    of: Operator | Bound | None = None  # None for a name


Monomial = tuple[tuple[Atom, int], ...]


@record
class Bound:
    """A sum of c times products of powers of atoms, c > 0, in one order."""

    terms: tuple[tuple[Monomial, Fraction], ...] = ()

    @classmethod
    def of(cls, terms: Mapping[Monomial, Fraction]) -> Bound:
        """The terms in order, without those that are 0."""
        if len(terms) > MOST:
            raise fail("QW0446", f"a bound of {len(terms)} terms; the limit is {MOST}", None, "shorten it")
        return cls(tuple(sorted(((m, c) for m, c in terms.items() if c), key=lambda item: written(*item))))

    @classmethod
    def number(cls, c: Fraction | int) -> Bound:
        """A number >= 0."""
        return cls.of({(): Fraction(c)})

    @classmethod
    def atom(cls, atom: Atom) -> Bound:
        """One atom."""
        return cls.of({((atom, 1),): Fraction(1)})

    def __add__(self, other: Bound) -> Bound:
        found = dict(self.terms)
        for monomial, c in other.terms:
            found[monomial] = found.get(monomial, Fraction(0)) + c
        return Bound.of(found)

    def __mul__(self, other: Bound) -> Bound:
        found: dict[Monomial, Fraction] = {}
        for left, c in self.terms:
            for right, d in other.terms:
                powers = dict(left)
                for atom, k in right:
                    powers[atom] = powers.get(atom, 0) + k
                monomial = tuple(sorted(((a, k) for a, k in powers.items() if k), key=lambda item: item[0].text))
                found[monomial] = found.get(monomial, Fraction(0)) + c * d
        return Bound.of(found)

    def __pow__(self, k: int) -> Bound:
        found = Bound.number(1)
        for _ in range(k):
            found *= self
        return found

    @property
    def constant(self) -> Fraction | None:
        """The number that this is, if it has no atoms."""
        if not self.terms:
            return Fraction(0)
        (monomial, c), *more = self.terms
        return None if monomial or more else c

    def covers(self, other: Bound) -> bool:
        """Whether this is surely at least the other: coefficient by coefficient."""
        mine = dict(self.terms)
        return all(mine.get(monomial, 0) >= c for monomial, c in other.terms)

    def value(self, space: Space) -> float:
        """The number that the bound is in a space, rounded up; infinity where a norm has no proven bound.

        Raises ValueError for a name without a value and in mod(l), where there is no norm.
        """
        total = 0.0
        for monomial, c in self.terms:
            product = up(c)
            for atom, k in monomial:
                size = measured(atom, space)
                if size == 0.0:
                    product = 0.0
                    break
                product *= power(size, k) * OUTWARD
            total = (total + product) * OUTWARD
        return total

    def __str__(self) -> str:
        return " + ".join(written(m, c) for m, c in self.terms) or "0"


def written(monomial: Monomial, c: Fraction) -> str:
    """One term as text."""
    factors = [
        atom.text if k == 1 else f"{atom.text}^{k}" for atom, k in sorted(monomial, key=lambda x: x[0].text[::-1])
    ]
    return "*".join([str(c), *factors] if c != 1 or not factors else factors)


def up(c: Fraction) -> float:
    """A rational number >= 0 as a float that is not below it."""
    return float(c) * OUTWARD


def power(size: float, k: int) -> float:
    """size^k, infinity past the floats."""
    try:
        return size**k
    except OverflowError:
        return inf


def measured(atom: Atom, space: Space) -> float:
    """An atom as a number that is not below it."""
    if isinstance(atom.of, Bound):
        reach = atom.of.value(space)
        return exp(reach) * OUTWARD if reach < 700 else inf
    if atom.of is None:
        raise ValueError(f"{atom.text} has no value")
    return norm(atom.of, space)


@lru_cache(maxsize=256)
def norm(x: Operator, space: Space) -> float:
    """A number that is not below the norm of X."""
    return x.norm(space).upper * OUTWARD


# ---------------------------------------------------------------- reading


def read(text: str, names: Mapping[str, Any], weight: Weight | None = None, file: str = "rule bound") -> Bound:
    """The bound that a text spells.

    `names` gives each free name its kind (prime, qint, real, complex, op), or its value: an operator or a constant
    expression.  A name stands for its absolute value.  Raises QwasmError QW0563, with a place in the text, for what
    need not be >= 0 or grow with its parts, and what reading an expression raises.
    """
    kinds = {name: kind for name, kind in names.items() if isinstance(kind, str)}
    scope = scope_of(kinds, Algebra("strict"), frozenset(n for n, kind in kinds.items() if kind in ("prime", "qint")))
    for name, value in names.items():
        if name not in kinds:
            scope.declare(name, value, None)
    node = parse_expression(text, file)
    reader = Reader(Elaborator(None, algebra=Algebra("strict"), weight=weight or Weight()), scope)
    return reader.bound(node)


@record
class Reader:
    """Reads bounds; `scope` has the values of names."""

    elaborator: Elaborator
    scope: Scope

    def bound(self, root: tree.Node) -> Bound:
        """The bound of a tree, inner parts first, without recursion."""
        done: dict[int, Bound] = {}
        stack = [root]
        while stack:
            node = stack[-1]
            waiting = [x for x in parts(node) if id(x) not in done]
            if waiting:
                stack.extend(waiting)
            else:
                done[id(node)] = self.made(node, lambda x: done[id(x)])
                stack.pop()
        return done[id(root)]

    def made(self, node: tree.Node, done: Callable[[tree.Node], Bound]) -> Bound:
        """The bound of one node whose parts are done."""
        match node:
            case tree.Number(value=value, imaginary=False):
                return Bound.number(value)
            case tree.Name() | tree.Call(name="abs"):
                return self.scalar(node)
            case tree.Sum(terms=terms) if all(sign == "+" for sign, _ in terms):
                found = Bound()
                for _, x in terms:
                    found += done(x)
                return found
            case tree.Product(factors=factors) if all(sign != "mod" for sign, _ in factors):
                found = Bound.number(1)
                for sign, x in factors:
                    found *= self.reciprocal(done(x), x) if sign == "/" else done(x)
                return found
            case tree.Power(base=base, exponent=exponent):
                k = done(exponent).constant
                if k is not None and k.denominator == 1 and k <= LARGEST:
                    return done(base) ** int(k)
            case tree.Call(name="exp", args=(x,), named=()):
                return Bound.atom(Atom(f"exp({done(x)})", done(x)))
            case tree.Call(name="fact", args=(x,), named=()):
                k = done(x).constant
                if k is not None and k.denominator == 1 and k <= LARGEST:
                    return Bound.number(factorial(int(k)))
            case tree.Call(name="norm", args=(x,), named=()):
                operator = self.elaborator.operator(x, self.scope)
                return Bound.atom(Atom(f"norm({operator})", operator)) if not operator.is_zero else Bound()
        raise self.wrong(node)

    def scalar(self, node: tree.Node) -> Bound:
        """The absolute value of a name, or of what stands in abs(...)."""
        inside = node.args[0] if isinstance(node, tree.Call) and len(node.args) == 1 else node
        value: Expr = self.elaborator.expression(inside, self.scope)
        if value.is_constant:
            number = value.rational()
            return Bound.number(abs(number) if number is not None else Fraction(abs(value.approx()) * OUTWARD))
        if len(value.terms) != 1:
            raise self.wrong(node)
        [(monomial, c)] = value.terms
        found = Bound.number(abs(c))
        for atom, k in monomial:
            if atom.name != "symbol" or k != int(k) or k < 1:
                raise self.wrong(node)
            found *= Bound.atom(Atom(f"abs({atom.data[0]})")) ** int(k)
        return found

    def reciprocal(self, x: Bound, node: tree.Node) -> Bound:
        """1/x of a number: anything else could fall where its parts grow."""
        c = x.constant
        if not c:
            raise self.wrong(node)
        return Bound.number(1 / c)

    def wrong(self, node: tree.Node) -> QwasmError:
        return fail("QW0563", f"{print_expression(node)} has no place in a bound", node.span, HINT)


def parts(node: tree.Node) -> tuple[tree.Node, ...]:
    """What of a node is itself a bound; not the operator of a norm, nor the number in abs."""
    if isinstance(node, tree.Name) or (isinstance(node, tree.Call) and node.name not in ("exp", "fact")):
        return ()
    return tuple(tree.children(node))


__all__ = ["Atom", "Bound", "read"]
