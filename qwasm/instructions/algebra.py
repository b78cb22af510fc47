"""Instructions that act with operator values: apply, exponentiate, combine, measure lengths."""

from __future__ import annotations

from typing import Any

import numpy as np

from qwasm.instructions import errors
from qwasm.instructions.checks import distance, exponential, inner_product, polynomial
from qwasm.instructions.form import INEXACT, Attr, Instruction, Operand
from qwasm.instructions.interface import Run
from qwasm.instructions.reductions import inner, norm
from qwasm.instructions.spectral_work import exponential_memory, exponential_work, norm_memory, norm_work
from qwasm.scalar import Scalar

Y, X = Operand("y", "qstate", writes=True, reads=False), Operand("x", "qstate")
OPERATOR = Operand("X", "operator")


def applied(run: Run, op: Any, x: Any) -> Any:
    """X psi."""
    return run.apply(op["X"], x, op.picture)


def exponential_action(run: Run, op: Any, x: Any) -> Any:
    """e^{-tX} psi (e^{-itX} when unitary), of a state or of each state of a field, by the spectral engine.

    It works on the hilbert picture, where an operator that is self-adjoint in the weight is a
    symmetric matrix.
    """
    here = x if op.picture == "hilbert" else run.state(x * root_weights(run))
    map, t, method, unitary = run.linear_map(op["X"]), run.real(op["t"]), op.get("method"), bool(op.get("unitary"))
    tol = run.real(1e-12 if op.get("tol") is None else op["tol"])
    result, error = run.spectral.expm(map, here, t, method=method or None, tol=tol, unitary=unitary)
    proved = not error or run.spectral.proved(map, t, method, unitary)
    run.approximate(errors.product(error, errors.root(len(x) if x.ndim == 2 else 1)), "exponential", proved)
    return run.state(result if op.picture == "hilbert" else result / root_weights(run))


def root_weights(run: Run) -> Any:
    """sqrt(w(n)): nspace times this is hilbert."""
    s = float(run.space.weight.s)
    return np.ones(run.space.N) if s == 0 else run.indices().astype(np.float64) ** (-s / 2)


def polynomial_action(run: Run, op: Any, x: Any) -> Any:
    """c0 psi + c1 X psi + ... + cK X^K psi by Horner's rule, or the same in Chebyshev polynomials by Clenshaw's.

    Clenshaw, "A note on the summation of Chebyshev series", 1955.
    """
    given = op["c"]
    c = [run.number(item) for item in (given if isinstance(given, tuple) else (given,))]
    basis: Any = op.get("basis") or ("power",)
    if basis == "power" or basis[0] == "power":
        y = run.state(c[-1] * x)
        for k, coefficient in enumerate(reversed(c[:-1])):
            run.note(f"polynomial: application {k + 1} of {len(c) - 1}")
            y = run.state(run.apply(op["X"], y, op.picture) + coefficient * x)
        return y
    two_over, shift = (
        run.evaluate(2 / (basis[2] - basis[1])),
        run.evaluate((basis[2] + basis[1]) / (basis[2] - basis[1])),
    )

    def scaled(z: Any) -> Any:
        return run.state(run.state(two_over * run.apply(op["X"], z, op.picture)) - run.state(shift * z))

    later, last = run.state(0 * x), run.state(0 * x)
    for k, coefficient in enumerate(reversed(c[1:])):
        run.note(f"polynomial: application {k + 1} of {len(c)}")
        later, last = run.state(2 * scaled(later) - last + run.state(coefficient * x)), later
    return run.state(scaled(later) - last + run.state(c[0] * x))


def combined(run: Run, op: Any, x: Any, y: Any) -> Any:
    """a x + b y."""
    return run.state(run.state(run.number(op["a"]) * x) + run.state(run.number(op["b"]) * y))


def within(run: Run, op: Any, x: Any, z: Any) -> Any:
    """x, with the distance that the bound of an approximate step from z to x allows."""
    run.approximate(errors.product(run.real(op["delta"]), errors.length(run, op, z)), str(op.get("by") or "within"))
    return x


def operator_norm(run: Run, op: Any) -> Scalar:
    """The norm of X in the weight: exact for one term, else the middle of a two-sided bound."""
    return run.operator_norm(op["X"])


def normalized(run: Run, op: Any, x: Any) -> Any:
    """x / norm(x); a zero or non-finite norm fails."""
    length = float(norm(run, op, x).value.real)
    if not np.isfinite(length) or length == 0:
        what = "zero" if length == 0 else "not finite"
        raise run.fail(
            "QW0601",
            f"the norm is {what}: the state cannot be normalised",
            "look at the state before this line: emit its norm",
        )
    return run.state(x / length)


def passes(count: int) -> Any:
    """Work of `count` applications of the operator operand."""
    return lambda facts: count * int(facts["elements"]) + int(facts["N"])


