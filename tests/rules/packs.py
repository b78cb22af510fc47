"""Small rule files for the tests: a header and one rule, with what a test changes in it."""

from __future__ import annotations

import json
from typing import Any

from qwasm.diagnostics import QwasmError
from qwasm.rules import Pack, RuleSet, read_pack

HEAD = 'format = "qwasm-rules/1"\nalgebra = "multiplicative-words/1"\n'
SWAP: dict[str, Any] = {
    "id": "swap",
    "vars": {"p": "prime", "q": "prime"},
    "where": ["p != q"],
    "lhs": "A[p] B[q]",
    "rhs": "Q[p] B[q] A[p]",
}


def value(item: Any) -> str:
    """A value as TOML writes it; inline tables for mappings."""
    if isinstance(item, dict):
        return "{ " + ", ".join(f"{k} = {value(v)}" for k, v in item.items()) + " }"
    return json.dumps(item)


def row(kind: str = "rule", **fields: Any) -> str:
    """One table of a rule file."""
    return f"[[{kind}]]\n" + "".join(f"{k.rstrip('_')} = {value(v)}\n" for k, v in fields.items())


def pack(*rows: str, head: str = HEAD, file: str = "x.qwr") -> Pack:
    """The pack of these tables."""
    return read_pack((head + "\n".join(rows)).encode(), file)


def swap(**changes: Any) -> str:
    """The rule that moves A past B, with fields changed."""
    return row(**{**SWAP, **changes})


def codes(error: QwasmError) -> list[str]:
    """The codes of an error."""
    return [d.code for d in error.diagnostics]


def one(**fields: Any) -> RuleSet:
    """The rule set of one rule."""
    return RuleSet.of([pack(row(**fields))])
