"""Pairs of terms: when the product of two is one term again.

Each function adds the product to a collector and answers 0 (or True), or answers how many
terms the pair keeps when it stays apart.
"""

from __future__ import annotations

from qwasm.algebra.collect import Collector, scale, total
from qwasm.algebra.convolution import convolution
from qwasm.algebra.functions import call
from qwasm.algebra.indices import Index, as_expr, to_index
from qwasm.algebra.nodes import Dirichlet, Exp, Family, Inverse, Node, Outer, Product, Shift, node_leaves
from qwasm.algebra.ring import ONE, Expr, const, from_atom, symbol
from qwasm.algebra.value import Operator
from qwasm.algebra.words import IDENTITY, Triple, compose, compose_int
from qwasm.diagnostics import fail

POINT = symbol("n", "nat")


def word_word(collector: Collector, left: Triple, f: Expr, right: Triple, g: Expr, free: bool) -> bool:
    """Add the product of two words; False where open indices leave it undecided."""
    m, M, e = left
    m2, M2, e2 = right
    if (
        not free
        and isinstance(M, int)
        and isinstance(M2, int)
        and isinstance(m, int)
        and isinstance(e, int)
        and isinstance(m2, int)
        and isinstance(e2, int)
        and "n" not in f.symbols
        and "n" not in g.symbols
    ):
        collector.word(compose_int((m, M, e), (m2, M2, e2)), f * g)
        return True
    composed = compose(left, right, free)
    if composed is None:
        return False
    triple, u, v = composed
    collector.word(triple, dilate(f, u) * dilate(g, v))
    return True


def dilate(f: Expr, u: Index) -> Expr:
    """F(u n)."""
    if (isinstance(u, int) and u == 1) or "n" not in f.symbols:
        return f
    return f.substitute({"n": as_expr(u) * POINT})


def word_node(collector: Collector, triple: Triple, f: Expr, node: Node, c: Expr) -> int:
    """Add (word)(node) if it is one term and return 0, else return the leaves of the pair."""
    match node:
        case Family(kind="sum", body=body) if not body.nodes:
            return _into_family(collector, node, c, triple, f, left=True)
        case Shift() if triple == IDENTITY:
            collector.node(node, f * c)
            return 0
        case Outer(u=u, v=v) if triple == IDENTITY:
            collector.node(Outer(f * u, v), c)
            return 0
        case _:
            return 1 + node_leaves(node)


def node_word(collector: Collector, node: Node, c: Expr, triple: Triple, f: Expr) -> int:
    """Add (node)(word) if it is one term and return 0, else return the leaves of the pair."""
    match node:
        case Family(kind="sum", body=body) if not body.nodes:
            return _into_family(collector, node, c, triple, f, left=False)
        case Shift(k=k, cyclic=False) if triple == IDENTITY:
            collector.node(node, c * f.substitute({"n": POINT + k}))
            return 0
        case Outer(u=u, v=v) if triple == IDENTITY:
            collector.node(Outer(u, f.conj() * v), c)
            return 0
        case Dirichlet() if triple == IDENTITY:
            return 0 if series_multiplier(collector, node, c, f) else 2
        case _:
            return 1 + node_leaves(node)


def node_node(collector: Collector, left: Node, c: Expr, right: Node, d: Expr) -> int:
    """Add (node)(node) if it is one term and return 0, else return the leaves of the pair."""
    if isinstance(left, Shift) and isinstance(right, Shift):
        k = add_shifts(left, right, collector.truncation == "free")
        if k is not None and ("n" not in d.symbols or not left.cyclic):
            moved = d.substitute({"n": POINT + left.k}) if "n" in d.symbols else d
            collector.node(Shift(k, left.cyclic), c * moved)
            return 0
    elif isinstance(left, Dirichlet) and isinstance(right, Dirichlet):
        if left.forward == right.forward:
            collector.node(Dirichlet(convolution(left.f, right.f), left.forward), c * d)
            return 0
        if left.forward and collector.truncation == "free":
            raise fail(
                "QW0305",
                "Dir left of coDir has no meaning on the infinite space: its sums diverge",
                hint="write coDir left of Dir, or use truncation = strict",
            )
    elif isinstance(left, Exp) and isinstance(right, Exp):
        joined = join_exponents(left.argument, right.argument)
        if joined is not None:
            collector.operator(exponential(joined), c * d)
            return 0
    elif (isinstance(left, Inverse) and _is_term(right, left.argument)) or (
        isinstance(right, Inverse) and _is_term(left, right.argument)
    ):
        collector.word(IDENTITY, c * d)
        return 0
    return node_leaves(left) + node_leaves(right)


