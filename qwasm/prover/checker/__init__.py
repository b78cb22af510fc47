"""The independent checker: a certificate is believed only after every path was walked again.

It imports the standard library alone and shares neither code nor method with the finder: no triples are composed,
each word is followed letter by letter from the point n = m k, noting every bound L k <= N and every multiplier at
the point where it stands.  `paths` walks; `scalars`, `multipliers` and `series` bring what it meets into canonical
form.  What a statement and a certificate look like is told in docs/notes/005-certificates.md.

>>> empty = {"format": "qwasm-statement/1", "scope": "all", "weight": "0", "vars": {}, "where": [], "given": []}
>>> statement = {**empty, "lhs": ["product", ["A", 2], ["B", 2]], "rhs": ["Q", 2]}
>>> cases = [{"names": {}, "terms": [["word", 1, [2], 1, 1]]}]
>>> proof = {"format": "qwasm-certificate/1", "method": "nf/1", "statement": statement, "primes": [2], "cases": cases}
>>> check(statement, proof)
>>> check({**statement, "scope": "inf"}, proof)
Traceback (most recent call last):
qwasm.prover.checker.scalars.Refused: a field that cannot be so, or too many cases
"""

from __future__ import annotations

import json
from collections import Counter
from itertools import product
from typing import Any

from qwasm.prover.checker.multipliers import Multipliers
from qwasm.prover.checker.paths import Path
from qwasm.prover.checker.scalars import CONVOLUTIONS, MOST, ONE, UNIT, NotCovered, Poly, Refused, atom, factor, frozen
from qwasm.prover.checker.series import names_in


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
    cases = {text(case["names"]): case["terms"] for case in certificate["cases"] if len(case) == 2}
    if not (
        text(certificate["statement"]) == text(statement) and statement["format"] == "qwasm-statement/1"
        and certificate["format"] == "qwasm-certificate/1" and len(certificate) == 5
        and (certificate["method"] == "nf/1" or (finite and primes == []))
        and (scope in ("all", "inf") or (type(scope) is int and scope > 0))
        and primes == sorted(set(primes)) and all(type(p) is int and factor(p) == {p: 1} for p in primes)
        and len(cases) == len(certificate["cases"]) and (len(known) + len(names)) ** len(names) < MOST
    ):  # fmt: skip
        raise Refused("a field that cannot be so, or too many cases")
    for values in product([*known, *names], repeat=len(names)):
        chosen = dict(zip(names, values, strict=True))
        if all(type(v) is int or (v <= name and chosen[v] == v) for name, v in chosen.items()):
            case = Case(statement, chosen, known, finite)
            terms = cases.pop(text({name: str(value) for name, value in chosen.items()}), None)
            if case.possible:
                sides = [case.normal(["product", statement[side], *statement["given"]]) for side in ("lhs", "rhs")]
                if terms is None or not sides[0] == sides[1] == case.normal(["sum", *terms]):
                    raise Refused(f"a side has another normal form, or none is given, in the case {chosen}")
    if cases:
        raise Refused("a case that does not exist")


def text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


