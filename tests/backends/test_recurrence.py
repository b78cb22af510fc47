"""Steps of a recurrence by the llvm kernels, in natural order and by groups, against the reference step by step."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from qvm_backends.llvm import kernels, layout
from qvm_backends.llvm.kernels import LlvmKernels

import qvm
from qvm.conformance import cases
from qvm.spectral import expm
from qwasm.algebra.operators import Algebra
from qwasm.qpu.plan import Diagonal, Plan, Strided
from qwasm.qpu.planning import plan
from qwasm.qpu.program import Schedule
from qwasm.space import Field, Space

Array = NDArray[Any]
KINDS = ("float64", "float32", "complex128")
ROWS = [(0.5, 0.0, 1.0), (1.0, -1.0, 0.25), (1.0, -1.0, -0.125), (0.5, 0.25, 3.0), (-1.0, 0.5, 0.5)]


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))
    monkeypatch.setattr(layout, "SHARE", 1)  # groups also where they are no gain
    monkeypatch.setattr(kernels, "WORTH", 0)


def hamiltonian(N: int, kind: str, primes: tuple[int, ...], seed: int) -> Plan:
    """A_p and B_p of some primes (or other numbers) with general coefficients, and a potential."""
    u = np.array([*primes, *(1 for _ in primes)], dtype=np.int64)
    v = np.array([*(1 for _ in primes), *primes], dtype=np.int64)
    c = cases.numbers(len(u), kind, seed)
    return Plan(N, N, (Strided(u, v, N // np.maximum(u, v), c), Diagonal(cases.numbers(N, kind, seed + 1))), 0, kind)


def by_reference(whole: Plan, before: Array, here: Array, total: Array, shift: Any) -> tuple[Array, Array, Array]:
    apply = LlvmKernels().reference.apply
    for al, be, ga in ROWS:
        before, here = here, al * (apply(whole, here) - shift * here) + be * before
        total = total + ga * here
    return before, here, total


def close(found: Array, wanted: Array, kind: str) -> bool:
    size = max(1.0, float(np.abs(wanted).max()))
    return bool(np.abs(found - wanted).max() <= 400 * np.finfo(kind).eps * size)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("N", [*range(1, 20), 49, 50, 63, 64, 65, 120, 121, 999, 4096, 4097, 30_000])
@pytest.mark.parametrize("primes", [(2,), (2, 3), (3, 7), (2, 3, 5, 7, 11, 13), (4, 6)])
def test_a_recurrence_is_what_its_steps_are(N: int, primes: tuple[int, ...], kind: str) -> None:
    primes = tuple(p for p in primes if p <= N)
    if not primes:
        return
    whole = hamiltonian(N, kind, primes, N)
    before, here, total = (cases.numbers(N, kind, seed) for seed in (1, 2, 3))
    wanted = by_reference(whole, before, here, total, 0.75)
    ways = set()
    for threads in (1, 2, 3, 4):
        machine = LlvmKernels(Schedule(threads=threads), worth=0)
        sums = total.copy()
        found = machine.recurrence(whole, before, here, sums, 0.75, ROWS)
        assert found is not None
        for got, good in zip((*found, sums), wanted, strict=True):
            assert close(got, good.astype(kind), kind)
        ways.add((found[0].tobytes(), found[1].tobytes(), sums.tobytes()))
    assert len(ways) == 1  # the same bits for any number of threads


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("N", [*range(2, 20), 49, 50, 63, 64, 65, 120, 121, 999, 4096, 4097, 40_000, 100_000])
@pytest.mark.parametrize("primes", [(2,), (2, 3), (3, 7), (2, 3, 5, 7, 11, 13)])
def test_a_polynomial_is_the_sum_of_its_steps(N: int, primes: tuple[int, ...], kind: str) -> None:
    primes = tuple(p for p in primes if p <= N)
    if not primes:
        return
    whole = hamiltonian(N, kind, primes, N)
    x = np.array([cases.numbers(N, kind, seed) for seed in (1, 2)])
    wanted = [by_reference(whole, row, row, 3 * row, 0.75)[2] for row in x]
    ways = set()
    for threads in (1, 2, 3, 4):
        found = LlvmKernels(Schedule(threads=threads), worth=0).polynomial(whole, x, 0.75, 3.0, ROWS)
        assert found is not None and found.shape == x.shape
        assert all(close(a, b.astype(kind), kind) for a, b in zip(found, wanted, strict=True))
        ways.add(found.tobytes())
    assert len(ways) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_one_step_alone_goes_in_natural_order(kind: str) -> None:
    whole = hamiltonian(10_000, kind, (2, 3, 5), 7)
    before, here, total = (cases.numbers(10_000, kind, seed) for seed in (1, 2, 3))
    sums = total.copy()
    machine = LlvmKernels(Schedule(threads=2), worth=0)
    found = machine.recurrence(whole, before, here, sums, 0.5, [(0.5, -1.0, 2.0)])
    assert found is not None and not machine.layouts
    image = machine.reference.apply(whole, here)
    assert close(found[1], (0.5 * (image - 0.5 * here) - before).astype(kind), kind)
    assert close(sums, (total + 2.0 * found[1]).astype(kind), kind)


def test_what_is_no_sum_of_words_or_cut_short_has_no_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    algebra = Algebra()
    space = Space(50_000, field=Field())
    for value, grouped in (
        (algebra.sum([algebra.A(2), algebra.B(3)]), True),
        (algebra.product([algebra.Q(9), algebra.A(2)]), False),
    ):
        whole = plan(value, space)
        assert (LlvmKernels(worth=0).grouped(whole) is not None) is grouped
    monkeypatch.setattr(layout, "SHARE", 16)
    many = hamiltonian(50_000, "float64", tuple(p for p in range(2, 3000) if all(p % q for q in range(2, p))), 3)
    assert LlvmKernels(worth=0).grouped(many) is None
    x = cases.numbers(50_000, "float64", 1)
    assert LlvmKernels(worth=0).polynomial(many, x, 0.0, 1.0, ROWS) is None  # its short terms are in no kernel of steps
    assert LlvmKernels(worth=0).recurrence(many, x, x, x.copy(), 0.0, ROWS) is None


@pytest.mark.parametrize(
    "expression", ["sum p in primes(2, 40000): (A[p] + B[p])/p", "A[2] + 1/2*coDir(mu)", "A[2] + B[2] + V(1/n)"]
)
def test_an_exponential_is_the_references_whatever_its_terms(expression: str) -> None:
    x = cases.numbers(40_000, "float64", 1)
    found, wanted = (expm(qvm.operator(expression, 40_000, backend=name).map(), x, 0.3) for name in ("llvm", "numpy"))
    assert np.linalg.norm(found[0] - wanted[0]) <= found[1] + wanted[1] + 1e-11


@pytest.mark.parametrize("seed", range(3))
def test_the_layout_holds_every_number_once(seed: int) -> None:
    draw = random.Random(seed)
    N = draw.choice((1000, 5000, 20_011))
    known = LlvmKernels(worth=0).grouped(hamiltonian(N, "float64", (2, 3, 5), seed))
    assert known is not None
    seen = [
        int(s * m)
        for a, _, _, rows, _, first in known.table.tolist()
        for s, w in zip(known.smooth[:rows], known.width[first : first + rows], strict=True)
        for m in known.rough[a : a + w]
    ]
    assert sorted(seen) == list(range(1, N + 1))
