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

from collections.abc import Iterator
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any, Literal

from qwasm.algebra.value import Operator
from qwasm.diagnostics import Diagnostic, QwasmError, Span, fail
from qwasm.prover import Budget, Claim, Counterexample, Verdict, prove, read_claim
from qwasm.rules import order
from qwasm.rules.compiled import Compiled, compiled
from qwasm.rules.pack import Pack, Refuted, Rule
from qwasm.rules.places import Path, places
from qwasm.rules.read import span_of
from qwasm.syntax import parse_expression, print_expression, tree

BUDGET = Budget(seconds=2.0)
WEIGHTS = 10  # weights at which an identity with adjoints is proved to hold in every weight
GATHERS = frozenset("ABPQS")
FIXED = frozenset({"I", "N", "n", "pi"})


@dataclass(frozen=True, slots=True)
class Standing:
    """A rule and what was found out about it; `problem` is an error of the file, `reason` why it is not applied."""

    rule: Rule
    verdict: Literal["proved", "refuted", "unknown", "wrong"]
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


def standings(pack: Pack, budget: Budget = BUDGET) -> list[Standing]:
    """The standing of every rule of a pack, in order, and of its refuted ones after them."""
    found = [standing(rule, ("rule", index), pack, budget) for index, rule in enumerate(pack.rules)]
    return found + [refutation(row, ("refuted", index), pack, budget) for index, row in enumerate(pack.refuted)]


def standing(rule: Rule, path: Path, pack: Pack, budget: Budget = BUDGET) -> Standing:
    """The standing of one rule."""
    start = perf_counter()
    try:
        found = _derived(rule, budget)
    except QwasmError as error:
        found = Standing(rule, "wrong", "the rule cannot be read", spans=moved(error, path, pack))
    return replace(found, seconds=perf_counter() - start)


def _derived(rule: Rule, budget: Budget) -> Standing:
    claim = claim_of(rule)
    if rule.kind == "approx":
        return Standing(rule, "unknown", reason="approximate: used only under a budget for errors", claim=claim)
    verdict = _verdict(rule, claim, budget)
    if verdict.verdict == "refuted":
        found = verdict.counterexample
        return Standing(rule, "refuted", f"{rule.id} is false: {told(found)}", "QW0554", counterexample=found, claim=claim)
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
    claim = read_claim(
        rule.lhs if lhs is None else lhs, rule.rhs if rhs is None else rhs, scope=scope.N,
        weight=weight or ("1" if scope.weight == "any" else scope.weight),
        variables=dict(rule.variables), where=rule.where, given=rule.given, file="rule",
    )  # fmt: skip
    declared = dict(rule.variables)
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
        verdict = prove(claim_of(rule, links[0], links[1]), budget)
        for left, right in zip(links[1:], links[2:], strict=False):
            if verdict.verdict == "proved":
                verdict = prove(claim_of(rule, left, right), budget)
        return verdict if verdict.verdict == "proved" else prove(claim, budget)
    if rule.scope.weight != "any" or not any(map(weighted, claim.trees[:2])):
        return prove(claim, budget)
    paths = [_paths(side) for side in claim.trees[:2]]
    count = None if None in paths else sum(x or 0 for x in paths)
    if count is None or count > WEIGHTS:
        reason = "an adjoint of many terms: name the weight in scope, or prove it weight by weight"
        verdict = prove(claim, budget)
        return verdict if verdict.verdict == "refuted" else Verdict("unknown", claim.scope, reason=reason)
    verdict = prove(claim, budget)
    for s in range(1, count):
        if verdict.verdict == "proved":
            verdict = prove(claim_of(rule, weight=f"n^-{s}"), budget)
    return verdict


def weighted(node: tree.Node) -> bool:
    """Whether the value of an expression may depend on the weight."""
    return any(isinstance(x, tree.Call) and x.name in ("adj", "out") for x in _walk(node))


def _walk(node: tree.Node) -> Iterator[tree.Node]:
    stack = [node]
    while stack:
        x = stack.pop()
        yield x
        stack.extend(tree.children(x))


def _paths(node: tree.Node) -> int | None:
    """A bound on how many terms c r^s an entry is a sum of, r > 0 free of the weight n^-s; None where there is none.

    A sum of k such terms that vanishes at k different s vanishes for all s (Polya and Szego, Problems and
    Theorems in Analysis II, part V, 75), so k weights prove every weight.
    """
    match node:
        case tree.Sum(terms=terms):
            found = [_paths(x) for _, x in terms]
            return None if None in found else sum(x or 0 for x in found)
        case tree.Product(factors=factors):
            total = 1
            for _, x in factors:
                count = _paths(x)
                if count is None:
                    return None
                total *= count
            return total
        case tree.Unary(operand=x) | tree.Call(name="adj", args=(x,)):
            return _paths(x)
        case tree.Letter(name="K"):
            return 2
        case tree.Letter(name="A" | "B" | "P" | "Q" | "S") | tree.Name() | tree.Number():
            return None if isinstance(node, tree.Name) and node.id in ("D", "M") else 1
        case tree.Call(name="V" | "out"):
            return 1
        case tree.Power(base=base, exponent=tree.Number(value=k)) if k.denominator == 1 and 0 <= k <= WEIGHTS:
            count = _paths(base)
            return None if count is None else count ** int(k)
        case tree.Power() if not any(isinstance(x, (tree.Letter, tree.Call, tree.Family)) for x in _walk(node)):
            return 1
    return None


def _not_bitexact(rule: Rule, claim: Claim, budget: Budget) -> str:
    """Why a rule may change bits: other arithmetic than moving values, or terms in another order; '' if it may not."""
    left, right = (_terms(side) for side in claim.trees[:2])
    for name, kind in rule.variables:
        if kind in ("real", "complex", "arith"):
            return f"it calculates with the {kind} name {name}"
    for _, term in (*left, *right):
        for x in _walk(term):
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

    values: dict[str, Any] = {name: value for name, value in (*row.values, ("N", row.N))}
    if any(kind in ("op", "arith") for kind in claim.variables.values()):
        found = prove(claim).counterexample
        return found is not None and (found.N, found.row, found.col, found.lhs, found.rhs) == (
            row.N, row.row, row.column, row.lhs, row.rhs)  # fmt: skip
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
    except (ValueError, QwasmError):
        return False
    return left != right and (left, right) == (row.lhs, row.rhs)


def _prime(value: int) -> bool:
    from qwasm.arith.sieve import is_prime

    return value >= 2 and is_prime(value)


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


def parsed(text: str) -> tree.Node:
    """An expression of a pack as a tree."""
    return parse_expression(text)


__all__ = ["BUDGET", "Standing", "claim_of", "refutation", "standing", "standings", "told"]
