"""Cases of the conformance suite: example programs from the table, and plans with their dense matrices."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qvm.machine import Grants, Machine, Result
from qwasm.instructions import Instruction, table
from qwasm.qpu.plan import (
    Chain,
    Diagonal,
    Dirichlet,
    Exponential,
    Inverse,
    Outer,
    Part,
    Plan,
    Repeat,
    Shift,
    Strided,
    Weighted,
)
from qwasm.qpu.program import QpuProgram, Schedule
from qwasm.record import replace

Array = NDArray[Any]
MODULUS = 2_147_483_629  # the largest prime below 2^31 - 18: products come near 2^62


def runnable() -> list[Instruction]:
    """The rows of the table that run in this version."""
    return [row for row in table().values() if not row.not_yet and row.example]


def program_text(row: Instruction, body: str = "", space: str = "") -> str:
    """A whole program around the example of a row, or around another body."""
    lines = "\n".join(f"    {line}" for line in (body or row.example).split("\n"))
    parts = [".qwasm 1.0", f".space {space or row.space_example}", row.before_example, f".func main\n{lines}\nend"]
    return "\n".join(part for part in parts if part) + "\n"


def replaced(row: Instruction) -> str:
    """The example with the row's own lines written as `same_as` says."""
    lines = []
    for line in row.example.split("\n"):
        word, _, rest = line.strip().partition(" ")
        if word != row.mnemonic:
            lines.append(line)
            continue
        operands = [text.strip() for text in re.split(r",(?![^()\[\]]*[)\]])", rest)]
        names = {operand.name: text for operand, text in zip(row.operands, operands)}
        lines.append(row.same_as.format(**names))
    return "\n".join(lines)


def compiled(text: str) -> QpuProgram:
    """The QPU program of a text, without passes."""
    from qwasm_passes.lower import lower

    from qwasm.ir.build import build
    from qwasm.syntax import parse

    module, _ = build(parse(text, "case.qw"), {})
    return lower(module)


def run(text: str, backend: str, folder: Path, threads: int = 1) -> Result:
    """The results of a text; files below `folder`, a channel named out."""
    grants = Grants(roots=(folder,), channels={"out": []})
    program = replace(compiled(text), schedule=Schedule(threads=threads))
    return Machine(backend=backend, grants=grants).run(program)


def numbers(N: int, kind: str, seed: int) -> Array:
    """N numbers of a kind: reals, complex numbers or residues, from one seed."""
    rng = np.random.Generator(np.random.PCG64(seed))
    if kind == "int64":
        return rng.integers(0, MODULUS, N)
    values = rng.uniform(-1, 1, N)
    if kind == "complex128":
        return np.asarray(values + 1j * rng.uniform(-1, 1, N))
    return values.astype(kind)


