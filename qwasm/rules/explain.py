"""Explaining a rule: its statement, how it was proved, where it acts, or where it fails."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qwasm.prover import prove
from qwasm.rules.compiled import compiled
from qwasm.rules.lemmas import LEMMAS
from qwasm.rules.proof import Standing, told


def explained(row: Standing) -> dict[str, str]:
    """The lines of an explanation, by name."""
    rule = row.rule
    sign = "~" if rule.kind == "approx" else "="
    lines = {"rule": rule.id, "states": f"{rule.lhs} {sign} {rule.rhs}"}
    if rule.about:
        lines["about"] = rule.about
    if rule.variables:
        lines["for all"] = ", ".join(f"{name}: {kind}" for name, kind in rule.variables)
    if rule.where:
        lines["where"] = " and ".join(rule.where)
    if rule.given:
        lines["given"] = " and ".join(rule.given)
    lines |= {"holds for": str(rule.scope), "class": rule.kind, "use": rule.use, "verdict": row.verdict}
    if row.verdict == "proved":
        whole = prove(row.claim).certificate if row.claim and row.by_construction else row.certificate
        lines["proof"] = proof(whole)  # at load such a rule is confirmed as it is written, without its normal form
        lines["acts"] = acts(row)
    if row.counterexample is not None:
        lines["fails"] = told(row.counterexample)
    if row.problem or row.reason:
        lines["reason"] = row.problem or row.reason
    if rule.bound:
        lines["bound"] = rule.bound
    if row.verdict == "bounded":
        lemma = LEMMAS[rule.lemma]
        lines |= {"lemma": f"{lemma.name}: {lemma}", "because": lemma.proof, "source": lemma.source}
        lines["acts"] = "in the pass approx, where its bound fits in the budget of --approx EPS and the cost falls"
    lines["origin"] = ", ".join(f"{name} {value}" for name, value in rule.origin)
    return lines


def proof(certificate: Any) -> str:
    """How many cases the proof has, and the normal form of the first."""
    cases = certificate.get("cases", []) if isinstance(certificate, Mapping) else []
    if not cases:
        return "both sides have one normal form"
    first = cases[0]
    terms = first.get("terms", [])
    shown = " + ".join(map(written, terms)) or "0"
    names = ", ".join(f"{name} is {value}" for name, value in first.get("names", {}).items() if name != value)
    more = f"; in the case {names or 'of different primes'} both sides are {shown}" if len(shown) <= 400 else ""
    return f"{len(cases)} case{'s' if len(cases) > 1 else ''} by normal form, checked independently{more}"


def written(x: Any) -> str:
    """A term of a certificate as text."""
    if not isinstance(x, list):
        return str(x)
    return (
        f"{x[0]}({', '.join(map(written, x[1:]))})"
        if x and isinstance(x[0], str)
        else f"[{', '.join(map(written, x))}]"
    )


def acts(row: Standing) -> str:
    """Where a rule fires."""
    if row.by_construction:
        return "nowhere: the algebra has both sides as one value, this is a law and not a rewrite"
    if row.rule.use == "explore":
        return "only where a search tries it and the cost falls"
    rule = compiled(row.rule, row.claim)
    if rule.projection:
        return "on words whose rows or columns the facts about the state make unnecessary"
    if rule.terms:
        return f"on two terms of a sum that fit {row.rule.lhs}"
    where = "on neighbouring factors" if len(rule.factors) > 1 else "on a factor"
    return f"{where} {', '.join(rule.roots).replace('*', 'any operator')} of a product"


__all__ = ["explained", "proof"]
