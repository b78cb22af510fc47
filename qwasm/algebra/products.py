"""Products: when two terms become one, and when a product stays factored.

A product of sums is multiplied out only when that leaves no more terms than the factors had;
everything else is kept as a `Product` or `Power`, whose factors keep their order.
"""

from __future__ import annotations

from collections.abc import Iterable

from qwasm.algebra.collect import Collector, scale, total
from qwasm.algebra.indices import Index, as_expr, index_product
from qwasm.algebra.nodes import (
    Dirichlet,
    Exp,
    Family,
    Inverse,
    Node,
    Operator,
    Outer,
    Power,
    Product,
    Shift,
    Word,
)
from qwasm.algebra.ring import ONE, Expr, const, symbol
from qwasm.algebra.words import IDENTITY, Triple, compose, compose_int
from qwasm.diagnostics import fail
from qwasm.space import Truncation

POINT = symbol("n", "nat")
TRIAL = 4096                # pairs of terms up to which multiplying out is tried


def multiply(left: Operator, right: Operator) -> Operator:
    """The product, left factor outermost."""
    return product((left, right), left.truncation)


def product(factors: Iterable[Operator], truncation: Truncation) -> Operator:
    """The product of factors, the first outermost; neighbours are merged where that does not grow."""
    coefficient = ONE
    stack: list[Operator] = []
    waiting = list(factors)[::-1]
    while waiting:
        c, parts = split_product(waiting.pop())
        coefficient = coefficient * c
        if coefficient.is_zero:
            break
        if len(parts) != 1:                         # a product, to be taken factor by factor, or a constant
            waiting.extend(reversed(parts))
            continue
        merged = merge(stack[-1], parts[0]) if stack else parts[0]
        if merged is None:
            stack.append(parts[0])
        else:
            if stack:
                stack.pop()
                waiting.append(merged)
            else:
                stack.append(merged)
    if coefficient.is_zero:
        return Operator(truncation, {}, {})
    if not stack:
        return Operator(truncation, {IDENTITY: coefficient}, {})
    if len(stack) == 1:
        return scale(stack[0], coefficient)
    return Operator(truncation, {}, {Product(tuple(stack)): coefficient})


def split_product(x: Operator) -> tuple[Expr, tuple[Operator, ...]]:
    """x as a coefficient free of n and factors of leading coefficient 1; no factor at all for c I or 0."""
    c = x.constant_multiple
    if c is not None:
        return c, ()
    if x.nodes:
        node, c = next(iter(x.nodes.items()))
        if len(x) == 1 and isinstance(node, Product):
            return c, node.factors
    lead = content(x)
    return (ONE, (x,)) if lead is ONE else (lead, (scale(x, ONE / lead),))


def content(x: Operator) -> Expr:
    """What is taken out of a factor: the coefficient of its first term if that is one closed monomial, else 1."""
    c = next(iter(x.words.values() if x.words else x.nodes.values()))
    if not c.is_constant or not c.terms:
        first = const(c.terms[0][1]) if c.terms else ONE
        return first if len(x) == 1 or first.rational() == -1 else ONE
    return c if len(c.terms) == 1 else ONE


def merge(left: Operator, right: Operator) -> Operator | None:
    """The product as one factor, or None when the two stay apart."""
    powers = merge_powers(left, right)
    if powers is not None:
        return powers
    a, b = len(left), len(right)
    if a > 1 and b > 1 and a * b > max(TRIAL, 4 * (a + b)):
        return None
    collector = Collector(left.truncation)
    free = left.truncation == "free"
    leaves = 0
    for triple, f in left.words.items():
        for other, g in right.words.items():
            if not word_word(collector, triple, f, other, g, free):
                leaves += 2
        for node, d in right.nodes.items():
            leaves += word_node(collector, triple, f, node, d)
    for node, c in left.nodes.items():
        for triple, f in right.words.items():
            leaves += node_word(collector, node, c, triple, f)
        for other_node, d in right.nodes.items():
            leaves += node_node(collector, node, c, other_node, d)
        if leaves > left.leaves + right.leaves:
            return None
    if leaves and a == b == 1:
        return None
    if leaves:
        return _partly(left, right)
    result = collector.finish()
    return result if result.leaves <= left.leaves + right.leaves or a == 1 == b else None


