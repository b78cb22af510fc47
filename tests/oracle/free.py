"""Operators under free truncation: rows on the infinite space, cut to 1..N once at the end.

A row is a dictionary column -> entry, asked for up to a column bound.  `rows_up_to(X, L)` bounds the rows that
can reach a column <= L, `columns_from(X, L)` the columns reached from rows <= L; where both are
infinite in the middle of a product, the product diverges.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from . import expression
from .expression import Expr
from .field import Array, IllConditioned, NoMeaning
from .operators import Family, Function, Letter, Named, Op, Out, Power, Product, Scaled, Total
from .strict import Strict, domain_values, expand_letter

Row = dict[int, Any]
INFINITE = float("inf")
Bound = float  # a whole number or INFINITE
LARGEST = 3000  # the largest point at which a function is evaluated


class Free(Strict):
    """Dense matrices of operators that live on the infinite space."""

    def matrix(self, op: Op, names: Mapping[str, Any] | None = None) -> Array:
        """The infinite matrix cut to rows and columns 1..N; exp and inv act on the cut matrix."""
        names = names or {}
        match op:
            case Function("exp" | "inv" as name, (operand,)):
                return self.function(name, [self.matrix(operand, names)])
            case Named(_, body):
                return self.matrix(body, names)
            case Total(terms):
                return self.space.field.reduce(
                    sum((self.matrix(t, names) for t in terms[1:]), start=self.matrix(terms[0], names))
                )
            case Scaled(c, operand):
                return self.space.field.reduce(self.coefficient(c, names) * self.matrix(operand, names))
        result = self.space.field.zeros(self.space.N, self.space.N)
        op = self.primitive(op, names)
        for n in range(1, self.space.N + 1):
            for m, entry in self.row(op, n, self.space.N, names).items():
                result[n - 1, m - 1] = entry
        return result

    def primitive(self, op: Op, names: Mapping[str, Any]) -> Op:
        """The expression with K, D, M, powers, families and commutators written out."""
        expanded = expand_letter(op, self.diffusion)
        if expanded is not None:
            return self.primitive(expanded, names)
        match op:
            case Letter("S", _, True):
                raise NoMeaning("a cyclic shift of the infinite space")
            case Letter("Q"):
                return Letter("I")
            case Letter("V" | "Dir" | "coDir") | Letter("I") | Out():
                return _close(op, names, self.space.N)
            case Letter(name, args):
                index = self.integer(args[0], names)
                if index < 1 and name != "S":
                    raise NoMeaning("an index below 1")
                return Letter(name, (expression.num(index),))
            case Named(_, body):
                return self.primitive(body, names)
            case Total(terms):
                return Total(tuple(self.primitive(t, names) for t in terms))
            case Product(factors):
                return Product(tuple(self.primitive(f, names) for f in factors))
            case Scaled(c, operand):
                return Scaled(_const(self.coefficient(c, names)), self.primitive(operand, names))
            case Power(base, exponent):
                inner = self.primitive(base, names)
                return Product((inner,) * exponent) if exponent else Letter("I")
            case Function("comm", (x, y)):
                a, b = self.primitive(x, names), self.primitive(y, names)
                return Total((Product((a, b)), Scaled(expression.num(-1), Product((b, a)))))
            case Function("adj", (x,)):
                return Function("adj", (self.primitive(x, names),))
            case Family(kind, variable, domain, low, high, body):
                values = domain_values(domain, self.integer(low, names), self.integer(high, names))
                parts = tuple(self.primitive(body, {**names, variable: v}) for v in values)
                if kind == "sum":
                    return Total(parts)
                return Product(parts) if parts else Letter("I")
        raise NoMeaning(f"no infinite operator for {type(op).__name__}")

    def rows_up_to(self, op: Op, limit: Bound) -> Bound:
        """The largest row with an entry in a column <= limit, or a bound for it."""
        match op:
            case Letter("A", (e,)):
                return limit if limit == INFINITE else limit // _int(e)
            case Letter("B", (e,)):
                return limit * _int(e)
            case Letter("S", (k,)):
                return max(limit - _int(k), 0)
            case Letter("coDir") | Out():
                return INFINITE
            case Total(terms):
                return max((self.rows_up_to(t, limit) for t in terms), default=0)
            case Product(factors):
                for factor in reversed(factors):
                    limit = self.rows_up_to(factor, limit)
                return limit
            case Scaled(_, operand):
                return self.rows_up_to(operand, limit)
            case Function("adj", (x,)):
                return self.columns_from(x, limit)
        return limit

    def columns_from(self, op: Op, limit: Bound) -> Bound:
        """The largest column with an entry in a row <= limit, or a bound for it."""
        match op:
            case Letter("A", (e,)):
                return limit * _int(e)
            case Letter("B", (e,)):
                return limit if limit == INFINITE else limit // _int(e)
            case Letter("S", (k,)):
                return max(limit + _int(k), 0)
            case Letter("Dir") | Out():
                return INFINITE
            case Total(terms):
                return max((self.columns_from(t, limit) for t in terms), default=0)
            case Product(factors):
                for factor in factors:
                    limit = self.columns_from(factor, limit)
                return limit
            case Scaled(_, operand):
                return self.columns_from(operand, limit)
            case Function("adj", (x,)):
                return self.rows_up_to(x, limit)
        return limit

    def residue(self, e: Any) -> Any:
        """A number of the field back in 0..l-1; the number itself elsewhere."""
        return int(e) % self.space.field.modulus if self.space.field.kind == "mod" else e

    def at(self, f: Expr, n: int) -> Any:
        """f(n) in the field, for n past N too."""
        comfortable(n)
        return self.space.field.into(expression.value(f, {"N": self.space.N, "n": n}))

    def row(self, op: Op, n: int, limit: Bound, names: Mapping[str, Any]) -> Row:
        """The nonzero entries of row n in columns <= limit of a primitive expression."""
        field, one = self.space.field, self.space.field.into(1)
        match op:
            case Letter("I"):
                found = {n: one}
            case Letter("A", (e,)):
                found = {n * _int(e): one}
            case Letter("B", (e,)):
                found = {n // _int(e): one} if n % _int(e) == 0 else {}
            case Letter("P", (e,)):
                found = {n: one} if n % _int(e) == 0 else {}
            case Letter("S", (k,)):
                found = {n + _int(k): one} if n + _int(k) >= 1 else {}
            case Letter("V", (f,)):
                found = {n: self.at(f, n)}
            case Letter("coDir", (f,)):
                comfortable(n)
                found = {d: self.at(f, n // d) for d in range(1, n + 1) if n % d == 0}
            case Letter("Dir", (f,)):
                comfortable(_finite(limit) // n)
                found = {d * n: self.at(f, d) for d in range(1, _finite(limit) // n + 1)}
            case Out(u, v):
                comfortable(_finite(limit))
                found = {
                    m: self.residue(self.at(u, n) * field.conj(self.at(v, m)) * self.space.weight(m))
                    for m in range(1, _finite(limit) + 1)
                }
            case Scaled(c, operand):
                factor = self.coefficient(c, names)
                found = {m: factor * entry for m, entry in self.row(operand, n, limit, names).items()}
            case Total(terms):
                found = {}
                for term in terms:
                    for m, entry in self.row(term, n, limit, names).items():
                        found[m] = found.get(m, 0) + entry
            case Product(factors):
                found = self.product_row(factors, n, limit, names)
            case Function("adj", (x,)):
                found = self.adjoint_row(x, n, limit, names)
            case _:
                raise AssertionError(op)
        return {m: self.residue(e) for m, e in found.items() if m <= limit and e != 0}

    def product_row(self, factors: tuple[Op, ...], n: int, limit: Bound, names: Mapping[str, Any]) -> Row:
        """Row n of a product, keeping only the middle columns from which the limit can still be reached."""
        current: Row = {n: self.space.field.into(1)}
        for i, factor in enumerate(factors):
            reach = limit
            for later in reversed(factors[i + 1 :]):
                reach = self.rows_up_to(later, reach)
            following: Row = {}
            for k, weight in current.items():
                for m, entry in self.row(factor, k, reach, names).items():
                    following[m] = self.residue(following.get(m, 0) + weight * entry)
            current = following
        return current

    def adjoint_row(self, op: Op, n: int, limit: Bound, names: Mapping[str, Any]) -> Row:
        """Row n of X*: entry m is conj(X(m, n)) w(m) / w(n), by asking the rows of X."""
        field, found = self.space.field, {}
        for m in range(1, _finite(min(limit, self.rows_up_to(op, n))) + 1):
            entry = self.row(op, m, n, names).get(n)
            if entry is not None:
                ratio = self.residue(self.space.weight(m) * self.space.power(n, self.space.s))
                found[m] = (np.conj(entry) if field.kind == "complex" else entry) * ratio
        return found


def _const(c: Any) -> Expr:
    """A field element as an expression that evaluates to itself (a name would do; a closed value is simpler)."""
    return expression.Num(c)


def _close(op: Op, names: Mapping[str, Any], N: int) -> Op:
    """A letter with its function's free names replaced by their values."""
    known = {"N": N, **names}
    match op:
        case Letter(name, args):
            return Letter(name, tuple(_bind(a, known) for a in args))
        case Out(u, v):
            return Out(_bind(u, known), _bind(v, known))
    raise AssertionError(op)


def _bind(e: Expr, known: Mapping[str, Any]) -> Expr:
    match e:
        case expression.Var(name) if name in known:
            return expression.Num(known[name])
        case expression.Bin(op, left, right):
            return expression.Bin(op, _bind(left, known), _bind(right, known))
        case expression.Un(op, x):
            return expression.Un(op, _bind(x, known))
        case expression.Pow(base, exponent):
            return expression.Pow(_bind(base, known), _bind(exponent, known))
        case expression.Defined(written, body, euler):
            return expression.Defined(written, _bind(body, known), euler)
        case expression.Call(name, args):
            return expression.Call(name, tuple(_bind(a, known) for a in args))
    return e


def _int(e: Expr) -> int:
    assert isinstance(e, expression.Num)
    return int(e.value)


def comfortable(n: int) -> None:
    """Refuse points at which definitions by trial take too long."""
    if n > LARGEST:
        raise IllConditioned("a point too far past N")


def _finite(bound: Bound) -> int:
    if bound == INFINITE:
        raise NoMeaning("a product that diverges on the infinite space")
    return int(bound)
