"""Reductions: what one number a state (or two) becomes, with its rounding bound.

Every sum runs by a fixed tree, so its bits depend on the numbers and on nothing else.  A sum
of integers below 2^53 is exact, and says so; in mod(l) every sum is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from qwasm.instructions.interface import Run
from qwasm.scalar import Scalar

UNIT = 2.0**-53


def inner(run: Run, op: Any, x: Any, y: Any) -> Scalar:
    """<x, y> = sum_n w(n) conj(x(n)) y(n); in the hilbert picture the plain dot product."""
    factors = (conjugate(run.wide(x)), run.wide(y))
    if run.space.weight.s == 0 or op.picture == "hilbert":
        return run.total(factors, 1, (x, y))
    return run.total((*factors, run.weights()), 3)


def square_root(run: Run, square: Scalar) -> Scalar:
    """The root of a scalar >= 0: |sqrt a - sqrt b| <= |a - b| / sqrt b."""
    value = max(0.0, float(square.value.real))
    root = math.sqrt(value)
    if square.error == 0 and root == int(root) and root * root == value:
        return run.scalar(root)
    spread = square.error / root if root else math.sqrt(square.error)
    return run.scalar(root, spread * (1 + 4 * UNIT) + root * 2 * UNIT, square.kind)


def conjugate(x: Any) -> Any:
    """The complex conjugate; real numbers as they are, not copied."""
    return np.conj(x) if np.iscomplexobj(x) else x


def factors(x: Any) -> tuple[Any, ...]:
    """Arrays whose product is abs(x)^2."""
    return (squares(x),) if np.iscomplexobj(x) else (x, x)


def squares(x: Any) -> Any:
    """abs(x)^2, entry by entry, as real numbers."""
    return x.real * x.real + x.imag * x.imag if np.iscomplexobj(x) else x * x


def norm(run: Run, op: Any, x: Any) -> Scalar:
    """sqrt(<x, x>) in the weight of the space, in every entry of a state or a field."""
    flat = factors(run.wide(x))
    if run.space.weight.s != 0 and op.picture == "nspace":
        return square_root(run, run.total((*flat, run.weights()), 4))
    return square_root(run, run.total(flat, 2, (x,)))


def l2(run: Run, op: Any, x: Any) -> Scalar:
    """sqrt(sum abs(x)^2), without a weight."""
    return square_root(run, run.total(factors(run.wide(x)), 2, (x,)))


def total(run: Run, op: Any, x: Any) -> Scalar:
    """The sum of all entries."""
    return run.total(x)


def largest(run: Run, op: Any, x: Any) -> Scalar:
    """The largest entry."""
    return run.scalar(np.max(x))


def smallest(run: Run, op: Any, x: Any) -> Scalar:
    """The smallest entry."""
    return run.scalar(np.min(x))


def argmax(run: Run, op: Any, x: Any) -> Scalar:
    """The least n at which the largest entry stands."""
    return Scalar(int(np.argmax(x)) + 1)


def count(run: Run, op: Any, x: Any) -> Scalar:
    """How many entries are not zero."""
    return Scalar(int(np.count_nonzero(x)))


def entropy(run: Run, op: Any, x: Any) -> Scalar:
    """-sum q log q for q = w abs(x)^2 / total; 0 for a delta.  A zero state has none."""
    mass = squares(run.wide(x))
    if op.picture == "nspace":
        mass = run.weights() * mass
    whole = run.total(mass, 4)
    if not float(whole.value.real) > 0:
        raise run.fail("QW0601", "a zero state has no entropy", "start from a state that is not zero")
    q = mass / float(whole.value.real)
    terms = np.where(q > 0, -q * np.log(np.where(q > 0, q, 1.0)), 0.0)
    result = run.total(terms, 4)
    relative = whole.error / float(whole.value.real) + 16 * UNIT
    spread = relative * (abs(float(result.value.real)) + 1.0)
    return run.scalar(max(0.0, float(result.value.real)), result.error + spread, "bound")


REDUCTIONS: Mapping[str, Callable[..., Scalar]] = {
    "inner": inner,
    "norm": norm,
    "sum": total,
    "max": largest,
    "min": smallest,
    "l2": l2,
    "entropy": entropy,
    "argmax": argmax,
    "count": count,
}


def reduced(run: Run, op: Any, x: Any) -> Scalar:
    """The reduction that the word `kind` of an instruction names."""
    return REDUCTIONS[str(op["kind"]).lower()](run, op, x)
