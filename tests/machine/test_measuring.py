"""Norms, traces and spectra as instructions: exact where they can be, refused where they mean nothing."""

from __future__ import annotations

import math

import numpy as np
import pytest

from qvm.conformance.cases import compiled
from qvm.machine import Machine
from qwasm.diagnostics import QwasmError
from qwasm.scalar import Scalar

X = "(A[2] + 2*B[3] + V(n^-1))"


def measured(line: str, space: str = "N = 12", result: str = "s0") -> object:
    return Machine().run(compiled(f'.space {space}\n.func main\n{line}\nemit "x", {result}\nend\n'))["x"]


def refused(line: str, space: str = "N = 12") -> str:
    with pytest.raises(QwasmError) as caught:
        measured(line, space)
    assert caught.value.diagnostics[0].span is not None
    return caught.value.diagnostics[0].code


@pytest.mark.parametrize(
    ("operator", "weight", "norm"),
    [("A[2]", "1", 1), ("2*P[3]", "n^-1", 2), ("A[4]", "n^-1", 2), ("1/4*B[4]", "n^-1", 0.125), ("A[13]", "n^-1", 0)],
)
def test_the_norm_of_a_word_is_exact(operator: str, weight: str, norm: float) -> None:
    found = measured(f"norm s0, {operator}", f"N = 12, weight = {weight}")
    assert found == Scalar(norm, 0.0, "exact", "exact")


@pytest.mark.parametrize(("operator", "norm"), [("A[2]", math.sqrt(2)), ("1/3*A[9]", 1), ("1/3*P[2]", 1 / 3)])
def test_the_norm_of_a_word_that_no_float_holds_is_off_by_its_last_place(operator: str, norm: float) -> None:
    found = measured(f"norm s0, {operator}", "N = 12, weight = n^-1")
    assert isinstance(found, Scalar) and abs(float(found.value.real) - norm) <= found.error <= math.ulp(norm)


@pytest.mark.parametrize("operator", [X, "A[2] - A[3]", "exp(A[2])", "V(log)", "S[1] + out(1, n)", "(A[2] + B[3])^3"])
@pytest.mark.parametrize("s", [0, 1])
def test_the_norm_of_a_sum_lies_within_its_bar(operator: str, s: int) -> None:
    import qvm

    weight = "1" if s == 0 else "n^-1"
    matrix = qvm.operator(operator, N=12, weight=weight).to_dense()
    found = measured(f"norm s0, {operator}", f"N = 12, weight = {weight}")
    assert isinstance(found, Scalar) and found.kind == "bound"
    assert abs(float(found.value.real) - np.linalg.norm(matrix, 2)) <= found.error + 1e-13 <= 1e-8


@pytest.mark.parametrize(
    "line",
    [
        f"trace s0, {X}, 1, probes=0",
        f"trace s0, {X}, 1, probes=1",
        f"trace s0, {X}, probes=1",
        f"trace s0, {X}, 1, probes=-3",
        f"trace s0, {X}, 1, tol=0",
        f"trace s0, {X}, 1, tol=-1",
        f"spectrum v0, {X}, 0\nset s0, 1",
        f"spectrum v0, {X}, 13\nset s0, 1",
        f"basis q0, 1\nqop.exp q0, q0, {X}, 1, tol=0\nset s0, 1",
        f"set s0, 1\nloop k, 14\nspectrum v0, {X}, k\nend",
        f"set s0, 1\nloop k, 2\ntrace s0, {X}, 1, probes=k\nend",
    ],
)
def test_counts_and_tolerances_out_of_range_are_refused(line: str) -> None:
    assert refused(line) == "QW0271"


@pytest.mark.parametrize("k", [1, 12])
def test_every_number_of_eigenvalues_to_n_is_found(k: int) -> None:
    found = measured(f"spectrum v0, V(n), {k}", result="v0")
    assert isinstance(found, tuple) and [round(float(x.value.real)) for x in found] == list(range(1, k + 1))


def test_a_spectrum_beyond_dense_sizes_that_no_iteration_gives_is_refused() -> None:
    assert refused("spectrum v0, S[1] + S[-1], 4000\nset s0, 1", "N = 5000") == "QW0482"
    assert refused("spectrum v0, V(n) + out(n, 1), 2, which=near(1)\nset s0, 1", "N = 5000") == "QW0482"
