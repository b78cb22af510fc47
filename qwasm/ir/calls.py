"""Calls and letters: what a name followed by arguments means.

`f(x)` is an arithmetic function at a point, an operator built from functions of n, or a macro;
the scope is asked first, so a program's own names come before nothing but the language's words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qwasm.algebra.functions import call
from qwasm.algebra.letters import ROWS, Letter, lookup
from qwasm.algebra.letters import table as letters
from qwasm.algebra.operators import Operator
from qwasm.algebra.ring import Expr, const, symbol
from qwasm.diagnostics import QwasmError, Span, fail
from qwasm.ir import ranges
from qwasm.ir.functions import at_n, is_function, names, parameters
from qwasm.ir.scope import Arithmetic, Failed, Lines, Macro, Scope, check_name, did_you_mean
from qwasm.ir.trampoline import Step
from qwasm.syntax import tree

if TYPE_CHECKING:
    from qwasm.ir.elaborate import Elaborator

POINT = symbol("n", "nat")
PICKS = frozenset("ABK")  # letters that reach psi(p n) or psi(n / p)


def function_at_n(name: str, place: Span) -> Expr:
    """The value at n of a function that is written without arguments."""
    wanted = parameters(name)
    if wanted:
        raise fail("QW0203", f"{name} takes {count(wanted, 'argument')}", place, f"write {name}({', '.join(wanted)})")
    return at_n(name, ())


def user_function(function: Arithmetic, point: Expr) -> Expr:
    """A user's arithmetic function at a point."""
    if function.form == "table":
        return call("table", function.name, point)
    assert function.body is not None
    if function.form == "euler":
        return call("euler", function.body, point)
    return function.body.substitute({"n": point})


def letter(el: Elaborator, node: tree.Letter, scope: Scope) -> Step:
    """An indexed letter: the indices are integer expressions without n."""
    row = letter_row(node, scope)
    if not row.least <= len(node.indices) <= len(row.arguments):
        many = len(node.indices)
        raise fail("QW0203", f"{node.name} does not take {count(range(many), 'index')}", node.span, f"write {row.form}")
    arguments: list[Any] = []
    for kind, index in zip(row.arguments, node.indices, strict=False):
        if kind == "cyclic":
            if not (isinstance(index, tree.Name) and index.id == "cyclic"):
                raise fail("QW0203", "the second index of S is the word cyclic", index.span, f"write {row.form}")
            arguments.append(True)
            continue
        value = el.number((yield el.visit(index, scope)), index.span, ())
        whole = value.integer()
        if kind == "index" and value.is_constant and whole is None:
            message = f"the index of {node.name} is an integer, this is {value}"
            raise fail("QW0208", message, index.span, "round it, or use V(...)")
        strict = el.space is not None and el.space.truncation == "strict"  # on the infinite space it is not 0
        if whole is not None and el.space and strict and whole > el.space.N and node.name in PICKS and not arguments:
            N = el.space.N
            el.remark("QW0920", f"{node.name}[{whole}] is 0 on 1..{N}", node.span, f"it acts from N = {whole} on")
        arguments.append(value if whole is None else whole)
    return made(el, node.span, row, *arguments)


def letter_row(node: tree.Letter, scope: Scope) -> Letter:
    """The row of an indexed letter; raises QW0200 for a name that is none."""
    row = lookup(node.name)
    if row is None or row.kind != "letter":
        raise fail("QW0200", f"no letter is called {node.name!r}", node.span, letter_hint(node.name, row, scope))
    return row


def letter_hint(name: str, row: Letter | None, scope: Scope) -> str:
    """What to write instead of an index in brackets after a name that is no letter."""
    if row is not None:
        return f"write {row.form}"
    if scope.find(name) is not None or is_function(name):
        return f"{name} takes no index in brackets; arguments stand in parentheses: f(x)"
    known = [known for known, other in letters().items() if other.kind == "letter"]
    return did_you_mean(name, known) or f"the letters are {' '.join(known)}"


