"""Codes of the theme running."""

from __future__ import annotations

from qwasm.diagnostics.codes.arithmetic import RUNNING
from qwasm.diagnostics.codes.row import Code, Example

_SPECTRAL_LINE = ".qwasm 1.0\n.space N = {space}\n.func main\n    basis q0, 100\n    {line}\n    halt\nend\n"
_SPECTRAL: tuple[Code, ...] = (
    Code(
        "QW0650",
        "an exponential is not finite",
        "The largest entries of e^(-t X) leave the range of the field. Subtracting a multiple c of the identity from X "
        "multiplies the result by e^(c t) and brings it back.",
        Example(_SPECTRAL_LINE.format(space="100", line="qop.exp q1, q0, V(n), -1000")),
        Example(_SPECTRAL_LINE.format(space="100", line="qop.exp q1, q0, V(n), -1")),
    ),
    Code(
        "QW0651",
        "no digit of an exponential is proved",
        "Rounding errors of e^(-t X) are relative to its largest entries. Where the result is far smaller than they "
        "are, nothing is left of it, and it is refused instead of reported.",
        Example(_SPECTRAL_LINE.format(space="100", line="qop.exp q1, q0, V(n) + 0.001*(A[2] + B[2]), 50")),
        Example(_SPECTRAL_LINE.format(space="100", line="qop.exp q1, q0, V(n) + 0.001*(A[2] + B[2]), 0.01")),
    ),
    Code(
        "QW0652",
        "the method does not fit the operator",
        "`method=chebyshev` needs a spectrum on the real line, so an operator that is self-adjoint in the weight; "
        "`method=trotter` needs a sum. Without a method the machine takes the right one.",
        Example(_SPECTRAL_LINE.format(space="100", line="qop.exp q1, q0, A[2], 1, method=chebyshev")),
        Example(_SPECTRAL_LINE.format(space="100", line="qop.exp q1, q0, A[2] + B[2], 1, method=chebyshev")),
    ),
    Code(
        "QW0653",
        "an iteration did not converge",
        "In irreducible blocks of more than 4096 rows eigenvalues are found by iteration. Inside a dense part of the "
        "spectrum they lie too close to be told apart in the applications allowed; isolated ones are found quickly.",
        Example(_SPECTRAL_LINE.format(space="5000", line="spectrum v0, V(log) + out(1, 1), 4, which=near(5)")),
        Example(_SPECTRAL_LINE.format(space="5000", line="spectrum v0, V(log) + out(1, 1), 1, which=large")),
    ),
    Code(
        "QW0654",
        "a ratio is undetermined",
        "`ratio=on` divides by Tr e^(-t X); when that cannot be told from zero within its error there is no quotient.",
        Example(
            _SPECTRAL_LINE.format(space="100, field = complex", line="trace s0, pi*1i*V(n), 1, insert=V(n), ratio=on")
        ),
        Example(_SPECTRAL_LINE.format(space="100, field = complex", line="trace s0, V(log), 2, insert=V(n), ratio=on")),
    ),
    Code(
        "QW0655",
        "complex numbers in a real field",
        "Complex times, unitary evolution and complex eigenvectors need `field = complex`.",
        Example(_SPECTRAL_LINE.format(space="100", line="spectrum v0, A[2] - B[2], 2, vectors=f0")),
        Example(_SPECTRAL_LINE.format(space="100, field = complex", line="spectrum v0, A[2] + B[2], 2, vectors=f0")),
    ),
    Code(
        "QW0656",
        "fewer eigenvectors than eigenvalues",
        "An operator that is not self-adjoint can be defective: an eigenvalue of multiplicity m then has fewer than m "
        "independent vectors. All eigenvalues of Dir(mu) are 1, for example, and there is a single vector. The "
        "eigenvalues are given all the same, without vectors=.",
        Example(_SPECTRAL_LINE.format(space="100", line="spectrum v0, Dir(mu), 2, vectors=f0")),
        Example(_SPECTRAL_LINE.format(space="100", line="spectrum v0, Dir(mu), 2")),
    ),
    Code(
        "QW0657",
        "no schedules under this name",
        "`atune.learn` measures the schedules that `atune.plan` listed under the same name, and `atune.switch` takes "
        "the one that was learned, or that `qvm tune` has kept for the program on this machine.",
        Example(_SPECTRAL_LINE.format(space="100", line='atune.learn "fast"')),
        Example(_SPECTRAL_LINE.format(space="100", line='atune.plan "fast"\n    atune.learn "fast"')),
    ),
)

