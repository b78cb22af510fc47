"""Ranges: families over primes or integers, and the diffusions D and M.

A family is one value, never unrolled; both ends of its range are included and an empty range
is the empty sum (0) or product (I).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from qwasm.algebra.members import last_useful
from qwasm.algebra.nodes import Family
from qwasm.algebra.operators import Operator
from qwasm.algebra.ring import Expr, symbol
from qwasm.diagnostics import Span, fail
from qwasm.ir.scope import Scope, Spread, check_name
from qwasm.ir.trampoline import Step
from qwasm.syntax import tree

if TYPE_CHECKING:
    from qwasm.ir.elaborate import Elaborator

Kind = Literal["prime", "nat", "int"]
FamilyKind = Literal["sum", "prod"]


def range_kind(domain: str, low: Expr) -> Kind:
    """What is known about the variable of a range: prime, >= 1, or just an integer."""
    first = low.integer()
    return "prime" if domain == "primes" else "nat" if first is not None and first >= 1 else "int"


def bounds(el: Elaborator, nodes: tuple[tree.Node, ...], scope: Scope) -> Step:
    """The ends of a range: integers once every variable has its value."""
    ends: list[Expr] = []
    for node in nodes:
        value = el.number((yield el.visit(node, scope)), node.span, ())
        if value.is_constant and value.integer() is None:
            raise fail("QW0208", f"the end of a range is an integer, this is {value}", node.span, "round it")
        ends.append(value)
    return ends


def notice(el: Elaborator, kind: FamilyKind, p: Expr, low: Expr, high: Expr, body: Operator, place: Span) -> None:
    """A remark where the matrices of all primes beyond N are 0, or I in a product; not so on the infinite space."""
    first, last = low.integer(), high.integer()
    if el.space is None or el.space.truncation == "free" or first is None or last is None or last <= el.space.N:
        return
    useful = last_useful(Family(kind, p, "primes", first, last, body), el.space.N)
    if useful is not None and useful <= el.space.N:
        said = f"primes beyond N = {el.space.N} give {'0' if kind == 'sum' else 'I'}"
        el.remark("QW0920", said, place, f"primes({low}, {el.space.N}) means the same")


def family(el: Elaborator, node: tree.Family, scope: Scope) -> Step:
    """sum or prod over a range, of operators or of numbers."""
    check_name(node.variable, node.span)
    low, high = yield bounds(el, (node.low, node.high), scope)
    inner = scope.child()
    variable = symbol(scope.fresh(node.variable), range_kind(node.domain, low))
    inner.bind(node.variable, variable, node.span)
    body = yield el.visit(node.body, inner)
    if not isinstance(body, Operator):
        raise fail(
            "QW0204", f"{node.kind} ranges over operators, its body is the number {el.number(body, node.body.span)}",
            node.body.span, "write V(f) or a multiple of I",
        )  # fmt: skip
    if node.domain == "primes":
        notice(el, node.kind, variable, low, high, body, node.span)
    return el.at(node.span, el.algebra.family, node.kind, variable, node.domain, low, high, body)


def diffusion(el: Elaborator, node: tree.Node, coefficient: tree.Node, domain: tree.Node, scope: Scope) -> Step:
    """The coefficient and range of a diffusion, from .diffusion or from D(c = ..., primes(a, b))."""
    if not (isinstance(domain, tree.Call) and domain.name == "primes" and len(domain.args) == 2):
        raise fail("QW0213", "a diffusion ranges over primes", domain.span, "write primes(2, 50)")
    low, high = yield bounds(el, domain.args, scope)
    inner = scope.child()
    prime = symbol(scope.fresh("p"), "prime")
    notice(el, "sum", prime, low, high, el.algebra.A(prime), domain.span)
    inner.bind("p", prime, node.span)
    value = el.number((yield el.visit(coefficient, inner)), coefficient.span, ())
    return Spread(value, prime, low, high)


def inline_spread(el: Elaborator, node: tree.Call, scope: Scope) -> Step:
    """D(c = 1/p, primes(2, 50)) and M(...)."""
    form = f"write {node.name}(c = 1/p, primes(2, 50))"
    if len(node.named) != 1 or node.named[0][0] != "c" or len(node.args) != 1:
        raise fail("QW0203", f"{node.name} takes a coefficient c and a range of primes", node.span, form)
    what = yield diffusion(el, node, node.named[0][1], node.args[0], scope)
    return spread_value(el, node.name, what, node.span)


def spread(el: Elaborator, node: tree.Name, name: str, scope: Scope) -> Operator:
    """A bare D or M: what .diffusion says it means."""
    what = scope.find("$D")
    if not isinstance(what, Spread):
        hint = f"write .diffusion c = p^(-1/2), primes(2, 50) above, or {name}(c = 1/p, primes(2, 50))"
        raise fail("QW0206", f"{name} has no meaning without .diffusion", node.span, hint)
    return spread_value(el, name, what, node.span)


def spread_value(el: Elaborator, name: str, what: Spread, place: Span) -> Operator:
    """sum of c_p (A_p + B_p) for D, of c_p K_p for M."""
    algebra, p = el.algebra, what.prime

    def make() -> Any:
        pair = algebra.K(p) if name == "M" else algebra.add(algebra.A(p), algebra.B(p))
        return algebra.family("sum", p, "primes", what.low, what.high, algebra.scale(what.coefficient, pair))

    operator: Operator = el.at(place, make)
    return operator
