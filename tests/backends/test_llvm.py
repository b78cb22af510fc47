"""The LLVM backend against the reference: every part, every dtype, around vector and block ends, for any threads."""

from __future__ import annotations

import os
import platform
import random
import signal
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qvm_backends.llvm import LlvmBackend, jit, store
from qvm_backends.llvm.kernels import LlvmKernels
from qvm_backends.llvm.plans import ready
from qvm_backends.llvm.printed import names

import qvm
from qvm.conformance import cases
from qwasm.algebra.operators import Algebra
from qwasm.arith.sieve import factor, primes
from qwasm.qpu.plan import Dirichlet, Plan, Strided
from qwasm.qpu.planning import plan
from qwasm.qpu.program import Schedule
from qwasm.space import Field, Space

KINDS = ("float64", "float32", "complex128", "int64")
SIZES = (26, 63, 64, 65, 4095, 4096, 4097, 9000)


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))


def same(found: Any, wanted: Any, size: float, kind: str) -> bool:
    """Equal residues, or floats as near as rounding allows."""
    if kind == "int64":
        return bool(np.array_equal(found, wanted))
    return bool(np.abs(found - wanted).max() <= 50 * np.finfo(kind).eps * max(1.0, size))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("N", SIZES)
def test_every_part_is_what_the_reference_makes_of_it(kind: str, N: int) -> None:
    for part in cases.parts(N, kind).values():
        whole = Plan(N, N, (part,), cases.modulus(kind), kind)
        x = np.array([cases.numbers(N, kind, seed) for seed in (1, 2)])
        kernels = LlvmKernels(worth=0)
        found, wanted = kernels.apply(whole, x), kernels.reference.apply(whole, x)
        assert found.dtype == wanted.dtype and found.shape == wanted.shape
        assert same(found, wanted, float(np.abs(wanted).max()) + N**0.5, kind)  # sums of N entries cancel


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("forward", [False, True])
@pytest.mark.parametrize("multiplicative", [False, True])
@pytest.mark.parametrize("N", [*range(1, 30), 48, 49, 50, 120, 121, 122, 1000, 5000])
def test_dirichlet_series_of_every_length(N: int, multiplicative: bool, forward: bool, kind: str) -> None:
    f = cases.numbers(N, kind, 3)
    if multiplicative:
        f = np.array([prod(k + 2 for _, k in factor(n)) for n in range(1, N + 1)]).astype(kind)
        f = f % cases.modulus(kind) if kind == "int64" else f / 7 ** np.array([len(factor(n)) for n in range(1, N + 1)])
    whole = Plan(N, N, (Dirichlet(f, forward, multiplicative),), cases.modulus(kind), kind)
    x = cases.numbers(N, kind, 4)
    kernels = LlvmKernels(worth=0)
    found, wanted = kernels.apply(whole, x), kernels.reference.apply(whole, x)
    assert same(found, wanted, float(np.abs(f).max()) * float(np.abs(x).sum()), kind)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(6))
