"""Linear instructions as operators, and when a rewrite of them cannot be told from the original by a failure.

`operator_of(op)` is the X of psi -> X psi.  `tame(X)` says that X has a value at every place and enlarges
no number by more than a few powers of two, so that leaving X out, or applying it merged with others, hides no
trap and makes none unless a state comes within that distance of the largest float.

>>> from qwasm.algebra.operators import Algebra
>>> from qwasm.algebra.ring import symbol
>>> a, n, space = Algebra(), symbol("n", "nat"), Space(N=100)
>>> tame(a.A(2) + a.V(n ** 2), space), tame(a.V(1 / (n - 3)), space), tame(a.A(2) * 10**80, space)
(True, False, False)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from math import log2

from qwasm.algebra.atoms import COUNT, NONNEGATIVE, NONZERO, Atom
from qwasm.algebra.nodes import Exp, Inverse, Power, children, expressions
from qwasm.algebra.operators import Operator, fold
from qwasm.algebra.reach import between
from qwasm.algebra.ring import Expr
from qwasm.diagnostics import QwasmError
from qwasm.instructions import table
from qwasm.ir.module import Module, Op, Region, Value
from qwasm.passes.cost import NOTHING, Cost, called, operators, planning_cost, reading
from qwasm.record import field, record
from qwasm.space import Space

BITS = 64  # coefficients of a tame operator lie between 2^-64 and 2^64
WIDE = 40  # bits that a loop variable may have
FACTORS = 16  # the largest power that is looked into
PLAIN = frozenset({"log", "Lambda", "mu", "lambda", "tau", "omega", "Omega", "phi", "isprime", "val", "gcd", "chi"})
TESTS = frozenset({"pos", "eq"})  # [d > 0] and [d == 0]
TERMINATORS = frozenset({"yield", "return"})


def operator_of(op: Op, space: Space) -> Operator | None:
    """The operator of an instruction that is psi -> X psi on one state, else None."""
    if len(op.operands) != 1 or len(op.results) != 1:
        return None
    return reading(op, space).linear


@lru_cache(maxsize=1 << 14)
def tame(x: Operator, space: Space) -> bool:
    """Whether every coefficient and multiplier of X surely has a value, and a moderate one, in the space."""
    if not x.nodes:
        return all(bits(f, space) is not None for f in x.words.values())

    def visit(y: Operator, done: Callable[[Operator], bool]) -> bool:
        parts = [*y.words.values(), *y.nodes.values()]
        for node in y.nodes:
            small = not isinstance(node, Power) or (isinstance(node.exponent, int) and node.exponent <= FACTORS)
            if isinstance(node, (Exp, Inverse)) or not small or not all(done(inner) for inner in children(node)):
                return False
            parts += expressions(node)
        return all(bits(f, space) is not None for f in parts)

    return fold(x, visit)


def bits(f: Expr, space: Space) -> float | None:
    """An upper bound of log2 abs(f) over 1..N; None where f may have no value, or one beyond 2^64."""
    largest = 0.0
    for monomial, c in f.terms:
        if space.field.exact and c.denominator % space.field.modulus == 0:
            return None
        found = log2(abs(c.numerator)) - log2(c.denominator)
        if abs(found) > BITS:
            return None
        for atom, k in monomial:
            size = atom_bits(atom, space)
            if size is None or (k < 0 and not atom.flags & NONZERO):
                return None
            if (
                k < 0
                and space.field.exact
                and not (atom.name == "symbol" and atom.data[0] == "n" and space.field.modulus > space.N)
            ):
                return None
            found += max(0.0, float(k) * size)
        largest = max(largest, found)
    return largest if largest + log2(len(f.terms) + 1) <= BITS else None


def atom_bits(atom: Atom, space: Space) -> float | None:
    """The same for one atom."""
    match atom.name:
        case "symbol":
            return log2(space.N) if atom.data[0] in ("n", "N") else WIDE if atom.flags & COUNT == COUNT else None
        case "prime":
            return log2(int(atom.data[0]))
        case "i" | "pi":
            return 2.0
        case "exp":
            return 0.0 if (-atom.args[0]).flags & NONNEGATIVE and bits(atom.args[0], space) is not None else None
        case "pow" if atom.args[0].rational() == -1:
            return 0.0
        case "mod" if (modulus := atom.args[1].integer()) is not None and modulus > 0:
            return log2(modulus) if bits(atom.args[0], space) is not None else None
        case "conv":
            found = [bits(body, space) for body in atom.args[:-1]]
            return sum(b + log2(space.N) for b in found if b is not None) if None not in found else None
        case name if name in TESTS:
            return 0.0 if all(bits(argument, space) is not None for argument in atom.args) else None
        case name if name in PLAIN and all(argument.flags & COUNT == COUNT for argument in atom.args):
            return log2(space.N) + 2
    return None


@lru_cache(maxsize=1 << 14)
def compose(outer: Operator, inner: Operator, space: Space) -> Operator | None:
    """The operator whose one application is `inner` and then `outer`, else None.

    Under strict truncation that is the product of matrices.  Under free truncation two instructions
    compose cut operators: it is the product where no path leaves 1..N between the two.
    """
    try:
        if space.truncation == "free" and between((outer, inner), space.N) != space.N:
            return None
        return outer * inner
    except (QwasmError, ValueError):  # divergent, or an index still open
        return None


@record(frozen=False)
class Uses:
    """Who reads each value, and how many effects stand above each operation of its region."""

    count: dict[Value, int] = field(default_factory=dict)
    epoch: dict[Op, tuple[int, int]] = field(default_factory=dict)  # (region, effects above)
    planned: dict[Operator, int] = field(default_factory=dict)  # how many instructions apply an operator

    def planning(self, x: Operator, space: Space) -> Cost:
        """What planning X costs an instruction; nothing where another instruction needs the plan as well."""
        return NOTHING if self.planned.get(x, 0) > 1 else planning_cost(x, space)

    def once(self, value: Value) -> bool:
        """Whether a value is read in exactly one place."""
        return self.count.get(value, 0) == 1

    def together(self, first: Op, second: Op) -> bool:
        """Whether two operations stand in one region with nothing between them that can be seen outside."""
        return self.epoch.get(first) == self.epoch.get(second)


def uses(module: Module) -> Uses:
    """The uses of a whole module, in one pass."""
    found = Uses()
    count, epoch, planned, space = found.count, found.epoch, found.planned, module.space
    runs = {function.name for function in called(module)}
    regions = [(function.body, name in runs) for name, function in module.functions.items()]
    number = 0
    while regions:
        region, reached = regions.pop()
        number += 1
        place = (number, 0)
        for op in region.ops:
            epoch[op] = place
            if observable(op):
                place = (number, place[1] + 1)
            for value in op.operands:
                count[value] = count.get(value, 0) + 1
            for value in op.captures.values():
                count[value] = count.get(value, 0) + 1
            if op.regions:
                regions.extend((inner, reached) for inner in op.regions)
            elif reached:
                for x in operators(op, space):
                    planned[x] = planned.get(x, 0) + 1
    return found


def observable(op: Op) -> bool:
    """Whether an operation can be seen outside beside its results: it emits, may fail by design, or holds others."""
    return bool(op.regions) or op.name in seen_outside()


@cache
def seen_outside() -> frozenset[str]:
    """The names of what may be seen outside beside its results."""
    return frozenset({"call", "halt", *(name for name, row in table().items() if row.effects)})


def joined(ops: Iterable[Op]) -> dict[str, Value] | None:
    """The captures of several operations together; None where one name stands for two values."""
    found: dict[str, Value] = {}
    for op in ops:
        for name, value in op.captures.items():
            if found.setdefault(name, value) is not value:
                return None
    return found


def captured(x: Operator, captures: dict[str, Value]) -> dict[str, Value]:
    """The captures that X still reads."""
    return {name: value for name, value in sorted(captures.items()) if name in x.symbols}


def regions_of(module: Module) -> Iterable[Region]:
    """Every region of a module, outer ones first."""
    stack = [function.body for function in module.functions.values()]
    while stack:
        region = stack.pop()
        yield region
        for op in region.ops:
            stack.extend(op.regions)