def _partly(left: Operator, right: Operator) -> Operator | None:
    """Distribute although some pairs stay factored, if that does not grow: (S + I) A becomes S A + A."""
    if len(left) > 1 and len(right) > 1:
        return None
    collector = Collector(left.truncation)
    for x in singles(left):
        for y in singles(right):
            collector.operator(product((x, y), left.truncation))
    result = collector.finish()
    return result if result.leaves <= left.leaves + right.leaves else None


def singles(x: Operator) -> list[Operator]:
    """The terms of x, each as an operator."""
    words = [Operator(x.truncation, {t: f}, {}) for t, f in x.words.items()]
    return words + [Operator(x.truncation, {}, {n: c}) for n, c in x.nodes.items()]


# ---------------------------------------------------------------- pairs of terms; False or a count of leaves if apart


def word_word(collector: Collector, left: Triple, f: Expr, right: Triple, g: Expr, free: bool) -> bool:
    """Add the product of two words; False where open indices leave it undecided."""
    m, M, e = left
    m2, M2, e2 = right
    if not free and isinstance(M, int) and isinstance(M2, int) and isinstance(m, int) and isinstance(e, int) \
            and isinstance(m2, int) and isinstance(e2, int) and "n" not in f.symbols and "n" not in g.symbols:
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
            return 1 + node_size(node)


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
            return 1 + node_size(node)


def node_node(collector: Collector, left: Node, c: Expr, right: Node, d: Expr) -> int:
    """Add (node)(node) if it is one term and return 0, else return the leaves of the pair."""
    if isinstance(left, Shift) and isinstance(right, Shift):
        k = add_shifts(left, right, collector.truncation == "free")
        if k is not None and ("n" not in d.symbols or not left.cyclic):
            collector.node(Shift(k, left.cyclic), c * d.substitute({"n": POINT + left.k}) if "n" in d.symbols else c * d)
            return 0
    elif isinstance(left, Dirichlet) and isinstance(right, Dirichlet):
        if left.forward == right.forward:
            from qwasm.algebra.functions import call

            collector.node(Dirichlet(call("conv", left.f, right.f, POINT), left.forward), c * d)
            return 0
        if left.forward and collector.truncation == "free":
            raise fail("QW0305", "Dir left of coDir has no meaning on the infinite space: its sums diverge",
                       hint="write coDir left of Dir, or use truncation = strict")
    elif isinstance(left, Exp) and isinstance(right, Exp):
        joined = join_exponents(left.argument, right.argument)
        if joined is not None:
            collector.operator(exponential(joined), c * d)
            return 0
    elif (isinstance(left, Inverse) and _is_term(right, left.argument)) or (
            isinstance(right, Inverse) and _is_term(left, right.argument)):
        collector.word(IDENTITY, c * d)
        return 0
    return node_size(left) + node_size(right)


def _is_term(node: Node, x: Operator) -> bool:
    return not x.words and len(x.nodes) == 1 and x.nodes.get(node) is ONE


def node_size(node: Node) -> int:
    """Terms kept inside a node."""
    from qwasm.algebra.nodes import node_leaves

    return node_leaves(node)


def add_shifts(left: Shift, right: Shift, free: bool) -> Index | None:
    """k + l where S[k] S[l] = S[k + l], else None: always for cyclic ones, else when no middle point leaves the range.

    On {1..N} the steps must have one sign; on the infinite space it is enough that the left one goes up.
    """
    if left.cyclic != right.cyclic:
        return None
    if left.cyclic:
        from qwasm.algebra.indices import to_index

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
            from qwasm.algebra.ring import from_atom

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


# ---------------------------------------------------------------- powers and exponentials


def as_power(x: Operator) -> tuple[Operator, Index]:
    """x as (base, exponent); exponent 1 for anything that is not one power of coefficient 1."""
    if not x.words and len(x.nodes) == 1:
        node, c = next(iter(x.nodes.items()))
        if isinstance(node, Power) and c is ONE:
            return node.base, node.exponent
    return x, 1


