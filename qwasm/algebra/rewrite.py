"""Rebuilding: the same operator with symbols replaced, multiplied out, or under another truncation.

Everything is rebuilt bottom-up through the constructors, so a word that was undecided while an
index was open is composed as soon as it is closed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from qwasm.algebra.collect import Collector
from qwasm.algebra.families import family
from qwasm.algebra.indices import Index, as_expr, index_max, positive, to_index
from qwasm.algebra.nodes import Dirichlet, Exp, Family, Inverse, Node, Outer, Power, Product, Shift, Unknown
from qwasm.algebra.products import exponential, power, product, singles
from qwasm.algebra.ring import Expr, const
from qwasm.algebra.value import Operator, fold
from qwasm.space import Truncation


def substitute(x: Operator, values: Mapping[str, Expr | int | Fraction]) -> Operator:
    """Replace free symbols everywhere; bound ones are never captured.  Raises QW0301 for an index below 1."""
    env = {name: as_expr(value) for name, value in values.items()}

    def visit(y: Operator, done: Callable[[Operator], Operator]) -> Operator:
        if env and y.symbols.isdisjoint(env):
            return y
        return rebuild(y, done, lambda e: e.substitute(env), y.truncation)

    return fold(x, visit)


def retruncate(x: Operator, truncation: Truncation) -> Operator:
    """The same expression read under another truncation; under `free` every word forgets its cut."""
    return fold(x, lambda y, done: rebuild(y, done, lambda e: e, truncation))


def rebuild(
    x: Operator, done: Callable[[Operator], Operator], change: Callable[[Expr], Expr], truncation: Truncation
) -> Operator:
    """x made again from its parts: `done` gives the operators inside, `change` maps every expression."""
    collector = Collector(truncation)
    for (m, M, e), f in x.words.items():
        row, column, cut = _index(m, change, "B"), _index(e, change, "A"), _index(M, change, "Q")
        if truncation == "free":
            largest = index_max(row, column)
            cut = cut if largest is None else largest
        collector.word((row, cut, column), change(f))
    for node, c in x.nodes.items():
        made = remake(node, done, change, truncation)
        if isinstance(made, Operator):
            collector.operator(made, change(c))
        else:
            collector.node(made, change(c))
    return collector.finish()


def remake(
    node: Node, done: Callable[[Operator], Operator], change: Callable[[Expr], Expr], truncation: Truncation
) -> Operator | Node:
    """One node made again."""
    match node:
        case Shift(k=k, cyclic=cyclic):
            if cyclic and truncation == "free":
                from qwasm.algebra.operators import Algebra

                return Algebra(truncation).S(k, cyclic)
            return Shift(to_index(change(as_expr(k))), cyclic)
        case Dirichlet(f=f, forward=forward):
            return Dirichlet(change(f), forward)
        case Outer(u=u, v=v):
            return Outer(change(u), change(v))
        case Family():
            low, high = to_index(change(as_expr(node.low))), to_index(change(as_expr(node.high)))
            return family(node.kind, node.variable, node.domain, low, high, done(node.body), node.descending)
        case Unknown():
            return node
        case Exp(argument=y):
            return exponential(done(y))
        case Inverse(argument=y):
            from qwasm.algebra.inverse import inverse

            return inverse(done(y))
        case Product(factors=factors):
            return product([done(y) for y in factors], truncation)
        case Power(base=base, exponent=k):
            return power(done(base), to_index(change(as_expr(k))))


def _index(index: Index, change: Callable[[Expr], Expr], letter: str) -> Index:
    return index if isinstance(index, int) else positive(change(index), letter)


def expanded(x: Operator, limit: int = 10_000) -> Operator | None:
    """Products, powers and concrete families multiplied out; None when more than `limit` terms would arise.

    Words become one term each; the exponentials, inverses and undecided products that remain are
    words in those letters.
    """

    def visit(y: Operator, done: Callable[[Operator], Operator | None]) -> Operator | None:
        collector = Collector(y.truncation)
        for triple, f in y.words.items():
            collector.word(triple, f)
        for node, c in y.nodes.items():
            made = _expand(node, done, limit, y.truncation)
            if made is None:
                return None
            if isinstance(made, Operator):
                collector.operator(made, c)
            else:
                collector.node(made, c)
        result = collector.finish()
        return result if len(result) <= limit else None

    return fold(x, visit)


def _expand(
    node: Node, done: Callable[[Operator], Operator | None], limit: int, truncation: Truncation
) -> Operator | Node | None:
    match node:
        case Product(factors=factors):
            return multiply_out([done(y) for y in factors], limit)
        case Power(base=base, exponent=int(k)):
            return multiply_out([done(base)] * k, limit) if k <= limit else None
        case Family():
            values = _values(node, limit)
            body = done(node.body)
            if values is None or body is None:
                return None if values is not None else node
            parts: list[Operator | None] = []
            for value in values:
                part = expanded(substitute(body, {node.name: const(value)}), limit)
                if part is None:
                    return None
                parts.append(part)
            if node.kind == "prod":
                return multiply_out(parts[::-1] if node.descending else parts, limit)
            collector = Collector(truncation)
            for part in parts:
                assert part is not None
                collector.operator(part)
            return collector.finish()
        case Exp(argument=y):
            inner = done(y)
            return None if inner is None else exponential(inner)
        case Inverse(argument=y):
            from qwasm.algebra.inverse import inverse

            inner = done(y)
            return None if inner is None else inverse(inner)
        case _:
            return node


def _values(node: Family, limit: int) -> list[int] | None:
    """The concrete indices of a family, or None when its range is open or has more than `limit` members."""
    if not isinstance(node.low, int) or not isinstance(node.high, int):
        return None
    if node.domain == "ints":
        return list(range(node.low, node.high + 1)) if node.high - node.low < limit else None
    if node.high - max(node.low, 2) > 64 * limit:
        return None
    from qwasm.arith.sieve import primes

    values = [int(p) for p in primes(max(node.low, 2), node.high)]
    return values if len(values) <= limit else None


def multiply_out(factors: list[Operator | None], limit: int) -> Operator | None:
    """The product of the factors with every pair of terms multiplied; None past `limit` terms."""
    result: Operator | None = None
    for factor in factors:
        if factor is None:
            return None
        if result is None:
            result = factor
            continue
        if len(result) * len(factor) > 8 * limit:
            return None
        collector = Collector(result.truncation)
        right = singles(factor)
        for x in singles(result):
            for y in right:
                collector.operator(product((x, y), result.truncation))
        result = collector.finish()
        if len(result) > limit:
            return None
    return result
