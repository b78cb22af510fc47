"""Support analysis: where each state is surely zero.

A state gets a proven pair (m, c): psi(n) = 0 unless m divides n and n <= N/c.

    basis q0, 12          psi(n) = 0 unless 12 divides n and n <= 12
    div.p q1, q0, 2       24 divides n, n <= 24
    fill q2, n mod 6 == 0         6 divides n

Deltas, indicators, words, one-sided series, sums, products, loops and branches are followed; the facts of a value
carried round a loop are the meet of those of all turns.  Nothing is changed: what was found is said in remarks,
and `peephole` uses it, since B[p] A[p] psi = psi where p divides n, and A[p] B[p] psi = psi where n <= N/p.

Right because each step is a statement about linear maps, and the meets only lose.  It stops at what may write
anywhere: shifts, random states, files and calls.
"""

from __future__ import annotations

from fractions import Fraction
from math import lcm
from typing import ClassVar, Literal

from qwasm.algebra.atoms import Atom
from qwasm.algebra.operators import Operator
from qwasm.algebra.ring import ZERO, Expr, const, from_atom
from qwasm.ir.module import Module, Op, Region, Value
from qwasm.passes.context import Context
from qwasm.record import field, record
from qwasm.rules.facts import NOTHING, Facts
from qwasm.space import Space
from qwasm_passes.linear import operator_of
from qwasm_passes.loops import first_turns

ROUNDS = 6  # looks through a function before what still changes is given up
SAME = frozenset({"qop.normalize", "to.hilbert", "to.nspace"})


@record
class Support:
    """Say of every state what is known about its support."""

    name: ClassVar[str] = "support"
    kind: ClassVar[Literal["bitexact"]] = "bitexact"
    grows: ClassVar[bool] = False

    def run(self, module: Module, context: Context) -> None:
        """An analysis: remarks, and no change."""
        known = support(module)
        for op in module.walk():
            for value in op.results:
                facts = known.get(value, NOTHING)
                if facts != NOTHING:
                    context.remark(
                        "analysis", f"{value.name or 'a state'} is 0 unless {told(facts, module.space.N)}", [op]
                    )


def told(facts: Facts, N: int) -> str:
    """Facts as a person reads them."""
    if zero(facts, N):
        return "n is nowhere: it is the zero state"
    parts = [f"{facts.divisor} divides n"] if facts.divisor > 1 else []
    return " and ".join([*parts, f"n <= {int(N / facts.bound)}"] if facts.bound > 1 else parts)


def support(module: Module) -> dict[Value, Facts]:
    """What is proven about each state of a module; a value that is not there may be anything."""
    known: dict[Value, Facts] = {}
    for function in module.functions.values():
        analysis = Analysis(module.space, known)
        for k in range(3 * ROUNDS):
            analysis.changed = False
            analysis.give_up = k >= ROUNDS
            analysis.look(function.body)
            if not analysis.changed:
                break
        else:
            known.update(dict.fromkeys(analysis.carried, NOTHING))
            analysis.look(function.body)
    return known


