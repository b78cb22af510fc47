"""Self-adjointness: decided in normal form, with the residual, a smallest witness, and what would mend it.

X is self-adjoint in the weight n^-s when X - X* is 0.  If it is not, the witness is the least N,
then row, then column, at which the two matrices differ.

>>> from qwasm.algebra.operators import Algebra
>>> found = residual(Algebra().K(2), Weight())
>>> found.ok, found.witness.N, found.witness.row, found.witness.column
(False, 2, 1, 2)
>>> found.advice
'write weight = n^-1: there it is self-adjoint'
"""

from __future__ import annotations

from fractions import Fraction
from math import log
from typing import NamedTuple

from qwasm.algebra.exact import exact_matrix
from qwasm.algebra.indices import as_expr
from qwasm.algebra.nodes import Dirichlet, Family, Shift
from qwasm.algebra.ring import ZERO, Expr
from qwasm.algebra.value import Operator
from qwasm.algebra.words import Triple
from qwasm.diagnostics import Diagnostic, QwasmError, Span
from qwasm.record import record
from qwasm.space import Weight

SMALL = 24  # sizes tried one after the other
LARGEST = 512  # the largest size at which a witness is looked for entry by entry


class Witness(NamedTuple):
    """At size N the entry (row, column) of X is `value`, that of X* is `expected`."""

    N: int
    row: int
    column: int
    value: Expr
    expected: Expr


@record
class SelfAdjointness:
    """`ok` means proved for every N; without `ok` and without `witness` the question stays open."""

    ok: bool
    residual: Operator
    witness: Witness | None
    advice: str

    @property
    def decided(self) -> bool:
        return self.ok or self.witness is not None


def residual(x: Operator, weight: Weight) -> SelfAdjointness:
    """X - X* in the weight, multiplied out where that is small, with a witness and advice when it is not 0."""
    star = x.adjoint(weight)
    difference = x - star
    if not difference.is_zero and any(not isinstance(node, Family) for node in difference.nodes):
        grown = difference.expanded(2_000)
        if grown is not None and grown.leaves < difference.leaves:
            difference = grown
    if difference.is_zero:
        return SelfAdjointness(True, difference, None, "")
    found = witness(x, star, difference, weight)
    return SelfAdjointness(False, difference, found, advice(x, weight))


def witness(x: Operator, star: Operator, difference: Operator, weight: Weight) -> Witness | None:
    """The least (N, row, column) at which X and X* differ, or None where no such place was found."""
    if difference.symbols - {"N"}:
        return None
    sizes = [*range(1, SMALL + 1), *(N for N in _candidates(difference) if N > SMALL)]
    for N in sizes:
        try:
            if N > LARGEST and (difference.nodes or not difference.words):
                return None
            left, right = exact_matrix(x, N, weight), exact_matrix(star, N, weight)
        except (QwasmError, ValueError):
            return None
        for at in sorted(left.keys() | right.keys()):
            value, expected = left.get(at, ZERO), right.get(at, ZERO)
            if value is not expected and abs((value - expected).approx()) > 0:
                return Witness(N, *at, value, expected)
    return None


def _candidates(x: Operator) -> list[int]:
    """The sizes at which a word or the first member of a family appears."""
    found: set[int] = set()
    for (_, M, _), f in x.words.items():
        if isinstance(M, int):
            found |= {M * k for k in (range(1, 9) if "n" in f.symbols else (1,))}
    for node in x.nodes:
        if isinstance(node, Family) and isinstance(node.low, int) and isinstance(node.high, int):
            from qwasm.algebra.members import members

            for v in members(node, upto=min(node.high, node.low + 100))[:2]:
                found |= {M for _, M, _ in node.body.substitute({node.name: v}).words if isinstance(M, int)}
    return sorted(N for N in found if N <= 4096)


# ---------------------------------------------------------------- advice


def advice(x: Operator, weight: Weight) -> str:
    """The weight in which X is self-adjoint, or else the coefficient that one of its terms would need here."""
    for s in exponents(x):
        if s != weight.s and is_self_adjoint(x, Weight(s)):
            return f"write weight = {Weight(s)}: there it is self-adjoint"
    pair = _mismatch(x, weight)
    if pair is None:
        return ""
    have, need, instead = pair
    if instead:
        return f"write {need} instead of {instead}: the weight {weight} asks for it beside {have}"
    return f"add {need}: the weight {weight} asks for it beside {have}"


