"""Which expressions in n are multiplicative functions, and their values at prime powers.

A product of powers n^s, multiplicative functions at n, characters and Dirichlet convolutions
of such is multiplicative; the answer False means only that this was not seen.

>>> from qwasm.algebra.functions import call
>>> n = symbol("n", "nat")
>>> is_multiplicative(call("mu") / n), is_multiplicative(n + 1)
(True, False)
>>> str(prime_powers(n**2 * call("lambda")))
'p^(2*k)*(-1)^k'
"""

from __future__ import annotations

from qwasm.algebra.atoms import Atom, Exponent
from qwasm.algebra.exponentials import power_expr
from qwasm.algebra.powers import power
from qwasm.algebra.ring import ONE, Expr, from_atom, symbol
from qwasm.algebra.truth import compare
from qwasm.algebra.walk import substitute
from qwasm.arith.functions import BOUND_N, lookup

N_SYMBOL, P_SYMBOL, K_SYMBOL = symbol("n", "nat"), symbol("p", "prime"), symbol("k", "nat")
POINTS = (N_SYMBOL, BOUND_N)


def is_multiplicative(e: Expr) -> bool:
    """True when f(1) = 1 and f(a b) = f(a) f(b) for coprime a, b is certain for f(n) = e."""
    stack = [e]
    while stack:
        node = stack.pop()
        if len(node.terms) != 1 or node.terms[0][1] != 1:
            return False
        for atom, exponent in node.terms[0][0]:
            if not _factor(atom, exponent, stack):
                return False
    return True


def _factor(atom: Atom, exponent: Exponent, stack: list[Expr]) -> bool:
    """Whether a factor is multiplicative in n; bodies of convolutions are left on the stack to be asked."""
    if atom.name == "symbol":
        return atom.data[:2] in (("n", "nat"), ("$n", "nat"))
    if not isinstance(exponent, int) and not atom.positive:
        return False
    if atom.name == "exp":
        return _log_power(atom) is not None
    if atom.name == "inv":
        return _one_factor(atom.args[0], stack)
    if atom.name == "eq":
        return atom.args[0] in (N_SYMBOL - 1, BOUND_N - 1)
    if not atom.args or atom.args[-1] not in POINTS:
        return atom.name == "gcd" and atom.args[0] in POINTS and (atom.args[1].integer() or 0) > 0
    if atom.name == "gcd":
        return (atom.args[0].integer() or 0) > 0
    if atom.name in ("conv", "dinv"):
        stack.extend(atom.args[:-1])
        return True
    if atom.name == "euler":
        return True
    row = lookup(atom.name)
    return row is not None and row.multiplicative


def _one_factor(inner: Expr, stack: list[Expr]) -> bool:
    """1/f is multiplicative when f is one multiplicative function of n."""
    if len(inner.terms) != 1 or inner.terms[0][1] != 1:
        return False
    stack.append(inner)
    return True


def _log_power(atom: Atom) -> Expr | None:
    """x when the atom is n^x = exp(x log n) with x free of n."""
    parts: list[Expr] = []
    for monomial, c in atom.args[0].terms:
        rest = [from_atom(a, e) for a, e in monomial if not (a.name == "log" and e == 1 and a.args[0] in POINTS)]
        if len(rest) != len(monomial) - 1:
            return None
        parts.append(Expr.product(rest) * c)
    x = Expr.sum(parts)
    return None if x.symbols & {"n", "$n"} else x


def prime_powers(e: Expr) -> Expr | None:
    """f(p^k) for k >= 1, in the symbols p and k, when f(n) = e is a product of functions with formulas; else None."""
    if len(e.terms) != 1 or e.terms[0][1] != 1:
        return None
    result = ONE
    for atom, exponent in e.terms[0][0]:
        piece = _formula(atom)
        if piece is None:
            return None
        result = result * power(piece, exponent)
    return result


def _formula(atom: Atom) -> Expr | None:
    if not _factor(atom, 1, []):
        return None
    here = P_SYMBOL**K_SYMBOL
    if atom.name == "symbol":
        return here
    if atom.name == "exp":
        x = _log_power(atom)
        return None if x is None else power_expr(P_SYMBOL, x * K_SYMBOL)
    if atom.name == "inv":
        inner = prime_powers(atom.args[0])
        return None if inner is None else power(inner, -1)
    if atom.name == "euler":
        return substitute(atom.args[0], {"$p": P_SYMBOL, "$k": K_SYMBOL})
    if atom.name == "eq":
        return ONE - compare(">", K_SYMBOL, ONE - 1)
    if atom.name == "chi":
        return power_expr(from_atom(atom).substitute({"n": P_SYMBOL, "$n": P_SYMBOL}), K_SYMBOL)
    row = lookup(atom.name)
    return None if row is None or row.formula is None else row.formula(atom.args[:-1], P_SYMBOL, K_SYMBOL)
