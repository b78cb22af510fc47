"""Functions of the language as smart constructors: `call` simplifies what is provably right.

Truth values are the numbers 0 and 1, so `and`, `or`, `not` are arithmetic, and every
comparison becomes one of two indicators of a difference: [d > 0] and [d == 0].

>>> str(call("<=", 1, symbol("n", "nat")))
'1'
>>> str(call("log", 12 * symbol("n", "nat")))
'2*log(2) + log(3) + log(n)'
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import reduce

from qwasm.algebra.atoms import INTEGER, NONNEGATIVE, NONZERO, POSITIVE, REAL, SIGN, Atom, intern_atom
from qwasm.algebra.exponentials import exp, log, power_expr, sin_cos
from qwasm.algebra.powers import power
from qwasm.algebra.ring import MINUS_ONE, ONE, ZERO, Expr, I, const, from_atom, symbol
from qwasm.algebra.truth import compare, floor, modulo, sign_of
from qwasm.diagnostics import fail

Argument = Expr | int | Fraction | str
N_SYMBOL = symbol("n", "nat")


def call(name: str, *args: Argument) -> Expr:
    """The value of a function of the language at exact arguments.

    `name` is a function, an operator (`< <= == != > >= and or not mod pow`) or an arithmetic
    function of the table; a name with no point means the value at n.  Raises QW0354 for an
    unknown name or a wrong number of arguments, and what the function raises where it has no value.
    """
    row = _ROWS.get(name)
    if row is not None:
        low, high, build = row
        if not args and name in AT_N:
            args = (N_SYMBOL,)
        if not low <= len(args) <= high:
            raise wrong_count(name, f"{low}" if low == high else f"{low} or more", len(args))
        return build(*(a if isinstance(a, (Expr, str)) else const(a) for a in args))
    from qwasm.arith.functions import build_call

    return build_call(name, tuple(a if isinstance(a, (Expr, str)) else const(a) for a in args))


def wrong_count(name: str, wanted: str, got: int) -> Exception:
    """The error for a call with a wrong number of arguments."""
    return fail(
        "QW0354",
        f"{name} takes {wanted} argument{'' if wanted == '1' else 's'}, not {got}",
        hint=f"qwasmc help functions shows how {name} is called",
    )


def names() -> frozenset[str]:
    """The function names that a program may write (operators and internal forms left out)."""
    return frozenset(
        {"exp", "log", "sqrt", "sin", "cos", "abs", "floor", "min", "max", "re", "im", "conj", "conv", "dinv"}
    )


def _truth(value: Expr) -> Expr:
    if value.rational() is not None:
        return ONE if value.terms else ZERO
    if is_bit(value):
        return value
    return compare("!=", value, ZERO)


def is_bit(value: Expr) -> bool:
    """True when an expression is a 0/1 polynomial in at most eight 0/1 atoms, decided by trying all of them."""
    atoms: dict[Atom, None] = {}
    for monomial, _ in value.terms:
        for atom, exponent in monomial:
            if not atom.flags & 32 or exponent != 1:
                return False
            atoms[atom] = None
    if len(atoms) > 8:
        return False
    position = {atom: i for i, atom in enumerate(atoms)}
    masks = [(sum(1 << position[a] for a, _ in m), c) for m, c in value.terms]
    return all(sum(c for m, c in masks if m & case == m) in (0, 1) for case in range(1 << len(atoms)))


def _and(*args: Expr) -> Expr:
    return Expr.product(_truth(a) for a in args)


def _or(*args: Expr) -> Expr:
    return ONE - Expr.product(ONE - _truth(a) for a in args)


def _abs(x: Expr) -> Expr:
    """abs splits over products: |c| prod |atom|^e."""
    if x.flags & NONNEGATIVE and x.is_real:
        return x
    if len(x.terms) == 1:
        monomial, c = x.terms[0]
        result = const(abs(c))
        for atom, exponent in monomial:
            if atom.flags & REAL or isinstance(exponent, int):
                result = result * power(_abs_atom(atom), exponent)
            else:
                result = result * from_atom(intern_atom("abs", (), (from_atom(atom, exponent),), REAL | NONNEGATIVE))
        return result
    sign = sign_of(x) if x.is_constant and x.is_real else None
    if sign is not None:
        return x if sign >= 0 else -x
    if (-x).flags & (REAL | NONNEGATIVE) == REAL | NONNEGATIVE:
        return -x
    first = x.terms[0][1]
    flags = REAL | NONNEGATIVE | (x.flags & (INTEGER | NONZERO))
    return from_atom(intern_atom("abs", (), (x if first > 0 else -x,), flags))


def _abs_atom(atom: Atom) -> Expr:
    flags = atom.flags
    if flags & (REAL | NONNEGATIVE) == REAL | NONNEGATIVE:
        return from_atom(atom)
    if atom.name == "i" or flags & SIGN == SIGN:
        return ONE
    if flags & 64 and flags & REAL:
        return from_atom(atom, 2)
    if atom.name == "inv":
        return power(_abs(atom.args[0]), -1)
    if atom.name == "exp":
        return exp(_re(atom.args[0]))
    return from_atom(intern_atom("abs", (), (from_atom(atom),), REAL | NONNEGATIVE | (flags & (INTEGER | NONZERO))))


def _extreme(name: str) -> Callable[..., Expr]:
    def build(*args: Expr) -> Expr:
        kept: list[Expr] = []
        for x in args:
            if not x.is_real and x.is_constant:
                raise fail("QW0353", f"{name} of the complex number {x}", hint="compare abs, re or im")
            for i, y in enumerate(kept):
                sign = known_sign(x - y)
                if sign is not None:
                    if (sign > 0) == (name == "max"):
                        kept[i] = x
                    break
            else:
                kept.append(x)
        kept = sorted(dict.fromkeys(kept), key=lambda e: (e.size, e.digest))
        if len(kept) == 1:
            return kept[0]
        flags = reduce(lambda a, b: a & b, (e.flags for e in kept))
        return from_atom(intern_atom(name, (), tuple(kept), flags))

    return build


def known_sign(x: Expr) -> int | None:
    """The sign of a real expression where it is certain: 1 (or >= 0), -1 (or <= 0), 0, else None."""
    if x.is_zero:
        return 0
    if not x.is_real:
        return None
    if x.flags & NONNEGATIVE:
        return 1
    if (-x).flags & NONNEGATIVE:
        return -1
    return sign_of(x) if x.is_constant else None


def _re(z: Expr) -> Expr:
    return (z + z.conj()) / 2


def _im(z: Expr) -> Expr:
    return (z - z.conj()) / (2 * I)


def _table(*args: Expr | str) -> Expr:
    """table(name, point) or table(name, "real", point): a user's table of numbers read at the point."""
    *data, point = args
    if not isinstance(point, Expr) or not data or not all(isinstance(d, str) for d in data):
        raise wrong_count("table", "a name and a point", len(args))
    flags = REAL if "real" in data[1:] else 0
    return from_atom(intern_atom("table", tuple(str(d) for d in data), (point,), flags))


