"""The work of exponentials, traces and spectra is estimated from above."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qvm_backends.reference.kernels import ReferenceKernels

from qvm.conformance.cases import compiled
from qvm.machine import Machine
from qvm.spectral import LinearMap, expm
from qwasm.instructions.spectral_work import series
from qwasm.ir.elaborate import operator
from qwasm.qpu.cost import estimate
from qwasm.qpu.plan import Plan, Strided
from qwasm.qpu.spectral_cost import is_diagonal, is_selfadjoint, norm_size, places, shows_diagonal
from qwasm.space import Space, Weight
from tests.command import run_command

H = "(sum p in primes(2, 20): (p^(-1/2)*A[p] + p^(1/2)*B[p]) + V(Lambda) + 1/2*V(log))"
SPACE = Space(300, Weight(Fraction(1)))


@pytest.mark.parametrize("text", [H, "A[2] - A[3]", "V(log)", "Dir(1/n)", "coDir(mu)", "exp(A[2])", "S[1] out(1, n)"])
def test_the_size_of_an_operator_is_at_least_its_norm(text: str) -> None:
    X = operator(text, SPACE)
    assert norm_size(X, SPACE) >= np.linalg.norm(X.to_dense(SPACE, "hilbert"), 2) * (1 - 1e-12)


def test_the_size_of_an_operator_is_found_without_allocating() -> None:
    huge = Space(10**15, Weight(Fraction(1)))
    assert 17 < norm_size(operator("K[2] + 1/2*V(log)", huge), huge) < 20
    assert len(places(10**15)) < 600


def test_the_kinds_of_operators_are_seen() -> None:
    assert is_diagonal(operator("V(log) + 2*I", SPACE)) and not is_diagonal(operator("P[2]", SPACE))
    assert shows_diagonal(operator(H, SPACE)) and not shows_diagonal(operator(f"{H}^9", SPACE))
    assert is_selfadjoint(operator(H, SPACE), SPACE.weight) and not is_selfadjoint(operator(H, SPACE), Weight())


def counting(X: np.ndarray[Any, Any], selfadjoint: bool) -> tuple[LinearMap, Callable[[], int]]:
    count = 0

    def apply(x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        nonlocal count
        count += 1
        return np.asarray(x @ X.T)

    bound = float(np.linalg.norm(X, 2))
    return LinearMap(len(X), X.dtype, apply, lambda x: x @ X.conj(), selfadjoint, bound), lambda: count


@pytest.mark.parametrize("reach", [0.01, 0.3, 1.0, 7.0, 60.0, 400.0])
@pytest.mark.parametrize("kind", ["decay", "rotation", "general", "krylov"])
def test_no_exponential_applies_its_operator_more_often_than_estimated(reach: float, kind: str) -> None:
    if kind == "krylov":
        reach = min(reach, 60.0)
    A = np.random.default_rng(1).standard_normal((2000, 12))
    X = A.T @ A / 2000 - np.eye(12) if kind != "general" else A[:12]
    X = X / np.linalg.norm(X, 2)
    real = kind not in ("rotation",)
    map, count = counting(X if real else X.astype(complex), kind in ("decay", "rotation"))
    expm(map, np.ones(12), reach, unitary=not real, method="krylov" if kind == "krylov" else None)
    facts = {"reach": reach, "selfadjoint": map.selfadjoint, "diagonal": False, "unitary": not real, "method": ""}
    assert count() - 12 <= series(facts)


def work(line: str, N: int) -> int:
    return estimate(compiled(f".space N = {N}, weight = n^-1\n.func main\nfill q0, 1\n{line}\nend\n")).work


def test_the_work_of_an_exponential_grows_with_the_time() -> None:
    short, long = (work(f"qop.exp q1, q0, {H}, {t}", 10_000) for t in ("1/10", "1000"))
    assert 5 * short < long < 200 * short
    once, often = work(f"qop.exp q1, q0, {H}, 3", 10_000), work(f"loop k, 3\nqop.exp q1, q0, {H}, k\nend", 10_000)
    assert 3 * once - 2 * 10_000 <= often < 3 * once


def test_the_work_of_a_trace_is_the_cube_of_n_while_matrices_are_dense_and_grows_with_the_probes_beyond() -> None:
    assert 4000**3 <= work(f"trace s0, {H}, 1", 4000) < 2 * 4000**3
    few, many = (work(f"trace s0, {H}, 1, probes={k}", 100_000) for k in (32, 3200))
    assert 20 * few < many
    assert work(f"trace s0, {H}", 100_000) < 40 * 100_000
    assert work(f"spectrum v0, {H}, 2", 4000) >= 4000**3


@pytest.mark.parametrize(
    "line", [f"qop.exp q1, q0, {H}, 2", f"trace s0, {H}, 1/2", f"trace s0, {H}^2, probes=6", f"norm s0, {H}"]
)
def test_a_run_touches_no_more_elements_than_estimated(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    touched = 0
    real = ReferenceKernels.apply

    def counted(self: ReferenceKernels, plan: Plan, x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        nonlocal touched
        each = sum(int(part.length.sum()) if isinstance(part, Strided) else plan.N for part in plan.parts)
        touched += each * (x.size // plan.N)
        return np.asarray(real(self, plan, x))

    monkeypatch.setattr(ReferenceKernels, "apply", counted)
    program = compiled(f".space N = 6000, weight = n^-1\n.func main\nfill q0, 1\n{line}\nend\n")
    Machine(backend="numpy").run(program)
    assert 0 < touched <= estimate(program).work


SHAPES = ("V(n) + S[1] + S[-1]", "A[2] + 3*B[2] + S[1] + 1/7*S[-1]")  # self-adjoint in the weight 1, and not


@pytest.mark.parametrize("field", ["real", "real32", "complex"])
@pytest.mark.parametrize("text", SHAPES)
@pytest.mark.parametrize(
    "line",
    [
        "spectrum v0, {}, 3",
        "spectrum v0, {}, 1, which=large, vectors=f0",
        "trace s0, {}, 1/10",
        "trace s0, {}, 1/10, insert=V(n), ratio=on",
        "norm s0, {}",
    ],
)
def test_dense_algebra_holds_no_more_than_stated_and_a_third_of_it_at_least(line: str, text: str, field: str) -> None:
    small, large = (
        compiled(f".space N = {N}, field = {field}\n.func main\n{line.format(text)}\nend\n") for N in (20, 250)
    )
    Machine(backend="numpy").run(small)  # what is imported on the way is not the program's
    tracemalloc.start()
    Machine(backend="numpy").run(large)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak <= estimate(large).memory <= 3 * peak


@pytest.mark.parametrize(("time", "open_"), [("2", False), ("s0", True)])
def test_work_that_only_the_run_knows_is_called_a_guess(tmp_path: Path, time: str, open_: bool) -> None:
    file = tmp_path / "p.qw"
    body = f'fill q0, 2\nat s0, q0, 1\ntrace s1, A[2] + B[2], {time}\nemit "x", s1'
    file.write_text(f".qwasm 1.0\n.space N = 5000\n.func main\n{body}\nend\n")
    code, out, _ = run_command("qvm", "check", str(file))
    assert code == 0 and ("a guess" in out) == open_
