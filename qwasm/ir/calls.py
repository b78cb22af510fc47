"""Calls and letters: what a name followed by arguments means.

`f(x)` is an arithmetic function at a point, an operator built from functions of n, or a macro;
the scope is asked first, so a program's own names come before nothing but the language's words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qwasm.algebra.functions import call
from qwasm.algebra.operators import Operator
from qwasm.algebra.ring import Expr, const, symbol
from qwasm.diagnostics import Span, fail
from qwasm.ir import ranges
from qwasm.ir.functions import at_n, is_function, names, parameters
from qwasm.ir.scope import Arithmetic, Lines, Macro, Scope, check_name
from qwasm.ir.trampoline import Step
from qwasm.syntax import tree

if TYPE_CHECKING:
    from qwasm.ir.elaborate import Elaborator

POINT = symbol("n", "nat")
LETTERS = {"A": (1, 1), "B": (1, 1), "P": (1, 1), "Q": (1, 1), "K": (1, 2), "S": (1, 2)}
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
    if node.name not in LETTERS:
        raise fail("QW0200", f"no letter is called {node.name!r}", node.span, "the letters are A B K P Q S")
    least, most = LETTERS[node.name]
    nodes, cyclic = list(node.indices), False
    if node.name == "S" and len(nodes) == 2 and isinstance(nodes[1], tree.Name) and nodes[1].id == "cyclic":
        cyclic = True
        nodes.pop()
    if node.name == "S":
        most = 1
    if not least <= len(nodes) <= most:
        form = {"K": "K[p] or K[p, c]", "S": "S[k] or S[k, cyclic]"}.get(node.name, f"{node.name}[m]")
        raise fail(
            "QW0203", f"{node.name} takes {count(list(range(most)), 'index')}, {len(nodes)} stand here", node.span, form
        )
    values: list[Expr] = []
    for index in nodes:
        values.append(el.number((yield el.visit(index, scope)), index.span, ()))
    whole = values[0].integer()
    if values[0].is_constant and whole is None:
        raise fail(
            "QW0208",
            f"the index of {node.name} is an integer, this is {values[0]}",
            nodes[0].span,
            "round it, or use V(...)",
        )
    if whole is not None and el.space and whole > el.space.N and node.name in PICKS:
        el.remark("QW0920", f"{node.name}[{whole}] is 0 on 1..{el.space.N}", node.span, f"it acts from N = {whole} on")
    algebra, place = el.algebra, node.span
    at: Any = values[0] if whole is None else whole
    match node.name:
        case "A":
            return el.at(place, algebra.A, at)
        case "B":
            return el.at(place, algebra.B, at)
        case "P":
            return el.at(place, algebra.P, at)
        case "Q":
            return el.at(place, algebra.Q, at)
        case "K":
            return el.at(place, algebra.K, at, *values[1:])
    return el.at(place, algebra.S, at, cyclic)


def call_node(el: Elaborator, node: tree.Call, scope: Scope) -> Any:
    """The step that computes a call."""
    bound = scope.find(node.name)
    if isinstance(bound, Macro):
        return expanded(el, node, bound, scope)
    if isinstance(bound, Arithmetic):
        return applied(el, node, bound, scope)
    if isinstance(bound, Lines):
        raise fail("QW0204", f"{node.name!r} is an instruction macro, it stands on its own line", node.span)
    if bound is not None:
        hint = f"write {node.name} (...) with a blank for a product"
        raise fail("QW0204", f"{node.name!r} is not a function", node.span, hint)
    match node.name:
        case "D" | "M":
            return ranges.inline_spread(el, node, scope)
        case "V" | "Dir" | "coDir" | "out":
            return of_functions(el, node, scope)
        case "inv" | "adj" | "comm":
            return of_operators(el, node, scope)
        case "exp":
            return exponential(el, node, scope)
        case "euler":
            return euler(el, node, scope)
        case "table":
            return table(el, node, scope)
        case "primes" | "ints":
            raise fail(
                "QW0213", "a range stands where a value is needed", node.span, f"write sum p in {node.name}(a, b): ..."
            )
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


def of_functions(el: Elaborator, node: tree.Call, scope: Scope) -> Step:
    """V(f), Dir(f), coDir(f), out(u, v): the arguments are expressions in n."""
    wanted = 2 if node.name == "out" else 1
    functions: list[Expr] = []
    for argument in unnamed(node, wanted, wanted, "out(u, v)" if wanted == 2 else f"{node.name}(f)"):
        functions.append(el.number((yield el.visit(argument, scope)), argument.span))
    if node.name == "out":
        exact_weight(el, node)
    return el.at(node.span, getattr(el.algebra, node.name), *functions)


def of_operators(el: Elaborator, node: tree.Call, scope: Scope) -> Step:
    """inv(X), adj(X), comm(X, Y)."""
    wanted = 2 if node.name == "comm" else 1
    values: list[Operator] = []
    for argument in unnamed(node, wanted, wanted, "comm(X, Y)" if wanted == 2 else f"{node.name}(X)"):
        values.append(el.as_operator((yield el.visit(argument, scope)), argument.span))
    match node.name:
        case "inv":
            return el.at(node.span, el.algebra.inv, values[0])
        case "comm":
            return el.at(node.span, el.algebra.comm, *values)
    if el.space is None:
        raise fail(
            "QW0230", "an adjoint needs a weight, and no space is declared", node.span, ".space N = 1000, weight = n^-1"
        )
    exact_weight(el, node)
    return el.at(node.span, el.algebra.adjoint, values[0], el.space.weight)


def exact_weight(el: Elaborator, node: tree.Call) -> None:
    """In mod(l) an adjoint or inner product needs w(n) to exist: s = 0, or l > N."""
    space = el.space
    if space and space.field.exact and space.weight.s != 0 and space.field.modulus <= space.N:
        raise fail(
            "QW0227", f"{node.name} needs the weight {space.weight}, which {space.field} lacks up to N = {space.N}",
            node.span, f"use weight = 1, or a modulus above {space.N}",
        )  # fmt: skip


def exponential(el: Elaborator, node: tree.Call, scope: Scope) -> Step:
    """exp of an operator or of a number."""
    (argument,) = unnamed(node, 1, 1, "exp(X)")
    value = yield el.visit(argument, scope)
    if isinstance(value, Operator):
        return el.at(node.span, el.algebra.exp, value)
    return el.at(node.span, call, "exp", el.number(value, argument.span))


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
