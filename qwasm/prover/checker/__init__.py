"""The independent checker: a certificate is believed only after every path was walked again.

It imports the standard library alone and shares neither code nor method with the finder: no triples are composed,
each word is followed letter by letter from its row, noting every bound L n <= N and every multiplier where it stands.
What a statement and a certificate look like is told in docs/notes/005-certificates.md.
"""

from __future__ import annotations

from itertools import product
from typing import Any

from qwasm.prover.checker.scalars import MOST, NotCovered, Refused, factor
from qwasm.prover.checker.words import Words


def check(statement: Any, certificate: Any) -> None:
    """Return when the certificate proves the statement; raise Refused, or NotCovered, when not."""
    try:
        _check(statement, certificate)
    except Refused:
        raise
    except Exception as error:  # what has another form is no proof
        raise Refused(f"not a certificate: {type(error).__name__}: {error}") from None


def _check(statement: Any, certificate: Any) -> None:
    scope, finite, primes = statement["scope"], certificate["method"] == "finite/1", certificate["primes"]
    names = sorted(name for name, kind in statement["vars"].items() if kind == "prime")
    known = [p for p in range(2, scope + 1) if factor(p) == {p: 1}] if finite else primes
    cases = {tuple(sorted(case["names"].items())): case["terms"] for case in certificate["cases"] if len(case) == 2}
    if not (
        certificate["statement"] == statement and statement["format"] == "qwasm-statement/1"
        and certificate["format"] == "qwasm-certificate/2" and len(certificate) == 5
        and (certificate["method"] == "nf/1" or (finite and primes == []))
        and (scope in ("all", "inf") or (type(scope) is int and scope > 0))
        and primes == sorted(set(primes)) and all(type(p) is int and factor(p) == {p: 1} for p in primes)
        and len(cases) == len(certificate["cases"]) and (len(known) + len(names)) ** len(names) < MOST
    ):  # fmt: skip
        raise Refused("a field that cannot be so, or too many cases")
    for values in product([*known, *names], repeat=len(names)):
        chosen = dict(zip(names, values, strict=True))
        if all(type(v) is int or (v <= name and chosen[v] == v) for name, v in chosen.items()):
            case = Words(statement, chosen, known, finite)
            terms = cases.pop(tuple((name, str(value)) for name, value in chosen.items()), None)
            if case.possible:
                sides = [["product", statement[side], *statement["given"]] for side in ("lhs", "rhs")]
                value = case.normal(sides[0])
                if (
                    terms is None
                    or value != case.normal(sides[1])
                    or (terms != sides[:1] and value != case.normal(["sum", *terms]))
                ):
                    raise Refused(f"a side has another normal form, or none is given, in the case {chosen}")
    if cases:
        raise Refused("a case that does not exist")


__all__ = ["NotCovered", "Refused", "check"]