_MACHINE_MAIN = ".space {space}\n.func main\n{body}\nend\n"


def _machine(body: str, space: str = "N = 20", command: str = "qvm run {file}", **files: bytes) -> Example:
    """A small program with a body."""
    lines = "\n".join(f"    {line}" for line in body.split("\n"))
    return Example(
        _MACHINE_MAIN.format(space=space, body=lines), command, {f"{name}.npy": data for name, data in files.items()}
    )


_MACHINE: tuple[Code, ...] = (
    Code(
        "QW0601",
        "a zero state",
        "A state of norm zero cannot be normalised and has no entropy.",
        _machine("fill q0, 0\nqop.normalize q0"),
        _machine("fill q0, 1\nqop.normalize q0"),
    ),
    Code(
        "QW0602",
        "an assertion failed",
        "The condition of an `assert` is false. The message after it says what was expected.",
        _machine('set s0, 2\nassert s0 > 3, "more than three"'),
        _machine('set s0, 4\nassert s0 > 3, "more than three"'),
    ),
    Code(
        "QW0603",
        "an undecided condition",
        "The scalars in the condition have error bars that overlap, so it is neither true nor false. An assertion "
        "that is not known to be true fails, and a branch cannot be chosen.",
        _machine("fill q0, 1/3\nqop.norm s0, q0\nassert s0*s0 == 20/9"),
        _machine("fill q0, 1/3\nqop.norm s0, q0\nassert abs(s0*s0 - 20/9) < 1e-9"),
    ),
    Code(
        "QW0604",
        "an index outside the state",
        "States have the entries psi(1) to psi(N), and a seed is one of 0..2^64 - 1.",
        _machine("basis q0, 21"),
        _machine("basis q0, 20"),
    ),
    Code(
        "QW0605",
        "a field and a vector of different lengths",
        "`qpu.superpose.grid` needs one number for each state of the field.",
        _machine("fill q0, 1\nqpu.spawn f0, q0, I, 2\nspectrum v0, V(n), 2\nqpu.superpose.grid q1, f0, v0"),
        _machine("fill q0, 1\nqpu.spawn f0, q0, I, 1\nspectrum v0, V(n), 2\nqpu.superpose.grid q1, f0, v0"),
    ),
    Code(
        "QW0606",
        "a number that is not finite",
        "An operation made an infinity or a NaN, or a file holds one. It is caught at the instruction that made it, "
        "so that no result is built on it.",
        _machine("fill q0, 10^200\nmul q1, q0, q0"),
        _machine("fill q0, 10^100\nmul q1, q0, q0"),
    ),
    Code(
        "QW0607",
        "an empty channel",
        "`recv` takes the oldest message of a channel, and there is none left.",
        _machine('recv q0, "in"', command="qvm run {file} --channel in={dir}/in.npy"),
        _machine('basis q0, 1\nsend "in", q0\nrecv q1, "in"', command="qvm run {file} --channel in={dir}/in.npy"),
    ),
    Code(
        "QW0608",
        "not an integer, or not real",
        "Integer registers hold integers only, and a time, a tolerance or a count is a real number.",
        _machine("set s0, 5/2\nset i0, s0"),
        _machine("set s0, 5/2\nset i0, 2*s0"),
    ),
)

ROWS: tuple[Code, ...] = (*_MACHINE, *_SPECTRAL, *RUNNING)
