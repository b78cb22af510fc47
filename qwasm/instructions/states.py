"""Instructions that make, read and compare states, entry by entry.

They act on the numbers a register stores; only operators, inner products and norms know the
picture.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from qwasm.instructions import errors
from qwasm.instructions.algebra import Y, root_weights
from qwasm.instructions.checks import ordered, seeded
from qwasm.instructions.form import INEXACT, Instruction, Operand
from qwasm.instructions.interface import Run
from qwasm.instructions.reductions import reduced
from qwasm.scalar import Scalar

Q = Operand("q", "qstate", writes=True, reads=False)
X, S = Operand("x", "qstate"), Operand("s", "scalar", writes=True, reads=False)
GOLDEN, MIX1, MIX2 = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


def index(run: Run, op: Any) -> int:
    """The n of an instruction, 1..N."""
    n = int(op["n"])
    if not 1 <= n <= run.space.N:
        raise run.fail("QW0604", f"n = {n} is outside 1..{run.space.N}", "states have the entries psi(1) to psi(N)")
    return n


def delta(run: Run, op: Any) -> Any:
    """1 at n, 0 elsewhere."""
    y = run.state(np.zeros(run.space.N))
    y[index(run, op) - 1] = 1
    return y


def filled(run: Run, op: Any) -> Any:
    """expr(n) for n = 1..N."""
    return run.state(np.broadcast_to(run.evaluate(op["expression"], n=run.indices()), (run.space.N,)))


def mapped(run: Run, op: Any, x: Any) -> Any:
    """expr(x(n), n) for n = 1..N."""
    return run.state(np.broadcast_to(run.evaluate(op["expression"], n=run.indices(), x=x), x.shape))


def multiplied(run: Run, op: Any, x: Any, y: Any) -> Any:
    """x(n) y(n)."""
    return run.state(x * y)


def scanned(run: Run, op: Any, x: Any) -> Any:
    """Prefix sums or prefix maxima, left to right."""
    if str(op["kind"]).upper() == "MAX":
        return np.maximum.accumulate(x)
    return run.state(np.add.accumulate(x))


def entry(run: Run, op: Any, x: Any) -> Scalar:
    """The stored number at n, as it is stored."""
    return run.scalar(x[index(run, op) - 1])


def same(run: Run, op: Any, x: Any, y: Any) -> Scalar:
    """1 when every entry is the same number, else 0."""
    return Scalar(int(np.array_equal(x, y)))


def splitmix(seed: int, first: int, count: int) -> Any:
    """Outputs first..first+count-1 of splitmix64, counted from 1, as uniform numbers in [-1, 1).

    Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014.
    """
    with np.errstate(over="ignore"):
        z = np.arange(first, first + count, dtype=np.uint64) * np.uint64(GOLDEN) + np.uint64(seed)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(MIX1)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(MIX2)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(11)).astype(np.float64) * 2.0**-52 - 1.0


def random(run: Run, op: Any) -> Any:
    """The n-th splitmix64 output; complex numbers take outputs 2n - 1 and 2n."""
    seed, N = int(run.seed if op.get("seed") is None else op["seed"]), run.space.N
    if not 0 <= seed < 2**64:
        raise run.fail("QW0604", f"the seed {seed} is outside 0..2^64 - 1", "take it mod 2^64")
    if run.space.field.kind == "complex":
        pairs = splitmix(seed, 1, 2 * N)
        return pairs[0::2] + 1j * pairs[1::2]
    y = run.state(splitmix(seed, 1, N))
    return np.minimum(y, np.float32(1 - 2.0**-24)) if run.space.field.kind == "real32" else y


def to_hilbert(run: Run, op: Any, x: Any) -> Any:
    """sqrt(w(n)) psi(n)."""
    return x if run.space.weight.s == 0 else run.state(x * root_weights(run))


def to_nspace(run: Run, op: Any, x: Any) -> Any:
    """psi(n) from sqrt(w(n)) psi(n)."""
    return x if run.space.weight.s == 0 else run.state(x / root_weights(run))


def has_roots(space: Any, op: Any) -> tuple[str, str, str] | None:
    """Roots of the weight exist in mod(l) only for s = 0."""
    if space.field.exact and space.weight.s != 0:
        return (
            "QW0270",
            f"the hilbert picture needs square roots of the weight, which have no exact meaning in {space.field}",
            "use weight = 1, or field = real",
        )
    return None


ROWS = (
    Instruction(
        "basis",
        "states",
        (Q, Operand("n", "integer")),
        "Writes the delta at n.",
        delta,
        "basis q0, 5\nat s0, q0, 5\nat s1, q0, 4\nassert s0 == 1 and s1 == 0",
        same_as="fill {q}, n == {n}",
    ),
    Instruction(
        "fill",
        "states",
        (Q, Operand("expression", "expression", over=("n",))),
        "Writes expr(n) for n = 1..N.",
        filled,
        "fill q0, n^2 + 1\nat s0, q0, 3\nassert s0 == 10",
        micro="fill",
    ),
    Instruction(
        "map",
        "states",
        (Y, X, Operand("expression", "expression", over=("x", "n"))),
        "Writes expr(x(n), n) for n = 1..N.",
        mapped,
        "fill q0, n\nmap q1, q0, x^2 - n\nat s0, q1, 3\nassert s0 == 6",
        micro="map",
        error=errors.mapped,
        work=lambda facts: 2 * int(facts["N"]),
    ),
    Instruction(
        "mul",
        "states",
        (Operand("z", "qstate", writes=True, reads=False), X, Operand("y", "qstate")),
        "Writes the entrywise product x(n) y(n).",
        multiplied,
        "fill q0, n\nfill q1, n + 1\nmul q2, q0, q1\nat s0, q2, 3\nassert s0 == 12",
        commutative=True,
        error=errors.multiplied,
        work=lambda facts: 2 * int(facts["N"]),
    ),
    Instruction(
        "scan",
        "states",
        (Y, X, Operand("kind", "word", choices=("SUM", "MAX"))),
        "Writes prefix sums or prefix maxima: entry n is over x(1)..x(n).",
        scanned,
        "fill q0, n\nscan q1, q0, SUM\nat s0, q1, 4\nassert s0 == 10",
        error=errors.scanned,
        check=ordered("MAX"),
    ),
    Instruction(
        "at",
        "states",
        (S, Operand("q", "qstate"), Operand("n", "integer")),
        "Gives the stored number at n: exactly, where the state is exact.",
        entry,
        "fill q0, 2*n\nat s0, q0, 5\nassert s0 == 10",
        error=errors.entry,
        work=lambda facts: 1,
    ),
    Instruction(
        "reduce",
        "states",
        (S, Operand("q", "qstate"), Operand("kind", "word", choices=("SUM", "MAX", "MIN", "ARGMAX", "COUNT"))),
        "Gives one number of a state, without a weight: SUM, MAX, MIN, ARGMAX (the least such n), COUNT of entries "
        "not 0.",
        reduced,
        "fill q0, n - 3\nreduce s0, q0, COUNT\nreduce s1, q0, SUM\nassert s0 == 11 and s1 == 42",
        micro="reduce",
        error=errors.reduced,
        check=ordered("MAX", "MIN", "ARGMAX"),
    ),
    Instruction(
        "equal",
        "states",
        (S, Operand("a", "qstate"), Operand("b", "qstate")),
        "Gives 1 when all entries are equal, else 0.",
        same,
        "fill q0, n\nmap q1, q0, x\nequal s0, q0, q1\nassert s0 == 1",
        commutative=True,
        error=errors.compared,
        work=lambda facts: 2 * int(facts["N"]),
    ),
    Instruction(
        "random",
        "states",
        (Q, Operand("seed", "integer", optional=True)),
        "Writes uniform numbers in [-1, 1): entry n is the n-th splitmix64 output of the seed, 0..2^64 - 1.\n"
        "Complex entries take outputs 2n - 1 and 2n. Without a seed, that of the run.",
        random,
        "random q0, 7\nrandom q1, 7\nequal s0, q0, q1\nreduce s1, q0, MAX\nassert s0 == 1 and s1 < 1",
        fields=INEXACT,
        check=seeded,
        memory=lambda facts: 2 * int(facts["bytes"]),
    ),
    Instruction(
        "to.hilbert",
        "states",
        (Y, X),
        "Writes the hilbert picture of a state: sqrt(w(n)) psi(n).",
        to_hilbert,
        ".reg h: qstate<hilbert>\nbasis q0, 4\nto.hilbert h, q0\nto.nspace q1, h\nequal s0, q0, q1\nassert s0 == 1",
        pictures=frozenset({"nspace"}),
        result_picture="hilbert",
        error=errors.kept,
        check=has_roots,
    ),
    Instruction(
        "to.nspace",
        "states",
        (Y, X),
        "Writes the nspace picture of a state: psi(n).",
        to_nspace,
        ".reg h: qstate<hilbert>\nfill q0, n\nto.hilbert h, q0\nto.nspace q1, h\nequal s0, q0, q1\nassert s0 == 1",
        pictures=frozenset({"hilbert"}),
        result_picture="nspace",
        error=errors.kept,
        check=has_roots,
    ),
)
