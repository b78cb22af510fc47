"""The workloads: for each a contest of the machine with its peers, and the bars it is to pass.

The bars are ratios of times in one run; `N` may be lowered for a quick look, which the bars are not meant for.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qvm.bench import jitted
from qvm.bench.contest import Bar, Contest
from qvm.bench.peers import Coefficients, csr, divisor_sums, in_c, letters, slices

Array = NDArray[Any]
SWEEP = "sum p in primes(2, {P}): (p^(-1/3)*A[p] + p^(-1/4)*B[p]) + V(log)/3"
DIFFUSION = "sum p in primes(2, {P}): 1/p*(A[p] + B[p]) + V(log)"
WORDS = 20
LARGE = 10_000_000  # from here on the sweep is held to numba
RESIDUES = 2_147_483_629  # the modulus of the exact sweep, a prime


def operator(expression: str, N: int, threads: int = 1, backend: str = "llvm", **options: Any) -> Any:
    """An operator of the machine."""
    import qvm

    return qvm.operator(expression, N=N, threads=threads, backend=backend, **options)


def state(N: int) -> Array:
    """A state with entries of every size."""
    return np.random.default_rng(1).standard_normal(N)


def hamiltonian(P: int, N: int) -> tuple[Coefficients, Array]:
    """The coefficients and the diagonal of SWEEP."""
    from qwasm.arith.sieve import primes

    terms = {int(p): (float(p) ** (-1 / 3), float(p) ** (-1 / 4)) for p in primes(2, P)}
    return terms, np.log(np.arange(1.0, N + 1)) / 3


def in_groups(X: Any, x: Array) -> Callable[[], None] | None:
    """The sweep of a state that is in the grouped order already, if there is one; its answer is compared here, once."""
    try:
        G = X.grouped()
    except ValueError:
        return None
    state = G.into(x)
    natural, found = X.matvec(x), G.out_of(G.matvec(state))
    assert np.abs(natural - found).max() <= 1e-10 * np.abs(natural).max()

    def run() -> None:
        G.matvec(state)

    return run


def sweep(N: int, P: int, one: float, two: float, grouped: tuple[float, float]) -> Contest:
    """y = H x for one state in natural order, and for one in the grouped order; a bar of 0 is none."""
    x, (terms, diagonal) = state(N), hamiltonian(P, N)
    matrix, by_slices, by_c = csr(N, terms, diagonal), slices(N, terms, diagonal), in_c(N, terms, diagonal)
    expression = SWEEP.format(P=P)
    contestants: dict[str, Callable[[], Any]] = {
        "CSR": partial(matrix.__matmul__, x),
        "T1": partial(operator(expression, N).matvec, x),
        "T2": partial(operator(expression, N, 2).matvec, x),
        "slices": partial(by_slices, x),
    }
    if by_c is not None:
        contestants["C"] = partial(by_c, x)
    bars = [Bar("T1", "CSR", one), Bar("T2", "CSR", two)]
    for threads, ratio in ((1, grouped[0]), (2, grouped[1])):
        by_groups = in_groups(operator(expression, N, threads), x)
        if by_groups is not None:
            contestants[f"grouped T{threads}"] = by_groups
            bars.append(Bar(f"grouped T{threads}", "CSR", ratio))
    for threads in (1, 2):
        by_numba = jitted.sweep(N, terms, diagonal, threads)
        if by_numba is not None:
            contestants[f"numba T{threads}"] = partial(by_numba, x)
            bars += [Bar(f"T{threads}", f"numba T{threads}", 2)] if N >= LARGE else []
    wanted = tuple(bar for bar in bars if bar.ratio)
    return Contest(f"sweep, N = {N:.0e}, P = {P}", contestants, wanted)


def all_primes(N: int) -> Contest:
    """The sweep over all primes to N, with coefficients by a formula."""
    x, (terms, diagonal) = state(N), hamiltonian(N, N)
    matrix, expression = csr(N, terms, diagonal), SWEEP.format(P=N)
    contestants = {
        "CSR": partial(matrix.__matmul__, x),
        "T1": partial(operator(expression, N).matvec, x),
        "T2": partial(operator(expression, N, 2).matvec, x),
    }
    bars = (Bar("T1", "CSR", 3.4), Bar("T2", "CSR", 5.2))
    return Contest(f"all primes, N = {N:.0e}", contestants, bars, rounds=3)


def fields(N: int, P: int) -> Contest:
    """The same sweep over complex numbers and residues, against floats: the answers differ by their nature."""
    x, n = state(N), np.arange(1, N + 1) % RESIDUES
    expression = SWEEP.format(P=P)
    whole = f"sum p in primes(2, {P}): (p*A[p] + (p + 1)*B[p]) + V(n)"
    real, turned = operator(expression, N), operator(expression, N, field="complex")
    residues = operator(whole, N, field=f"mod({RESIDUES})")

    def untold(run: Callable[[], Any]) -> None:
        run()

    contestants = {
        "float64": partial(untold, partial(real.matvec, x)),
        "complex128": partial(untold, partial(turned.matvec, x + 0j)),
        "mod(l)": partial(untold, partial(residues.matvec, n)),
    }
    bars = (Bar("complex128", "float64", 0.5), Bar("mod(l)", "float64", 1 / 0.95))
    return Contest(f"fields, N = {N:.0e}, P = {P}", contestants, bars)


def divisors(N: int) -> Contest:
    """y(n) = sum of x over the quotients of n: coDir(1)."""
    x = state(N)
    contestants: dict[str, Callable[[], Any]] = {
        "slices": partial(divisor_sums, x), "T1": partial(operator("coDir(1)", N).matvec, x),
    }  # fmt: skip
    bars, by_numba = [Bar("T1", "slices", 8)], jitted.divisor_sums()
    if by_numba is not None:
        contestants["numba"] = partial(by_numba, x)
        bars.append(Bar("T1", "numba", 2))
    return Contest(f"coDir(1), N = {N:.0e}", contestants, tuple(bars), rounds=5)


def words(N: int) -> Contest:
    """Twenty words of twelve letters, each on one state; equal in every bit."""
    draw, x = random.Random(7), state(N)
    spelled = [[(draw.choice("ABPQ"), draw.choice((2, 3, 5, 6))) for _ in range(12)] for _ in range(WORDS)]
    made = [operator(" ".join(f"{name}[{a}]" for name, a in word), N) for word in spelled]
    contestants = {
        "letter by letter": lambda: [letters(word, x) for word in spelled],
        "T1": lambda: [word.matvec(x) for word in made],
    }
    return Contest(f"{WORDS} words, N = {N:.0e}", contestants, (Bar("T1", "letter by letter", 15),), tolerance=0)


def evolution(N: int, P: int) -> Contest:
    """exp(-H) psi to 1e-12 on one thread: the operator made anew each time, kept, or kept with its spectral bounds."""
    import scipy.sparse.linalg as linalg

    from qvm.spectral import expm

    x = state(N)
    x /= np.linalg.norm(x)
    expression = DIFFUSION.format(P=P)
    matrix = operator(expression, N).to_sparse()
    X = operator(expression, N)
    kept = X.map()
    contestants = {
        "expm_multiply": lambda: linalg.expm_multiply(-matrix, x),
        "T1": lambda: expm(operator(expression, N).map(), x, 1.0, tol=1e-12)[0],
        "plan kept": lambda: expm(X.map(), x, 1.0, tol=1e-12)[0],
        "bounds kept": lambda: expm(kept, x, 1.0, tol=1e-12)[0],
    }
    bars = (
        Bar("T1", "expm_multiply", 11), Bar("plan kept", "expm_multiply", 20), Bar("bounds kept", "expm_multiply", 28),
    )  # fmt: skip
    return Contest(f"exp(-H) psi, N = {N:.0e}, P = {P}", contestants, bars, tolerance=1e-11, rounds=3)


def recurrence(N: int, P: int, steps: int = 16) -> Contest:
    """Steps next = (H - 1) here / 2 - before, total += next / 8, from one state in natural order to one total."""
    x, (terms, diagonal) = state(N), hamiltonian(P, N)
    matrix, expression = csr(N, terms, diagonal), SWEEP.format(P=P)
    rows = [(0.5, 0.0 if k == 0 else -1.0, 0.125) for k in range(steps)]

    def by_csr() -> Array:
        before, here, total = x, x, x.copy()
        for al, be, ga in rows:
            following = matrix @ here
            following -= here
            following *= al
            if be:
                following += be * before
            total += ga * following
            before, here = here, following
        return total

    contestants: dict[str, Callable[[], Any]] = {"CSR": by_csr}
    for threads in (1, 2):
        run = operator(expression, N, threads).map().polynomial
        contestants[f"T{threads}"] = partial(run, x, 1.0, 1.0, rows)
    bars = (Bar("T1", "CSR", 13.5), Bar("T2", "CSR", 24))
    return Contest(f"{steps} steps, N = {N:.0e}, P = {P}", contestants, bars, rounds=3)


def largest(N: int, P: int) -> Contest:
    """The largest eigenvalue by SciPy's eigsh, over the machine's operator and over CSR."""
    import scipy.sparse.linalg as linalg

    X = operator(f"sum p in primes(2, {P}): 1/p*(A[p] + B[p]) + V(1/n)", N)
    matrix, start = X.to_sparse(), np.ones(N)

    def value(A: Any) -> Array:
        return np.asarray(linalg.eigsh(A, k=1, which="LA", v0=start, tol=1e-6, return_eigenvectors=False))

    contestants = {"CSR": partial(value, matrix), "T1": partial(value, X)}
    return Contest(f"eigsh, N = {N:.0e}, P = {P}", contestants, (Bar("T1", "CSR", 1.5),), tolerance=1e-6, rounds=3)


def code(N: int) -> Contest:
    """The sweep's machine code, made and taken from the cache, against the 25 and 2 milliseconds it may take."""
    import time

    from qvm_backends.llvm import jit, sweeps
    from qvm_backends.llvm.numbers import numbers

    here = jit.host()
    made = jit.compiled(here, sweeps.sweep(numbers("float64", here.fma)))

    def compiled() -> None:
        jit.compiled(here, sweeps.sweep(numbers("float64", here.fma)))

    def linked() -> None:
        jit.linked(here, "float64", "sweep", made)

    contestants = {
        "25 ms": lambda: time.sleep(0.025), "compiled": compiled, "2 ms": lambda: time.sleep(0.002), "linked": linked,
    }  # fmt: skip
    return Contest("machine code of a sweep", contestants, (Bar("compiled", "25 ms", 1), Bar("linked", "2 ms", 1)))


