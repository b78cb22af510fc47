"""Arithmetic functions, user tables, conv, dinv and euler at arrays of points.

The point is read exactly; it must be an integer >= 1 everywhere.  A table up to the largest
point is computed once and gathered from.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Generator
from math import isqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from qwasm.algebra.atoms import Atom
from qwasm.algebra.rationals import Rat, bound
from qwasm.algebra.ring import from_atom
from qwasm.arith.convolve import convolve, inverse
from qwasm.arith.functions import lookup
from qwasm.arith.numbers import Array, Numbers, of_field
from qwasm.arith.peel import assemble
from qwasm.arith.rows import ArithFunction, Params
from qwasm.arith.sieve import primes, whole_root
from qwasm.diagnostics import fail

if TYPE_CHECKING:
    from qwasm.algebra.evaluate import Context, Scope

TABLE_LIMIT = 1 << 31  # entries of one table
POINTS = 200_000  # points beyond a sensible table, worked out one by one
KEPT_BYTES = 1 << 28
_kept: OrderedDict[tuple[str, Params, Numbers], Array] = OrderedDict()


def named(context: Context, atom: Atom, scope: Scope, exact: bool) -> Generator[Any, Any, Any]:
    """The value of a named function of a point: Rat or None when `exact`, else in the field."""
    point = yield "exact", atom.args[-1], scope
    points = _points(atom, point, scope)
    if atom.name == "table":
        return _user_table(context, atom, points, exact)
    if atom.bodies:
        table = yield from _with_bodies(context, atom, bound(points), scope, exact)
        return None if table is None else _wrap(_gather(table, points), exact)
    row = lookup(atom.name)
    if row is None:
        raise fail("QW0645", f"no function is called {atom.name!r}", hint="qwasmc help functions lists the functions")
    numbers = of_field(context.field)
    if exact or (row.name == "chi" and numbers.kind == "float"):
        if not atom.flags & 2 and row.name != "chi":
            return None
        if exact and not atom.flags & 2:
            return None
        if exact:
            numbers = Numbers("int" if row.small or row.values is not None else "exact")
    if row.name == "chi" and not atom.flags & 2 and not context.modulus:
        numbers = Numbers("complex")
    params: list[Any] = []
    for argument in atom.args[:-1]:
        value = yield "exact", argument, scope
        if value is None or not np.all(value.whole()):
            raise fail("QW0641", f"{atom.name} takes integer parameters", hint="give integers")
        params.append(value.floor())
    return _wrap(_read(row, params, points, numbers), exact)


def _wrap(value: Any, exact: bool) -> Any:
    return Rat(value) if exact else value


def _points(atom: Atom, point: Rat | None, scope: Scope) -> Any:
    shown = str(from_atom(atom)) if atom.key[3] < 40 else atom.name
    if point is None:
        raise fail("QW0641", f"the argument of {shown} is not an exact integer", hint="use floor(...)")
    whole = point.whole()
    if not np.all(whole):
        raise fail(
            "QW0641",
            f"{shown} at a number that is not an integer, {scope.first(~np.asarray(whole))}",
            hint="arithmetic functions take integers >= 1; use floor(...)",
        )
    points = point.floor()
    low = points < 1
    if np.any(low):
        raise fail(
            "QW0641",
            f"{shown} has no value below 1, at {scope.first(low)}",
            hint="arithmetic functions take integers >= 1; exclude the place with a shifted argument",
        )
    return points


def _gather(table: Array, points: Any) -> Any:
    if not isinstance(points, np.ndarray):
        return table[points - 1].item() if table.dtype != object else table[points - 1]
    points = points.astype(np.int64, copy=False)
    if points.ndim == 1 and points.size == len(table) > 0 and points[0] == 1 and np.all(np.diff(points) == 1):
        return table
    return table[points - 1]


def _read(row: ArithFunction, params: list[Any], points: Any, numbers: Numbers) -> Any:
    if any(isinstance(p, np.ndarray) for p in params):
        spread = np.broadcast_arrays(*params, points)
        flat = np.stack([s.ravel() for s in spread[:-1]])
        result = np.empty(spread[-1].size, dtype=numbers.dtype)
        for column in np.unique(flat, axis=1).T:
            mask = np.all(flat == column[:, None], axis=0)
            result[mask] = _read(row, [int(c) for c in column], spread[-1].ravel()[mask], numbers)
        return result.reshape(spread[-1].shape)
    known = tuple(int(p) for p in params)
    row.check(known)
    top = bound(points)
    count = points.size if isinstance(points, np.ndarray) else 1
    if top <= max(1 << 16, 8 * count) and top < TABLE_LIMIT:
        return _gather(table_of(row, known, numbers, top), points)
    return _one_by_one(row, known, points, numbers, count)


def _one_by_one(row: ArithFunction, params: Params, points: Any, numbers: Numbers, count: int) -> Any:
    if not isinstance(points, np.ndarray):
        return _entry(row, params, int(points), numbers)
    distinct, position = np.unique(points, return_inverse=True)
    if len(distinct) > POINTS:
        raise fail(
            "QW0423",
            f"{row.name} at {len(distinct)} points up to {bound(points)} needs too large a table",
            hint="use smaller arguments",
        )
    values = np.empty(len(distinct), dtype=numbers.dtype)
    for i, n in enumerate(distinct.tolist()):
        values[i] = _entry(row, params, n, numbers)
    return values[position].reshape(points.shape)


def _entry(row: ArithFunction, params: Params, n: int, numbers: Numbers) -> Any:
    value = row.at(n, params)
    whole = value.integer()
    if whole is not None:
        return numbers.of(whole)
    number = value.approx()
    return number if numbers.kind == "complex" else number.real


def table_of(row: ArithFunction, params: Params, numbers: Numbers, N: int) -> Array:
    """f(1..N), read-only, from the tables kept or computed."""
    key = (row.name, params, numbers)
    found = _kept.get(key)
    if found is not None and len(found) >= N:
        _kept.move_to_end(key)
        return found[:N]
    table = np.asarray(row.table(N, numbers, params))
    table.setflags(write=False)
    if table.nbytes <= KEPT_BYTES // 4 and numbers.kind != "exact":
        _kept[key] = table
        while sum(t.nbytes for t in _kept.values()) > KEPT_BYTES:
            _kept.popitem(last=False)
    return table


def _user_table(context: Context, atom: Atom, points: Any, exact: bool) -> Any:
    name = str(atom.data[0])
    if name not in context.tables:
        raise fail("QW0645", f"no table {name!r} was given", hint=f'.arith {name} = table("file.npy") names one')
    table = np.asarray(context.tables[name])
    if bound(points) > len(table):
        raise fail(
            "QW0645",
            f"{name} has {len(table)} entries, but {name}({bound(points)}) is needed",
            hint="give a table of at least N entries",
        )
    value = _gather(table, points)
    if table.dtype.kind in "iub":
        value = value.astype(np.int64) if isinstance(value, np.ndarray) else int(value)
        if exact:
            return Rat(value)
        return (
            value % context.modulus
            if context.modulus
            else (value.astype(np.float64) if isinstance(value, np.ndarray) else float(value))
        )
    if exact:
        return None
    if context.modulus:
        raise fail(
            "QW0644",
            f"the table {name} holds floats, which have no exact meaning in {context.field}",
            hint="store integers",
        )
    return value


def _with_bodies(context: Context, atom: Atom, N: int, scope: Scope, exact: bool) -> Generator[Any, Any, Any]:
    """The table 1..N of conv, dinv or euler; None when no exact table exists."""
    if N > TABLE_LIMIT:
        raise fail("QW0423", f"{atom.name} needs a table of {N} entries", hint="use smaller arguments")
    if exact and not atom.flags & 2:
        return None
    if atom.name == "euler":
        return (yield from _euler(context, atom, N, scope, exact))
    inner = scope.bind("n", N, n=np.arange(1, N + 1, dtype=np.int64))
    bodies: list[Any] = []
    for body in atom.args[: atom.bodies]:
        bodies.append((yield "exact" if exact else "field", body, inner))
    numbers, arrays = _common(context, bodies, N, exact)
    if numbers is None:
        return None
    return convolve(arrays[0], arrays[1], numbers) if atom.name == "conv" else inverse(arrays[0], numbers)


def _common(context: Context, values: list[Any], N: int, exact: bool) -> tuple[Numbers | None, list[Array]]:
    """One number system for several tables."""
    if exact:
        if any(v is None or not np.all(v.whole()) for v in values):
            return None, []
        ints = [v.floor() for v in values]
        size = N * max(1, bound(ints[0])) * (max(1, bound(ints[1])) if len(ints) > 1 else 0)
        numbers = Numbers("int" if 0 < size < 1 << 62 else "exact")
        return numbers, [_spread(v, N, numbers) for v in ints]
    numbers = of_field(context.field)
    if not context.modulus:
        numbers = Numbers("complex" if any(np.iscomplexobj(v) for v in values) else "float")
    return numbers, [_spread(v, N, numbers) for v in values]


def _spread(value: Any, N: int, numbers: Numbers) -> Array:
    return np.ascontiguousarray(np.broadcast_to(np.asarray(value, dtype=numbers.dtype), (N,)))


def _euler(context: Context, atom: Atom, N: int, scope: Scope, exact: bool) -> Generator[Any, Any, Any]:
    every = primes(2, N)
    values: list[Any] = []
    k = 1
    while 2**k <= N:
        count = int(np.searchsorted(every, whole_root(N, k), side="right"))
        inner = scope.bind(f"pk{k}", N, p=every[:count], k=k)
        value = yield "exact" if exact else "field", atom.args[0], inner
        if exact and (value is None or not np.all(value.whole())):
            return None
        values.append(np.broadcast_to(np.asarray(value.floor() if exact else value), (count,)))
        k += 1
    numbers = Numbers("exact") if exact else of_field(context.field)
    if not exact and not context.modulus:
        numbers = Numbers("complex" if any(np.iscomplexobj(v) for v in values) else "float")
    small = int(np.searchsorted(every, isqrt(N), side="right"))
    large = values[0][small:] if values else numbers.full(0, 0)
    return assemble(N, numbers, lambda i, p, j: values[j - 1][i], large)
