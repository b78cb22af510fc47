"""What every installed pass keeps: meaning, cost, its own result, independence of the hash seed, linear time."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from time import process_time
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from qwasm.diagnostics import QwasmError
from qwasm.ir.build import build
from qwasm.ir.text import parse_module, print_module
from qwasm.ir.verify import verify
from qwasm.passes.cost import module_cost
from qwasm.passes.found import found, load
from qwasm.passes.manager import PRESETS, run_passes
from qwasm.syntax import parse
from tests.compare import answer, examine
from tests.differential import SLOW
from tests.oracle import program
from tests.passes.chains import chains
from tests.strategies.programs import programs

every = pytest.mark.parametrize("name", found())
TOLERANCE = {"real32": 3e-4}
DRAWN = settings(SLOW, max_examples=25)


@dataclass
class Outcome:
    """What running a program gave: its outputs as arrays, or the code it failed with."""

    values: dict[str, Any]
    code: str = ""


def outcome(text: str, pipeline: str) -> Outcome:
    """Compile with a pipeline and run on the reference."""
    import qvm

    try:
        result = qvm.compile(text, "numpy", passes=pipeline).run()
    except QwasmError as error:
        return Outcome({}, error.diagnostics[0].code)
    return Outcome(
        {name: np.asarray(getattr(v, "values", getattr(v, "value", v))) for name, v in result.outputs.items()}
    )


def compared(text: str, pipeline: str, kind: str) -> None:
    """Assert that a pipeline kept what a program means, as far as passes of its kind promise."""
    plain, changed = outcome(text, ""), outcome(text, pipeline)
    assert plain.code == changed.code
    assert plain.values.keys() == changed.values.keys()
    states = [np.abs(v).max() for name, v in plain.values.items() if name != "count"]
    size = max([1.0, *map(float, states)])
    for name, value in plain.values.items():
        if kind == "bitexact" or "mod(" in text:
            assert np.array_equal(value, changed.values[name]), name
        elif name != "count":  # how many entries are not zero is up to rounding
            tolerance = next((t for field, t in TOLERANCE.items() if field in text), 1e-10)
            assert np.abs(value - changed.values[name]).max() <= tolerance * size, name


@every
@given(text=chains())
@settings(DRAWN)
def test_a_chain_of_instructions_means_the_same(name: str, text: str) -> None:
    compared(text, name, load(name).kind)


@given(text=chains(), level=st.sampled_from((2, 3, 1)))
@settings(DRAWN)
def test_a_preset_keeps_what_a_chain_means(text: str, level: int) -> None:
    compared(text, PRESETS[level], "exact")


@every
@given(structure=programs())
@settings(SLOW, max_examples=12)
def test_a_generated_program_means_what_the_oracle_says(name: str, structure: program.Program) -> None:
    wrong = examine(structure, passes=name)
    assert not wrong, "\n".join([*wrong[:5], program.text(structure)])
    if load(name).kind == "bitexact":
        assert repr(answer(structure, passes=name)) == repr(answer(structure, 0))


@every
@given(text=chains())
@settings(DRAWN)
@example(
    text=".space N = 6, field = mod(101)\n.func main\nfill q0, 1\nloop k, 2\nqop.apply q0, q0, K[2, 1]\nend\nend\n"
)
def test_a_pass_settles_verifies_and_costs_no_more(name: str, text: str) -> None:
    module = build(parse(text, "x.qw"))[0]
    before = module_cost(module)
    run_passes(module, name, verify_each=True)
    once, after = print_module(module), module_cost(module)
    assert after.time <= before.time * (1 + 1e-9)
    back = parse_module(once)
    verify(back)
    assert print_module(back) == once
    for _ in range(4):
        run_passes(module, name)
    settled = print_module(module)
    run_passes(module, name)
    assert print_module(module) == settled


SUBJECT = """
from qwasm.ir.build import build
from qwasm.ir.text import print_module
from qwasm.passes.manager import run_passes
from qwasm.syntax import parse
import sys
module = build(parse(sys.stdin.read(), "x.qw"))[0]
for name in sys.argv[1].split(","):
    run_passes(module, name)
