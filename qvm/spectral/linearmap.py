"""Linear maps: an N x N matrix known by what it does to vectors.

Every number this package reports rests on an `apply` that takes one vector (N,) or a block of
row vectors (k, N); whatever computes it, a backend or a dense matrix, is a stranger here.  An
`Enclosure`, when there is one, bounds the matrix entry by entry and turns estimates into bounds.

>>> import numpy as np
>>> X = from_matrix(np.array([[2.0, 1.0], [1.0, 2.0]]), selfadjoint=True)
>>> X(np.array([1.0, 0.0])).tolist(), X.N
([2.0, 1.0], 2)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from qwasm.record import field, record

if TYPE_CHECKING:
    from qvm.spectral.smooth import Core
    from qvm.spectral.sparse import Sparse

Array = NDArray[Any]
Apply = Callable[[Array], Array]
Note = Callable[[str], None]
Rows = Sequence[tuple[Any, Any, Any]]
Steps = Callable[[Array, Array, Array, Any, Rows], tuple[Array, Array] | None]
DENSE = 4096  # the largest N that is treated as a matrix of numbers
BLOCK = 1 << 22  # entries of a block of vectors held at once


@record(eq=False)
class Enclosure:
    """X = diag(centre) + R with |R| <= radius, entry by entry.

    `radius` and `transposed` apply that nonnegative matrix and its transpose to nonnegative
    vectors (N,).  `diagonal` says R = 0; `whole` says centre is the whole diagonal of X; `core` gives
    the component of the radius that all others are parts of, where there is one.
    """

    centre: Array
    radius: Apply
    transposed: Apply
    diagonal: bool = False
    whole: bool = False
    core: Callable[[], Core | None] | None = None


@record(eq=False)
class LinearMap:
    """A linear map on N numbers of one dtype; `apply` works on (N,) and on rows of (k, N).

    `adjoint` applies the Euclidean conjugate transpose.  `selfadjoint` is meant in the Euclidean
    sense: an operator that is self-adjoint in a weight is so in the hilbert picture.  `bound` is a
    proven upper bound of the 2-norm.  `operations` bounds the rounding errors of one application:
    |fl(X x) - X x| <= operations * u * |X| |x|; 0 stands for N.  `split` gives summands for Trotter.
    `sparse` gives the matrix entry by entry, or None where it has too many entries.
    `steps(before, here, total, shift, rows)` runs next = al (X - shift) here + be before, total += ga next for rows
    (al, be, ga) and gives the last two states, or None where it cannot; `polynomial(x, shift, start, rows)` gives
    start x + the sum of ga next from before = here = x.
    `note`, where there is one, hears how far a long loop has come; it may raise to end the loop.
    """

    N: int
    dtype: np.dtype[Any]
    apply: Apply
    adjoint: Apply | None = None
    selfadjoint: bool = False
    bound: float | None = None
    dense: Callable[[], Array] | None = None
    enclosure: Enclosure | None = None
    operations: int = 0
    split: Callable[[], list[LinearMap]] | None = None
    sparse: Callable[[], Sparse | None] | None = None
    memo: dict[str, Any] = field(default_factory=dict, repr=False)
    note: Note | None = field(default=None, repr=False)
    steps: Steps | None = None
    polynomial: Callable[[Array, Any, Any, Rows], Array | None] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "dtype", np.dtype(self.dtype))
        if self.adjoint is None and self.selfadjoint:
            object.__setattr__(self, "adjoint", self.apply)

    def __call__(self, x: Array) -> Array:
        return self.apply(x)

    @property
    def unit(self) -> float:
        """The unit roundoff of the numbers the map works in."""
        return float(np.finfo(self.dtype).eps) / 2

    @property
    def rounding(self) -> float:
        """operations * u: the relative error of one application against |X| |x|."""
        return max(self.operations or self.N, 4) * self.unit

    @property
    def is_complex(self) -> bool:
        return self.dtype.kind == "c"

    def matrix(self) -> Array:
        """The N x N matrix, from `dense` or by applying the map to unit vectors; kept."""
        if "matrix" not in self.memo:
            self.memo["matrix"] = self.dense() if self.dense is not None else by_columns(self)
        matrix: Array = self.memo["matrix"]
        return matrix

    def shifted(self, c: complex | float) -> Apply:
        """x -> X x - c x."""
        return self.apply if c == 0 else lambda x: self.apply(x) - c * x


def by_columns(map: LinearMap) -> Array:
    """The matrix of a map, column by column in blocks of unit vectors."""
    matrix = np.zeros((map.N, map.N), map.dtype)
    step = max(1, min(256, BLOCK // map.N))
    for start in range(0, map.N, step):
        if map.note is not None:
            map.note(f"matrix: column {start + 1} of {map.N}")
        stop = min(start + step, map.N)
        unit = np.zeros((stop - start, map.N), map.dtype)
        unit[np.arange(stop - start), np.arange(start, stop)] = 1
        matrix[:, start:stop] = map.apply(unit).T
    return matrix


def from_matrix(matrix: Array, selfadjoint: bool = False) -> LinearMap:
    """The map of a dense N x N matrix, with its entrywise enclosure."""
    size = matrix.shape[0]
    kind = np.dtype(np.complex128) if matrix.dtype.kind == "c" else np.dtype(np.float64)
    entries = matrix.astype(kind)
    centre = np.diagonal(entries).copy()
    radius = np.abs(entries)
    np.fill_diagonal(radius, 0.0)
    enclosure = Enclosure(centre, lambda v: radius @ v, lambda v: radius.T @ v, not radius.any(), True)

    def sparse() -> Sparse:
        from qvm.spectral.sparse import from_dense

        return from_dense(entries, float(np.finfo(np.float64).eps) / 2)

    return LinearMap(
        size,
        kind,
        lambda x: x @ entries.T,
        lambda x: x @ entries.conj(),
        selfadjoint,
        dense=lambda: entries,
        enclosure=enclosure,
        operations=size,
        sparse=sparse,
    )
