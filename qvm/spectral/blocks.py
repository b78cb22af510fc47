"""The spectrum of a large matrix, block by block.

The graph of a matrix falls into strong components, and the spectrum is the union of those of its
diagonal blocks.  One idea covers much: a triangular matrix has blocks of one row, a Hamiltonian
of few primes many small ones.  Small blocks are solved as dense matrices, so none of their
eigenvalues is missed; a large one that a diagonal scale makes Hermitian is searched by Lanczos
with residual bounds, and any other by Arnoldi, each pair then enclosed.

>>> import numpy as np
>>> from qvm.spectral.sparse import from_dense
>>> found = Blocks(from_dense(np.array([[3.0, 1.0], [0.0, 2.0]]), 1e-16), False, 64).best(2, "small", 0j, 0, None)
>>> [(pair.value, pair.method) for pair in found]
[(2.0, 'diagonal entry of a triangular matrix'), (3.0, 'diagonal entry of a triangular matrix')]
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from qvm.spectral.linearmap import Array, Note
from qvm.spectral.nonnormal import Pairs
from qvm.spectral.select import chosen, plain
from qvm.spectral.similarity import kahan, scaled
from qvm.spectral.sparse import Sparse, hermitian_map
from qvm.spectral.sums import growth
from qwasm.clock import waited
from qwasm.record import field, record

UNIT = 2.0**-53
STACK = 1 << 22  # entries of equal blocks solved at once
FEW = 32  # rows up to which a block is always solved as a dense matrix
LOPSIDED = 30.0  # what the eigenvalues of a general matrix cost, against those of a Hermitian one
TRIANGULAR = "diagonal entry of a triangular matrix"


@record(eq=False)
class Pair:
    """An eigenvalue with its bar; `rows` are those of its block and `vector()` a right vector there."""

    value: complex | float
    error: float
    method: str
    rows: Array
    vector: Callable[[], Array] = field(repr=False)


@record(eq=False)
class _Candidate:
    """A value from a search, and how its bar is made once it is chosen."""

    value: complex
    settle: Callable[[], Pair]


class Blocks:
    """A sparse matrix by its strong components; `hermitian` says that the matrix it stands for is so."""

    def __init__(self, X: Sparse, hermitian: bool, dense: int) -> None:
        from scipy.sparse.csgraph import connected_components

        self.X, self.hermitian = X, hermitian
        count, self.label = connected_components(X.size, connection="strong")
        self.scale = scaled(X, self.label)
        self.sizes = np.bincount(self.label, minlength=count)
        order = np.argsort(self.label, kind="stable")
        self.rows = np.split(order, np.cumsum(self.sizes)[:-1])
        self.straight = np.isfinite(self.scale.moved)
        cost = np.where(self.straight, 1.0, LOPSIDED) * self.sizes.astype(float) ** 3
        by_cost = np.argsort(cost, kind="stable")
        fits = np.zeros(count, bool)
        fits[by_cost] = np.cumsum(cost[by_cost]) <= float(dense) ** 3
        self.small = (self.sizes <= FEW) | (self.sizes <= dense) & (fits | (dense >= X.N))
        self._dense: dict[int, Pairs] = {}

    @property
    def complete(self) -> bool:
        """Whether every block is small, so that no eigenvalue is missed."""
        return bool(self.small.all())

    def best(self, k: int, kind: str, z: complex, seed: int, note: Note | None) -> list[Pair]:
        """The k pairs asked for among those found; small blocks give all of theirs."""
        found: list[_Candidate] = []
        for more in self._searched(k, kind, z, seed, note):
            values = np.array([c.value for c in found + more])
            found = [(found + more)[i] for i in chosen(values, k, kind, z, self.hermitian)]
        return [c.settle() for c in found]

    def _searched(self, k: int, kind: str, z: complex, seed: int, note: Note | None) -> Iterator[list[_Candidate]]:
        from qvm.spectral.ritz import general_pairs, hermitian_pairs

        pick = lambda values: chosen(values, k, kind, z, self.hermitian)  # noqa: E731
        yield self._single(pick)
        for size in np.unique(self.sizes[self.small & (self.sizes > 1)]):
            here = self.small & (self.sizes == size)
            step = max(1, STACK // int(size) ** 2)
            for straight in (True, False):
                blocks = np.flatnonzero(here & (self.straight == straight))
                for start in range(0, len(blocks), step):
                    if note is not None:
                        note(f"eigenvalues of {len(blocks)} blocks of {size} rows: block {start + 1}")
                    solve = self._symmetric if straight else self._general
                    yield solve(blocks[start : start + step], pick)
        large = np.flatnonzero(~self.small & self.straight)
        if len(large):
            rows = np.sort(np.concatenate([self.rows[b] for b in large]))
            moved = float(self.scale.moved[large].max()) * self._factor(int(self.sizes[large].max()))
            pairs = hermitian_pairs(hermitian_map(self.scale.H[rows][:, rows], note), k, kind, z, seed, self.hermitian)
            yield [self._lanczos(value, error + moved, v, rows) for value, error, v in pairs]
        for b in np.flatnonzero(~self.small & ~self.straight):
            rows = self.rows[b]
            inner = self.X.part(rows)
            yield [_Candidate(p.value, self._included(p, rows)) for p in general_pairs(inner, k, kind, z, seed, note)]

    def _factor(self, n: int) -> float:
        """How many ||E|| an eigenvalue moves: Weyl when the matrix is Hermitian, else Kahan."""
        return 1.0 if self.hermitian else kahan(n)

    def _single(self, pick: Callable[[Array], list[int]]) -> list[_Candidate]:
        rows = np.flatnonzero(self.sizes[self.label] == 1)
        diagonal, size = self.X.matrix.diagonal(), self.X.size.diagonal()

        def settle(i: int) -> Callable[[], Pair]:
            error = self.X.unit * float(size[i])
            return lambda: Pair(plain(diagonal[i]), error, TRIANGULAR, np.array([i]), lambda: np.ones(1))

        return [_Candidate(complex(diagonal[rows[j]]), settle(int(rows[j]))) for j in pick(diagonal[rows])]

    def _stack(self, matrix: Any, blocks: Array) -> Array:
        """(b, n, n): the blocks, which have one size, as dense matrices."""
        n = int(self.sizes[blocks[0]])
        rows = np.concatenate([self.rows[b] for b in blocks])
        found = matrix[rows][:, rows].tocoo()
        stack = np.zeros((len(blocks), n, n), matrix.dtype)
        inside = found.row // n == found.col // n
        row, column = found.row[inside], found.col[inside]
        stack[row // n, row % n, column % n] = found.data[inside]
        return stack

    def _symmetric(self, blocks: Array, pick: Callable[[Array], list[int]]) -> list[_Candidate]:
        stack = self._stack(self.scale.H, blocks)
        values = waited(np.linalg.eigvalsh, stack)
        n = stack.shape[1]

        def settle(i: int, j: int) -> Callable[[], Pair]:
            top = float(np.abs(values[i]).max())
            error = 1.01 * growth(n + 8, UNIT) * top + self.scale.moved[blocks[i]] * self._factor(n)
            rows = self.rows[blocks[i]]
            vector = lambda: self._unscaled(np.linalg.eigh(stack[i])[1][:, j], rows)  # noqa: E731
            method = f"dense eigenvalues of a block of {n} rows"
            return lambda: Pair(float(values[i, j]), float(error), method, rows, vector)

        return [_Candidate(complex(values.flat[m]), settle(m // n, m % n)) for m in pick(values.ravel())]

    def _general(self, blocks: Array, pick: Callable[[Array], list[int]]) -> list[_Candidate]:
        n = int(self.sizes[blocks[0]])
        if 2 * n > self.X.N:
            values = self._pairs(int(blocks[0])).theta[None]
        else:
            values = waited(np.linalg.eigvals, self._stack(self.X.matrix, blocks))

        def settle(i: int, value: complex) -> Callable[[], Pair]:
            def found() -> Pair:
                pairs = self._pairs(int(blocks[i]))
                j = int(np.argmin(np.abs(pairs.theta - value)))
                error, method = pairs.bar(j)
                rows = self.rows[blocks[i]]
                return Pair(plain(pairs.theta[j]), error, f"{method}; block of {n} rows", rows, lambda: pairs.vector(j))

            return found

        return [_Candidate(complex(values.flat[m]), settle(m // n, values.flat[m])) for m in pick(values.ravel())]

    def _pairs(self, block: int) -> Pairs:
        if block not in self._dense:
            inner = self.X.part(self.rows[block])
            self._dense[block] = Pairs(inner.matrix.toarray(), self.X.unit * inner.size.toarray())
        return self._dense[block]

    def _lanczos(self, value: float, error: float, v: Array, rows: Array) -> _Candidate:
        vector = lambda: self._unscaled(v, rows)  # noqa: E731
        return _Candidate(complex(value), lambda: Pair(value, error, "Lanczos, residual", rows, vector))

    def _included(self, pair: Any, rows: Array) -> Callable[[], Pair]:
        def found() -> Pair:
            value, error, method, x = pair.settle()
            return Pair(plain(value), error, method, rows, lambda: x)

        return found

    def _unscaled(self, y: Array, rows: Array) -> Array:
        """D y, its largest entry about 1."""
        with np.errstate(divide="ignore"):
            size = np.log(np.abs(y)) + self.scale.logs[rows]
        phase = y / np.where(y == 0, 1, np.abs(y))
        return np.asarray(phase * np.exp(size - size.max()))
