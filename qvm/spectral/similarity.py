"""Diagonal similarity: the positive scale d that makes D^-1 X D Hermitian, where there is one.

conj(X_ji) / X_ij must be (d_i / d_j)^2 on every edge of the matrix's graph, so a tree of edges
fixes d and all other entries test it.  What rounding leaves is a matrix E of known size: X is
similar to H + E with H exactly Hermitian, and by Kahan's theorem no ordered eigenvalue of H
moves further than (log2 n + 2.038) ||E||.  (Kahan, Proc. AMS 48, 1975.)

>>> import numpy as np
>>> from qvm.spectral.sparse import from_dense
>>> found = scaled(from_dense(np.array([[1.0, 8.0], [2.0, 3.0]]), 1e-16), np.zeros(2, int))
>>> np.round(found.H.toarray(), 12).tolist(), bool(found.moved[0] < 1e-13)
([[1.0, 4.0], [4.0, 3.0]], True)
"""

from __future__ import annotations

from math import log2
from typing import Any

import numpy as np

from qvm.spectral.linearmap import Array
from qvm.spectral.sparse import Sparse
from qwasm.record import record

UNIT = 2.0**-53
LOOSE = 1e-10  # ||E|| relative to ||H|| past which a block does not count as similar to a Hermitian one


@record(eq=False)
class Scaled:
    """D^-1 X D = H + E inside every block: H CSR and Hermitian, d = e^logs, `moved` bounds ||E|| block by block."""

    H: Any
    logs: Array
    moved: Array


def kahan(n: int) -> float:
    """How many times ||E|| the ordered eigenvalues of a Hermitian n x n matrix move, at most."""
    return log2(n) + 2.038 if n > 1 else 1.0


def inside(X: Any, label: Array) -> Any:
    """The entries of X whose row and column are in one block, as COO."""
    found = X.tocoo()
    keep = label[found.row] == label[found.col]
    kind = type(found)
    return kind((found.data[keep], (found.row[keep], found.col[keep])), shape=found.shape)


def scaled(X: Sparse, label: Array) -> Scaled:
    """The scale of every block at once; `moved` is infinite for blocks that no diagonal makes Hermitian."""
    core, size = inside(X.matrix, label).tocsr(), inside(X.size, label).tocoo()
    logs = _logs(core, label)
    found = core.tocoo()
    with np.errstate(over="ignore", invalid="ignore"):
        turned = core.__class__(
            (found.data * np.exp(logs[found.col] - logs[found.row]), (found.row, found.col)), shape=core.shape
        )
        H = (turned + turned.conj().T) / 2
        spread = logs[size.col] - logs[size.row]
        rounded = (X.unit + UNIT * (16 + 4 * np.abs(spread))) * size.data * np.exp(spread)
        off = abs(turned - H) + core.__class__((rounded, (size.row, size.col)), shape=core.shape)
        count = int(label.max(initial=-1)) + 1
        rows, columns, high = np.zeros(count), np.zeros(count), np.zeros(count)
        np.maximum.at(rows, label, off.sum(axis=1))
        np.maximum.at(columns, label, off.sum(axis=0))
        np.maximum.at(high, label, abs(H).sum(axis=1))
        moved = np.sqrt(rows * columns) * (1 + 1e-12)
        moved[~(moved <= LOOSE * high + np.finfo(float).tiny)] = np.inf
    return Scaled(H, logs, moved)


def _logs(core: Any, label: Array) -> Array:
    """log d along a breadth-first tree of each block, 0 at its root."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import breadth_first_order

    N = core.shape[0]
    with np.errstate(divide="ignore"):
        ahead = abs(core)
        ahead.setdiag(0.0)
        ahead.eliminate_zeros()
    pairs = (ahead.multiply(ahead.T) > 0).tocoo()
    _, roots = np.unique(label, return_index=True)
    rows = np.concatenate([pairs.row, pairs.col, np.full(len(roots), N)])
    columns = np.concatenate([pairs.col, pairs.row, roots])
    graph = csr_array((np.ones(len(rows)), (rows, columns)), shape=(N + 1, N + 1))
    order, before = breadth_first_order(graph, N, directed=True, return_predecessors=True)
    nodes = order[1:]
    nodes = nodes[before[nodes] < N]
    parents = before[nodes]
    if not len(nodes):
        return np.zeros(N)
    up, down = np.asarray(ahead[nodes, parents]).ravel(), np.asarray(ahead[parents, nodes]).ravel()
    steps = ((np.log(up) - np.log(down)) / 2).tolist()
    logs = [0.0] * N
    for node, parent, step in zip(nodes.tolist(), parents.tolist(), steps, strict=True):
        logs[node] = logs[parent] + step
    return np.asarray(logs)