ROWS = (
    Instruction(
        "qop.apply",
        "algebra",
        (Y, X, OPERATOR),
        "Writes X psi, the operator's action on the state.",
        applied,
        "basis q0, 6\nqop.apply q1, q0, A[2] + 3*B[2]\nat s0, q1, 3\nat s1, q1, 12\nassert s0 == 1 and s1 == 3",
        micro="sweep",
        linear=lambda algebra, op: op["X"],
        work=passes(1),
        same_as="qop.poly {y}, {x}, {X}, (0, 1)",
    ),
    Instruction(
        "qop.exp",
        "algebra",
        (Y, X, OPERATOR, Operand("t", "expression")),
        "Writes e^(-t X) psi; with `unitary` e^(-i t X) psi, in complex spaces.\n"
        "The method is chosen from self-adjointness and size unless `method=` names one; `tol=` is relative to "
        "norm(psi).",
        exponential_action,
        "fill q0, 1\nqop.exp q1, q0, V(n), 1/2\nqop.exp q2, q1, V(n), -1/2\nqop.combine q3, q2, q0, 1, -1\n"
        "qop.norm s0, q3\nassert s0 < 1e-8",
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
    Instruction(
        "qop.poly",
        "algebra",
        (Y, X, OPERATOR, Operand("c", "list")),
        "Writes c0 psi + c1 X psi + ... + cK X^K psi, or sum c_k T_k of X mapped from (lo, hi) to (-1, 1).",
        polynomial_action,
        "basis q0, 1\nqop.poly q1, q0, B[2], (1, 2, 3)\nat s0, q1, 1\nat s1, q1, 2\nat s2, q1, 4\n"
        "assert s0 == 1 and s1 == 2 and s2 == 3",
        attributes=(Attr("basis", "basis", ("power",), ("power", "chebyshev"), "power or chebyshev(lo, hi)"),),
        error=errors.polynomial,
        check=polynomial,
        work=lambda facts: (int(facts["elements"]) + int(facts["N"])) * max(1, int(facts.get("c", 1))),
        memory=lambda facts: 3 * int(facts["bytes"]),
    ),
    Instruction(
        "qop.combine",
        "algebra",
        (
            Operand("d", "qstate", writes=True, reads=False),
            X,
            Operand("y", "qstate"),
            Operand("a", "scalars"),
            Operand("b", "scalars"),
        ),
        "Writes a x + b y; a and b may be runtime scalars.",
        combined,
        "basis q0, 2\nbasis q1, 3\nset s0, 5\nqop.combine q2, q0, q1, s0, -1\nat s1, q2, 2\nat s2, q2, 3\n"
        "assert s1 == 5 and s2 == -1",
        micro="axpy",
        error=errors.combined,
        work=lambda facts: 2 * int(facts["N"]),
    ),
    Instruction(
        "qop.inner",
        "algebra",
        (Operand("s", "scalar", writes=True, reads=False), X, Operand("y", "qstate")),
        "Gives <x, y> = sum w(n) conj(x(n)) y(n), with its rounding bound.",
        inner,
        "basis q0, 2\nfill q1, n\nqop.inner s0, q0, q1\nassert s0 == 2",
        micro="reduce",
        error=errors.inner,
        check=inner_product,
        work=lambda facts: 2 * int(facts["N"]),
    ),
    Instruction(
        "qop.norm",
        "algebra",
        (Operand("s", "scalar", writes=True, reads=False), X),
        "Gives sqrt(<x, x>) in the weight of the space, with its rounding bound.",
        norm,
        "basis q0, 2\nqop.combine q1, q0, q0, 3, 0\nqop.norm s0, q1\nassert s0 == 3",
        micro="reduce",
        error=errors.kept,
        fields=INEXACT,
    ),
    Instruction(
        "within",
        "algebra",
        (Y, X, Operand("z", "qstate"), Operand("delta", "expression")),
        "Writes x, and says that it stands for a state at most delta norm(z) away: the cost of an approximate step "
        "from z to x.\nThe error of everything read from it covers that. `by` names the bound that gives delta.",
        within,
        "basis q0, 2\nwithin q1, q0, q0, 1/1000\nat s0, q1, 2\nassert s0 > 0.998 and s0 < 1.002",
        attributes=(
            Attr("by", "string", "", doc="the lemma, rule or measurement behind delta"),
            Attr("bound", "string", "", doc="what delta is the value of"),
        ),
        fields=INEXACT,
        error=errors.within,
        check=distance,
        work=lambda facts: int(facts["N"]),
    ),
    Instruction(
        "norm",
        "algebra",
        (Operand("s", "scalar", writes=True, reads=False), OPERATOR),
        "Gives the operator norm of X in the weight: exact for one word, else with a two-sided bound.",
        operator_norm,
        "norm s0, 2*P[3]\nnorm s1, P[2] + P[3]\nassert s0 == 2 and s1 > 1.99 and s1 < 2.01",
        fields=INEXACT,
        work=norm_work,
        memory=norm_memory,
    ),
    Instruction(
        "qop.normalize",
        "algebra",
        (Operand("q", "qstate", writes=True),),
        "Divides a state by its norm; a zero or non-finite norm fails.",
        normalized,
        "fill q0, 1\nqop.normalize q0\nqop.norm s0, q0\nassert s0 > 0.999999 and s0 < 1.000001",
        fields=INEXACT,
        effects=frozenset({"fails"}),
        error=errors.normalized,
        work=lambda facts: 2 * int(facts["N"]),
    ),
)
