"""A rule is worth what the prover finds out, each time it is loaded."""

from __future__ import annotations

from typing import Any

import pytest

from qwasm.diagnostics import QwasmError
from qwasm.prover import Verdict
from qwasm.rules import RuleSet, proof
from qwasm.rules.proof import standings
from tests.rules.packs import codes, one, pack, row, swap

P, PQ = {"p": "prime"}, {"p": "prime", "q": "prime"}
NE = ["p != q"]
K = {"lhs": "K[p]", "vars": P, "scope": {"weight": "n^-1"}}
UNSOUND: dict[str, dict[str, Any]] = {
    "guard dropped": {"vars": PQ, "lhs": "A[p] B[q]", "rhs": "Q[p] B[q] A[p]"},
    "bound off by one": {"vars": PQ, "where": NE, "lhs": "A[p] B[q]", "rhs": "Q[p + 1] B[q] A[p]"},
    "bound missing": {"vars": PQ, "where": NE, "lhs": "A[p] B[q]", "rhs": "B[q] A[p]"},
    "p and q swapped": {"vars": PQ, "where": NE, "lhs": "A[p] B[q]", "rhs": "Q[q] B[q] A[p]"},
    "weight swapped": {**K, "rhs": "adj(K[p])", "scope": {"weight": "1"}},
    "sign": {"vars": P, "lhs": "comm(A[p], V(log))", "rhs": "-log(p)*A[p]"},
    "coefficient": {"vars": P, "lhs": "comm(A[p], V(log))", "rhs": "2*log(p)*A[p]"},
    "sleeper in the index": {"lhs": "P[9973]", "rhs": "P[9973] (I - P[9973]) + 0*I"},
    "sleeper at a large N": {"lhs": "B[2] Q[100003]", "rhs": "B[2] Q[100019]"},
    "sleeper at one prime": {"vars": P, "lhs": "A[p]", "rhs": "(1 + (p == 9973))*A[p]"},
    "approximate as exact": {
        "vars": P,
        "lhs": "exp(1/100*A[p]) exp(1/100*B[p])",
        "rhs": "exp(1/100*A[p] + 1/100*B[p])",
    },
    "given too weak": {"vars": PQ, "where": NE, "lhs": "A[p] B[q]", "rhs": "B[q] A[p]", "given": ["p divides n"]},
    "only on the infinite space": {"vars": P, "lhs": "A[p] B[p]", "rhs": "I"},
}


@pytest.mark.parametrize("name", UNSOUND)
def test_an_unsound_rule_is_never_applied(name: str) -> None:
    held = pack(row(id="x", **UNSOUND[name]))
    [standing] = standings(held)
    assert standing.verdict == "refuted" and not standing.applies, standing
    found = standing.counterexample
    assert found is not None and 1 <= found.row <= found.N and 1 <= found.col <= found.N and found.lhs != found.rhs
    with pytest.raises(QwasmError) as caught:
        RuleSet.of([held])
    assert codes(caught.value) == ["QW0554"]


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("bound missing", 3),
        ("sleeper at a large N", 100003),
        ("sleeper at one prime", 9973),
        ("sleeper in the index", 9973),
    ],
)
def test_a_false_rule_shows_the_smallest_N(name: str, least: int) -> None:
    [standing] = standings(pack(row(id="x", **UNSOUND[name])))
    assert standing.counterexample is not None and least == standing.counterexample.N


@pytest.mark.parametrize(
    ("fields", "code", "said"),
    [
        ({"lhs": "A[p] + B[q]", "rhs": "B[q] + A[p]", "class_": "bitexact", "use": "explore"}, "QW0555", "order"),
        ({"lhs": "2*A[p] + 3*A[p]", "rhs": "5*A[p]", "class_": "bitexact"}, "QW0555", "sum of 2 terms"),
        ({"lhs": "V(n) V(n)", "rhs": "V(n^2)", "class_": "bitexact"}, "QW0555", "V(n) is more"),
        ({"lhs": "A[p] A[q]", "rhs": "A[q] A[p]"}, "QW0556", "order"),
        ({"lhs": "A[p*q]", "rhs": "A[p] A[q]"}, "QW0556", "above the left"),
        ({"lhs": "X", "rhs": "1/2*X + 1/2*X"}, "QW0556", "copies X"),
        ({"lhs": "X (Y + Z)", "rhs": "X Y + X Z"}, "QW0556", "copies X"),
    ],
)  # fmt: skip
def test_a_true_rule_may_not_claim_more_than_it_keeps(fields: dict[str, Any], code: str, said: str) -> None:
    used = {x: "op" for x in "XYZ" if x in fields["lhs"]} or PQ
    with pytest.raises(QwasmError) as caught:
        one(id="x", vars=used, **fields)
    assert codes(caught.value) == [code] and said in str(caught.value)


@pytest.mark.parametrize("rows", [(("A[p] B[q]", "B[q] A[p]"), ("B[q] A[p]", "A[p] B[q]")), (("X Y", "Y X"),)])
def test_a_loop_of_rules_is_refused_at_its_first_step_up(rows: tuple[tuple[str, str], ...]) -> None:
    kinds = {"X": "op", "Y": "op"} if rows[0][0] == "X Y" else PQ
    held = pack(*(row(id=f"r{i}", vars=kinds, where=[] if "X" in kinds else NE, lhs=a, rhs=b, scope={"N": "inf"})
                  for i, (a, b) in enumerate(rows)))  # fmt: skip
    with pytest.raises(QwasmError):
        RuleSet.of([held])


