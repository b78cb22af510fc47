"""Work of exponentials, traces and spectra: upper estimates from |t| times a bound of the operator's norm.

A row reads facts: `elements` of one application, `reach` = |t| ||X|| (None where it is unknown),
`selfadjoint`, `diagonal`.  The counts are estimates, not proofs: they charge what the engine's
series need at the worst spectrum of that norm, and 64 applications where nothing is known.

>>> exponential_work({"N": 10, "elements": 20, "reach": 1.0, "selfadjoint": True, "diagonal": False})
1310
"""

from __future__ import annotations

from math import ceil, isfinite, log2, sqrt
from typing import Any

from qwasm.instructions.form import Facts

DENSE = 4096  # the largest N at which matrices of numbers are made
SWEEPS = 200_000  # applications that the engine gives one exponential
UNKNOWN = 64  # applications where |t| ||X|| is not known before the run
BOUNDING = 130  # applications that bound a spectrum which a quick look leaves too wide
ENTRIES = 1 << 24  # entries of a sparse matrix,
FACTORS = 1 << 24  # and of its factors, held at once
PROOF = 8 * 10**9  # elements that the proof of one eigenvalue may touch
HEAD, PROBES = 64, 32  # vectors of a trace beyond N = 4096: its head, and its probes when none are asked for


def known(facts: Facts, name: str) -> Any:
    """A fact that is found only when it is asked for, None where nobody can say."""
    try:
        return facts[name]
    except KeyError:
        return None


def series(facts: Facts) -> int:
    """Applications of X in one e^(-t X): Chebyshev's degree, Taylor's or Trotter's steps."""
    reach: Any = known(facts, "reach")
    if known(facts, "diagonal"):
        return 1
    if reach is None or not isfinite(reach):
        return UNKNOWN
    bounding = BOUNDING if reach > 5 else 10
    method = str(facts.get("method", ""))
    if method == "trotter":
        count = 32.0 * sqrt(1e4 * reach**3 + 1)
    elif known(facts, "selfadjoint") and method != "krylov":
        count = 1.3 * reach + 60 if facts.get("unitary") else sqrt(90 * reach) + 45
    else:
        count = 30.0 * ceil(max(1.0, min(reach, 1e9) / 2))
    return min(SWEEPS, ceil(min(count, 1e9))) + bounding if count > 1 else 1


def exponential_work(facts: Facts) -> int:
    """The applications of one exponential to each state.

    An estimate from |t| ||X||; 64 applications where the time is known only while running.
    """
    return (series(facts) * int(facts["elements"]) + int(facts["N"])) * int(facts.get("states", 1))


def flow_work(facts: Facts) -> int:
    """The applications of e^(tau L): the row sums of D are at most as large as D, so L reaches twice as far."""
    reach: Any = known(facts, "reach")
    near = {
        "reach": None if reach is None else 2 * reach,
        "selfadjoint": known(facts, "selfadjoint"),
        "diagonal": False,
    }
    return exponential_work({**facts, **near, "elements": int(facts["elements"]) + int(facts["N"])})


def heat_work(facts: Facts) -> int:
    """A trace: the diagonal where it is seen, N^3 to N = 4096, else the series of each vector of head and probes.

    With `tol=` and no `probes=` the probes are charged as if none were asked for: the engine adds
    more only as far as the work limit allows.
    """
    N, elements = int(facts["N"]), int(facts["elements"])
    if known(facts, "diagonal") or ("t" not in facts and known(facts, "visible")):
        return (elements + N) * max(1, int(facts.get("t", 1)))
    if N <= DENSE:
        return dense(facts) if "t" in facts else N * (elements + N)
    vectors = N if facts.get("exact") else HEAD + int(facts.get("probes", PROBES))
    if "t" not in facts:
        return vectors * (elements + N)
    length = series(facts)
    halved = known(facts, "selfadjoint") and not facts.get("insert")
    return vectors * (length // 2 + 1 if halved else length + 1) * (elements + N) + BOUNDING * elements


def dense(facts: Facts) -> int:
    """N^3 for symmetric eigenvalues; ten of them and one for each squaring for other matrices."""
    N, reach = int(facts["N"]), known(facts, "reach")
    if known(facts, "selfadjoint"):
        return N**3
    squarings = ceil(log2(reach)) + 1 if reach and isfinite(reach) and reach > 1 else 1
    return (10 + min(1100, squarings)) * N**3


def spectrum_work(facts: Facts) -> int:
    """N^3 to N = 4096; beyond, that much for small blocks, an iteration on large ones, a proof of each eigenvalue."""
    N, elements, k = int(facts["N"]), int(facts["elements"]), int(facts.get("k", 1))
    if N <= DENSE:
        return dense(facts)
    most = max(600, min(4_000, 8 * 10**7 // N))
    proofs = 0 if known(facts, "selfadjoint") else k * min(PROOF, N * elements)
    return DENSE**3 + most * (elements + 40 * N) + proofs


def norm_work(facts: Facts) -> int:
    """Nothing for a single word; else power steps on the majorant, a Krylov space, and N^3 to N = 4096."""
    N, elements = int(facts["N"]), int(facts["elements"])
    if known(facts, "single"):
        return 1
    iterations = 4 * BOUNDING * elements + 3_200 * N
    return iterations if N > DENSE or known(facts, "diagonal") else iterations + dense(facts)


def exponential_memory(facts: Facts) -> int:
    """A basis of states for Krylov's method, a few states for the others."""
    return (40 if facts.get("method") == "krylov" else 12) * int(facts["bytes"]) * int(facts.get("states", 1))


def matrices(facts: Facts, symmetric: int, other: int) -> int:
    """So many dense matrices of the field to N = 4096, beyond it a basis of states; each count was measured."""
    N = int(facts["N"])
    if N > DENSE:
        return 200 * int(facts["bytes"])
    return (symmetric if known(facts, "selfadjoint") else other) * N * N * max(8, int(facts["itemsize"]))


def spectrum_memory(facts: Facts) -> int:
    """Dense matrices to N = 4096, complex ones without symmetry; beyond, a basis, the entries, sparse factors."""
    N, elements = int(facts["N"]), int(facts["elements"])
    if N <= DENSE:
        return matrices(facts, 6, 20 if int(facts["itemsize"]) <= 8 else 10)
    return matrices(facts, 6, 6) + 100 * min(elements, ENTRIES) + 4 * 16 * min(FACTORS, N * N)


def heat_memory(facts: Facts) -> int:
    """A few states for a diagonal, dense matrices to N = 4096; beyond, plans of X and its bounds, a few states."""
    seen = known(facts, "diagonal") or ("t" not in facts and known(facts, "visible"))
    return 40 * int(facts["bytes"]) if seen or int(facts["N"]) > DENSE else matrices(facts, 7, 16)


def norm_memory(facts: Facts) -> int:
    """Nothing for a single word; else dense matrices to N = 4096, beyond it a basis of states."""
    return 0 if known(facts, "single") else matrices(facts, 5, 5)
