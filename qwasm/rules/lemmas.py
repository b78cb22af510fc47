"""Lemmas: approximate identities with proven bounds, each stated once for all operators.

A lemma says that `exact` and `near` differ by at most `bound`, in the norm of operators that the weight of the
space gives, for every N and all N x N matrices.  Nothing but norms enters a bound, so it holds in every weight.

>>> from qwasm.algebra.operators import Algebra
>>> from qwasm.algebra.ring import const
>>> a = Algebra()
>>> found = LEMMAS["trotter"].instance({"X": a.A(2), "Y": a.B(2), "t": const(1) / 100, "r": const(1)})
>>> print(found.exact, "~", found.near)
exp(-1/100*A[2] - 1/100*B[2]) ~ exp(-1/100*A[2]) exp(-1/100*B[2])
>>> 0 < found.bound.value(Space(30)) < 1e-4
True
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import factorial
from typing import Any

from qwasm.algebra.operators import Algebra, Operator
from qwasm.algebra.ring import Expr
from qwasm.diagnostics import fail
from qwasm.ir.elaborate import Elaborator
from qwasm.prover.claim import scope_of
from qwasm.record import record
from qwasm.rules.bounds import Bound, read
from qwasm.space import Space, Weight
from qwasm.syntax import parse_expression

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
MOST = {"r": 1_000, "K": 60, "k": 1_000_000}  # the largest integers that a statement is written out for


@record
class Lemma:
    """exact ~ near up to `bound`; `series(K)` in a statement stands for the first terms of an exponential."""

    name: str
    exact: str
    near: str
    bound: str
    variables: tuple[tuple[str, str], ...]  # name -> kind; a qint is a number in every instance
    proof: str  # the argument in a line
    source: str

    def __str__(self) -> str:
        return f"{self.exact}  ~  {self.near}   up to {self.bound}"

    def bounded(self, given: Mapping[str, Any], weight: Weight | None = None) -> Bound:
        """The bound for these values: operators, constant expressions, or kinds of names left free.

        Raises QwasmError QW0564 for a name that the lemma does not have or that is missing, and for an integer
        outside its range.
        """
        self.integers(given)
        return read(self.bound, given, weight, f"lemma {self.name}")

    def instance(self, given: Mapping[str, Any], weight: Weight | None = None) -> Instance:
        """The whole lemma for these values; raises what `bounded` raises."""
        texts = self.integers(given)
        exact, near = (
            self.side(NAME.sub(lambda m: texts.get(m[0], m[0]), text), given, texts, weight)
            for text in (self.exact, self.near)
        )
        return Instance(self, exact, near, self.bounded(given, weight))

    def integers(self, given: Mapping[str, Any]) -> dict[str, str]:
        """The names that are numbers in every instance, as text."""
        wanted = dict(self.variables)
        if wanted.keys() != given.keys():
            names = ", ".join(wanted)
            raise fail("QW0564", f"the lemma {self.name} is about {names}", None, f"bind each of {names}, no other")
        texts = {}
        for name in (name for name, kind in wanted.items() if kind == "qint"):
            value = given[name].integer() if isinstance(given[name], Expr) else None
            if value is None or not (0 if name == "K" else 1) <= value <= MOST[name]:
                hint = f"bind it to an integer up to {MOST[name]}"
                raise fail("QW0564", f"{name} is a number in an instance of the lemma {self.name}", None, hint)
            texts[name] = str(value)
        return texts

    def side(self, text: str, given: Mapping[str, Any], texts: Mapping[str, str], weight: Weight | None) -> Operator:
        """One side of the statement."""
        if text.startswith("series"):
            text = " + ".join(f"1/{factorial(i)}*(-t)^{i}*X^{i}" for i in range(int(texts["K"]) + 1))
        kinds = {name: value for name, value in given.items() if isinstance(value, str)}
        scope = scope_of(kinds, Algebra())
        for name, value in given.items():
            if name not in kinds:
                scope.declare(name, value, None)
        return Elaborator(None, algebra=Algebra(), weight=weight or Weight()).operator(parse_expression(text), scope)


@record
class Instance:
    """A lemma for given operators: exact ~ near, off by at most `bound`."""

    lemma: Lemma
    exact: Operator
    near: Operator
    bound: Bound

    def value(self, space: Space) -> float:
        """The bound as a number, rounded up; infinity where a norm has no proven bound.

        Raises ValueError in mod(l), where there is no norm.
        """
        return self.bound.value(space)


_XY, _T = (("X", "op"), ("Y", "op")), (("t", "real"),)
CHILDS = "Childs, Su, Tran, Wiebe, Zhu, 'Theory of Trotter error with commutator scaling', 2021"

LEMMAS: dict[str, Lemma] = {
    row.name: row
    for row in (
        Lemma(
            "trotter",
            "exp(-t*(X + Y))",
            "(exp(-t/r*X) exp(-t/r*Y))^r",
            "abs(t)^2/(2*r) * norm(comm(X, Y)) * exp(abs(t)*(norm(X) + norm(Y)))",
            (*_XY, *_T, ("r", "qint")),
            "each of r steps s = t/r is off by s^2/2 norm(comm(X, Y)) e^(s(a + b)), and the others have norm at most "
            "e^(s(a + b))",
            f"Suzuki, 'Decomposition formulas of exponential operators', 1985; {CHILDS}, section 3",
        ),
        Lemma(
            "strang",
            "exp(-t*(X + Y))",
            "(exp(-t/(2*r)*X) exp(-t/r*Y) exp(-t/(2*r)*X))^r",
            "abs(t)^3/r^2 * (norm(comm(Y, comm(Y, X)))/12 + norm(comm(X, comm(X, Y)))/24)"
            " * exp(abs(t)*(norm(X) + norm(Y)))",
            (*_XY, *_T, ("r", "qint")),
            "the remainder of S'(s) + (X + Y) S(s), by Taylor's formula with integral remainder, between exponentials "
            "whose norms multiply to at most e^(s(a + b))",
            f"Strang, 'On the construction and comparison of difference schemes', 1968; {CHILDS}, section 3",
        ),
        Lemma(
            "merged-steps",
            "(I + X)^k",
            "exp(k*X)",
            "k/2 * norm(X)^2 * exp(k*norm(X))",
            (("X", "op"), ("k", "qint")),
            "I + X is off from e^X by the tail a^2/2 e^a, and the k - 1 other factors have norm at most e^a",
            "Hairer, Norsett, Wanner, 'Solving Ordinary Differential Equations I', 1993, section II.3",
        ),
        Lemma(
            "truncated-exponential",
            "exp(-t*X)",
            "series(K)",
            "(abs(t)*norm(X))^(K + 1)/fact(K + 1) * exp(abs(t)*norm(X))",
            (("X", "op"), *_T, ("K", "qint")),
            "Taylor's formula with integral remainder",
            "Higham, 'Functions of Matrices', 2008, theorem 4.8",
        ),
        Lemma(
            "dropped-terms",
            "X + Z",
            "X",
            "norm(Z)",
            (("X", "op"), ("Z", "op")),
            "the difference is Z",
            "the triangle inequality",
        ),
        Lemma(
            "dropped-boundary",
            "Q[c] X",
            "X",
            "norm(X - Q[c] X)",
            (("X", "op"), ("c", "index")),
            "the difference is the boundary part, the rows n > N/c",
            "the triangle inequality; strict words against free ones, which have no Q",
        ),
    )
}


__all__ = ["LEMMAS", "Instance", "Lemma"]
