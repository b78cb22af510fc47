"""Traces are within their bars: always where a bound is reported, 95 times in 100 where it is statistical."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from qvm.spectral import from_matrix, heat_trace, trace
from qvm.spectral.probes import rademacher, splitmix64
from qvm.spectral.statistics import ratio_bar
from qwasm.diagnostics import QwasmError
from qwasm.limits import Limits
from tests.spectral.matrices import SELFADJOINT, exact_exponential, kinds, random, real, scales, seeds, sizes, times

few = settings(max_examples=60, deadline=None)


@few
@given(seeds, sizes, kinds, scales, times)
def test_dense_heat_traces_are_within_their_bounds(seed: int, N: int, kind: str, scale: float, t: float) -> None:
    X, Y = scale * random(seed, N, kind), random(seed + 1, N, "general")
    map, insert = from_matrix(X, kind in SELFADJOINT), from_matrix(Y)
    F = exact_exponential(-t * X)
    [plain] = heat_trace(map, [t])
    [weighted] = heat_trace(map, [t], insert=insert)
    assert plain.kind == weighted.kind == "bound"
    assert abs(complex(plain.value) - complex(np.trace(F))) <= plain.error
    assert abs(complex(weighted.value) - complex(np.trace(Y @ F))) <= weighted.error
    [ratio] = heat_trace(map, [t], insert=insert, ratio=True) if abs(np.trace(F)) > plain.error * 2 else [None]
    if ratio is not None:
        assert abs(complex(ratio.value) - complex(np.trace(Y @ F) / np.trace(F))) <= ratio.error


@few
@given(seeds, sizes, kinds)
def test_the_trace_is_the_sum_of_the_diagonal(seed: int, N: int, kind: str) -> None:
    X = random(seed, N, kind)
    found = trace(from_matrix(X))
    assert abs(complex(found.value) - complex(np.trace(X.astype(np.clongdouble)))) <= found.error


def test_the_primon_gas_is_a_partial_zeta_sum_at_any_size() -> None:
    N = 100_000
    X = from_matrix(np.zeros((1, 1)))
    from qvm.spectral import Enclosure, LinearMap

    log = np.log(np.arange(1.0, N + 1))
    X = LinearMap(
        N,
        np.dtype(float),
        lambda x: log * x,
        selfadjoint=True,
        enclosure=Enclosure(log, np.zeros_like, np.zeros_like, True, True),
    )
    [zeta] = heat_trace(X, [2.0])
    assert zeta.kind == "bound"
    assert abs(real(zeta) - np.sum(1 / np.arange(1, N + 1, dtype=np.longdouble) ** 2)) <= zeta.error < 1e-10


def hamiltonian(N: int) -> np.ndarray:
    """A symmetric arithmetic operator: sum over p <= 7 of p^(-1/2) (A_p + B_p), plus log(n) / 2."""
    n = np.arange(1, N + 1)
    X = np.diag(np.log(n) / 2)
    for p in (2, 3, 5, 7):
        k = np.arange(1, N // p + 1)
        X[k - 1, p * k - 1] += p**-0.5
        X[p * k - 1, k - 1] += p**-0.5
    return X


@pytest.mark.parametrize("kind", ["plain", "insert", "ratio", "general", "trace"])
def test_the_95_percent_bar_covers_at_least_91_in_100_seeds(kind: str) -> None:
    N, t, Y = 90, 1.0, np.diag(np.arange(1.0, 91.0)) + np.diag(np.ones(89), 1) + 0.1 * random(4, 90, "general")
    X = hamiltonian(N) if kind != "general" else hamiltonian(N) + 0.2 * np.triu(random(2, N, "general"), 1)
    if kind == "trace":
        X = X + random(3, N, "symmetric")
    map, insert = from_matrix(X, kind not in ("general",)), from_matrix(Y) if kind in ("insert", "ratio") else None
    F = exact_exponential(-t * X).astype(float)
    truth = {
        "plain": np.trace(F),
        "general": np.trace(F),
        "insert": np.trace(Y @ F),
        "trace": np.trace(X),
        "ratio": np.trace(Y @ F) / np.trace(F),
    }[kind]
    map.memo["enclosure"] = map.enclosure
    inside = 0
    for seed in range(100):
        if kind == "trace":
            bare = from_matrix(X, True)
            object.__setattr__(bare, "enclosure", None)
            bare.memo["matrix"] = X
            found = trace(bare, dense=1, probes=12, seed=seed)
        else:
            [found] = heat_trace(map, [t], insert=insert, ratio=kind == "ratio", dense=1, probes=12, seed=seed)
        assert found.kind == "statistical"
        inside += abs(complex(found.value).real - truth) <= found.error
    assert inside >= 91


def test_times_of_a_list_share_their_probes() -> None:
    map = from_matrix(hamiltonian(120), True)
    both = heat_trace(map, [0.5, 2.0], dense=1, probes=6)
    assert len(both) == 2 and both[0].method == both[1].method
    alone = heat_trace(map, [2.0], dense=1, probes=6)
    assert abs(real(alone[0]) - real(both[1])) < 1e-9


def test_a_seed_fixes_every_bit_and_another_seed_changes_them() -> None:
    map = from_matrix(hamiltonian(100), True)
    first, again, other = (heat_trace(map, [1.0], dense=1, probes=4, seed=seed)[0].value for seed in (1, 1, 2))
    assert first == again != other


def test_a_tolerance_adds_probes_until_it_is_met_or_says_that_it_was_not() -> None:
    map = from_matrix(hamiltonian(150), True)
    [loose] = heat_trace(map, [1.0], dense=1, tol=0.05)
    assert loose.error <= 0.05 * real(loose) and "not met" not in loose.method
    [strict] = heat_trace(map, [1.0], dense=1, tol=1e-9, probes=32)
    assert strict.error > 1e-9 * real(strict) and "not met" in strict.method


def test_exact_computes_every_entry_and_refuses_past_the_work_limit() -> None:
    X = hamiltonian(90)
    map = from_matrix(X, True)
    [found] = heat_trace(map, [1.0], dense=1, exact=True)
    assert found.kind == "bound"
    assert abs(real(found) - float(np.trace(exact_exponential(-X)))) <= found.error < 1e-6
    with pytest.raises(QwasmError, match="QW0481"):
        heat_trace(map, [1.0], dense=1, exact=True, limits=Limits(work=1000))


def test_a_size_within_the_head_needs_no_probes() -> None:
    [found] = heat_trace(from_matrix(hamiltonian(40), True), [1.0], dense=1)
    assert found.kind == "bound"


def test_a_ratio_with_a_vanishing_denominator_is_refused() -> None:
    X = np.diag([1j * np.pi, 2j * np.pi])
    with pytest.raises(QwasmError, match="QW0654"):
        heat_trace(from_matrix(X), [1.0], insert=from_matrix(np.eye(2, dtype=complex)), ratio=True)
    with pytest.raises(QwasmError, match="QW0654"):
        ratio_bar(np.array([1.0, 2.0, 3.0]), np.array([-1.0, 1.0, 0.5]), 0.0, 0.0)


def test_an_infinite_or_overflowing_time_is_refused() -> None:
    for X in (np.diag([-1.0, 1.0]), random(1, 5, "symmetric"), random(1, 5, "general")):
        for t in (float("inf"), 1e5):
            with pytest.raises(QwasmError, match="QW0650"):
                heat_trace(from_matrix(X, np.array_equal(X, X.T)), [t])


def test_splitmix64_gives_its_published_outputs_from_any_place() -> None:
    assert [hex(v) for v in splitmix64(1234567, 1, 3)] == [
        "0x599ed017fb08fc85",
        "0x2c73f08458540fa5",
        "0x883ebce5a3f27c77",
    ]
    assert splitmix64(9, 1, 10)[4:].tolist() == splitmix64(9, 5, 6).tolist()
    assert rademacher(3, 2, 100)[60:].tolist() == rademacher(3, 2, 40, first=61).tolist()
    assert abs(rademacher(3, 0, 10_000) @ rademacher(3, 1, 10_000)) < 500
