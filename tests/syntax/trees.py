"""Hypothesis strategies for trees and sources, and trees without their places."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from qwasm.diagnostics import Span
from qwasm.syntax import fold, tree

HERE = Span("<tree>", 1, 1)
RESERVED = {"sum", "prod", "in", "and", "or", "not", "mod", "nan", "inf", "infinity"}

names = st.sampled_from(
    ("n", "p", "x1", "q0", "s0", "A", "A2", "Km", "I", "D", "max", "primes", "log", "exp2", "i", "e5")
)
numbers = st.one_of(
    st.integers(0, 10**20).map(lambda k: tree.Number(HERE, Fraction(k), False, str(k))),
    st.sampled_from(
        (
            tree.Number(HERE, Fraction(1, 2), False, "0.5"),
            tree.Number(HERE, Fraction(1, 10**8), False, "1e-8"),
            tree.Number(HERE, Fraction(2), True, "2i"),
            tree.Number(HERE, Fraction(7)),
        )
    ),
)
strings = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cf", "Zl", "Zp")), max_size=6).map(
    lambda text: tree.Text(HERE, text + "\n\t")
)
atoms = st.one_of(numbers, names.map(lambda name: tree.Name(HERE, name)))


def _larger(inner: st.SearchStrategy[tree.Node]) -> st.SearchStrategy[tree.Node]:
    several = st.lists(inner, min_size=2, max_size=3)
    arguments = st.lists(st.one_of(inner, strings, several.map(lambda xs: tree.Tuple(HERE, tuple(xs)))), max_size=2)
    pairs = st.lists(st.tuples(st.sampled_from(("c", "low")), inner), max_size=1)

    def signed(data: tuple[list[tree.Node], list[Any]]) -> tree.Node:
        terms, signs = data
        return tree.Sum(HERE, tuple(zip(("+", *signs), terms)))

    def multiplied(data: tuple[list[tree.Node], list[Any]]) -> tree.Node:
        factors, operators = data
        return tree.Product(HERE, tuple(zip(("*", *operators), factors)))

    indices = st.lists(inner, min_size=1, max_size=2).map(tuple)
    return st.one_of(
        st.builds(tree.Letter, st.just(HERE), st.sampled_from("ABKPQS"), indices),
        st.builds(tree.Call, st.just(HERE), names, arguments.map(tuple), pairs.map(tuple)),
        st.builds(tree.Unary, st.just(HERE), st.sampled_from(("-", "not")), inner),
        st.tuples(several, st.lists(st.sampled_from("+-"), min_size=2, max_size=2)).map(signed),
        st.tuples(several, st.lists(st.sampled_from(("*", "/", "", "mod")), min_size=2, max_size=2)).map(multiplied),
        st.builds(tree.Power, st.just(HERE), inner, inner),
        st.builds(tree.Compare, st.just(HERE), st.sampled_from(("==", "!=", "<", "<=", ">", ">=")), inner, inner),
        st.builds(tree.Logic, st.just(HERE), st.sampled_from(("and", "or")), several.map(tuple)),
        st.builds(
            tree.Family,
            st.just(HERE),
            st.sampled_from(("sum", "prod")),
            names,
            st.sampled_from(("primes", "ints")),
            inner,
            inner,
            inner,
        ),
    )


expressions = st.recursive(atoms, _larger, max_leaves=12)
small = st.recursive(atoms, _larger, max_leaves=3)  # inside statements, of which there are many
operands = st.one_of(
    expressions, strings, st.lists(expressions, min_size=1, max_size=3).map(lambda xs: tree.Tuple(HERE, tuple(xs)))
)
small_lists = st.lists(small, min_size=1, max_size=3).map(lambda xs: tree.Tuple(HERE, tuple(xs)))
small_operands = st.one_of(small, strings, small_lists)
attributes = st.lists(
    st.tuples(st.sampled_from(("tol", "which", "insert")), small_operands), max_size=2, unique_by=lambda p: p[0]
)


def _instruction(mnemonic: str, operands: list[tree.Node], pairs: list[tuple[str, tree.Node]]) -> tree.Statement:
    return tree.Instruction(HERE, mnemonic, tuple(operands), tuple(pairs))


instructions = st.builds(
    _instruction,
    st.sampled_from(("qop.apply", "set", "emit", "halt", "mymacro", "trace")),
    st.lists(small_operands, max_size=3),
    attributes,
)
domains = st.one_of(
    st.builds(tree.Range, st.just(HERE), small, small),
    st.tuples(st.sampled_from(("primes", "ints")), small, small).map(lambda t: tree.Call(HERE, t[0], (t[1], t[2]))),
)
clauses = st.lists(st.builds(tree.In, st.just(HERE), names, domains), min_size=1, max_size=2)
heads = st.one_of(
    st.tuples(names, small).map(lambda t: tree.Instruction(HERE, "loop", (tree.Name(HERE, t[0]), t[1]))),
    clauses.map(lambda items: tree.Instruction(HERE, "hyperloop", tuple(items))),
    st.tuples(names, small, small).map(lambda t: tree.Instruction(HERE, "primes", (tree.Name(HERE, t[0]), t[1], t[2]))),
    st.tuples(small, small).map(lambda t: tree.Instruction(HERE, "while", (t[0],), bound=t[1])),
)


def _block(inner: st.SearchStrategy[tree.Statement]) -> st.SearchStrategy[tree.Statement]:
    bodies = st.lists(inner, max_size=3).map(tuple)
    choices = small.map(lambda cond: tree.Instruction(HERE, "if", (cond,)))
    return st.one_of(
        st.builds(tree.Block, st.just(HERE), heads, bodies),
        st.builds(tree.Block, st.just(HERE), choices, bodies, bodies),
    )


statements = st.recursive(instructions, _block, max_leaves=6)
functions = st.builds(
    tree.Func,
    st.just(HERE),
    st.just("f"),
    st.just((tree.Name(HERE, "q0"),)),
    st.just((tree.Name(HERE, "q1"),)),
    st.lists(statements, max_size=4).map(tuple),
)
directives = st.one_of(
    st.builds(tree.OpDef, st.just(HERE), names, small),
    st.builds(tree.ArithDef, st.just(HERE), names, st.sampled_from(((), ("n",), ("p", "k"))), small),
    st.builds(tree.MacroDef, st.just(HERE), names, st.sampled_from(((), ("n",), ("p", "k"))), small),
    st.builds(tree.Param, st.just(HERE), names, st.sampled_from(("real", "qint")), st.one_of(st.none(), small)),
    st.builds(tree.SpaceDecl, st.just(HERE), small.map(lambda e: (("N", e), ("weight", e)))),
    st.builds(tree.RegDecl, st.just(HERE), names, st.sampled_from(("scalar", "qstate<hilbert>"))),
)
programs = st.builds(tree.Program, st.just("<tree>"), st.tuples(directives, functions, functions).map(tuple))


def bare(node: tree.Node) -> Any:
    """An expression as nested tuples without places and spellings."""

    def visit(node: tree.Node, parts: list[Any]) -> Any:
        own = [
            value if name != "value" or not isinstance(value, Fraction) else str(value)
            for name in type(node).__dataclass_fields__
            if name not in ("span", "text") and isinstance(value := getattr(node, name), str | bool | Fraction)
        ]
        pairs = getattr(node, "terms", None) or getattr(node, "factors", None) or getattr(node, "named", None) or ()
        return (type(node).__name__, *own, *(key for key, _ in pairs), *parts)

    return fold(node, visit)


def bare_statements(statements: tuple[tree.Statement, ...]) -> Any:
    """Statements as nested tuples without places and spellings."""

    def show(value: Any) -> Any:
        if isinstance(value, tree.Node):
            return bare(value)
        if isinstance(value, tree.Statement):
            fields = (name for name in type(value).__dataclass_fields__ if name not in ("span", "written"))
            return (type(value).__name__, *(show(getattr(value, name)) for name in fields))
        return tuple(map(show, value)) if isinstance(value, tuple) else value

    return show(statements)
