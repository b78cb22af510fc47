"""Certificates: a proof written down so that the independent checker can walk it again.

The form is that of docs/notes/005-certificates.md: for every case the common value of both sides, term by term.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from qwasm.algebra.indices import Index, as_expr
from qwasm.algebra.ring import ONE, Expr
from qwasm.prover.cases import Case
from qwasm.prover.claim import Claim
from qwasm.prover.normal import Normalizer
from qwasm.prover.scalars import scalar
from qwasm.prover.series import Basis, function
from qwasm.prover.settle import empty
from qwasm.prover.standins import Order
from qwasm.prover.strings import (
    Factor,
    Formal,
    Key,
    Path,
    Sum,
    bound_name,
)

JSON = Any
FORMAT = "qwasm-certificate/2"


def certificate(claim: Claim, proved: Iterable[tuple[Case, Normalizer | None, Sum]], finite: bool = False) -> JSON:
    """The certificate of a claim whose sides have the given common value in each case; `finite` for one N only.

    A case without a normalizer has no value yet: `as_written` gives it one.
    """
    cases: list[JSON] = []
    primes: tuple[int, ...] = ()
    patterns: dict[str, list[tuple[Case, JSON]]] = {}
    for case, normalizer, value in proved:
        primes = () if finite else case.concrete
        terms = [
            term(key, c, normalizer)
            for key, c in value.items()
            if normalizer and not (key.ranges and empty(key.ranges, case))
        ]
        patterns.setdefault(repr(case.shown), []).append((case, terms))
    for parts in patterns.values():
        same = all(terms == parts[0][1] for _, terms in parts)
        terms = parts[0][1] if same else [["scale", within(case), x] for case, terms in parts for x in terms]
        cases.append({"names": parts[0][0].shown, "terms": terms})
    return {
        "format": FORMAT, "method": "finite/1" if finite else "nf/1", "statement": claim.statement,
        "primes": list(primes), "cases": cases,
    }  # fmt: skip


def as_written(value: JSON) -> JSON:
    """The certificate with the left side itself as the common value in every case."""
    statement = value["statement"]
    terms = [["product", statement["lhs"], *statement["given"]]]
    return {**value, "cases": [{**case, "terms": terms} for case in value["cases"]]}


def within(case: Case) -> JSON:
    """The indicator of the intervals and orders of a case."""
    bounds = []
    for p, name in case.classes.items():
        low, high = case.intervals[p]
        bounds += [[">=", name, low], *([] if high is None else [[">=", high, name]])]
        bounds += [[">", case.classes[q], name] for q in sorted(case.above.get(p, ()))]
    return ["*", 1, *bounds]


def term(key: Key, c: Expr, normalizer: Normalizer) -> JSON:
    """One term; words without a formal letter carry their coefficient in the multiplier."""
    order = normalizer.order
    if len(key.factors) == 1 and isinstance(key.factors[0], Path):
        value = word(key.factors[0], c, order)
    else:
        letters = [letter(x, normalizer) for x in key.factors]
        value = letters[0] if len(letters) == 1 else ["product", *letters]
        if c is not ONE:
            value = ["scale", scalar(c), value]
    others: list[JSON] = [*normalizer.case.classes.values(), *normalizer.case.concrete]
    names = [bound_name(i).lstrip("$") for i in range(len(key.ranges))]
    for i in reversed(range(len(names))):  # bound primes differ from each other and from those of the case
        apart = [["!=", names[i], x] for x in (*names[:i], *others)]
        low, high = map(index, key.ranges[i])
        value = ["over", "sum", names[i], "primes", low, high, ["scale", ["*", *apart], value] if apart else value]
    return value


def index(end: Index) -> JSON:
    return scalar(as_expr(end))


def word(path: Path, c: Expr, order: Order) -> JSON:
    """A word; its M are those that m and e do not imply."""
    M = [x for x in path.M if x not in (path.m, path.e)]
    return [
        "word",
        scalar(order.expr(path.m)),
        [scalar(order.expr(x)) for x in M],
        scalar(order.expr(path.e)),
        scalar(path.f if c is ONE else c * path.f),
    ]


def letter(x: Factor, normalizer: Normalizer) -> JSON:
    match x:
        case Path():
            return word(x, ONE, normalizer.order)
        case Formal("op", (name, starred)):
            return ["adj", ["op", name]] if starred else ["op", name]
        case Formal("S", (Expr() as k, cyclic)):
            return ["S", scalar(k), 1] if cyclic else ["S", scalar(k)]
        case Formal("out", (Expr() as u, Expr() as v)):
            return ["out", scalar(u), scalar(v)]
        case Formal("series", (tuple() as basis, forward)):
            return series(Basis(*basis), bool(forward))
        case Formal("exp" | "inv" as name, (tuple() as argument,)):
            terms = [term(Key(ranges, factors), c, normalizer) for ranges, factors, c in argument]
            return [name, terms[0] if len(terms) == 1 else ["sum", *terms]]
    raise AssertionError(f"no letter is called {x}")


def series(basis: Basis, forward: bool) -> JSON:
    """An element of the ring of Dirichlet series as a product of letters."""
    head = "Dir" if forward else "coDir"
    letters: list[JSON] = [] if basis.shift is ONE else [["A" if forward else "B", scalar(basis.shift)]]
    for generator, k in basis.powers:
        series = [head, scalar(function(Basis(ONE, ((generator, 1),))))]
        letters += [series if k > 0 else ["inv", series]] * abs(k)
    letters += [[head, scalar(function(Basis(ONE, (), (x,))))] for x in basis.derivatives]
    return letters[0] if len(letters) == 1 else ["product", *letters]


def confirmed(statement: JSON, value: JSON) -> str:
    """Why the independent checker does not accept a certificate, or nothing when it does."""
    from qwasm.prover import checker

    try:
        checker.check(statement, value)
    except Exception as problem:  # whatever goes wrong in the checker is no acceptance
        return f"{type(problem).__name__}: {problem}"
    return ""
