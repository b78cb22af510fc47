"""Instructions over many states at once: orbits, reductions of fields, heat flow, superposition."""

from __future__ import annotations

from typing import Any

import numpy as np

from qwasm.instructions import errors
from qwasm.instructions.algebra import OPERATOR, exponential_action, root_weights
from qwasm.instructions.checks import exponential, ordered
from qwasm.instructions.form import INEXACT, Attr, Instruction, Operand
from qwasm.instructions.interface import Run
from qwasm.instructions.multiplicative import DIFFUSION
from qwasm.instructions.reductions import reduced
from qwasm.instructions.spectral_work import exponential_memory, exponential_work, flow_work

FIELD = Operand("f", "qfield")
FIELD_MADE = Operand("f", "qfield", writes=True, reads=False)
FIELD_CHANGED = Operand("f", "qfield", writes=True)


def orbit(run: Run, op: Any, x: Any) -> Any:
    """The states psi, X psi, ..., X^depth psi as one field."""
    field = np.empty((int(op["depth"]) + 1, len(x)), x.dtype)
    field[0] = x
    for i in range(1, len(field)):
        run.note(f"orbit: state {i} of {len(field) - 1}")
        field[i] = run.apply(op["X"], field[i - 1], op.picture)
    return field


def heat_flow(run: Run, op: Any, f: Any) -> Any:
    """e^{tau L} of each state, L = D - V(D 1): what leaves a number arrives at its neighbours.

    L is formed on psi(n); in the weight 1 with real c it is symmetric and never positive.
    """
    row_sums = run.apply(op["diffusion"], run.state(np.ones(run.space.N)))
    into = root_weights(run) if op.picture == "hilbert" else None
    plain = run.state(f / into) if into is not None else f
    map, tau = run.graph_laplacian(op["diffusion"], row_sums), run.real(op["tau"])
    result, error = run.spectral.expm(map, plain, tau)
    largest_root = max(1.0, float(run.space.N) ** (-float(run.space.weight.s) / 2))  # of w: the error is a plain norm
    error = errors.product(error, errors.root(len(f) if f.ndim == 2 else 1), largest_root)
    run.approximate(error, "heat flow", not error or run.spectral.proved(map, tau))
    return run.state(result * into if into is not None else result)


def superposed(run: Run, op: Any, f: Any, v: Any) -> Any:
    """sum_i v_i f_i; the vector has one number for each state."""
    if len(v) != len(f):
        raise run.fail(
            "QW0605",
            f"a field of {len(f)} states and a vector of {len(v)} numbers cannot be superposed",
            "give one number for each state of the field",
        )
    result = np.zeros_like(f[0])
    for number, state in zip(v, f):
        result = run.state(result + run.state(run.number(number) * state))
    return result


def deep(facts: Any) -> int:
    """The operator once for each step of the orbit."""
    return (int(facts["elements"]) + int(facts["N"])) * (int(facts["depth"]) + 1)


def field_work(facts: Any) -> int:
    """Every entry of every state."""
    return int(facts["N"]) * int(facts.get("states", 1))


ROWS = (
    Instruction(
        "qpu.spawn",
        "parallel",
        (FIELD_MADE, Operand("q", "qstate"), OPERATOR, Operand("depth", "integer", least=0)),
        "Writes the orbit psi, X psi, ..., X^depth psi as a field of depth + 1 states.",
        orbit,
        "basis q0, 1\nqpu.spawn f0, q0, B[2], 3\nqpu.reduce s0, f0, SUM\nassert s0 == 4",
        error=errors.orbit,
        work=deep,
    ),
    Instruction(
        "qpu.reduce",
        "parallel",
        (
            Operand("s", "scalar", writes=True, reads=False),
            FIELD,
            Operand("kind", "word", choices=("SUM", "MAX", "MIN", "L2", "NORM", "ENTROPY")),
        ),
        "Gives one number of all entries of a field: SUM, MAX, MIN, L2 (plain), NORM (weighted),\n"
        "or ENTROPY of w abs(x)^2 / total.",
        reduced,
        "basis q0, 1\nqpu.spawn f0, q0, 2*I, 2\nqpu.reduce s0, f0, MAX\nassert s0 == 4",
        error=errors.reduced,
        check=ordered("MAX", "MIN"),
        work=field_work,
    ),
    Instruction(
        "qpu.diffuse",
        "parallel",
        (Operand("f", "qfield", writes=True, also=("qstate",)), Operand("tau", "expression")),
        "Writes e^(tau L) of each state, L = D - V(D 1): heat flow on the multiplicative graph.",
        heat_flow,
        "basis q0, 1\nqpu.spawn f0, q0, I, 0\nqpu.diffuse f0, 1/4\nqpu.reduce s0, f0, SUM\n"
        "assert s0 > 0.9999999 and s0 < 1.0000001",
        attributes=(DIFFUSION,),
        fields=INEXACT,
        before_example=".diffusion c = 1, primes(2, 5)",
        error=errors.heat,
        work=flow_work,
        memory=exponential_memory,
    ),
    Instruction(
        "qpu.superpose.grid",
        "parallel",
        (Operand("q", "qstate", writes=True, reads=False), FIELD, Operand("v", "vector")),
        "Writes sum of v_i f_i, one number of the vector for each state of the field.",
        superposed,
        "fill q0, 1\nqpu.spawn f0, q0, I, 1\ntrace v0, V(n), (0, 0)\nqpu.superpose.grid q1, f0, v0\nat s0, q1, 5\n"
        "assert s0 > 23.999 and s0 < 24.001",
        error=errors.superposed,
        fields=INEXACT,
        work=field_work,
    ),
    Instruction(
        "qpu.evolve",
        "parallel",
        (FIELD_CHANGED, OPERATOR, Operand("t", "expression")),
        "Replaces each state of a field by e^(-t X) of it.",
        exponential_action,
        "basis q0, 1\nqpu.spawn f0, q0, I, 1\nqpu.evolve f0, 0*I, 3\nqpu.reduce s0, f0, SUM\n"
        "assert s0 > 1.9999999 and s0 < 2.0000001",
        attributes=(
            Attr("method", "word", "", ("chebyshev", "krylov", "trotter", "blocks"), "how e^(-tX) is computed"),
            Attr("tol", "number", None, doc="relative error, 1e-12 if absent"),
            Attr("unitary", "flag", False, doc="e^(-i t X) instead"),
        ),
        fields=INEXACT,
        error=errors.exponential,
        check=exponential,
        selfadjoint="X",
        work=exponential_work,
        memory=exponential_memory,
    ),
)
