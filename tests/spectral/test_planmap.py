"""Transposes and majorants read off a plan are those of its matrix, for every kind of part."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from qvm_backends.reference.kernels import ReferenceKernels

from qvm.spectral import operator_norm
from qvm.spectral.planmap import plan_map
from qvm.spectral.plans import adjoint_plan, majorant_plan
from qvm.spectral.selfadjoint import prepare
from qwasm.ir.elaborate import operator
from qwasm.qpu.plan import (
    Chain,
    Diagonal,
    Dirichlet,
    Exponential,
    Inverse,
    Outer,
    Part,
    Plan,
    Repeat,
    Shift,
    Strided,
    Weighted,
)
from qwasm.space import Space, Weight

N = 30
run = ReferenceKernels().apply
wave = np.sin(np.arange(1, N + 1.0))


def whole(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


terms = Strided(whole(2, 1, 3), whole(1, 3, 3), whole(15, 10, 10), np.array([0.5, -1.5, 2.0]))
base = Plan(N, N, (terms, Diagonal(wave), Shift(2, False, 0.3), Outer(wave, np.cos(wave))))
one_sided = Plan(N, N, (Diagonal(np.full(N, 2.0)), Dirichlet(np.r_[0, wave[1:]], False)))
PARTS: tuple[Part, ...] = (
    terms,
    Weighted(2, 3, wave[:10]),
    Weighted(2, 2, wave[:15]),
    Diagonal(wave),
    Dirichlet(np.r_[2.0, wave[1:]], True),
    Dirichlet(np.ones(N), False, True),
    Shift(-1, True, 0.2),
    Shift(3, False, -1.0),
    Outer(wave, np.cos(wave)),
    Chain((base, one_sided), -2.0),
    Repeat(base, 3, 0.1),
    Exponential(Plan(N, N, (terms,)), 0.5),
    Inverse(one_sided, 0.7),
)
every = pytest.mark.parametrize("part", PARTS, ids=lambda part: type(part).__name__)


@every
def test_transpose_majorant_diagonal_and_summands_are_those_of_the_matrix(part: Part) -> None:
    plan = Plan(N, N, (part, Diagonal(np.cos(wave))))
    map = plan_map(plan, run, False)
    X = map.matrix()
    slack = 1e-12 * float(np.abs(X).max())
    np.testing.assert_allclose(run(adjoint_plan(plan), np.eye(N)).T, X.T, atol=slack)
    assert np.all(np.abs(X) - slack <= run(majorant_plan(plan), np.eye(N)).T)
    box = map.enclosure
    assert box is not None and map.split is not None
    radius = np.array([box.radius(row) for row in np.eye(N)]).T
    transposed = np.array([box.transposed(row) for row in np.eye(N)]).T
    assert np.all(radius >= np.abs(X - np.diag(box.centre)) - slack)
    np.testing.assert_allclose(transposed, radius.T, atol=1e-12 * float(radius.max(initial=0.0)))
    if box.whole:
        np.testing.assert_allclose(box.centre, np.diagonal(X), atol=slack)
    np.testing.assert_allclose(sum(piece.matrix() for piece in map.split()), X, atol=slack)
    norm = operator_norm(map, dense=0)
    assert abs(complex(norm.value) - np.linalg.norm(X, 2)) <= norm.error * (1 + 1e-9)


def test_the_policy_warns_exactly_where_the_weight_does_not_fit() -> None:
    X = operator("K[2] + V(log)")
    fits, silent = prepare(X, Space(20, Weight(Fraction(1))), run)
    assert fits.selfadjoint and silent is None
    np.testing.assert_allclose(fits.matrix(), fits.matrix().T, atol=1e-15)
    other, warning = prepare(X, Space(20), run)
    assert not other.selfadjoint and warning is not None
    assert warning.code == "QW0900" and warning.severity == "warning" and "n^-1" in warning.hint
