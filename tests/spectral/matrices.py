"""Test matrices: symmetric, Hermitian and far from normal, with references in extended precision."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from qwasm.scalar import Scalar

Array = NDArray[Any]


def exact_exponential(A: Array) -> Array:
    """e^A by Taylor terms and squaring in long double, an oracle of its own."""
    work = A.astype(np.clongdouble if A.dtype.kind == "c" else np.longdouble)
    size = float(np.abs(work).sum(axis=0).max(initial=0.0))
    squarings = max(0, int(np.ceil(np.log2(size + 1e-30))) + 4)
    B = work / np.longdouble(2) ** squarings
    result = term = np.eye(len(A), dtype=work.dtype)
    for k in range(1, 30):
        term = term @ B / k
        result = result + term
    for _ in range(squarings):
        result = result @ result
    return np.asarray(result)


def random(seed: int, N: int, kind: str) -> Array:
    """A matrix of a kind: symmetric, hermitian, general, complex, nilpotent or jordan."""
    rng = np.random.default_rng(seed)
    A = rng.standard_normal((N, N)) / np.sqrt(N)
    if kind == "symmetric":
        return np.asarray((A + A.T) / 2)
    if kind == "hermitian":
        H = A + 1j * rng.standard_normal((N, N)) / np.sqrt(N)
        return np.asarray((H + H.conj().T) / 2)
    if kind == "complex":
        return np.asarray(A + 1j * rng.standard_normal((N, N)) / np.sqrt(N))
    if kind == "nilpotent":
        return np.asarray(np.triu(3 * A, 1))
    if kind == "jordan":
        return np.eye(N) + np.diag(np.ones(N - 1), 1)
    return np.asarray(A)


SELFADJOINT = ("symmetric", "hermitian")
GENERAL = ("general", "complex", "nilpotent", "jordan")
kinds = st.sampled_from(SELFADJOINT + GENERAL)
sizes = st.integers(1, 14)
seeds = st.integers(0, 10**6)
times = st.floats(-4.0, 4.0).filter(lambda t: abs(t) > 1e-3)
scales = st.sampled_from([0.1, 1.0, 10.0])


def number(scalar: Scalar) -> complex:
    """The value of a scalar as a complex number."""
    return complex(scalar.value)


def real(scalar: Scalar) -> float:
    """The value of a real scalar."""
    assert not isinstance(scalar.value, complex)
    return float(scalar.value)


def distance(a: Any, b: Any) -> float:
    """The Euclidean distance, formed in long double."""
    difference = np.asarray(a).astype(np.clongdouble) - np.asarray(b).astype(np.clongdouble)
    return float(np.sqrt(np.sum(np.abs(difference) ** 2)))
