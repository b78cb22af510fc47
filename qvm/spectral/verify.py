"""Eigenvalues of general matrices, with proofs where they exist.

V^-1 X V is nearly diagonal, so Gershgorin discs round its diagonal hold all eigenvalues, and a
disc, or a union of overlapping ones, apart from the others holds as many as it has centres.
Where eigenvectors are nearly dependent, a Newton-Kantorovich argument proves a single
eigenpair.

>>> import numpy as np
>>> theta, V = np.linalg.eig(np.array([[1.0, 1.0], [0.0, 2.0]]))
>>> discs(np.array([[1.0, 1.0], [0.0, 2.0]]), theta, V, 0.0).max() < 1e-11
np.True_
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from qvm.spectral.bounds import magnitude
from qvm.spectral.dense import UNIT
from qvm.spectral.linearmap import Array
from qvm.spectral.sums import growth

Radii = NDArray[np.float64]


def discs(X: Array, theta: Array, V: Array, entries: float) -> Radii:
    """For each theta_i a radius that holds an eigenvalue of every X' with ||X' - X||_2 <= entries; inf if unproved.

    Overlapping discs count as one: the radius then reaches across their union.
    """
    N = X.shape[0]
    try:
        W = np.linalg.inv(V)
    except np.linalg.LinAlgError:
        return np.full(N, np.inf)
    gamma = growth(8 * (N + 8), UNIT)
    size_W, size_V = np.abs(W), np.abs(V)
    with np.errstate(over="ignore", invalid="ignore"):
        defect = np.abs(W @ V - np.eye(N)) + gamma * (size_W @ size_V)
        spread = np.sqrt(float(defect.sum(axis=0).max()) * float(defect.sum(axis=1).max()))
        rows = float(defect.sum(axis=1).max())
        if not rows < 0.5 or not np.isfinite(spread):
            return np.full(N, np.inf)
        M = (W @ (X @ V)) - np.diag(theta)
        error = np.abs(M) + 2 * gamma * (size_W @ (np.abs(X) @ size_V))
        full = error + np.diag(np.abs(theta))
        extra = defect @ full + (rows * rows / (1 - rows)) * full.sum(axis=1).max() / N * np.ones((N, N))
        pushed = entries * magnitude(W) * magnitude(V) * 2
        radii = (error + extra).sum(axis=1) * (1 + 1e-12) + pushed
    return components(theta, radii)


def components(theta: Array, radii: Radii) -> Radii:
    """Radii about each centre that cover the whole union of discs its own disc belongs to."""
    N = len(theta)
    order = np.argsort(theta.real - radii, kind="stable")
    group = np.full(N, -1)
    count = 0
    for i in range(N):
        if group[i] >= 0:
            continue
        stack = [i]
        group[i] = count
        while stack:
            j = stack.pop()
            near = order[(np.abs(theta[order] - theta[j]) <= radii[order] + radii[j]) & (group[order] < 0)]
            group[near] = count
            stack.extend(near.tolist())
        count += 1
    result = np.zeros(N)
    for g in range(count):
        member = np.flatnonzero(group == g)
        if len(member) == 1:
            result[member] = radii[member]
            continue
        gap = np.abs(theta[member][:, None] - theta[member][None, :]) + radii[member][None, :]
        result[member] = gap.max(axis=1)
    return result


def kantorovich(X: Array, theta: complex, x: Array, entries: float) -> float:
    """A radius about theta that holds an eigenvalue of every X' with ||X' - X||_2 <= entries; inf when not proved.

    With an approximate inverse R of the Jacobian J of ((X - lambda) x, e^H x - 1) the correction
    R g solves Newton's equation when g = -F + (I - J R) g + (R g)_lambda (R g)_x.  That maps a ball
    of radius rho into itself when ||F|| + ||I - J R|| rho + kappa ||R|| rho^2 <= rho, kappa the norm
    of the last row of R; lambda moves by kappa rho at most.  (After Rump, 2010.)
    """
    N = X.shape[0]
    x = x / np.linalg.norm(x)
    J = np.zeros((N + 1, N + 1), np.complex128)
    J[:N, :N] = X - theta * np.eye(N)
    J[:N, N] = -x
    J[N, :N] = x.conj()
    try:
        R = np.linalg.inv(J)
    except np.linalg.LinAlgError:
        return float("inf")
    size = magnitude(R)
    if not size < 1e150:
        return float("inf")
    gamma = growth(8 * (N + 8), UNIT)
    scale = magnitude(X) + abs(theta) + 1
    residual = float(np.linalg.norm(X @ x - theta * x)) + gamma * scale + entries
    alpha = magnitude(np.eye(N + 1) - J @ R) + gamma * size * (scale + 2) + size * entries
    kappa = float(np.linalg.norm(R[N])) * (1 + gamma)
    return kappa * least_fixed(residual + 8 * UNIT, alpha, kappa * size)


def least_fixed(f: float, alpha: float, h: float) -> float:
    """The least r >= 0 with f + alpha r + h r^2 <= r, rounded up; infinite when there is none."""
    if not alpha < 1 or not np.isfinite(f + h):
        return float("inf")
    gap = (1 - alpha) ** 2 - 4 * f * h * (1 + 1e-9)
    return float(2 * f / (1 - alpha + np.sqrt(gap)) * (1 + 1e-9)) if gap > 0 else float("inf")