def merge_powers(left: Operator, right: Operator) -> Operator | None:
    """X^a X^b = X^(a + b) when the sum is kept factored."""
    (base, a), (other, b) = as_power(left), as_power(right)
    if base is not other or base.leaves < 2:
        return None
    from qwasm.algebra.indices import to_index

    return power(base, to_index(as_expr(a) + b))


def power(x: Operator, k: Index) -> Operator:
    """X^k, multiplied out only while that does not grow beyond k times the terms of X.

    Raises QW0304 for a negative exponent.
    """
    one = Operator(x.truncation, {IDENTITY: ONE}, {})
    if not isinstance(k, int):
        return one if x.is_identity else Operator(x.truncation, {}, {Power(x, k): ONE})
    if k < 0:
        raise fail("QW0304", f"an operator has no power {k} here", hint="write inv(X)^k where X has an inverse")
    if k == 0:
        return one
    if k == 1 or x.is_zero or x.is_identity:
        return x
    c, parts = split_product(x)
    if not parts:
        return Operator(x.truncation, {IDENTITY: c**k}, {})
    if len(x) == 1 and x.words:
        return word_power(x, k)
    if not x.words and len(x.nodes) == 1:
        node, c = next(iter(x.nodes.items()))
        if isinstance(node, Power):
            return scale(power(node.base, index_product(node.exponent, k)), c**k)
        if isinstance(node, Shift) and "n" not in c.symbols and isinstance(node.k, int):
            return Operator(x.truncation, {}, {Shift(node.k * k, node.cyclic): c**k})
        if isinstance(node, Exp):
            return scale(exponential(scale(node.argument, const(k))), c**k)
    if len(parts) == 1 and len(parts[0]) * 2 <= 8 and k <= 64:
        grown: Operator | None = parts[0]
        for step in range(2, k + 1):
            assert grown is not None
            grown = _expanded_product(grown, parts[0])
            if grown is None or grown.leaves > step * parts[0].leaves:
                grown = None
                break
        if grown is not None:
            return scale(grown, c**k if c is not ONE else ONE)
    base = parts[0] if len(parts) == 1 else Operator(x.truncation, {}, {Product(parts): ONE})
    lead = split_product(x)[0]
    return Operator(x.truncation, {}, {Power(base, k): lead**k})


def _expanded_product(left: Operator, right: Operator) -> Operator | None:
    """All pairs of words multiplied out; None when something is not a word or does not compose."""
    if left.nodes or right.nodes:
        return None
    collector = Collector(left.truncation)
    for triple, f in left.words.items():
        for other, g in right.words.items():
            if not word_word(collector, triple, f, other, g, left.truncation == "free"):
                return None
    return collector.finish()


def word_power(x: Operator, k: int) -> Operator:
    """The k-th power of one word, by squaring."""
    result: Operator | None = None
    square = x
    while k:
        if k & 1:
            result = square if result is None else multiply(square, result)
        k >>= 1
        if k:
            square = multiply(square, square)
    assert result is not None
    return result


def exponential(x: Operator) -> Operator:
    """exp(X): V(exp f) for V(f), otherwise a node."""
    if x.is_zero:
        return Operator(x.truncation, {IDENTITY: ONE}, {})
    if not x.nodes and len(x.words) == 1 and IDENTITY in x.words:
        from qwasm.algebra.functions import call

        return Operator(x.truncation, {IDENTITY: call("exp", x.words[IDENTITY])}, {})
    return Operator(x.truncation, {}, {Exp(x): ONE})


def join_exponents(x: Operator, y: Operator) -> Operator | None:
    """X + Y when Y is a multiple of X, so that e^X e^Y = e^(X + Y); else None."""
    c, d = _first(x), _first(y)
    if c is None or d is None or len(c.terms) != 1 or len(d.terms) != 1 or not c.nonzero:
        return None
    ratio = d / c
    if "n" in ratio.symbols or scale(x, ratio) is not y:
        return None
    return scale(x, ONE + ratio)


def _first(x: Operator) -> Expr | None:
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


__all__ = ["POINT", "Word", "dilate", "exponential", "merge", "multiply", "power", "product", "singles",
           "split_product"]
