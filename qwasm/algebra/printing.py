"""Expressions as language text that reads back to the same value.

A text is emitted piece by piece from an explicit stack, so its cost is its length at any depth.

>>> from qwasm.algebra.ring import symbol
>>> p = symbol("p", "prime")
>>> str(p ** Fraction(-1, 2) - 3 * p / 2)
'p^(-1/2) - 3*p/2'
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from qwasm.algebra.atoms import Atom, Exponent
from qwasm.algebra.ring import Expr, Monomial, _intern, const

Piece = str | Expr
_BOUND_NAMES = {"$n": "n", "$p": "p", "$k": "k"}


def text(root: Expr) -> str:
    """The text of an expression."""
    out: list[str] = []
    stack: list[Piece] = [root]
    while stack:
        piece = stack.pop()
        if isinstance(piece, str):
            out.append(piece)
        elif piece._text is not None:
            out.append(piece._text)
        else:
            stack.extend(reversed(_sum(piece.terms)))
    return "".join(out)


def _sum(terms: Sequence[tuple[Monomial, Fraction]]) -> list[Piece]:
    if not terms:
        return ["0"]
    first = next((i for i, (_, c) in enumerate(terms) if c > 0), 0)
    pieces: list[Piece] = []
    for monomial, c in (terms[first], *terms[:first], *terms[first + 1 :]):
        pieces.append(("-" if not pieces else " - ") if c < 0 else ("" if not pieces else " + "))
        pieces += _term(monomial, abs(c))
    return pieces


def _term(monomial: Monomial, c: Fraction) -> list[Piece]:
    factors: list[list[Piece]] = []
    top = str(c.numerator)
    if any(a.name == "i" for a, _ in monomial):
        monomial = tuple((a, e) for a, e in monomial if a.name != "i")
        top += "i"
    if top != "1" or not monomial:
        factors.append([top])
    factors.extend(_factor(atom, exponent) for atom, exponent in monomial)
    if c.denominator != 1:
        factors[-1].append(f"/{c.denominator}")
    pieces = factors[0]
    for factor in factors[1:]:
        pieces.append("*")
        pieces += factor
    return pieces


def _exponent(e: Exponent) -> str:
    return f"^{e}" if isinstance(e, int) else f"^({e})"


def _word(e: Expr) -> bool:
    """True when the text is one name or one whole number, which needs no parentheses."""
    value = e.rational()
    if value is not None:
        return value >= 0 and value.denominator == 1
    (monomial, c), *more = e.terms
    if more or c != 1 or len(monomial) != 1:
        return False
    atom, exponent = monomial[0]
    return exponent == 1 and atom.name in ("symbol", "pi")


def _wrapped(e: Expr) -> list[Piece]:
    return [e] if _word(e) else ["(", e, ")"]


def _factor(atom: Atom, exponent: Exponent) -> list[Piece]:
    name = atom.name
    if name in ("base", "inv"):
        exponent = -exponent if name == "inv" else exponent
        return [*_wrapped(atom.args[0]), *([] if exponent == 1 else [_exponent(exponent)])]
    body = _atom(atom)
    if exponent == 1:
        return body
    if name in ("exp", "pow"):
        body = ["(", *body, ")"]
    return [*body, _exponent(exponent)]


def _listed(args: Sequence[Expr]) -> list[Piece]:
    pieces: list[Piece] = []
    for argument in args:
        pieces += [", ", argument] if pieces else [argument]
    return pieces


def _atom(atom: Atom) -> list[Piece]:
    name, args = atom.name, atom.args
    match name:
        case "prime":
            return [str(atom.data[0])]
        case "symbol":
            return [_BOUND_NAMES.get(str(atom.data[0]), str(atom.data[0]))]
        case "pi":
            return ["pi"]
        case "exp":
            return _exp(args[0])
        case "pow":
            return [*_wrapped(args[0]), "^", *_wrapped(args[1])]
        case "mod":
            return ["(", *_wrapped(args[0]), " mod ", *_wrapped(args[1]), ")"]
        case "pos" | "eq":
            left = _intern(tuple((m, c) for m, c in args[0].terms if c > 0))
            right = _intern(tuple((m, -c) for m, c in args[0].terms if c < 0))
            return ["(", left, " > " if name == "pos" else " == ", right, ")"]
        case "table":
            return [f"{atom.data[0]}(", args[0], ")"]
        case "conv" | "dinv" if _word(args[-1]) and args[-1].symbols in ({"n"}, {"$n"}):
            return [f"{name}(", *_listed(args[:-1]), ")"]
        case _:
            return [f"{name}(", *_listed(args), ")"]


def _exp(argument: Expr) -> list[Piece]:
    """exp(x*log(b)) as b^x, when every term has the same single log."""
    bases: dict[Atom, None] = {}
    rest: list[Expr] = []
    for monomial, c in argument.terms:
        logs = [(a, e) for a, e in monomial if a.name == "log"]
        if len(logs) != 1 or logs[0][1] != 1:
            return ["exp(", argument, ")"]
        bases[logs[0][0]] = None
        rest.append(_intern(((tuple(f for f in monomial if f[0].name != "log"), Fraction(1)),)) * const(c))
    if len(bases) != 1:
        return ["exp(", argument, ")"]
    return [*_wrapped(next(iter(bases)).args[0]), "^", *_wrapped(Expr.sum(rest))]
