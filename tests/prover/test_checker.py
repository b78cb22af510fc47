"""The independent checker: what it imports, what it accepts, and that it refuses everything else."""

from __future__ import annotations

import ast
import copy
import io
import sys
import tokenize
from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pytest

from qwasm.prover import checker, read_claim
from qwasm.prover.checker import Case, NotCovered, Refused, check
from qwasm.prover.statement import statement
from qwasm.syntax import parse_expression as parse
from tests.prover.agreement import asked
from tests.prover.brute import first_difference
from tests.prover.identities import draw

FILE = Path(checker.__file__)
PRIMES = [2, 3, 5, 7]


def stated(lhs: str, rhs: str, **options: Any) -> Any:
    """The statement of two texts; names in indices are primes."""
    where = [parse(text) for text in options.pop("where", ())]
    return statement(parse(lhs), parse(rhs), where=where, **options)


def certificate(value: Any, primes: list[int], terms: Any = None) -> Any:
    """A certificate with every case, whose terms are the left side itself unless told otherwise."""
    names = sorted(name for name, kind in value["vars"].items() if kind == "prime")
    cases = []
    for chosen in product([*map(str, primes), *names], repeat=len(names)):
        case = dict(zip(names, chosen, strict=True))
        if all(v not in case or (v <= name and case[v] == v) for name, v in case.items()):
            cases.append({"names": case, "terms": terms or [["product", value["lhs"], *value["given"]]]})
    return {
        "format": "qwasm-certificate/2", "method": "nf/1", "statement": value, "primes": primes, "cases": cases,
    }  # fmt: skip


def possible(value: Any, primes: list[int]) -> Any:
    """The certificate without the cases that `where` excludes."""
    whole = certificate(value, primes)
    chosen = [{n: int(v) if v.isdigit() else v for n, v in case["names"].items()} for case in whole["cases"]]
    kept = [
        case for case, names in zip(whole["cases"], chosen, strict=True) if Case(value, names, primes, False).possible
    ]
    return {**whole, "cases": kept}


# ---------------------------------------------------------------- what it is made of


def test_the_checker_imports_the_standard_library_alone() -> None:
    for node in ast.walk(ast.parse(FILE.read_text(encoding="utf-8"))):
        modules = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        modules += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        for module in modules:
            assert module.split(".")[0] in sys.stdlib_module_names, module


