"""Statements: an identity as the JSON value that certificates are about.

The tree is read as it stands, with macros and definitions written out; no operator is computed, so a mistake
of the algebra cannot reach the statement.  docs/notes/005-certificates.md gives the form.

>>> from qwasm.syntax import parse_expression as parse
>>> statement(parse("K[2]"), parse("adj(A[p])"))["lhs"]
['sum', ['scale', ['^', 2, '-1/2'], ['A', 2]], ['scale', ['^', 2, '1/2'], ['B', 2]]]
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, Literal

from qwasm.algebra.functions import AT_N
from qwasm.algebra.letters import lookup
from qwasm.arith.functions import lookup as lookup_function
from qwasm.arith.sieve import is_prime
from qwasm.diagnostics import fail
from qwasm.ir.functions import is_function, parameters
from qwasm.ir.trampoline import Step, run
from qwasm.prover.adjoints import adjoint, diagonal, exact
from qwasm.prover.definitions import HALF, JSON, is_number, kernel, multiplier, series, times, truth
from qwasm.record import field, record
from qwasm.syntax import tree

Kind = Literal["number", "operator"]
Value = tuple[Kind, JSON]
FORMAT = "qwasm-statement/1"
IMAGINARY = "%i"
UNROLLED = 128  # families of integers and products over primes are written out up to this many members
INDEXED = frozenset("ABPQKS")
BODIES = {"conv": 2, "dinv": 1, "euler": 1}  # how many arguments are functions rather than numbers


def statement(
    lhs: tree.Node,
    rhs: tree.Node,
    *,
    scope: Literal["all", "inf"] | int = "all",
    weight: Fraction = Fraction(0),
    variables: Mapping[str, str] | None = None,
    where: Sequence[tree.Node] = (),
    given: Sequence[tuple[Literal["P", "Q"], tree.Node]] = (),
    definitions: Iterable[tree.Statement] = (),
) -> JSON:
    """The statement lhs = rhs; `definitions` are the `.op .macro .arith .diffusion` lines in force.

    A name without a kind is a prime when it stands in an index, else a real number.  Raises QwasmError QW0204
    where an operator and a number are mixed up and QW0203 for what a statement cannot hold.
    """
    definitions = tuple(definitions)
    reader = Reader(dict(variables or {}), {d.name: d for d in definitions if isinstance(d, _NAMED)})
    reader.weight = weight
    reader.spread = next((d for d in definitions if isinstance(d, tree.Diffusion)), None)
    sides = [reader.read(side, "operator") for side in (lhs, rhs)]
    facts = [[letter, reader.index(node)] for letter, node in given]
    conditions = [reader.read(node, "number") for node in where]
    kinds = {name: reader.kinds.get(name, "real") for name in sorted(reader.seen | set(reader.kinds))}
    return {
        "format": FORMAT, "lhs": sides[0], "rhs": sides[1], "scope": scope, "weight": str(weight),
        "vars": kinds, "where": conditions, "given": facts,
    }  # fmt: skip


_NAMED = (tree.OpDef, tree.MacroDef, tree.ArithDef)


@record(frozen=False)
class Reader:
    """Turns tree expressions into JSON; `kinds` grows by the names that stand in an index."""

    kinds: dict[str, str]
    definitions: Mapping[str, tree.OpDef | tree.MacroDef | tree.ArithDef] = field(default_factory=dict)
    spread: tree.Diffusion | None = None
    seen: set[str] = field(default_factory=set)
    weight: Fraction = Fraction(0)

    def read(self, node: tree.Node, kind: Kind) -> JSON:
        """The JSON of a whole expression of the wanted kind."""
        return run(self.wanted(node, {}, kind))

    def index(self, node: tree.Node) -> JSON:
        """The JSON of an index; its free names are primes unless declared."""
        return run(self.indexed(node, {}))

    def wanted(self, node: tree.Node, env: Mapping[str, Value], kind: Kind) -> Step:
        found, value = yield self.visit(node, env)
        if found == kind:
            return value
        if kind == "operator" and value == 0:
            return ["sum"]
        hint = "write V(...) or a multiple of I" if kind == "operator" else "operators act on states"
        raise fail("QW0204", f"a {found} stands where a {kind} is needed", node.span, hint)

    def numbers(self, nodes: Iterable[tree.Node], env: Mapping[str, Value]) -> Step:
        values = []
        for node in nodes:
            values.append((yield self.wanted(node, env, "number")))
        return values

    def indexed(self, node: tree.Node, env: Mapping[str, Value]) -> Step:
        for name in _names(node):
            if name not in env and name not in self.definitions and not is_function(name) and name not in ("N", "n"):
                self.kinds.setdefault(name, "prime")
        return (yield self.wanted(node, env, "number"))

    # ------------------------------------------------------------ nodes

    def visit(self, node: tree.Node, env: Mapping[str, Value]) -> Step:
        match node:
            case tree.Number(value=value, imaginary=imaginary):
                return "number", times([exact(value), IMAGINARY]) if imaginary else exact(value)
            case tree.Name():
                return (yield self.name(node, env))
            case tree.Letter():
                return (yield self.letter(node, env))
            case tree.Call():
                return (yield self.call(node, env))
            case tree.Family():
                return (yield self.family(node, env))
            case tree.Sum(terms=terms):
                return (yield self.sum(terms, env))
            case tree.Product(factors=factors):
                return (yield self.product(factors, env))
            case tree.Unary(op=op, operand=operand):
                kind, value = yield self.visit(operand, env)
                if op == "not":
                    return "number", ["not", truth(value)]
                return kind, ["scale", -1, value] if kind == "operator" else times([-1, value])
            case tree.Power(base=base, exponent=exponent):
                kind, value = yield self.visit(base, env)
                power = yield self.wanted(exponent, env, "number")
                if kind == "operator" and value[0] in ("A", "B") and not isinstance(power, int):
                    return kind, [value[0], ["^", value[1], power]]
                return kind, ["power" if kind == "operator" else "^", value, power]
            case tree.Compare(op=op, left=a, right=b):
                return "number", [op, *(yield self.numbers((a, b), env))]
            case tree.Logic(op=op, operands=operands):
                bits = [truth(value) for value in (yield self.numbers(operands, env))]
                return "number", ["*", *bits] if op == "and" else ["not", ["*", *(["not", bit] for bit in bits)]]
        raise fail("QW0213", "this does not stand in an identity", node.span)

    def name(self, node: tree.Name, env: Mapping[str, Value]) -> Step:
        name = node.id
        if name in env:
            return env[name]
        definition = self.definitions.get(name)
        if isinstance(definition, tree.OpDef):
            return "operator", (yield self.wanted(definition.body, {}, "operator"))
        if definition is not None:
            return (yield self.expand(node, definition, ()))
        if name in ("D", "M"):
            if self.spread is None:
                raise fail("QW0206", f"{name} has no meaning without .diffusion", node.span, f"write {name}(c = ...)")
            return (yield self.diffusion(name, self.spread.coefficient, self.spread.domain, env))
        if name == "I":
            return "operator", ["I"]
        if name in ("n", "N", "pi"):
            return "number", name
        kind = self.kinds.get(name)
        if kind is None and is_function(name):
            return "number", [name, *_defaults(name, node), "n"]
        self.seen.add(name)
        if kind == "op":
            return "operator", ["op", name]
        return "number", [name, "n"] if kind == "arith" else name

    def letter(self, node: tree.Letter, env: Mapping[str, Value]) -> Step:
        if node.name not in INDEXED:
            raise fail("QW0200", f"no letter is called {node.name!r} here", node.span, "the letters are A B K P Q S")
        index = yield self.indexed(node.indices[0], env)
        if node.name == "K":
            c = (yield self.wanted(node.indices[1], env, "number")) if len(node.indices) > 1 else HALF
            return "operator", kernel(index, c)
        return "operator", [node.name, index, *([1] if len(node.indices) > 1 else [])]  # 1: cyclic

    def call(self, node: tree.Call, env: Mapping[str, Value]) -> Step:
        name = node.name
        definition = self.definitions.get(name)
        if definition is not None:
            arguments = []
            for argument in node.args:
                arguments.append((yield self.visit(argument, env)))
            return (yield self.expand(node, definition, tuple(arguments)))
        if name in ("D", "M"):
            return (yield self.diffusion(name, dict(node.named)["c"], node.args[0], env))
        if self.kinds.get(name) == "arith":
            self.seen.add(name)
            return "number", [name, *(yield self.numbers(node.args, env))]
        row = lookup(name)
        values: list[Value] = []
        for argument in node.args:
            values.append((yield self.visit(argument, env)))
        if row is not None and not (name == "exp" and values[0][0] == "number"):
            for argument, (kind, _), wanted in zip(node.args, values, row.arguments, strict=True):
                if kind != ("operator" if wanted == "operator" else "number"):
                    raise fail("QW0204", f"a {kind} stands in the wrong place", argument.span, f"write {row.form}")
            operands = [value for _, value in values]
            return "operator", (yield from self.written(name, operands))
        plain = [value for _, value in values]
        if name == "sqrt":
            return "number", ["^", (plain or ["n"])[0], HALF]
        missing = (
            len(plain) == BODIES.get(name, len(parameters(name))) if _has_point(name) else name in AT_N and not plain
        )
        return "number", [name, *plain, *(["n"] if missing else [])]

    def written(self, name: str, operands: list[JSON]) -> Step:
        """A word of the language as letters, where it is defined by them."""
        x = operands[0]
        match name:
            case "adj":
                return (yield adjoint(x, self.weight, self.kinds))
            case "comm":
                y = operands[1]
                return ["sum", ["product", x, y], ["scale", -1, ["product", y, x]]]
            case "exp" if (potential := diagonal(x)) is not None:
                return ["V", ["exp", potential]]
            case "V":
                return multiplier(x)
            case "Dir" | "coDir":
                return series(name, x)
        return [name, *operands]

    def expand(
        self, node: tree.Node, definition: tree.OpDef | tree.MacroDef | tree.ArithDef, given: tuple[Value, ...]
    ) -> Step:
        """A definition's body with its parameters replaced; an arithmetic one means its value at a point, or at n."""
        if isinstance(definition, tree.OpDef):
            return "operator", (yield self.wanted(definition.body, {}, "operator"))
        wanted = definition.parameters
        if isinstance(definition, tree.ArithDef):
            if len(wanted) == 2:
                body = yield self.wanted(definition.body, {w: ("number", w) for w in wanted}, "number")
                return "number", ["euler", body, given[0][1] if given else "n"]
            given = given or (("number", "n"),)
        if len(given) != len(wanted):
            raise fail("QW0203", f"{definition.name} takes {len(wanted)} arguments, not {len(given)}", node.span)
        return (yield self.visit(definition.body, dict(zip(wanted, given, strict=True))))

    def family(self, node: tree.Family, env: Mapping[str, Value]) -> Step:
        low, high = yield self.numbers((node.low, node.high), env)
        return (yield self.over(node.kind, node.variable, node.domain, low, high, node.body, env))

    def over(
        self, kind: str, name: str, domain: str, low: JSON, high: JSON, body: Any, env: Mapping[str, Value]
    ) -> Step:
        """A family; its variable gets a new name where one of the values in force mentions the old."""
        taken = {word for value in (*(v for _, v in env.values()), low, high) for word in _words(value)}
        fresh = name
        while fresh in taken:
            fresh += "_"
        if (
            (kind, domain) != ("sum", "primes")
            and isinstance(low, int)
            and isinstance(high, int)
            and high - low < UNROLLED
        ):
            members = []
            for d in range(low, high + 1):
                if domain == "ints" or is_prime(d):
                    members.append((yield self.wanted(body, {**env, name: ("number", d)}, "operator")))
            return "operator", members[0] if len(members) == 1 else [kind if kind == "sum" else "product", *members]
        inner = {**env, name: ("number", fresh)}
        value = body(fresh) if callable(body) else (yield self.wanted(body, inner, "operator"))
        if not isinstance(value, list):
            value = yield value
        return "operator", ["over", kind, fresh, domain, low, high, value]

    def diffusion(self, letter: str, coefficient: tree.Node, domain: tree.Node, env: Mapping[str, Value]) -> Step:
        """D is the sum over primes of c_p (A_p + B_p), M of c_p K_p."""
        assert isinstance(domain, tree.Call)
        low, high = yield self.numbers(domain.args, env)

        def body(p: str) -> Step:
            c = yield self.wanted(coefficient, {**env, "p": ("number", p)}, "number")
            return ["scale", c, kernel(p, HALF) if letter == "M" else ["sum", ["A", p], ["B", p]]]

        return (yield self.over("sum", "p", "primes", low, high, body, env))

    def sum(self, terms: Iterable[tuple[str, tree.Node]], env: Mapping[str, Value]) -> Step:
        kinds, values = set(), []
        for sign, term in terms:
            kind, value = yield self.visit(term, env)
            kinds.add(kind)
            minus = ["scale", -1, value] if kind == "operator" else times([-1, value])
            values.append(value if sign == "+" else minus)
            if len(kinds) > 1:
                raise fail("QW0204", "an operator and a number cannot be added", term.span, "write V(...) or c*I")
        return kinds.pop(), ["+" if kind == "number" else "sum", *values]

    def product(self, factors: Iterable[tuple[str, tree.Node]], env: Mapping[str, Value]) -> Step:
        scalars: list[JSON] = []
        operators: list[JSON] = []
        for sign, factor in factors:
            kind, value = yield self.visit(factor, env)
            if kind == "operator":
                if sign in ("/", "mod"):
                    raise fail("QW0204", "an operator cannot be divided by", factor.span, "write inv(X)")
                operators.append(value)
            elif sign == "mod":
                scalars = [["mod", times(scalars), value]]
            elif sign == "/":
                number = is_number(value) and Fraction(value)
                scalars.append(exact(1 / number) if number else ["^", value, -1])
            else:
                scalars.append(value)
        if not operators:
            return "number", times(scalars)
        word = operators[0] if len(operators) == 1 else ["product", *operators]
        return "operator", ["scale", times(scalars), word] if scalars else word


def _has_point(name: str) -> bool:
    """Whether a function's last argument is the point, n where it is left out."""
    return name in BODIES or lookup_function(name) is not None


def _defaults(name: str, node: tree.Node) -> tuple[JSON, ...]:
    wanted = parameters(name)
    if wanted:
        raise fail("QW0203", f"{name} takes {len(wanted)} arguments", node.span, f"write {name}({', '.join(wanted)})")
    return ()


def _names(node: tree.Node) -> Iterator[str]:
    """Every name in an expression, those of called functions left out."""
    stack = [node]
    while stack:
        found = stack.pop()
        if isinstance(found, tree.Name):
            yield found.id
        stack.extend(tree.children(found))


def _words(value: JSON) -> Iterator[str]:
    stack = [value]
    while stack:
        found = stack.pop()
        if isinstance(found, str):
            yield found
        elif isinstance(found, list):
            stack.extend(found)
