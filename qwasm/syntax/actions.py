"""Semantic actions: how each production of the grammar becomes a tree node.

An action gets one value for every symbol of its production: nodes for names, numbers and strings,
a `Word` for every other word, None for punctuation.  Lists grow in place, so a flat sum is built in
linear time and is one node.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from qwasm.diagnostics import Span, fail
from qwasm.syntax import tree


class Word(NamedTuple):
    """A word of the text whose spelling matters: a mnemonic, a key, the name of a call."""

    span: Span
    text: str


class Named(NamedTuple):
    """name = value inside an operand or argument list."""

    key: Word
    value: tree.Expression


ACTIONS: dict[str, Callable[..., Any]] = {}


def action(function: Callable[..., Any]) -> Callable[..., Any]:
    """Enter a function in the table under its own name, without trailing underscores."""
    ACTIONS[function.__name__.strip("_")] = function
    return function


# ---------------------------------------------------------------- lists


@action
def empty() -> list[Any]:
    return []


@action
def first(item: Any) -> list[Any]:
    return [item]


@action
def append(items: list[Any], item: Any) -> list[Any]:
    items.append(item)
    return items


@action
def append_after_comma(items: list[Any], _: None, item: Any) -> list[Any]:
    items.append(item)
    return items


@action
def two(a: Any, _: None, b: Any) -> list[Any]:
    return [a, b]


@action
def word(name: Word) -> tree.Node:
    return tree.Name(name.span, name.text)


@action
def named(key: Word, _: None, value: tree.Expression) -> Named:
    return Named(key, value)


def split(items: list[Any]) -> tuple[tuple[tree.Expression, ...], tuple[tuple[str, tree.Expression], ...]]:
    """Operands and name=value pairs of a list, each in the written order; a name may be given once."""
    pairs: dict[str, tree.Expression] = {}
    operands = []
    for item in items:
        if type(item) is Named:
            _once(pairs, item)
        else:
            operands.append(item)
    return tuple(operands), tuple(pairs.items())


def _once(pairs: dict[str, tree.Expression], item: Named) -> None:
    name = item.key.text
    if name in pairs:
        raise fail("QW0118", f"`{name}` is given twice", item.key.span, f"keep one `{name} = ...`")
    pairs[name] = item.value


# ---------------------------------------------------------------- expressions


@action
def pair(left: tree.Node, operator: Word, right: tree.Node) -> tuple[Span, list[tree.Node]]:
    return operator.span, [left, right]


@action
def append_operand(pairs: tuple[Span, list[tree.Node]], _: Word, item: tree.Node) -> tuple[Span, list[tree.Node]]:
    pairs[1].append(item)
    return pairs


@action
def disjunction(pairs: tuple[Span, list[tree.Node]]) -> tree.Node:
    return tree.Logic(pairs[0], "or", tuple(pairs[1]))


@action
def conjunction(pairs: tuple[Span, list[tree.Node]]) -> tree.Node:
    return tree.Logic(pairs[0], "and", tuple(pairs[1]))


@action
def negation(operator: Word, operand: tree.Node) -> tree.Node:
    return tree.Unary(operator.span, "not", operand)


@action
def negative(operator: Word, operand: tree.Node) -> tree.Node:
    return tree.Unary(operator.span, "-", operand)


@action
def compare(left: tree.Node, operator: Word, right: tree.Node) -> tree.Node:
    return tree.Compare(operator.span, operator.text, left, right)  # type: ignore[arg-type]


@action
def two_terms(left: tree.Node, operator: Word, right: tree.Node) -> tuple[Span, list[Any]]:
    return operator.span, [("+", left), (operator.text, right)]


@action
def more_terms(terms: tuple[Span, list[Any]], operator: Word, right: tree.Node) -> tuple[Span, list[Any]]:
    terms[1].append((operator.text, right))
    return terms


@action
def sum_(terms: tuple[Span, list[Any]]) -> tree.Node:
    return tree.Sum(terms[0], tuple(terms[1]))


@action
def two_factors(left: tree.Node, operator: Word, right: tree.Node) -> tuple[Span, list[Any]]:
    return operator.span, [("*", left), _factor(operator, right)]


@action
def more_factors(factors: tuple[Span, list[Any]], operator: Word, right: tree.Node) -> tuple[Span, list[Any]]:
    factors[1].append(_factor(operator, right))
    return factors


def _factor(operator: Word, right: tree.Node) -> tuple[str, tree.Node]:
    return operator.text.lower(), right


@action
def juxtaposed(left: tree.Node, right: tree.Node) -> tuple[Span, list[Any]]:
    return left.span, [("*", left), ("", right)]


@action
def juxtaposed_more(factors: tuple[Span, list[Any]], right: tree.Node) -> tuple[Span, list[Any]]:
    factors[1].append(("", right))
    return factors


@action
def product(factors: tuple[Span, list[Any]]) -> tree.Node:
    return tree.Product(factors[0], tuple(factors[1]))


@action
def power(base: tree.Node, operator: Word, exponent: tree.Node) -> tree.Node:
    return tree.Power(operator.span, base, exponent)


@action
def call_empty(name: Word, *_: None) -> tree.Node:
    return tree.Call(name.span, name.text, ())


@action
def call(name: Word, _: Word, items: list[Any], __: None) -> tree.Node:
    args, pairs = split(items)
    return tree.Call(name.span, name.text, args, pairs)


@action
def letter(name: Word, _: None, indices: list[tree.Node], __: None) -> tree.Node:
    return tree.Letter(name.span, name.text, tuple(indices))


@action
def parenthesis(_: Word, inner: tree.Node, __: None) -> tree.Node:
    return inner


@action
def tuple_one(opening: Word, item: tree.Node, *_: None) -> tree.Node:
    return tree.Tuple(opening.span, (item,))


@action
def tuple_(opening: Word, items: list[tree.Node], _: None) -> tree.Node:
    return tree.Tuple(opening.span, tuple(items))


@action
def range_(low: tree.Node, operator: Word, high: tree.Node) -> tree.Node:
    return tree.Range(operator.span, low, high)


@action
def family(kind: Word, name: tree.Name, _: None, domain: tree.Node, __: None, body: tree.Node) -> tree.Node:
    kept, low, high = bounds(domain)
    return tree.Family(kind.span, kind.text, name.id, kept, low, high, body)  # type: ignore[arg-type]


@action
def clause(name: tree.Name, _: None, domain: tree.Node) -> tree.Node:
    bounds(domain)
    return tree.In(name.span, name.id, domain)


def bounds(domain: tree.Node) -> tuple[str, tree.Node, tree.Node]:
    """The kind and both ends of a domain; raises QW0117 when it is neither a range nor primes nor ints."""
    match domain:
        case tree.Range(low=low, high=high):
            return "ints", low, high
        case tree.Call(name="primes" | "ints" as kind, args=(low, high), named=()):
            return kind, low, high
    raise fail(
        "QW0117",
        "a variable runs over `primes(a, b)`, `ints(a, b)` or `a..b`",
        domain.span,
        "write primes(2, 100), ints(1, 10) or 1..10; both ends are included",
    )