def sums(N: int) -> Contest:
    """<x, y> with its error bar, against the fold of the reference and numpy's dot product, which states no bar."""
    from qvm.machine.backend import Summing, load
    from qvm.machine.numbers import total
    from qwasm.qpu.program import Schedule
    from qwasm.space import Field

    x, y = np.abs(state(N)), np.random.default_rng(2).random(N)

    def inner(threads: int) -> Array:
        kernels = load("llvm").kernels(Schedule(threads=threads))
        assert isinstance(kernels, Summing)
        return np.array([total((x, y), Field("real"), 1, (x, y), kernels.sums).value])

    contestants: dict[str, Callable[[], Any]] = {
        "reference": lambda: np.array([total((x, y), Field("real"), 1, (x, y)).value]),
        "T1": partial(inner, 1),
        "T2": partial(inner, 2),
        "numpy": lambda: np.array([np.dot(x, y)]),
    }
    return Contest(f"inner product, N = {N:.0e}", contestants, (Bar("T1", "reference", 3),))


def billion(N: int, P: int) -> Contest:
    """One sweep as large as memory takes, against what the memory could do: y <- a x + z over arrays as long.

    The answer is compared with the definition at some rows; the arrays of both sides are one after the other.
    """
    import math

    from qwasm.arith.sieve import primes

    x, X = np.ones(N), {T: operator(f"sum p in primes(2, {P}): (A[p] + B[p])/p", N, T) for T in (1, 2)}
    p = [int(q) for q in primes(2, P)]
    shelf: dict[str, Array] = {}

    def swept(T: int) -> Array:
        shelf.clear()
        y = shelf["y"] = X[T].matvec(x)
        rows = [1, 2, 6, N // 3, N // 2, N - 1, N]
        for n in rows:
            wanted = math.fsum(((q * n <= N) + (n % q == 0)) / q for q in p)
            assert abs(y[n - 1] - wanted) <= 1e-12, (n, y[n - 1], wanted)
        return np.array(y[:1])

    def triad() -> None:
        if "y" not in shelf:
            shelf["y"] = np.zeros(N)
        y, step = shelf["y"], 1 << 15
        for k in range(0, N, step):
            piece = y[k : k + step]
            np.multiply(x[k : k + step], 3.0, out=piece)
            piece += x[k : k + step]

    contestants: dict[str, Callable[[], Any]] = {"T1": partial(swept, 1), "T2": partial(swept, 2), "triad": triad}
    bars = (Bar("T1", "triad", 0.55), Bar("T2", "triad", 0.7))
    return Contest(f"sweep, N = {N:.0e}, P = {P}, no potential", contestants, bars, rounds=2)


WORKLOADS: dict[str, Callable[[int], Contest]] = {
    "sweep-small": lambda N: sweep(N, 47, 4.3, 0, (5.5, 0)),
    "sweep": lambda N: sweep(10 * N, 47, 3.4, 5.2, (8, 12.5)),
    "sweep-few": lambda N: sweep(10 * N, 13, 1, 1, (6.8, 9.6)),
    "all-primes": lambda N: all_primes(10 * N),
    "fields": lambda N: fields(N, 47),
    "divisors": lambda N: divisors(10 * N),
    "words": lambda N: words(N),
    "sums": lambda N: sums(10 * N),
    "recurrence": lambda N: recurrence(10 * N, 13),
    "evolution": lambda N: evolution(N, 47),
    "code": code,
    "eigsh": lambda N: largest(N, 47),
}
RELEASE: dict[str, Callable[[int], Contest]] = {
    "billion": lambda N: billion(1000 * N, 47)
}  # 17 GB; first, where there is room
SIZE = 1_000_000

__all__ = ["RELEASE", "SIZE", "WORKLOADS"]