def _is_term(node: Node, x: Operator) -> bool:
    return not x.words and len(x.nodes) == 1 and x.nodes.get(node) is ONE


def add_shifts(left: Shift, right: Shift, free: bool) -> Index | None:
    """k + l where S[k] S[l] = S[k + l], else None: always for cyclic ones, else when no middle point leaves the range.

    On {1..N} the steps must have one sign; on the infinite space it is enough that the left one goes up.
    """
    if left.cyclic != right.cyclic:
        return None
    if left.cyclic:
        return to_index(as_expr(left.k) + right.k)
    if not isinstance(left.k, int) or not isinstance(right.k, int):
        return None
    same = (left.k >= 0) == (right.k >= 0)
    return left.k + right.k if same or (free and left.k >= 0) else None


def _into_family(collector: Collector, node: Family, c: Expr, triple: Triple, f: Expr, left: bool) -> int:
    """Multiply a word into every word of a sum's body; all must compose, none may have nodes."""
    body = Collector(collector.truncation)
    free = collector.truncation == "free"
    for other, g in node.body.words.items():
        pair = (triple, f, other, g) if left else (other, g, triple, f)
        if not word_word(body, *pair, free):
            return 1 + node.body.leaves
    collector.node(Family("sum", node.variable, node.domain, node.low, node.high, body.finish()), c)
    return 0


def series_multiplier(collector: Collector, node: Dirichlet, c: Expr, g: Expr) -> bool:
    """Move V(g) from the right of a Dirichlet series to its left: at most two terms when g(d n) separates.

    A_f V(log) = V(log) A_f + A_{f log}; A_f V(n^x) = V(n^x) A_{f n^x}; backward with g(n/d).
    """
    d = symbol("$d", "nat")
    g = g.substitute({"n": POINT * d if node.forward else POINT / d})
    pieces: list[tuple[Expr, Expr]] = []
    for monomial, scalar in g.terms:
        inner, outer = const(scalar), ONE
        for atom, exponent in monomial:
            if "n" in atom.symbols and "$d" in atom.symbols:
                return False
            if "$d" in atom.symbols:
                inner = inner * from_atom(atom, exponent)
            else:
                outer = outer * from_atom(atom, exponent)
        pieces.append((outer, inner.substitute({"$d": POINT})))
    groups: dict[Expr, list[Expr]] = {}
    for outer, inner in pieces:
        groups.setdefault(outer, []).append(inner)
    if len(groups) > 2:
        return False
    for outer, inners in groups.items():
        series = Operator(collector.truncation, {}, {Dirichlet(total(inners) * node.f, node.forward): ONE})
        if "n" in outer.symbols:
            multiplier = Operator(collector.truncation, {IDENTITY: outer}, {})
            collector.node(Product((multiplier, series)), c)
        else:
            collector.operator(series, outer * c)
    return True


def exponential(x: Operator) -> Operator:
    """exp(X): V(exp f) for V(f), otherwise a node."""
    if x.is_zero:
        return Operator(x.truncation, {IDENTITY: ONE}, {})
    if not x.nodes and len(x.words) == 1 and IDENTITY in x.words:
        return Operator(x.truncation, {IDENTITY: call("exp", x.words[IDENTITY])}, {})
    return Operator(x.truncation, {}, {Exp(x): ONE})


def join_exponents(x: Operator, y: Operator) -> Operator | None:
    """X + Y when Y is a multiple of X, so that e^X e^Y = e^(X + Y); else None."""
    c, d = leading(x), leading(y)
    if c is None or d is None or len(c.terms) != 1 or len(d.terms) != 1 or not c.nonzero:
        return None
    ratio = d / c
    if "n" in ratio.symbols or scale(x, ratio) is not y:
        return None
    return scale(x, ONE + ratio)


def leading(x: Operator) -> Expr | None:
    """The coefficient of the first term; for a family the first of its body."""
    while not x.words:
        if not x.nodes:
            return None
        node, c = next(iter(x.nodes.items()))
        if isinstance(node, Family) and node.kind == "sum":
            x = node.body
        elif isinstance(node, Dirichlet):
            return node.f
        else:
            return c
    return next(iter(x.words.values()))
