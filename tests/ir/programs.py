"""Programs that exercise the middle of the compiler, by name."""

from __future__ import annotations

from qwasm.instructions import table
from qwasm.ir.build import build
from qwasm.ir.module import Module
from qwasm.syntax import parse

HEAT = """
.qwasm 1.0
.param t: real = 0.1
.param P: qint = 100
.space N = 100_000, weight = n^-1, field = real, truncation = strict
.op H = sum p in primes(2, P): (p^(-1/2) * A[p] + p^(1/2) * B[p]) + 1.0*V(Lambda) + 0.5*V(log)
.diffusion c = p^(-1/2), primes(2, P)
.macro QMACRO_17(p, q) = A[p] A[q] D^3 B[q]
.func main
    basis q0, 1
    div.p q1, q0, 2
    qop.apply q1, q1, QMACRO_17(2, 3)
    loop k, 10
        qop.apply q1, q1, K[2]
        qop.normalize q1
    end
    qop.exp q2, q1, H, t
    qop.inner s0, q1, q2
    trace s1, H, t
    emit "overlap", s0
    emit "heat trace", s1
    halt
end
"""


def main(body: str, above: str = "", space: str = "N = 100") -> str:
    """A program whose main holds these lines."""
    return f".qwasm 1.0\n.space {space}\n{above}\n.func main\n{body}\nend\n"


PROGRAMS = {
    "heat": HEAT,
    "free": main(
        "basis q0, 1\nqop.apply q1, q0, A[2] B[3] + exp(B[2]) + inv(I - B[3])", space="N = 50, truncation = free"
    ),
    "mod": main(
        "fill q0, (-1)^n * mu\nqop.apply q1, q0, coDir(mu) coDir(1)\nequal s0, q0, q1", space="N = 50, field = mod(101)"
    ),
    "complex": main("fill q0, 2i*n + chi(5, 2)\nqop.exp q1, q0, V(n), 1/2, unitary", space="N = 20, field = complex"),
    "arith": main(
        "fill q0, g + h(2*n) + e\nqop.apply q1, q0, V(g) Dir(e) coDir(conv(mu, log)) out(n > 1, n == 1)",
        ".arith g(n) = n^2 + 1\n.arith h(n) = g(n) * n mod 7\n.arith e(p, k) = p^k + k",
    ),
    "family": main(
        "basis q0, 1\nprimes p, 2, 20\nqop.apply q0, q0, p*X A[p]\nend",
        ".op Y = prod q in primes(2, 9): (I - P[q])\n.op X = sum q in primes(2, 50): (q^(-1)*A[q]) + Y",
    ),
    "field": main(
        "basis q0, 1\nqpu.spawn f0, q0, B[2], 3\nqpu.evolve f0, V(log), 1/2, tol=1e-8\nqpu.reduce s0, f0, NORM"
    ),
    "spectrum": main('spectrum v0, V(n), 3, which=near(5), vectors=f0\nemit "v", v0\nqpu.reduce s0, f0, L2'),
    "while": main('set s0, 1\nwhile s0 < 100 and not s0 == 64 max 20\nset s0, 2*s0\nset s2, 1\nend\nemit "s", s0'),
    "branches": main('set s0, 1\nif s0 > 0\nbasis q0, 1\nelse\nfill q0, n\nhalt\nend\nat s1, q0, 1\nemit "s", s1'),
    "labels": main(
        'set s0, 1\nagain:\nset s0, 2*s0\njif.gt s0, 5, skip\nset s0, s0 + 1\nskip:\nloop again, 4\nemit "s", s0'
    ),
    "qloop": main('set s0, 1\nagain:\nset s0, 2*s0\nqloop again, s0 < 100 max 20\nemit "s", s0'),
    "hyperloop": main(
        'set s0, 0\nhyperloop (i in 0..2, p in primes(2, 5), k in ints(1, 2))\nset s0, s0 + i*p*k\nend\nemit "s", s0'
    ),
    "calls": main(
        "basis q0, 1\nto.hilbert q5, q0\ncall f(q0, A[2], 3) -> (q1, s1)\ncall f(q5, B[2], s1) -> (q2, s2)\nset s3, s2",
        ".func f(q0, h0, s0) -> (q1, s1)\nqop.apply q1, q0, h0\nset s1, 2*s0\nend",
        "N = 100, weight = n^-1",
    ),
    "macro lines": main(
        'basis q7, 5\nprimes p, 2, 11\nstep q7, p, s0\nend\nemit "s", s0\nat s3, q7, 1',
        ".macro step(q, p, s)\nqop.apply q, q, A[p]\nbasis q9, 1\nat s3, q9, 1\nset s, s3 + 1\nend",
    ),
    "empty ranges": main(
        "basis q0, 1\nset s0, 0\nprimes p, 24, 28\nset s0, 1\nend\nqop.apply q1, q0, sum p in primes(24, 28): A[p]"
    ),
    "combine": main(
        "basis q0, 1\nset s0, 2\nqop.combine q1, q0, q0, s0, 1\nqop.poly q2, q1, A[2], (1, s0), basis=chebyshev(-4, 4)"
    ),
    "one": main("basis q0, 1", space="N = 1"),
    **{
        f"row {row.mnemonic}": main(row.example, row.before_example, row.space_example)
        for row in table().values()
        if not row.not_yet
    },
}


def module_of(text: str, **parameters: object) -> Module:
    """The module of a program."""
    return build(parse(text, "x.qw"), parameters)[0]  # type: ignore[arg-type]