def test_the_checker_has_at_most_300_lines_of_code() -> None:
    """Lines that hold a token of code: no comments, docstrings or blank lines."""
    text = FILE.read_text(encoding="utf-8")
    told: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node) is not None:
            told |= set(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    silent = {tokenize.NL, tokenize.NEWLINE, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    tokens = [t for t in tokenize.generate_tokens(io.StringIO(text).readline) if t.type not in silent]
    lines = {line for t in tokens for line in range(t.start[0], t.end[0] + 1)}
    assert len(lines - told) <= 300, len(lines - told)


# ---------------------------------------------------------------- what it accepts

TRUE: list[tuple[str, str, dict[str, Any]]] = [
    ("A[p] B[q]", "Q[p] B[q] A[p]", {"where": ["p != q"]}),
    ("A[p] B[q]", "B[q] A[p]", {"where": ["p != q"], "scope": "inf"}),
    ("A[p] A[q]", "A[p*q]", {}),
    ("K[p, c] + K[p, c]", "2*p^-c*A[p] + 2*p^c*B[p]", {"variables": {"c": "real"}}),
    ("adj(K[p])", "K[p]", {"weight": Fraction(1)}),
    ("adj(2i*A[p])", "-2i*p*B[p]", {"weight": Fraction(1)}),
    ("Q[p] Q[q]", "Q[q]", {"where": ["p < q"]}),
    ("Q[p^2] Q[q^2] Q[p*q]", "Q[p^2] Q[q^2]", {}),
    ("D(c = 1, primes(2, 50)) A[7] - A[7] D(c = 1, primes(2, 50))", "P[7] - I", {"scope": "inf"}),
    ("sum p in primes(2, 50): A[p] + sum p in primes(51, 90): A[p]", "sum p in primes(2, 90): A[p]", {}),
    ("(sum p in primes(2, 90): K[p])^2", "(sum q in primes(2, 90): K[q]) (sum r in primes(2, 90): K[r])", {}),
    ("V(lambda) (sum p in primes(2, 50): A[p]) V(lambda)", "-(sum p in primes(2, 50): A[p])", {}),
    ("A[p] V(log)", "V(log) A[p] + log(p)*A[p]", {}),
    ("V(n mod 6 == 0)", "P[2] P[3]", {}),
    ("V(n <= 5) + V(n > 5)", "I", {}),
    ("Dir(mu) Dir(1)", "I", {}),
    ("Dir(Lambda) Dir(1)", "Dir(log)", {}),
    ("Dir(omega)", "Dir(1) Dir(isprime)", {}),
    ("Dir(lambda) Dir(mu^2)", "I", {}),
    ("Dir(1) A[p]", "A[p] Dir(1)", {}),
    ("exp(-t*V(log))", "V(n^(-t))", {"variables": {"t": "real"}}),
    ("comm(Dir(f), V(log))", "Dir(f*log)", {"variables": {"f": "arith"}}),
    ("coDir(f) coDir(g)", "coDir(conv(f, g))", {"variables": {"f": "arith", "g": "arith"}}),
    ("inv(Dir(f)) Dir(f)", "I", {"variables": {"f": "arith"}}),
    ("S[1] S[2]", "S[3]", {}),
    ("S[1, cyclic] S[-3, cyclic]", "S[-2, cyclic]", {}),
    ("A[2] S[-1] S[-2] B[3] S[1]", "A[2] S[-3] B[3] S[1]", {}),
    ("exp(t*X) exp(X)", "exp((t + 1)*X)", {"variables": {"X": "op"}}),
    ("comm(X, Y Z)", "comm(X, Y) Z + Y comm(X, Z)", {"variables": {"X": "op", "Y": "op", "Z": "op"}}),
]  # fmt: skip


@pytest.mark.parametrize(("lhs", "rhs", "options"), TRUE, ids=lambda x: x if isinstance(x, str) else "")
def test_a_true_identity_is_accepted_with_its_left_side_as_value(lhs: str, rhs: str, options: dict[str, Any]) -> None:
    value = stated(lhs, rhs, **options)
    check(value, possible(value, PRIMES if value["vars"] else [2, 3, 5, 7, 11]))


FALSE: list[tuple[str, str, dict[str, Any]]] = [
    ("A[p] B[q]", "Q[p] B[q] A[p]", {}),
    ("A[p] B[q]", "B[q] A[p]", {"where": ["p != q"]}),
    ("B[p] A[p]", "I", {}),
    ("A[p] B[p]", "I", {}),
    ("adj(K[p])", "K[p]", {}),
    ("adj(2i*A[p])", "2i*p*B[p]", {"weight": Fraction(1)}),
    ("Q[p] Q[q]", "Q[p]", {"where": ["p < q"]}),
    ("S[1] S[-1]", "I", {}),
    ("S[1] S[2]", "S[4]", {}),
    ("S[1] A[2] S[1]", "S[2] A[2]", {}),
    ("S[1, cyclic] S[1]", "S[2]", {}),
    ("S[k] S[1]", "S[k + 1]", {"variables": {"k": "qint"}}),
    ("exp(S[3]) S[1]", "S[4]", {}),
    ("S[1] exp(S[1])", "exp(S[2])", {}),
    ("Q[p^2] Q[q^2]", "Q[p*q]", {}),
    ("sum p in primes(2, 50): A[p]", "sum p in primes(2, 53): A[p]", {}),
    ("(sum p in primes(2, 50): A[p]) V(log)", "V(log) (sum p in primes(2, 50): A[p])", {}),
    ("V((n + 1) mod 2 == 0)", "P[2]", {}),
    ("V((k*n) mod 2 == 0)", "P[2]", {"variables": {"k": "qint"}}),
    ("i*i*A[p]", "-A[p]", {"variables": {"i": "real"}}),
    ("A[p*q^-1]", "A[p]", {"where": ["p != q"]}),
    ("V(1/log)*1 V(log)", "I", {}),
    ("V(2*(not 2))", "V(0 - 2)", {}),
    ("V(gcd(n, 6) == 1)", "I - P[6]", {}),
    ("V(val(2, n) >= 2)", "P[2]", {}),
    ("V(val(3, n) == 1)", "P[3]", {}),
    ("A[p] V(mu)", "-V(mu) A[p]", {}),
    ("V(mu)^2", "I", {}),
    ("V(mu)^2 P[3]", "B[3] V(mu)^2 A[3]", {}),
    ("A[p] V(omega)", "V(omega + 1) A[p]", {}),
    ("Dir(lambda) Dir(mu)", "I", {}),
    ("Dir(conv(f, g)*tau)", "Dir(f*tau) Dir(g*tau)", {"variables": {"f": "arith", "g": "arith"}}),
    ("inv(I - 1/2*B[2]) (I - 1/3*B[2])", "I", {}),
    ("exp(2*I + A[2])", "2*exp(A[2])", {}),
    ("Dir(mu) Dir(mu)", "I", {}),
    ("Dir(2*conv(f, g))", "4*Dir(f) Dir(g)", {"variables": {"f": "arith", "g": "arith"}}),
    ("Dir(-conv(1, 1))", "Dir(1) Dir(1)", {}),
    ("V(mu(n))^3", "V(mu(n))", {"variables": {"mu": "arith"}}),
    ("Dir(mu) Dir(1)", "I", {"variables": {"mu": "arith"}}),
    ("A[1/2]", "I", {}),
    ("Dir(n == k)", "A[k]", {"variables": {"k": "qint"}}),
    ("exp(X) exp(Y)", "exp(X + Y)", {"variables": {"X": "op", "Y": "op"}}),
    ("X Y", "Y X", {"variables": {"X": "op", "Y": "op"}}),
    ("coDir(1) A[2]", "A[2] coDir(1)", {}),
]  # fmt: skip


@pytest.mark.parametrize(("lhs", "rhs", "options"), FALSE, ids=lambda x: x if isinstance(x, str) else "")
def test_a_false_identity_is_refused_whatever_the_certificate_says(lhs: str, rhs: str, options: dict[str, Any]) -> None:
    value = stated(lhs, rhs, **options)
    for terms in (value["lhs"], value["rhs"]):
        with pytest.raises(Refused):
            check(
                value,
                {
                    **possible(value, PRIMES),
                    "cases": [{**c, "terms": [terms]} for c in possible(value, PRIMES)["cases"]],
                },
            )


BEYOND: list[tuple[str, str, dict[str, Any]]] = [
    ("V(mu)^3", "V(mu)", {}),
    ("V((-1)^n) P[2]", "P[2]", {}),
    ("V(gcd(n, 6) == 1)", "(I - P[2]) (I - P[3])", {}),
    ("V(val(2, n) >= 2)", "P[4]", {}),
    ("V(val(3, n) == 1)", "P[3] - P[9]", {}),
    ("V(val(3, n) < 2)", "I - P[9]", {}),
    ("A[p] V(mu)", "-V(mu*(n mod p != 0)) A[p]", {}),
    ("V(mu) P[2]", "B[2] V(-mu*(n mod 2 != 0)) A[2]", {}),
    ("V(mu)^2 P[3]", "B[3] V(mu)^2 V(gcd(n, 3) == 1) A[3]", {}),
    ("A[p] V(omega)", "V(omega + 1) A[p] - P[p] A[p]", {}),
    ("A[p] V(Omega)", "V(Omega + 1) A[p]", {}),
    ("A[p] V(isprime)", "V(n == 1) A[p]", {}),
    ("sum p in primes(2, 20): A[p] V(mu)", "-(sum p in primes(2, 20): V(mu*(n mod p != 0)) A[p])", {}),
    ("Dir(f) A[p]", "Dir(conv(f, n == p))", {"variables": {"f": "arith"}}),
    ("Dir(conv(f, g)*n)", "Dir(f*n) Dir(g*n)", {"variables": {"f": "arith", "g": "arith"}}),
    ("Dir(conv(f, g)*log)", "Dir(f*log) Dir(g) + Dir(f) Dir(g*log)", {"variables": {"f": "arith", "g": "arith"}}),
    ("inv(I - 1/2*B[2]) (I - 1/2*B[2])", "I", {}),
    ("exp(2*I + A[2])", "exp(2)*exp(A[2])", {}),
]  # fmt: skip


@pytest.mark.parametrize(("lhs", "rhs", "options"), BEYOND, ids=lambda x: x if isinstance(x, str) else "")
def test_a_true_identity_beyond_its_laws_is_not_confirmed(lhs: str, rhs: str, options: dict[str, Any]) -> None:
    value = stated(lhs, rhs, **options)
    with pytest.raises(Refused):
        check(value, possible(value, PRIMES))


def test_what_the_checker_cannot_follow_is_not_accepted() -> None:
    value = {**stated("A[2]", "A[2]"), "lhs": ["strange", 1], "rhs": ["strange", 1]}
    with pytest.raises(NotCovered):
        check(value, certificate(value, [2]))


# ---------------------------------------------------------------- tampering


def mutants(value: Any) -> Iterator[Any]:
    """Every JSON value that differs from this one in a single place."""
    if isinstance(value, dict):
        for key in value:
            yield {k: v for k, v in value.items() if k != key}
            for changed in mutants(value[key]):
                yield {**value, key: changed}
        yield {**value, "more": 1}
    elif isinstance(value, list):
        for i, part in enumerate(value):
            yield [*value[:i], *value[i + 1 :]]
            yield [*value[: i + 1], *copy.deepcopy(value[i:])]
            for changed in mutants(part):
                yield [*value[:i], changed, *value[i + 1 :]]
    elif isinstance(value, int):
        yield from (value + 1, -value if value else 7, str(value) + "1", None, float(value) + 0.5, [value])
    elif isinstance(value, str):
        yield from (value + "x", "", "q" if value == "p" else "p", 2, None)


PROOFS: list[tuple[Any, Any]] = []


def proofs() -> list[tuple[Any, Any]]:
    """Proofs whose every number and letter matters."""
    swap = stated("A[p] B[q]", "Q[p] B[q] A[p]", where=["p != q"])
    word = {"names": {"p": "p", "q": "q"}, "terms": [["word", "q", [["*", "p", "q"]], "p", 1]]}
    family = stated("sum r in primes(3, 11): r*B[r]", "sum r in primes(3, 7): r*B[r] + 11*B[11]", weight=Fraction(1, 2))
    member = ["scale", ["!=", "a", 11], ["word", "a", [], 1, "a"]]
    eleven = {"names": {}, "terms": [["over", "sum", "a", "primes", 3, 11, member], ["word", 11, [], 1, 11]]}
    log = stated("A[2] V(log)", "V(log) A[2] + log(2)*A[2]", scope=9)
    logs = {"names": {}, "terms": [["word", 1, [], 2, ["+", ["log", "n"], ["log", 2]]]]}
    shape = {"format": "qwasm-certificate/2", "method": "nf/1"}
    return [
        (swap, {**shape, "statement": swap, "primes": [], "cases": [word]}),
        (family, {**shape, "statement": family, "primes": [11], "cases": [eleven]}),
        (log, {**shape, "statement": log, "primes": [2], "cases": [logs]}),
    ]


@pytest.mark.parametrize("number", range(3))
def test_a_certificate_changed_in_any_place_is_refused(number: int) -> None:
    value, proof = proofs()[number]
    check(value, proof)
    accepted = []
    for changed in mutants(proof):
        try:
            check(value, changed)
        except Refused:
            continue
        accepted.append(changed)
    assert [x for x in accepted if not harmless(x, proof)] == []


def harmless(changed: Any, proof: Any) -> bool:
    """Whether only the end of a range moved, without a prime entering or leaving it."""
    ends = {(3, 12): (3, 11)}
    text = repr(changed["cases"]) if "cases" in changed else ""
    return any(
        text.replace(f"'primes', {new[0]}, {new[1]},", f"'primes', {old[0]}, {old[1]},") == repr(proof["cases"])
        for new, old in ends.items()
    )


@pytest.mark.parametrize("number", range(3))
def test_a_certificate_serves_no_changed_statement(number: int) -> None:
    value, proof = proofs()[number]
    for changed in mutants(value):
        with pytest.raises(Refused):
            check(changed, proof)


def test_a_missing_case_is_refused() -> None:
    value = stated("A[p] A[q]", "A[p*q]")
    proof = certificate(value, [2])
    check(value, proof)
    for i in range(len(proof["cases"])):
        with pytest.raises(Refused):
            check(value, {**proof, "cases": proof["cases"][:i] + proof["cases"][i + 1 :]})


@pytest.mark.parametrize("scope", ["all", "inf", 4])
def test_an_identity_true_at_one_n_is_refused_elsewhere(scope: Any) -> None:
    value = {**stated("Q[2]", "Q[3]"), "scope": scope}
    proof = {**certificate(value, []), "method": "finite/1"}
    with pytest.raises(Refused):
        check(value, proof)
    value = {**value, "scope": 3}
    check(value, {**proof, "statement": value})


# ---------------------------------------------------------------- against brute force, without the finder


@pytest.mark.parametrize("seed", range(120))
def test_the_checker_alone_agrees_with_brute_force(seed: int) -> None:
    claim = draw(Random(f"checker {seed}"))
    arguments = asked(claim)
    value = read_claim(arguments.pop("lhs"), arguments.pop("rhs"), **arguments).statement
    proof = possible(value, PRIMES)
    try:
        check(value, proof)
    except NotCovered:
        return
    except Refused:
        assert isinstance(claim.scope, int) or claim.lhs != claim.rhs
        return
    assert first_difference(claim, 12) is None
