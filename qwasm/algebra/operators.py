"""The operator algebra: letters, sums, products and families as exact values.

`Algebra` is the front door; truncation decides how words multiply.  Under `free` every value
lives on the infinite space and is cut to 1..N once.

>>> a = Algebra()
>>> print(a.multiply(a.A(3), a.B(2)))
B[2] Q[6] A[3]
>>> print(Algebra("free").multiply(a.A(3), a.B(2)))
B[2] A[3]
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Literal

from qwasm.algebra import products, words
from qwasm.algebra.collect import Collector, scale
from qwasm.algebra.families import diffusion as _diffusion
from qwasm.algebra.families import family as _family
from qwasm.algebra.indices import Index, as_expr, positive, to_index
from qwasm.algebra.nodes import (
    Dirichlet,
    Domain,
    Exp,
    Family,
    Inverse,
    Node,
    Outer,
    Power,
    Product,
    Shift,
    Unknown,
    Word,
)
from qwasm.algebra.ring import ONE, Expr, const
from qwasm.algebra.value import Operator, fold
from qwasm.algebra.words import IDENTITY, Triple
from qwasm.diagnostics import fail
from qwasm.space import Truncation, Weight

Scalar = Expr | int | Fraction
HALF = Fraction(1, 2)


class Algebra:
    """Constructors of operators under one truncation; equal values come out as the same object."""

    def __init__(self, truncation: Truncation = "strict") -> None:
        self.truncation: Truncation = truncation

    @property
    def free(self) -> bool:
        return self.truncation == "free"

    def _word(self, triple: Triple, f: Expr = ONE) -> Operator:
        return Operator(self.truncation, {} if f.is_zero else {triple: f}, {})

    def zero(self) -> Operator:
        return Operator(self.truncation, {}, {})

    def identity(self) -> Operator:
        return self._word(IDENTITY)

    def A(self, e: Scalar) -> Operator:
        """Forward: psi(e n), 0 past the end.  Raises QW0301 for e < 1."""
        return self._word(words.A(positive(e, "A")))

    def B(self, b: Scalar) -> Operator:
        """Backward: psi(n/b), 0 unless b divides n."""
        return self._word(words.B(positive(b, "B")))

    def P(self, m: Scalar) -> Operator:
        """Keeps the multiples of m."""
        return self._word(words.P(positive(m, "P")))

    def Q(self, c: Scalar) -> Operator:
        """Keeps n <= N/c; the identity on the infinite space."""
        index = positive(c, "Q")
        return self.identity() if self.free else self._word(words.Q(index))

    def K(self, p: Scalar, c: Scalar = HALF) -> Operator:
        """p^-c A[p] + p^c B[p], self-adjoint exactly in the weight n^(-2c)."""
        index, power = positive(p, "K"), as_expr(c)
        base = as_expr(index)
        return self.add(self._word(words.A(index), base**-power), self._word(words.B(index), base**power))

    def V(self, f: Scalar) -> Operator:
        """Multiplication by f(n)."""
        return self._word(IDENTITY, as_expr(f))

    def Dir(self, f: Scalar) -> Operator:
        """The sum over all d of f(d) A[d]."""
        return self._collect(Dirichlet(as_expr(f), True))

    def coDir(self, f: Scalar) -> Operator:
        """The sum over all d of f(d) B[d]."""
        return self._collect(Dirichlet(as_expr(f), False))

    def S(self, k: Scalar, cyclic: bool = False) -> Operator:
        """psi(n + k) inside 1..N, or cyclic.  Raises QW0306 for a cyclic shift under free truncation."""
        if cyclic and self.free:
            raise fail(
                "QW0306",
                "a cyclic shift needs an end to go round: it has no meaning on the infinite space",
                hint="write truncation = strict, or S[k] without cyclic",
            )
        return self._collect(Shift(to_index(k), cyclic))

    def out(self, u: Scalar, v: Scalar) -> Operator:
        """psi -> u <v, psi> in the weight of the space."""
        left, right = as_expr(u), as_expr(v)
        return self.zero() if left.is_zero or right.is_zero else self._collect(Outer(left, right))

    def unknown(self, name: str) -> Operator:
        """Any operator at all: the free name of a rule or proof, without a matrix."""
        return self._collect(Unknown(name))

    def exp(self, x: Operator) -> Operator:
        """The exponential of the N x N matrix of X."""
        return products.exponential(x)

    def inv(self, x: Operator) -> Operator:
        """The inverse of a one-sided operator.  Raises QW0303 when X is not one or its value at 1 is 0."""
        from qwasm.algebra.inverse import inverse

        return inverse(x)

    def comm(self, x: Operator, y: Operator) -> Operator:
        """X Y - Y X."""
        return self.add(self.multiply(x, y), self.scale(-1, self.multiply(y, x)))

    def family(
        self, kind: Literal["sum", "prod"], variable: Expr, domain: Domain, low: Scalar, high: Scalar, body: Operator
    ) -> Operator:
        """The sum or product of body over the primes or integers of low..high, both ends included."""
        return _family(kind, variable, domain, to_index(low), to_index(high), body)

    def diffusion(self, c: Scalar, low: Scalar, high: Scalar, variable: Expr | None = None) -> Operator:
        """The letter D: the sum over primes p in low..high of c(p) (A[p] + B[p]); c uses the symbol p."""
        return _diffusion(self.truncation, as_expr(c), to_index(low), to_index(high), variable)

    def add(self, *operators: Operator) -> Operator:
        """The sum."""
        return self.sum(operators)

    def sum(self, operators: Iterable[Operator]) -> Operator:
        """The sum of many operators in linear time."""
        collector = Collector(self.truncation)
        for x in operators:
            collector.operator(self.own(x))
        return collector.finish()

    def multiply(self, x: Operator, y: Operator) -> Operator:
        """The product, x outermost."""
        return products.product((self.own(x), self.own(y)), self.truncation)

    def product(self, operators: Iterable[Operator]) -> Operator:
        """The product of many operators, the first outermost."""
        return products.product((self.own(x) for x in operators), self.truncation)

    def power(self, x: Operator, k: Scalar) -> Operator:
        """X^k.  Raises QW0208 for a negative or fractional exponent."""
        exponent = as_expr(k)
        if exponent.is_constant and exponent.integer() is None:
            raise fail("QW0208", f"an operator has no power {exponent}", hint="write an integer exponent >= 0")
        return products.power(x, to_index(k))

    def scale(self, c: Scalar, x: Operator) -> Operator:
        """c X; a c that contains n is the multiplication V(c) from the left."""
        factor = as_expr(c)
        return self.multiply(self.V(factor), x) if "n" in factor.symbols else scale(x, factor)

    def adjoint(self, x: Operator, weight: Weight) -> Operator:
        """The adjoint of X in the weight."""
        return x.adjoint(weight)

    def own(self, x: Operator) -> Operator:
        """X as a value of this algebra: rebuilt when it was made under the other truncation."""
        if x.truncation == self.truncation:
            return x
        from qwasm.algebra.rewrite import retruncate

        return retruncate(x, self.truncation)

    def _collect(self, node: Node) -> Operator:
        collector = Collector(self.truncation)
        collector.node(node, ONE)
        return collector.finish()


__all__ = [
    "Algebra",
    "Dirichlet",
    "Exp",
    "Family",
    "Index",
    "Inverse",
    "Node",
    "Operator",
    "Outer",
    "Power",
    "Product",
    "Shift",
    "Word",
    "const",
    "fold",
]
