"""Checks: what an instruction cannot mean in a space, decided before anything runs.

Each returns None, or the code, the sentence and the hint of a type error.
"""

from __future__ import annotations

from math import inf
from typing import Any

from qwasm.instructions.form import Facts
from qwasm.space import Space

Refusal = tuple[str, str, str] | None


def inner_product(space: Space, op: Facts) -> Refusal:
    """In mod(l) the weight must exist: s = 0, or integer s and l > N."""
    s = space.weight.s
    if not space.field.exact or s == 0:
        return None
    if s.denominator != 1:
        return (
            "QW0272",
            f"the weight {space.weight} has no exact value in {space.field}",
            "use weight = 1 or an integer exponent",
        )
    if space.field.modulus <= space.N:
        return (
            "QW0272",
            f"the weight {space.weight} divides by numbers up to {space.N}, and {space.field.modulus} "
            f"is among their factors",
            f"use weight = 1, or a prime above {space.N}",
        )
    return None


def ordered(*words: str) -> Any:
    """A check that the word `kind` is not one that needs an order where numbers have none."""

    def check(space: Space, op: Facts) -> Refusal:
        kind = str(op.get("kind", "")).upper()
        if kind in words and space.field.kind in ("complex", "mod"):
            return (
                "QW0270",
                f"{kind} needs an order, and the numbers of field = {space.field} have none",
                "map to real numbers first (abs, re, im), or use field = real",
            )
        if kind in ("L2", "NORM", "ENTROPY") and space.field.exact:
            return (
                "QW0270",
                f"{kind} takes a root or a logarithm, which has no exact meaning in {space.field}",
                "use qop.inner, or field = real",
            )
        return None

    return check


def exponential(space: Space, op: Facts) -> Refusal:
    """e^{-itX} needs complex numbers, and a tolerance is above 0; method=blocks is not in this version."""
    if op.get("method") == "blocks":
        return (
            "QW0590",
            "method=blocks, the prime-block diagonalisation, is not in this version of the toolchain",
            "leave method= out: the machine chooses",
        )
    if op.get("unitary") and space.field.kind != "complex":
        return (
            "QW0271",
            f"unitary means e^(-i t X), which needs complex numbers; the field is {space.field}",
            "write field = complex in .space",
        )
    return tolerance(op)


def number(value: Any) -> float | None:
    """A constant of an operand as a float, None while it depends on something."""
    if isinstance(value, (int, float)):
        return float(value)
    return float(value.approx().real) if getattr(value, "is_constant", False) else None


def tolerance(op: Facts) -> Refusal:
    """A tolerance is a number above 0."""
    tol = number(op.get("tol"))
    if tol is not None and not tol > 0:
        return ("QW0271", f"tol= is the relative error to reach, a number above 0; this is {tol:g}", "tol=1e-9")
    return None


def distance(space: Space, op: Facts) -> Refusal:
    """A distance is a number, 0 or more."""
    delta = number(op.get("delta"))
    if delta is not None and not 0 <= delta < inf:
        return ("QW0271", f"delta is how far a state may be, 0 or more; this is {delta:g}", "within q1, q0, q0, 1e-9")
    return None


def estimated(op: Facts) -> Refusal:
    """An estimate from probes needs two of them to know its error, and a tolerance above 0."""
    probes = number(op.get("probes"))
    if probes is not None and probes < 2:
        said = f"probes= is how many random vectors an estimate takes, at least 2; this is {probes:g}"
        return ("QW0271", said, "leave probes= out, or write exact for no probes at all")
    return tolerance(op)


def eigenvalues(space: Space, op: Facts) -> Refusal:
    """A matrix has N eigenvalues: k is one of 1..N; only near takes a number, the place."""
    which = op.get("which")
    word, *rest = which if isinstance(which, tuple) else (which,)
    if len(rest) != (word == "near"):
        return ("QW0271", "which= is small, large or near(z)", "which=near(3/2)")
    k = number(op.get("k"))
    if k is not None and not 1 <= k <= space.N:
        return ("QW0271", f"an operator on N = {space.N} has {space.N} eigenvalues; k is {k:g}", f"k is 1..{space.N}")
    return None


def seeded(space: Space, op: Facts) -> Refusal:
    """A seed is a number of 64 bits."""
    given: Any = op.get("seed")
    seed = given.integer() if hasattr(given, "integer") else given
    if seed is not None and not 0 <= seed < 2**64:
        return ("QW0271", f"a seed is one of 0..2^64 - 1; this is {seed}", "random q0, 1")
    return None


def traced(space: Space, op: Facts) -> Refusal:
    """Tr e^{-tX} has no exact meaning in mod(l); a list of times gives a vector."""
    if op.get("t") is not None and space.field.exact:
        return (
            "QW0270",
            f"Tr e^(-t X) has no exact meaning in field = {space.field}",
            "use field = real, or leave t out for Tr X",
        )
    if op.get("t") is None and (op.get("insert") is not None or op.get("ratio") not in (None, "off", False)):
        return ("QW0271", "insert= and ratio= belong to the heat trace, and there is no time", "write trace s0, X, t")
    kinds = op.get("results")
    if kinds:
        several = isinstance(op.get("t"), tuple)
        if several != (kinds[0] == "vector"):
            said = "a list of times gives a vector" if several else "one trace is a scalar"
            return (
                "QW0273",
                f"{said}, and the register written is a {kinds[0]}",
                "trace v0, X, (t1, t2)" if several else "trace s0, X, t",
            )
    return estimated(op)


def polynomial(space: Space, op: Facts) -> Refusal:
    """The basis is power, or chebyshev(lo, hi) with lo and hi apart."""
    basis = op.get("basis")
    word = basis[0] if isinstance(basis, tuple) and basis else basis
    if word in (None, "") or basis in ("power", ("power",)):
        return None
    if word != "chebyshev" or not isinstance(basis, tuple) or len(basis) != 3:
        return ("QW0271", "the basis of a polynomial is power or chebyshev(lo, hi)", "basis=chebyshev(-4, 4)")
    if basis[1] == basis[2]:
        return (
            "QW0271",
            "chebyshev(lo, hi) maps lo and hi to -1 and 1, and here they are one",
            "basis=chebyshev(-4, 4)",
        )
    return None
