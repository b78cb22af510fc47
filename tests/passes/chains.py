"""Programs of linear instructions: chains, combinations, loops and exponentials, drawn in every kind of space.

What passes over operators change, and few programs of the general generator hold, is what these are made of.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

Draw = Callable[..., Any]
LETTERS = (
    "A[2]", "A[3]", "A[6]", "B[2]", "B[3]", "B[4]", "P[2]", "P[3]", "Q[2]", "Q[5]", "S[1]", "S[-2]", "I", "D",
    "V(n)", "V(mu)", "V(n mod 3)", "V((n > 2))", "Dir(mu)", "coDir(1)", "coDir(lambda)", "coDir(n)", "A[k]", "B[k]",
    "out(n, 1)", "V(1/(n + 1))", "(I - P[2])", "K[2, 1]", "(A[2] + B[2])", "(A[2] - 1/2*B[3])", "S[1, cyclic]",
)  # fmt: skip
FIELDS = ("real", "mod(101)", "complex", "real32", "mod(2147483647)")
EVOLVING = (
    "A[2] + 1/2*A[3]", "V(log)", "A[2] + B[2]", "coDir(Lambda)", "1/3*B[2] + I", "sum p in primes(2, 7): (1/p*B[p])",
    "A[2] + V(n/9)",
)  # fmt: skip
NUMBERS = ("1", "2", "-1", "1/2", "0", "-3/2", "s0")


@st.composite
def operators(draw: Draw, loop: bool, strict: bool) -> str:
    """A product, sum or power of letters; `k` only inside a loop, what diverges on the infinite space never."""
    usable = [
        x for x in LETTERS if (loop or "[k]" not in x) and (strict or not ("cyclic" in x or x[:3] in ("Dir", "out")))
    ]
    letter = st.sampled_from(usable)
    kind = draw(st.sampled_from(("letter", "product", "sum", "power", "shared", "letter")))
    if kind == "letter":
        return str(draw(letter))
    if kind == "power":
        return f"({draw(letter)} + {draw(letter)})^{draw(st.integers(2, 3))}"
    if kind == "shared":
        x = draw(letter)
        return f"{x} S[1] + 2*{x} S[2] + {x}" if draw(st.booleans()) else f"S[1] {x} + {draw(letter)} {x}"
    joint = " " if kind == "product" else " + "
    return joint.join(draw(st.lists(letter, min_size=2, max_size=3)))


@st.composite
def lines(draw: Draw, loop: bool, real: bool, strict: bool) -> list[str]:
    """A few instructions on q0, q1, q2 and s0."""
    q = st.sampled_from(("q0", "q1", "q0", "q2"))
    found = []
    for _ in range(draw(st.integers(1, 5))):
        a, b, c = draw(q), draw(q), draw(q)
        kind = draw(
            st.sampled_from(("apply", "apply", "apply", "combine", "combine", "mul.p", "div.p", "arith", "other"))
        )
        match kind:
            case "apply":
                found.append(f"qop.apply {a}, {b}, {draw(operators(loop, strict))}")
            case "combine":
                factors = ", ".join(draw(st.sampled_from(NUMBERS)) for _ in range(2))
                found.append(f"qop.combine {a}, {b}, {c}, {factors}")
            case "mul.p" | "div.p":
                found.append(f"{kind} {a}, {b}, {draw(st.sampled_from((2, 3, 5)))}")
            case "arith":
                found.append(f"arith.sum {a}, {b}, {draw(st.sampled_from(('1', 'mu', 'n', 'lambda')))}")
            case _:
                other = [
                    f"reduce s0, {a}, COUNT",
                    f"diffuse.mult {a}, {b}, 1/2",
                    f"qop.poly {a}, {b}, A[2] + B[3], (1, 2)",
                ]
                if real:
                    time = draw(st.sampled_from(("1/4", "-1/8", "0", "1")))
                    other.append(f"qop.exp {a}, {b}, {draw(st.sampled_from(EVOLVING))}, {time}")
                found.append(draw(st.sampled_from(other)))
    return found


@st.composite
def chains(draw: Draw) -> str:
    """A whole program whose states q0, q1, q2 and count s0 are emitted at its end."""
    N = draw(st.sampled_from((6, 12, 30, 1, 2, 3, 8, 64)))
    field = draw(st.sampled_from(FIELDS))
    truncation = draw(st.sampled_from(("strict", "strict", "free")))
    weight = draw(st.sampled_from(("1", "n^-1"))) if not field.startswith("mod") else "1"
    real, strict = field in ("real", "complex", "real32"), truncation == "strict"
    body = ["fill q0, n mod 5 - 1", "fill q1, mu", "basis q2, 1", "set s0, 2"]
    for _ in range(draw(st.integers(1, 3))):
        form = draw(st.sampled_from(("plain", "plain", "loop", "primes")))
        if form == "plain":
            body += draw(lines(False, real, strict))
            continue
        head = f"loop k, {draw(st.integers(0, 6))}" if form == "loop" else "primes k, 2, 7"
        inside = draw(lines(True, real, strict))
        if draw(st.booleans()):
            inside = [f"qop.apply q0, q0, {draw(operators(False, strict))}"]
        body += [head, *inside, "end"]
    ending = [f'emit "{q}", {q}' for q in ("q0", "q1", "q2")] + ['emit "count", s0']
    head = f".space N = {N}, field = {field}, truncation = {truncation}, weight = {weight}"
    return "\n".join([".qwasm 1.0", head, ".diffusion c = 1/p, primes(2, 5)", ".func main", *body, *ending, "end", ""])
