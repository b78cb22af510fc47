"""From the attributes of a micro-operation to closed values, by the kinds its row declares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from qvm.machine.numbers import balanced, field_number
from qwasm.algebra.operators import Operator
from qwasm.algebra.ring import Expr, const, symbol
from qwasm.algebra.scalars import scalar
from qwasm.diagnostics import Span, fail
from qwasm.instructions import Instruction, Operand
from qwasm.record import replace
from qwasm.scalar import Scalar
from qwasm.space import Field, Picture

Env = Mapping[str, int | Scalar]


class Resolved(dict[str, Any]):
    """Closed operand and attribute values by name; `picture` is where the instruction acts."""

    __slots__ = ("picture",)

    def __init__(self, values: Mapping[str, Any], picture: Picture) -> None:
        super().__init__(values)
        self.picture: Picture = picture


def exact_env(env: Env) -> dict[str, int | Fraction]:
    """The captured values that are exact rationals: loop variables, and scalars without error."""
    found: dict[str, int | Fraction] = {}
    for name, value in env.items():
        if isinstance(value, int):
            found[name] = value
        elif value.kind == "exact" and isinstance(value.value, (int, Fraction)):
            found[name] = value.value
        elif value.kind == "exact" and isinstance(value.value, float) and value.value.is_integer():
            found[name] = int(value.value)
    return found


def number_env(env: Env, field: Field) -> dict[str, Any]:
    """Captured values as numbers of the field, for expressions over n and x."""
    return {name: value if isinstance(value, int) else field_number(value.value, field) for name, value in env.items()}


def closed_scalar(value: Any, env: Env, field: Field) -> Scalar:
    """A scalar expression at the captured scalars, its error propagated."""
    if isinstance(value, Scalar):
        return value
    expression = value if isinstance(value, Expr) else const(value)
    for name, item in env.items():
        if expression is symbol(name, "scalar") and isinstance(item, Scalar):
            return item
    scalars = {name: item if isinstance(item, Scalar) else Scalar(item) for name, item in env.items()}
    found = scalar(expression, scalars, field)
    if field.exact and isinstance(found.value, int):
        return replace(found, value=balanced(found.value, field.modulus))
    return found


def closed_operator(value: Operator, env: Env, span: Span | None) -> Operator:
    """An operator at the captured loop variables."""
    if not env or not value.symbols:
        return value
    known: dict[str, Any] = {name: number for name, number in exact_env(env).items() if name in value.symbols}
    return value.substitute(known) if known else value


def closed_expression(value: Any, env: Env) -> Any:
    """An expression at the captured exact values; the others stay open."""
    if not isinstance(value, Expr):
        return const(value) if isinstance(value, (int, Fraction)) and not isinstance(value, bool) else value
    known = {name: number for name, number in exact_env(env).items() if name in value.symbols} if env else {}
    return value.substitute(known) if known else value


def integer(value: Any, env: Env, what: str, span: Span | None) -> int:
    """An integer operand at the captured values."""
    found = closed_expression(value, env)
    number = found.integer() if isinstance(found, Expr) else None
    if number is None:
        raise fail(
            "QW0608", f"{what} must be an integer; it is {found}", span, "use floor(...) or an integer expression"
        )
    return number


def prime(value: Any, env: Env, what: str, span: Span | None) -> int:
    """A prime operand at the captured values."""
    from qwasm.arith.sieve import factor, is_prime

    number = integer(value, env, what, span)
    if number < 2 or not is_prime(number):
        product = (
            " * ".join(str(p) for p, k in sorted(dict(factor(number)).items()) for _ in range(k)) if number > 1 else ""
        )
        said = f"{number} = {product} is not one" if product else f"{number} is not one"
        raise fail(
            "QW0207", f"{what} must be a prime; {said}", span, f"write qop.apply with A[{number}] or B[{number}]"
        )
    return number


def resolve(
    row: Instruction, attributes: Mapping[str, Any], env: Env, field: Field, picture: Picture, span: Span | None
) -> Resolved:
    """Every attribute closed, absent ones at their defaults."""
    values: dict[str, Any] = {}
    for name, value in attributes.items():
        form = row.operand(name)
        kind = form.kind if form is not None else "word"
        closer = CLOSERS.get(kind)
        what = f"{row.mnemonic}: {name}"
        values[name] = value if value is None or closer is None else closer(value, env, field, what, span)
        least = form.least if isinstance(form, Operand) else None
        if least is not None and values[name] < least:
            raise fail("QW0608", f"{what} must be {least} or more; it is {values[name]}", span)
    for attribute in row.attributes:
        if attribute.name not in values and attribute.default is not None and attribute.kind != "operator":
            values[attribute.name] = attribute.default
    return Resolved(values, picture)


def _list(value: Any, env: Env, field: Field, what: str, span: Span | None) -> Any:
    if isinstance(value, tuple):
        return tuple(closed_scalar(item, env, field) for item in value)
    return closed_scalar(value, env, field)


def _basis(value: Any, env: Env, field: Field, what: str, span: Span | None) -> Any:
    if isinstance(value, tuple):
        return (value[0], *(closed_expression(item, env) for item in value[1:]))
    return (value,)


CLOSERS: Mapping[str, Callable[[Any, Env, Field, str, Span | None], Any]] = {
    "operator": lambda value, env, field, what, span: closed_operator(value, env, span),
    "expression": lambda value, env, field, what, span: closed_expression(value, env),
    "number": lambda value, env, field, what, span: closed_expression(value, env),
    "scalars": lambda value, env, field, what, span: closed_scalar(value, env, field),
    "integer": lambda value, env, field, what, span: integer(value, env, what, span),
    "prime": lambda value, env, field, what, span: prime(value, env, what, span),
    "list": _list,
    "basis": _basis,
}
