"""Normal forms: an operator, in one case, as a sum of terms.

Everything is multiplied out, no range is unrolled: in a sum over primes the members that equal a special or
named prime are split off, the others become a bound prime.
"""

from __future__ import annotations

from itertools import pairwise
from time import monotonic

from qwasm.algebra.functions import call
from qwasm.algebra.indices import Index, as_expr
from qwasm.algebra.nodes import Dirichlet, Exp, Family, Inverse, Node, Outer, Power, Product, Shift, Unknown
from qwasm.algebra.ring import ONE, Expr, const, symbol
from qwasm.algebra.value import Operator
from qwasm.arith.sieve import is_prime
from qwasm.ir.trampoline import Step, run
from qwasm.prover.cases import Case, resolved
from qwasm.prover.claim import Budget
from qwasm.prover.letters import Letters
from qwasm.prover.standins import NAMED, standin
from qwasm.prover.strings import (
    Formal,
    Key,
    OverBudget,
    Path,
    Range,
    Sum,
    Undecided,
    add,
    bound,
    bound_name,
    bound_symbol,
    rename,
)
from qwasm.record import replace

UNROLLED = 512  # members of an integer family that are written out
Env = tuple[tuple[str, int], ...]  # symbol of a bound variable -> its place as an index


class Normalizer(Letters):
    """Normal forms in one case; equal parts are computed once."""

    def __init__(self, case: Case, free: bool, budget: Budget, until: float | None = None) -> None:
        super().__init__(case.order, free, budget.terms, monotonic() + budget.seconds if until is None else until)
        self.case = case
        self.done: dict[tuple[Operator, Env], Sum] = {}
        self.open: dict[int, Range] = {}  # stand-ins of families that are being computed
        self.one: Sum = {Key((), (Path(1, () if free else (1,), 1),)): ONE}

    def normal(self, x: Operator) -> Sum:
        """The sum of terms that x is.  Raises Undecided or OverBudget."""
        found: Sum = run(self.operator(x, ()))
        return found

    # ------------------------------------------------------------ scalars and indices

    def scalar(self, e: Expr, env: Env) -> Expr:
        """A coefficient or multiplier with the names of the case put in."""
        if not e.symbols:
            return e
        values = dict(self.case.values)
        for name, place in env:
            values[name] = self.order.expr(place)
        e = e.substitute(values)
        return self.decided(e)

    def decided(self, e: Expr) -> Expr:
        """The expression with the comparisons decided that the case and the open ranges decide."""
        if not self.open:
            return resolved(e, self.order)
        intervals = dict(self.order.intervals)
        for place, (low, high) in self.open.items():
            intervals[place] = (low if isinstance(low, int) else 2, high if isinstance(high, int) else None)
        return resolved(e, replace(self.order, intervals=intervals))

    def index(self, i: Index, env: Env) -> int:
        """An index as a whole number with stand-ins.  Raises Undecided where it is no product of primes."""
        if isinstance(i, int):
            return i
        places = dict(self.case.places)
        places.update(env)
        if len(i.terms) == 1:
            monomial, c = i.terms[0]
            if c.denominator == 1 and c > 0:
                result = int(c)
                for atom, k in monomial:
                    place = places.get(str(atom.data[0])) if atom.name == "symbol" else None
                    if place is None or not isinstance(k, int) or k < 1:
                        break
                    result *= place**k
                else:
                    return result
        whole = self.scalar(i, env).integer()
        if whole is not None and whole >= 1:
            return whole
        raise Undecided(f"the index {i} is no product of primes")

    # ------------------------------------------------------------ operators

    def operator(self, x: Operator, env: Env) -> Step:
        if env:
            env = tuple((name, place) for name, place in env if name in x.symbols)
        found = self.done.get((x, env))
        if found is not None:
            return found
        if monotonic() > self.until:
            raise OverBudget
        total: Sum = {}
        for (m, M, e), f in x.words.items():
            c = self.scalar(f, env)
            indices = self.index(m, env), self.index(M, env), self.index(e, env)
            for d, path in self.word(indices[0], indices, indices[2], c):
                add(total, Key((), (path,)), d)
        for node, c in x.nodes.items():
            value: Sum = yield self.node(node, env, x)
            factor = self.scalar(c, env)
            if "n" in factor.symbols:
                scaled: Sum = {}
                for d, path in self.word(1, (1,), 1, factor):
                    add(scaled, Key((), (path,)), d)
                value = self.product(scaled, value)
                factor = ONE
            for key, d in value.items():
                add(total, key, d if factor is ONE else d * factor)
        if len(total) > self.most:
            raise OverBudget
        self.done[x, env] = total
        return total

    def node(self, node: Node, env: Env, x: Operator) -> Step:
        match node:
            case Product(factors=factors):
                value: Sum = yield self.operator(factors[0], env)
                for factor in factors[1:]:
                    value = self.product(value, (yield self.operator(factor, env)))
                return value
            case Power(base=base, exponent=int(k)):
                return self.power((yield self.operator(base, env)), k)
            case Family(kind="sum", domain="primes"):
                return (yield self.sum_over_primes(node, env))
            case Family():
                return (yield self.unrolled(node, env))
            case Unknown(name=name, starred=starred):
                return {Key((), (Formal("op", (name, starred)),)): ONE}
            case Shift(k=k, cyclic=cyclic):
                step = self.scalar(as_expr(k), env)
                return {Key((), (Formal("S", (step, cyclic)),)): ONE}
            case Outer(u=u, v=v):
                return {Key((), (Formal("out", (self.scalar(u, env), self.scalar(v, env))),)): ONE}
            case Dirichlet(f=f, forward=forward):
                return self.dirichlet(self.scalar(f, env), forward)
            case Exp(argument=y):
                return self.exponential((yield self.operator(y, env)))
            case Inverse(argument=y):
                return self.inverse((yield self.operator(y, env)))
        raise Undecided(f"{x} has no normal form")

    def power(self, base: Sum, k: int) -> Sum:
        result = self.one
        while k:
            if k & 1:
                result = self.product(result, base)
            k >>= 1
            if k:
                base = self.product(base, base)
        return result

    # ------------------------------------------------------------ families

    def unrolled(self, node: Family, env: Env) -> Step:
        """A product, or a sum over integers, written out."""
        low, high = (self.scalar(as_expr(end), env).integer() for end in (node.low, node.high))
        if low is None or high is None or high - low > (UNROLLED if node.domain == "ints" else 16 * UNROLLED):
            raise Undecided("a range without known ends, or a long one, is not written out")
        values = [v for v in range(low, high + 1) if node.domain == "ints" or is_prime(v)]
        total: Sum = self.one if node.kind == "prod" else {}
        for v in reversed(values) if node.descending else values:
            member: Sum = yield self.operator(node.body.substitute({node.name: const(v)}), env)
            if node.kind == "prod":
                total = self.product(total, member)
            else:
                total = dict(total)
                for key, c in member.items():
                    add(total, key, c)
        return total

    def sum_over_primes(self, node: Family, env: Env) -> Step:
        """Split off the members at special primes, and bind the others."""
        low, high = self.end(node.low, env), self.end(node.high, env)
        total: Sum = {}
        for prime in self.case.concrete:
            inside = self.inside(const(prime), low, high)
            if not inside.is_zero:
                member: Sum = yield self.operator(node.body.substitute({node.name: const(prime)}), env)
                for key, c in member.items():
                    add(total, key, c * inside)
        depth = len(env)
        for place in (*self.case.generic, *(place for _, place in env if place in self.open)):
            inside = self.member_of(place, low, high)
            if not inside.is_zero:
                member = yield self.operator(node.body, (*env, (node.name, place)))
                for key, c in member.items():
                    add(total, key, c * inside)
        scoped = standin(NAMED + depth)
        for piece in self.pieces(low, high):
            self.begin(scoped, piece)
            member = yield self.operator(node.body, (*env, (node.name, scoped)))
            for key, c in member.items():
                add(total, *self.close(scoped, piece, key, c))
            self.forget(scoped)
        return total

    def begin(self, scoped: int, piece: Range) -> None:
        """Let a stand-in run through a range for a while; sizes are compared as for any prime, see `settled`."""
        self.open[scoped] = piece
        self.know(scoped, f"$s{scoped % 10**6}")

    def forget(self, scoped: int) -> None:
        """What was computed with the stand-in is true for one range only."""
        del self.open[scoped]
        self.done = {key: value for key, value in self.done.items() if all(place != scoped for _, place in key[1])}

    def close(self, scoped: int, piece: Range, key: Key, c: Expr) -> tuple[Key, Expr]:
        """The term with the stand-in as a bound prime."""
        from qwasm.prover.strings import rename_factor

        r = len(key.ranges)
        changes = ((scoped, bound(r)),)
        symbols = {self.order.names[scoped]: bound_symbol(r)}
        for i in range(2 * r + 2):
            self.know(bound(i), bound_name(i))
        factors = tuple(rename_factor(x, changes, symbols) for x in key.factors)
        return self.ordered((*key.ranges, piece), factors, c.substitute(symbols))

    def know(self, place: int, name: str) -> None:
        """Let a stand-in be one of the primes of this case."""
        if place not in self.order.intervals:
            self.order.intervals[place] = (2, None)
            self.order.names[place] = name

    def end(self, end: Index, env: Env) -> Index:
        value = self.scalar(as_expr(end), env)
        whole = value.integer()
        return value if whole is None else whole

    def inside(self, value: Expr, low: Index, high: Index) -> Expr:
        """The indicator of low <= value <= high."""
        return call(">=", value, as_expr(low)) * call("<=", value, as_expr(high))

    def member_of(self, place: int, low: Index, high: Index) -> Expr:
        """The indicator that a generic or open prime lies in a range."""
        result = ONE
        if not (isinstance(low, int) and low <= 2):
            result = self.decided(call(">=", self.order.expr(place), as_expr(low)))
        if place in self.open and self.open[place][1] is high:
            return result
        return result * self.decided(call("<=", self.order.expr(place), as_expr(high)))

    def pieces(self, low: Index, high: Index) -> list[Range]:
        """The range cut where other ranges of the claim end, its ends moved to primes that may be members."""
        if not isinstance(low, int) or not isinstance(high, int):
            return [(max(low, 2) if isinstance(low, int) else low, high)]
        low = max(low, 2)
        if not self.case.cuts:
            return [(low, high)] if low <= high else []
        points = sorted(
            {low - 1, high, *(c for c in self.case.cuts if low - 1 < c < high)}
            | {c - 1 for c in self.case.cuts if low - 1 < c - 1 < high}
        )
        found: list[Range] = []
        for a, b in pairwise(points):
            a += 1
            while a <= b and not (is_prime(a) and a not in self.case.concrete):
                a += 1
            while b >= a and not (is_prime(b) and b not in self.case.concrete):
                b -= 1
            if a <= b:
                found.append((a, b))
        return found


__all__ = ["Normalizer", "rename", "symbol"]
