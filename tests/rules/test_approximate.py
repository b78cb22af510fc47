"""An approximate rule is an instance of a lemma, with a bound that is not below the lemma's."""

from __future__ import annotations

from typing import Any

import pytest

from qwasm.diagnostics import QwasmError
from qwasm.rules import RuleSet
from qwasm.rules.bounds import read
from qwasm.rules.proof import standings
from qwasm.space import Space
from tests.rules.packs import codes, one, pack, row

BIND = {"X": "A[p]", "Y": "B[p]", "t": "t", "r": "1"}
TIMES = "norm(comm(A[p], B[p])) * exp(t*(norm(A[p]) + norm(B[p])))"
TROTTER: dict[str, Any] = {
    "id": "x",
    "vars": {"p": "prime", "t": "real"},
    "lhs": "exp(-t*(A[p] + B[p]))",
    "rhs": "exp(-t*A[p]) exp(-t*B[p])",
    "class": "approx",
    "bound": f"t^2/2 * {TIMES}",
    "proof": {"method": "lemma/1", "lemma": "trotter", "bind": BIND},
}
ANY: dict[str, Any] = {
    "vars": {"X": "op", "Y": "op", "t": "real"},
    "lhs": "exp(-t*(X + Y))",
    "rhs": "exp(-t/2*X) exp(-t*Y) exp(-t/2*X)",
    "bound": "t^3*(norm(comm(Y, comm(Y, X)))/12 + norm(comm(X, comm(X, Y)))/24)*exp(t*(norm(X) + norm(Y)))",
    "proof": {"method": "lemma/1", "lemma": "strang", "bind": {"X": "X", "Y": "Y", "t": "t", "r": "1"}},
}


def proof(**changes: Any) -> dict[str, Any]:
    return {"proof": {**TROTTER["proof"], **changes}}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"lhs": TROTTER["rhs"], "rhs": TROTTER["lhs"]},
        {"bound": f"2 * abs(t)^2 * {TIMES}"},
        {"bound": f"t^2/2 * {TIMES} + norm(A[p])"},
        ANY,
    ],
    ids=["as it is", "sides exchanged", "a larger bound", "something added", "for all operators"],
)
def test_an_instance_of_a_lemma_is_bounded_and_no_exact_rule(changes: dict[str, Any]) -> None:
    [standing] = standings(pack(row(**{**TROTTER, **changes})))
    assert standing.verdict == "bounded" and not standing.applies and not standing.problem
    rules = RuleSet.of([pack(row(**{**TROTTER, **changes}))])
    assert not rules.compiled and [d.code for d in rules.remarks] == ["QW0950"]


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no lemma": ({"proof": {"method": "nf/1"}}, "QW0565"),
    "a lemma nobody has": (proof(lemma="troter"), "QW0565"),
    "a difference": ({"bound": f"t^2*{TIMES} - t^2/2*{TIMES}"}, "QW0563"),
    "a quotient of norms": ({"bound": f"t^2*{TIMES}/norm(A[p])"}, "QW0563"),
    "the absolute value of a sum": ({"bound": f"abs(t + 1)^2*{TIMES}"}, "QW0563"),
    "a name missing": (proof(bind={"X": "A[p]", "Y": "B[p]", "t": "t"}), "QW0564"),
    "a number of steps left open": (proof(bind={**BIND, "r": "t"}), "QW0564"),
    "no steps": (proof(bind={**BIND, "r": "0"}), "QW0564"),
}

UNKNOWN: dict[str, dict[str, Any]] = {
    "a smaller bound": {"bound": f"t^2/3 * {TIMES}"},
    "the exponential left out": {"bound": "t^2/2 * norm(comm(A[p], B[p]))"},
    "a measured number": {"bound": "1/1000"},
    "a bound in norms of others": {"bound": f"t^2 * {TIMES.replace('[p]', '[2]')}"},
    "another lemma": proof(lemma="strang"),
    "more steps than written": proof(bind={**BIND, "r": "2"}),
    "other sides": {"rhs": "exp(-t*A[p]) exp(t*B[p])"},
    "the infinite space": {"scope": {"N": "inf"}},
    "a fact": {"given": ["p divides n"]},
    "a weight left open":
        {"lhs": "exp(-t*(A[p] + adj(A[p])))", "rhs": "exp(-t*A[p]) exp(-t*adj(A[p]))",
         "bound": f"t^2/2*{TIMES.replace('B[p]', 'adj(A[p])')}", **proof(bind={**BIND, "Y": "adj(A[p])"})},
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_an_approximate_rule_that_cannot_be_read_is_refused(name: str) -> None:
    changes, code = REFUSED[name]
    with pytest.raises(QwasmError) as caught:
        one(**{**TROTTER, **changes})
    assert codes(caught.value) == [code]
    assert caught.value.diagnostics[0].span is not None


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_no_lemma_covers_stays_unknown_and_never_applies(name: str) -> None:
    rules = one(**{**TROTTER, **UNKNOWN[name]})
    [standing] = rules.standings
    assert standing.verdict == "unknown" and not standing.applies
    assert not rules.compiled and not rules.bounded(Space(30))
    [remark] = rules.remarks
    assert remark.code == "QW0950" and remark.span is not None and "x is not applied: " in remark.message


def test_an_approximate_rule_that_calls_itself_exact_is_refuted() -> None:
    exact = {k: v for k, v in TROTTER.items() if k not in ("class", "bound", "proof", "vars")}
    numbers = {k: v.replace("t*", "1/100*") for k, v in exact.items() if k != "id"}
    with pytest.raises(QwasmError) as caught:
        one(id="x", vars={"p": "prime"}, **numbers)
    assert codes(caught.value) == ["QW0554"]


def test_the_order_of_a_bound_does_not_matter() -> None:
    kinds = {"X": "op", "Y": "op", "t": "real"}
    left, right = read("t*norm(X)*(norm(Y) + 2)", kinds), read("2*norm(X)*t + norm(Y)*norm(X)*abs(t)", kinds)
    assert left == right and str(left) == str(right)


def test_lemma_and_bindings_are_signed_with_the_rule() -> None:
    other = pack(row(**{**TROTTER, **proof(bind={**BIND, "r": "2"})}))
    assert pack(row(**TROTTER)).digest != other.digest
