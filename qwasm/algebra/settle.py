"""Comparisons and floors of irrational values: floats decide, and near misses are settled exactly.

A value within 1e-9 of the size of its terms is not trusted: at those places the
expression is made a constant of the ring and decided there.
"""

from __future__ import annotations

from collections.abc import Generator
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from qwasm.algebra.atoms import Atom
from qwasm.algebra.rationals import Rat
from qwasm.algebra.ring import Expr, const
from qwasm.diagnostics import fail
from qwasm.space import Field

if TYPE_CHECKING:
    from qwasm.algebra.evaluate import Context, Scope

NEAR = 1e-9
SETTLED = 20_000  # places settled exactly before giving up


def settle(context: Context, atom: Atom, scope: Scope) -> Generator[Any, Any, Rat | None]:
    """The value of pos, eq or floor at arguments that are not exact; None for other functions."""
    from qwasm.algebra.evaluate import Context as Fresh

    name = atom.name
    argument = atom.args[0]
    if name not in ("pos", "eq", "floor"):
        return None
    plain = context if not context.modulus else Fresh(Field("complex"), context.tables)
    if plain is context:
        from qwasm.algebra.readings import terms_in_field

        value, size = yield from terms_in_field(context, argument, scope)
    else:
        value, size = plain.run("field", argument, scope), 1.0
        size = np.abs(value) + size
    if np.iscomplexobj(value):
        if name == "eq":
            value = np.abs(value)
        elif np.any(np.abs(np.imag(value)) > NEAR * size):
            place = scope.first(np.imag(value) != 0)
            what = "the order" if name == "pos" else name
            raise fail("QW0643", f"{what} of a complex number at {place}", hint="take re or im first")
        else:
            value = np.real(value)
    distance = np.abs(value - np.round(value)) if name == "floor" else np.abs(value)
    near = np.asarray(distance <= NEAR * (size + (1.0 if name == "floor" else 0.0)))
    result = _from_floats(name, value)
    if np.any(near) and not argument.opaque:
        result = _at_places(name, argument, near, np.array(result), scope)
    return Rat(result)


def _from_floats(name: str, value: Any) -> Any:
    if name == "floor":
        result = np.floor(value)
    else:
        result = value > 0 if name == "pos" else value == 0
    return result.astype(np.int64) if isinstance(result, np.ndarray) else int(result)


def _at_places(name: str, argument: Expr, near: Any, result: Any, scope: Scope) -> Any:
    """Decide again, exactly, where floats are too close."""
    from qwasm.algebra.functions import call

    places = np.argwhere(near) if near.ndim else [()]
    if len(places) > SETTLED:
        raise fail(
            "QW0646",
            f"{len(places)} values of {argument} are too close to decide",
            hint="write the comparison with integers",
        )
    for place in places:
        index = tuple(place)
        values: dict[str, Expr | int] = {}
        for key in sorted(argument.symbols):
            item = scope.env[key]
            if isinstance(item, np.ndarray):
                item = np.broadcast_to(item, near.shape)[index]
                item = item.item() if isinstance(item, np.generic) else item
            if isinstance(item, complex):
                return result if result.ndim else int(result)
            values[key] = const(Fraction(item))
        decided = call(name, argument.substitute(values)).integer()
        if decided is not None:
            result[index] = decided
    return result if result.ndim else int(result)