_ROWS: dict[str, tuple[int, int, Callable[..., Expr]]] = {
    "exp": (1, 1, exp),
    "log": (1, 1, log),
    "sqrt": (1, 1, lambda x: power(x, Fraction(1, 2))),
    "sin": (1, 1, lambda x: sin_cos("sin", x)),
    "cos": (1, 1, lambda x: sin_cos("cos", x)),
    "abs": (1, 1, _abs),
    "floor": (1, 1, floor),
    "mod": (2, 2, modulo),
    "pow": (2, 2, power_expr),
    "min": (1, 10**6, _extreme("min")),
    "max": (1, 10**6, _extreme("max")),
    "re": (1, 1, _re),
    "im": (1, 1, _im),
    "conj": (1, 1, lambda z: z.conj()),
    "and": (1, 10**6, _and),
    "or": (1, 10**6, _or),
    "not": (1, 1, lambda x: ONE - _truth(x)),
    "table": (2, 3, _table),
    "pos": (1, 1, lambda d: compare(">", d, ZERO)),
    "eq": (1, 1, lambda d: compare("==", d, ZERO)),
    **{op: (2, 2, lambda a, b, op=op: compare(op, a, b)) for op in ("<", "<=", "==", "!=", ">", ">=")},
}
AT_N = frozenset(("log", "exp", "sqrt", "sin", "cos", "abs", "floor"))

__all__ = ["MINUS_ONE", "POSITIVE", "call", "is_bit", "known_sign", "names", "wrong_count"]
