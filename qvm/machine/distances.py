"""Distances: how far a result may be, from what its method adds and what its inputs are off.

Where every input is exact and no method approximates, nothing is computed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from typing import Any

import numpy as np

from qvm.machine.blocks import Activation
from qvm.machine.context import Context
from qvm.machine.resolve import Resolved
from qwasm.instructions import errors
from qwasm.scalar import NOWHERE, Distance, Scalar, weakest
from qwasm.space import Picture


def distance(
    run: Context,
    error: Callable[..., float] | None,
    values: Resolved,
    name: str,
    sources: Sequence[int],
    activation: Activation,
    found: Any,
) -> Distance:
    """How far the result `found` of the operation called `name` may be.

    `error` is that of its row: None, an infinity, and losses that it does not ask for, leave the
    result not bounded.  The kind is the weakest of the inputs', and at best "bound".
    """
    made = run.taken()
    inputs = [activation.values[slot] for slot in sources]
    if not run.losses and all(activation.distances[slot] is NOWHERE for slot in sources):
        operands = (*inputs, *values.values()) if values else inputs
        if all(isinstance(item, np.ndarray) for item in operands):
            return made
    given = [activation.distances[slot] for slot in sources]
    off = [item for item in given if item.size]
    uncertain = [s.kind for value in (*inputs, *values.values()) for s in errors.scalars(value) if s.error]
    lost = bool(run.losses)
    if not (off or uncertain or lost):
        return made
    reasons = [source for item in off for source in item.sources]
    reasons += ["uncertain scalars"] * bool(uncertain) + ["exponential"] * lost
    size = inf
    if all(item.size < inf for item in off):
        size = inf if error is None else error(run, values, tuple(inputs), tuple(item.size for item in given), found)
        if run.losses or not size < inf:
            size, reasons = inf, [f"error not bounded: came through {name}"]
    run.losses.clear()
    kind = weakest("bound", *(item.kind for item in off), *uncertain)
    return made.plus(Distance(size, kind, tuple(dict.fromkeys(reasons)))) if size else made


def scaled(run: Context, c: Scalar, x: Any, off: Distance, picture: Picture) -> Distance:
    """How far c x may be, for an x that is off by `off`."""
    if not (c.error or off.size):
        return off
    size = errors.weighted(run, Resolved({}, picture), ((c, x, off.size),))
    reasons = (*off.sources, *(("uncertain scalars",) if c.error else ()))
    return Distance(size, weakest("bound", off.kind, c.kind), tuple(dict.fromkeys(reasons)))
