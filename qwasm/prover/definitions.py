"""Words of the language written out by their definitions, as the JSON of statements.

>>> multiplier(["*", ["log", "n"], ["==", ["mod", "n", 6], 0]])
['product', ['V', ['log', 'n']], ['P', 6]]
>>> series("Dir", ["sigma", 1, "n"])
['product', ['Dir', ['^', 'n', 1]], ['Dir', 1]]
"""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import Any

from qwasm.prover.adjoints import exact

JSON = Any
HALF = "1/2"
BITS = frozenset(("not", "==", "!=", "<", "<=", ">", ">=", "isprime", "ispower"))
CONVOLUTIONS: dict[str, list[JSON]] = {  # by definition
    "tau": [1, 1], "sigma": ["n^k", 1], "phi": [["mu", "n"], "n"], "J": [["mu", "n"], "n^k"],
    "omega": [1, ["isprime", "n"]],
}  # fmt: skip


def truth(value: JSON) -> JSON:
    """0 or 1 for whether a scalar is not 0."""
    return value if isinstance(value, list) and value[0] in BITS else ["!=", value, 0]


def times(factors: list[JSON]) -> JSON:
    """The product of scalars, its rational numbers multiplied."""
    number = prod(Fraction(f) for f in factors if is_number(f))
    rest = [f for f in factors if not is_number(f)]
    if number != 1 or not rest:
        rest = [exact(Fraction(number)), *rest]
    return rest[0] if len(rest) == 1 else ["*", *rest]


def kernel(index: JSON, c: JSON) -> JSON:
    """K[e, c] = e^-c A[e] + e^c B[e]."""
    return ["sum", ["scale", ["^", index, times([-1, c])], ["A", index]], ["scale", ["^", index, c], ["B", index]]]


def multiplier(f: JSON) -> JSON:
    """V(f), in which the multiples of q are P[q]."""
    match f:
        case ["==", ["mod", "n", q], 0]:
            return ["P", q]
        case ["+" | "*" as head, *parts]:
            found = [multiplier(g) for g in parts]
            if any(x[0] != "V" for x in found):
                return ["sum" if head == "+" else "product", *found]
    return ["V", f]


def series(head: str, f: JSON) -> JSON:
    """Dir(f) or coDir(f); of a Dirichlet product it is a product of letters."""
    match f:
        case ["conv", g, h, "n"]:
            pair = [g, h]
        case [str(name), *k, "n"] if name in CONVOLUTIONS:
            pair = [["^", "n", k[0]] if g == "n^k" else g for g in CONVOLUTIONS[name]]
        case _:
            return [head, f]
    return ["product", *(series(head, g) for g in pair)]


def is_number(value: JSON) -> bool:
    return isinstance(value, int) or (isinstance(value, str) and value[0] in "-0123456789")
