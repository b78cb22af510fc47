"""Dirichlet products for the independent checker: sums over bound integers d that always go together.

Where every place of a term sees d1 and d2 only through d1 d2, the sum over both is one sum over d = d1 d2 of a
convolution.  A convolution is the multiset of its factors; a factor is the monomial of a function of "#".

>>> mu, one = frozenset([(("mu", "#"), 1)]), frozenset()
>>> convolved([mu, one], 1)
(1, ())
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import combinations
from typing import Any

from qwasm.prover.checker.scalars import NotCovered, show


def names_in(x: Any) -> set[Any]:
    return set().union(*map(names_in, x)) if isinstance(x, (tuple, frozenset)) else {x}


def renamed(x: Any, names: Mapping[str, str]) -> Any:
    parts = [renamed(y, names) for y in x] if isinstance(x, (tuple, frozenset)) else None
    return names.get(x, x) if parts is None else frozenset(parts) if isinstance(x, frozenset) else tuple(parts)


def gathered(places: list[Counter[Any]], names: frozenset[Any], c: Any) -> tuple[frozenset[Any], tuple[Any, ...], Any]:
    """(monomial, convolutions, coefficient): without functions of bound integers, which become ##0, ... in `places`."""
    groups: dict[Any, list[str]] = {}
    for d in sorted({d for x in places for d in x if type(d) is str and d[0] == "#"}):
        groups.setdefault(tuple(x[d] for x in places), []).append(d)
    functions: list[Any] = []
    for j, (exponents, group) in enumerate(sorted(groups.items(), reverse=True)):
        own = [frozenset(pair for pair in names if d in names_in(pair)) for d in group]
        if any(len({x for x in names_in(f) if str(x)[0] in "#@" and x != "#"}) > 1 for f in own):
            raise NotCovered("a function of two bound integers")
        names = names.difference(*own)
        c, left = convolved([renamed(f, {d: "#"}) for f, d in zip(own, group, strict=True)], c)
        functions += [left] if left else []
        for x, e in zip(places, exponents, strict=True):
            for d in group:
                del x[d]
            x.update({f"##{j}": e} if left and e else {})
    return names, tuple(functions), c


def convolved(functions: list[Any], c: Any) -> tuple[Any, tuple[Any, ...]]:
    """The factors of a Dirichlet product: Lambda = mu * log, mu log = -mu * mu * log; [d = 1], f and its inverse go."""
    mu, log, Lambda = (("mu", "#"), 1), (("log", "#"), 1), (("Lambda", "#"), 1)
    left: list[Any] = []
    for f in functions:
        rest = f - {mu, log, Lambda}
        if (("one", "#"), 1) in f:
            if any(x == ("log", "#") for x, _ in f):
                raise NotCovered("log 1")
        elif Lambda in f and not {mu, log} & f:
            left += [rest | {mu}, rest | {log}]
        elif {mu, log} <= f:
            c, left = -c, [*left, rest | {mu}, rest | {mu}, rest | {log}]
        else:
            left.append(f)
    for f, g in combinations(left, 2):
        powers = all(x == "#" or x[0] == "lambda" for x, _ in f & g)
        inverse = powers and f ^ g in ({mu}, {(("mu", "#"), 2), (("lambda", "#"), 1)})
        for a, b in ((f, g), (g, f)):
            inverse = inverse or a == {(("dinv", (frozenset([(b, 1)]),), frozenset([(frozenset([("#", 1)]), 1)])), 1)}
        if inverse:
            return convolved([h for h in left if h is not f and h is not g], c)
    return c, tuple(sorted(left, key=show))
