"""What a macro names is known where it is declared, or the declaration is the error, called or not."""

from __future__ import annotations

import pytest

from qwasm.diagnostics import QwasmError
from tests.ir.programs import main, module_of

QUIET = "basis q0, 1"


def found(above: str, body: str = QUIET) -> list[tuple[str, int, int]]:
    """Code, line and column of each error of a program whose directives begin in line 3."""
    with pytest.raises(QwasmError) as caught:
        module_of(main(body, above))
    return [(d.code, d.span.line, d.span.column) for d in caught.value.diagnostics if d.span]


@pytest.mark.parametrize(
    ("above", "expected"),
    [
        (".macro F(p) = A[p] Hidden", [("QW0200", 3, 20)]),
        (".macro F(p) = g(p)*A[q] + h*X", [("QW0200", 3, c) for c in (15, 22, 27, 29)]),
        (".macro F(x) = Z[x]", [("QW0200", 3, 15)]),
        (".macro F(x) = sum q in primes(2, low): (q*A[q]) + q*I", [("QW0200", 3, 34), ("QW0200", 3, 51)]),
        (".macro F(x) = D(c = a/p, primes(2, p))", [("QW0200", 3, 21), ("QW0200", 3, 36)]),
        (".macro F(x) = V(euler(p^k + j, k))", [("QW0200", 3, 29), ("QW0200", 3, 32)]),
        (".macro F(x) = x*G(x)\n.macro G(x) = A[x]", [("QW0200", 3, 17)]),
        (".macro F(x) = x G\n.op G = A[2]", [("QW0200", 3, 17)]),
        (".macro step(q)\nqop.apply q, q, Hidden\nend", [("QW0200", 4, 17)]),
        (".macro step(q)\nfly q\nmul.p psi, q, r\nend", [("QW0220", 4, 1), ("QW0200", 5, 7), ("QW0200", 5, 15)]),
        (".macro step(q)\nloop k, 3\nif k > m\nmul.p q, q, j\nend\nend\nend", [("QW0200", 5, 8), ("QW0200", 6, 13)]),
        (".macro step(q)\nloop k, 3\nset s0, k\nend\nset s0, k\nend", [("QW0200", 7, 9)]),
        (".macro step(q)\nhyperloop (i in 0..j, j in 0..i)\nset s0, i + j\nend\nend", [("QW0200", 4, 20)]),
        (".macro step(q)\nwhile a < 2 max b\nset s0, 1\nend\nend", [("QW0200", 4, 7), ("QW0200", 4, 17)]),
        (".macro step(q)\nqop.exp q, q, V(n), t, tol=eps\nend", [("QW0200", 4, 21), ("QW0200", 4, 28)]),
        (
            ".macro step(q)\nqop.poly q, q, A[2], (1, c), basis=chebyshev(-1, top)\nend",
            [("QW0200", 4, 26), ("QW0200", 4, 50)],
        ),
        (".macro step(q)\nmap q, q, x + y in x, n\nfill q, x\nend", [("QW0200", 4, 15), ("QW0200", 5, 9)]),
        (
            '.macro step(q)\nemit "x", y\nset t, 1\n.reg t: scalar\nset t, 2\nend',
            [("QW0200", 4, 11), ("QW0200", 5, 5)],
        ),
        (".macro step(q)\n.op X = A[e]\nqop.apply q, q, X + Y\nend", [("QW0200", 4, 11), ("QW0200", 5, 21)]),
        (".macro one(q, a)\nmul.p q, q, a\nend\n.macro two(q)\none q, b\nend", [("QW0200", 7, 8)]),
        (".macro step(q)\ncall later(q, c) -> (r)\nend", [("QW0200", 4, 15), ("QW0200", 4, 22)]),
        (".macro step(q)\ncall nowhere(q) -> (q)\nend", [("QW0241", 4, 6)]),
    ],
)
def test_an_unknown_name_in_a_macro_that_nothing_calls_is_an_error_at_the_name(
    above: str, expected: list[tuple[str, int, int]]
) -> None:
    assert found(above) == expected


def test_names_that_mean_something_are_no_errors_in_a_macro_that_nothing_calls() -> None:
    module_of(
        main(
            QUIET,
            """
.param t: real = 1/2
.arith g(n) = n^2
.diffusion c = 1/p, primes(2, 5)
.op X = A[2]
.macro F(a, b) = a*X A[b] + t*V(g + g(2*n)*mu) + D^2 M K[b, a] S[1, cyclic] + D(c = 1/p, primes(2, b))
.macro G(Y) = Y F(2, 3) + N*I + pi*V(euler(p^k, n)) + V(table("g", n)) + sum p in primes(2, 7): (p*P[p])
.macro H() = G(X)
""",
        )
    )
    module_of(
        main(
            QUIET,
            """
.op X = A[2]
.macro pick(s, q, how)
reduce s, q, how
end
.macro step(q, p, s)
.reg kept: scalar
.op Y = X A[p]
.arith h(n) = n + 1
.macro twice(Z) = Z Z
call later(q, p) -> (q)
qop.exp q, q, twice(Y), s, method=krylov, tol=1/1000
qop.apply q9, q, V(h)
again:
set kept, 2*s + s7
jif.gt kept, 5, done
pick kept, q, SUM
done:
loop again, 3
hyperloop (i in 0..2, r in primes(2, 5), j in ints(1, 2))
    map q, q, x + i*r*j*n in x, n
end
primes r, 2, 5
    while kept < r max 3
        set kept, kept + 1
    end
end
trace v0, V(n), (1, 2), exact, insert=Y
spectrum v1, V(n), 2, which=near(5), vectors=f0
emit "kept", kept
assert kept > 0, "more"
halt
end
.func later(q0, s0) -> (q0)
set s1, s0
end
""",
        )
    )


@pytest.mark.parametrize(
    ("above", "body"),
    [
        (".macro F(p) = A[p] Hidden", "basis q0, 1\nqop.apply q1, q0, F(2) + F(3)\nqop.apply q1, q0, F"),
        (".macro F(p)\nmul.p p, p, hidden\nend", "basis q0, 1\nF q0\nF q0"),
        (".macro F()\ncall hidden(q0) -> (q0)\nend", "basis q0, 1\nF\nF"),
    ],
)
def test_a_macro_with_an_error_is_reported_once_however_often_it_is_called(above: str, body: str) -> None:
    assert len(found(above, body)) == 1


def test_a_wide_macro_has_as_many_errors_as_are_shown() -> None:
    assert len(found(".macro F(p) = " + " + ".join(f"u{k}*A[p]" for k in range(100)))) == 20