sys.stdout.write(print_module(module))
"""
MANY = """
.space N = 1000, weight = n^-1
.diffusion c = p^(-1/2), primes(2, 20)
.func main
    fill q0, 1/n
    at s0, q0, 1
    loop k, 5
        qop.apply q0, q0, A[2] + B[2]
    end
    qop.apply q1, q0, coDir(mu) S[1] + coDir(mu) S[2] + 2*S[3] coDir(log) + S[1] coDir(log) + V(log) D D
    mul.p q1, q1, 2
    mul.p q1, q1, 3
    qop.apply q2, q0, B[5]
    qop.combine q3, q1, q2, s0, 3
    qop.exp q4, q3, A[2] + 1/3*A[3], 1/4
    qop.exp q4, q4, V(log), 1/2
    qop.exp q4, q4, K[2], 1/4
    qop.inner s1, q4, q0
    emit "overlap", s1
end
"""


def test_what_passes_make_does_not_depend_on_the_hash_seed() -> None:
    texts = set()
    for seed in ("0", "1", "4711"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)}
        words = [sys.executable, "-W", "ignore", "-c", SUBJECT, ",".join(found())]
        done = subprocess.run(words, input=MANY, env=environment, capture_output=True, text=True, check=True)
        texts.add(done.stdout)
    assert len(texts) == 1 and "sweep" in texts.pop()


def long_program(count: int, first: int) -> str:
    """So many groups of instructions that passes look at, alike but for their numbers, which begin at `first`."""
    lines = []
    for k in range(first, first + count):
        lines += [
            f"mul.p q1, q0, {(2, 3, 5, 7)[k % 4]}",
            f"qop.apply q1, q1, A[{k + 2}] + B[{k + 3}]",
            f"qop.combine q2, q1, q0, {k + 1}, 1/{k + 2}",
            f"loop k, {k % 5 + 2}\nqop.apply q2, q2, A[{k + 2}]\nend",
            f"qop.exp q3, q2, V(n/{k + 7}), 1/4",
            "at s0, q3, 1",
            f'emit "s{k}", s0',
        ]
    return "\n".join([".space N = 100", ".func main", "fill q0, 1/n", *lines, "end"])


@every
@pytest.mark.usefixtures("alone")
def test_a_pass_takes_time_linear_in_the_program(name: str) -> None:
    def seconds(count: int, first: int) -> float:
        module = build(parse(long_program(count, first), "x.qw"))[0]
        start = process_time()
        run_passes(module, name)
        return process_time() - start

    seconds(5, 1)
    small = min(seconds(40, 1000), seconds(40, 2000))  # new numbers: what was decided before is remembered
    assert min(seconds(80, 3000), seconds(80, 4000)) < 3 * small + 0.01


@pytest.mark.parametrize(
    ("pipeline", "said"),
    [
        ("reassoc{longest=0}", "longest"),
        ("factor{width=0}", "width"),
        ("fuse{max=1}", "max"),
        ("loop-power{work=-1}", "work"),
        ("schedule{tile=-1}", "tile"),
        ("fold{rounds=0}", "rounds"),
        ("dce{rounds=0}", "rounds"),
        ("normalize{terms=0}", "terms"),
        ("peephole{max=-1}", "max"),
        ("expand-macros{size=-1}", "size"),
    ],
)
def test_an_option_that_makes_no_sense_is_refused(pipeline: str, said: str) -> None:
    from qwasm.ir.module import Module
    from qwasm.space import Space

    with pytest.raises(QwasmError) as caught:
        run_passes(Module(Space(10)), pipeline)
    assert caught.value.diagnostics[0].code == "QW0732" and said in caught.value.diagnostics[0].message
