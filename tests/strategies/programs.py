"""Whole programs, drawn against the oracle so that every program has one clear answer."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from hypothesis import strategies as st

from tests.oracle import operators
from tests.oracle.cases.case import ins, prologue, read_out
from tests.oracle.expression import Bin, Pow, Var, num
from tests.oracle.machine import Machine
from tests.oracle.operators import Diffusion, Named
from tests.oracle.program import Func, Given, If, Program, Reg, Statement, Str, channels, files
from tests.strategies.author import Draw
from tests.strategies.control import Statements
from tests.strategies.operators import sizes, weights

fields = st.sampled_from(("real", "complex", "mod", "real32"))
truncations = st.sampled_from(("strict", "free"))
moduli = st.sampled_from((101, 10_007, 2_147_483_647))


def _function(author: Statements) -> Func:
    """A function of a state and a scalar."""
    q0, q1, s0 = Reg("q0"), Reg("q1"), Var("s0")
    body = (ins("qop.apply", q1, q0, author.operator(1)), ins("qop.combine", q1, q1, q0, s0, author.literal()))
    if author.chance(4):
        body += author.one_of((ins("send", Str("right"), q1),), (ins("store.q", Str("c.npy"), q0),))
    return Func("helper", ("q0", "s0"), ("q1",), body)


@st.composite
def programs(draw: Draw) -> Program:
    """A whole program with at least one output; run the oracle on it for what it should say."""
    kind, truncation, s = draw(fields), draw(truncations), draw(weights)
    modulus = draw(moduli) if kind == "mod" else 0
    if kind == "mod" and s == Fraction(1, 2):
        s = Fraction(0)
    size = draw(sizes)
    coefficient = draw(
        st.sampled_from((Pow(Var("p"), num(-1)), num(1), Pow(Var("p"), num("-1/2" if kind != "mod" else -2))))
    )
    parameters: tuple[tuple[str, str, Fraction], ...] = (("c", "qint", Fraction(draw(st.integers(1, 4)))),)
    if kind != "mod":
        parameters += (("t", "real", Fraction(draw(st.sampled_from(("1/4", "3/2"))))),)
    empty = Program(
        size,
        s,
        kind,
        modulus,
        truncation,
        (),
        Diffusion(coefficient, num(2), num(5)),
        parameters=parameters,
        upper=draw(st.booleans()),
        files=draw(givens(size, "given.npy", "field.npy")),
        messages=draw(givens(size, "given", "given field")),
    )
    author = Statements(draw, Machine(empty))
    declared = author.operator(1)
    line = f".op X = {operators.text(declared)}"
    macro = ".macro go(a, b) = A[a] + 2/3*B[b]"
    author.named = (Named("X", declared),)
    whole = replace(empty, functions=(_function(author),), declarations=(macro, line))
    author.machine.program = whole
    start = (*prologue(kind), ins("fill", Reg("q2"), author.arithmetic()), ins("set", Reg("s1"), author.literal()))
    author.machine.execute(start)
    body: tuple[Statement, ...] = start
    for _ in range(draw(st.sampled_from((4, 2, 6, 3, 8, 1, 5)))):
        found = author.group(2)
        if author.keep(found):
            body += found
    ending: tuple[Statement, ...] = read_out(("q0", "q1", "q2", "s0", "s1"), rows=draw(st.booleans()))
    if author.chance(6):
        ending += author.halting()
    return replace(whole, body=(*body, *ending))


@st.composite
def givens(draw: Draw, size: int, state: str, several: str) -> tuple[Given, ...]:
    """Up to two files or messages that are there before the program starts: a state, a field of a few states."""
    found: tuple[Given, ...] = ()
    for name in draw(st.sampled_from(((state, several), (state,), ()))):
        count = draw(st.integers(1, 3)) if name == several else 1
        start, step = draw(st.integers(-3, 3)), draw(st.integers(1, 5))
        rows = tuple(tuple((step * n + start * k) % 7 - 2 for n in range(size)) for k in range(count))
        found += (Given(name, rows, name == several, draw(st.sampled_from(("", "int64", "int8")))),)
    return found


@st.composite
def guarded(draw: Draw) -> tuple[Program, str]:
    """A program that begins with VERIFY.SANDBOX, and a file or channel that it names, perhaps in lines never run."""
    found = draw(programs())
    unused = If(
        Bin("==", num(1), num(2)),
        (ins("store.q", Str("unused.npy"), Reg("q0")), ins("send", Str("unused"), Reg("q1"))),
    )
    found = replace(found, body=(ins("verify.sandbox"), *found.body[:3], unused, *found.body[3:]))
    return found, draw(st.sampled_from(sorted(files(found) | channels(found))))
