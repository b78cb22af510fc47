"""Mentions: the numbers and names that a claim uses in indices, conditions and ranges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from qwasm.algebra.indices import Index
from qwasm.algebra.nodes import Family, Node, children, expressions
from qwasm.algebra.ring import Expr
from qwasm.algebra.value import Operator
from qwasm.algebra.walk import subexpressions
from qwasm.prover.claim import Claim


@dataclass(slots=True)
class Mentions:
    """The numbers in indices and conditions, and the ends of ranges."""

    numbers: set[int]
    ends: set[int]
    ranges: set[tuple[Index, Index]]
    indexed: set[str]  # names that stand in an index


def mentioned(claim: Claim) -> Mentions:
    found = Mentions(set(), set(), set(), set())
    names = {name for name, kind in claim.variables.items() if kind == "prime"}
    seen: set[Operator] = set()
    stack = [claim.lhs, claim.rhs]
    while stack:
        x = stack.pop()
        if x in seen:
            continue
        seen.add(x)
        for triple, f in x.words.items():
            for index in triple:
                _index_numbers(index, found)
            _numbers(f, found, names)
        for node, c in x.nodes.items():
            _numbers(c, found, names)
            _node_numbers(node, found, names)
            stack.extend(children(node))
    for side in ("lhs", "rhs", "given"):  # as written: the value may have lost what came to nothing
        _written_numbers(claim.statement[side], found)
    for e in (*claim.where, *(index for _, index in claim.given)):
        _numbers(e, found, names)
    return found


def _node_numbers(node: Node, found: Mentions, names: set[str]) -> None:
    if isinstance(node, Family) and node.domain == "primes":
        found.ranges.add((node.low, node.high))
        for end in (node.low, node.high):
            if isinstance(end, int):
                found.ends.add(end)
        return
    for e in expressions(node):
        _numbers(e, found, names)


def _written_numbers(statement: Any, found: Mentions) -> None:
    """The integers in indices of a statement."""
    stack = [(statement, False)]
    while stack:
        value, index = stack.pop()
        if isinstance(value, list):
            inside = index or (bool(value) and value[0] in ("A", "B", "P", "Q", "mod"))
            parts = value[:2] if inside and value[0] == "^" else value  # an exponent brings no prime
            stack += [(part, inside) for part in parts]
        elif index and isinstance(value, int):
            found.numbers.add(value)


def _index_numbers(index: Index, found: Mentions) -> None:
    if isinstance(index, int):
        found.numbers.add(index)
        return
    found.indexed |= index.symbols
    for _, c in index.terms:
        found.numbers |= {c.numerator, c.denominator}


def _numbers(e: Expr, found: Mentions, names: set[str]) -> None:
    """The numbers that stand inside functions, where they may be compared with a prime."""
    if e.symbols.isdisjoint(names) and "n" not in e.symbols:
        return
    for part in subexpressions(e, lambda x: True):
        for monomial, _ in part.terms:
            for atom, _ in monomial:
                if atom.name in ("pos", "eq", "mod", "gcd", "val", "floor", "ispower", "chi", "max", "min"):
                    for argument in atom.args:
                        for _, c in argument.terms:
                            found.numbers |= {c.numerator, c.denominator}
                    if atom.name == "pos" and not names.isdisjoint(atom.symbols) and "n" not in atom.symbols:
                        found.ends |= {abs(int(c)) for a in atom.args for m, c in a.terms if not m}
