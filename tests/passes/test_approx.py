"""The pass approx: only under a budget, never past it, and every error bar holds what it costs."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qwasm_passes.executions import executions
from scipy.linalg import expm

import qvm
from qwasm.diagnostics import QwasmError
from qwasm.ir.build import build
from qwasm.ir.module import Module
from qwasm.ir.text import parse_module, print_module
from qwasm.ir.verify import verify
from qwasm.passes.found import load
from qwasm.passes.manager import PRESETS, run_passes
from qwasm.passes.pipeline import with_budget
from qwasm.qpu.text import parse_qpu, print_qpu
from qwasm.syntax import parse
from tests.command import run_command
from tests.differential import SLOW

SPACE = ".space N = {N}, weight = {weight}, field = {field}\n.func main\n{body}\nend\n"
HEAT = 'fill q0, 1/n\nqop.exp q1, q0, K[2] + V(log/4), 1/40\nqop.norm s0, q1\nat s1, q1, 6\nemit "a", s0\nemit "b", s1'
LOOP = 'fill q0, 1/n\nloop k, 7\nqop.exp q0, q0, A[2] + 2*B[3], 1/90\nend\nat s0, q0, 4\nemit "a", s0'
STEPS = (
    "fill q0, 1/n\nloop k, 4000\nqop.apply q1, q0, A[2]/1000000\nqop.combine q0, q0, q1, 1, 1\nend\n"
    'at s0, q0, 4\nqop.inner s1, q0, q0\nemit "a", s0\nemit "b", s1'
)
SMALL = (
    "fill q0, 1/n\nloop k, 3\nqop.apply q0, q0, A[2]/2 + 1/10000000*sum p in primes(3, 40): (A[p] + B[p])"
    " + 1/10000000*(A[7] B[2] + B[11] A[9] + A[4] + A[21] + B[22] + B[5] A[33])\nend\n"
    'at s0, q0, 4\nemit "a", s0'
)
UNITARY = 'fill q0, 1/n\nqop.exp q1, q0, D + V(log), 1/50, unitary\nat s0, q1, 4\nemit "a", s0'
CALLED = (
    ".space N = 90\n.func step(q1) -> (q1)\nloop k, 5\nqop.exp q1, q1, K[2], 1/90\nend\nend\n"
    '.func main\nfill q0, 1/n\nloop k, 3\ncall step(q0) -> (q0)\nend\nat s0, q0, 4\nemit "a", s0\nend\n'
)


def source(body: str, N: int = 900, weight: str = "1", field: str = "real") -> str:
    return SPACE.format(N=N, weight=weight, field=field, body=body)


def module(text: str, pipeline: str) -> tuple[Module, list[Any]]:
    made, _ = build(parse(text))
    ran = run_passes(made, pipeline)
    verify(made)
    return made, ran


def spent(made: Module) -> Fraction:
    """The deltas of a module, each as often as it runs."""
    total = Fraction(0)
    for op, count in executions(made).items():
        if op.name == "within":
            delta: Any = op.attributes["delta"]
            total += delta.rational() * count
    return total


def marks(made: Module) -> list[str]:
    return [str(op.attributes["by"]) for op in made.walk() if op.name == "within"]


def agree(text: str, budget: float) -> None:
    """Every bar of the approximate run holds the value of the exact one, which has a bar itself."""
    exact, near = qvm.compile(text, passes="").run(), qvm.compile(text, approx=budget).run()
    assert exact.outputs.keys() == near.outputs.keys()
    for name, value in near.outputs.items():
        true: Any = exact.outputs[name]
        assert abs(true.value - value.value) <= true.error + value.error  # type: ignore[union-attr]


CASES = {
    "heat": (HEAT, "truncated-exponential"),
    "loop": (LOOP, "truncated-exponential"),
    "steps": (STEPS, "merged-steps"),
    "small": (SMALL, "dropped-terms"),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("weight", ["1", "n^-1"])
def test_an_approximation_within_the_budget_is_in_the_bars(name: str, weight: str) -> None:
    body, lemma = CASES[name]
    text = source(body, {"small": 200_000, "steps": 5000}.get(name, 900), weight)
    made, _ = module(text, with_budget(PRESETS[2], 1e-3))
    assert lemma in marks(made) and 0 < spent(made) <= Fraction(1e-3)
    agree(text, 1e-3)


def test_a_unitary_exponential_keeps_its_bars() -> None:
    text = source(UNITARY.replace("D +", "K[2] + K[3] +"), field="complex")
    made, _ = module(text, "approx{budget=1e-6}")
    assert marks(made)
    agree(text, 1e-6)


def test_the_bar_holds_the_dense_truth() -> None:
    N, t = 60, 1 / 40
    result = qvm.compile(source(HEAT, N, "n^-1"), approx=1e-4).run()
    X = np.diag(np.log(np.arange(1, N + 1)) / 4)
    for m in range(1, N // 2 + 1):
        X[m - 1, 2 * m - 1] += 2**-0.5
        X[2 * m - 1, m - 1] += 2**0.5
    true = expm(-t * X) @ (1 / np.arange(1, N + 1))
    for name, value in (("a", np.sqrt(np.sum(true**2 / np.arange(1, N + 1)))), ("b", true[5])):
        found: Any = result.outputs[name]
        assert found.kind == "bound" and abs(found.value - value) <= found.error
        assert found.error > 1e-9 and "truncated-exponential" in found.method


@given(
    st.sampled_from(["A[2] + B[2]", "K[2] + V(1/n)", "A[2] + A[3]/4 + V(log/9)", "D", "B[3] A[2] - V(n/400)"]),
    st.fractions(Fraction(-1), Fraction(1), max_denominator=50),
    st.sampled_from(["1", "n^-1", "n^(1/2)"]),
    st.integers(1, 4),
    st.sampled_from([1e-2, 1e-3, 1e-5, 1e-9]),
    st.integers(2, 300),
)
@settings(SLOW, max_examples=15)
def test_budgets_are_kept_and_bars_are_true(
    x: str, t: Fraction, weight: str, turns: int, budget: float, N: int
) -> None:
    body = (
        f"fill q0, 1/n\nloop k, {turns}\nqop.exp q0, q0, {x}, {t}\nend\nqop.exp q1, q0, {x}, 1/7\n"
        'at s0, q1, 2\nqop.norm s1, q1\nreduce s2, q1, SUM\nemit "a", s0\nemit "b", s1\nemit "c", s2'
    )
    text = source(body, N, weight).replace(".func", ".diffusion c = 1/p, primes(2, 7)\n.func")
    made, _ = module(text, f"approx{{budget={budget}}},evolve-lower")
    assert spent(made) <= Fraction(budget)
    agree(text, budget)


SPLIT = 'fill q0, 1/n\nqop.exp q1, q0, A[2] + V(8 + log/10^{}), 1\nat s0, q1, 6\nemit "a", s0'


@pytest.mark.parametrize(("digits", "budget", "lemma"), [(9, 1e-3, "trotter"), (6, 1e-4, "strang")])
def test_parts_that_nearly_commute_are_split(digits: int, budget: float, lemma: str) -> None:
    text = source(SPLIT.format(digits), 3000)
    made, _ = module(text, f"approx{{budget={budget}}},evolve-lower")
    assert marks(made) == [lemma]
    agree(text, budget)


def test_the_command_line_takes_a_budget(tmp_path: Path) -> None:
    (tmp_path / "x.qw").write_text(".qwasm 1.0\n" + source(HEAT))
    errors = []
    for more in ([], ["--approx", "1e-3"]):
        code, out, talk = run_command("qvm", "run", "x.qw", "--json", *more, cwd=tmp_path)
        assert code == 0, talk
        errors.append(json.loads(out)["outputs"]["a"]["error"])
    assert 0 < errors[0] < 1e-9 < errors[1] < 1e-2
    _, _, talk = run_command("qwasmc", "x.qw", "--approx=1e-3", "--remarks", cwd=tmp_path)
    assert "off by at most" in talk and "exp(1/40*norm(" in talk and "ledger:" in talk
    for bad in ("0", "-1", "inf", "nan", "much"):
        assert run_command("qvm", "run", "x.qw", "--approx", bad, cwd=tmp_path)[0] == 2


def test_the_ledger_of_a_run_is_in_its_json(tmp_path: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads((Path(__file__).parents[2] / "docs" / "reference" / "run.schema.json").read_text())
    source_text = ".qwasm 1.0\n" + CALLED.replace(
        "end\n.func main", 'end\n.func main\nbasis q3, 1\nat s1, q3, 1\nemit "c", s1'
    )
    (tmp_path / "x.qw").write_text(source_text)
    found = []
    assert run_command("qwasmc", "x.qw", "--approx=1e-6", "-o", "x.qwo", cwd=tmp_path)[0] == 0
    for words in (["x.qw", "--approx", "1e-6"], ["x.qwo"]):
        code, out, talk = run_command("qvm", "run", *words, "--json", cwd=tmp_path)
        assert code == 0, talk
        result = json.loads(out)
        jsonschema.validate(result, schema)
        found.append(result["ledger"])
        [step] = result["ledger"]["rewrites"]
        assert step["by"] == "truncated-exponential" and "norm(" in step["bound"] and step["place"]["file"] == "x.qw"
        assert step["times"] == 15 and 0 < 15 * step["delta"] <= result["ledger"]["spent"] * (1 + 1e-15) <= 1e-6
        moved = {"error": result["outputs"]["a"]["error"], "by": ["truncated-exponential"]}
        assert result["ledger"]["outputs"] == {"a": moved, "c": {"error": 0.0, "by": []}}
    assert [ledger["budget"] for ledger in found] == [1e-6, None]
    code, out, _ = run_command("qvm", "run", "x.qw", "--json", cwd=tmp_path)
    assert code == 0 and "ledger" not in json.loads(out)


def test_a_budget_counts_calls_and_turns() -> None:
    made, ran = module(CALLED, "approx{budget=1e-6}")
    assert [count for op, count in executions(made).items() if op.name == "within"] == [15]
    assert 0 < spent(made) <= Fraction(1e-6)
    assert any("15 times" in rewrite.why for one in ran for rewrite in one.rewrites)


def test_a_budget_too_small_changes_nothing_and_says_why() -> None:
    text = source(HEAT)
    plain, _ = module(text, "")
    made, ran = module(text, "approx{budget=1e-30}")
    assert print_module(made) == print_module(plain)
    said = [remark.message for one in ran for remark in one.remarks if remark.kind == "missed"]
    assert len(said) == 1 and "the share 1e-30 is below every bound" in said[0]
    assert [remark.message for one in ran for remark in one.remarks if remark.kind == "analysis"] == [
        "ledger: 0 of 1e-30 is spent, by 0 of 1 operations"
    ]


@pytest.mark.parametrize("level", PRESETS)
def test_without_a_budget_nothing_is_approximate(level: int) -> None:
    for body in (HEAT, LOOP, STEPS):
        made, ran = module(source(body), PRESETS[level])
        assert not marks(made) and all(load(one.step.partition("{")[0]).kind != "approx" for one in ran)
    made, _ = module(source(HEAT), "approx")
    assert not marks(made)


@pytest.mark.parametrize("space", [{"field": "mod(101)"}, {"field": "real32"}])
def test_where_no_lemma_holds_nothing_happens(space: dict[str, Any]) -> None:
    body = 'fill q0, n\nqop.apply q0, q0, A[2] + 2*B[3]\nat s0, q0, 4\nemit "a", s0'
    made, ran = module(source(body, **space), "approx{budget=1}")
    assert not marks(made) and "no lemma holds" in ran[0].remarks[0].message


def test_free_truncation_has_no_lemmas() -> None:
    text = source(HEAT).replace(", field", ", truncation = free, field")
    made, ran = module(text, "approx{budget=1}")
    assert not marks(made) and "no lemma holds" in ran[0].remarks[0].message


@pytest.mark.parametrize("budget", ["-1", "nan", "1e999"])
def test_a_budget_is_a_number(budget: str) -> None:
    with pytest.raises(QwasmError) as caught:
        module(source(HEAT), f"approx{{budget={budget}}}")
    assert caught.value.diagnostics[0].code == "QW0732"


def test_every_stage_reads_back_what_was_approximated() -> None:
    text = source(LOOP)
    made, _ = module(text, with_budget(PRESETS[2], 1e-3))
    again = parse_module(print_module(made))
    verify(again)
    assert print_module(again) == print_module(made) and marks(again) == marks(made)
    compiled = qvm.compile(text, approx=1e-3)
    assert print_qpu(parse_qpu(print_qpu(compiled.program))) == print_qpu(compiled.program)
    assert any(step.startswith("approx{budget=") for step in compiled.run().provenance["passes"])


def test_validation_says_that_it_does_not_compare_approximations() -> None:
    made, _ = build(parse(source(HEAT)))
    [ran] = run_passes(made, "approx{budget=1e-3}", verify_each=True)
    assert ["not compared" in remark.message for remark in ran.unproved] == [True]


def test_a_user_may_state_a_distance_and_finds_it_in_every_bar() -> None:
    body = (
        'fill q0, n\nwithin q1, q0, q0, 1/1000, by="measured"\nat s0, q1, 3\nwithin q2, q1, q1, 1/1000\nat s1, q2, 3\n'
    )
    result = qvm.compile(source(body + 'emit "a", s0\nemit "b", s1', 10)).run()
    length = np.sqrt(385)
    first, second = result.outputs["a"], result.outputs["b"]
    assert first.error == pytest.approx(length / 1000) and first.method == "measured"  # type: ignore[union-attr]
    assert length / 1000 * (2 + 1e-3) <= second.error <= length / 1000 * 2.01  # type: ignore[union-attr]
