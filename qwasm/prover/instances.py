"""Instances: counterexamples found by trying small values of the names at small N.

Used where the normal form is not made of words alone.  N grows from 1, so no smaller N fails at the values tried;
operators and arithmetic functions are tried from short lists.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice, product
from time import monotonic
from typing import TYPE_CHECKING, Any

from qwasm.algebra.atoms import Atom, Exponent
from qwasm.algebra.collect import Collector
from qwasm.algebra.exact import exact_matrix
from qwasm.algebra.functions import call
from qwasm.algebra.nodes import Family, Node, Power, Product, Unknown, children
from qwasm.algebra.operators import Algebra
from qwasm.algebra.powers import power
from qwasm.algebra.reach import between, power_size
from qwasm.algebra.rewrite import remake
from qwasm.algebra.ring import ONE, ZERO, Expr, I, const, from_atom
from qwasm.algebra.value import Operator, fold
from qwasm.algebra.walk import apply_atom, rebuild
from qwasm.diagnostics import QwasmError
from qwasm.prover.claim import Budget, Claim
from qwasm.prover.strings import POINT

if TYPE_CHECKING:
    from qwasm.prover.decide import Counterexample

LARGEST = 16
PRIMES = (2, 3, 5, 7)
NUMBERS = (1, 2, 3, -1, 5)
FUNCTIONS = (POINT, ONE, call("==", POINT, const(2)), const(2), I * POINT, call("mu", POINT))
OPERATORS = ("A[2]", "B[2]", "V(n)", "A[3]", "B[3]", "2*I", "V(1i*n)")
MOST = 2_000  # assignments
FAR = 4_000  # a product that passes through larger points is not tried


def smallest(claim: Claim, budget: Budget, until: float) -> Counterexample | None:
    """The least N, then row and column, at which the sides differ for one of the values tried, or None."""
    sizes = [claim.scope] if isinstance(claim.scope, int) else range(1, LARGEST + 1)
    instances = list(islice(assignments(claim), MOST))
    for N in sizes:
        best: Counterexample | None = None
        for values, sides in instances:
            if monotonic() > until:
                return best
            found = compared(claim, values, sides, N)
            if found is not None and (best is None or (found.row, found.col) < (best.row, best.col)):
                best = found
                if (best.row, best.col) == (1, 1):
                    break
        if best is not None:
            return best
    return None


def assignments(claim: Claim) -> Iterator[tuple[dict[str, Any], tuple[Operator, Operator]]]:
    """Values of the names that the conditions allow, with the two sides at these values."""
    from qwasm.ir.elaborate import Elaborator
    from qwasm.ir.scope import Scope
    from qwasm.syntax import parse_expression

    algebra = Algebra("free" if claim.free else "strict")
    elaborator = Elaborator(algebra=algebra)
    operators = [(text, elaborator.operator(parse_expression(text), Scope())) for text in OPERATORS] if (
        "op" in claim.variables.values()) else []  # fmt: skip
    choices: list[list[Any]] = []
    for kind in claim.variables.values():
        match kind:
            case "prime":
                choices.append(list(PRIMES))
            case "op":
                choices.append(list(operators))
            case "arith":
                choices.append([(str(f), f) for f in FUNCTIONS])
            case _:
                choices.append(list(NUMBERS))
    names = list(claim.variables)
    for choice in product(*choices):
        values = dict(zip(names, choice, strict=True))
        numbers = {name: v for name, v in values.items() if isinstance(v, int)}
        if any(c.substitute(numbers).is_zero for c in claim.where):
            continue
        functions = {name: v[1] for name, v in values.items() if isinstance(v, tuple) and isinstance(v[1], Expr)}
        letters = {name: v[1] for name, v in values.items() if isinstance(v, tuple) and isinstance(v[1], Operator)}
        shown = {name: v if isinstance(v, int) else v[0] for name, v in values.items()}
        try:
            sides = tuple(instance(x, numbers, functions, letters, claim) for x in (claim.lhs, claim.rhs))
        except QwasmError:
            continue
        yield shown, (sides[0], sides[1])


def instance(
    x: Operator,
    numbers: Mapping[str, int],
    functions: Mapping[str, Expr],
    letters: Mapping[str, Operator],
    claim: Claim,
) -> Operator:
    """An operator with its free names replaced by numbers, functions of n and operators."""
    if functions or letters:
        x = _filled(x, functions, letters, claim)
    return x.substitute({name: value for name, value in numbers.items() if name in x.symbols})


def _filled(x: Operator, functions: Mapping[str, Expr], letters: Mapping[str, Operator], claim: Claim) -> Operator:
    def factor(atom: Atom, exponent: Exponent, args: tuple[Expr, ...]) -> Expr:
        if atom.name == "table" and atom.data[0] in functions:
            return power(functions[str(atom.data[0])].substitute({"n": args[-1]}), exponent)
        return apply_atom(atom, args, exponent) if atom.args else from_atom(atom, exponent)

    def change(e: Expr) -> Expr:
        return rebuild(e, lambda part: part.opaque, factor) if e.opaque else e

    def visit(y: Operator, done: Any) -> Operator:
        collector = Collector(y.truncation)
        for triple, f in y.words.items():
            collector.word(triple, change(f))
        for node, c in y.nodes.items():
            made: Operator | Node
            if isinstance(node, Unknown) and node.name in letters:
                made = letters[node.name]
                made = made.adjoint(claim.weight) if node.starred else made
            else:
                made = remake(node, done, change, y.truncation)
            if isinstance(made, Operator):
                collector.operator(made, change(c))
            else:
                collector.node(made, change(c))
        return collector.finish()

    result: Operator = fold(x, visit)
    return result


def compared(claim: Claim, values: dict[str, Any], sides: tuple[Operator, Operator], N: int) -> Counterexample | None:
    """The least row, then column, at which two closed operators differ at N."""
    from qwasm.prover.decide import Counterexample, differ

    if claim.free and any(reach(x, N) > FAR for x in sides):
        return None
    try:
        left, right = (exact_matrix(x, N, claim.weight) for x in sides)
    except ValueError:
        return enclosed(claim, values, sides, N)
    except QwasmError:
        return None
    for at in sorted(left.keys() | right.keys()):
        a, b = left.get(at, ZERO), right.get(at, ZERO)
        if a is not b and differ(a, b):
            return Counterexample(N, *at, str(a), str(b), dict(values))
    return None


def reach(x: Operator, N: int) -> int:
    """The largest point that a product inside an operator of the infinite space passes through on its way to 1..N."""
    most, stack = N, [(x, N)]
    while stack:
        y, size = stack.pop()
        most = max(most, size)
        if most > FAR:
            return most
        for node in y.nodes:
            inner = size
            if isinstance(node, Product):
                inner = between(node.factors, size)
            elif isinstance(node, Power) and isinstance(node.exponent, int):
                inner = power_size(node.base, node.exponent, size)
            if not isinstance(node, Family):  # the members of a family are looked at when they have values
                stack += [(child, inner) for child in children(node)]
    return most


def enclosed(claim: Claim, values: dict[str, Any], sides: tuple[Operator, Operator], N: int) -> Counterexample | None:
    """The same by enclosures, for exponentials without exact entries."""
    from qwasm.prover.decide import Counterexample
    from qwasm.prover.enclosure import apart, enclosure, shown

    if claim.free or N > 8:
        return None
    try:
        left, right = (enclosure(x.substitute({"N": N}) if "N" in x.symbols else x, N, claim.weight) for x in sides)
    except (ValueError, QwasmError):
        return None
    for i in range(N):
        for j in range(N):
            if apart(left[i][j], right[i][j]):
                return Counterexample(N, i + 1, j + 1, shown(left[i][j]), shown(right[i][j]), dict(values))
    return None