def parts(N: int, kind: str) -> dict[str, Part]:
    """One small part of every class, with coefficients of a kind."""
    f = numbers(N, kind, 1)
    one = f.dtype.type(1)
    unit = f.copy()
    unit[0] = 1
    u = np.array([2, 1, 3, 1, 5, 6], dtype=np.int64)
    v = np.array([1, 3, 2, 1, 5, 4], dtype=np.int64)
    many = np.arange(2, min(N, 300), dtype=np.int64)
    strided = Strided(u, v, N // np.maximum(u, v), numbers(len(u), kind, 2))
    inner = Plan(N, N, (strided,), modulus(kind), kind)
    small = Plan(N, N, (Diagonal(numbers(N, kind, 9)),), modulus(kind), kind)
    divisors = np.ones(N, f.dtype)
    found: dict[str, Part] = {
        "strided": strided,
        "strided, many short terms": Strided(many, np.ones_like(many), N // many, numbers(len(many), kind, 3)),
        "weighted": Weighted(2, 3, numbers(N // 3, kind, 4)),
        "diagonal": Diagonal(f),
        "dirichlet, backward": Dirichlet(f, False),
        "dirichlet, forward": Dirichlet(f, True),
        "dirichlet, multiplicative": Dirichlet(divisors, False, True),
        "dirichlet, multiplicative forward": Dirichlet(divisors, True, True),
        "shift": Shift(3, False, one),
        "shift back": Shift(-2, False, one),
        "shift round": Shift(-2, True, one),
        "outer": Outer(f, numbers(N, kind, 5)),
        "chain": Chain((inner, small), one),
        "repeat": Repeat(inner, 3, one),
        "inverse": Inverse(Plan(N, N, (Dirichlet(unit, False),), modulus(kind), kind), one),
    }
    if kind != "int64":
        found["exponential"] = Exponential(small, one)
    return found


def modulus(kind: str) -> int:
    return MODULUS if kind == "int64" else 0


def dense(plan: Plan) -> list[list[Any]]:
    """The matrix of a plan, entry by entry in plain Python numbers: an oracle that shares no code with kernels."""
    N, l = plan.size, plan.modulus
    matrix: list[list[Any]] = [[0] * N for _ in range(N)]
    for part in plan.parts:
        add_dense(matrix, part, N, l)
    rows = [[entry % l if l else entry for entry in row[: plan.N]] for row in matrix[: plan.N]]
    return rows


def product(a: list[list[Any]], b: list[list[Any]], l: int) -> list[list[Any]]:
    columns = list(zip(*b))
    found = [[sum(x * y for x, y in zip(row, column) if x and y) for column in columns] for row in a]
    return [[entry % l if l else entry for entry in row] for row in found]


def add_dense(matrix: list[list[Any]], part: Part, N: int, l: int) -> None:
    """matrix += part, by the definitions of `qwasm.qpu.plan`."""
    match part:
        case Strided(u=us, v=vs, length=lengths, coefficient=cs):
            for u, v, L, c in zip(us.tolist(), vs.tolist(), lengths.tolist(), cs.tolist()):
                for t in range(1, L + 1):
                    matrix[v * t - 1][u * t - 1] += c
        case Weighted(u=u, v=v, f=f):
            for t, c in enumerate(f.tolist(), 1):
                matrix[v * t - 1][u * t - 1] += c
        case Diagonal(f=f):
            for n, c in enumerate(f.tolist()):
                matrix[n][n] += c
        case Dirichlet(f=f, forward=forward):
            for d, c in enumerate(f.tolist(), 1):
                for t in range(1, N // d + 1):
                    row, column = (t, d * t) if forward else (d * t, t)
                    matrix[row - 1][column - 1] += c
        case Shift(k=k, cyclic=cyclic, coefficient=c):
            for n in range(N):
                if cyclic or 0 <= n + k < N:
                    matrix[n][(n + k) % N] += plain(c)
        case Outer(column=column, row=row):
            for i, a in enumerate(column.tolist()):
                for j, b in enumerate(row.tolist()):
                    matrix[i][j] += a * b
        case Chain() | Repeat() | Exponential() | Inverse():
            add_matrix(matrix, compound(part, l))


def compound(part: Chain | Repeat | Exponential | Inverse, l: int) -> list[list[Any]]:
    """The matrix of a part made of other plans, coefficient 1."""
    if isinstance(part, Chain):
        found = dense(part.factors[0])
        for factor in part.factors[1:]:
            found = product(found, dense(factor), l)
        return found
    base = dense(part.base)
    if isinstance(part, Repeat):
        found = base
        for _ in range(part.k - 1):
            found = product(found, base, l)
        return found
    if isinstance(part, Exponential):
        from scipy.linalg import expm

        exponential: list[list[Any]] = expm(np.array(base)).tolist()
        return exponential
    return lower_inverse(base, l)


def lower_inverse(base: list[list[Any]], l: int) -> list[list[Any]]:
    """The inverse of a lower triangular matrix, by substitution."""
    N = len(base)
    found: list[list[Any]] = [[0] * N for _ in range(N)]
    for column in range(N):
        for row in range(column, N):
            right = int(row == column) - sum(base[row][k] * found[k][column] for k in range(column, row))
            found[row][column] = right * pow(base[row][row], -1, l) % l if l else right / base[row][row]
    return found


def add_matrix(matrix: list[list[Any]], other: list[list[Any]]) -> None:
    for row, more in zip(matrix, other):
        for i, entry in enumerate(more):
            row[i] += entry


def plain(c: Any) -> Any:
    return c.item() if hasattr(c, "item") else c


def acted(matrix: list[list[Any]], x: Array, l: int) -> list[Any]:
    """matrix x in plain Python numbers."""
    values = x.tolist()
    found = [sum(a * b for a, b in zip(row, values) if a) for row in matrix]
    return [entry % l for entry in found] if l else found
