"""Standing: what a rule is worth, derived by proof each time it is loaded, never read from the file.

A rule is applied when the prover confirms it, its class claims no more than is true, and its use is
safe.  A refuted rule is an error with the smallest counterexample; what the prover cannot decide within
its budget is not applied, and a remark says so.

>>> from qwasm.rules.pack import Pack, Rule
>>> rule = Rule("words.swap", "A[p] B[q]", "B[q] A[p]", (("p", "prime"), ("q", "prime")), ("p != q",))
>>> [standing] = standings(Pack("x.qwr", (rule,)))
>>> standing.verdict, standing.problem
('refuted', 'words.swap is false: at N = 3 and p = 3, q = 2 the entry (2, 3) is 0 on the left, 1 on the right')
"""

from __future__ import annotations

import re
from itertools import pairwise
from time import perf_counter
from typing import Any, Literal

from qwasm.algebra.value import Operator
from qwasm.diagnostics import Diagnostic, QwasmError, Span, fail
from qwasm.prover import Budget, Claim, Counterexample, Verdict, prove, read_claim
from qwasm.prover.claim import names_and_kinds
from qwasm.record import record, replace
from qwasm.rules import order
from qwasm.rules.approximate import nameless, unbounded
from qwasm.rules.compiled import Compiled, compiled
from qwasm.rules.pack import Pack, Refuted, Rule
from qwasm.rules.places import Path, places
from qwasm.rules.read import span_of
from qwasm.rules.weights import WEIGHTS, paths, walk, weighted
from qwasm.syntax import parse_expression, print_expression, tree

BUDGET = Budget(seconds=2.0)
UNPROVED = "it is never applied, so it was not proved here"
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
GATHERS = frozenset("ABPQS")
FIXED = frozenset({"I", "N", "n", "pi"})


@record
class Standing:
    """A rule and what was found out about it; `problem` is an error of the file, `reason` why it is not applied."""

    rule: Rule
    verdict: Literal["proved", "bounded", "refuted", "unknown", "wrong"]
    problem: str = ""
    code: str = ""
    reason: str = ""
    counterexample: Counterexample | None = None
    certificate: Any = None
    seconds: float = 0.0
    claim: Claim | None = None
    spans: tuple[Diagnostic, ...] = ()  # of an expression that could not be read

    @property
    def applies(self) -> bool:
        """Whether the engine may use it."""
        return self.verdict == "proved" and not self.problem

    @property
    def by_construction(self) -> bool:
        """Whether both sides are one value of the algebra, so that there is nothing left to rewrite."""
        return self.claim is not None and self.claim.lhs is self.claim.rhs and not self.rule.given

    def compiled(self, number: int = 0) -> Compiled:
        """The rule ready to be applied."""
        return compiled(self.rule, self.claim, number)


def standings(pack: Pack, budget: Budget = BUDGET, laws: bool = True) -> list[Standing]:
    """The standing of every rule of a pack, in order, and of its refuted ones after them.

    Without `laws` what can never be applied is not proved: rules whose sides are one value, and refuted rules.
    """
    found = [standing(rule, ("rule", index), pack, budget, laws) for index, rule in enumerate(pack.rules)]
    if not laws:
        return found + [Standing(row.rule, "unknown", reason=UNPROVED) for row in pack.refuted]
    return found + [refutation(row, ("refuted", index), pack, budget) for index, row in enumerate(pack.refuted)]


def standing(rule: Rule, path: Path, pack: Pack, budget: Budget = BUDGET, laws: bool = True) -> Standing:
    """The standing of one rule."""
    start = perf_counter()
    try:
        found = _derived(rule, budget, laws)
    except QwasmError as error:
        found = Standing(rule, "wrong", "the rule cannot be read", spans=moved(error, path, pack))
    return replace(found, seconds=perf_counter() - start)


def _derived(rule: Rule, budget: Budget, laws: bool) -> Standing:
    claim = claim_of(rule)
    if not laws and claim.lhs is claim.rhs and not rule.given:
        return Standing(rule, "unknown", reason=UNPROVED, claim=claim)
    if rule.kind == "approx":
        missing = nameless(rule)
        if missing:
            return Standing(rule, "wrong", f"{rule.id}: {missing}", "QW0565", claim=claim)
        objection = unbounded(rule, claim)
        if objection:
            return Standing(rule, "unknown", reason=objection, claim=claim)
        return Standing(rule, "bounded", reason=f"approximate, up to {rule.bound} by {rule.lemma}", claim=claim)
    verdict = _verdict(rule, claim, budget)
    if verdict.verdict == "refuted":
        found = verdict.counterexample
        return Standing(
            rule, "refuted", f"{rule.id} is false: {told(found)}", "QW0554", counterexample=found, claim=claim
        )
    if verdict.verdict == "unknown":
        return Standing(rule, "unknown", reason=verdict.reason, claim=claim)
    problem, code = "", ""
    if rule.kind == "bitexact" and (why := _not_bitexact(rule, claim, budget)):
        problem, code = f"{rule.id} is not bitexact: {why}", "QW0555"
    elif rule.use == "simplify" and (why := order.objection(claim.trees[0], claim.trees[1], dict(rule.variables))):
        problem, code = f"{rule.id} does not simplify: {why}", "QW0556"
    return Standing(rule, "proved", problem, code, certificate=verdict.certificate, claim=claim)


