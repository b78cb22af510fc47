"""Adjoints of statements: adj(X) is written out by the table of letters, in the weight n^-s of the statement.

>>> from qwasm.ir.trampoline import run
>>> run(adjoint(["product", ["A", "p"], ["V", "n"]], Fraction(1)))
['product', ['V', 'n'], ['scale', 'p', ['B', 'p']]]
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from qwasm.ir.trampoline import Step

JSON = Any
NONE: Mapping[str, str] = {}


def exact(value: Fraction) -> JSON:
    """An integer as itself, another rational number as its text."""
    return int(value) if value.denominator == 1 else str(value)


def power(base: JSON, exponent: Fraction) -> JSON:
    return 1 if not exponent else base if exponent == 1 else ["^", base, exact(exponent)]


def adjoint(x: JSON, s: Fraction, kinds: Mapping[str, str] = NONE) -> Step:
    """X* in the weight n^-s: <X* phi, psi> = <phi, X psi>."""
    head, *rest = x
    match head:
        case "A" | "B":
            c = power(rest[0], s if head == "A" else -s)
            letter = ["B" if head == "A" else "A", rest[0]]
            return letter if c == 1 else ["scale", c, letter]
        case "V":
            return ["V", conj(rest[0], kinds)]
        case "Dir" | "coDir":
            f, weight = conj(rest[0], kinds), power("n", s if head == "Dir" else -s)
            return ["coDir" if head == "Dir" else "Dir", f if weight == 1 else ["*", f, weight]]
        case "S":
            return ["product", ["V", power("n", s)], ["S", ["*", -1, rest[0]], *rest[1:]], ["V", power("n", -s)]]
        case "out":
            return ["out", rest[1], rest[0]]
        case "op":
            return ["adj", x]
        case "adj":
            return rest[0]
        case "I" | "P" | "Q":
            return x
        case "scale":
            return ["scale", conj(rest[0], kinds), (yield adjoint(rest[1], s, kinds))]
        case "power":
            return ["power", (yield adjoint(rest[0], s, kinds)), rest[1]]
        case "over":
            return [*x[:-1], (yield adjoint(rest[-1], s, kinds))]
    parts = []
    for part in rest if head in ("sum", "exp", "inv") else reversed(rest):
        parts.append((yield adjoint(part, s, kinds)))
    return [head, *parts]


def conj(f: JSON, kinds: Mapping[str, str]) -> JSON:
    """The conjugate of a scalar; a function of which it is not known to be real stays under `conj`."""
    if is_real(f, kinds):
        return f
    if f == "%i":
        return ["*", -1, "%i"]
    if isinstance(f, list) and f[0] in ("+", "*"):
        return [f[0], *(conj(y, kinds) for y in f[1:])]
    if isinstance(f, list) and f[0] == "^" and isinstance(f[2], int):
        return ["^", conj(f[1], kinds), f[2]]
    if isinstance(f, list) and f[0] == "exp":
        return ["exp", conj(f[1], kinds)]
    return f[1] if isinstance(f, list) and f[0] == "conj" else ["conj", f]


def is_real(f: JSON, kinds: Mapping[str, str]) -> bool:
    """Whether a scalar is real whatever the values of its names; powers only of numbers and positive names."""
    if not isinstance(f, list):
        return f != "%i" and kinds.get(f) not in ("complex", "arith", "scalar")
    head, *rest = f
    if head == "^":
        whole = isinstance(rest[1], int)
        positive = rest[0] > 0 if isinstance(rest[0], int) else rest[0] in ("n", "N", "pi") or is_prime(rest[0], kinds)
        return all(is_real(y, kinds) for y in rest) and (whole or positive)
    if head in ("re", "im", "abs"):
        return True
    if head in ("chi", "table", "euler", "conv", "dinv", "log", "conj") or kinds.get(head) == "arith":
        return head == "log" and rest == ["n"]
    return all(is_real(y, kinds) for y in rest)


def is_prime(f: JSON, kinds: Mapping[str, str]) -> bool:
    """Whether a scalar is a name of a prime, free or bound; bound names have no kind."""
    return isinstance(f, str) and f != "%i" and f[0] not in "-0123456789" and kinds.get(f, "prime") == "prime"


def diagonal(x: JSON) -> JSON | None:
    """f when X is V(f), written as sums, products and multiples of V and I; else None."""
    head, *rest = x
    if head in ("V", "I"):
        return rest[0] if rest else 1
    if head == "scale":
        inner = diagonal(rest[1])
        return None if inner is None else ["*", rest[0], inner]
    if head in ("sum", "product"):
        parts = [diagonal(part) for part in rest]
        return None if None in parts else ["+" if head == "sum" else "*", *parts]
    return None
