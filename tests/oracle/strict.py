"""Operators under strict truncation: each letter is its N x N matrix and a word the product of matrices.

>>> from .field import Field
>>> from .operators import A, B, times
>>> Strict(Space(4, field=Field("exact"))).matrix(times(B(2), A(2))).diagonal().tolist()  # P[2]
[Fraction(0, 1), Fraction(1, 1), Fraction(0, 1), Fraction(1, 1)]
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import arithmetic, expression
from .expression import Expr, Pow, Un, Var, num
from .field import Array, IllConditioned, NoMeaning, Space
from .operators import Diffusion, Family, Function, Letter, Named, Op, Out, Power, Product, Scaled, Total

HALF = num("1/2")


def domain_values(domain: str, low: int, high: int) -> list[int]:
    """The values of primes(low, high) or ints(low, high), both ends included."""
    return arithmetic.primes(low, high) if domain == "primes" else list(range(low, high + 1))


def expand_letter(op: Op, diffusion: Diffusion | None) -> Op | None:
    """D, M, K and D(...) by their defining sums; None for letters which are primitive."""
    match op:
        case Letter("D"):
            return diffusion
        case Letter("M"):
            if diffusion is None:
                raise NoMeaning("M without .diffusion")
            body = Scaled(diffusion.c, Letter("K", (Var("p"),)))
            return Family("sum", "p", "primes", diffusion.low, diffusion.high, body)
        case Diffusion(c, low, high):
            both = Total((Letter("A", (Var("p"),)), Letter("B", (Var("p"),))))
            return Family("sum", "p", "primes", low, high, Scaled(c, both))
        case Letter("K", (e, *rest)):
            exponent: Expr = rest[0] if rest else HALF
            down, up = Pow(e, Un("-", exponent)), Pow(e, exponent)
            return Total((Scaled(down, Letter("A", (e,))), Scaled(up, Letter("B", (e,)))))
    return None


@dataclass
class Strict:
    """Dense matrices over a space; `names` holds parameters and loop variables."""

    space: Space
    diffusion: Diffusion | None = None

    def values(self, f: Expr, names: Mapping[str, Any]) -> Array:
        """f(1), ..., f(N) in the field."""
        return self.space.field.array(
            expression.value(f, {"N": self.space.N, **names, "n": n}) for n in range(1, self.space.N + 1)
        )

    def integer(self, e: Expr, names: Mapping[str, Any]) -> int:
        """An index or bound."""
        found = expression.value(e, {"N": self.space.N, **names})
        if not isinstance(found, int) and getattr(found, "denominator", 0) != 1:
            raise NoMeaning(f"{found} is not an integer")
        return int(found)

    def coefficient(self, e: Expr, names: Mapping[str, Any]) -> Any:
        """A coefficient in the field."""
        return self.space.field.into(expression.value(e, {"N": self.space.N, **names}))

    def build(self, entry: Callable[[int, int], Any]) -> Array:
        """The matrix with the given entry(n, m), a field element or False, for 1 <= n, m <= N."""
        result, one = self.space.field.zeros(self.space.N, self.space.N), self.space.field.into(1)
        for n in range(1, self.space.N + 1):
            for m in range(1, self.space.N + 1):
                found = entry(n, m)
                if found is not False:
                    result[n - 1, m - 1] = one if found is True else found
        return result

    def letter(self, op: Letter, names: Mapping[str, Any]) -> Array:
        """The matrix of one primitive letter."""
        N = self.space.N
        if op.name in ("V", "Dir", "coDir"):
            f = self.values(op.args[0], names)
            table: dict[str, Callable[[int, int], Any]] = {
                "V": lambda n, m: m == n and f[n - 1],
                "Dir": lambda n, m: m % n == 0 and f[m // n - 1],
                "coDir": lambda n, m: n % m == 0 and f[n // m - 1],
            }
            return self.build(table[op.name])
        e = self.integer(op.args[0], names) if op.args else 1
        if op.name != "S" and e < 1:
            raise NoMeaning("an index below 1")
        entries: dict[str, Callable[[int, int], Any]] = {
            "I": lambda n, m: m == n,
            "A": lambda n, m: m == e * n,
            "B": lambda n, m: e * m == n,
            "P": lambda n, m: m == n and n % e == 0,
            "Q": lambda n, m: m == n and n * e <= N,
            "S": lambda n, m: (m - n - e) % N == 0 if op.cyclic else m == n + e,
        }
        return self.build(entries[op.name])

    def power(self, matrix: Array, exponent: int) -> Array:
        """A power by repeated multiplication."""
        result = self.space.field.eye(self.space.N)
        for _ in range(exponent):
            result = self.space.field.dot(result, matrix)
        return result

    def adjoint(self, matrix: Array) -> Array:
        """The X* with <phi, X psi> = <X* phi, psi>: entry (n, m) is conj(X(m, n)) w(m) / w(n)."""
        w = self.space.weights
        inverse = np.array([self.space.power(n, self.space.s) for n in range(1, self.space.N + 1)], dtype=w.dtype)
        return self.space.field.reduce(self.space.field.conj(matrix).T * w[None, :] * inverse[:, None])

    def exponential(self, matrix: Array) -> Array:
        """The matrix exponential, in floats only."""
        if self.space.field.exact:
            raise NoMeaning("exp in an exact field")
        from scipy.linalg import expm

        if not np.linalg.norm(matrix) < 60:
            raise IllConditioned("an exponential too large to compare")
        return np.asarray(expm(matrix))

    def matrix(self, op: Op, names: Mapping[str, Any] | None = None) -> Array:
        """The N x N matrix of an operator expression."""
        names, field = names or {}, self.space.field
        expanded = expand_letter(op, self.diffusion)
        if expanded is not None:
            return self.matrix(expanded, names)
        match op:
            case Letter():
                return self.letter(op, names)
            case Named(_, body):
                return self.matrix(body, names)
            case Out(u, v):
                row = field.conj(self.values(v, names)) * self.space.weights
                return field.reduce(self.values(u, names)[:, None] * field.reduce(row)[None, :])
            case Function(name, operands):
                return self.function(name, [self.matrix(x, names) for x in operands])
            case Total(terms):
                found = [self.matrix(x, names) for x in terms]
                return field.reduce(sum(found[1:], start=found[0]))
            case Product(factors):
                result = field.eye(self.space.N)
                for factor in factors:
                    result = field.dot(result, self.matrix(factor, names))
                return result
            case Power(base, exponent):
                return self.power(self.matrix(base, names), exponent)
            case Scaled(c, operand):
                return field.reduce(self.coefficient(c, names) * self.matrix(operand, names))
            case Family():
                return self.family(op, names)
        raise AssertionError(op)

    def function(self, name: str, operands: list[Array]) -> Array:
        """exp, inv, adj and comm of matrices."""
        field = self.space.field
        match name:
            case "exp":
                return self.exponential(operands[0])
            case "inv":
                return field.invert(operands[0])
            case "adj":
                return self.adjoint(operands[0])
        x, y = operands
        return field.reduce(field.dot(x, y) - field.dot(y, x))

    def family(self, op: Family, names: Mapping[str, Any]) -> Array:
        """A sum or product over a range, smallest value leftmost."""
        field = self.space.field
        result = field.zeros(self.space.N, self.space.N) if op.kind == "sum" else field.eye(self.space.N)
        bounds = self.integer(op.low, names), self.integer(op.high, names)
        for v in domain_values(op.domain, *bounds):
            factor = self.matrix(op.body, {**names, op.variable: v})
            result = field.reduce(result + factor) if op.kind == "sum" else field.dot(result, factor)
        return result
