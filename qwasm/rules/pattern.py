"""Patterns: what a rule's left side matches, and what it binds.

A pattern is an operator value with free names; a value matches when substituting what the names are
bound to gives that very value.  Names of primes and integers are solved for in monomials, real and
complex ones in linear expressions, an arithmetic function stands for any expression in n, an operator
name for one factor.

>>> from qwasm.algebra.operators import Algebra
>>> from qwasm.algebra.ring import symbol
>>> a, p = Algebra(), symbol("p", "prime")
>>> [str(found["p"]) for found in match(a.A(p), a.A(7), {}, {"p": "prime"})], list(match(a.A(p), a.A(6), {}, {"p": "prime"}))
(['7'], [])
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from qwasm.algebra.indices import Index, as_expr
from qwasm.algebra.nodes import Dirichlet, Exp, Family, Inverse, Node, Outer, Power, Product, Shift, Unknown
from qwasm.algebra.ring import ONE, Expr, const, from_atom, symbol
from qwasm.algebra.value import Operator
from qwasm.algebra.walk import apply_atom, rebuild
from qwasm.arith.sieve import is_prime, partial_factor

Bindings = Mapping[str, Any]  # name -> Expr or Operator
Kinds = Mapping[str, str]
POINT = symbol("n", "nat")
TERMS = 6  # terms of a pattern up to which their order is searched


def match(pattern: Operator, x: Operator, bound: Bindings, kinds: Kinds) -> Iterator[Bindings]:
    """Every way to bind the free names of a pattern so that it becomes x, over what is bound already."""
    if pattern is x:
        yield bound
        return
    name = unknown(pattern)
    if name is not None:
        if name not in bound:
            yield {**bound, name: x}
        elif bound[name] is x:
            yield bound
        return
    if len(pattern.words) != len(x.words) or len(pattern.nodes) != len(x.nodes) or len(pattern) > TERMS:
        return
    yield from _terms(list(pattern.terms()), list(x.terms()), bound, kinds)


def unknown(x: Operator) -> str | None:
    """The name when x is a free operator name and nothing else."""
    if x.words or len(x.nodes) != 1:
        return None
    node, c = next(iter(x.nodes.items()))
    return node.name if isinstance(node, Unknown) and not node.starred and c is ONE else None


def _terms(left: list[Any], right: list[Any], bound: Bindings, kinds: Kinds) -> Iterator[Bindings]:
    if not left:
        yield bound
        return
    (c, node), rest = left[0], left[1:]
    for index, (d, other) in enumerate(right):
        if type(node) is type(other):
            for found in _node(node, other, bound, kinds):
                for more in solve(c, d, found, kinds):
                    yield from _terms(rest, right[:index] + right[index + 1 :], more, kinds)


def _node(node: Any, other: Any, bound: Bindings, kinds: Kinds) -> Iterator[Bindings]:
    if node == other:
        yield bound
        return
    pairs: list[tuple[Any, Any]]
    match node:
        case Shift(k=k, cyclic=cyclic):
            pairs = [(k, other.k)] if cyclic == other.cyclic else []
        case Dirichlet(f=f, forward=forward):
            pairs = [(f, other.f)] if forward == other.forward else []
        case Outer(u=u, v=v):
            pairs = [(u, other.u), (v, other.v)]
        case Family():
            same = (node.kind, node.variable, node.domain, node.descending) == (
                other.kind, other.variable, other.domain, other.descending)  # fmt: skip
            pairs = [(node.low, other.low), (node.high, other.high), (node.body, other.body)] if same else []
        case Exp(argument=y) | Inverse(argument=y):
            pairs = [(y, other.argument)]
        case Power(base=base, exponent=k):
            pairs = [(base, other.base), (k, other.exponent)]
        case Product(factors=factors):
            pairs = list(zip(factors, other.factors)) if len(factors) == len(other.factors) else []
        case Unknown():
            return
        case _:  # a word
            pairs = [(node.e, other.e), (node.m, other.m), (node.M, other.M), (node.multiplier, other.multiplier)]
    if pairs:
        yield from _pairs(pairs, bound, kinds)


def _pairs(pairs: list[tuple[Any, Any]], bound: Bindings, kinds: Kinds) -> Iterator[Bindings]:
    if not pairs:
        yield bound
        return
    (left, right), rest = pairs[0], pairs[1:]
    ways = match(left, right, bound, kinds) if isinstance(left, Operator) else solve(left, right, bound, kinds)
    for found in ways:
        yield from _pairs(rest, found, kinds)


# ---------------------------------------------------------------- numbers


def solve(left: Index | Expr, right: Index | Expr, bound: Bindings, kinds: Kinds) -> Iterator[Bindings]:
    """Every way to bind the free names of an expression so that it becomes another."""
    if left is right or (isinstance(left, int) and left == right):
        yield bound
        return
    if isinstance(left, int):
        return
    e, value = replaced(left, bound), as_expr(right)
    free = sorted(name for name in e.symbols | functions(e) if name in kinds and name not in bound)
    if not free:
        if e is value:
            yield bound
        return
    for name, found in _solutions(e, value, free, kinds):
        if fits(found, kinds[name]):
            yield from solve(e, value, {**bound, name: found}, kinds)


def _solutions(e: Expr, value: Expr, free: list[str], kinds: Kinds) -> Iterator[tuple[str, Expr]]:
    """Candidates for one of the free names; they are checked afterwards by substitution."""
    for name in free:
        holds = [t for t in e.terms if any(name in (a.symbols | functions_of(a)) for a, _ in t[0])]
        if len(holds) != 1:
            continue
        monomial, c = holds[0]
        rest = value - Expr.sum([term(m, d) for m, d in e.terms if m is not monomial])
        inside = [(a, k) for a, k in monomial if name in (a.symbols | functions_of(a))]
        if len(inside) != 1 or rest.is_zero:
            if rest.is_zero and len(inside) == 1 and inside[0][1] == 1:
                yield name, const(0)
            continue
        atom, power = inside[0]
        others = term(tuple(f for f in monomial if f[0] is not atom), c)
        if atom.name == "symbol":
            yield from _roots(name, rest, others, power, kinds)
        elif atom.name == "table" and power == 1:
            if len(others.terms) == 1 and others.nonzero and atom.args[0] is POINT:
                yield name, rest / others
        elif atom.name == "exp" and power == 1 and others is ONE and rest.positive:
            from qwasm.algebra.exponentials import log

            yield from _solutions(atom.args[0], log(rest), [name], kinds)
        return


def _roots(name: str, value: Expr, others: Expr, power: int | Fraction, kinds: Kinds) -> Iterator[tuple[str, Expr]]:
    """The values v with v^power others = value; where others is open, the primes and divisors of the value."""
    loose = others.symbols & frozenset(kinds)
    if not loose and others.nonzero:
        ratio = value / others
        yield name, ratio if power == 1 else ratio ** (Fraction(1) / power)
    whole = value.integer()
    if loose and whole is not None and whole > 0 and kinds[name] in ("prime", "qint"):
        primes = [p for p, _ in partial_factor(whole)]
        for p in primes if kinds[name] == "prime" else divisors(whole):
            yield name, const(p)


def divisors(number: int, most: int = 4096) -> list[int]:
    """The divisors of a number, smallest first; few when it has too many."""
    found = [1]
    for p, k in partial_factor(number):
        found = [d * p**i for d in found for i in range(k + 1)][:most]
    return sorted(found)


def term(monomial: Any, c: Fraction) -> Expr:
    """A monomial with its coefficient as an expression."""
    result = const(c)
    for atom, power in monomial:
        result = result * from_atom(atom, power)
    return result


def fits(value: Expr, kind: str) -> bool:
    """Whether a value is of a kind; an open prime or integer of a family is one."""
    if kind == "arith":
        return True
    if "n" in value.symbols:
        return False
    if kind == "prime":
        whole = value.integer()
        return is_prime(whole) if whole is not None else _symbol_kind(value) == "prime"
    if kind == "qint":
        return value.is_integer
    return value.is_real if kind == "real" else True


def _symbol_kind(value: Expr) -> object:
    if len(value.terms) != 1 or value.terms[0][1] != 1 or len(value.terms[0][0]) != 1:
        return None
    atom, power = value.terms[0][0][0]
    return atom.data[1] if atom.name == "symbol" and power == 1 else None


# ---------------------------------------------------------------- arithmetic functions with a name


def functions_of(atom: Any) -> frozenset[str]:
    """The named arithmetic functions inside an atom."""
    found = frozenset((str(atom.data[0]),)) if atom.name == "table" else frozenset[str]()
    for argument in atom.args if atom.opaque else ():
        found |= functions(argument)
    return found


def functions(e: Expr) -> frozenset[str]:
    """The named arithmetic functions inside an expression."""
    if not e.opaque:
        return frozenset()
    return frozenset[str]().union(*(functions_of(a) for m, _ in e.terms for a, _ in m))


def replaced(e: Expr, bound: Bindings) -> Expr:
    """The expression with its bound names and named functions put in."""
    names = {k: v for k, v in bound.items() if k in e.symbols and isinstance(v, Expr)}
    if names:
        e = e.substitute(names)
    if not functions(e) & bound.keys():
        return e

    def factor(atom: Any, exponent: Any, args: tuple[Expr, ...]) -> Expr:
        if atom.name == "table" and atom.data[0] in bound:
            value: Expr = bound[str(atom.data[0])]
            return value.substitute({"n": args[0]}) ** exponent
        return apply_atom(atom, args, exponent) if atom.args else from_atom(atom, exponent)

    return rebuild(e, lambda x: x.opaque, factor)


__all__ = ["Bindings", "Kinds", "Node", "match", "replaced", "solve", "unknown"]
