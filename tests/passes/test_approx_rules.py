"""Approximate rules of rule files: they fire in the pass approx, within a budget, and never else."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from qwasm_passes.executions import executions

import qvm
from qwasm.ir.build import build
from qwasm.ir.module import Module
from qwasm.passes.manager import PRESETS, Ran, run_passes
from qwasm.rules import RuleSet
from qwasm.syntax import parse
from tests.command import run_command
from tests.rules.packs import HEAD, pack, row

RULES: dict[str, dict[str, Any]] = {
    "series": {
        "vars": {"X": "op", "t": "real"},
        "lhs": "exp(-t*X)",
        "rhs": "I - t*X",
        "bound": "t^2*norm(X)^2/2 * exp(t*norm(X))",
        "proof": {"lemma": "truncated-exponential", "bind": {"X": "X", "t": "t", "K": "1"}},
    },
    "halves": {
        "vars": {"X": "op", "Y": "op", "t": "real"},
        "lhs": "exp(-t*(X + Y))",
        "rhs": "exp(-t*X) exp(-t*Y)",
        "bound": "t^2 * norm(comm(X, Y)) * exp(t*(norm(X) + norm(Y)))",
        "proof": {"lemma": "trotter", "bind": {"X": "X", "Y": "Y", "t": "t", "r": "1"}},
    },
    "step": {
        "vars": {"p": "prime", "x": "real"},
        "lhs": "exp(x*A[p])",
        "rhs": "I + x*A[p]",
        "bound": "norm(x*A[p])^2/2 * exp(norm(x*A[p]))",
        "proof": {"lemma": "merged-steps", "bind": {"X": "x*A[p]", "k": "1"}},
    },
}
WHERE = {
    "series": "qop.exp q1, q0, K[2] + V(1/n), -1/100000",
    "halves": "qop.exp q1, q0, A[2] + V(8 + log/10^9), 1",
    "step": "qop.apply q1, q0, exp(-1/100000*A[3])",
}


def text(name: str, **changes: Any) -> str:
    fields = {**RULES[name], "proof": {"method": "lemma/1", **RULES[name]["proof"]}, **changes}
    return row(**{"id": f"my.{name}", "class": "approx", **fields})


def rules(name: str, **changes: Any) -> RuleSet:
    return RuleSet.of([pack(text(name, **changes))])


def source(lines: str, N: int = 2000) -> str:
    head = f".space N = {N}\n.func main\nfill q0, 1/n\n"
    return f'{head}{lines}\nat s0, q1, 6\nreduce s1, q1, SUM\nemit "a", s0\nemit "b", s1\nend\n'


def module(program: str, pipeline: str, known: RuleSet | None) -> tuple[Module, list[Ran]]:
    made, _ = build(parse(program))
    return made, run_passes(made, pipeline, rules=known)


def marks(made: Module) -> dict[str, Fraction]:
    """What each mark is by, with its delta as often as it runs."""
    found: dict[str, Fraction] = {}
    for op, count in executions(made).items():
        if op.name == "within":
            delta: Any = op.attributes["delta"]
            found[str(op.attributes["by"])] = delta.rational() * count
    return found


@pytest.mark.parametrize("name", RULES)
def test_a_rule_fires_within_the_budget_and_the_bars_hold_the_truth(name: str, tmp_path: Path) -> None:
    made, _ = module(source(WHERE[name]), "approx{budget=1e-3}", rules(name))
    assert marks(made).keys() == {f"my.{name}"} and 0 < marks(made)[f"my.{name}"] <= Fraction(1e-3)
    (tmp_path / "my.qwr").write_text(HEAD + text(name))
    exact = qvm.compile(source(WHERE[name]), passes="").run()
    near = qvm.compile(source(WHERE[name]), approx=1e-3, rules=[tmp_path / "my.qwr"]).run()
    for output in "ab":
        true, found = exact[output], near[output]
        assert abs(true.value - found.value) <= true.error + found.error
        assert found.kind == "bound" and f"my.{name}" in found.method


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("pipeline", [*PRESETS.values(), "approx"])
def test_without_a_budget_no_approximate_rule_fires(name: str, pipeline: str) -> None:
    made, ran = module(source(WHERE[name]), pipeline, rules(name))
    assert not marks(made) and not any("my." in rewrite.rule for one in ran for rewrite in one.rewrites)


def test_the_value_of_the_bound_has_to_fit_in_the_budget() -> None:
    made, _ = module(source(WHERE["step"]), "approx{budget=1}", rules("step"))
    [size] = marks(made).values()
    x = 1e-5  # A[3] has the norm 1 in this weight
    assert x**2 / 2 * 2.718**x <= size <= x**2 / 2 * 1.02
    made, _ = module(source(WHERE["step"]), f"approx{{budget={float(size * Fraction(1001, 1000))}}}", rules("step"))
    assert list(marks(made).values()) == [size]
    made, ran = module(source(WHERE["step"]), f"approx{{budget={float(size * Fraction(999, 1000))}}}", rules("step"))
    assert not marks(made)
    assert any("of my.step" in remark.message for one in ran for remark in one.remarks if remark.kind == "missed")


def test_what_is_left_is_for_rules_in_the_order_of_the_program() -> None:
    lines = "\n".join(f"qop.apply q1, q{0 if k == 0 else 1}, exp(-1/100000*A[{p}])" for k, p in enumerate((2, 3, 5)))
    one = marks(module(source(WHERE["step"]), "approx{budget=1}", rules("step"))[0])["my.step"]
    made, ran = module(source(lines), f"approx{{budget={float(one * Fraction(5, 2))}}}", rules("step"))
    assert [op.name for op in made.walk()].count("within") == 2
    assert any("by 2 of 3 operations" in remark.message for step in ran for remark in step.remarks)


def test_a_rule_in_a_loop_is_paid_for_in_each_turn() -> None:
    lines = f"qop.apply q1, q0, A[2]\nloop k, 7\n{WHERE['step'].replace('q0', 'q1')}\nend"
    one = marks(module(source(WHERE["step"]), "approx{budget=1}", rules("step"))[0])["my.step"]
    assert marks(module(source(lines), "approx{budget=1}", rules("step"))[0]) == {"my.step": 7 * one}
    assert not marks(module(source(lines), f"approx{{budget={float(6 * one)}}}", rules("step"))[0])


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("series", {"bound": "t^2*norm(X)^2/3 * exp(t*norm(X))"}),
        ("step", {"rhs": "I + 2*x*A[p]"}),
        ("step", {"scope": {"field": "complex"}}),
        ("step", {"where": ["p == 2"]}),
        ("step", {"scope": {"N": {"eq": 7}}}),
    ],
)
def test_a_rule_fires_neither_unproved_nor_where_it_does_not_hold(name: str, changes: dict[str, Any]) -> None:
    made, _ = module(source(WHERE[name]), "approx{budget=1}", rules(name, **changes))
    assert f"my.{name}" not in marks(made)


def test_the_command_line_says_what_an_approximate_rule_waits_for(tmp_path: Path) -> None:
    (tmp_path / "my.qwr").write_text(HEAD + text("step"))
    (tmp_path / "x.qw").write_text(".qwasm 1.0\n" + source(WHERE["step"]))
    words = ("qvm", "run", "x.qw", "--json", "--rules", "my.qwr")
    code, out, talk = run_command(*words, cwd=tmp_path)
    assert code == 0 and "my.step is applied under a budget alone, --approx EPS" in talk
    assert json.loads(out)["outputs"]["a"]["error"] < 1e-12
    code, out, _ = run_command(*words, "--approx", "1e-8", cwd=tmp_path)
    found = json.loads(out)["outputs"]["a"]
    assert code == 0 and 1e-11 < found["error"] < 1e-9 and "my.step" in found["method"]
    ledger = json.loads(out)["ledger"]
    assert [step["by"] for step in ledger["rewrites"]] == ["my.step"] and ledger["outputs"]["a"]["by"] == ["my.step"]
