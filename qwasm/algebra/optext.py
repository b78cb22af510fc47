"""The text of an operator: language that elaborates back to the same value.

Bound variables are called p, q, r (primes) and k, j, i (integers) by nesting, avoiding free names.

>>> from qwasm.algebra.operators import Algebra
>>> a = Algebra()
>>> print(a.power(a.add(a.S(1), a.S(-1)), 9))
(S[-1] + S[1])^9
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

from qwasm.algebra.indices import Index, index_max
from qwasm.algebra.nodes import Dirichlet, Exp, Family, Inverse, Node, Outer, Power, Product, Shift, Unknown
from qwasm.algebra.ring import ONE, Expr, symbol
from qwasm.algebra.value import Operator, fold
from qwasm.algebra.words import Triple
from qwasm.diagnostics import fail
from qwasm.limits import DEFAULT

Done = Callable[[Operator], str]
LETTERS = {"p": "pqruvwxyz", "k": "kjihglabc"}


class _Names:
    """Display names of bound symbols, the same for the whole text."""

    def __init__(self, taken: frozenset[str]) -> None:
        self.taken = set(taken)
        self.chosen: dict[str, Expr] = {}

    def of(self, variable: Expr) -> Expr:
        name = next(iter(variable.symbols))
        if name not in self.chosen:
            kind = name[1]
            display = next(x for x in _candidates(kind) if x not in self.taken)
            self.taken.add(display)
            self.chosen[name] = symbol(display, "prime" if kind == "p" else "int")
        return self.chosen[name]

    def show(self, e: Expr | Index) -> str:
        if isinstance(e, int):
            return str(e)
        bound = {name: self.of(symbol(name, "int")) for name in sorted(e.symbols) if name.startswith("$")}
        return str(e.substitute(bound)) if bound else str(e)


def _candidates(kind: str) -> Iterator[str]:
    yield from LETTERS[kind]
    for i in count(1):
        yield f"{kind}{i}"


def text(x: Operator) -> str:
    """The operator in the language.  Raises QW0431 when the text would be longer than a source may be."""
    names = _Names(x.symbols)

    def visit(y: Operator, done: Done) -> str:
        terms = [_term(*_word(names, triple, f)) for triple, f in y.words.items()]
        terms += [_term(*_node(names, node, c, done)) for node, c in y.nodes.items()]
        result = _join(terms)
        if len(result) > DEFAULT.source_bytes:
            raise fail(
                "QW0431",
                f"this operator is longer than {DEFAULT.source_bytes} characters",
                hint="give its parts names with .op",
            )
        return result

    return fold(x, visit)


def _join(terms: list[str]) -> str:
    if not terms:
        return "0*I"
    pieces = [terms[0]]
    for term in terms[1:]:
        pieces.append(f" - {term[1:]}" if term.startswith("-") else f" + {term}")
    return "".join(pieces)


def _term(coefficient: str, body: str, alone: bool = True) -> str:
    """coefficient*body; a body that is a family is put in parentheses unless it stands alone."""
    if coefficient == "1":
        return body if alone else f"({body})"
    factor = body if alone else f"({body})"
    if coefficient == "-1":
        return f"-{factor}"
    negative = coefficient.startswith("-") and not _compound(coefficient[1:])
    bare = coefficient[1:] if negative else coefficient
    shown = f"({bare})" if _compound(bare) else bare
    return f"{'-' if negative else ''}{shown}*{factor}"


def _compound(coefficient: str) -> bool:
    return any(mark in coefficient for mark in " <>=!")


def _word(names: _Names, triple: Triple, f: Expr) -> tuple[str, str]:
    m, M, e = triple
    moving = "n" in f.symbols
    coefficient = "1" if moving else names.show(f)
    if (not moving and m is e and M is e) or (m == e == M and isinstance(m, int) and not moving):
        return coefficient, "I" if m == 1 and isinstance(m, int) else f"P[{names.show(m)}]"
    letters = []
    if not _is_one(m):
        letters.append(f"B[{names.show(m)}]")
    least = index_max(m, e)
    if least is None or (least is not M and least != M):
        letters.append(f"Q[{names.show(M)}]")
    if moving:
        letters.append(f"V({names.show(f)})")
    if not _is_one(e):
        letters.append(f"A[{names.show(e)}]")
    return coefficient, " ".join(letters)


def _is_one(index: Index) -> bool:
    return isinstance(index, int) and index == 1


def _node(names: _Names, node: Node, c: Expr, done: Done) -> tuple[str, str, bool]:
    """(coefficient, body, whether the body may stand after a coefficient without parentheses)."""
    coefficient = names.show(c)
    match node:
        case Shift(k=k, cyclic=cyclic):
            body = f"S[{names.show(k)}{', cyclic' if cyclic else ''}]"
            return ("1", f"V({coefficient}) {body}", True) if "n" in c.symbols else (coefficient, body, True)
        case Dirichlet(f=f, forward=forward):
            return coefficient, f"{'Dir' if forward else 'coDir'}({names.show(f)})", True
        case Outer(u=u, v=v):
            return coefficient, f"out({names.show(u)}, {names.show(v)})", True
        case Unknown(name=name, starred=starred):
            return coefficient, f"adj({name})" if starred else name, True
        case Exp(argument=y):
            return coefficient, f"exp({done(y)})", True
        case Inverse(argument=y):
            return coefficient, f"inv({done(y)})", True
        case Product(factors=factors):
            return coefficient, " ".join(_factor(y, done(y)) for y in factors), True
        case Power(base=base, exponent=k):
            inner = done(base)
            shown = names.show(k)
            exponent = shown if isinstance(k, int) or shown.isidentifier() else f"({shown})"
            single = (
                len(base) == 1
                and inner.count("[") + inner.count("(") == 1
                and inner[-1] in "])"
                and inner[0].isalpha()
                and " in " not in inner
            )
            return coefficient, f"{inner}^{exponent}" if single else f"({inner})^{exponent}", True
        case Family(kind=kind, domain=domain, low=low, high=high, body=body_operator):
            variable = str(names.of(node.variable))
            head = f"{kind} {variable} in {domain}({names.show(low)}, {names.show(high)}): "
            inner = done(body_operator)
            if node.descending:
                return coefficient, f"adj({head}(adj({inner})))", True
            plain = coefficient == "1"
            return coefficient, f"{head}({inner})", plain


def _factor(x: Operator, shown: str) -> str:
    """A factor of a product: parentheses round sums, families and coefficients."""
    if len(x) == 1:
        node = next(iter(x.nodes.items()), None)
        if node is None:
            f = next(iter(x.words.values()))
            if "n" in f.symbols or f is ONE:
                return shown
        elif (
            not isinstance(node[0], Family)
            and (node[1] is ONE or isinstance(node[0], Shift))
            and not shown.startswith("-")
            and "*" not in shown.split("(")[0].split("[")[0]
        ):
            return shown
    return f"({shown})"
