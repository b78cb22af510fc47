"""Semantic actions of whole lines: how instructions, directives and labels become statements."""

from __future__ import annotations

from typing import Any

from qwasm.diagnostics import fail
from qwasm.syntax import tree
from qwasm.syntax.actions import ACTIONS, Named, Word, action, bounds, split

__all__ = ["ACTIONS"]  # now with the actions of both pages

# ---------------------------------------------------------------- instructions


def _instruction(
    word: Word, items: list[Any], bound: tree.Node | None = None, results: tuple[tree.Name, ...] = ()
) -> tree.Instruction:
    operands, attributes = split(items)
    return tree.Instruction(word.span, word.text.lower(), operands, attributes, bound, results, word.text)


@action
def instruction(word: Word, items: list[Any] | None = None) -> tree.Instruction:
    return _instruction(word, items or [])


@action
def bounded_instruction(word: Word, items: list[Any], maximum: Word, bound: tree.Node) -> tree.Instruction:
    if word.text.lower() not in ("while", "qloop"):
        raise fail("QW0119", f"`{word.text}` takes no bound", maximum.span, "only `while cond max n` and `qloop` do")
    return _instruction(word, items, bound)


@action
def map_instruction(word: Word, items: list[Any], place: Word, names: list[tree.Name]) -> tree.Instruction:
    """map q, q, EXPR in x, n: the clause may be written out; the variables are always x and n."""
    if word.text.lower() != "map":
        raise fail(
            "QW0119",
            f"`in` does not follow the operands of `{word.text}`",
            place.span,
            "`in` stands in `map q1, q0, EXPR in x, n` and in `hyperloop (i in 0..3)`",
        )
    if tuple(name.id for name in names) not in (("x",), ("n",), ("x", "n")):
        raise fail(
            "QW0119",
            "the variables of map are x, the entry, and n, its place",
            names[0].span,
            "write map q1, q0, EXPR in x, n",
        )
    return _instruction(word, items)


@action
def call_instruction(
    word: Word, items: list[Any], arrow: Word, _: Word, results: list[tree.Name], __: None
) -> tree.Instruction:
    if word.text.lower() != "call":
        raise fail(
            "QW0119",
            f"`{word.text}` has no results after ->",
            arrow.span,
            "the destination comes first: op dest, src; only `call f(q0) -> (q1)` has an arrow",
        )
    return _instruction(word, items, None, tuple(results))


@action
def clause_instruction(word: Word, _: Word, clauses: list[tree.Node], __: None) -> tree.Instruction:
    if word.text.lower() != "hyperloop":
        raise fail(
            "QW0119",
            f"`{word.text}` takes no `in` clauses",
            clauses[0].span,
            "write hyperloop (i in 0..3, p in primes(2, 20))",
        )
    return _instruction(word, clauses)


# ---------------------------------------------------------------- directives


@action
def version(word: Word, number: tree.Number) -> tree.Statement:
    return tree.Version(word.span, number.text)


@action
def param(word: Word, name: tree.Name, _: None, kind: Word) -> tree.Statement:
    return tree.Param(name.span, name.id, _type(kind), None)


@action
def param_default(word: Word, name: tree.Name, _: None, kind: Word, __: None, value: tree.Node) -> tree.Statement:
    return tree.Param(name.span, name.id, _type(kind), value)


def _type(kind: Word) -> str:
    return "".join(kind.text.split())


@action
def space(word: Word, settings: list[Named]) -> tree.Statement:
    return tree.SpaceDecl(word.span, split(settings)[1])


@action
def arith_table(_: Word, key: Word, __: None, body: tree.Node) -> tree.Statement:
    return tree.ArithDef(key.span, key.text, (), body)


@action
def arith(
    _: Word, name: Word, __: Word, parameters: list[tree.Name], ___: None, ____: None, body: tree.Node
) -> tree.Statement:
    return tree.ArithDef(name.span, name.text, _parameters(parameters), body)


def _parameters(names: list[tree.Name]) -> tuple[str, ...]:
    ids = tuple(name.id for name in names)
    for i, name in enumerate(names):
        if name.id in ids[:i]:
            raise fail("QW0118", f"`{name.id}` is given twice", name.span, "give every parameter its own name")
    return ids


@action
def op(_: Word, key: Word, __: None, body: tree.Node) -> tree.Statement:
    return tree.OpDef(key.span, key.text, body)


@action
def diffusion(word: Word, key: Word, _: None, coefficient: tree.Node, __: None, domain: tree.Node) -> tree.Statement:
    if key.text != "c":
        raise fail(
            "QW0119",
            f"the coefficient of .diffusion is called c, not `{key.text}`",
            key.span,
            ".diffusion c = p^(-1/2), primes(2, 100)",
        )
    if bounds(domain)[0] != "primes" or type(domain) is not tree.Call:
        raise fail(
            "QW0117", "the diffusion operator runs over primes", domain.span, ".diffusion c = p^(-1/2), primes(2, 100)"
        )
    return tree.Diffusion(word.span, "p", coefficient, domain)


@action
def macro(
    _: Word, name: Word, __: Word, parameters: list[tree.Name], ___: None, ____: None, body: tree.Node
) -> tree.Statement:
    return tree.MacroDef(name.span, name.text, _parameters(parameters), body)


@action
def instruction_macro(_: Word, name: Word, __: Word, parameters: list[tree.Name], ___: None) -> tree.Statement:
    return tree.InstructionMacro(name.span, name.text, _parameters(parameters), ())


@action
def typed_name(name: tree.Name, _: None, kind: Word) -> tuple[tree.Name, str]:
    return name, _type(kind)


@action
def reg(_: Word, pairs: list[tuple[tree.Name, str]]) -> list[tree.Statement]:
    return [tree.RegDecl(name.span, name.id, kind) for name, kind in pairs]


@action
def var(word: Word, pairs: list[tuple[tree.Name, str]]) -> tree.Statement:
    _parameters([name for name, _ in pairs])
    return tree.VarDecl(word.span, tuple((name.id, kind) for name, kind in pairs))


@action
def use(word: Word, path: tree.Text) -> tree.Statement:
    return tree.Use(path.span, path.value)


@action
def func(
    _: Word,
    name: tree.Name | Word,
    __: Word | None = None,
    parameters: list[tree.Name] | None = None,
    ___: None = None,
    ____: Word | None = None,
    _____: Word | None = None,
    results: list[tree.Name] | None = None,
    ______: None = None,
) -> tree.Statement:
    word = name.id if isinstance(name, tree.Name) else name.text
    _parameters(parameters or [])
    return tree.Func(name.span, word, tuple(parameters or ()), tuple(results or ()), ())


# ---------------------------------------------------------------- lines: lists of statements


@action
def blank_line() -> list[tree.Statement]:
    return []


@action
def label_line(labels: list[Word]) -> list[tree.Statement]:
    return [tree.Label(word.span, word.text.rstrip(": \t")) for word in labels]


@action
def statement_line(statement: Any) -> list[tree.Statement]:
    return statement if isinstance(statement, list) else [statement]


@action
def labelled_line(labels: list[Word], statement: tree.Statement) -> list[tree.Statement]:
    return [*label_line(labels), statement]
