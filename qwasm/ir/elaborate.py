"""Elaboration: the step from a tree expression to an exact value.

Every node becomes an element of the ring (numbers, coefficients, functions of n) or an
operator; which one follows from the parts, so `exp(X)` and `exp(t)` need no marks.  Names mean
what the scope says where they stand; depth costs heap, never stack.

>>> str(operator("A[2] A[3]"))
'A[6]'
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from qwasm.algebra.functions import call
from qwasm.algebra.letters import lookup
from qwasm.algebra.operators import Algebra, Operator
from qwasm.algebra.ring import PI, Expr, I, const, symbol
from qwasm.diagnostics import Diagnostic, QwasmError, Span, fail
from qwasm.ir import calls, ranges
from qwasm.ir.scope import (
    IMPLICIT_REGISTER,
    Argument,
    Arithmetic,
    Bare,
    Failed,
    Free,
    Lines,
    Macro,
    Register,
    Scope,
    Spread,
    did_you_mean,
)
from qwasm.ir.trampoline import Step, run
from qwasm.limits import DEFAULT, Limits
from qwasm.record import field, record
from qwasm.space import Space, Weight
from qwasm.syntax import tree

T = TypeVar("T")
POINT = symbol("n", "nat")
KINDS = {
    "prime": "prime",
    "nat": "nat",
    "int": "int",
    "qint": "int",
    "real": "real",
    "rational": "real",
    "complex": "complex",
}


@record(frozen=False)
class Elaborator:
    """Turns tree expressions into values of one algebra; `registers` answers names of registers.

    `space` gives N its value (without one, N is a symbol) and `weight` serves adjoints where there is no
    space.  Remarks go to `remarks`; every QwasmError carries the place of the smallest expression it concerns.
    """

    space: Space | None = None
    limits: Limits = DEFAULT
    algebra: Algebra = field(default_factory=Algebra)
    registers: Callable[[str | Register, Scope, Span], Expr] | None = None
    remarks: list[Diagnostic] = field(default_factory=list)
    program: bool = False  # a program: names without a value are errors
    weight: Weight | None = None
    expansions: int = 0
    cache: dict[tuple[Any, ...], Any] = field(default_factory=dict)

    # ------------------------------------------------------------ the three questions a caller asks

    def value(self, node: tree.Node, scope: Scope) -> Any:
        """The value of an expression: an Expr, an Operator, a string, or a tuple of values."""
        return run(self.visit(node, scope))

    def expression(self, node: tree.Node, scope: Scope, over: Iterable[str] = ()) -> Expr:
        """The value of an expression that must be a number; `over` names the variables it may use besides.

        Raises QwasmError QW0204 for an operator, QW0205 for n where n means nothing.
        """
        return self.number(self.value(node, scope), node.span, tuple(over))

    def operator(self, node: tree.Node, scope: Scope) -> Operator:
        """The value of an expression that must be an operator.

        Raises QwasmError QW0204 for a number.
        """
        return self.as_operator(self.value(node, scope), node.span)

    # ------------------------------------------------------------ kinds of values

    def number(self, value: Any, place: Span, over: tuple[str, ...] = ("n",)) -> Expr:
        """The value itself if it is a number that uses no point variable but those named."""
        if isinstance(value, Operator):
            raise fail(
                "QW0204", "an operator stands where a number is needed", place, "operators act on states: qop.apply"
            )
        if not isinstance(value, Expr):
            raise fail("QW0204", f"{describe(value)} stands where a number is needed", place)
        if "n" in value.symbols and "n" not in over:
            hint = "write V(...) for multiplication by a function of n"
            raise fail("QW0205", "n means the point of a state and has no value here", place, hint)
        return value

    def as_operator(self, value: Any, place: Span) -> Operator:
        """The value itself if it is an operator."""
        if isinstance(value, Operator):
            return value
        if isinstance(value, Expr):
            text = short(value)
            hint = f"write V({text})" if "n" in value.symbols else f"write {text}*I"
            raise fail("QW0204", f"the number {text} stands where an operator is needed", place, hint)
        raise fail("QW0204", f"{describe(value)} stands where an operator is needed", place)

    def at(self, place: Span, function: Callable[..., T], *args: Any, **named: Any) -> T:
        """The function's answer; an error it raises without a place gets this one."""
        try:
            return function(*args, **named)
        except QwasmError as error:
            raise located(error, place) from None

    # ------------------------------------------------------------ nodes

    def visit(self, node: tree.Node, scope: Scope) -> Any:
        """The value of a leaf, or the step that computes the value of an inner node."""
        match node:  # the commonest first
            case tree.Number():
                return const(node.value) * I if node.imaginary else const(node.value)
            case tree.Product():
                return self.product(node, scope)
            case tree.Letter():
                return calls.letter(self, node, scope)
            case tree.Name():
                return self.name(node, scope)
            case tree.Text():
                return node.value
            case Bare(id=key):
                return self.register(Register(key, "scalar"), scope, node.span)
            case tree.Sum():
                return self.sum(node, scope)
            case tree.Power():
                return self.power(node, scope)
            case tree.Unary():
                return self.unary(node, scope)
            case tree.Call():
                return calls.call_node(self, node, scope)
            case tree.Family():
                return ranges.family(self, node, scope)
            case tree.Compare():
                return self.compare(node, scope)
            case tree.Logic():
                return self.logic(node, scope)
            case tree.Tuple():
                return self.tuple(node, scope)
        raise fail(
            "QW0213", "a range stands where a value is needed", node.span, "ranges belong to loops: loop, hyperloop"
        )

    def name(self, node: tree.Name, scope: Scope) -> Any:
        """What a bare name means here."""
        name, bound = node.id, scope.find(node.id)
        match bound:
            case None:
                return self.builtin(node, scope)
            case Expr() | Operator():
                return bound
            case Arithmetic():
                return self.at(node.span, calls.user_function, bound, POINT)
            case Register():
                return self.register(bound, scope, node.span)
            case Argument():
                return self.visit(bound.node, bound.scope)
            case Macro(parameters=()):
                return calls.expand(self, node, bound, (), scope)
            case Macro() | Lines():
                hint = f"write {name}({', '.join(bound.parameters)})"
                raise fail(
                    "QW0203", f"{name!r} is a macro and takes {len(bound.parameters)} arguments", node.span, hint
                )
            case Failed():
                raise QwasmError()
            case Free():
                raise fail(
                    "QW0257", f"{name!r} is a free name of kind {bound.kind}; it has no value in a program", node.span,
                    f"write .param {name}: ... = ... for a value, or use it in a rule or proof",
                )  # fmt: skip
        return bound

    def builtin(self, node: tree.Name, scope: Scope) -> Any:
        """What a name of the language means, or the error that it is unknown."""
        name = node.id
        if name == "n":
            return POINT
        if name == "N":
            if self.space is None and self.program:
                raise fail("QW0230", "N is unknown above the line .space", node.span, "move .space up")
            return const(self.space.N) if self.space else symbol("N", "nat")
        if name == "pi":
            return PI
        if name in ("D", "M"):
            return ranges.spread(self, node, name, scope)
        row = lookup(name)
        if row is not None and row.kind == "word" and not row.least:
            return calls.made(self, node.span, row)
        if calls.is_function(name):
            return self.at(node.span, calls.function_at_n, name, node.span)
        if IMPLICIT_REGISTER.match(name):
            return self.register(name, scope, node.span)
        raise unknown(node, scope)

    def register(self, register: str | Register, scope: Scope, place: Span) -> Expr:
        """The symbol of a scalar register, where the caller lets expressions read registers."""
        if self.registers is None:
            name = register if isinstance(register, str) else register.key
            raise fail(
                "QW0204", f"{name} is a register; operators, bounds and definitions use constants and parameters",
                place, "runtime scalars enter through QOP.COMBINE and QOP.POLY",
            )  # fmt: skip
        return self.registers(register, scope, place)

    def sum(self, node: tree.Sum, scope: Scope) -> Step:
        values: list[Any] = []
        for sign, term in node.terms:
            value = yield self.visit(term, scope)
            if not isinstance(value, (Expr, Operator)):
                raise fail("QW0204", f"{describe(value)} cannot be added", term.span)
            if values and isinstance(value, Operator) != isinstance(values[0], Operator):
                wrong = (term, value) if isinstance(value, Expr) else (node.terms[0][1], values[0])
                self.as_operator(wrong[1], wrong[0].span)
            values.append(
                value if sign == "+" else -value if isinstance(value, Expr) else self.scaled(const(-1), value)
            )
        if isinstance(values[0], Operator):
            return self.at(node.span, self.algebra.sum, values)
        return self.at(node.span, Expr.sum, values)

    def scaled(self, coefficient: Expr, operator: Operator) -> Operator:
        return self.algebra.scale(coefficient, operator)

    def product(self, node: tree.Product, scope: Scope) -> Step:
        scalars: list[Expr] = []
        operators: list[Operator] = []
        for index, (sign, factor) in enumerate(node.factors):
            value = yield self.visit(factor, scope)
            if isinstance(value, Operator):
                if index and sign in ("/", "mod"):
                    raise fail("QW0204", "an operator cannot be divided by", factor.span, "write inv(X) for an inverse")
                operators.append(value)
            elif not isinstance(value, Expr):
                raise fail("QW0204", f"{describe(value)} cannot be multiplied", factor.span)
            elif sign == "mod" and index:
                left = self.at(factor.span, Expr.product, scalars)
                if operators:
                    raise fail("QW0204", "mod takes numbers, an operator stands before it", factor.span)
                scalars = [self.at(factor.span, call, "mod", left, value)]
            elif sign == "/" and index:
                scalars.append(self.at(factor.span, lambda a, b: a / b, const(1), value))
            else:
                scalars.append(value)
        scalar = self.at(node.span, Expr.product, scalars) if len(scalars) > 1 else scalars[0] if scalars else None
        if not operators:
            return scalar
        operator = self.at(node.span, self.algebra.product, operators) if len(operators) > 1 else operators[0]
        if scalar is None:
            return operator
        return self.at(node.span, self.scaled, self.number(scalar, node.span, ()), operator)

    def power(self, node: tree.Power, scope: Scope) -> Step:
        base = yield self.visit(node.base, scope)
        exponent = self.number((yield self.visit(node.exponent, scope)), node.exponent.span)
        if isinstance(base, Expr):
            return self.at(node.span, lambda a, b: a**b, base, exponent)
        times = exponent.integer()
        if times is None or times < 0:
            hint = "write inv(X) for the inverse" if times is not None else "write a number or a parameter"
            raise fail(
                "QW0208",
                f"an operator's exponent is an integer >= 0, this is {short(exponent)}",
                node.exponent.span,
                hint,
            )
        return self.at(node.span, self.algebra.power, self.as_operator(base, node.base.span), times)

    def unary(self, node: tree.Unary, scope: Scope) -> Step:
        value = yield self.visit(node.operand, scope)
        if node.op == "not":
            return self.at(node.span, call, "not", self.number(value, node.operand.span))
        return self.scaled(const(-1), value) if isinstance(value, Operator) else -self.number(value, node.operand.span)

    def compare(self, node: tree.Compare, scope: Scope) -> Step:
        left = self.number((yield self.visit(node.left, scope)), node.left.span)
        right = self.number((yield self.visit(node.right, scope)), node.right.span)
        return self.at(node.span, call, node.op, left, right)

    def logic(self, node: tree.Logic, scope: Scope) -> Step:
        values: list[Expr] = []
        for operand in node.operands:
            values.append(self.number((yield self.visit(operand, scope)), operand.span))
        return self.at(node.span, call, node.op, *values)

    def tuple(self, node: tree.Tuple, scope: Scope) -> Step:
        items: list[Any] = []
        for item in node.items:
            items.append((yield self.visit(item, scope)))
        return tuple(items)

    # ------------------------------------------------------------ limits and remarks

    def charge(self, place: Span, macro: Macro) -> None:
        """Count one macro expansion.

        Raises QwasmError QW0443 when it, with those inside it, passes the limit on expansions.
        """
        self.expansions += 1
        most = self.limits.instructions
        if macro.size > most or self.expansions > most:
            many = max(macro.size, self.expansions)
            raise fail(
                "QW0443",
                f"macros expand to {many} pieces; the limit is {most}",
                place,
                "use a power X^k, or name a part with .op",
            )

    def remark(self, code: str, message: str, place: Span, hint: str = "") -> None:
        """Note something the reader may want to know, at most `limits.errors` times; it changes nothing."""
        if len(self.remarks) < self.limits.errors:
            self.remarks.append(Diagnostic(code, message, place, hint, "remark"))