class Case(Multipliers):
    """A statement with every prime name fixed; beside words it knows Dirichlet families and formal letters."""

    def letter(self, head: str, rest: list[Any], p: Path, env: Any) -> list[Path]:
        """The paths after one letter."""
        match head:
            case "Dir" | "coDir":
                return self.dirichlet(head, rest[0], p, env)
            case "inv" if rest[0][0] in ("Dir", "coDir"):
                return self.dirichlet(rest[0][0], ["dinv", rest[0][1], "n"], p, env)
            case "exp" | "inv":
                return self.exponential(head, rest[0], p, env)
            case "op" | "adj" if head == "op" or rest[0][0] == "op":
                return [p.ended((head, text(rest), ONE))]
            case "S" | "out":
                values = [frozen(self.value(y, {**env, "n": atom("n")})) for y in rest if y != "cyclic"]
                return [p.ended((head, (*values, len(rest)), ONE))]
        return super().letter(head, rest, p, env)

    def dirichlet(self, head: str, f: Any, p: Path, env: Any) -> list[Path]:
        """Dir(f) or coDir(f): a convolution is a product, [n == c] a letter, another f a sum over a bound integer."""
        letter, inner = "A" if head == "Dir" else "B", f[0] if type(f) is list else ""
        if inner in ("conv", *CONVOLUTIONS) and f[-1] == "n":
            functions, names = self.convolution(f, env)
            return self.walk(["product", *([head, g] for g in functions)], [p], names)
        if inner == "+":
            return [q for g in f[1:] for q in self.dirichlet(head, g, p, env)]
        if inner == "*" and any(type(g) is list and g[0] == "conv" and g[-1] == "n" for g in f):
            return self.distributed(head, f[1:], p, env)
        if inner == "==":
            there = {**env, "n": atom("@")}
            gap = self.value(f[1], there) - self.value(f[2], there)
            slope = gap.get(frozenset([("@", 1)]), 0)
            c = self.primes_in(atom("@") - gap if slope == 1 else gap + atom("@")) if abs(slope) == 1 else None
            if c is not None:
                return [self.step(letter, c, p)]
        d = f"#{p.ints + 1}"
        p = p._replace(ints=p.ints + 1, c=p.c * self.value(f, {**env, "n": atom(d)}))
        return [self.step(letter, Counter([d]), p)]

    def distributed(self, head: str, factors: list[Any], p: Path, env: Any) -> list[Path]:
        """Dir(conv(f, g) h): a completely multiplicative h goes to both, log is a derivation."""
        conv = next(g for g in factors if type(g) is list and g[0] == "conv" and g[-1] == "n")
        others = [g for g in factors if g is not conv]
        logs = [g for g in others if g == ["log", "n"]]
        rest = [g for g in others if g not in logs]
        values = [self.value(g, {**env, "n": atom("@")}) for g in rest]
        if len(logs) > 1 or not all(
            len(v) == 1 and all(x in ("@", ("lambda", "@")) for x, _ in next(iter(v))) for v in values
        ):
            raise NotCovered("a product with a convolution")
        _, f, g, _ = conv
        if not logs:
            return self.walk(["product", [head, ["*", f, *rest]], [head, ["*", g, *rest]]], [p], env)
        return [
            q for left, right in ((logs, []), ([], logs))
            for q in self.walk(["product", [head, ["*", f, *rest, *left]], [head, ["*", g, *rest, *right]]], [p], env)
        ]  # fmt: skip

    def exponential(self, head: str, x: Any, p: Path, env: Any) -> list[Path]:
        """exp(X) or inv(X) as a letter named after the normal form of X; exp(X) exp(Y) = exp(X + Y) if they commute."""
        if p.primes or p.ints or env is not self.env:
            raise NotCovered("exp or inv over a bound prime or integer")
        normal, scalar = self.normal(x), ONE
        if head == "exp":
            words = ((UNIT, frozenset() if self.scope == "inf" else frozenset([UNIT]), UNIT),)
            number = Poly(
                (k[1], c) for k, c in normal.items() if k == (words, k[1], (), 0) and "@0" not in names_in(k[1])
            )
            scalar = self.exp(number)
            normal = {k: c for k, c in normal.items() if k[1] not in number or k != (words, k[1], (), 0)}
        if head == "exp" and not normal:
            return [p._replace(c=p.c * scalar)]
        if head == "exp" and p.done and p.done[-1][0] == "exp" and p[1:5] == Path()[1:5]:
            y = p.done[-1][2]
            if not self.normal(["comm", x, y]):
                return self.exponential(head, ["sum", y, x], p.done[-2]._replace(c=p.c), env)
        return [p.ended((head, frozen(normal), x, scalar))]


__all__ = ["NotCovered", "Refused", "check"]
