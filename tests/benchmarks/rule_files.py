"""A generated rule file of a thousand true rules: words, cuts, coefficients and facts of many shapes."""

from __future__ import annotations

import json

HEAD = 'format = "qwasm-rules/1"\nalgebra = "multiplicative-words/1"\n'
SHAPES = (
    ("A[p^{a}] B[q^{b}]", "Q[p^{a}] B[q^{b}] A[p^{a}]", "p != q", ""),
    ("A[p^{a}] A[q^{b}]", "A[p^{a}*q^{b}]", "", ""),
    ("B[p^{a}] A[p^{a}] P[p^{b}]", "P[p^{b}] P[p^{a}]", "", ""),
    ("B[p^{a}] B[p^{b}]", "B[p^({c})]", "", ""),
    ("{a}*A[p^{b}] + {b}*A[p^{b}]", "{c}*A[p^{b}]", "", ""),
    ("P[p] B[p^{a}] B[p^{b}]", "B[p^{a}] B[p^{b}]", "", ""),
    ("p^(-1/{a})*A[p^{b}] A[q^{a}]", "p^(-1/{a})*A[q^{a}] A[p^{b}]", "", ""),
    ("A[p^{a}] Q[p^{b}]", "Q[p^({c})] A[p^{a}]", "", ""),
    ("P[p^{a}] A[q^{b}]", "A[q^{b}] P[p^{a}]", "p != q", ""),
    ("A[p^{a}] P[p^{b}] P[p]", "A[p^{a}] P[p^{b}]", "", ""),
)


def thousand(count: int = 1000) -> str:
    """The text of a file with this many rules, all different; the rules of one shape differ in their numbers."""
    rows = []
    for index in range(count):
        lhs, rhs, where, given = SHAPES[index % len(SHAPES)]
        a, b = index // len(SHAPES) // 10 + 1, index // len(SHAPES) % 10 + 1
        lhs, rhs = (side.format(a=a, b=b, c=a + b) for side in (lhs, rhs))
        lines = [f'[[rule]]\nid = "r{index}"\nvars = {{ p = "prime", q = "prime" }}']
        lines += [f"{key} = {json.dumps(value)}" for key, value in (("lhs", lhs), ("rhs", rhs))]
        lines += [f"{key} = {json.dumps([value])}" for key, value in (("where", where), ("given", given)) if value]
        rows.append("\n".join([*lines, 'use = "explore"']))
    return HEAD + "\n\n".join(rows) + "\n"
