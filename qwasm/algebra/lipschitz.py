"""Lipschitz constants of expressions: how fast f(x, n) can change with x where abs(x) is bounded.

Sums add, products take (sup u) L(v) + (sup v) L(u), and abs, conj, min, max pass on what their
arguments have; so polynomials in x get the exact bound of their terms, and what has jumps or poles
gets infinity.

>>> from qwasm.algebra.ring import symbol
>>> x = symbol("x", "real")
>>> round(lipschitz(x**2 + 3 * x, "x", np.array([1.0, 2.0]), {}), 6)
7.0
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Any

import numpy as np

from qwasm.algebra.atoms import Atom
from qwasm.algebra.evaluate import evaluate
from qwasm.algebra.ring import Expr, _intern
from qwasm.algebra.walk import subexpressions
from qwasm.diagnostics import QwasmError
from qwasm.scalar import OUTWARD
from qwasm.space import Field

COMPLEX = Field("complex")
Pair = tuple[Any, Any]  # (sup abs(f), Lipschitz constant), numbers or arrays over n


def lipschitz(e: Expr, name: str, size: Any, env: Mapping[str, Any], tables: Mapping[str, Any] | None = None) -> float:
    """The largest over n of L with abs(e(x) - e(x')) <= L abs(x - x') for abs(x), abs(x') <= size(n).

    `env` gives the other names numbers or arrays over n.  Infinity where no bound is known.
    """

    def largest(fixed: Expr) -> Any:
        return np.abs(evaluate(fixed, COMPLEX, env, tables))

    values: dict[Expr, Pair] = {}
    try:
        with np.errstate(all="ignore"):
            for node in subexpressions(e, lambda part: name in part.symbols):
                top: Any = 0.0
                slope: Any = 0.0
                for monomial, c in node.terms:
                    fixed = tuple(factor for factor in monomial if name not in factor[0].symbols)
                    pair: Pair = (largest(_intern(((fixed, c),))), 0.0)
                    for atom, exponent in monomial:
                        if name not in atom.symbols:
                            continue
                        found = _atom(atom, values, size, largest)
                        if found is None or not isinstance(exponent, int) or exponent < 1:
                            return inf
                        power = (found[0] ** exponent, exponent * found[0] ** (exponent - 1) * found[1])
                        pair = (pair[0] * power[0], pair[0] * power[1] + pair[1] * power[0])
                    top, slope = top + pair[0], slope + pair[1]
                values[node] = top, slope
    except QwasmError:
        return inf
    bound = float(np.max(values[e][1])) * OUTWARD if e in values else 0.0
    return bound if bound == bound else inf


def _atom(atom: Atom, values: Mapping[Expr, Pair], size: Any, largest: Any) -> Pair | None:
    """The pair of one function of x; None where it may jump or has a pole."""
    args = [values[a] if a in values else (largest(a), 0.0) for a in atom.args]
    match atom.name:
        case "symbol":
            return size, 1.0
        case "abs" | "conj" | "base":
            return args[0]
        case "min" | "max":
            tops, slopes = zip(*args, strict=True)
            return np.maximum.reduce(np.broadcast_arrays(*tops)), np.maximum.reduce(np.broadcast_arrays(*slopes))
        case "exp":
            return np.exp(args[0][0]), np.exp(args[0][0]) * args[0][1]
        case "sin" | "cos" if atom.args[0].is_real:
            return 1.0, args[0][1]
    return None
