"""What has a meaning in a field, decided before anything runs.

In mod(l) roots, log, exp, pi, i, Lambda, complex characters and division by a multiple of l
mean nothing; comparisons, floor and mod do, because they are read in exact integers first.

>>> from qwasm.algebra.ring import const
>>> field_check(const(2) ** Fraction(1, 2), Field("mod", 7))
'the root 2^(1/2) has no exact meaning in mod(7)'
"""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction

from qwasm.algebra.atoms import Atom, Exponent
from qwasm.algebra.ring import Expr, from_atom
from qwasm.space import Field

EXACT_READ = frozenset(("pos", "eq", "floor", "mod", "gcd", "min", "max", "abs"))
ORDER_WORDS = {"pos": "the order"}


def field_check(e: Expr, field: Field) -> str | None:
    """Why `e` has no meaning in the field, or None; a real field refuses what is certainly complex."""
    if field.kind == "complex":
        return None
    if field.kind != "mod":
        return _real_check(e)
    done: set[Expr] = {e}
    stack = [e]
    while stack:
        node = stack.pop()
        for monomial, c in node.terms:
            if c.denominator % field.modulus == 0:
                return f"division by {c.denominator}, a multiple of {field.modulus}, in mod({field.modulus})"
            for atom, exponent in monomial:
                reason = _reason(atom, exponent)
                if reason is not None:
                    return f"{reason} has no exact meaning in {field}"
                for argument in _inside(atom):
                    if argument not in done:
                        done.add(argument)
                        stack.append(argument)
    return None


def division_check(e: Expr, l: int) -> str | None:
    """Why `e` surely divides by a multiple of the prime l at n = l, or None."""
    from qwasm.algebra.walk import subexpressions

    for part in subexpressions(e, lambda x: "n" in x.symbols):
        for monomial, _ in part.terms:
            for atom, exponent in monomial:
                if atom.name == "symbol" and atom.data[0] == "n" and exponent < 0:
                    return f"1/n divides by {l} at n = {l}"
                k = atom.args[0].integer() if atom.name in ("sigma", "J") else None
                if k is not None and k < 0 and str(atom.args[-1]) == "n":
                    return f"{atom.name}({k}) divides by {l} at n = {l}"
    return None


def order_check(e: Expr, field: Field, residues: Collection[str] = ()) -> str | None:
    """Why an order in `e` has no meaning in the field: in mod(l) registers hold residues, and those have none.

    `residues` names further symbols that stand for residues, such as the entry x of `map`.  Loop
    variables, parameters and constants are integers, and keep their order.
    """
    if field.kind != "mod" or not e.symbols:
        return None
    from qwasm.algebra.walk import subexpressions

    ordered: dict[Expr, str] = {}
    for part in subexpressions(e, lambda x: bool(x.symbols)):
        for monomial, _ in part.terms:
            for atom, _ in monomial:
                if atom.name == "symbol" and (atom.data[1] == "scalar" or atom.data[0] in residues):
                    ordered[part] = str(atom.data[0])
                elif name := next((ordered[a] for a in atom.args if a in ordered), ""):
                    if atom.name in EXACT_READ and atom.name != "eq":
                        said = ORDER_WORDS.get(atom.name, atom.name)
                        return f"{said} of {name} has no exact meaning in {field}: residues have no order"
                    ordered[part] = name
    return None


def _real_check(e: Expr) -> str | None:
    """A constant that is certainly not real; other expressions are decided where they are evaluated."""
    if e.is_real or not e.is_constant:
        return None
    if any(a.name in ("table", "conj", "re", "im") for m, _ in e.terms for a, _ in m) or e.conj() is e:
        return None
    value = e.approx()
    return f"{e} is not a real number" if abs(value.imag) > 1e-12 * abs(value) else None


def _reason(atom: Atom, exponent: Exponent) -> str | None:
    """Why a factor means nothing modulo l, as the subject of a sentence."""
    shown = str(from_atom(atom, exponent)) if atom.key[3] < 50 else atom.name
    if isinstance(exponent, Fraction) and exponent.denominator != 1:
        return f"the root {shown}"
    if atom.name in ("i", "pi", "log", "sin", "cos", "conj"):
        return shown
    if atom.name == "exp" and split_exp(atom.args[0])[1].terms:
        return shown
    if atom.name == "pow" and not atom.args[1].is_integer:
        return shown
    if atom.name in ("chi",) and not atom.flags & 1:
        return f"the complex character {shown}"
    if atom.name not in EXACT_READ and atom.args and atom.name not in ("base", "inv", "exp", "pow"):
        from qwasm.arith.functions import lookup

        row = lookup(atom.name)
        if row is not None and not row.residues:
            return shown
    return None


def _inside(atom: Atom) -> tuple[Expr, ...]:
    """The arguments that are read in the field."""
    if atom.name in ("base", "inv"):
        return atom.args
    if atom.name == "pow":
        return atom.args[:1]
    return atom.args[: atom.bodies]


def split_exp(argument: Expr) -> tuple[list[tuple[Expr, Expr]], Expr]:
    """exp(argument) as base^power factors with integer powers, and the rest of the argument.

    x*log(b) becomes (b, x) when x is integer-valued.
    """
    groups: dict[Atom, list[Expr]] = {}
    rest: list[Expr] = []
    for monomial, c in argument.terms:
        logs = [a for a, e in monomial if a.name == "log" and e == 1]
        if len(logs) == 1:
            cofactor = Expr.product([from_atom(a, e) for a, e in monomial if a is not logs[0]]) * c
            groups.setdefault(logs[0], []).append(cofactor)
        else:
            rest.append(Expr.product([from_atom(a, e) for a, e in monomial]) * c)
    factors: list[tuple[Expr, Expr]] = []
    for atom, parts in groups.items():
        total = Expr.sum(parts)
        if total.is_integer:
            factors.append((atom.args[0], total))
        else:
            rest.append(total * from_atom(atom))
    return factors, Expr.sum(rest)
