"""Programs to try a pass on: whole texts that build and run, drawn by hypothesis.

Every program is short, works on a small space, and emits what it computes, so that a pass that changes
anything shows.  The same draws cover loops, branches, linear chains, repeated and unread work.

>>> from hypothesis import find
>>> print(find(programs(), lambda text: "loop" in text).splitlines()[0])
.qwasm 1.0
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qwasm.diagnostics import fail

try:
    from hypothesis import strategies as st
except ImportError:
    raise fail("QW0599", "qwasm.testing needs hypothesis", None, "pip install qwasm-toolchain[test]") from None

Draw = Callable[..., Any]
primes = st.sampled_from((2, 3, 5))
indices = st.integers(1, 7)
coefficients = st.sampled_from(("2", "-1", "1/2", "-3/4", "5"))
functions = st.sampled_from(("mu", "n", "tau", "lambda(n)", "(-1)^n", "gcd(n, 6)", "n mod 3", "n > 2"))
STATES = ("q0", "q1", "q2", "q3")


@st.composite
def spaces(draw: Draw, fields: tuple[str, ...] = ("real", "mod(10007)", "complex")) -> str:
    """What stands behind `.space`: a small N, a weight, a field, a truncation."""
    N, field = draw(st.integers(1, 24)), draw(st.sampled_from(fields))
    weight, truncation = draw(st.sampled_from(("1", "n^-1"))), draw(st.sampled_from(("strict", "free")))
    return f"N = {N}, weight = {weight}, field = {field}, truncation = {truncation}"


@st.composite
def operators(draw: Draw, depth: int = 2) -> str:
    """An operator expression with a meaning in every space."""
    kind = draw(st.sampled_from(("A", "B", "P", "V", "I", "sum", "product", "scaled", "power", "family")))
    if depth == 0 or kind in ("A", "B", "P"):
        return f"{kind if kind in 'ABP' and len(kind) == 1 else 'A'}[{draw(indices)}]"
    if kind in ("V", "I"):
        return f"V({draw(functions)})" if kind == "V" else "I"
    x, y = draw(operators(depth - 1)), draw(operators(depth - 1))
    return {
        "sum": f"({x} + {y})",
        "product": f"({x}) ({y})",
        "scaled": f"{draw(coefficients)}*({x})",
        "power": f"({x})^{draw(st.integers(0, 3))}",
        "family": f"(sum p in primes(2, {draw(indices)}): (A[p] + {draw(coefficients)}*B[p]))",
    }[kind]


@st.composite
def statements(draw: Draw, depth: int) -> list[str]:
    """A line, or a loop or branch with lines in it; it reads and writes the registers q0..q3 and s0, s1."""
    x, y, z = (draw(st.sampled_from(STATES)) for _ in range(3))
    s = draw(st.sampled_from(("s0", "s1")))
    kind = draw(st.integers(0, 11 if depth else 9))
    if kind >= 10:
        body = [f"    {line}" for _ in range(draw(st.integers(1, 3))) for line in draw(statements(depth - 1))]
        head = draw(st.sampled_from((f"loop k, {draw(st.integers(0, 4))}", "primes k, 2, 5", "if 1 < 2")))
        return [head, *body, "end"]
    return [
        (
            f"mul.p {x}, {y}, {draw(primes)}",
            f"div.p {x}, {y}, {draw(primes)}",
            f"qop.apply {x}, {y}, {draw(operators())}",
            f"qop.combine {x}, {y}, {z}, {draw(coefficients)}, {draw(coefficients)}",
            f"mul {x}, {y}, {z}",
            f"basis {x}, 1",
            f"fill {x}, {draw(functions)}",
            f"at {s}, {x}, 1",
            f"set {s}, {draw(coefficients)}*s1 + 1",
            f"reduce {s}, {x}, SUM",
        )[kind]
    ]


@st.composite
def programs(draw: Draw, most: int = 12) -> str:
    """A whole program of at most so many statements; it emits two scalars and the sum of every state."""
    lines = [f"random {x}, {seed}" for seed, x in enumerate(STATES, start=1)] + ["set s0, 0", "set s1, 1"]
    if "mod" in (space := draw(spaces())):
        lines[: len(STATES)] = [f"fill {x}, n^{k} + {k}" for k, x in enumerate(STATES, start=1)]
    for _ in range(draw(st.integers(1, most))):
        lines += draw(statements(2))
    for k, x in enumerate(STATES):
        lines += [f"reduce s{k + 2}, {x}, SUM", f'emit "{x}", s{k + 2}']
    lines += ['emit "s0", s0', 'emit "s1", s1']
    body = "\n".join(f"    {line}" for line in lines)
    return f".qwasm 1.0\n.space {space}\n.func main\n{body}\nend\n"


__all__ = ["operators", "programs", "spaces", "statements"]
