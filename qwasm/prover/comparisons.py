"""Comparisons in a multiplier: where [n > c] and [n = c] change, and what is 0 between two changes.

>>> from qwasm.algebra.functions import call
>>> from qwasm.prover.strings import POINT
>>> far = call(">", POINT, const(100)) * call(">", POINT, const(50)) - call(">", POINT, const(100))
>>> vanishes(far), next_place(call("==", POINT, const(9973)), 1)
(True, 9973)
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from qwasm.algebra.atoms import Atom, Exponent
from qwasm.algebra.ring import ONE, ZERO, Expr, const, from_atom
from qwasm.algebra.walk import apply_atom, rebuild, subexpressions
from qwasm.diagnostics import QwasmError

MOST = 2_000  # places that are looked at one by one between two changes


def vanishes(f: Expr) -> bool:
    """True when f is seen to be 0 at every n >= 1: between the changes of its comparisons, or place by place."""
    if f.is_zero:
        return True
    if "n" not in f.symbols:
        return False
    k: int | None = 1
    try:
        while k is not None:
            following = _next_break(f, k)
            if not vanishes_from(f, k):
                if following is None or following - k > MOST:
                    return False
                if any(not f.substitute({"n": n}).is_zero for n in range(k, following)):
                    return False
            k = following
    except QwasmError:
        return False
    return True


def next_place(f: Expr, k: int) -> int | None:
    """The next place after k, where f is 0, at which f may not be 0; None when f is 0 from k on.

    Stretches on which comparisons make f vanish are skipped.
    """
    if "n" not in f.symbols:
        return None
    if not vanishes_from(f, k):
        return k + 1
    return _next_break(f, k)


def _breaks(f: Expr) -> list[Fraction]:
    """The places where comparisons of f with n in them change."""
    found: set[Fraction] = set()
    for part in _parts(f):
        for monomial, _ in part.terms:
            for atom, _ in monomial:
                if atom.name in ("pos", "eq"):
                    root = _linear_root(atom.args[0])
                    if root is not None:
                        found.add(root)
    return sorted(found)


def _parts(f: Expr) -> Iterator[Expr]:
    return subexpressions(f, lambda e: "n" in e.symbols)


def _linear_root(d: Expr) -> Fraction | None:
    slope = constant = Fraction(0)
    for monomial, c in d.terms:
        if not monomial:
            constant = c
        elif (
            len(monomial) == 1
            and monomial[0][0].name == "symbol"
            and monomial[0][0].data[0] == "n"
            and monomial[0][1] == 1
        ):
            slope = c
        else:
            return None
    return -constant / slope if slope else None


def _next_break(f: Expr, k: int) -> int | None:
    """The first integer after k at or beside which a comparison changes."""
    candidates = {p for root in _breaks(f) for p in (-((-root).__floor__()), root.__floor__() + 1) if p > k}
    return min(candidates, default=None)


def vanishes_from(f: Expr, k: int) -> bool:
    """True when f is seen to be 0 from k up to the next break: its comparisons have the value they have at k."""

    def factor(atom: Atom, exponent: Exponent, args: tuple[Expr, ...]) -> Expr:
        if atom.name in ("pos", "eq") and _linear_root(atom.args[0]) is not None:
            at = atom.args[0].substitute({"n": k}).rational()
            assert at is not None
            return ONE if (at > 0 if atom.name == "pos" else at == 0) else ZERO
        return apply_atom(atom, args, exponent) if atom.args else from_atom(atom, exponent)

    return rebuild(f, lambda e: "n" in e.symbols, factor).is_zero


__all__ = ["const", "next_place", "vanishes", "vanishes_from"]