def told(found: Counterexample | None) -> str:
    """A counterexample in words."""
    if found is None:
        return "the prover refutes it"
    values = ", ".join(f"{name} = {value}" for name, value in found.values.items())
    at = f"at N = {found.N}" + (f" and {values}" if values else "")
    return f"{at} the entry ({found.row}, {found.col}) is {found.lhs} on the left, {found.rhs} on the right"


def claim_of(rule: Rule, lhs: str | None = None, rhs: str | None = None, weight: str | None = None) -> Claim:
    """What a rule claims, or the same for other sides or in another weight.

    Raises QwasmError with a place in one of its texts; QW0200 for a name that `vars` does not declare.
    """
    scope = rule.scope
    left, right = rule.lhs if lhs is None else lhs, rule.rhs if rhs is None else rhs
    used = set(NAME.findall(" ".join((left, right, *rule.where, *rule.given))))
    declared = {name: kind for name, kind in rule.variables if name in used or not NAME.fullmatch(name)}
    claim = read_claim(
        left, right, scope=scope.N, weight=weight or ("1" if scope.weight == "any" else scope.weight),
        variables=declared, where=rule.where, given=rule.given, file="rule",
    )  # fmt: skip
    missing = [name for name in claim.variables if name not in declared and name not in FIXED]
    if missing:
        side = next((x for x in ("lhs", "rhs") if missing[0] in getattr(rule, x)), "lhs")
        column = getattr(rule, side).find(missing[0]) + 1
        raise fail(
            "QW0200", f"vars does not declare {missing[0]!r}", Span(f"rule {side}", 1, column, len(missing[0])),
            f'vars = {{ {missing[0]} = "prime" }}',
        )  # fmt: skip
    return claim


def _verdict(rule: Rule, claim: Claim, budget: Budget) -> Verdict:
    """The verdict on the claim: in every weight where the scope says any, link by link for a chain."""
    links = [rule.lhs, *rule.steps, rule.rhs]
    if rule.method == "chain/1" and rule.steps:
        verdict = prove(claim_of(rule, links[0], links[1]), budget, brief=True)
        for left, right in pairwise(links[1:]):
            if verdict.verdict == "proved":
                verdict = prove(claim_of(rule, left, right), budget, brief=True)
        return verdict if verdict.verdict == "proved" else prove(claim, budget, brief=True)
    if rule.scope.weight != "any" or not any(map(weighted, claim.trees[:2])):
        return prove(claim, budget, brief=True)
    counts = [paths(side) for side in claim.trees[:2]]
    count = None if None in counts else sum(x or 0 for x in counts)
    if count is None or count > WEIGHTS:
        reason = "an adjoint of many terms: name the weight in scope, or prove it weight by weight"
        verdict = prove(claim, budget, brief=True)
        return verdict if verdict.verdict == "refuted" else Verdict("unknown", claim.scope, reason=reason)
    verdict = prove(claim, budget, brief=True)
    for s in range(1, count):
        if verdict.verdict == "proved":
            verdict = prove(claim_of(rule, weight=f"n^-{s}"), budget, brief=True)
    return verdict


def _not_bitexact(rule: Rule, claim: Claim, budget: Budget) -> str:
    """Why a rule may change bits: other arithmetic than moving values, or terms in another order; '' if it may not."""
    left, right = (_terms(side) for side in claim.trees[:2])
    for name, kind in rule.variables:
        if kind in ("real", "complex", "arith"):
            return f"it calculates with the {kind} name {name}"
    for _, term in (*left, *right):
        for x in walk(term):
            moves = isinstance(x, (tree.Product, tree.Name, tree.Number, tree.Power))
            if isinstance(x, tree.Letter) and x.name in GATHERS:
                continue
            if not moves or (isinstance(x, tree.Product) and any(sign in ("/", "mod") for sign, _ in x.factors)):
                return f"{print_expression(x)} is more than moving values"
    if len(left) != len(right) or [sign for sign, _ in left] != [sign for sign, _ in right]:
        return f"it turns a sum of {len(left)} terms into one of {len(right)}"
    if len(left) > 1:
        for (_, x), (_, y) in zip(left, right, strict=True):
            verdict = prove(claim_of(rule, print_expression(x), print_expression(y)), budget)
            if verdict.verdict != "proved":
                return f"the terms stand in another order: {print_expression(x)} against {print_expression(y)}"
    return ""


