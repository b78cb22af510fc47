"""How many weights prove every weight: adjoints change the entries of an operator by powers of a ratio.

>>> from qwasm.syntax import parse_expression
>>> paths(parse_expression("adj(A[p] + B[p]) (A[2] + I)"))
4
"""

from __future__ import annotations

from collections.abc import Iterator

from qwasm.syntax import tree

WEIGHTS = 10  # weights at which an identity with adjoints is proved to hold in every weight


def weighted(node: tree.Node) -> bool:
    """Whether the value of an expression may depend on the weight."""
    return any(isinstance(x, tree.Call) and x.name in ("adj", "out") for x in walk(node))


def walk(node: tree.Node) -> Iterator[tree.Node]:
    stack = [node]
    while stack:
        x = stack.pop()
        yield x
        stack.extend(tree.children(x))


def paths(node: tree.Node) -> int | None:
    """A bound on how many terms c r^s an entry is a sum of, r > 0 free of the weight n^-s; None where there is none.

    A sum of k such terms that vanishes at k different s vanishes for all s (Polya and Szego, Problems and
    Theorems in Analysis II, part V, 75), so k weights prove every weight.
    """
    match node:
        case tree.Sum(terms=terms):
            found = [paths(x) for _, x in terms]
            return None if None in found else sum(x or 0 for x in found)
        case tree.Product(factors=factors):
            total = 1
            for _, x in factors:
                count = paths(x)
                if count is None:
                    return None
                total *= count
            return total
        case tree.Unary(operand=x) | tree.Call(name="adj", args=(x,)):
            return paths(x)
        case tree.Call(name="comm", args=(x, y)):
            left, right = paths(x), paths(y)
            return None if left is None or right is None else 2 * left * right
        case tree.Letter(name="K"):
            return 2
        case tree.Letter(name="A" | "B" | "P" | "Q" | "S") | tree.Name() | tree.Number():
            return None if isinstance(node, tree.Name) and node.id in ("D", "M") else 1
        case tree.Call(name="V" | "out"):
            return 1
        case tree.Power(base=base, exponent=tree.Number(value=k)) if k.denominator == 1 and 0 <= k <= WEIGHTS:
            count = paths(base)
            return None if count is None else count ** int(k)
        case tree.Power() if not any(isinstance(x, (tree.Letter, tree.Call, tree.Family)) for x in walk(node)):
            return 1
    return None


__all__ = ["WEIGHTS", "paths", "walk", "weighted"]
