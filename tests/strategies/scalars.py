"""Assignments of scalars with their values to sixty digits."""

from __future__ import annotations

from decimal import Decimal, DivisionByZero, InvalidOperation, Overflow, localcontext
from fractions import Fraction

from hypothesis import strategies as st

from tests.oracle.expression import Bin, Call, Expr, Num, Pow, Un, Var, num
from tests.oracle.field import IllConditioned
from tests.strategies.author import Draw
from tests.strategies.expressions import styles


def _decimal(e: Expr, env: dict[str, Decimal]) -> Decimal:
    """A scalar expression to sixty digits."""
    match e:
        case Num(v):
            return Decimal(v.numerator) / Decimal(v.denominator)
        case Var(name):
            return env[name]
        case Un(_, a):
            return -_decimal(a, env)
        case Pow(a, Num(k)):
            return _decimal(a, env) ** int(k)
        case Call(name, (a,)):
            found = _decimal(a, env)
            if name == "abs":
                return abs(found)
            if name == "log" and found == 0:
                raise IllConditioned("log of 0")
            return found.sqrt() if name == "sqrt" else found.exp() if name == "exp" else found.ln()
        case Bin(op, a, b):
            left, right = _decimal(a, env), _decimal(b, env)
            if op == "/" and abs(right) < Decimal("0.05"):
                raise IllConditioned("a division by nearly nothing")
            return left / right if op == "/" else {"+": left + right, "-": left - right, "*": left * right}[op]
    raise AssertionError(e)


@st.composite
def scalar_steps(draw: Draw) -> list[tuple[str, Expr, Decimal]]:
    """Assignments s0 = ..., s1 = ... with their values to sixty digits."""
    steps: list[tuple[str, Expr, Decimal]] = []
    env: dict[str, Decimal] = {}

    def atom() -> Expr:
        if env and draw(st.booleans()):
            return Var(draw(st.sampled_from(sorted(env))))
        return Num(Fraction(draw(st.integers(-40, 40)), draw(st.sampled_from((1, 3, 7, 10, 16)))), draw(styles))

    def tree(depth: int) -> Expr:
        kind = draw(st.sampled_from(("+", "*", "-", "/", "atom", "sqrt", "exp", "log", "abs", "^", "negative")))
        if depth == 0 or kind == "atom":
            return atom()
        inner = tree(depth - 1)
        if kind == "negative":
            return Un("-", inner)
        if kind == "^":
            return Pow(inner, num(draw(st.integers(0, 4))))
        if kind in ("sqrt", "exp", "log", "abs"):
            return Call(kind, (inner,))
        return Bin(kind, inner, tree(depth - 1))

    with localcontext() as context:
        context.prec = 60
        for k in range(draw(st.integers(1, 5))):
            e = tree(2)
            try:
                found = _decimal(e, env)
            except (InvalidOperation, IllConditioned, DivisionByZero, Overflow):
                e = num(1)
                found = Decimal(1)
            if not abs(found) < 10**6 or (found != 0 and abs(found) < Decimal("1e-6")):
                e, found = num(2), Decimal(2)
            env[f"s{k}"] = found
            steps.append((f"s{k}", e, found))
    return steps
