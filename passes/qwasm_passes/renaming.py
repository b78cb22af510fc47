"""Renaming primes: the pattern of an operator, its text with parameters in place of primes.

The primes that stand in indices of A, B, P and Q become parameters, composite indices products of them, and so
do the coefficients that are made of the same primes; steps, exponents, ranges and functions of n keep their
numbers.  Equal primes become equal parameters.  Of all ways to name the primes the pattern is the least text,
with sums in the order of their texts, so operators that differ only in which primes they hold have one pattern.

>>> from qwasm.algebra.operators import Algebra
>>> a = Algebra()
>>> for x in (a.A(3) + a.B(2), a.A(5) + a.B(7)):
...     print(pattern(x))
Pattern(text='A[p] + B[q]', primes=(3, 2), letters=2)
Pattern(text='A[p] + B[q]', primes=(5, 7), letters=2)

A pattern is a text and proves nothing: whoever uses it makes the operator again with `instance` and compares.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import permutations

from qwasm.algebra.operators import Algebra, Operator
from qwasm.algebra.ring import const
from qwasm.arith.sieve import factor
from qwasm.diagnostics import QwasmError
from qwasm.ir.elaborate import Elaborator
from qwasm.ir.scope import Scope
from qwasm.record import record, replace
from qwasm.rules.pack import Macro
from qwasm.space import Space
from qwasm.syntax import parse_expression, tree
from qwasm.syntax.print import print_expression

LEAVES, TEXT = 32, 300  # larger operators have no pattern; so trees stay shallow enough to walk by recursion
PARAMETERS = 4  # primes that a pattern may hold: all ways to name them are tried
LARGEST = 10**12  # indices beyond this keep their number
NAMES = "pqruvwxyzabcd"
INDEXED = frozenset("ABPQ")
GENERIC = (10007, 10009, 10037, 10039, 10061, 10067, 10069, 10079)  # primes that stand for any


@record
class Pattern:
    """The text of an operator modulo its primes, the primes in the order of its parameters, and its letters."""

    text: str
    primes: tuple[int, ...]
    letters: int

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the primes."""
        return names(self.text, len(self.primes))


@lru_cache(maxsize=1 << 14)
def pattern(x: Operator) -> Pattern | None:
    """The pattern of a closed operator of moderate size, else None."""
    if x.symbols or x.leaves > LEAVES or x.is_zero:
        return None
    shown = str(x)
    if len(shown) > TEXT:
        return None
    node = parse_expression(shown, "pattern")
    letters = sum(isinstance(part, (tree.Letter, tree.Call)) for part in operators_of(node))
    primes = list(dict.fromkeys(p for n in indices(node) for p, _ in factor(n)))
    if len(primes) > PARAMETERS:
        return None
    chosen = names(shown, len(primes))
    best = min(
        (print_expression(renamed(node, dict(zip(order, chosen)))), order) for order in permutations(sorted(primes))
    )
    return Pattern(best[0], best[1], letters)


def names(text: str, count: int) -> tuple[str, ...]:
    """So many parameter names: the first that no range of the text binds, as `sum p in` does."""
    free = [name for name in NAMES if f" {name} in " not in text]
    return tuple(free[:count])


def operators_of(node: tree.Node) -> Iterator[tree.Node]:
    """The node and what is inside it, without indices and the arguments of functions of n."""
    waiting = [node]
    while waiting:
        part = waiting.pop()
        yield part
        if isinstance(part, (tree.Letter, tree.Call)) and not operator_call(part):
            continue
        waiting += [part.base] if isinstance(part, tree.Power) else list(tree.children(part))


def operator_call(node: tree.Node) -> bool:
    """Whether a node is a function of an operator."""
    return isinstance(node, tree.Call) and node.name in ("exp", "inv", "adj")


def indices(node: tree.Node) -> Iterator[int]:
    """The numbers in indices of A, B, P and Q, from the left."""
    found = [part for part in operators_of(node) if isinstance(part, tree.Letter) and part.name in INDEXED]
    for letter in found:
        waiting = list(letter.indices)
        while waiting:
            part = waiting.pop()
            if isinstance(part, tree.Number):
                if part.value.denominator == 1 and 2 <= part.value <= LARGEST:
                    yield int(part.value)
            else:
                waiting += [part.base] if isinstance(part, tree.Power) else list(tree.children(part))


def renamed(node: tree.Node, chosen: Mapping[int, str]) -> tree.Node:
    """The tree with names in place of primes, in indices and coefficients, and its sums sorted."""
    match node:
        case tree.Number(value=value) if value.denominator == 1 and 2 <= value <= LARGEST and not node.imaginary:
            return number(node, chosen)
        case tree.Letter(name=name) if name in INDEXED:
            return replace(node, indices=tuple(renamed(index, chosen) for index in node.indices))
        case tree.Call() if operator_call(node):
            return replace(node, args=tuple(renamed(argument, chosen) for argument in node.args))
        case tree.Unary():
            return replace(node, operand=renamed(node.operand, chosen))
        case tree.Power():
            return replace(node, base=renamed(node.base, chosen))
        case tree.Product(factors=factors):
            return replace(node, factors=tuple((before, renamed(part, chosen)) for before, part in factors))
        case tree.Sum(terms=terms):
            made = [(sign, renamed(term, chosen)) for sign, term in terms]
            return replace(node, terms=tuple(sorted(made, key=lambda pair: (pair[0], print_expression(pair[1])))))
        case tree.Family():
            return replace(node, body=renamed(node.body, chosen))
        case _:
            return node


def number(node: tree.Number, chosen: Mapping[int, str]) -> tree.Node:
    """A number as the product of its primes that have names, and of the rest."""
    parts: list[tree.Node] = []
    rest = int(node.value)
    for p, k in sorted(factor(rest), key=lambda pair: chosen.get(pair[0], "")):
        if p in chosen:
            name = tree.Name(node.span, chosen[p])
            parts.append(name if k == 1 else tree.Power(node.span, name, tree.Number(node.span, Fraction(k))))
            rest //= p**k
    if not parts:
        return node
    if rest > 1:
        parts.insert(0, tree.Number(node.span, Fraction(rest)))
    return parts[0] if len(parts) == 1 else tree.Product(node.span, tuple(("*", part) for part in parts))


# ---------------------------------------------------------------- macros


@lru_cache(maxsize=1 << 14)
def instance(macro: Macro, arguments: Sequence[int], space: Space) -> Operator | None:
    """The operator that a macro makes of these numbers; None where it makes none."""
    scope = Scope()
    try:
        for name, value in zip(macro.parameters, arguments, strict=True):
            scope.bind(name, const(value))
        elaborator = Elaborator(space, algebra=Algebra(space.truncation))
        return elaborator.operator(parse_expression(macro.expansion, macro.name), scope)
    except QwasmError:
        return None


def keyed(macros: Sequence[Macro], space: Space) -> dict[str, list[tuple[Macro, tuple[int, ...]]]]:
    """Macros by the text of their pattern, each with where in the pattern its arguments stand."""
    found: dict[str, list[tuple[Macro, tuple[int, ...]]]] = {}
    for macro in macros:
        given = GENERIC[: len(macro.parameters)]
        made = instance(macro, given, space) if len(given) == len(macro.parameters) else None
        seen = pattern(made) if made is not None else None
        if seen is not None and set(seen.primes) == set(given):
            found.setdefault(seen.text, []).append((macro, tuple(seen.primes.index(p) for p in given)))
    return found


__all__ = ["Pattern", "instance", "keyed", "pattern"]
