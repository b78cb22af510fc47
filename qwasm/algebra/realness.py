"""Realness: whether an expression surely leaves the real numbers, decided before anything runs.

A value is real when the ring knows it, or when it equals its conjugate.  Otherwise it is tried at
the places where it will be read; one value off the real line refutes it.  What depends on names
that are known only while running is refused when its imaginary part is a sum of powers,
exponentials and logarithms that is not zero; the rest is decided where it is evaluated.

>>> import numpy as np
>>> from qwasm.algebra.functions import call
>>> off_real(call("chi", 5, 2), {"n": np.arange(1, 9)})
'chi(5, 2, n) is not real at n = 2'
>>> off_real(call("chi", 5, 4), {"n": np.arange(1, 9)}) is None
True
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qwasm.algebra.indices import as_expr
from qwasm.algebra.members import member_array
from qwasm.algebra.nodes import Family, Shift, children, expressions
from qwasm.algebra.ring import Expr, symbol
from qwasm.algebra.value import Operator
from qwasm.algebra.walk import subexpressions
from qwasm.diagnostics import QwasmError
from qwasm.space import Field

Grid = Mapping[str, NDArray[np.int64]]
COMPLEX = Field("complex")
PLACES = 4096  # values of n, or of n and the indices of families together, that are tried
TOLERANCE = 1e-9  # of a value, for an imaginary part that is not rounding
SMOOTH = frozenset({"prime", "i", "pi", "symbol", "log", "exp"})
BOUND, BARE = re.compile(r"\$([A-Za-z_]\w*?)\d+\b"), r"\1"  # how families name their variables inside
GENERIC = {"prime": (7, 11), "nat": (7, 11), "int": (7, 11), "real": (0.7310585786300049, 1.4142135623730951)}


def off_real(e: Expr, grid: Grid) -> str | None:
    """Why `e` is not a real number at some place of the grid, or for generic values of its other names; else None."""
    if e.is_real or e.opaque or not all(len(values) for name, values in grid.items() if name in e.symbols):
        return None
    open_names = e.symbols - set(grid)
    if open_names:
        e = e.substitute({name: symbol(name, "real") for name in _scalars(e)})
    if e.is_real or e.conj() is e:
        return None
    if not open_names:
        return _witness(e, e, grid)
    imaginary = e - e.conj()
    if not _smooth(imaginary, grid) or _witness(e, imaginary, {**grid, **_generic(e, grid)}) is None:
        return None
    return f"{_short(e)} is not real"


def _smooth(e: Expr, grid: Grid) -> bool:
    """Whether only what is read on the grid may jump as the other names change."""
    atoms = [atom for part in subexpressions(e) for monomial, _ in part.terms for atom, _ in monomial]
    return all(atom.name in SMOOTH or atom.symbols <= set(grid) for atom in atoms)


def _scalars(e: Expr) -> list[str]:
    """The names of registers in an expression: real numbers in a real field."""
    return sorted({str(name) for name, kind in _symbols(e) if kind == "scalar"})


def _symbols(e: Expr) -> Iterator[tuple[Any, Any]]:
    for part in subexpressions(e, lambda x: bool(x.symbols)):
        for monomial, _ in part.terms:
            yield from ((atom.data[0], atom.data[1]) for atom, _ in monomial if atom.name == "symbol")


def _generic(e: Expr, grid: Grid) -> dict[str, Any]:
    """Values that no polynomial of small height has as zeros, by the kinds of the names; different for each name."""
    kinds = {str(name): str(kind) for name, kind in _symbols(e) if name not in grid}
    return {name: GENERIC.get(kinds[name], GENERIC["real"])[i % 2] for i, name in enumerate(sorted(kinds))}


def _witness(e: Expr, value: Expr, grid: Mapping[str, Any]) -> str | None:
    """The first place of the grid where `value` is not real."""
    from qwasm.algebra.evaluate import evaluate

    used = {name: values for name, values in grid.items() if name in value.symbols}
    try:
        found = np.atleast_1d(np.asarray(evaluate(value, COMPLEX, used)))
    except QwasmError:
        return None
    size = np.abs(found)
    off = np.abs(found.imag) > np.maximum(TOLERANCE * size, 1e-12 * float(size.max(initial=0.0)))
    if not off.any():
        return None
    first = int(np.argmax(off))
    where = ", ".join(
        f"{BOUND.sub(BARE, name)} = {np.atleast_1d(values)[first]}" for name, values in used.items() if np.ndim(values)
    )
    return f"{_short(e)} is not {f'real at {where}' if where else 'a real number'}"


def _short(e: Expr) -> str:
    text = BOUND.sub(BARE, str(e)) if e.size < 200 else "this expression"
    return text if len(text) <= 60 else text[:57] + "..."


def places(N: int) -> Grid:
    """n = 1..N, or its first 4096 values."""
    return {"n": np.arange(1, min(N, PLACES) + 1, dtype=np.int64)}


def readings(x: Operator, N: int) -> Iterator[tuple[Expr, Grid]]:
    """Every coefficient and multiplier of an operator that may be complex, with the places where it is read."""
    stack: list[tuple[Operator, Grid]] = [(x, {})]
    seen: dict[tuple[Operator, int], Grid] = {}
    while stack:
        y, bound = stack.pop()
        if (y, id(bound)) in seen:
            continue
        seen[y, id(bound)] = bound
        for triple, f in y.words.items():
            if not f.is_real:
                yield f, _path(triple, bound, N)
        for node, c in y.nodes.items():
            if not c.is_real:
                yield c, _rows(node, bound, N)
            for e in expressions(node):
                if not e.is_real:
                    yield e, _spread(bound, places(N))
            inside = bound
            if isinstance(node, Family) and isinstance(node.low, int) and isinstance(node.high, int):
                low_end = min(node.high, max(node.low, 2) + PLACES)
                inside = _spread(bound, {node.name: member_array(node, upto=low_end)})
            stack.extend((child, inside) for child in children(node))


def _path(triple: tuple[Any, Any, Any], bound: Grid, N: int) -> Grid:
    """The path points k of a word: those with m k, M k and e k inside 1..N."""
    from qwasm.algebra.evaluate import evaluate

    if all(isinstance(index, int) for index in triple):
        return _spread(bound, places(N // max(triple)))
    grid = _spread(bound, places(N))
    k = grid["n"]
    for index in triple:
        e = as_expr(index)
        if e.symbols <= set(grid):
            inside = np.asarray(evaluate(e, Field(), dict(grid))) * k <= N
            grid = {name: values[inside] for name, values in grid.items()}
            k = grid["n"]
    return grid


def _rows(node: Any, bound: Grid, N: int) -> Grid:
    """The rows at which the multiplier before a node is read."""
    n = places(N)["n"]
    if isinstance(node, Shift) and isinstance(node.k, int) and not node.cyclic:
        n = n[(n + node.k >= 1) & (n + node.k <= N)]
    return _spread(bound, {"n": n})


def _spread(bound: Grid, more: Grid) -> Grid:
    """All pairs of places of two grids, as arrays of one length, at most about PLACES of them."""
    [(name, values)] = more.items()
    if not bound:
        return dict(more)
    length = len(next(iter(bound.values())))
    values = values[: max(1, PLACES // max(1, length))]
    spread = {old: np.repeat(column, len(values)) for old, column in bound.items()}
    return {**spread, name: np.tile(values, length)}
