"""Meanings: what the values of a program are, as exact values of the algebra over its sources.

A state is a sum of operators applied to sources, a scalar an expression in sources, everything else a source.
A source is what has no simpler description: an argument of a region, a file, the result of an instruction
that is not linear.  Two sources are one when the same instruction gives them from operands that mean the
same, which may need a proof: sources are shared modulo `decide`.

Linear instructions leave no source: `mul.p` of a state is A[p] times its meaning.  Pictures do not show
either: a hilbert register means the psi whose picture it holds.  Meanings are those over the exact field;
how a pass may change rounding is what its kind says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qwasm.algebra.nodes import Dirichlet, Family, Outer, Product, Shift
from qwasm.algebra.operators import Operator
from qwasm.algebra.reach import between
from qwasm.algebra.ring import Expr, I, const, symbol
from qwasm.diagnostics import QwasmError
from qwasm.instructions import table
from qwasm.ir.module import Op, Type, Value
from qwasm.qpu.letters import letters
from qwasm.record import field, record
from qwasm.space import Space
from qwasm.validation.decide import PROVED, UNKNOWN, Decision, Difference, State, decide, proved, pruned

LEAVES = 256  # of a composed operator, before terms cancel; beyond it the state is a source of its own
SOURCES = 64  # that one state is a sum over
POWERS = 16  # of a polynomial
CANDIDATES = 16  # sources that are compared before a new one is made


@record(eq=False)
class Source:
    """Something without a simpler description; `state` says what is known of it when it is a state."""

    number: int
    type: Type
    state: State = "any"
    generic: bool = False  # whether it may be any state at all: an argument, a file, a message

    @property
    def symbol(self) -> str:
        return f"_{self.number}"


Combination = dict[Source, Operator]
Meaning = Expr | Combination | Source
Key = tuple[Any, ...]
STRICT = letters("strict")


@record(frozen=False)
class Row:
    """The sources of the first program that one might be, in order, and how many were asked for by each program."""

    made: list[tuple[list[Any], Source]] = field(default_factory=list)
    met: list[int] = field(default_factory=lambda: [0, 0])


@record(frozen=False)
class Sources:
    """The sources of two programs on one space, shared where they mean the same."""

    space: Space
    known: dict[Key, Source] = field(default_factory=dict)
    rows: dict[Key, Row] = field(default_factory=dict)
    second: bool = False  # whose values are being given meanings
    count: int = 0
    proofs: dict[tuple[Operator, Operator, State], bool] = field(default_factory=dict)
    origins: dict[Source, tuple[Key, list[Any]]] = field(default_factory=dict)
    named: dict[str, Source] = field(default_factory=dict)

    def fresh(self, type: Type, state: State = "any", generic: bool = False) -> Source:
        """A source like no other."""
        self.count += 1
        made = Source(self.count, type, state, generic)
        self.named[made.symbol] = made
        return made

    def shared(
        self,
        key: Key,
        parts: Sequence[Any],
        type: Type,
        state: State = "any",
        generic: bool = False,
        turned: Sequence[Any] | None = None,
    ) -> Source:
        """The source with this plain key made from parts (operators, meanings), or as well from `turned` ones.

        The first program makes sources; the second looks for its own among them, which may need a proof,
        first where it stands in the same order.
        """
        exact = (*key, type, *map(frozen, parts))
        alike = (*key, type, *(kind_of(part) for part in parts))
        row = self.rows.setdefault(alike, Row())
        found = self.known.get(exact)
        if found is None and turned is not None:
            found = self.known.get((*key, type, *map(frozen, turned)))
        row.met[self.second] += 1
        if found is None:
            if self.second and parts:
                at = row.met[True] - 1
                near = sorted(range(len(row.made)), key=lambda i: abs(i - at))[:CANDIDATES]
                orders = [parts] if turned is None else [parts, turned]
                found = next(
                    (row.made[i][1] for i in near for order in orders if all(map(self.same, order, row.made[i][0]))),
                    None,
                )
            if found is None:
                found = self.fresh(type, state, generic)
                self.origins[found] = key, list(parts)
                if not self.second:
                    row.made.append((list(parts), found))
            self.known[exact] = found
        return found

    def value(self, source: Source) -> Meaning:
        """What a value is that is nothing but this source."""
        if source.type.kind in ("scalar", "qint"):
            return symbol(source.symbol, "scalar" if source.type.kind == "scalar" else "int")
        return {source: STRICT.identity()} if source.type.kind == "qstate" else source

    def same(self, a: Any, b: Any) -> bool:
        """Whether two meanings, operators or plain values are proved to be the same."""
        if a is b:
            return True
        if isinstance(a, dict) and isinstance(b, dict):
            return a.keys() == b.keys() and all(self.proved(x, b[source], source.state) for source, x in a.items())
        if isinstance(a, Operator) and isinstance(b, Operator):
            return self.proved(self.cut(a), self.cut(b), "any")
        return plain(a) and plain(b) and bool(a == b)

    def cut(self, x: Operator) -> Operator:
        """The matrix of an operator operand, or where that is undecided the operator."""
        return cut(x, self.space.N) or x

    def proved(self, x: Operator, y: Operator, state: State) -> bool:
        """`proved`, remembered."""
        known = x is y or self.proofs.get((x, y, state))
        if known is None:
            known = self.proofs[x, y, state] = proved(x, y, self.space, state)
        return known

    def decided(self, a: Any, b: Any) -> tuple[Decision, Source | None]:
        """A decision about two meanings, and for states the source at which it fell."""
        if self.same(a, b):
            return PROVED, None
        if isinstance(a, dict) and isinstance(b, dict):
            worst: tuple[Decision, Source | None] = (PROVED, None)
            unlike: list[Source] = []
            for source in sorted(a.keys() | b.keys(), key=lambda source: source.number):
                x, y = a.get(source, STRICT.zero()), b.get(source, STRICT.zero())
                found = decide(x, y, self.space, source.state)
                if found.verdict != "proved":
                    unlike.append(source)
                    if worst[0] is PROVED or found.verdict == "refuted":
                        worst = (found, source)
            if a.keys() != b.keys() and (inner := self.inside(a, b)) is not None:
                return inner
            bound = next((source for source in unlike if not source.generic), None)
            if bound is None or len(unlike) == 1 or worst[1] is None:
                return worst
            # what one source lacks another may give: a state made of it, or another fixed one
            return Decision("unknown", worst[0].difference), bound
        if isinstance(a, Operator) and isinstance(b, Operator):
            return decide(self.cut(a), self.cut(b), self.space), None
        if isinstance(a, Expr) and isinstance(b, Expr):
            difference = a - b
            if difference.is_zero:
                return PROVED, None
            if difference.rational() is not None and not self.space.field.exact:
                return Decision("refuted", Difference(0, 0, str(a), str(b))), None
            return self.inside(a, b) or (UNKNOWN, None)
        if a is b or (plain(a) and plain(b) and a == b):
            return PROVED, None
        return (self.inside(a, b) if isinstance(a, Source) and isinstance(b, Source) else None) or (UNKNOWN, None)

    def inside(self, a: Any, b: Any) -> tuple[Decision, Source | None] | None:
        """Where two meanings are the same but for one source each, made by the same instruction of parts of which
        one differs: the decision about that part."""
        left, right = self.within(a), self.within(b)
        alone, other = left - right, right - left
        if len(alone) != 1 or len(other) != 1 or not {*alone, *other} <= self.origins.keys():
            return None
        (one,), (two,) = alone, other
        (key, parts), (key_, parts_) = self.origins[one], self.origins[two]
        if key != key_ or len(parts) != len(parts_) or not self.same(self.exchanged(a, one, two), b):
            return None
        unlike = [(x, y) for x, y in zip(parts, parts_) if not self.same(x, y)]
        return self.decided(*unlike[0]) if len(unlike) == 1 else None

    def exchanged(self, a: Any, one: Source, two: Source) -> Any:
        """A meaning with one source in place of another."""
        if isinstance(a, dict):
            return {two if source is one else source: x for source, x in a.items()}
        other = self.value(two)
        return a.substitute({one.symbol: other}) if isinstance(a, Expr) and isinstance(other, Expr) else two

    def within(self, a: Any) -> set[Source]:
        """The sources of a meaning."""
        if isinstance(a, Expr):
            return {self.named[name] for name in a.symbols if name in self.named}
        return set(a) if isinstance(a, dict) else {a}


def plain(value: Any) -> bool:
    """Whether a value is compared by `==`: numbers, strings, tuples of them."""
    return not isinstance(value, (dict, Operator, Source))


def frozen(part: Any) -> Any:
    """A part as a key."""
    return tuple(part.items()) if isinstance(part, dict) else part


def kind_of(part: Any) -> Any:
    """What two parts must share to be worth comparing: their kind, and what needs no proof."""
    return type(part) if isinstance(part, (dict, Operator, Expr)) else part


def cut(x: Operator, N: int) -> Operator | None:
    """The N x N matrix that an operator operand stands for, as a value under strict truncation; None if undecided.

    Under free truncation a word, a one-sided series, a shift and a sum of them are cut term by term, and a product
    factor by factor where no path leaves 1..N between two factors.  Other products and exponentials are not: their
    cut is not the product of cuts.
    """
    if x.truncation == "strict":
        return x
    stack = [x]
    while stack:
        for node in stack.pop().nodes:
            if isinstance(node, Family) and node.kind == "sum":
                stack.append(node.body)
            elif isinstance(node, Product) and stays(node.factors, N):
                stack.extend(node.factors)
            elif not isinstance(node, (Dirichlet, Outer)) and not (isinstance(node, Shift) and not node.cyclic):
                return None
    return STRICT.own(x)


def stays(factors: tuple[Operator, ...], N: int) -> bool:
    """Whether surely no path of a product leaves 1..N between two factors."""
    try:
        return between(factors, N) == N
    except (QwasmError, ValueError):  # divergent, or an index still open
        return False


# ---------------------------------------------------------------- one operation


def evaluated(op: Op, values: Mapping[Value, Meaning], sources: Sources) -> list[Meaning]:
    """The meanings of an operation's results; `values` holds those of its operands and captures."""
    operands = [values[value] for value in op.operands]
    attributes = closed(op, values)
    if op.name == "random":  # taken for a general state: its numbers satisfy no equation that a pass could use
        return [sources.value(sources.shared(("random",), (attributes["seed"],), op.results[0].type, generic=True))]
    try:
        found = simple(op, operands, attributes, sources)
    except (QwasmError, ValueError, ArithmeticError):  # past a limit: the result is a source of its own
        found = None
    return [found] if found is not None else opaque(op, operands, attributes, sources)


