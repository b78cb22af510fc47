"""Instructions that measure operators: traces, heat traces, spectra."""

from __future__ import annotations

from typing import Any

from qwasm.instructions import errors
from qwasm.instructions.algebra import OPERATOR
from qwasm.instructions.checks import eigenvalues, estimated, traced
from qwasm.instructions.form import INEXACT, Attr, Instruction, Operand
from qwasm.instructions.interface import Run
from qwasm.instructions.spectral_work import heat_memory, heat_work, spectrum_memory, spectrum_work


def trace(run: Run, op: Any) -> Any:
    """Tr X, or Tr e^{-tX} at one time or several."""
    refusal = estimated(op)
    if refusal is not None:
        raise run.fail(*refusal)
    if op.get("t") is None:
        return run.trace(op["X"], op)
    t = op["t"]
    times = [run.real(item) for item in (t if isinstance(t, tuple) else (t,))]
    values = tuple(run.heat_trace(op["X"], times, op))
    return values if isinstance(t, tuple) else values[0]


def spectrum(run: Run, op: Any) -> Any:
    """The k eigenvalues asked for, and their vectors as a field when a register is named."""
    which = op.get("which") or ("small",)
    refusal = eigenvalues(run.space, op)
    if refusal is not None:
        raise run.fail(*refusal)
    values, vectors = run.spectrum(op["X"], int(op["k"]), which, "vectors" in op, op.picture)
    return (tuple(values), vectors) if "vectors" in op else tuple(values)


ROWS = (
    Instruction(
        "trace",
        "measuring",
        (
            Operand("s", "scalar", writes=True, reads=False, also=("vector",)),
            OPERATOR,
            Operand("t", "list", optional=True),
        ),
        "Gives Tr X, or Tr e^(-t X) when a time is given; a list of times gives a vector from the same probes.\n"
        "`insert=Y` gives Tr(Y e^(-t X)); `ratio=on` divides by Tr e^(-t X) with the joint error. Dense and exact to\n"
        "rounding up to N = 4096 or with `exact`; beyond it an estimate with an error bar.",
        trace,
        "trace s0, V(n)\nassert s0 > 77.999 and s0 < 78.001\ntrace s1, 0*I, 2\nassert s1 > 11.999 and s1 < 12.001",
        selfadjoint="X",
        attributes=(
            Attr("insert", "operator", None, doc="Y of Tr(Y e^(-t X))"),
            Attr("ratio", "word", "off", ("off", "on"), "divide by Tr e^(-t X)"),
            Attr("exact", "flag", False, doc="no probes, whatever N"),
            Attr("probes", "integer", None, doc="how many random vectors, at least 2"),
            Attr("tol", "number", None, doc="the relative error to reach, above 0"),
        ),
        error=errors.heat_trace,
        check=traced,
        work=heat_work,
        memory=heat_memory,
    ),
    Instruction(
        "spectrum",
        "measuring",
        (Operand("v", "vector", writes=True, reads=False), OPERATOR, Operand("k", "integer")),
        "Gives k eigenvalues of X with error bars: the smallest, the largest, or those nearest z; ordered as asked. "
        "Each bar is proved to hold an eigenvalue. None is missed in irreducible blocks of up to 4096 rows; where the "
        "method names Lanczos or Arnoldi, that none belongs before those found is not proved.",
        spectrum,
        "fill q0, 1\nqpu.spawn f0, q0, I, 1\nspectrum v0, V(n), 2\nqpu.superpose.grid q1, f0, v0\nat s0, q1, 1\n"
        "assert s0 > 2.999 and s0 < 3.001",
        selfadjoint="X",
        attributes=(
            Attr("which", "basis", ("small",), ("small", "large", "near"), "small, large or near(z)"),
            Attr("vectors", "qfield", None, doc="a field to write the eigenvectors to", writes=True),
        ),
        fields=INEXACT,
        check=eigenvalues,
        work=spectrum_work,
        memory=spectrum_memory,
    ),
    Instruction(
        "measure",
        "measuring",
        (Operand("v", "vector", writes=True, reads=False), OPERATOR),
        "Will give the spectral features of an operator.",
        None,
        "",
        not_yet="spectral features arrive with the laboratories; use spectrum and trace",
    ),
)
