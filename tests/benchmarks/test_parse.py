"""The parser keeps up with Python's own, and its time grows with the text alone.

Python's parser, written in C, makes 20,000 to 30,000 lines of this kind a second on the machine on
which the target of 30,000 lines was set; ours, measured at 0.43 of its time, must not come near it.
"""

from __future__ import annotations

import ast

import pytest

from qwasm.syntax import parse
from tests.benchmarks.contest import medians, timed

HEAD = """\
.qwasm 1.0
.param t: real = 0.1
.space N = 100_000, weight = n^-1, field = real, truncation = strict
"""
BODY = """\
.op    H{k} = sum p in primes(2, {k}): (p^(-1/2) * A[p] + p^({k}/2) * B[p]) + {k}.0*V(Lambda) + 0.{k}*V(log)
.macro Q{k}(p, q) = A[p] A[q] D^{k} B[q]

.func f{k}
    basis         q0, {k}                   ; q0 <- delta at n = {k}
    div.p         q1, q0, {k}               ; B_{k}: q1(n) <- q0(n/{k})
    qop.apply     q1, q1, Q{k}(2, {k})
    loop k, {k}
        qop.apply     q1, q1, K[{k}]
        qop.normalize q1
    end
    qop.exp       q2, q1, H{k}, t
    qop.inner     s0, q1, q2
    trace         s1, H{k}, 0.{k}
    emit          "overlap {k}", s0
    emit          "trace {k}", s1           ; a value with its error bar
    halt
end

"""
PEER = "y{k} = f{k}(x[{k}], {k}.5 * a) + b ** {k}  # a remark\n"


def program(lines: int) -> str:
    """The body of examples/heat.qw again and again, with other numbers."""
    copies = (lines - HEAD.count("\n")) // BODY.count("\n")
    return HEAD + "".join(BODY.format(k=k) for k in range(1, copies + 1))


def peer(lines: int) -> str:
    """As many lines of Python, each with about as many words."""
    return "".join(PEER.format(k=k) for k in range(lines))


@pytest.fixture(scope="module")
def found() -> dict[str, float]:
    long, short, python = program(20_000), program(5_000), peer(20_000)
    parse(short)  # the tables are read and the words compiled
    seconds = medians(
        {
            "20,000 lines": timed(lambda: parse(long)),
            "5,000 lines": timed(lambda: parse(short)),
            "20,000 lines of Python": timed(lambda: ast.parse(python)),
        },
        rounds=5,
    )
    print(f"{20_000 / seconds['20,000 lines']:,.0f} lines a second")
    return seconds


def test_a_line_costs_less_than_a_line_of_python(found: dict[str, float]) -> None:
    assert found["20,000 lines"] < 0.75 * found["20,000 lines of Python"]


def test_the_time_is_linear_in_the_text(found: dict[str, float]) -> None:
    assert found["20,000 lines"] < 1.5 * 4 * found["5,000 lines"]