def test_sums_of_any_terms_agree_and_threads_change_no_bit(kind: str, seed: int) -> None:
    choose = random.Random(seed)
    N = choose.choice((*range(1, 65), 4096, 4097, 20_000, 50_000))
    u, v = ([choose.choice((1, 1, 2, 3, 7, 47, max(1, N - 1), N)) for _ in range(24)] for _ in range(2))
    length = [choose.randint(0, N // max(a, b)) for a, b in zip(u, v)]
    c = cases.numbers(24, kind, seed)
    rows, columns, lengths = (np.array(a, dtype=np.int64) for a in (u, v, length))
    part = Strided(rows, columns, lengths, c)
    whole = Plan(N, N, (part,), cases.modulus(kind), kind)
    x = cases.numbers(N, kind, seed + 100)
    results = [LlvmKernels(Schedule(threads=threads), worth=0).apply(whole, x) for threads in (1, 2, 3, 4)]
    wanted = LlvmKernels().reference.apply(whole, x)
    assert same(results[0], wanted, 24 * float(np.abs(c).max()) * float(np.abs(x).max()), kind)
    assert all(np.array_equal(results[0], other) for other in results[1:])


@pytest.mark.parametrize("field", ["real", "mod"])
def test_a_hamiltonian_of_many_primes(field: str) -> None:
    algebra = Algebra()
    primes = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47)
    x = algebra.sum([*(algebra.A(p) for p in primes), *(algebra.B(p) for p in primes), algebra.P(6)])
    space = Space(200_000, field=Field("mod", 2_147_483_647) if field == "mod" else Field())
    whole = plan(x, space)
    state = cases.numbers(space.N, space.field.dtype, 5)
    one, two = LlvmKernels(), LlvmKernels(Schedule(threads=2))
    assert same(
        one.apply(whole, state), one.reference.apply(whole, state), 31 * float(np.abs(state).max()), whole.dtype
    )
    assert np.array_equal(one.apply(whole, state), two.apply(whole, state))


def many(N: int, kind: str) -> Plan:
    """A sum over all primes to N."""
    p = primes(2, N)
    one = np.ones_like(p)
    part = Strided(
        np.concatenate([p, one]), np.concatenate([one, p]), np.tile(N // p, 2), cases.numbers(2 * len(p), kind, 1)
    )
    return Plan(N, N, (part,), cases.modulus(kind), kind)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("N", [3000, 20_000])
def test_all_primes_go_row_by_row(N: int, kind: str) -> None:
    whole, x = many(N, kind), cases.numbers(N, kind, 2)
    results = [LlvmKernels(Schedule(threads=threads), worth=0).apply(whole, x) for threads in (1, 2)]
    assert len(ready(whole).fans) == 2 and np.array_equal(results[0], results[1])
    assert same(results[0], LlvmKernels().reference.apply(whole, x), 20 + float(np.abs(x).max()), kind)


def test_the_cache_gives_back_what_it_was_given_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    made: list[int] = []

    def make() -> bytes:
        made.append(1)
        return b"object code"

    assert store.fetch("key", make) == store.fetch("key", make) == b"object code"
    assert len(made) == 1
    (entry,) = (tmp_path / "qwasm" / "llvm").iterdir()
    data = entry.read_bytes()
    for damaged in (data[:-1], data[:10], b"", data[:40] + b"?" + data[41:]):
        entry.write_bytes(damaged)
        assert store.fetch("key", make) == b"object code"
    assert len(made) == 5 and entry.read_bytes() == data
    assert store.fetch("another key", make) == b"object code" and len(made) == 6


def test_a_folder_that_others_can_write_is_no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (tmp_path / "qwasm" / "llvm").mkdir(parents=True, mode=0o777)
    (tmp_path / "qwasm" / "llvm").chmod(0o777)
    assert store.folder() is None and store.fetch("key", lambda: b"code") == b"code"
    assert list((tmp_path / "qwasm" / "llvm").iterdir()) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_processor_without_vectors_computes_the_same(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = jit.Host("x86-64" if platform.machine() == "x86_64" else "generic", "")
    assert plain.fma is (platform.machine() != "x86_64")
    monkeypatch.setattr(jit, "host", lambda: plain)
    monkeypatch.setattr(jit, "_kernels", {})
    N = 9000
    x = cases.numbers(N, kind, 3)
    for part in cases.parts(N, kind).values():
        whole = Plan(N, N, (part,), cases.modulus(kind), kind)
        kernels = LlvmKernels(Schedule(threads=2), worth=0)
        found, wanted = kernels.apply(whole, x), kernels.reference.apply(whole, x)
        assert same(found, wanted, float(np.abs(wanted).max()) + N**0.5, kind)
    if kind != "int64":
        u, v = np.array([2, 3, 1, 1]), np.array([1, 1, 2, 3])
        whole = Plan(N, N, (Strided(u, v, N // np.maximum(u, v), cases.numbers(4, kind, 1)),), 0, kind)
        total = LlvmKernels(Schedule(threads=2), worth=0).polynomial(
            whole, x, 0.0, 1.0, [(1.0, 0.0, 1.0), (1.0, -1.0, 0.5)]
        )
        image = kernels.reference.apply(whole, x)
        wanted = x + image + 0.5 * (kernels.reference.apply(whole, image) - x)
        assert total is not None and same(total, wanted, 20.0, kind)


def test_where_no_code_can_be_made_the_reference_computes(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> bytes:
        raise RuntimeError("LLVM knows no such processor")

    monkeypatch.setattr(jit, "compiled", broken)
    monkeypatch.setattr(jit, "_kernels", {})
    monkeypatch.setenv("XDG_CACHE_HOME", "/nowhere/at/all")
    jit.trouble.cache_clear()
    try:
        part = next(part for part in cases.parts(5000, "float64").values() if isinstance(part, Strided))
        whole, x = Plan(5000, 5000, (part,), 0, "float64"), cases.numbers(5000, "float64", 1)
        kernels = LlvmKernels(worth=0)
        assert np.array_equal(kernels.apply(whole, x), kernels.reference.apply(whole, x)) and "no such" in jit.trouble()
    finally:
        jit.trouble.cache_clear()


def test_the_kernels_of_a_program_are_printed() -> None:
    text = '.space N = 100\n.func main\nfill q0, 1\nqop.apply q1, q0, A[2] + {}\nemit "q", q1\nend\n'
    backend = LlvmBackend()
    program = qvm.compile(text.format("B[3]")).program
    assert names(program) == ["sweep", "weighted"]
    assert "define void @sweep" in backend.printed(program, "llvm") and "fmul" not in backend.printed(program, "asm")
    assert set(names(qvm.compile(text.format("coDir(mu)")).program)) >= {"strides", "spread", "gather"}
    evolving = '.space N = 100\n.func main\nfill q0, 1\nqop.exp q1, q0, A[2] + B[2], 1\nemit "q", q1\nend\n'
    assert "recurrence" in names(qvm.compile(evolving).program)


def test_a_forked_child_has_threads_of_its_own() -> None:
    whole, x = many(50_000, "float64"), cases.numbers(50_000, "float64", 1)
    kernels = LlvmKernels(Schedule(threads=2), worth=0)
    wanted = kernels.apply(whole, x)
    child = os.fork()
    if child == 0:
        signal.alarm(30)  # a child without threads would wait for ever
        os._exit(0 if np.array_equal(kernels.apply(whole, x), wanted) else 1)
    assert os.waitpid(child, 0)[1] == 0
