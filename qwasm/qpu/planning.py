"""Planning: from an operator value to the arrays a kernel streams.

Every coefficient is evaluated once, vectorised over the members of a family, and every size is
known before it is allocated: words with M > N vanish, primes are never sieved past N.

>>> from qwasm.algebra.operators import Algebra
>>> a = Algebra()
>>> plan(a.A(3), Space(N=10)).parts[0].length
array([3])
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qwasm.algebra.members import closed
from qwasm.algebra.nodes import Exp, Family, Inverse, Node, Power, Product, children
from qwasm.algebra.reach import between, power_size
from qwasm.algebra.ring import Expr
from qwasm.algebra.size import cost
from qwasm.algebra.value import Operator
from qwasm.clock import look
from qwasm.diagnostics import fail
from qwasm.limits import DEFAULT, Limits
from qwasm.qpu.plan import Chain, Diagonal, Exponential, Part, Plan, Repeat
from qwasm.qpu.plan import Inverse as InversePlan
from qwasm.qpu.plan_terms import Terms
from qwasm.space import Picture, Space

Tables = Mapping[str, NDArray[Any]]
Task = tuple[Operator, int]
MEMBERS = 200_000  # members of a family that may become plans of their own


def plan(
    x: Operator, space: Space, picture: Picture = "nspace", tables: Tables | None = None, limits: Limits = DEFAULT
) -> Plan:
    """The plan of X on a space, acting on psi(n) (`nspace`) or on sqrt(w(n)) psi(n) (`hilbert`).

    Raises ValueError for open names, QW0309 for exp in mod(l), QW0460 when the plan itself would be
    larger than the memory limit, and what evaluating a coefficient raises.
    """
    x = closed(x, space, picture)
    if picture == "hilbert":
        space = Space(space.N, type(space.weight)(), space.field, space.truncation)
    _, size = cost(x, space)
    if size > limits.room:
        raise fail(
            "QW0460",
            f"planning this operator on N = {space.N} would need {size} bytes; the limit is {limits.room}",
            hint="make N or the ranges smaller, or raise --max-memory",
        )
    return Planner(space, tables or {}).run(x)


def plan_cost(x: Operator, space: Space) -> tuple[int, int]:
    """(elements touched by one application, bytes of the plan's arrays), without allocating; a slight overestimate."""
    return cost(x.substitute({"N": space.N}) if "N" in x.symbols else x, space)


class Planner:
    """Plans every operator inside one root once for each size it is needed on."""

    def __init__(self, space: Space, tables: Tables) -> None:
        self.space = space
        self.terms = Terms(space, tables)
        self.done: dict[Task, Plan] = {}
        self.members: dict[tuple[Node, int], list[Operator]] = {}

    def run(self, root: Operator) -> Plan:
        """The plan of the root at the space's N."""
        stack = [(root, self.space.N)]
        while stack:
            look()
            task = stack[-1]
            if task in self.done:
                stack.pop()
                continue
            waiting = [t for t in self.needs(task) if t not in self.done]
            if waiting:
                stack.extend(reversed(waiting))
            else:
                self.done[task] = self.make(task)
                stack.pop()
        return self.done[root, self.space.N]

    def needs(self, task: Task) -> list[Task]:
        """The plans that must exist before this one."""
        x, size = task
        found: list[Task] = []
        for node in x.nodes:
            if isinstance(node, (Exp, Inverse)):
                found += [(y, self.block(node, size)) for y in children(node)]
            elif isinstance(node, (Product, Power)):
                inner = self.inner_size(node, size)
                found += [(y, inner) for y in children(node)]
            elif isinstance(node, Family) and not self.terms.direct(node):
                inner = self.inner_size(node, size)
                found += [(y, inner) for y in self.expanded_members(node, inner)]
        return found

    def block(self, node: Node, size: int) -> int:
        """The size on which a function of the cut matrix is formed."""
        return self.space.N if isinstance(node, Exp) else size

    def inner_size(self, node: Node, size: int) -> int:
        """The size on which a factored node is formed; larger than `size` only under free truncation."""
        if self.space.truncation == "strict":
            return size
        match node:
            case Product(factors=factors):
                return between(factors, size)
            case Power(base=base, exponent=int(k)):
                return power_size(base, k, size)
            case Family(kind="prod"):
                return between(tuple(self.expanded_members(node, size)), size)
            case _:
                return size

    def expanded_members(self, node: Family, size: int) -> list[Operator]:
        """The members of a family as operators, leftmost first for a product."""
        key = (node, size if self.space.truncation == "strict" else 0)
        if key not in self.members:
            from qwasm.algebra.members import last_useful, members

            upto = last_useful(node, size) if self.space.truncation == "strict" or node.kind == "sum" else None
            values = members(node, MEMBERS, upto)
            made = [node.body.substitute({node.name: v}) for v in values]
            self.members[key] = made[::-1] if node.descending else made
        return self.members[key]

    def make(self, task: Task) -> Plan:
        """One plan, from plans already made."""
        x, size = task
        parts = self.terms.words(x, size)
        for node, c in x.nodes.items():
            parts += self.part(node, c, size)
        return self.terms.plan(size, size, merged(parts))

    def part(self, node: Node, c: Expr, size: int) -> list[Part]:
        """The parts of one node."""
        terms = self.terms
        match node:
            case Exp(argument=y):
                if terms.modulus:
                    raise fail(
                        "QW0309",
                        f"exp(X) has no exact meaning in {self.space.field}",
                        hint="use field = real or complex",
                    )
                return [Exponential(self.done[y, self.block(node, size)], terms.number(c))]
            case Inverse(argument=y):
                return [InversePlan(self.done[y, size], terms.number(c))]
            case Product(factors=factors):
                inner = self.inner_size(node, size)
                return self.chain([self.done[y, inner] for y in factors], c, size, inner)
            case Power(base=base, exponent=int(k)):
                inner = self.inner_size(node, size)
                plan = self.done[base, inner]
                whole = diagonal(plan)
                if whole is not None:
                    return [Diagonal(terms.times(terms.pow(whole, k), terms.number(c)))]
                return self.cut(Repeat(plan, k, terms.number(c)), size, inner)
            case Family() if terms.direct(node):
                return terms.family(node, c, size)
            case Family(kind=kind):
                inner = self.inner_size(node, size)
                plans = [self.done[y, inner] for y in self.expanded_members(node, inner)]
                if kind == "sum":
                    return [part for plan in plans for part in plan.parts]
                return self.chain(plans, c, size, inner)
            case _:
                return terms.simple(node, c, size)

    def chain(self, plans: list[Plan], c: Expr, size: int, inner: int) -> list[Part]:
        """A product of plans: one diagonal if all are diagonal, else a chain."""
        if any(not p.parts for p in plans):
            return []
        whole: NDArray[Any] | None = None
        for p in plans:
            f = diagonal(p)
            if f is None:
                return self.cut(Chain(tuple(plans), self.terms.number(c)), size, inner)
            whole = f if whole is None else self.terms.times(whole, f)
        if whole is None:
            whole = self.terms.ones(inner)
        return [Diagonal(self.terms.times(whole, self.terms.number(c))[:size])]

    def cut(self, part: Part, size: int, inner: int) -> list[Part]:
        """A part formed on a larger size, cut to 1..size."""
        if inner == size:
            return [part]
        return [Chain((self.terms.plan(size, inner, [part]),))]


def diagonal(p: Plan) -> NDArray[Any] | None:
    """The diagonal of a plan all of whose parts are diagonal, or None."""
    whole: NDArray[Any] | None = None
    for part in p.parts:
        f = _part_diagonal(part, p)
        if f is None:
            return None
        whole = f if whole is None else whole + f
    if whole is None:
        return None
    return whole % p.modulus if p.modulus else whole


def _part_diagonal(part: Part, p: Plan) -> NDArray[Any] | None:
    from qwasm.qpu.plan import Strided, Weighted

    if isinstance(part, Diagonal):
        return part.f
    if isinstance(part, Strided) and bool((part.u == part.v).all()) and len(part.u) <= 64:
        f = np.zeros(p.size, dtype=p.dtype)
        for u, length, c in zip(part.u.tolist(), part.length.tolist(), part.coefficient):
            f[u - 1 : u * length : u] += c
        return f % p.modulus if p.modulus else f
    if isinstance(part, Weighted) and part.u == part.v:
        f = np.zeros(p.size, dtype=p.dtype)
        f[part.u - 1 : part.u * len(part.f) : part.u] = part.f
        return f
    return None


def merged(parts: list[Part]) -> list[Part]:
    """Strided parts become one, in order; the rest stays."""
    from qwasm.qpu.plan import Strided

    strided = [p for p in parts if isinstance(p, Strided)]
    if len(strided) < 2:
        return parts
    one = Strided(
        np.concatenate([p.u for p in strided]),
        np.concatenate([p.v for p in strided]),
        np.concatenate([p.length for p in strided]),
        np.concatenate([p.coefficient for p in strided]),
    )
    return [one, *(p for p in parts if not isinstance(p, Strided))]


__all__ = ["Planner", "plan", "plan_cost"]