def is_self_adjoint(x: Operator, weight: Weight) -> bool:
    """True when X - X* is 0 in normal form."""
    return (x - x.adjoint(weight)).is_zero


def exponents(x: Operator) -> list[Fraction]:
    """The weight exponents s that pairs of terms of X ask for, from conj(F) (e/m)^s = G; exact rationals."""
    found: list[Fraction] = []
    for (m, _, e), f, g in _pairs(x):
        ratio = _number(as_expr(e)) / _number(as_expr(m))
        a, b = _number(f.conj()), _number(g)
        if not a or not b or ratio in (0, 1):
            continue
        quotient = b / a
        if abs(quotient.imag) > 1e-9 * abs(quotient) or quotient.real <= 0:
            continue
        s = Fraction(log(quotient.real) / log(ratio.real)).limit_denominator(64)
        if s not in found:
            found.append(s)
    for s in (Fraction(0), Fraction(1)):
        if s not in found:
            found.append(s)
    return found[:8]


def _pairs(x: Operator) -> list[tuple[Triple, Expr, Expr]]:
    """(triple, F, G) for words F (m, M, e) and G (e, M, m), in the sum and in the bodies of its families."""
    found: list[tuple[Triple, Expr, Expr]] = []
    bodies = [x] + [node.body for node in x.nodes if isinstance(node, Family) and node.kind == "sum"]
    for body in bodies:
        for (m, M, e), f in body.words.items():
            partner = body.words.get((e, M, m))
            if partner is not None and m is not e and m != e:
                found.append(((m, M, e), f, partner))
    series = {node.forward: node.f for node in x.nodes if isinstance(node, Dirichlet)}
    if len(series) == 2:
        for d in (2, 3, 4, 5):
            f, g = (series[side].substitute({"n": d}) for side in (True, False))
            if not f.is_zero and not g.is_zero:
                found.append(((1, d, d), f, g))
                break
    return found


def _number(e: Expr) -> complex:
    """A value of an expression with every symbol put to 2."""
    closed = e.substitute(dict.fromkeys(sorted(e.symbols), 2))
    return closed.approx()


def _mismatch(x: Operator, weight: Weight) -> tuple[str, str, str] | None:
    """A term, the adjoint that should stand beside it, and what stands there instead if anything does."""
    for body, wrap in [
        (x, None),
        *((node.body, node) for node in x.nodes if isinstance(node, Family) and node.kind == "sum"),
    ]:
        for triple, f in body.words.items():
            term = Operator(x.truncation, {triple: f}, {})
            star = term.adjoint(weight)
            other, g = next(iter(star.words.items()))
            if body.words.get(other) is not g:
                there = body.words.get(other)
                instead = "" if there is None else _shown(Operator(x.truncation, {other: there}, {}), wrap)
                return _shown(term, wrap), _shown(star, wrap), instead
        if wrap is None:
            for node, c in body.nodes.items():
                if isinstance(node, (Dirichlet, Shift)):
                    term = Operator(x.truncation, {}, {node: c})
                    star = term.adjoint(weight)
                    if any(body.nodes.get(k) is not v for k, v in star.nodes.items()):
                        return str(term), str(star), ""
    return None


def _shown(term: Operator, family: Family | None) -> str:
    if family is None:
        return str(term)
    from qwasm.algebra.ring import symbol

    name = "p" if family.domain == "primes" else "k"
    return str(term.substitute({family.name: symbol(name, "prime" if name == "p" else "nat")}))


# ---------------------------------------------------------------- diagnostics


def warning(x: Operator, weight: Weight, span: Span | None = None) -> Diagnostic | None:
    """QW0900 when X is not self-adjoint in the weight, QW0902 when that could not be decided, else None."""
    found = residual(x, weight)
    if found.ok:
        return None
    shown = str(found.residual)
    if len(shown) > 300:
        shown = shown[:297] + "..."
    notes = [f"X - X* = {shown}"]
    if found.witness is None:
        return Diagnostic(
            "QW0902",
            f"this operator could not be shown to be self-adjoint in the weight {weight}",
            span,
            found.advice,
            "warning",
            tuple(notes),
        )
    w = found.witness
    notes.append(f"smallest place: N = {w.N}, row {w.row}, column {w.column}: X has {w.value}, X* has {w.expected}")
    return Diagnostic(
        "QW0900",
        f"this operator is not self-adjoint in the weight {weight}",
        span,
        found.advice,
        "warning",
        tuple(notes),
    )


__all__ = ["SelfAdjointness", "Witness", "residual", "warning", "witness"]
