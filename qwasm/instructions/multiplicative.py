"""Instructions of the multiplicative structure: scale, divide, diffuse, weigh by arithmetic."""

from __future__ import annotations

from typing import Any

import numpy as np

from qwasm.instructions.algebra import X, Y
from qwasm.instructions.form import INEXACT, Attr, Instruction, Operand
from qwasm.instructions.interface import Run

PRIME = Operand("p", "prime")
DIFFUSION = Attr("diffusion", "operator", "D", doc="the operator D, by default that of .diffusion")


def picture_factor(run: Run, op: Any, ratio: float) -> Any:
    """What W^(1/2) X W^(-1/2) adds to a map that reads psi(ratio n): ratio^(s/2) in the hilbert picture."""
    return ratio ** (float(run.space.weight.s) / 2) if op.picture == "hilbert" and run.space.weight.s else None


def multiplied(run: Run, op: Any, x: Any) -> Any:
    """y(n) = psi(p n) where p n <= N."""
    p, y = int(op["p"]), np.zeros_like(x)
    factor = picture_factor(run, op, p)
    y[: len(x) // p] = x[p - 1 :: p] if factor is None else factor * x[p - 1 :: p]
    return y


def divided(run: Run, op: Any, x: Any) -> Any:
    """y(n) = psi(n / p) where p divides n."""
    p, y = int(op["p"]), np.zeros_like(x)
    factor = picture_factor(run, op, 1 / p)
    y[p - 1 :: p] = x[: len(x) // p] if factor is None else factor * x[: len(x) // p]
    return y


def prime_sum(algebra: Any, op: Any) -> Any:
    """sum over primes p <= N of A_p + p B_p, as one family."""
    p = algebra.variable("p", "prime")
    return algebra.family("sum", p, "primes", 2, op["N"], algebra.add(algebra.A(p), algebra.scale(p, algebra.B(p))))


def prime_summed(run: Run, op: Any, x: Any) -> Any:
    """y(n) = sum over primes p <= N of psi(p n) + p psi(n / p)."""
    N, y = len(x), np.zeros_like(x)
    sieve = np.ones(N + 1, dtype=bool)
    sieve[:2] = False
    for p in range(2, N + 1):
        if not sieve[p]:
            continue
        sieve[p * p :: p] = False
        up, down = picture_factor(run, op, p), picture_factor(run, op, 1 / p)
        y[: N // p] = run.state(y[: N // p] + (x[p - 1 :: p] if up is None else up * x[p - 1 :: p]))
        y[p - 1 :: p] = run.state(y[p - 1 :: p] + run.state((p if down is None else p * down) * x[: N // p]))
    return y


def diffused(run: Run, op: Any, x: Any) -> Any:
    """psi + b D psi."""
    return run.state(x + run.state(run.evaluate(op["b"]) * run.apply(op["diffusion"], x, op.picture)))


def weighed(name: str) -> Any:
    """The product with an arithmetic function of n."""

    def meaning(run: Run, op: Any, x: Any) -> Any:
        return run.state(x * run.evaluate(run.algebra.arithmetic(name), n=run.indices()))

    return meaning


def convolved(run: Run, op: Any, x: Any) -> Any:
    """y(n) = sum over d dividing n of f(d) psi(n / d)."""
    f, y = run.evaluate(op["f"], n=run.indices()), np.zeros_like(x)
    for d in range(1, len(x) + 1):
        factor = picture_factor(run, op, 1 / d)
        scaled = run.state(f[d - 1] * x[: len(x) // d])
        y[d - 1 :: d] = run.state(y[d - 1 :: d] + (scaled if factor is None else factor * scaled))
    return y


def swept(facts: Any) -> int:
    """One pass per operator element."""
    return int(facts["elements"]) + int(facts["N"])


ROWS = (
    Instruction(
        "mul.p",
        "multiplicative",
        (Y, X, PRIME),
        "Writes A_p psi: y(n) = psi(p n) while p n <= N, else 0.",
        multiplied,
        "fill q0, n\nmul.p q1, q0, 2\nat s0, q1, 6\nat s1, q1, 7\nassert s0 == 12 and s1 == 0",
        same_as="qop.apply {y}, {x}, A[{p}]",
        micro="sweep",
        linear=lambda algebra, op: algebra.A(op["p"]),
        work=swept,
    ),
    Instruction(
        "div.p",
        "multiplicative",
        (Y, X, PRIME),
        "Writes B_p psi: y(n) = psi(n / p) where p divides n, else 0.",
        divided,
        "fill q0, n\ndiv.p q1, q0, 2\nat s0, q1, 6\nat s1, q1, 7\nassert s0 == 3 and s1 == 0",
        same_as="qop.apply {y}, {x}, B[{p}]",
        micro="sweep",
        linear=lambda algebra, op: algebra.B(op["p"]),
        work=swept,
    ),
    Instruction(
        "prime.sum",
        "multiplicative",
        (Y, X),
        "Writes sum over primes p <= N of A_p psi + p B_p psi.",
        prime_summed,
        "basis q0, 6\nprime.sum q1, q0\nat s0, q1, 2\nat s1, q1, 12\nassert s0 == 1 and s1 == 2",
        same_as="qop.apply {y}, {x}, sum p in primes(2, N): (A[p] + p*B[p])",
        micro="sweep",
        linear=prime_sum,
        work=swept,
    ),
    Instruction(
        "diffuse.mult",
        "multiplicative",
        (Y, X, Operand("b", "expression")),
        "Writes psi + b D psi, one step of multiplicative diffusion.",
        diffused,
        "basis q0, 2\ndiffuse.mult q1, q0, 1/2\nat s0, q1, 1\nat s1, q1, 2\nassert s0 == 1/2 and s1 == 1",
        attributes=(DIFFUSION,),
        same_as="qop.apply {y}, {x}, I + {b}*D",
        micro="sweep",
        linear=lambda algebra, op: algebra.add(algebra.identity(), algebra.scale(op["b"], op["diffusion"])),
        before_example=".diffusion c = 1, primes(2, 5)",
        work=swept,
    ),
    Instruction(
        "log.mult",
        "multiplicative",
        (Y, X),
        "Writes log(n) psi(n).",
        weighed("log"),
        "basis q0, 1\nlog.mult q1, q0\nat s0, q1, 1\nassert s0 == 0",
        fields=INEXACT,
        same_as="qop.apply {y}, {x}, V(log)",
        micro="sweep",
        linear=lambda algebra, op: algebra.V(algebra.arithmetic("log")),
        work=swept,
    ),
    Instruction(
        "lambda.weight",
        "multiplicative",
        (Y, X),
        "Writes Lambda(n) psi(n), with von Mangoldt's function.",
        weighed("Lambda"),
        "basis q0, 6\nlambda.weight q1, q0\nat s0, q1, 6\nassert s0 == 0",
        fields=INEXACT,
        same_as="qop.apply {y}, {x}, V(Lambda)",
        micro="sweep",
        linear=lambda algebra, op: algebra.V(algebra.arithmetic("Lambda")),
        work=swept,
    ),
    Instruction(
        "arith.sum",
        "multiplicative",
        (Y, X, Operand("f", "expression", over=("n",))),
        "Writes coDir(f) psi: y(n) = sum over d dividing n of f(d) psi(n / d).",
        convolved,
        "fill q0, 1\narith.sum q1, q0, 1\nat s0, q1, 12\nassert s0 == 6",
        same_as="qop.apply {y}, {x}, coDir({f})",
        micro="sweep",
        linear=lambda algebra, op: algebra.coDir(op["f"]),
        work=swept,
    ),
)
