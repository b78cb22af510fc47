"""Scalar expressions: structures with a plain value and a text a person could have written.

>>> e = Bin("+", Pow(Var("n"), Num(Fraction(-1))), Num(Fraction(1, 2)))
>>> text(e), value(e, {"n": 2})
('n^-1 + 1/2', Fraction(1, 1))
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from . import arithmetic
from .field import IllConditioned, NoMeaning

Env = Mapping[str, Any]


@dataclass(frozen=True)
class Num:
    """An exact rational; `style` picks between 1/2 and 0.5, 1000 and 1_000."""

    value: Fraction
    style: int = 0


@dataclass(frozen=True)
class Imag:
    """An imaginary literal such as 2i."""

    value: int


@dataclass(frozen=True)
class Var:
    """n, x, N, a parameter, a loop variable or a scalar register."""

    name: str


@dataclass(frozen=True)
class Bin:
    """+ - * / or a comparison, or `mod`, `and`, `or`."""

    op: str
    left: Expr
    right: Expr


@dataclass(frozen=True)
class Un:
    """Unary minus or `not`."""

    op: str
    operand: Expr


@dataclass(frozen=True)
class Pow:
    """A power with one exponent."""

    base: Expr
    exponent: Expr


@dataclass(frozen=True)
class Call:
    """A function; arithmetic functions without arguments stand for their value at n."""

    name: str
    args: tuple[Expr, ...] = ()


@dataclass(frozen=True)
class Defined:
    """A name declared by .arith: by an expression in n, or (euler) by its values at p^k, multiplied."""

    written: str
    body: Expr
    euler: bool = False


Expr = Num | Imag | Var | Bin | Un | Pow | Call | Defined

LEVEL = {
    "or": 0,
    "and": 1,
    "not": 2,
    "<": 3,
    "<=": 3,
    ">": 3,
    ">=": 3,
    "==": 3,
    "!=": 3,
    "+": 4,
    "-": 4,
    "*": 5,
    "/": 5,
}


def num(value: int | Fraction | str) -> Num:
    """A literal."""
    return Num(Fraction(value))


def _literal(e: Num) -> tuple[str, int]:
    v, sign = abs(e.value), "-" if e.value < 0 else ""
    if v.denominator == 1:
        body, level = (f"{v.numerator:_}" if e.style % 2 else str(v.numerator)), 8
        if e.style % 3 == 2 and v.numerator < 1000:
            body += ".0"
    elif e.style % 2 and 1000 % v.denominator == 0:
        body, level = str(float(v)), 8
    else:
        body, level = f"{v.numerator}/{v.denominator}", 5
    return sign + body, min(level, 6) if sign else level


def _render(e: Expr) -> tuple[str, int]:
    match e:
        case Num():
            return _literal(e)
        case Imag(v):
            return f"{v}i", 8
        case Var(name):
            return name, 8
        case Call(name, args):
            return name + (f"({', '.join(text(a) for a in args)})" if args else ""), 8
        case Defined(written):
            return written, 8
        case Un("-", x):
            return "-" + text(x, 6), 6 if _render(x)[1] >= 6 else 5
        case Un(op, x):
            return f"{op} {text(x, 3)}", 2
        case Pow(base, exponent):
            plain = isinstance(exponent, (Num, Var)) and _literal_integer(exponent)
            return f"{text(base, 8)}^{text(exponent) if plain else f'({text(exponent)})'}", 7
        case Bin("mod", left, right):
            return f"({text(left, 8)} mod {text(right, 8)})", 8
        case Bin(op, left, right):
            level = LEVEL[op]
            first = level + 1 if level == 3 else level
            sign = op if op in ("*", "/") and len(text(left)) < 4 else f" {op} "
            return f"{text(left, first)}{sign}{text(right, level + 1)}", level
    raise AssertionError(e)


def _literal_integer(e: Expr) -> bool:
    return isinstance(e, Var) or (isinstance(e, Num) and e.value.denominator == 1)


def text(e: Expr, level: int = 0) -> str:
    """The language text, in parentheses when it binds less tightly than `level`."""
    body, own = _render(e)
    return body if own >= level else f"({body})"


def _exact(*values: Any) -> bool:
    return all(isinstance(v, (int, Fraction)) for v in values)


def power(base: Any, exponent: Any) -> Any:
    """A power: exact for integer exponents, a float root of a positive base otherwise."""
    if _exact(exponent) and Fraction(exponent).denominator == 1:
        k = int(exponent)
        if k < 0 and base == 0:
            raise NoMeaning("division by zero")
        return Fraction(base) ** k if _exact(base) else base**k
    if isinstance(base, complex) or isinstance(exponent, complex):
        return cmath.exp(exponent * cmath.log(base))
    if base < 0:
        raise NoMeaning("a root of a negative number")
    return float(base) ** float(exponent)


COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: bool(a < b),
    "<=": lambda a, b: bool(a <= b),
    ">": lambda a, b: bool(a > b),
    ">=": lambda a, b: bool(a >= b),
    "==": lambda a, b: bool(a == b),
    "!=": lambda a, b: bool(a != b),
}


def _compare(op: str, a: Any, b: Any) -> int:
    if not _exact(a, b) and abs(a - b) < 1e-4 * (1 + abs(a)):
        raise IllConditioned("a comparison decided by rounding")
    return int(COMPARE[op](a, b))


def _call(name: str, args: tuple[Expr, ...], env: Env) -> Any:
    if name in ("conv", "dinv"):
        functions = [lambda d, a=a: value(a, {**env, "n": d}) for a in args]
        point = int(env["n"])
        return (
            arithmetic.convolve(functions[0], functions[1], point)
            if name == "conv"
            else arithmetic.dirichlet_inverse(functions[0], point)
        )
    given = [value(a, env) for a in args]
    if name in POINTS:  # the function's own parameters, then the point, which is n when left out
        function, parameters = POINTS[name]
        point = given[parameters] if len(given) > parameters else env["n"]
        return function(*given[:parameters], int(point))
    if name == "log" and not given:
        given = [env["n"]]
    return PLAIN[name](*given)


def _log(x: Any) -> Any:
    if x == 1:
        return 0
    return cmath.log(x) if isinstance(x, complex) else math.log(x)


def _smooth(real: Callable[[float], float], cplx: Callable[[complex], complex]) -> Callable[[Any], Any]:
    return lambda x: cplx(x) if isinstance(x, complex) else real(float(x))


def _sqrt(x: Any) -> Any:
    return cmath.sqrt(x) if isinstance(x, complex) else math.sqrt(x)


POINTS: dict[str, tuple[Callable[..., Any], int]] = {
    "mu": (arithmetic.mobius, 0),
    "lambda": (arithmetic.liouville, 0),
    "Lambda": (arithmetic.mangoldt, 0),
    "phi": (arithmetic.totient, 0),
    "tau": (lambda n: arithmetic.sigma(0, n), 0),
    "omega": (lambda n: len(arithmetic.factor(n)), 0),
    "Omega": (lambda n: sum(arithmetic.factor(n).values()), 0),
    "sigma": (arithmetic.sigma, 1),
    "J": (lambda k, n: arithmetic.jordan(int(k), n), 1),
    "isprime": (lambda n: int(arithmetic.is_prime(n)), 0),
    "chi": (lambda q, m, n: arithmetic.conrey(int(q), int(m), n), 2),
    "val": (lambda p, n: arithmetic.valuation(int(p), n), 1),
    "gcd": (lambda a, b: math.gcd(int(a), b), 1),
}

PLAIN: dict[str, Callable[..., Any]] = {
    "log": _log,
    "exp": _smooth(math.exp, cmath.exp),
    "sin": _smooth(math.sin, cmath.sin),
    "cos": _smooth(math.cos, cmath.cos),
    "sqrt": _sqrt,
    "abs": abs,
    "floor": math.floor,
    "min": min,
    "max": max,
    "re": lambda x: x.real,
    "im": lambda x: x.imag,
    "conj": lambda x: x.conjugate(),
}


def value(e: Expr, env: Env) -> Any:
    """The native value: exact while it can be, else a float or complex number."""
    match e:
        case Num(v):
            return v
        case Imag(v):
            return complex(0, v)
        case Var("pi"):
            return math.pi
        case Var(name):
            return env[name]
        case Defined(_, body, euler):
            return _euler(body, env) if euler else value(body, env)
        case Un("-", x):
            return -value(x, env)
        case Un(_, x):
            return int(not value(x, env))
        case Pow(base, exponent):
            return power(value(base, env), value(exponent, env))
        case Call(name, args):
            return _call(name, args, env)
        case Bin("and", left, right):
            return int(bool(value(left, env)) and bool(value(right, env)))
        case Bin("or", left, right):
            return int(bool(value(left, env)) or bool(value(right, env)))
        case Bin(op, left, right):
            return _binary(op, value(left, env), value(right, env))
    raise AssertionError(e)


def _euler(body: Expr, env: Env) -> Any:
    result: Any = 1
    for p, k in arithmetic.factor(int(env["n"])).items():
        result = result * value(body, {**env, "p": p, "k": k})
    return result


def _binary(op: str, a: Any, b: Any) -> Any:
    if op in COMPARE:
        return _compare(op, a, b)
    if op == "mod":
        return a % b
    if op == "/":
        if b == 0:
            raise NoMeaning("division by zero")
        return Fraction(a) / b if _exact(a, b) else a / b
    return {"+": a + b, "-": a - b, "*": a * b}[op]
