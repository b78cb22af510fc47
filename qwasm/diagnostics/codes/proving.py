"""Codes of claims: identities that are asked to be proved."""

from __future__ import annotations

from qwasm.diagnostics.codes.row import Code, Example


def _prove(words: str) -> Example:
    """A command that asks for a proof; the program beside it is not read."""
    return Example("; nothing to run\n", f"qvm prove {words}")


OPERATORS: tuple[Code, ...] = (
    Code(
        "QW0360",
        "a scope that is none",
        "An identity is claimed for every N (all), on the infinite space (inf), or at one N, an integer >= 1.",
        _prove("'A[2] B[2] = Q[2]' --N 0"),
        _prove("'A[2] B[2] = Q[2]' --N 100"),
    ),
    Code(
        "QW0361",
        "a fact about the state that is none",
        "A given fact says that p divides n or that n <= N/p wherever the state is not 0: both sides act after P[p] "
        "or Q[p].",
        _prove("'B[p] A[p] = I' --given 'n is even'"),
        _prove("'B[p] A[p] = I' --given 'p divides n'"),
    ),
)

USAGE: tuple[Code, ...] = (
    Code(
        "QW0710",
        "not an identity",
        "An identity is written LHS = RHS with one = outside brackets; --vars takes name: kind pairs; - with --json "
        'reads one JSON object a line, with the keys "lhs", "rhs", "N", "weight", "vars", "where" and "given".',
        _prove("'A[2] B[2]'"),
        _prove("'A[2] B[2] = Q[2]'"),
    ),
)
