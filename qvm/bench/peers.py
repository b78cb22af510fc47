"""Peers: what a user would write without this machine, and a control in C of the machine's own algorithm."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable
from importlib.resources import files
from math import isqrt
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray

Array = NDArray[Any]
Coefficients = dict[int, tuple[float, float]]  # p -> (a_p, b_p)


def csr(N: int, terms: Coefficients, diagonal: Array) -> sparse.csr_array:
    """sum a_p A_p + b_p B_p + V as SciPy's own matrix: 32-bit indices, sorted, no duplicates."""
    rows, columns, values = [np.arange(N, dtype=np.int32)], [np.arange(N, dtype=np.int32)], [diagonal]
    for p, (a, b) in terms.items():
        t = np.arange(1, N // p + 1, dtype=np.int32)
        rows += [t - 1, p * t - 1]
        columns += [p * t - 1, t - 1]
        values += [np.full(len(t), a), np.full(len(t), b)]
    shape = (N, N)
    coordinates = (np.concatenate(rows), np.concatenate(columns))
    matrix = sparse.csr_array(sparse.coo_array((np.concatenate(values), coordinates), shape=shape))
    matrix.sort_indices()
    return matrix


def slices(N: int, terms: Coefficients, diagonal: Array) -> Callable[[Array], Array]:
    """The same by numpy's slices."""

    def apply(x: Array) -> Array:
        y = diagonal * x
        for p, (a, b) in terms.items():
            t = N // p
            y[:t] += a * x[p - 1 : p * t : p]
            y[p - 1 : p * t : p] += b * x[:t]
        return np.asarray(y)

    return apply


def divisor_sums(x: Array) -> Array:
    """y(n) = sum over d dividing n of x(n / d), by 2 sqrt(N) slices."""
    N = len(x)
    y, D = np.zeros(N), isqrt(N)
    for d in range(1, D + 1):
        y[d - 1 :: d] += x[: N // d]
    for m in range(1, N // (D + 1) + 1):
        y[m * (D + 1) - 1 :: m] += x[m - 1]
    return y


def letters(word: Iterable[tuple[str, int]], x: Array) -> Array:
    """A word letter by letter, the rightmost first."""
    N = len(x)
    for name, a in reversed(tuple(word)):
        t = N // a
        y = np.zeros(N)  # memory that nothing is written to is not touched
        match name:
            case "A":
                y[:t] = x[a - 1 : a * t : a]
            case "B":
                y[a - 1 : a * t : a] = x[:t]
            case "P":
                y[a - 1 :: a] = x[a - 1 :: a]
            case _:
                y[:t] = x[:t]
        x = y
    return x


def control(folder: Path) -> Any:
    """The sweep in C, compiled for this machine, or None where there is no compiler."""
    compiler = next((found for name in ("cc", "gcc", "clang") if (found := shutil.which(name))), None)
    if compiler is None:
        return None
    source, library = folder / "control.c", folder / "control.so"
    source.write_text(files("qvm.bench").joinpath("control.c").read_text(encoding="utf-8"), encoding="utf-8")
    words = [
        compiler,
        "-O3",
        "-march=native",
        "-ffp-contract=fast",
        "-shared",
        "-fPIC",
        "-o",
        str(library),
        str(source),
    ]
    if subprocess.run(words, capture_output=True, check=False).returncode:
        return None
    function = ctypes.CDLL(str(library)).sweep
    P, I = ctypes.c_void_p, ctypes.c_int64
    function.argtypes, function.restype = (P, P, P, I, I, I, I, P, P, P, P), None
    return function


def in_c(N: int, terms: Coefficients, diagonal: Array) -> Callable[[Array], Array] | None:
    """The same sum by the control, or None where there is no compiler."""
    with tempfile.TemporaryDirectory() as folder:  # a library that is loaded may go
        function = control(Path(folder))
    if function is None:
        return None
    primes = np.array(list(terms), dtype=np.int64)
    one = np.ones_like(primes)
    a, b = (np.array(values) for values in zip(*terms.values()))
    u, v = np.concatenate([primes, one]), np.concatenate([one, primes])
    length, c = np.tile(N // primes, 2), np.concatenate([a, b])

    def apply(x: Array) -> Array:
        y = np.empty(N)
        arrays = (array.ctypes.data for array in (u, v, length, c))
        function(y.ctypes.data, x.ctypes.data, diagonal.ctypes.data, 1, N + 1, N, len(u), *arrays)
        return y

    return apply


__all__ = ["Coefficients", "csr", "divisor_sums", "in_c", "letters", "slices"]
