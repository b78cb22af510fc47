"""Collecting: terms in, one canonical operator out, in linear time.

Words of one triple add their multipliers, shifts of one step their coefficients, Dirichlet
series of one direction their functions, sums over one range their bodies.
"""

from __future__ import annotations

from functools import cache

from qwasm.algebra.indices import Index
from qwasm.algebra.nodes import Dirichlet, Domain, Family, Node, Shift
from qwasm.algebra.ring import ONE, ZERO, Expr, symbol
from qwasm.algebra.value import Operator
from qwasm.algebra.words import IDENTITY, Triple
from qwasm.space import Truncation

Header = tuple[Domain, Index, Index]


class Collector:
    """A sum being collected; `finish` gives the operator."""

    def __init__(self, truncation: Truncation) -> None:
        self.truncation: Truncation = truncation
        self.words: dict[Triple, list[Expr]] = {}
        self.nodes: dict[Node, list[Expr]] = {}
        self.series: dict[bool, list[Expr]] = {}
        self.families: dict[Header, list[Family]] = {}

    def word(self, triple: Triple, f: Expr) -> None:
        """Add a word with its multiplier."""
        if triple in self.words:
            self.words[triple].append(f)
        else:
            self.words[triple] = [f]

    def node(self, node: Node, c: Expr) -> None:
        """Add a coefficient times a node; zero coefficients, shifts by 0 and scaled families are put in normal form."""
        if c.is_zero:
            return
        if isinstance(node, Shift) and isinstance(node.k, int) and node.k == 0:
            self.word(IDENTITY, c)
        elif isinstance(node, Dirichlet):
            self.series.setdefault(node.forward, []).append(c * node.f)
        elif isinstance(node, Family) and node.kind == "sum":
            scaled = (
                node
                if c is ONE
                else Family("sum", node.variable, node.domain, node.low, node.high, scale(node.body, c))
            )
            self.families.setdefault((node.domain, node.low, node.high), []).append(scaled)
        else:
            self.nodes.setdefault(node, []).append(c)

    def operator(self, x: Operator, c: Expr = ONE) -> None:
        """Add c X for a coefficient free of n."""
        plain = c is ONE
        for triple, f in x.words.items():
            self.word(triple, f if plain else f * c)
        for node, d in x.nodes.items():
            self.node(node, d if plain else d * c)

    def finish(self) -> Operator:
        """The canonical sum of everything collected."""
        for families in self.families.values():
            self._merge(families)
        words = {t: f for t, fs in self.words.items() if not (f := total(fs)).is_zero}
        nodes: dict[Node, Expr] = {n: c for n, cs in self.nodes.items() if not (c := total(cs)).is_zero}
        for forward, fs in self.series.items():
            f = total(fs)
            if f is indicator_of_one():
                words[IDENTITY] = words.get(IDENTITY, ZERO) + ONE
                if words[IDENTITY].is_zero:
                    del words[IDENTITY]
            elif not f.is_zero:
                nodes[Dirichlet(f, forward)] = ONE
        return Operator(self.truncation, words, nodes)

    def _merge(self, families: list[Family]) -> None:
        if len(families) == 1:
            self.nodes.setdefault(families[0], []).append(ONE)
            return
        top = max(families, key=lambda x: x.body.height)
        body = Collector(self.truncation)
        for x in families:
            body.operator(x.body if x.variable is top.variable else x.body.substitute({x.name: top.variable}))
        merged = body.finish()
        if merged.is_zero:
            return
        if merged.height < top.body.height:
            variable = bound(merged.height + 1, top.domain, top.low)
            merged, old = merged.substitute({top.name: variable}), top
            top = Family("sum", variable, old.domain, old.low, old.high, merged)
        self.nodes.setdefault(Family("sum", top.variable, top.domain, top.low, top.high, merged), []).append(ONE)


def total(parts: list[Expr]) -> Expr:
    """The sum of expressions."""
    return parts[0] if len(parts) == 1 else Expr.sum(parts)


@cache
def indicator_of_one() -> Expr:
    """The unit of Dirichlet convolution, [n = 1]."""
    from qwasm.algebra.functions import call

    return call("==", symbol("n", "nat"), ONE)


def bound(height: int, domain: Domain, low: Index) -> Expr:
    """The canonical bound symbol of a family that holds families nested `height` - 1 deep."""
    if domain == "primes":
        return symbol(f"$p{height}", "prime")
    return symbol(f"$k{height}", "nat" if isinstance(low, int) and low >= 1 else "int")


def scale(x: Operator, c: Expr) -> Operator:
    """c X for a coefficient free of n."""
    if c is ONE:
        return x
    if not x.nodes:
        return Operator(x.truncation, {t: g for t, f in x.words.items() if not (g := f * c).is_zero}, {})
    collector = Collector(x.truncation)
    collector.operator(x, c)
    return collector.finish()