def located(error: QwasmError, place: Span) -> QwasmError:
    """The same error, its diagnostics without a place moved to this one."""
    return QwasmError(
        *(d if d.span else Diagnostic(d.code, d.message, place, d.hint, d.severity, d.notes) for d in error.diagnostics)
    )


def describe(value: Any) -> str:
    """What a value is, in a few words."""
    match value:
        case str():
            return "a string"
        case tuple():
            return "a list"
        case Operator():
            return "an operator"
        case Expr():
            return f"the number {short(value)}"
        case Spread():
            return "a diffusion"
    return "something else"


def short(value: object, most: int = 40) -> str:
    """The text of a value, cut for a message."""
    text = str(value)
    return text if len(text) <= most else text[: most - 3] + "..."


def unknown(node: tree.Name | tree.Call | tree.Letter, scope: Scope) -> QwasmError:
    """The error for a name that means nothing here, with the closest names as a hint."""
    name = node.id if isinstance(node, tree.Name) else node.name
    row = lookup(name)
    if row is not None:
        return fail("QW0203", f"{name} needs its index or arguments", node.span, f"write {row.form}")
    hint = (
        did_you_mean(name, [*scope.visible(), *calls.names()])
        or "declare it above its use: .param, .op, .arith or .macro"
    )
    return fail("QW0200", f"nothing is called {name!r} here", node.span, hint)


