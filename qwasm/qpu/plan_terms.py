"""Plans of single terms: words, families of words, shifts, series and outer products as arrays."""

from __future__ import annotations

from collections.abc import Mapping
from math import gcd
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qwasm.algebra.evaluate import evaluate
from qwasm.algebra.indices import Index, as_expr, still_open
from qwasm.algebra.members import index_values, last_index, last_useful, member_array
from qwasm.algebra.nodes import Dirichlet, Family, Node, Outer, Shift
from qwasm.algebra.ring import ONE, Expr, symbol
from qwasm.algebra.value import Operator
from qwasm.algebra.words import IDENTITY, Triple
from qwasm.clock import look
from qwasm.diagnostics import QwasmError, fail
from qwasm.qpu.plan import Chain, Diagonal, Part, Plan, Strided, Weighted
from qwasm.qpu.plan import Dirichlet as Series
from qwasm.qpu.plan import Outer as OuterPlan
from qwasm.qpu.plan import Shift as ShiftPlan
from qwasm.space import Space

Array = NDArray[Any]
POINT = symbol("n", "nat")


class Terms:
    """Evaluates the terms of operators on one space; arrays come out in the dtype of the field."""

    def __init__(self, space: Space, tables: Mapping[str, Array]) -> None:
        self.space, self.field, self.tables = space, space.field, tables
        self.modulus = space.field.modulus if space.field.kind == "mod" else 0
        self.dtype = space.field.dtype

    # ------------------------------------------------------------ numbers

    def plan(self, N: int, size: int, parts: list[Part]) -> Plan:
        return Plan(N, size, tuple(parts), self.modulus, self.dtype)

    def number(self, c: Expr) -> Any:
        """A closed coefficient as a number of the field."""
        value = evaluate(c, self.field, {"N": self.space.N}, self.tables)
        return int(value) if self.modulus else (complex(value) if self.dtype == "complex128" else float(value))

    def values(self, f: Expr, env: Mapping[str, Any], length: int) -> Array:
        """An expression over arrays, as an array of the field."""
        found = np.asarray(evaluate(f, self.field, {"N": self.space.N, **env}, self.tables))
        return np.ascontiguousarray(np.broadcast_to(found, (length,)), dtype=self.dtype)

    def point(self, f: Expr, length: int) -> Array:
        """F(1..length)."""
        if "n" not in f.symbols:
            return self.values(f, {}, length)
        return self.values(f, {"n": np.arange(1, length + 1, dtype=np.int64)}, length)

    def times(self, a: Any, b: Any) -> Any:
        """The product in the field."""
        return a * b % self.modulus if self.modulus else a * b

    def pow(self, f: Array, k: int) -> Array:
        """f^k entry by entry."""
        if not self.modulus:
            return np.asarray(f**k, dtype=self.dtype)
        result, square = np.ones_like(f), f % self.modulus
        while k:
            if k & 1:
                result = result * square % self.modulus
            k >>= 1
            square = square * square % self.modulus
        return result

    def ones(self, length: int) -> Array:
        return np.ones(length, dtype=self.dtype)

    # ------------------------------------------------------------ words

    def words(self, x: Operator, size: int) -> list[Part]:
        """The words of an operator: constant ones in one Strided, the others Weighted or Diagonal."""
        u: list[int] = []
        v: list[int] = []
        length: list[int] = []
        coefficient: list[Any] = []
        parts: list[Part] = []
        known: dict[Expr, Any] = {}
        for triple, f in x.words.items():
            m, M, e = concrete(triple)
            if size < M:
                continue
            if "n" in f.symbols:
                values = self.point(f, size // M)
                parts.append(Diagonal(values) if triple == IDENTITY else Weighted(e, m, values))
                continue
            if f not in known:
                known[f] = self.number(f)
            u.append(e)
            v.append(m)
            length.append(size // M)
            coefficient.append(known[f])
        return [*self.strided(u, v, length, coefficient), *parts]

    def strided(self, u: Any, v: Any, length: Any, coefficient: Any) -> list[Part]:
        """One Strided part of four sequences, or nothing."""
        if not len(u):
            return []
        as_int = [np.asarray(a, dtype=np.int64) for a in (u, v, length)]
        return [Strided(as_int[0], as_int[1], as_int[2], np.asarray(coefficient, dtype=self.dtype))]

    # ------------------------------------------------------------ families

    def direct(self, node: Family) -> bool:
        """True for a sum of words and shifts only, or a product of I and constant diagonal words."""
        body = node.body
        bound = body.symbols <= {node.name}
        if node.kind == "sum":
            return bound and all(
                isinstance(n, Shift) and not n.cyclic and "n" not in c.symbols for n, c in body.nodes.items()
            )
        return (
            bound
            and not body.nodes
            and len(body.words) <= 2
            and body.words.get(IDENTITY) is ONE
            and all(
                m is e is M and "n" not in f.symbols for (m, M, e), f in body.words.items() if (m, M, e) != IDENTITY
            )
        )

    def family(self, node: Family, c: Expr, size: int) -> list[Part]:
        """The parts of a direct family, its members as arrays."""
        if node.kind == "prod":
            return [Diagonal(self.times(self.sieve(node, size), self.number(c)))]
        parts: list[Part] = []
        for triple, f in node.body.words.items():
            parts += self.family_word(node, triple, f, size)
        for inner, f in node.body.nodes.items():
            assert isinstance(inner, Shift)
            values = member_array(node)
            k = index_values(inner.k, node.name, values, size)
            inside = np.abs(k) < size
            if inside.any():
                weights = self.values(f, {node.name: values[inside]}, int(inside.sum()))
                parts += [ShiftPlan(int(a), False, b.item()) for a, b in zip(k[inside], weights)]
        return parts

    def family_word(self, node: Family, triple: Triple, f: Expr, size: int) -> list[Part]:
        """One word of a sum's body at every member that is not zero."""
        m, M, e = triple
        end = last_index(M, node.name, size)
        values = member_array(node, upto=end)
        cuts = index_values(M, node.name, values, size)
        self.check_positive(node, triple, values, size)
        look()
        inside = cuts <= size
        values, cuts = values[inside], cuts[inside]
        if not len(values):
            return []
        rows = index_values(m, node.name, values, size)
        columns = index_values(e, node.name, values, size)
        look()
        lengths = size // cuts
        if "n" not in f.symbols:
            return self.strided(columns, rows, lengths, self.values(f, {node.name: values}, len(values)))
        outside, inner = separated(f, triple, node.name)
        if outside is not None:
            weights = self.values(inner, {node.name: values}, len(values))
            column = self.plan(size, size, self.strided(columns, rows, lengths, weights))
            g, step, left = outside
            whole = self.multiplier(g, step, rows if left else columns, lengths, size)
            both = (self.plan(size, size, [Diagonal(whole)]), column)
            return [Chain(both if left else both[::-1])]
        return [
            Weighted(u, v, self.values(f, {"n": np.arange(1, L + 1, dtype=np.int64), node.name: value}, L))
            for value, u, v, L in zip(values.tolist(), columns.tolist(), rows.tolist(), lengths.tolist())
        ]

    def multiplier(self, g: Expr, step: int, starts: Array, lengths: Array, size: int) -> Array:
        """The diagonal with g(j) at n = step j, for n up to `size`; 0 elsewhere.

        Only the numbers u, 2 u, ..., L u of the words count, for u of `starts` and L of `lengths`;
        where g has no value at some other number, that number is left out.
        """
        whole = np.zeros(size, dtype=self.dtype)
        try:
            found = self.point(g, size // step)
            if step == 1:
                return found
            whole[step - 1 :: step] = found
        except QwasmError:
            used = np.zeros(size, dtype=bool)
            for u, length in zip(starts.tolist(), lengths.tolist()):
                used[u - 1 : u * length : u] = True
            rows = np.flatnonzero(used) + 1
            whole[rows - 1] = self.values(g, {"n": rows // step}, len(rows))
        return whole

    def check_positive(self, node: Family, triple: Triple, values: Array, size: int) -> None:
        """Raises QW0301 when an index falls below 1 inside the range."""
        for index in triple:
            if not isinstance(index, int) and len(values):
                found = index_values(index, node.name, values, size)
                if int(found.min()) < 1:
                    at = int(values[int(found.argmin())])
                    raise fail("QW0301", f"the index {index} is below 1 at {at}", hint="start the range later")

    def sieve(self, node: Family, size: int) -> Array:
        """The diagonal of a product of I + c P[m(v)], touching only the multiples."""
        whole = self.ones(size)
        for triple, f in node.body.words.items():
            if triple == IDENTITY:
                continue
            values = member_array(node, upto=last_useful(node, size))
            self.check_positive(node, triple, values, size)
            index = index_values(triple[0], node.name, values, size)
            inside = index <= size
            factors = self.values(ONE + f, {node.name: values[inside]}, int(inside.sum()))
            for m, factor in zip(index[inside].tolist(), factors):
                whole[m - 1 :: m] = self.times(whole[m - 1 :: m], factor)
        return whole

    # ------------------------------------------------------------ other nodes

    def simple(self, node: Node, c: Expr, size: int) -> list[Part]:
        """Shifts, Dirichlet series and outer products."""
        match node:
            case Shift(k=k, cyclic=cyclic):
                if not isinstance(k, int):
                    raise still_open(k)
                return self.shift(k, cyclic, c, size)
            case Dirichlet(f=f, forward=forward):
                from qwasm.arith.functions import is_multiplicative

                return [
                    Series(self.times(self.point(f, size), self.number(c)), forward, c is ONE and is_multiplicative(f))
                ]
            case Outer(u=u, v=v):
                weight = POINT**-self.space.weight.s
                column = self.times(self.point(u, size), self.number(c))
                return [OuterPlan(column, self.point(v.conj() * weight, size))]
            case _:
                raise AssertionError(f"{type(node).__name__} is not a simple node")

    def shift(self, k: int, cyclic: bool, c: Expr, size: int) -> list[Part]:
        """A shift; a coefficient that depends on the row is a diagonal in front of it."""
        if cyclic:
            k %= size
        elif abs(k) >= size:
            return []
        if "n" not in c.symbols:
            return [ShiftPlan(k, cyclic, self.number(c))]
        first, last = (1, size) if cyclic else (max(1, 1 - k), min(size, size - k))
        f = np.zeros(size, dtype=self.dtype)
        f[first - 1 : last] = self.values(c, {"n": np.arange(first, last + 1, dtype=np.int64)}, last - first + 1)
        one = 1 if self.modulus else self.number(ONE)
        return [Chain((self.plan(size, size, [Diagonal(f)]), self.plan(size, size, [ShiftPlan(k, cyclic, one)])))]


def concrete(triple: Triple) -> tuple[int, int, int]:
    """The triple as integers.  Raises ValueError while an index is open."""
    m, M, e = triple
    if isinstance(m, int) and isinstance(M, int) and isinstance(e, int):
        return m, M, e
    raise still_open(next(index for index in triple if not isinstance(index, int)))


def separated(f: Expr, triple: Triple, name: str) -> tuple[tuple[Expr, int, bool] | None, Expr]:
    """F(k) = g(n / c) h(v) with n the row m k or the column e k, all of them multiples of c.

    ((g, c, whether n is the row), h); (None, F) if neither separates.
    """
    m, _, e = triple
    for index, left in ((m, True), (e, False)):
        step = content(index)
        moved = f.substitute({"n": POINT * step / as_expr(index)})
        if len(moved.terms) == 1:
            from qwasm.algebra.ring import const, from_atom

            monomial, scalar = moved.terms[0]
            outside, inside = ONE, const(scalar)
            for atom, k in monomial:
                if "n" in atom.symbols and name in atom.symbols:
                    break
                if "n" in atom.symbols:
                    outside = outside * from_atom(atom, k)
                else:
                    inside = inside * from_atom(atom, k)
            else:
                return (outside, step, left), inside
        elif name not in moved.symbols:
            return (moved, step, left), ONE
    return None, f


def content(index: Index) -> int:
    """The greatest integer that divides an index whatever its symbols are, as far as its coefficients show."""
    if isinstance(index, int):
        return index
    coefficients = [c for _, c in index.terms]
    if any(c.denominator != 1 for c in coefficients):
        return 1
    return max(1, gcd(*(c.numerator for c in coefficients)))