def made(el: Elaborator, place: Span, row: Letter, *arguments: Any) -> Operator:
    """The value of a row of the letter table at its arguments.

    Raises QwasmError QW0596 when a plug-in's row fails or gives no operator.
    """
    try:
        value = el.at(place, row.build, el.algebra, *arguments)
    except (TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
        if any(row is own for own in ROWS):
            raise
        raise fail(
            "QW0596", f"the letter {row.name} does not work: {type(error).__name__}: {error}", place,
            "repair or uninstall the package that declares it",
        ) from None  # fmt: skip
    if not isinstance(value, Operator):
        raise fail(
            "QW0596", f"the letter {row.name} gives {type(value).__name__}, not an operator", place,
            "repair or uninstall the package that declares it",
        )  # fmt: skip
    return value


def call_node(el: Elaborator, node: tree.Call, scope: Scope) -> Any:
    """The step that computes a call."""
    bound = scope.find(node.name)
    if isinstance(bound, Macro):
        return expanded(el, node, bound, scope)
    if isinstance(bound, Arithmetic):
        return applied(el, node, bound, scope)
    if isinstance(bound, Lines):
        raise fail("QW0204", f"{node.name!r} is an instruction macro, it stands on its own line", node.span)
    if isinstance(bound, Failed):
        raise QwasmError()
    if bound is not None:
        hint = f"write {node.name} (...) with a blank for a product"
        raise fail("QW0204", f"{node.name!r} is not a function", node.span, hint)
    match node.name:
        case "D" | "M":
            return ranges.inline_spread(el, node, scope)
        case "euler":
            return euler(el, node, scope)
        case "table":
            return table(el, node, scope)
        case "primes" | "ints":
            raise fail(
                "QW0213", "a range stands where a value is needed", node.span, f"write sum p in {node.name}(a, b): ..."
            )
    row = lookup(node.name)
    if row is not None and row.kind == "function":
        return operator_function(el, node, row, scope)
    if not is_function(node.name):
        from qwasm.ir.elaborate import unknown

        raise unknown(node, scope)
    return builtin(el, node, scope)


def unnamed(node: tree.Call, least: int, most: int, form: str) -> tuple[tree.Node, ...]:
    """The arguments of a call that takes no named ones, counted."""
    if node.named:
        raise fail("QW0203", f"{node.name} takes no argument called {node.named[0][0]!r}", node.named[0][1].span, form)
    if not least <= len(node.args) <= most:
        wanted = str(least) if least == most else f"{least} or {most}"
        raise fail("QW0203", f"{node.name} takes {wanted} arguments, {len(node.args)} stand here", node.span, form)
    return node.args


def operator_function(el: Elaborator, node: tree.Call, row: Letter, scope: Scope) -> Step:
    """A function of the letter table: V(f), out(u, v), inv(X); exp of a number is the number's."""
    values: list[Any] = []
    for kind, argument in zip(row.arguments, unnamed(node, row.least, len(row.arguments), row.form), strict=False):
        value = yield el.visit(argument, scope)
        if node.name == "exp" and not isinstance(value, Operator):
            return el.at(node.span, call, "exp", el.number(value, argument.span))
        if kind == "operator":
            values.append(el.as_operator(value, argument.span))
        else:
            number = el.number(value, argument.span, ("n",) if kind == "arith" else ())
            whole = number.integer() if kind == "index" else None
            values.append(number if whole is None else whole)
    if node.name in ("adj", "out"):
        exact_weight(el, node)
    if node.name != "adj":
        return made(el, node.span, row, *values)
    weight = el.space.weight if el.space is not None else el.weight
    if weight is None:
        message = "an adjoint needs a weight, and no space is declared"
        raise fail("QW0230", message, node.span, ".space N = 1000, weight = n^-1")
    return el.at(node.span, el.algebra.adjoint, values[0], weight)


def exact_weight(el: Elaborator, node: tree.Call) -> None:
    """In mod(l) an adjoint or inner product needs w(n) to exist: s = 0, or l > N."""
    space = el.space
    if space and space.field.exact and space.weight.s != 0 and space.field.modulus <= space.N:
        raise fail(
            "QW0227", f"{node.name} needs the weight {space.weight}, which {space.field} lacks up to N = {space.N}",
            node.span, f"use weight = 1, or a modulus above {space.N}",
        )  # fmt: skip


def euler(el: Elaborator, node: tree.Call, scope: Scope) -> Step:
    """euler(body, point): the multiplicative function with value `body` at p^k."""
    body, *point = unnamed(node, 1, 2, "euler(body in p and k, n)")
    inner = scope.child()
    inner.bind("p", symbol("p", "prime"))
    inner.bind("k", symbol("k", "nat"))
    value = el.number((yield el.visit(body, inner)), body.span, ())
    where = el.number((yield el.visit(point[0], scope)), point[0].span) if point else POINT
    return el.at(node.span, call, "euler", value, where)


def table(el: Elaborator, node: tree.Call, scope: Scope) -> Step:
    """table("g", point): a table that the program names, at a point."""
    name, *point = unnamed(node, 1, 2, 'table("g", n)')
    if not isinstance(name, tree.Text):
        raise fail("QW0204", "a table is named by a string", name.span, '.arith g = table("g.npy")')
    where = el.number((yield el.visit(point[0], scope)), point[0].span) if point else POINT
    return el.at(node.span, call, "table", name.value, where)


def applied(el: Elaborator, node: tree.Call, function: Arithmetic, scope: Scope) -> Step:
    """A user's arithmetic function at its argument."""
    (argument,) = unnamed(node, 1, 1, f"{node.name}(n)")
    point = el.number((yield el.visit(argument, scope)), argument.span)
    return el.at(node.span, user_function, function, point)


def builtin(el: Elaborator, node: tree.Call, scope: Scope) -> Step:
    """A function of the language; with exactly its own parameters it means the value at n."""
    values: list[Expr] = []
    for argument in unnamed(node, 0, 64, node.name):
        values.append(el.number((yield el.visit(argument, scope)), argument.span))
    return el.at(node.span, at_n, node.name, tuple(values))


def expanded(el: Elaborator, node: tree.Call, macro: Macro, scope: Scope) -> Step:
    """A macro call with its arguments computed first."""
    if node.named or len(node.args) != len(macro.parameters):
        form = f"{macro.name}({', '.join(macro.parameters)})"
        raise fail(
            "QW0203",
            f"{macro.name} takes {count(macro.parameters, 'argument')}, {len(node.args)} stand here",
            node.span,
            form,
        )
    values: list[Any] = []
    for argument in node.args:
        values.append((yield el.visit(argument, scope)))
    return (yield expand(el, node, macro, tuple(values), scope))


def expand(el: Elaborator, node: tree.Node, macro: Macro, arguments: tuple[Any, ...], scope: Scope) -> Step:
    """The macro's body with its parameters bound to values; equal calls are computed once."""
    key = (macro.name, id(macro), *arguments)
    if key in el.cache:
        return el.cache[key]
    el.charge(node.span, macro)
    inner = macro.scope.child(until=macro.known)
    inner.symbols = inner.symbols | scope.symbols
    for parameter, argument in zip(macro.parameters, arguments, strict=True):
        inner.bind(parameter, argument, node.span)
    value = yield el.visit(macro.body, inner)
    el.cache[key] = value
    return value


def count(things: Any, noun: str) -> str:
    """`2 arguments`, `1 index`: a number and its noun."""
    number = len(things)
    plural = {"index": "indices"}.get(noun, noun + "s")
    return f"{number} {noun if number == 1 else plural}"


__all__ = [
    "at_n",
    "call_node",
    "check_name",
    "const",
    "expand",
    "function_at_n",
    "is_function",
    "letter",
    "names",
    "user_function",
]
