"""Claims: two operators said to be equal, for all values of the free names that `where` allows.

A name that stands in an index and is not declared is any prime; any other undeclared name is a real number.

>>> claim = read_claim("c*A[p] B[q]", "c*Q[p] B[q] A[p]", where=["p != q"])
>>> dict(claim.variables)
{'c': 'real', 'p': 'prime', 'q': 'prime'}
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any, Literal

from qwasm.algebra.operators import Algebra, Operator
from qwasm.algebra.ring import Expr, symbol
from qwasm.diagnostics import QwasmError, Span, fail
from qwasm.ir.elaborate import KINDS, Elaborator
from qwasm.ir.functions import is_function
from qwasm.ir.scope import WORDS, Arithmetic, Scope
from qwasm.limits import DEFAULT, Limits
from qwasm.prover.statement import statement
from qwasm.record import field, record
from qwasm.space import Weight
from qwasm.syntax import parse_expression, tree

ScopeOfN = Literal["all", "inf"] | int
Fact = tuple[Literal["P", "Q"], tree.Node]
INDEXED = frozenset("ABKPQS")
_FACT = re.compile(r"(?P<divisor>.+?)\s+divides\s+n|n\s*<=\s*N\s*/\s*(?P<cut>.+)", re.DOTALL)


@record
class Budget:
    """How far a question is followed before the answer is `unknown`."""

    cases: int = 4_000  # patterns of equality among the names
    terms: int = 20_000  # terms of a normal form
    places: int = 200_000  # places at which two sides are compared in search of a counterexample
    seconds: float = 10.0


@record(eq=False, cached=True)
class Claim:
    """lhs = rhs on {1..N} for every N (`all`), on the infinite space (`inf`) or at one N; facts are multiplied in."""

    lhs: Operator
    rhs: Operator
    scope: ScopeOfN = "all"
    weight: Weight = field(default_factory=Weight)
    variables: Mapping[str, str] = field(default_factory=dict)
    where: tuple[Expr, ...] = ()
    given: tuple[tuple[str, Expr], ...] = ()
    texts: tuple[str, str] = ("", "")
    trees: tuple[Any, ...] = ()

    @property
    def free(self) -> bool:
        return self.scope == "inf"

    @cached_property
    def statement(self) -> Any:
        """The identity as a JSON value, read from the texts without the algebra."""
        if self.trees:
            lhs, rhs, where, given = self.trees
        else:
            lhs, rhs, where, given = parse_expression(str(self.lhs)), parse_expression(str(self.rhs)), (), ()
        return statement(
            lhs, rhs, scope=self.scope, weight=self.weight.s, variables=self.variables, where=where, given=given
        )


def read_claim(
    lhs: str,
    rhs: str,
    *,
    scope: ScopeOfN = "all",
    weight: str = "1",
    variables: Mapping[str, str] | None = None,
    where: Sequence[str] = (),
    given: Sequence[str] = (),
    file: str = "claim",
    limits: Limits = DEFAULT,
) -> Claim:
    """The claim that two texts spell.

    `variables` gives kinds (prime, qint, real, complex, arith, op) to names, `where` conditions on them, `given`
    facts about the state ("p divides n", "n <= N/p"), `weight` the function w(n) that `adj` uses.  Raises
    QwasmError with a place in one of the texts.
    """
    check_scope(scope)
    sides = (parse_expression(lhs, f"{file} lhs", limits=limits), parse_expression(rhs, f"{file} rhs", limits=limits))
    conditions = tuple(parse_expression(text, f"{file} where", limits=limits) for text in where)
    facts = tuple(_fact(text, f"{file} given") for text in given)
    kinds = names_and_kinds(
        (*sides, *conditions, *(node for _, node in facts)), (node for _, node in facts), variables or {}
    )
    space_weight = read_weight(weight, f"{file} weight")
    elaborator = Elaborator(None, limits, Algebra("free" if scope == "inf" else "strict"), weight=space_weight)
    names = scope_of(kinds, elaborator.algebra, indexed_names((*sides, *(node for _, node in facts))))
    values = [elaborator.operator(side, names) for side in sides]
    tests = tuple(elaborator.expression(node, names) for node in conditions)
    known = tuple((letter, elaborator.expression(node, names)) for letter, node in facts)
    for letter, index in known:
        keep = elaborator.algebra.P(index) if letter == "P" else elaborator.algebra.Q(index)
        values = [elaborator.algebra.multiply(x, keep) for x in values]
    return Claim(
        values[0], values[1], scope, space_weight, kinds, tests, known, (lhs, rhs), (*sides, conditions, facts)
    )  # fmt: skip


def check_scope(scope: object) -> None:
    """Raise QW0360 for anything but all, inf or an integer N >= 1."""
    if scope in ("all", "inf") or (isinstance(scope, int) and not isinstance(scope, bool) and scope >= 1):
        return
    raise fail("QW0360", f"an identity is claimed for N = all, inf or an integer >= 1, not {scope!r}", hint="--N all")


def _fact(text: str, file: str) -> Fact:
    match = _FACT.fullmatch(text.strip())
    if match is None:
        raise fail(
            "QW0361", f"{text!r} is no fact about the state", Span(file, 1, 1, max(1, len(text))),
            'write "p divides n" or "n <= N/p"',
        )  # fmt: skip
    if match["divisor"] is not None:
        return "P", parse_expression(match["divisor"], file)
    return "Q", parse_expression(match["cut"], file, column=1 + match.start("cut"))


@lru_cache(maxsize=64)
def read_weight(text: str, file: str) -> Weight:
    """The weight w(n) = n^-s that a text spells.  Raises QW0226 for another function."""
    from qwasm.ir.spaces import weight_of

    return weight_of(parse_expression(text, file), Elaborator(), Scope())


def names_and_kinds(
    nodes: Sequence[tree.Node], indices: Iterator[tree.Node], declared: Mapping[str, str]
) -> dict[str, str]:
    """The free names of expressions with their kinds, in order of the alphabet."""
    for name, kind in declared.items():
        if kind not in (*KINDS, "arith", "op"):
            kinds = "prime, qint, real, complex, arith, op"
            raise fail("QW0224", f"no kind of free name is called {kind!r}", None, f"{name}: one of {kinds}")
    found: dict[str, str] = {}
    stack: list[tuple[tree.Node, frozenset[str], str]] = [(node, frozenset(), "real") for node in nodes]
    stack += [(node, frozenset(), "prime") for node in indices]
    while stack:
        node, bound, kind = stack.pop()
        match node:
            case tree.Name(id=name):
                if name not in bound and name not in declared and not is_word(name):
                    found[name] = kind if found.get(name) in (None, "real") else found[name]
            case tree.Letter(name=letter, indices=(first, *rest)):
                stack.append((first, bound, "qint" if letter == "S" else "prime" if letter in INDEXED else kind))
                stack += [(x, bound, "real") for x in rest if not (isinstance(x, tree.Name) and x.id == "cyclic")]
            case tree.Family(variable=variable, low=low, high=high, body=body):
                stack += [(low, bound, "qint"), (high, bound, "qint"), (body, bound | {variable}, "real")]
            case tree.Call(name="D" | "M", args=args, named=named):
                stack += [(x, bound, "qint") for x in args] + [(x, bound | {"p"}, "real") for _, x in named]
            case tree.Call(name="euler", args=(body, *rest)):
                stack += [(body, bound | {"p", "k"}, "real"), *((x, bound, kind) for x in rest)]
            case _:
                if isinstance(node, tree.Call) and node.name in ("primes", "ints"):
                    kind = "qint"
                stack += [(x, bound, kind) for x in tree.children(node)]
    return dict(sorted((found | dict(declared)).items()))


def is_word(name: str) -> bool:
    """Whether a bare name already means something in the language."""
    return name in WORDS or name in ("D", "M") or is_function(name)


def indexed_names(nodes: Sequence[tree.Node]) -> frozenset[str]:
    """The names that stand in an index of A, B, K, P or Q, so that only integers >= 1 are meant."""
    found: set[str] = set()
    stack = [(node, False) for node in nodes]
    while stack:
        node, inside = stack.pop()
        if isinstance(node, tree.Name):
            if inside:
                found.add(node.id)
            continue
        parts = tree.children(node)
        if parts and isinstance(node, tree.Letter) and node.name != "S":
            stack.append((parts[0], True))
            parts = parts[1:]
        stack += [(x, inside) for x in parts]
    return frozenset(found)


def scope_of(kinds: Mapping[str, str], algebra: Algebra, positive: frozenset[str] = frozenset()) -> Scope:
    """A scope in which the names are free; integers among `positive` are >= 1."""
    scope = Scope()
    for name, kind in kinds.items():
        value: Any
        if kind == "op":
            value = algebra.unknown(name)
        elif kind == "arith":
            value = Arithmetic(name, "table")
        else:
            value = symbol(name, "nat" if name in positive and KINDS[kind] == "int" else KINDS[kind])  # type: ignore[arg-type]
        scope.declare(name, value, None)
    return scope


__all__ = ["Budget", "Claim", "QwasmError", "read_claim"]
