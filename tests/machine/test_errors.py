"""Every bar holds the truth: programs with deliberately coarse exponentials against the dense oracle."""

from __future__ import annotations

from fractions import Fraction
from math import isfinite
from typing import Any

import numpy as np
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import qvm
from tests.oracle import machine as oracle
from tests.oracle import program
from tests.oracle.cases.case import ins
from tests.oracle.expression import Bin, Call, Imag, Pow, Var, num
from tests.oracle.field import IllConditioned
from tests.oracle.operators import A, B, Diffusion, Family, Function, Letter, Op, Scaled, V, plus
from tests.oracle.program import Basis, Ins, Many, Program, Reg, Statement, Str, Word

N = 14
n, x = Var("n"), Var("x")
q, w, f, s0, v0 = [Reg(f"q{i}") for i in range(3)], Reg("w0"), Reg("f0"), Reg("s0"), Reg("v0")
ROUNDING = 1e-10  # of ordinary instructions, which bars do not cover

OPERATORS: tuple[Op, ...] = (
    plus(A(2), Scaled(num("2"), B(2))),
    plus(Letter("K", (num(2),)), Scaled(num("1/2"), V(Call("log")))),
    Letter("D"),
    Letter("S", (num(1),)),
    Family("sum", "p", "primes", num(2), num(7), plus(Scaled(Pow(Var("p"), num(-1)), A(Var("p"))), B(Var("p")))),
    Letter("coDir", (Call("mu"),)),
    Function("exp", (Scaled(num("1/4"), plus(A(3), B(2))),)),
)


def steps(draw: Any, real: bool) -> tuple[Statement, ...]:
    """One or a few instructions on states; exponentials are coarse."""

    def pick(*items: Any) -> Any:
        return draw(st.sampled_from(items))

    a, b, c = (pick(*q) for _ in range(3))
    X, t = pick(*OPERATORS), num(pick("1/4", "-1/8", "1/2", "1"))
    coarse = {"tol": num("1/1000")}
    polynomial = pick(
        Bin("-", Bin("*", num("1/2"), Pow(x, num(2))), Bin("*", n, x)),
        Call("abs", (x,)),
        Bin("+", Call("re", (x,)), Bin("/", x, n)),
        Call("conj", (Bin("*", num(2), x),)),
        Bin("+", Bin("*", Pow(n, num(-1)), x), n),
    )
    match pick(
        "exp", "exp", "apply", "combine", "normalize", "mul", "map", "scan", "poly", "hilbert", "field", "mul.p"
    ):
        case "exp":
            found = Ins("qop.exp", (a, b, X, t), tuple(coarse.items()), () if real or pick(0, 1) else ("unitary",))
            return (found,)
        case "apply":
            return (ins("qop.apply", a, b, X),)
        case "combine":
            return (ins("qop.norm", s0, b), ins("qop.combine", a, b, c, Var("s0"), num("-1/3")))
        case "normalize":
            return (ins("qop.normalize", a),)
        case "mul":
            return (ins("mul", a, b, c),)
        case "map":
            return (ins("map", a, b, polynomial),)
        case "scan":
            return (ins("scan", a, b, Word(pick("SUM", "MAX") if real else "SUM")),)
        case "poly" if pick(0, 1):
            chebyshev = Basis("chebyshev", (num(-2), num(3)))
            return (ins("qop.poly", a, b, X, Many((num(1), num("1/2"), num(-1))), basis=chebyshev),)
        case "poly":
            return (ins("qop.inner", s0, b, c), ins("qop.poly", a, b, X, Many((num(1), Var("s0"), num("1/3")))))
        case "hilbert":
            inner = Ins("qop.exp", (w, w, X, num("1/4")), tuple(coarse.items()))
            return (ins("to.hilbert", w, a), inner, ins("qop.apply", w, w, OPERATORS[0]), ins("to.nspace", b, w))
        case "field":
            spawned, kind = ins("qpu.spawn", f, a, X, num(2)), pick("SUM", "L2", "NORM", "ENTROPY")
            flow = ins("qpu.evolve", f, X, num("1/4"), **coarse) if pick(0, 1) else ins("qpu.diffuse", f, num("1/4"))
            times = ins("trace", v0, V(Pow(n, num(-1))), Many((num(0), num(1), num(2))))
            read = ins("qpu.reduce", s0, f, Word(kind)), ins("emit", Str(f"field {kind}"), s0)
            return (spawned, flow, *read, times, ins("qpu.superpose.grid", b, f, v0))
    return (ins(pick("mul.p", "div.p"), a, b, num(2)),)


@st.composite
def programs(draw: Any) -> Program:
    real = draw(st.booleans())
    first = Bin("-", Bin("mod", Bin("*", num(7), n), num(5)), num(1))
    second = Bin("/", num(1), n) if real else Bin("+", Bin("/", num(1), n), Bin("*", Imag(1), Bin("mod", n, num(3))))
    body: list[Statement] = [ins("fill", q[0], first), ins("fill", q[1], second), ins("basis", q[2], num(3))]
    body += [Ins("qop.exp", (q[1], q[0], draw(st.sampled_from(OPERATORS)), num("1/2")), (("tol", num("1/1000")),))]
    for _ in range(draw(st.integers(0, 5))):
        body += steps(draw, real)
    readings = [ins("qop.inner", s0, q[0], q[1]), ins("qop.norm", s0, q[1]), ins("reduce", s0, q[1], Word("SUM"))]
    readings += [ins("at", s0, state, num(place)) for state in q for place in (1, 6, N)]
    readings += [ins("reduce", s0, q[1], Word(word)) for word in ("MAX", "MIN") if real]
    for i, reading in enumerate(readings):
        body += [reading, ins("emit", Str(f"{reading.name} {i}"), s0)]
    body += [ins("emit", Str("state"), q[1])]
    s = draw(st.sampled_from((Fraction(0), Fraction(1), Fraction(1, 2), Fraction(-1))))
    diffusion = Diffusion(Pow(Var("p"), num(-1)), num(2), num(5))
    return Program(N, s, "real" if real else "complex", 0, "strict", tuple(body), diffusion)


def pairs(expected: Any, output: Any) -> list[tuple[Any, Any]]:
    """(truth, reading) of one output, which may have rows."""
    found = [value for _, value in output.rows] if hasattr(output, "rows") else [output]
    return [(want, got) for (_, want), got in zip(expected, found, strict=True)]


@given(programs())
@settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
def test_every_bar_holds_the_truth(structure: Program) -> None:
    try:
        expected = oracle.run(structure)
    except IllConditioned:
        assume(False)
    result = qvm.compile(program.text(structure)).run()
    for name, output in result.outputs.items():
        for want, got in pairs(expected.outputs[name], output):
            if name == "state":
                apart = float(np.linalg.norm((want - got.values) * np.arange(1.0, N + 1) ** (-float(structure.s) / 2)))
                assert apart <= got.distance.size + ROUNDING * expected.scale, (name, apart, got.distance)
                continue
            off = float(abs(complex(got.value) - complex(want)))
            assert isfinite(got.error), (name, got)
            assert off <= got.error + ROUNDING * expected.scale, (name, off, got, program.text(structure))