def closed(op: Op, values: Mapping[Value, Meaning]) -> dict[str, Any]:
    """The attributes with captured symbols replaced by what they mean; beside the meanings where that fails."""
    bound = {name: values[value] for name, value in op.captures.items()}
    env = {name: meaning for name, meaning in bound.items() if isinstance(meaning, Expr)}
    if not env:
        return dict(op.attributes)

    def change(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(change(item) for item in value)
        return value.substitute(env) if isinstance(value, (Expr, Operator)) else value

    try:
        return {name: change(value) for name, value in op.attributes.items()}
    except (QwasmError, ArithmeticError):
        return {**op.attributes, **{f"with {name}": meaning for name, meaning in bound.items()}}


def simple(op: Op, operands: list[Meaning], attributes: dict[str, Any], sources: Sources) -> Meaning | None:
    """The meaning of what is linear, a scalar, or a state known by a formula; None for everything else."""
    row = table().get(op.name)
    x = operands[0] if operands else None
    match op.name:
        case "set":
            value = attributes["expression"]
            return value if isinstance(value, Expr) else None
        case "to.hilbert" | "to.nspace":
            return x
        case "basis":
            delta = sources.shared(("delta",), (), op.results[0].type, "delta")
            return reduced({delta: STRICT.B(attributes["n"])}, sources)
        case "fill":
            ones = sources.shared(("ones",), (), op.results[0].type, "ones")
            return reduced({ones: STRICT.V(attributes["expression"])}, sources)
        case "qop.combine" if isinstance(x, dict) and isinstance(operands[1], dict):
            return combined([(attributes["a"], x), (attributes["b"], operands[1])], sources)
        case "qop.poly" if isinstance(x, dict) and attributes.get("basis", ("power",)) in ("power", ("power",)):
            return polynomial(attributes["X"], attributes["c"], x, sources)
        case "qop.exp" if isinstance(x, dict):
            matrix, t = cut(attributes["X"], sources.space.N), attributes["t"]
            if matrix is None or not isinstance(t, Expr):
                return None
            return applied(STRICT.exp(STRICT.scale(-I * t if attributes.get("unitary") else -t, matrix)), x, sources)
    if row is not None and row.linear is not None and isinstance(x, dict):
        algebra = letters(sources.space.truncation)
        matrix = cut(row.linear(algebra, {**attributes, "N": const(sources.space.N)}), sources.space.N)
        return applied(matrix, x, sources) if matrix is not None else None
    return None


def applied(matrix: Operator, x: Combination, sources: Sources) -> Combination | None:
    """A matrix applied to a state; None when the composed operator is too large to be looked at."""
    if any(matrix.leaves * factor.leaves > LEAVES for factor in x.values()):
        return None
    return reduced({source: STRICT.multiply(matrix, factor) for source, factor in x.items()}, sources)


def combined(terms: Sequence[tuple[Expr, Combination]], sources: Sources) -> Combination | None:
    """The sum of coefficients times states."""
    total: Combination = {}
    for c, x in terms:
        for source, factor in x.items():
            part = STRICT.scale(c, factor)
            total[source] = STRICT.add(total[source], part) if source in total else part
    return reduced(total, sources) if len(total) <= SOURCES else None


def polynomial(X: Operator, given: Any, x: Combination, sources: Sources) -> Combination | None:
    """c0 x + c1 X x + ...; each power acts on the cut matrix."""
    matrix, coefficients = cut(X, sources.space.N), list(given) if isinstance(given, tuple) else [given]
    if matrix is None or len(coefficients) > POWERS:
        return None
    terms, power = [], x
    for c in coefficients:
        terms.append((c, power))
        following = applied(matrix, power, sources)
        if following is None:
            return None
        power = following
    return combined(terms, sources)


def reduced(x: Combination, sources: Sources) -> Combination:
    """A state without what is 0 on the space, its sources in order."""
    kept = {source: pruned(x[source], sources.space.N, source.state) for source in x}
    return {source: kept[source] for source in sorted(kept, key=lambda s: s.number) if not kept[source].is_zero}


def opaque(op: Op, operands: list[Meaning], attributes: dict[str, Any], sources: Sources) -> list[Meaning]:
    """Results that are sources, the same ones for the same instruction on operands that mean the same."""
    names = tuple(sorted(attributes))
    given = [attributes[name] for name in names]
    row, (pictures, parts) = table().get(op.name), (tuple(value.type for value in op.operands), operands + given)
    turned = operands[::-1] + given if row is not None and row.commutative and len(set(pictures)) == 1 else None
    return [
        sources.value(sources.shared((op.name, index, names, pictures), parts, value.type, turned=turned))
        for index, value in enumerate(op.results)
    ]


__all__ = ["Combination", "Meaning", "Source", "Sources", "closed", "combined", "evaluated"]