@record(frozen=False)
class Analysis:
    """One function; looked through from top to bottom until the values carried round loops are settled."""

    space: Space
    known: dict[Value, Facts]
    carried: set[Value] = field(default_factory=set)
    changed: bool = False
    give_up: bool = False

    def of(self, value: Value) -> Facts:
        return self.known.get(value, NOTHING)

    def look(self, body: Region) -> None:
        """One look; a loop comes up again, with None, when its body is done."""
        stack: list[tuple[Region, int]] = [(body, 0)]
        owners: list[Op | None] = [None]
        while stack:
            region, index = stack.pop()
            if index == len(region.ops):
                owners.pop()
                continue
            op = region.ops[index]
            if op.regions and (not owners or owners[-1] is not op):
                self.enter(op)
                stack.append((region, index))
                owners.append(op)
                for inner in reversed(op.regions):
                    stack.append((inner, 0))
                    owners.append(None)
                continue
            if op.regions:
                self.leave(op)
                owners.pop()
            else:
                found = self.after(op)
                if found is not None and len(op.results) == 1 and op.results[0].type.kind == "qstate":
                    self.known[op.results[0]] = found
            stack.append((region, index + 1))

    def enter(self, op: Op) -> None:
        """What a loop carries has at first what comes in."""
        if op.name == "if":
            return
        (region,) = op.regions
        for argument, value in zip(region.args[len(region.args) - len(op.operands) :], op.operands, strict=True):
            self.carried.add(argument)
            if argument not in self.known:
                self.known[argument] = self.of(value)
            else:
                self.lower(argument, self.of(value))

    def leave(self, op: Op) -> None:
        """What comes round again, and what the operation gives."""
        ends = [region.ops[-1].operands for region in op.regions]
        if op.name == "if":
            for result, one, other in zip(op.results, *ends, strict=True):
                self.known[result] = self.meet(self.of(one), self.of(other))
            return
        (region,) = op.regions
        sure = op.name == "loop" and bool(first_turns(op, 1))
        for argument, result, value in zip(
            region.args[len(region.args) - len(op.operands) :], op.results, ends[0], strict=True
        ):
            self.lower(argument, self.of(value))
            self.known[result] = self.of(value) if sure else self.of(argument)

    def lower(self, argument: Value, facts: Facts) -> None:
        """The meet of what an argument has and something else that comes in."""
        old = self.of(argument)
        met = self.meet(old, facts)
        if met != old:
            self.known[argument] = NOTHING if self.give_up else met
            self.changed = True

    def meet(self, one: Facts, other: Facts) -> Facts:
        """What holds for a state that has one or the other, or is the sum of both."""
        if zero(one, self.space.N):
            return other
        return one if zero(other, self.space.N) else one.meet(other)

    def after(self, op: Op) -> Facts | None:
        """The facts of what an instruction writes; None where it says nothing."""
        x = operator_of(op, self.space)
        states = [self.of(value) for value in op.operands]
        if x is not None:
            return self.through(x, states[0])
        if op.name in SAME:
            return states[0]
        y = op.attributes.get("X")
        match op.name:
            case "basis":
                n = op.attributes["n"]
                k = n.integer() if isinstance(n, Expr) else None
                return Facts(k, Fraction(self.space.N, k)) if k is not None and 1 <= k <= self.space.N else None
            case "fill":
                return indicated(op.attributes["expression"], self.space)
            case "map":
                f = op.attributes["expression"]
                assert isinstance(f, Expr)
                if "n" in f.symbols or "x" not in f.symbols:
                    return None
                return states[0] if f.substitute({"x": 0}).is_zero and not negative(f) else None
            case "mul":
                one, other = states
                return Facts(lcm(one.divisor, other.divisor), max(one.bound, other.bound))
            case "qop.combine":
                return self.meet(*states)
            case "qop.poly" | "qop.exp" if isinstance(y, Operator):
                return self.orbit(y, states[0])
            case "sweep":
                found: Facts | None = None
                operators = op.attributes["operators"]
                assert isinstance(operators, tuple)
                for term, facts in zip(operators, states, strict=True):
                    assert isinstance(term, Operator)
                    one = self.through(term, facts)
                    found = one if found is None else self.meet(found, one)
                return found
        return None

    def through(self, x: Operator, facts: Facts) -> Facts:
        """What holds for X psi."""
        if zero(facts, self.space.N):
            return facts
        if not x.words and not x.nodes:
            return Facts(1, Fraction(self.space.N + 1))
        return facts.through(x).cut

    def orbit(self, x: Operator, facts: Facts) -> Facts:
        """What holds for psi, X psi, X^2 psi, ... together."""
        for _ in range(ROUNDS):
            more = self.meet(facts, self.through(x, facts))
            if more == facts:
                return facts
            facts = more
        return NOTHING


def zero(facts: Facts, N: int) -> bool:
    """Whether a state with these facts is zero."""
    return facts.divisor * facts.bound > N


def negative(f: Expr) -> bool:
    """Whether x stands in a denominator or in a function, whose value at 0 the ring may not see."""
    return any(atom.name != "symbol" or k < 0 for monomial, _ in f.terms for atom, k in monomial)


def indicated(f: object, space: Space) -> Facts | None:
    """What the indicators in an expression say: f is 0 wherever [m divides n], [n <= c] or [n = c] is."""
    if not isinstance(f, Expr):
        return None
    if f is ZERO:
        return Facts(1, Fraction(space.N + 1))
    facts = NOTHING
    for atom in dict.fromkeys(atom for monomial, _ in f.terms for atom, _ in monomial):
        found = indicator(atom, space)
        if found is not None and without(f, atom, found[0]).is_zero:
            _, m, c = found
            facts = Facts(lcm(facts.divisor, m), max(facts.bound, c))
    return facts


def indicator(atom: Atom, space: Space) -> tuple[int, int, Fraction] | None:
    """(v, m, c) when the atom is 0 or 1, and is v wherever m does not divide n or n > N/c."""
    if atom.name not in ("eq", "pos"):
        return None
    d = atom.args[0]
    n, k = from_n(d)
    if n and atom.name == "pos" and k < 0:  # [n + k > 0] is 1 where n > -k
        return 1, 1, max(Fraction(1), Fraction(space.N, -k))
    if n and atom.name == "eq" and -space.N <= k < 0:
        return 0, -k, Fraction(space.N, -k)
    if atom.name == "eq" and len(d.terms) == 1:
        monomial, _ = d.terms[0]
        if len(monomial) == 1 and monomial[0][0].name == "mod":
            inner = monomial[0][0]
            m = inner.args[1].integer()
            if m is not None and m > 0 and from_n(inner.args[0]) == (True, 0):
                return 0, m, Fraction(1)
    return None


def from_n(d: Expr) -> tuple[bool, int]:
    """(True, k) for the expression n + k with an integer k."""
    if d.symbols != {"n"}:
        return False, 0
    at = [d.substitute({"n": k}).integer() for k in (0, 1, 2)]
    linear = len(d.terms) <= 2 and all(atom.name == "symbol" and k == 1 for m, _ in d.terms for atom, k in m)
    return (True, at[0]) if linear and at[0] is not None and at[1] == at[0] + 1 else (False, 0)


def without(f: Expr, atom: Atom, value: int) -> Expr:
    """f with a value in place of one atom."""
    return Expr.sum(
        Expr.product([const(c), *(const(value) if a is atom else from_atom(a, k) for a, k in monomial)])
        for monomial, c in f.terms
    )


__all__ = ["Support", "support", "told"]
