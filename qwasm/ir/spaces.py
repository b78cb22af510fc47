"""The line `.space`: N, weight, field and truncation as a Space.

Sizes are decided here, in Python integers, before anything is allocated.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from qwasm.algebra.ring import Expr
from qwasm.diagnostics import Span, fail
from qwasm.ir.scope import Scope, did_you_mean
from qwasm.limits import Limits
from qwasm.space import Field, Space, Truncation, Weight, shared
from qwasm.syntax import tree

if TYPE_CHECKING:
    from qwasm.ir.elaborate import Elaborator

GIVEN_N = Span("-D N", 1, 1)
SETTINGS = ("N", "weight", "field", "truncation")


def space_of(
    line: tree.SpaceDecl, elaborator: Elaborator, scope: Scope, override: Expr | None, limits: Limits
) -> tuple[Space, Expr | None]:
    """The space of a `.space` line, and the N that replaced its own, if any.

    Raises QwasmError QW0230..QW0234 for what is missing or malformed, QW0441 for an N whose one
    state is over the memory limit.
    """
    settings: dict[str, tree.Node] = {}
    for name, node in line.settings:
        if name not in SETTINGS:
            raise fail(
                "QW0234",
                f"a space has no setting {name!r}",
                node.span,
                did_you_mean(name, SETTINGS) or ", ".join(SETTINGS),
            )
        if name in settings:
            raise fail("QW0201", f"{name} is given twice", node.span, "keep one")
        settings[name] = node
    field = field_of(settings["field"], elaborator, scope) if "field" in settings else Field()
    weight = weight_of(settings["weight"], elaborator, scope) if "weight" in settings else Weight()
    truncation = truncation_of(settings["truncation"]) if "truncation" in settings else "strict"
    if field.exact and weight.s.denominator != 1:
        raise fail(
            "QW0227",
            f"the weight {weight} has no exact meaning in {field}",
            settings["weight"].span,
            "use a whole exponent: weight = n^-1",
        )
    if override is not None:
        N, place = override, GIVEN_N
    elif "N" in settings:
        N, place = elaborator.expression(settings["N"], scope), settings["N"].span
    else:
        raise fail("QW0230", "the space has no N", line.span, "write .space N = 1000, or give -D N=1000")
    return shared(Space(checked_size(N, place, limits, field), weight, field, truncation)), override


def checked_size(value: Expr, place: Span | None, limits: Limits, field: Field) -> int:
    """N as an integer >= 1 whose states fit the memory limit."""
    N = value.integer()
    if N is None or N < 1:
        hint = "-D N=1000" if place is GIVEN_N else ".space N = 1000"
        raise fail("QW0231", f"N is an integer >= 1, this is {value}", place, hint)
    if N * field.itemsize > limits.room:
        size, most = N * field.itemsize, limits.room
        raise fail(
            "QW0441",
            f"one state of N = {N} numbers takes {size} bytes; the limit is {most}",
            place,
            "choose a smaller N, or --max-memory",
        )
    return N


def weight_of(node: tree.Node, elaborator: Elaborator, scope: Scope) -> Weight:
    """1, n^-s, n^(-s), 1/n or 1/n^s with a rational s."""
    wrong = fail("QW0232", "a weight is 1 or a power of n", node.span, "weight = 1, weight = n^-1 or weight = n^(-1/2)")
    sign = 1
    if isinstance(node, tree.Product) and len(node.factors) == 2 and node.factors[1][0] == "/":
        one = node.factors[0][1]
        if not (isinstance(one, tree.Number) and one.value == 1 and not one.imaginary):
            raise wrong
        sign, node = -1, node.factors[1][1]
    match node:
        case tree.Number(value=value, imaginary=False) if value == 1:
            return Weight()
        case tree.Name(id="n"):
            return Weight(Fraction(-sign))
        case tree.Power(base=tree.Name(id="n"), exponent=exponent):
            power = elaborator.expression(exponent, scope).rational()
            if power is not None:
                return Weight(-sign * power)
    raise wrong


def field_of(node: tree.Node, elaborator: Elaborator, scope: Scope) -> Field:
    """real, real32, complex or mod(l) with a prime l < 2^31."""
    from qwasm.arith.sieve import is_prime

    match node:
        case tree.Name(id="real"):
            return Field("real")
        case tree.Name(id="real32"):
            return Field("real32")
        case tree.Name(id="complex"):
            return Field("complex")
        case tree.Call(name="mod", args=(modulus,), named=()):
            value = elaborator.expression(modulus, scope)
            whole = value.integer()
            if whole is None or not 2 <= whole < 1 << 31 or not is_prime(whole):
                raise fail(
                    "QW0233", f"mod(l) takes a prime l < 2^31, this is {value}", modulus.span, "field = mod(1000003)"
                )
            return Field("mod", whole)
    raise fail("QW0233", "no field is written like this", node.span, "real, real32, complex or mod(l)")


def truncation_of(node: tree.Node) -> Truncation:
    """strict or free."""
    match node:
        case tree.Name(id="strict"):
            return "strict"
        case tree.Name(id="free"):
            return "free"
    raise fail("QW0234", "truncation is strict or free", node.span, "truncation = strict")
