"""Products: multiplied out where that does not grow, kept factored where it would.

A product of sums is multiplied out only when that leaves no more terms than the factors had;
everything else is kept as a `Product` or `Power`, whose factors keep their order.
"""

from __future__ import annotations

from collections.abc import Iterable

from qwasm.algebra.collect import Collector, scale
from qwasm.algebra.indices import Index, as_expr, index_product, to_index
from qwasm.algebra.nodes import Exp, Power, Product, Shift
from qwasm.algebra.pairs import POINT, exponential, node_node, node_word, word_node, word_word
from qwasm.algebra.ring import ONE, Expr, const
from qwasm.algebra.value import Operator
from qwasm.algebra.words import IDENTITY
from qwasm.diagnostics import fail
from qwasm.space import Truncation

TRIAL = 4096  # pairs of terms up to which multiplying out is tried


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
        if len(parts) != 1:  # a product, to be taken factor by factor, or a constant
            waiting.extend(reversed(parts))
            continue
        merged = merge(stack[-1], parts[0]) if stack else parts[0]
        if merged is None:
            apart = _multiplier_moved(stack[-1], parts[0])
            if apart is None:
                stack.append(parts[0])
            else:
                stack.pop()
                waiting.extend(apart)
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


def _multiplier_moved(left: Operator, right: Operator) -> tuple[Operator, Operator] | None:
    """(S, left V) for a right factor V S that stays apart only for its letter S, or None.

    A multiplier stands as far left as it goes, whichever way the product was bracketed.
    """
    if right.words or len(right.nodes) != 1:
        return None
    node, f = next(iter(right.nodes.items()))
    if "n" not in f.symbols:
        return None
    moved = merge(left, Operator(right.truncation, {IDENTITY: f}, {}))
    return None if moved is None else (Operator(right.truncation, {}, {node: ONE}), moved)


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
    return power(base, to_index(as_expr(a) + b))


def power(x: Operator, k: Index) -> Operator:
    """X^k, multiplied out only while that does not grow beyond k times the terms of X.

    Raises QW0208 for a negative exponent.
    """
    one = Operator(x.truncation, {IDENTITY: ONE}, {})
    if not isinstance(k, int):
        return one if x.is_identity else Operator(x.truncation, {}, {Power(x, k): ONE})
    if k < 0:
        raise fail("QW0208", f"an operator has no power {k} here", hint="write inv(X)^k where X has an inverse")
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


__all__ = ["POINT", "exponential", "merge", "multiply", "power", "product", "singles", "split_product"]
