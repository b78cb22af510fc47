"""What spectral methods refuse: one place where their errors are worded."""

from __future__ import annotations

from qwasm.diagnostics import QwasmError, fail


def too_many_sweeps(N: int, needed: int, sweeps: int) -> QwasmError:
    """QW0480: the operator would have to be applied more often than the limit allows."""
    return fail(
        "QW0480",
        f"this needs {needed:,} applications of an operator on N = {N:,}; the limit is {sweeps:,}",
        hint="use a smaller t or N, or a larger tol",
    )


def too_much_work(what: str, needed: int, work: int) -> QwasmError:
    """QW0481: an estimate would touch more elements than the work limit."""
    return fail(
        "QW0481",
        f"{what} needs {needed:.3g} element updates; the limit is {work:.3g}",
        hint="use fewer probes, a larger tol, or a smaller N",
    )


def needs_dense(what: str, N: int, dense: int, hint: str) -> QwasmError:
    """QW0482: a method that exists only for matrices of numbers."""
    return fail("QW0482", f"{what} is computed for N up to {dense:,}; here N = {N:,}", hint=hint)


def too_full(N: int) -> QwasmError:
    """QW0482: a matrix whose factors, or whose entries, are too many to hold."""
    return fail(
        "QW0482",
        f"near(z) factors a matrix that is not self-adjoint, and at N = {N:,} the factors are too large",
        hint="use which=small or which=large, fewer primes, or a smaller N",
    )


def no_bound(N: int) -> QwasmError:
    """QW0482: an eigenvalue of a map of which no norm is known."""
    return fail(
        "QW0482",
        f"beyond dense sizes an error bar needs a bound of the norm; none is known of this map on N = {N:,}",
        hint="give the map an enclosure or a bound",
    )


def defective(value: complex | None) -> QwasmError:
    """QW0656: fewer eigenvectors than eigenvalues, as far as can be told."""
    which = "these eigenvalues" if value is None else f"the eigenvalue {value:.6g}"
    return fail(
        "QW0656",
        f"no eigenvector could be told apart for {which}: the operator is defective or nearly so",
        hint="leave vectors= out, or ask for fewer eigenvalues",
    )


def overflow(exponent: float) -> QwasmError:
    """QW0650: an exponential leaves the range of the field."""
    return fail(
        "QW0650",
        f"the exponential is not finite: its exponents reach {exponent:.4g}",
        hint="use a smaller t, or subtract a multiple of I from the operator",
    )


def lost_digits(error: float, size: float) -> QwasmError:
    """QW0651: the proved error is larger than the result."""
    return fail(
        "QW0651",
        f"no digit of the result can be proved: its norm is {size:.3g}, its error bound {error:.3g}",
        hint="use a smaller t, or subtract a multiple of I so that the spectrum starts near 0",
    )


def outside(low: float, high: float) -> QwasmError:
    """QW0651: part of the spectrum was seen outside an estimated interval."""
    return fail(
        "QW0651",
        f"no digit can be proved: the spectrum reaches beyond its estimate [{low:.6g}, {high:.6g}]",
        hint="use a smaller t, or method=krylov",
    )


def wrong_method(method: str, why: str, hint: str) -> QwasmError:
    """QW0652: a method that is not right for this operator."""
    return fail("QW0652", f"method={method} is not right here: {why}", hint=hint)


def not_converged(what: str, hint: str) -> QwasmError:
    """QW0653: an iteration ended before its residual was small."""
    return fail("QW0653", f"{what} did not converge", hint=hint)


def undetermined_ratio(low: float, high: float) -> QwasmError:
    """QW0654: the denominator of a ratio cannot be told from zero."""
    return fail(
        "QW0654",
        f"the ratio is undetermined: its denominator lies in [{low:.4g}, {high:.4g}]",
        hint="use more probes or a smaller t",
    )


def complex_time(t: complex) -> QwasmError:
    """QW0655: a complex factor in a real field."""
    return fail("QW0655", f"t = {t} and unitary evolution need complex numbers", hint="write field = complex in .space")


def complex_vectors() -> QwasmError:
    """QW0655: eigenvectors that a real field cannot hold."""
    return fail(
        "QW0655",
        "the eigenvectors asked for are complex, the field is real",
        hint="write field = complex in .space, or leave vectors= out",
    )
