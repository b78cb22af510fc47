"""Semantic actions: how each production of the grammar becomes a tree node.

An action gets one value for every symbol of its production: nodes for names, numbers and strings,
a `Word` for every other word, None for punctuation.  Lists grow in
place, so a flat sum is built in linear time and is one node.
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


def _action(function: Callable[..., Any]) -> Callable[..., Any]:
    ACTIONS[function.__name__.strip("_")] = function
    return function


# ---------------------------------------------------------------- lists


@_action
def empty() -> list[Any]:
    return []


@_action
def first(item: Any) -> list[Any]:
    return [item]


@_action
def append(items: list[Any], item: Any) -> list[Any]:
    items.append(item)
    return items


@_action
def append_after_comma(items: list[Any], _: None, item: Any) -> list[Any]:
    items.append(item)
    return items


@_action
def two(a: Any, _: None, b: Any) -> list[Any]:
    return [a, b]


@_action
def named(key: Word, _: None, value: tree.Expression) -> Named:
    return Named(key, value)


def _split(items: list[Any]) -> tuple[tuple[tree.Expression, ...], tuple[tuple[str, tree.Expression], ...]]:
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


@_action
def pair(left: tree.Node, operator: Word, right: tree.Node) -> tuple[Span, list[tree.Node]]:
    return operator.span, [left, right]


@_action
def append_operand(pairs: tuple[Span, list[tree.Node]], _: Word, item: tree.Node) -> tuple[Span, list[tree.Node]]:
    pairs[1].append(item)
    return pairs


@_action
def disjunction(pairs: tuple[Span, list[tree.Node]]) -> tree.Node:
    return tree.Logic(pairs[0], "or", tuple(pairs[1]))


@_action
def conjunction(pairs: tuple[Span, list[tree.Node]]) -> tree.Node:
    return tree.Logic(pairs[0], "and", tuple(pairs[1]))


@_action
def negation(operator: Word, operand: tree.Node) -> tree.Node:
    return tree.Unary(operator.span, "not", operand)


@_action
def negative(operator: Word, operand: tree.Node) -> tree.Node:
    return tree.Unary(operator.span, "-", operand)


@_action
def compare(left: tree.Node, operator: Word, right: tree.Node) -> tree.Node:
    return tree.Compare(operator.span, operator.text, left, right)  # type: ignore[arg-type]


@_action
def two_terms(left: tree.Node, operator: Word, right: tree.Node) -> tuple[Span, list[Any]]:
    return operator.span, [("+", left), (operator.text, right)]


@_action
def more_terms(terms: tuple[Span, list[Any]], operator: Word, right: tree.Node) -> tuple[Span, list[Any]]:
    terms[1].append((operator.text, right))
    return terms


@_action
def sum_(terms: tuple[Span, list[Any]]) -> tree.Node:
    return tree.Sum(terms[0], tuple(terms[1]))


@_action
def two_factors(left: tree.Node, operator: Word, right: tree.Node) -> tuple[Span, list[Any]]:
    return operator.span, [("*", left), _factor(operator, right)]


@_action
def more_factors(factors: tuple[Span, list[Any]], operator: Word, right: tree.Node) -> tuple[Span, list[Any]]:
    factors[1].append(_factor(operator, right))
    return factors


def _factor(operator: Word, right: tree.Node) -> tuple[str, tree.Node]:
    return operator.text.lower(), right


@_action
def juxtaposed(left: tree.Node, right: tree.Node) -> tuple[Span, list[Any]]:
    return left.span, [("*", left), ("", right)]


@_action
def juxtaposed_more(factors: tuple[Span, list[Any]], right: tree.Node) -> tuple[Span, list[Any]]:
    factors[1].append(("", right))
    return factors


@_action
def product(factors: tuple[Span, list[Any]]) -> tree.Node:
    return tree.Product(factors[0], tuple(factors[1]))


@_action
def power(base: tree.Node, operator: Word, exponent: tree.Node) -> tree.Node:
    return tree.Power(operator.span, base, exponent)


@_action
def call_empty(name: Word, *_: None) -> tree.Node:
    return tree.Call(name.span, name.text, ())


@_action
def call(name: Word, _: Word, items: list[Any], __: None) -> tree.Node:
    args, pairs = _split(items)
    return tree.Call(name.span, name.text, args, pairs)


@_action
def letter(name: Word, _: None, indices: list[tree.Node], __: None) -> tree.Node:
    return tree.Letter(name.span, name.text, tuple(indices))


@_action
def parenthesis(_: Word, inner: tree.Node, __: None) -> tree.Node:
    return inner


@_action
def tuple_one(opening: Word, item: tree.Node, *_: None) -> tree.Node:
    return tree.Tuple(opening.span, (item,))


@_action
def tuple_(opening: Word, items: list[tree.Node], _: None) -> tree.Node:
    return tree.Tuple(opening.span, tuple(items))


@_action
def range_(low: tree.Node, operator: Word, high: tree.Node) -> tree.Node:
    return tree.Range(operator.span, low, high)


@_action
def family(kind: Word, name: tree.Name, _: None, domain: tree.Node, __: None, body: tree.Node) -> tree.Node:
    kept, low, high = _bounds(domain)
    return tree.Family(kind.span, kind.text, name.id, kept, low, high, body)  # type: ignore[arg-type]


@_action
def clause(name: tree.Name, _: None, domain: tree.Node) -> tree.Node:
    _bounds(domain)
    return tree.In(name.span, name.id, domain)


def _bounds(domain: tree.Node) -> tuple[str, tree.Node, tree.Node]:
    """The kind and both ends of a domain; raises QW0117 when it is neither a range nor primes nor ints."""
    match domain:
        case tree.Range(low=low, high=high):
            return "ints", low, high
        case tree.Call(name="primes" | "ints" as kind, args=(low, high), named=()):
            return kind, low, high
    raise fail("QW0117", "a variable runs over `primes(a, b)`, `ints(a, b)` or `a..b`", domain.span,
               "write primes(2, 100), ints(1, 10) or 1..10; both ends are included")


# ---------------------------------------------------------------- instructions


def _instruction(word: Word, items: list[Any], bound: tree.Node | None = None,
                 results: tuple[tree.Name, ...] = ()) -> tree.Instruction:
    operands, attributes = _split(items)
    return tree.Instruction(word.span, word.text.lower(), operands, attributes, bound, results, word.text)


@_action
def instruction(word: Word, items: list[Any] | None = None) -> tree.Instruction:
    return _instruction(word, items or [])


@_action
def bounded_instruction(word: Word, items: list[Any], maximum: Word, bound: tree.Node) -> tree.Instruction:
    if word.text.lower() not in ("while", "qloop"):
        raise fail("QW0119", f"`{word.text}` takes no bound", maximum.span, "only `while cond max n` and `qloop` do")
    return _instruction(word, items, bound)


@_action
def map_instruction(word: Word, items: list[Any], place: Word, names: list[tree.Name]) -> tree.Instruction:
    """map q, q, EXPR in x, n: the clause may be written out; the variables are always x and n."""
    if word.text.lower() != "map":
        raise fail("QW0119", f"`in` does not follow the operands of `{word.text}`", place.span,
                   "`in` stands in `map q1, q0, EXPR in x, n` and in `hyperloop (i in 0..3)`")
    if tuple(name.id for name in names) not in (("x",), ("n",), ("x", "n")):
        raise fail("QW0119", "the variables of map are x, the entry, and n, its place", names[0].span,
                   "write map q1, q0, EXPR in x, n")
    return _instruction(word, items)


@_action
def call_instruction(word: Word, items: list[Any], arrow: Word, _: Word, results: list[tree.Name],
                     __: None) -> tree.Instruction:
    if word.text.lower() != "call":
        raise fail("QW0119", f"`{word.text}` has no results after ->", arrow.span,
                   "the destination comes first: op dest, src; only `call f(q0) -> (q1)` has an arrow")
    return _instruction(word, items, None, tuple(results))


@_action
def clause_instruction(word: Word, _: Word, clauses: list[tree.Node], __: None) -> tree.Instruction:
    if word.text.lower() != "hyperloop":
        raise fail("QW0119", f"`{word.text}` takes no `in` clauses", clauses[0].span,
                   "write hyperloop (i in 0..3, p in primes(2, 20))")
    return _instruction(word, clauses)


# ---------------------------------------------------------------- directives


@_action
def version(word: Word, number: tree.Number) -> tree.Statement:
    return tree.Version(word.span, number.text)


@_action
def param(word: Word, name: tree.Name, _: None, kind: Word) -> tree.Statement:
    return tree.Param(name.span, name.id, _type(kind), None)


@_action
def param_default(word: Word, name: tree.Name, _: None, kind: Word, __: None, value: tree.Node) -> tree.Statement:
    return tree.Param(name.span, name.id, _type(kind), value)


def _type(kind: Word) -> str:
    return "".join(kind.text.split())


@_action
def space(word: Word, settings: list[Named]) -> tree.Statement:
    return tree.SpaceDecl(word.span, _split(settings)[1])


@_action
def arith_table(_: Word, key: Word, __: None, body: tree.Node) -> tree.Statement:
    return tree.ArithDef(key.span, key.text, (), body)


@_action
def arith(_: Word, name: Word, __: Word, parameters: list[tree.Name], ___: None, ____: None,
          body: tree.Node) -> tree.Statement:
    return tree.ArithDef(name.span, name.text, _parameters(parameters), body)


def _parameters(names: list[tree.Name]) -> tuple[str, ...]:
    ids = tuple(name.id for name in names)
    for i, name in enumerate(names):
        if name.id in ids[:i]:
            raise fail("QW0118", f"`{name.id}` is given twice", name.span, "give every parameter its own name")
    return ids


@_action
def op(_: Word, key: Word, __: None, body: tree.Node) -> tree.Statement:
    return tree.OpDef(key.span, key.text, body)


@_action
def diffusion(word: Word, key: Word, _: None, coefficient: tree.Node, __: None, domain: tree.Node) -> tree.Statement:
    if key.text != "c":
        raise fail("QW0119", f"the coefficient of .diffusion is called c, not `{key.text}`", key.span,
                   ".diffusion c = p^(-1/2), primes(2, 100)")
    if _bounds(domain)[0] != "primes" or type(domain) is not tree.Call:
        raise fail("QW0117", "the diffusion operator runs over primes", domain.span,
                   ".diffusion c = p^(-1/2), primes(2, 100)")
    return tree.Diffusion(word.span, "p", coefficient, domain)


@_action
def macro(_: Word, name: Word, __: Word, parameters: list[tree.Name], ___: None, ____: None,
          body: tree.Node) -> tree.Statement:
    return tree.MacroDef(name.span, name.text, _parameters(parameters), body)


@_action
def instruction_macro(_: Word, name: Word, __: Word, parameters: list[tree.Name], ___: None) -> tree.Statement:
    return tree.InstructionMacro(name.span, name.text, _parameters(parameters), ())


@_action
def typed_name(name: tree.Name, _: None, kind: Word) -> tuple[tree.Name, str]:
    return name, _type(kind)


@_action
def reg(_: Word, pairs: list[tuple[tree.Name, str]]) -> list[tree.Statement]:
    return [tree.RegDecl(name.span, name.id, kind) for name, kind in pairs]


@_action
def var(word: Word, pairs: list[tuple[tree.Name, str]]) -> tree.Statement:
    _parameters([name for name, _ in pairs])
    return tree.VarDecl(word.span, tuple((name.id, kind) for name, kind in pairs))


@_action
def use(word: Word, path: tree.Text) -> tree.Statement:
    return tree.Use(path.span, path.value)


@_action
def func(_: Word, name: tree.Name | Word, __: Word | None = None, parameters: list[tree.Name] | None = None,
         ___: None = None, ____: Word | None = None, _____: Word | None = None,
         results: list[tree.Name] | None = None, ______: None = None) -> tree.Statement:
    word = name.id if isinstance(name, tree.Name) else name.text
    _parameters(parameters or [])
    return tree.Func(name.span, word, tuple(parameters or ()), tuple(results or ()), ())


# ---------------------------------------------------------------- lines: lists of statements


@_action
def blank_line() -> list[tree.Statement]:
    return []


@_action
def label_line(labels: list[Word]) -> list[tree.Statement]:
    return [tree.Label(word.span, word.text.rstrip(": \t")) for word in labels]


@_action
def statement_line(statement: Any) -> list[tree.Statement]:
    return statement if isinstance(statement, list) else [statement]


@_action
def labelled_line(labels: list[Word], statement: tree.Statement) -> list[tree.Statement]:
    return [*label_line(labels), statement]
