"""Optimising against building: -O2 of 10,000 instructions, measured by what parsing and building them costs.

The program mixes applications, combinations, exponentials, loops, scalars and readings over eight states; the ratio
carries over between machines.  `pytest tests/benchmarks -s` prints the times.
"""

from __future__ import annotations

import random
from functools import partial
from statistics import median
from time import process_time

from qvm.api import program_cost
from qwasm.collection import held_back
from qwasm.ir.build import build
from qwasm.ir.module import Module
from qwasm.passes.manager import PRESETS, run_passes
from qwasm.syntax import parse
from tests.benchmarks.contest import timed

LETTERS = ("A[2]", "A[6]", "B[3]", "P[2]", "Q[5]", "S[1]", "V(n)", "coDir(1)", "(A[2] + B[2])", "(I - P[2])", "K[2]")
EVOLVING = ("A[2] + 1/2*A[3]", "V(log)", "A[2] + B[2]", "coDir(Lambda)", "1/3*B[2] + I")
LENGTH = 10_000
ROOM = 1.6  # measured: 1.0 to 1.2


def program(length: int, seed: int) -> str:
    """So many instructions on q0..q7, drawn from a seed."""
    draw = random.Random(seed)
    lines = [f"fill q{k}, n mod {k + 3} - 1" for k in range(8)]
    while len(lines) < length:
        a, b, c = (f"q{draw.randrange(8)}" for _ in range(3))
        number = draw.randint(2, 50)
        lines += draw.choice(
            (
                [f"qop.apply {a}, {b}, {draw.choice(LETTERS)} {draw.choice(LETTERS)}"],
                [f"qop.apply {a}, {b}, {draw.choice(LETTERS)} + {number}*{draw.choice(LETTERS)}"],
                [f"qop.combine {a}, {b}, {c}, 1, 1/{number}"],
                [f"mul.p {a}, {b}, 3"],
                [f"arith.sum {a}, {b}, mu"],
                [f"qop.exp {a}, {b}, {draw.choice(EVOLVING)}, 1/4"],
                [f"set s0, {number}", f"qop.combine {a}, {b}, {c}, s0, 1"],
                [f"at s1, {a}, {number}", f'emit "{len(lines)}", s1'],
                [f"loop k, {draw.randint(2, 8)}", f"qop.apply {a}, {a}, {draw.choice(LETTERS)}", "end"],
            )
        )
    ends = [f'emit "q{k}", q{k}' for k in range(8)]
    return "\n".join([".space N = 1000, weight = n^-1", ".func main", *lines, *ends, "end", ""])


def built(text: str) -> Module:
    return build(parse(text))[0]


def optimised(module: Module) -> None:
    run_passes(module, PRESETS[2], cost=program_cost)


def test_optimising_ten_thousand_instructions_costs_about_what_reading_them_does() -> None:
    optimised(built(program(500, 1)))
    reading, optimising = [], []
    with held_back():
        for seed in (2, 3, 4):
            text = program(LENGTH, seed)
            reading.append(timed(partial(built, text))())
            module = built(text)
            optimising.append(timed(partial(optimised, module))())
    print({"read": f"{median(reading):.2f} s", "-O2": f"{median(optimising):.2f} s"})
    assert median(optimising) < ROOM * median(reading)


def test_optimising_takes_time_linear_in_the_program() -> None:
    def seconds(length: int, seed: int) -> float:
        module = built(program(length, seed))
        start = process_time()
        with held_back():
            optimised(module)
        return process_time() - start

    seconds(500, 10)
    small = min(seconds(2_000, 11), seconds(2_000, 12))
    assert min(seconds(8_000, 13), seconds(8_000, 14)) < 8 * small  # four times the program; a square would be 16
