"""Approximate rules: what a rule of class `approx` needs, a lemma of which it is an instance.

Its sides are those of the lemma for the values in `bind`, and its bound is nowhere below the lemma's.  What is no such
instance may be true or not: it stays unknown and is never applied.

>>> from qwasm.prover import read_claim
>>> from qwasm.rules.pack import Rule
>>> variables = (("p", "prime"), ("t", "real"))
>>> bind = (("X", "A[p]"), ("Y", "B[p]"), ("r", "1"), ("t", "t"))
>>> rule = Rule("x", "exp(-t*(A[p] + B[p]))", "exp(-t*A[p]) exp(-t*B[p])", variables, kind="approx", lemma="trotter",
...             method="lemma/1", bind=bind, bound="t^2 * norm(comm(A[p], B[p])) * exp(t*(norm(A[p]) + norm(B[p])))")
>>> unbounded(rule, read_claim(rule.lhs, rule.rhs, variables=dict(variables)))
''
"""

from __future__ import annotations

from qwasm.algebra.operators import Algebra
from qwasm.ir.elaborate import Elaborator
from qwasm.ir.scope import did_you_mean
from qwasm.prover import Claim
from qwasm.prover.claim import scope_of
from qwasm.rules.bounds import read
from qwasm.rules.lemmas import LEMMAS
from qwasm.rules.pack import Rule
from qwasm.rules.weights import weighted
from qwasm.syntax import parse_expression


def nameless(rule: Rule) -> str:
    """What is wrong with the lemma that an approximate rule names; '' where there is one of this name."""
    if rule.method == "lemma/1" and rule.lemma in LEMMAS:
        return ""
    named = f"{rule.lemma!r} is none" if rule.lemma else "it names none"
    hint = did_you_mean(rule.lemma, list(LEMMAS)) or f"lemmas are {', '.join(LEMMAS)}"
    return f"an approximate rule has its bound from a lemma, and {named}; {hint}"


def unbounded(rule: Rule, claim: Claim) -> str:
    """Why the lemma it names does not give the bound of an approximate rule; '' where it does.

    Raises QwasmError: QW0563 for a text that is no bound, QW0564 for values that do not fit the lemma, and what
    reading an expression raises.
    """
    lemma = LEMMAS[rule.lemma]
    if claim.free or rule.given:
        return "lemmas are about N x N matrices and all states"
    if rule.scope.weight == "any" and any(map(weighted, claim.trees[:2])):
        return "adj and out depend on the weight: name it in scope"
    scope = scope_of(dict(claim.variables), Algebra())
    elaborator = Elaborator(None, algebra=Algebra(), weight=claim.weight)
    given = {name: elaborator.value(parse_expression(text, "rule bind"), scope) for name, text in rule.bind}
    instance = lemma.instance(given, claim.weight)
    if {instance.exact, instance.near} != {claim.lhs, claim.rhs}:
        return f"the lemma {lemma.name} says {instance.exact} ~ {instance.near} of these operators"
    bound = read(rule.bound, claim.variables, claim.weight)
    if not bound.covers(instance.bound):
        return f"{bound} is not seen to be at least what the lemma {lemma.name} gives, {instance.bound}"
    return ""


__all__ = ["nameless", "unbounded"]