def scope_of(variables: Mapping[str, str]) -> Scope:
    """A scope in which the names are free symbols of the given kinds (prime, nat, qint, real, complex)."""
    scope = Scope()
    for name, kind in variables.items():
        if kind not in KINDS:
            raise fail("QW0224", f"no kind of free name is called {kind!r}", None, f"one of: {', '.join(KINDS)}")
        scope.declare(name, symbol(name, KINDS[kind]), None)  # type: ignore[arg-type]
    return scope


def expression(
    text: str, space: Space | None = None, variables: Mapping[str, str] | None = None, file: str = "<string>"
) -> Expr:
    """The ring element that a text spells; n may be used.

    >>> str(expression("2 + 1/2"))
    '5/2'
    """
    from qwasm.syntax import parse_expression

    return Elaborator(space).expression(parse_expression(text, file), scope_of(variables or {}), ("n",))


def operator(
    text: str, space: Space | None = None, variables: Mapping[str, str] | None = None, file: str = "<string>"
) -> Operator:
    """The operator that a text spells, in the truncation of the space (strict without one)."""
    from qwasm.syntax import parse_expression

    elaborator = Elaborator(space, algebra=Algebra(space.truncation if space else "strict"))
    return elaborator.operator(parse_expression(text, file), scope_of(variables or {}))
