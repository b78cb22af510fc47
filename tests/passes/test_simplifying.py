"""The passes that simplify, from expand-macros to symmetrize: what they rest on and where they pay."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from qwasm_passes.normalize import normal
from qwasm_passes.support import support

import qvm
from qvm.machine.result import State
from qwasm.algebra.matrix import to_dense
from qwasm.algebra.operators import Algebra
from qwasm.diagnostics import QwasmError
from qwasm.ir.build import build
from qwasm.ir.module import Module
from qwasm.passes.cost import module_cost
from qwasm.passes.manager import run_passes
from qwasm.rules import library
from qwasm.rules.facts import NOTHING
from qwasm.space import Space
from qwasm.syntax import parse
from tests.differential import SLOW
from tests.passes.chains import chains

SEEDS = st.sampled_from(
    (
        "n mod 2 == 0",
        "(n mod 3 == 0)*(n <= 20)",
        "n <= 5",
        "n == 6",
        "n*(gcd(n, 6) == 6)",
        "0",
        "(n < 9)*(n mod 4 == 0)",
    )
)


def built(text: str) -> Module:
    """The module of a program."""
    return build(parse(text, "x.qw"))[0]


@given(text=chains(), first=SEEDS, second=SEEDS)
@settings(SLOW, max_examples=100)
@example(
    text=".space N = 30, truncation = free\n.func main\nfill q0, n mod 5 - 1\nfill q1, mu\nbasis q2, 1\n"
    'qop.apply q0, q0, A[2] coDir(1) S[1] B[2]\nemit "q0", q0\nend\n',
    first="n <= 5",
    second="n == 6",
)
def test_a_state_is_zero_where_support_analysis_says_so(text: str, first: str, second: str) -> None:
    text = text.replace("fill q0, n mod 5 - 1", f"fill q0, {first}").replace("fill q1, mu", f"fill q1, {second}")
    module = built(text)
    known = support(module)
    last = {op.attributes["name"]: op.operands[0] for op in module.walk() if op.name == "emit" and op.operands}
    try:
        outputs = qvm.compile(text, "numpy", passes="").run().outputs
    except QwasmError:
        return  # a program that fails has no states
    n = np.arange(1, module.space.N + 1)
    for name, value in last.items():
        facts = known.get(value, NOTHING)
        outside = (n % facts.divisor != 0) | (n * facts.bound.numerator > module.space.N * facts.bound.denominator)
        state = outputs[str(name)]
        assert isinstance(state, State) and not np.any(np.asarray(state.values)[outside]), (name, facts)


def test_the_facts_of_a_loop_hold_after_any_number_of_turns() -> None:
    body = 'fill q0, n mod 64 == 0\nloop k, 9\nmul.p q0, q0, 2\nend\nemit "x", q0'
    module = built(f".space N = 1000\n.func main\n{body}\nend")
    facts = support(module)[module.functions["main"].body.ops[1].results[0]]
    assert facts.divisor == 1 and facts.bound == Fraction(2)


@given(chosen=st.lists(st.integers(0, 7), min_size=1, max_size=4), N=st.sampled_from((5, 12, 30)), free=st.booleans())
@settings(SLOW, max_examples=60)
def test_a_normal_form_is_the_same_matrix(chosen: list[int], N: int, free: bool) -> None:
    a = Algebra("free" if free else "strict")
    letters = [a.A(2), a.B(3), a.B(13), a.P(2), a.Q(2), a.S(1), a.coDir(1), a.A(31)]
    x = a.sum([a.multiply(letters[i], a.add(letters[j], a.B(2))) for i, j in zip(chosen, chosen[::-1])])
    space = Space(N, truncation="free" if free else "strict")
    assert np.array_equal(to_dense(x, space), to_dense(normal(x, space, 64), space))


def test_hits_of_rules_are_counted_by_name() -> None:
    text = '.space N = 100\n.func main\nfill q0, n mod 2 == 0\nmul.p q1, q0, 2\ndiv.p q2, q1, 2\nemit "x", q2\nend'
    (ran,) = run_passes(built(text), "peephole")
    (rewrite,) = ran.rewrites
    assert rewrite.rule.startswith("given.") and rewrite.rule in dict(library().counts)


def test_peephole_takes_a_rule_file_in_place_of_the_library(tmp_path: Path) -> None:
    rule = '[[rule]]\nid = "own.halves"\nlhs = "S[1] S[-1]"\nrhs = "Q[1] - (I - S[1] S[-1])"\nuse = "explore"\n'
    head = 'format = "qwasm-rules/1"\nalgebra = "multiplicative-words/1"\n'
    file = tmp_path / "own.qwr"
    file.write_text(head + rule)
    text = '.space N = 100\n.func main\nfill q0, n mod 2 == 0\nmul.p q1, q0, 2\ndiv.p q2, q1, 2\nemit "x", q2\nend'
    (ran,) = run_passes(built(text), f"peephole{{rules={file}}}")
    assert not ran.rewrites
    (ran,) = run_passes(built(text), "peephole{rules=given}")
    assert len(ran.rewrites) == 1
    with pytest.raises(QwasmError) as caught:
        run_passes(built(text), f"peephole{{rules={tmp_path}/none.qwr}}")
    assert caught.value.exit_code != 70


@pytest.mark.parametrize("pipeline", ["licm", "fold", "fold,dce", "normalize", "peephole", "expand-macros"])
@pytest.mark.parametrize(
    "body",
    [
        "loop k, 0\nqop.apply q1, q0, V(1/(n - 3))\nend",
        'loop k, 3\nemit "k", k\nqop.apply q1, q0, V(1/(n - 3))\nend',
        "set s0, 5\nwhile s0 < 3 max 9\nqop.apply q1, q0, V(1/(n - 3))\nset s0, s0 + 1\nend",
        "loop k, 2\nmap q2, q0, 1/(x - k)\nqop.apply q1, q0, V(1/(n - 3))\nend",
        "qop.apply q1, q0, (V(1/(n - 3)) - V(1/(n - 3)) + A[2])^2",
        "qop.exp q1, q0, V(1/(n - 3)), 0",
        "qop.poly q1, q0, V(1/(n - 3)), (1, 0)",
        "set s0, 5/2\nset i0, s0",
    ],
)
def test_no_failure_appears_vanishes_or_changes(pipeline: str, body: str) -> None:
    text = f'.space N = 12\n.func main\nfill q0, n\nfill q1, n\n{body}\nemit "x", q1\nend'

    def said(passes: str) -> list[str]:
        try:
            return sorted(qvm.compile(text, "numpy", passes=passes).run().outputs)
        except QwasmError as error:
            return [error.diagnostics[0].code, error.diagnostics[0].message]

    assert said(pipeline) == said("")


PAYS = {
    "fold": "fill q0, n\nset s0, 1\nset s1, s0 - 1\nqop.combine q1, q0, q0, s0, s1\nqop.exp q2, q1, K[2], 0\n"
    "loop k, 1\nmul.p q2, q2, 2\nend",
    "licm": "fill q0, n\nfill q2, 1\nloop k, 20\nqop.exp q1, q0, K[2], 1/4\nqop.combine q2, q2, q1, 1, 1/2\nend",
    "normalize": "fill q0, n\nqop.apply q2, q0, A[2] + B[100003] + B[100019] + 2*B[100043]",
    "peephole": "fill q0, n mod 2 == 0\nloop k, 20\nmul.p q1, q0, 2\ndiv.p q0, q1, 2\nend\nmul q2, q0, q0",
    "dirichlet-fuse": "fill q2, n\nloop k, 5\narith.sum q1, q2, mu\ndiv.p q1, q1, 2\narith.sum q2, q1, 1\nend",
    "symmetrize": "fill q2, 1/n\nloop k, 20\nqop.exp q2, q2, K[2], 1/4\nend",
}


@pytest.mark.parametrize("name", PAYS)
def test_a_pass_makes_its_program_cheaper_in_the_model(name: str) -> None:
    text = f'.space N = 100000, weight = n^-1\n.func main\n{PAYS[name]}\nemit "x", q2\nend'
    plain, changed = built(text), built(text)
    _, ran, _ = run_passes(changed, f"dce,{name},dce")
    assert ran.rewrites and module_cost(changed) < module_cost(plain)


def test_an_expanded_call_lets_a_loop_become_a_power() -> None:
    step = ".func step(q0) -> (q1)\nmul.p q1, q0, 2\nend"
    body = 'fill q0, n\nloop k, 5\ncall step(q0) -> (q0)\nend\nemit "x", q0'
    text = f".space N = 1000\n{step}\n.func main\n{body}\nend"
    module = built(text)
    run_passes(module, "expand-macros,loop-power")
    assert [op.name for op in module.functions["main"].body.ops] == ["fill", "qop.apply", "emit", "return"]


def test_dead_chains_of_any_length_go_in_one_look() -> None:
    chain = "\n".join(f"mul.p q{k + 1}, q{k}, 2" for k in range(40))
    module = built(f'.space N = 100\n.func main\nbasis q0, 1\n{chain}\nset s0, 1\nemit "x", s0\nend')
    run_passes(module, "dce{rounds=1}")
    assert [op.name for op in module.walk()] == ["set", "emit", "return"]