def test_what_the_prover_leaves_open_is_not_applied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        proof, "prove", lambda claim, budget=None, brief=False: Verdict("unknown", claim.scope, reason="out of budget")
    )
    rules = RuleSet.of([pack(swap())])
    assert [d.code for d in rules.remarks] == ["QW0950"] and "out of budget" in rules.remarks[0].message
    assert rules.compiled == []


def test_an_expression_is_pointed_at_inside_the_file() -> None:
    with pytest.raises(QwasmError) as caught:
        RuleSet.of([pack(swap(rhs="Q[p] B[r] A[p]"))])
    span = caught.value.diagnostics[0].span
    assert span is not None and (span.file, span.line, span.column) == ("x.qwr", 8, 15)


@pytest.mark.parametrize("text", ["__import__('os')", "A[2]; import os", "A[$(id)]", "{{7*7}}"])
def test_code_in_a_field_is_no_expression(text: str) -> None:
    with pytest.raises(QwasmError) as caught:
        one(id="x", lhs=text, rhs="I")
    assert all(code.startswith(("QW01", "QW02", "QW055")) for code in codes(caught.value))


def test_a_rule_with_adjoints_holds_in_every_weight_or_names_one() -> None:
    assert one(id="x", vars={"X": "op", "Y": "op"}, lhs="adj(X Y)", rhs="adj(Y) adj(X)").standings[0].applies
    with pytest.raises(QwasmError) as caught:
        one(id="x", vars=P, lhs="adj(A[p])", rhs="B[p]")
    assert codes(caught.value) == ["QW0554"]
    assert one(id="x", vars=P, lhs="adj(A[p])", rhs="B[p]", scope={"weight": "1"}).standings[0].applies


def test_a_chain_is_proved_link_by_link() -> None:
    steps = {"steps": ["P[p]"], "proof": {"method": "chain/1"}}
    assert one(id="x", vars=P, lhs="B[p] A[p]", rhs="P[p] P[p]", use="explore", **steps).standings[0].applies
    with pytest.raises(QwasmError):
        one(id="x", vars=P, lhs="B[p] A[p]", rhs="Q[p]", use="explore", **steps)


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ({"N": 3, "row": 2, "col": 3, "lhs": "0", "rhs": "1", "values": {"p": 3, "q": 2}}, ""),
        ({"N": 7, "row": 3, "col": 2, "lhs": "0", "rhs": "1", "values": {"p": 3, "q": 2}}, "QW0557"),
        ({"N": 3, "row": 2, "col": 3, "lhs": "1", "rhs": "0", "values": {"p": 3, "q": 2}}, "QW0557"),
        ({"N": 3, "row": 2, "col": 3, "lhs": "0", "rhs": "1", "values": {"p": 4, "q": 2}}, "QW0557"),
        ({"N": 3, "row": 2, "col": 3, "lhs": "0", "rhs": "1", "values": {"p": 2, "q": 2}}, "QW0557"),
        ({"N": 3, "row": 0, "col": 3, "lhs": "0", "rhs": "1", "values": {"p": 3, "q": 2}}, "QW0557"),
        ({"N": 3, "row": 2, "col": 3, "lhs": "0", "rhs": "1"}, "QW0557"),
    ],
)  # fmt: skip
def test_a_kept_counterexample_is_calculated_again(place: dict[str, Any], code: str) -> None:
    text = row("refuted", id="x", vars=PQ, where=NE, lhs="A[p] B[q]", rhs="B[q] A[p]", counterexample=place)
    if not code:
        assert RuleSet.of([pack(text)]).standings[0].verdict == "refuted"
        return
    with pytest.raises(QwasmError) as caught:
        RuleSet.of([pack(text)])
    assert codes(caught.value) == [code]


def test_a_true_rule_is_not_kept_as_refuted() -> None:
    place = {"N": 3, "row": 2, "col": 3, "lhs": "0", "rhs": "1", "values": {"p": 3, "q": 2}}
    text = row("refuted", id="x", vars=PQ, where=NE, lhs="A[p] B[q]", rhs="Q[p] B[q] A[p]", counterexample=place)
    with pytest.raises(QwasmError) as caught:
        RuleSet.of([pack(text)])
    assert codes(caught.value) == ["QW0557"] and "the rule is true" in str(caught.value)


@pytest.mark.parametrize(("expansion", "column"), [("A[p] B[r]", 21), ("A[p", 15)])
def test_a_macro_is_read_and_uses_its_parameters_only(expansion: str, column: int) -> None:
    with pytest.raises(QwasmError) as caught:
        RuleSet.of([pack(row("macro", name="M", parameters=["p"], expansion=expansion))])
    span = caught.value.diagnostics[0].span
    assert span is not None and (span.file, span.line) == ("x.qwr", 6) and span.column >= column
    assert RuleSet.of([pack(row("macro", name="M", parameters=["p"], expansion="A[p] B[p]"))]).macros[0].name == "M"


def test_two_files_do_not_share_an_id() -> None:
    with pytest.raises(QwasmError) as caught:
        RuleSet.of([pack(swap()), pack(swap(), file="y.qwr")])
    assert codes(caught.value) == ["QW0553"]
