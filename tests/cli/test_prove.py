"""qvm prove: verdicts in words and JSON, JSON lines, exit codes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.command import run_command


def test_a_true_identity_exits_0_and_says_so() -> None:
    code, out, _ = run_command("qvm", "prove", "A[p] B[q] = Q[p] B[q] A[p]", "--where", "p != q")
    assert code == 0
    assert out.startswith("proved for every N")


def test_a_false_identity_exits_1_with_the_smallest_counterexample() -> None:
    code, out, _ = run_command("qvm", "prove", "A[2] B[3] = B[3] A[2]")
    assert code == 1
    assert "N = 3: row 3, column 2" in out


def test_an_undecided_identity_exits_4_with_the_reason() -> None:
    code, out, _ = run_command("qvm", "prove", "A[p + 1] A[p] = A[p^2 + p]")
    assert code == 4
    assert out.startswith("unknown for every N\n  the index")


def test_json_is_one_object_with_the_certificate() -> None:
    code, out, _ = run_command("qvm", "prove", "B[p] A[p] = P[p]", "--json")
    answer = json.loads(out)
    assert code == 0
    assert answer["verdict"] == "proved"
    assert answer["certificate"]["method"] == "nf/1"
    assert answer["counterexample"] is None


def lines(*values: Any) -> bytes:
    return "".join(v if isinstance(v, str) else json.dumps(v) + "\n" for v in values).encode()


def test_json_lines_are_answered_one_by_one_and_a_bad_line_stops_nothing() -> None:
    given = lines(
        {"lhs": "A[p]", "rhs": "A[q]"},
        {"lhs": "A[p", "rhs": "I"},
        "not json\n",
        {"lhs": "A[p]", "rhs": "A[p]", "colour": "red"},
        '{"lhs": "A[2]", "rhs": "A[2]", "lhs": "B[2]"}\n',
        '{"lhs": "A[2]", "rhs": "A[2]", "N": NaN}\n',
        {"lhs": "A[2]", "rhs": "A[2]", "N": 2.5},
        "\n",
        {"lhs": "A[p] B[p]", "rhs": "I", "N": "inf"},
        {"lhs": "K[p]", "rhs": "adj(K[p])", "weight": "n^-1"},
        {"lhs": "A[k] A[k]", "rhs": "A[k^2]", "vars": {"k": "qint"}, "where": [], "given": []},
        {"lhs": "Q[2]", "rhs": "Q[3]", "N": 3},
    )
    code, out, _ = run_command("qvm", "prove", "-", "--json", stdin=given)
    answers = [json.loads(line) for line in out.splitlines()]
    assert code == 3
    assert [a.get("verdict", "error") for a in answers] == ["refuted", *["error"] * 6, *["proved"] * 4]
    assert set(answers[0]["counterexample"]) == {"N", "row", "col", "lhs", "rhs", "values"}


def test_good_lines_alone_exit_0() -> None:
    code, _, _ = run_command("qvm", "prove", "-", "--json", stdin=lines({"lhs": "A[2]", "rhs": "B[2]"}))
    assert code == 0


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["A[2]"], "QW0710"),
        (["A[2] = B[2] = I"], "QW0710"),
        (["-"], "QW0710"),
        (["A[2] = I", "--vars", "p prime"], "QW0710"),
        (["A[2] = I", "--N", "some"], "QW0360"),
        (["A[2] = I", "--N", "-3"], "QW0360"),
        (["A[p] = I", "--given", "p divides"], "QW0361"),
    ],
)
def test_bad_usage_has_its_code_and_no_traceback(words: list[str], code: str) -> None:
    exit_code, _, talk = run_command("qvm", "prove", *words)
    assert f"[{code}]" in talk
    assert exit_code in (2, 3)
    assert "Traceback" not in talk


def test_the_place_of_a_mistake_is_shown_in_its_side() -> None:
    _, _, talk = run_command("qvm", "prove", "A[p] = B[p] C[p]")
    assert "rhs:1:7: error[QW0200]" in talk
