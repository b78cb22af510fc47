"""Schedules: what they change of a result: nothing beyond the stated rounding, and nothing at all in mod(l)."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from qvm_backends.llvm.buffers import taken
from qvm_backends.llvm.kernels import LlvmKernels

from qvm.conformance import cases
from qwasm.algebra.operators import Algebra
from qwasm.qpu.plan import Plan, Repeat
from qwasm.qpu.planning import plan
from qwasm.qpu.program import Schedule
from qwasm.space import Field, Space

PRIMES = (2, 3, 5, 7, 11, 13)
SIZES = (1, 2, 63, 64, 65, 127, 128, 129, 1000, 2047, 2048, 2049, 6000)
FIELDS = {"real": Field(), "real32": Field("real32"), "complex": Field("complex"), "mod": Field("mod", 2_147_483_629)}


def hamiltonian(N: int, field: str) -> Plan:
    algebra = Algebra()
    x = algebra.sum([*(algebra.A(p) for p in PRIMES), *(algebra.B(p) for p in PRIMES), algebra.P(6)])
    return plan(x, Space(N, field=FIELDS[field]))


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("N", SIZES)
def test_tiles_and_threads_change_no_bit(N: int, field: str) -> None:
    whole = hamiltonian(N, field)
    x = cases.numbers(N, whole.dtype, 3)
    found = {
        LlvmKernels(Schedule(threads=threads, tile=tile, layout="natural"), worth=0).apply(whole, x).tobytes()
        for threads, tile in product((1, 2, 3, 4), (64, 100, 128, 2048, 1 << 14))
    }
    assert len(found) == 1
    wanted = LlvmKernels(worth=0).reference.apply(whole, x)
    got = np.frombuffer(found.pop(), whole.dtype)
    if field == "mod":
        assert np.array_equal(got, wanted)
    else:
        rounding = 1e-5 if field == "real32" else 1e-13
        assert np.abs(got - wanted).max() <= rounding * 13 * max(1.0, float(np.abs(x).max()))


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("N", [65, 1000, 6000])
@pytest.mark.parametrize("k", [1, 2, 5])
def test_layouts_and_time_blocks_change_rounding_alone(N: int, field: str, k: int) -> None:
    base = hamiltonian(N, field)
    whole = Plan(base.size, N, (Repeat(base, k, 1),), base.modulus, base.dtype) if k > 1 else base
    x = cases.numbers(N, base.dtype, 4)
    wanted = LlvmKernels(worth=0).reference.apply(whole, x)
    size = 13.0**k * max(1.0, float(np.abs(x).max()))
    for layout, steps, threads in product(("auto", "natural", "grouped"), (0, 1, 3), (1, 2)):
        schedule = Schedule(threads=threads, layout=layout, time_block=steps)  # type: ignore[arg-type]
        got = LlvmKernels(schedule, worth=0).apply(whole, x)
        if field == "mod":
            assert np.array_equal(got, wanted)
        else:
            assert np.abs(got - wanted).max() <= (1e-5 if field == "real32" else 1e-13) * size


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("states", [1, 2, 3, 7])
def test_the_states_of_a_field_are_shared_among_threads_without_changing_a_bit(field: str, states: int) -> None:
    whole = hamiltonian(3000, field)
    x = np.stack([cases.numbers(3000, whole.dtype, k) for k in range(states)])
    found = [LlvmKernels(Schedule(threads=threads), worth=0).apply(whole, x) for threads in (1, 2, 3, 4)]
    assert len({y.tobytes() for y in found}) == 1
    assert found[0][-1].tobytes() == LlvmKernels(worth=0).apply(whole, x[-1]).tobytes()


def test_time_blocks_change_no_bit_of_a_recurrence() -> None:
    whole = hamiltonian(6000, "real")
    x = cases.numbers(6000, "float64", 5)
    rows = [(0.5, 0.0 if k == 0 else -1.0, 0.125) for k in range(7)]
    answers = []
    for steps in (0, 1, 2, 3, 7, 100):
        total = x.copy()
        found = LlvmKernels(Schedule(time_block=steps), worth=0).recurrence(whole, x, x, total, 1.0, rows)
        assert found is not None
        answers.append((*(a.tobytes() for a in found), total.tobytes()))
    assert len(set(answers)) == 1


def test_many_applications_in_a_row_go_by_groups() -> None:
    N = 20_000
    base = hamiltonian(N, "real")
    kernels = LlvmKernels(worth=0)
    kernels.apply(Plan(base.size, N, (Repeat(base, 3, 1),), 0, base.dtype), np.ones(N))
    assert not kernels.layouts
    kernels.apply(Plan(base.size, N, (Repeat(base, 100, 0),), 0, base.dtype), np.zeros(N))
    assert kernels.layouts[base] is not None


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("field", ["real", "real32", "complex"])
@pytest.mark.parametrize("stream", [0, 1 << 24])
@pytest.mark.parametrize("N", [65, 1000, 6000, 200_000])
def test_a_sweep_in_the_grouped_order_is_the_sweep(
    N: int, stream: int, field: str, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qvm_backends.llvm.layout.SHARE", 1)
    monkeypatch.setattr("qvm_backends.llvm.kernels.STREAM", stream)
    taken(((1 << 17) + 3,), np.dtype(np.float64)).fill(np.nan)  # what memory that was used before may hold
    whole = hamiltonian(N, field)
    x = cases.numbers(N, whole.dtype, 6)
    kernels = LlvmKernels(Schedule(threads=threads), worth=0)
    order = kernels.order(whole)
    if order is None:  # fewer rough numbers than it pays for, or a term cut short
        assert N < 1000
        return
    inside = order.into(x)
    assert np.array_equal(order.out_of(inside), x)
    y = order.apply(inside)
    wanted = kernels.reference.apply(whole, x)
    assert np.abs(order.out_of(y) - wanted).max() <= (1e-5 if field == "real32" else 1e-13) * 13 * np.abs(x).max()
    back = order.into(order.out_of(y))
    assert np.array_equal(back, y)  # the padding is zero and stays so
    one = LlvmKernels(worth=0).order(whole)
    assert one is not None and np.array_equal(one.apply(inside), y)


def test_operators_for_scipy_have_a_grouped_order_where_there_is_one() -> None:
    import scipy.sparse.linalg as linalg

    import qvm

    X = qvm.operator("sum p in primes(2, 7): 1/p*(A[p] + B[p]) + V(1/n)", N=400_000, backend="llvm")
    G = X.grouped()
    x = np.random.default_rng(1).standard_normal(400_000)
    assert np.allclose(G.out_of(G.matvec(G.into(x))), X.matvec(x), rtol=0, atol=1e-12)
    values = [
        linalg.eigsh(A, k=1, which="LA", v0=v, tol=1e-8, return_eigenvectors=False)[0]
        for A, v in ((X, np.ones(400_000)), (G, G.into(np.ones(400_000))))
    ]
    assert values[0] == pytest.approx(values[1], abs=1e-6)
    for other in (
        qvm.operator("A[2] + V(n)", N=100),
        qvm.operator("A[2] + B[3]", N=400_000, field="mod(7)", backend="llvm"),
        qvm.operator("A[2] + B[3]", N=400_000, backend="numpy"),
    ):
        with pytest.raises(ValueError, match="no grouped order"):
            other.grouped()


@pytest.mark.parametrize("text", ["V(n)", "V(3)", "V(1 - 2*n)", "V(n/4)", "V(n/3)", "V(n^2)", "V(log)", "V(n mod 2)"])
@pytest.mark.parametrize("N", [2, 65, 70_000])
def test_a_potential_that_is_computed_has_the_bits_of_one_that_is_read(text: str, N: int) -> None:
    import qvm

    X = qvm.operator(f"A[2] + 3*B[5] + {text}", N=N, backend="llvm")
    x = np.random.default_rng(1).standard_normal(N)
    kernels = LlvmKernels(Schedule(threads=2), worth=0)
    computed = kernels.apply(X.plan, x)
    known = kernels.known(X.plan)
    kernels.prepared[X.plan] = known._replace(affine=None)
    assert np.array_equal(kernels.apply(X.plan, x), computed)
    straight = text in ("V(n)", "V(1 - 2*n)", "V(n/4)", "V(n/3)") or N == 2
    assert (known.affine is not None) == (straight and text != "V(3)")  # a number is a term, no potential
