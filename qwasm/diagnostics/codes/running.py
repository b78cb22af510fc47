"""Codes of the theme running."""

from __future__ import annotations

from qwasm.diagnostics.codes.row import Code, Example

_SPECTRAL_LINE = ".qwasm 1.0\n.space N = {space}\n.func main\n    basis q0, 100\n    {line}\n    halt\nend\n"
_SPECTRAL: tuple[Code, ...] = (
    Code("QW0650", "an exponential is not finite",
         "The largest entries of e^(-t X) leave the range of the field. Subtracting a multiple c of the identity from X "
         "multiplies the result by e^(c t) and brings it back.",
         Example(_SPECTRAL_LINE.format(space="100", line="qop.exp q1, q0, V(n), -1000")),
         Example(_SPECTRAL_LINE.format(space="100", line="qop.exp q1, q0, V(n), -1"))),
    Code("QW0651", "no digit of an exponential is proved",
         "Rounding errors of e^(-t X) are relative to its largest entries. Where the result is far smaller than they are, "
         "nothing is left of it, and it is refused instead of reported.",
         Example(_SPECTRAL_LINE.format(space="100", line="qop.exp q1, q0, V(n) + 0.001*(A[2] + B[2]), 50")),
         Example(_SPECTRAL_LINE.format(space="100", line="qop.exp q1, q0, V(n) + 0.001*(A[2] + B[2]), 0.01"))),
    Code("QW0652", "the method does not fit the operator",
         "`method=chebyshev` needs a spectrum on the real line, so an operator that is self-adjoint in the weight; "
         "`method=trotter` needs a sum. Without a method the machine takes the right one.",
         Example(_SPECTRAL_LINE.format(space="100", line="qop.exp q1, q0, A[2], 1, method=chebyshev")),
         Example(_SPECTRAL_LINE.format(space="100", line="qop.exp q1, q0, A[2] + B[2], 1, method=chebyshev"))),
    Code("QW0653", "an iteration did not converge",
         "Beyond N = 4096 eigenvalues are found by iteration. Inside a dense part of the spectrum they lie too close to be "
         "told apart in the applications allowed; the ends of the spectrum are found quickly.",
         Example(_SPECTRAL_LINE.format(space="5000", line="spectrum v0, V(log) + 0.1*(A[2] + B[2]), 4, which=near(5)")),
         Example(_SPECTRAL_LINE.format(space="5000", line="spectrum v0, V(log) + 0.1*(A[2] + B[2]), 4, which=small"))),
    Code("QW0654", "a ratio is undetermined",
         "`ratio=on` divides by Tr e^(-t X); when that cannot be told from zero within its error there is no quotient.",
         Example(_SPECTRAL_LINE.format(space="100, field = complex", line="trace s0, pi*1i*V(n), 1, insert=V(n), ratio=on")),
         Example(_SPECTRAL_LINE.format(space="100, field = complex", line="trace s0, V(log), 2, insert=V(n), ratio=on"))),
    Code("QW0655", "complex numbers in a real field",
         "Complex times, unitary evolution and complex eigenvectors need `field = complex`.",
         Example(_SPECTRAL_LINE.format(space="100", line="spectrum v0, A[2] - B[2], 2, vectors=f0")),
         Example(_SPECTRAL_LINE.format(space="100, field = complex", line="spectrum v0, A[2] + B[2], 2, vectors=f0"))),
)

ROWS: tuple[Code, ...] = (*_SPECTRAL,)
