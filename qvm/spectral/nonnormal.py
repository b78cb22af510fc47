"""All eigenpairs of a dense matrix without symmetry, each eigenvalue with a proved bar.

The bar is the least that can be proved: Gershgorin discs in the computed eigenbasis, a
Newton-Kantorovich ball round a single pair, or Elsner's bar, which holds for any residual.

>>> import numpy as np
>>> X = np.array([[1.0, 1.0], [0.0, 2.0]])
>>> pairs = Pairs(X, 1e-16 * X)
>>> error, method = pairs.bar(0)
>>> error < 1e-12, method
(True, 'Gershgorin discs')
"""

from __future__ import annotations

from typing import Any

import numpy as np

from qvm.spectral.bounds import magnitude
from qvm.spectral.dense import balanced
from qvm.spectral.linearmap import Array
from qvm.spectral.perron import elsner
from qvm.spectral.sums import growth
from qvm.spectral.verify import discs, kantorovich

UNIT = 2.0**-53
SINGLE = 16  # inverses for single pairs at any size,
SPARE = 1 << 36  # and the elements that more of them may touch


class Pairs:
    """theta, right vectors and bars of every matrix that differs from X by at most `spread`, entry by entry."""

    def __init__(self, X: Array, spread: Array) -> None:
        import scipy.linalg

        lapack: Any = scipy.linalg
        self.X, self.d = balanced(X)
        self.entries = magnitude(spread * (self.d[None, :] / self.d[:, None]))
        self.theta, self.right = lapack.eig(self.X)
        self.radii = discs(self.X, self.theta, self.right, self.entries)
        self.norm = magnitude(self.X) + self.entries
        self.singles = SINGLE + SPARE // max(1, X.shape[0]) ** 3
        self.bars: dict[int, tuple[float, str]] = {}

    def bar(self, i: int) -> tuple[float, str]:
        """(radius about theta[i] that holds an eigenvalue, how it is proved)."""
        if i not in self.bars:
            self.bars[i] = self._bar(i)
        return self.bars[i]

    def _bar(self, i: int) -> tuple[float, str]:
        theta, x = complex(self.theta[i]), self.right[:, i]
        best = float(self.radii[i]), "Gershgorin discs"
        if best[0] <= 1e-6 * (1 + abs(theta)):
            return best
        if self.singles > 0:
            self.singles -= 1
            best = min(best, (kantorovich(self.X, theta, x, self.entries), "Newton-Kantorovich"))
        n = len(x)
        length = float(np.linalg.norm(x)) or 1.0
        rounded = growth(4 * (n + 8), UNIT) * magnitude(self.X) + self.entries
        residual = float(np.linalg.norm(self.X @ x - theta * x)) / length + rounded
        return min(best, (elsner(self.norm, residual, n), "Elsner's bar from the residual"))

    def vector(self, i: int) -> Array:
        """The right eigenvector of theta[i] in the coordinates of X."""
        return np.asarray(self.right[:, i] * self.d)
