"""Residues modulo a prime l < 2^31: division and powers of numbers and arrays.

>>> divide_residue(3, 2, 7, None, None)
5
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qwasm.clock import look
from qwasm.diagnostics import fail

if TYPE_CHECKING:
    from qwasm.algebra.atoms import Atom
    from qwasm.algebra.evaluate import Scope


def residue(value: Any, l: int) -> Any:
    """An integer or an array of integers in [0, l), arrays as int64."""
    return (value % l).astype(np.int64) if isinstance(value, np.ndarray) else int(value) % l


def _refuse(bad: Any, l: int, scope: Scope | None, atom: Atom | None) -> None:
    if np.any(bad):
        from qwasm.algebra.ring import from_atom

        what = f" in {from_atom(atom)}" if atom is not None and atom.key[3] < 40 else ""
        where = f" at {scope.first(bad)}" if scope is not None else ""
        raise fail("QW0642", f"division by a multiple of {l}{what}{where}", hint="use a larger prime l, above N")


def divide_residue(num: Any, den: Any, l: int, scope: Scope | None, atom: Atom | None) -> Any:
    """num/den modulo l.  Raises QW0642 where l divides den."""
    top = residue(num, l)
    if isinstance(den, int) and den == 1:
        return top
    return top * power_residue(residue(den, l), -1, l, scope, atom) % l


def power_residue(base: Any, exponent: Any, l: int, scope: Scope | None, atom: Atom | None) -> Any:
    """base^exponent modulo l, elementwise; 0^0 = 1.  Raises QW0642 for a negative power of 0."""
    if not isinstance(exponent, np.ndarray):
        exponent = int(exponent)
        if exponent < 0:
            _refuse(base == 0, l, scope, atom)
        if not isinstance(base, np.ndarray):
            return pow(int(base), exponent, l)
        bits, base = exponent % (l - 1) if exponent < 0 else exponent, base
        if bits >= l:  # x^(l-1) = 1 for x != 0, and 0 stays 0
            bits = bits % (l - 1) + (l - 1)
        result = np.ones_like(base)
        while bits:
            look()
            if bits & 1:
                result = result * base % l
            bits >>= 1
            if bits:
                base = base * base % l
        return result
    _refuse((exponent < 0) & (base == 0), l, scope, atom)
    small = ((exponent % (l - 1)) + np.where(exponent >= l, l - 1, 0)).astype(np.int64)
    small = np.where((exponent > 0) & (small == 0), l - 1, small)
    base, small = np.broadcast_arrays(np.asarray(base, dtype=np.int64), small)
    result = np.ones(small.shape, dtype=np.int64)
    while np.any(small):
        look()
        result = np.where(small & 1, result * base % l, result)
        small = small >> 1
        base = base * base % l
    return result