def _terms(node: tree.Node) -> list[tuple[str, tree.Node]]:
    return list(node.terms) if isinstance(node, tree.Sum) else [("+", node)]


# ---------------------------------------------------------------- refuted rules


def refutation(row: Refuted, path: Path, pack: Pack, budget: Budget = BUDGET) -> Standing:
    """The standing of a rule kept on file as false: its counterexample is calculated again."""
    start = perf_counter()
    rule = row.rule
    try:
        claim = claim_of(rule)
        at_place = Counterexample(row.N, row.row, row.column, row.lhs, row.rhs, dict(row.values))
        if fails_at(claim, row):
            found = Standing(rule, "refuted", counterexample=at_place, claim=claim)
        else:
            verdict = prove(claim, budget)
            said = {"proved": "the rule is true", "unknown": verdict.reason}.get(verdict.verdict) or told(
                verdict.counterexample
            )
            problem = f"the counterexample of {rule.id} does not hold: {said}"
            found = Standing(rule, "wrong", problem, "QW0557", counterexample=verdict.counterexample, claim=claim)
    except QwasmError as error:
        found = Standing(rule, "wrong", "the rule cannot be read", spans=moved(error, path, pack))
    return replace(found, seconds=perf_counter() - start)


def fails_at(claim: Claim, row: Refuted) -> bool:
    """Whether the two sides have the recorded, different entries there, by plain definition."""
    from qwasm.prover.columns import entries

    values: dict[str, Any] = dict((*row.values, ("N", row.N)))
    if any(kind in ("op", "arith") for kind in claim.variables.values()):
        return recorded(claim, row)
    allowed = [test.substitute({k: v for k, v in values.items() if k in test.symbols}) for test in claim.where]
    if claim.scope not in ("all", "inf", row.N) or any(test.integer() in (0, None) for test in allowed):
        return False
    kinds_hold = all(
        claim.variables[name] != "prime" or _prime(value) for name, value in row.values if name in claim.variables
    )
    sides: list[Operator] = [
        x.substitute({k: v for k, v in values.items() if k in x.symbols}) for x in (claim.lhs, claim.rhs)
    ]
    if not kinds_hold or any(x.symbols for x in sides) or not 1 <= row.row <= row.N or not 1 <= row.column <= row.N:
        return False
    try:
        left, right = (str(entries(x, row.N, row.row, row.column, claim.weight)) for x in sides)
    except (ValueError, QwasmError):  # an exponential, whose entries are enclosed and not exact
        return recorded(claim, row)
    return left != right and (left, right) == (row.lhs, row.rhs)


def recorded(claim: Claim, row: Refuted) -> bool:
    """Whether the prover finds the very place that was recorded."""
    found = prove(claim).counterexample
    place = (row.N, row.row, row.column, row.lhs, row.rhs)
    return found is not None and (found.N, found.row, found.col, found.lhs, found.rhs) == place


def _prime(value: int) -> bool:
    from qwasm.arith.sieve import is_prime

    return value >= 2 and is_prime(value)


def macro_faults(pack: Pack) -> list[Diagnostic]:
    """The errors of macros whose expansion cannot be read, or uses names that are no parameters."""
    found: list[Diagnostic] = []
    for index, macro in enumerate(pack.macros):
        path: Path = ("macro", index)
        try:
            node = parse_expression(macro.expansion, "rule expansion")
            unknown = [name for name in names_and_kinds((node,), iter(()), {}) if name not in macro.parameters]
            if unknown:
                place = Span("rule expansion", 1, macro.expansion.find(unknown[0]) + 1, len(unknown[0]))
                raise fail("QW0200", f"{unknown[0]!r} is no parameter of {macro.name}", place, "add it to parameters")
        except QwasmError as error:
            found += moved(error, path, pack)
    return found


# ---------------------------------------------------------------- places


def moved(error: QwasmError, path: Path, pack: Pack) -> tuple[Diagnostic, ...]:
    """The diagnostics of an expression with their places in the file."""
    found = places(pack.text) if pack.text else {}
    return tuple(replace(d, span=_moved(d.span, path, pack, found)) for d in error.diagnostics)


def _moved(span: Span | None, path: Path, pack: Pack, found: Any) -> Span | None:
    key: Path = path
    if span is not None:
        key = (*path, span.file.rpartition(" ")[2] if span.file.startswith("rule ") else "vars")
        texts = [p for p in found if len(p) == len(key) + 1 and p[: len(key)] == key and isinstance(p[-1], int)]
        if len(texts) == 1:
            key = texts[0]
    place = span_of(found, pack.file, key)
    if place is None or span is None or span.line != 1 or key not in found:
        return place
    if any(isinstance(p[-1], int) and p[: len(key)] == key for p in found):
        return place
    return Span(pack.file, place.line, place.column + span.column - 1, span.length)


__all__ = ["BUDGET", "Standing", "claim_of", "macro_faults", "refutation", "standing", "standings", "told"]
