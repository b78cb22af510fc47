"""The term order: why rewriting with simplify rules ends.

Every simplify rule has fewer exponentials and inverses on its right side, or as many and is smaller in
one lexicographic path order (Kamin and Levy 1980; Baader and Nipkow, Term Rewriting and All That, 5.4):
an operator's factors are a list, letters are ranked as below, sums are multisets, indices and coefficients
are left out.  Both parts are well-founded and, as no operator variable is copied, kept by contexts and
substitution, so no set of such rules can loop.

>>> from qwasm.syntax import parse_expression as e
>>> down = lambda left, right: greater(term(e(left), {"X"}), term(e(right), {"X"}))
>>> down("A[p] B[q]", "Q[p] B[q] A[p]"), down("A[p] A[q]", "A[q] A[p]"), down("X^3", "X X X")
(True, False, True)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from functools import cache

from qwasm.syntax import tree

Term = tuple[object, ...]  # (head, parts...); a variable is ("?", name)
RANKS = (
    "comm", "adj", "exp", "inv", "pow", "prod", "sum", "D", "M", "K", "out", "S", "+",
    "Dir", "coDir", "A", "V", "P", "Q", "B", "list", "I",
)  # fmt: skip
RANK = {head: len(RANKS) - place for place, head in enumerate(RANKS)}
END: Term = ("end",)
HEAVY = frozenset({"exp", "inv"})
GROWTH = 4


def term(node: tree.Node, variables: Collection[str]) -> Term:
    """The operator an expression spells, as a term of the order."""
    return _listed(_factors(node, variables))


def _listed(factors: list[Term]) -> Term:
    result = END
    for factor in reversed(factors):
        result = ("list", factor, result)
    return result


def _factors(node: tree.Node, variables: Collection[str]) -> list[Term]:
    """The factors of a product, numbers left out; [] for a multiple of I."""
    match node:
        case tree.Product(factors=factors):
            return [found for sign, x in factors if sign != "/" for found in _factors(x, variables)]
        case tree.Unary(operand=x):
            return _factors(x, variables)
        case tree.Sum(terms=terms) if any(_factors(x, variables) or _operator(x, variables) for _, x in terms):
            return [("+", *(_listed(_factors(x, variables)) for _, x in terms))]
        case tree.Power(base=base, exponent=exponent):
            inner = _factors(base, variables)
            return [("pow", _listed(inner))] if inner and isinstance(exponent, tree.Node) else []
        case tree.Letter(name=name):
            return [(name,)]
        case tree.Name(id=name) if name in variables:
            return [("?", name)]
        case tree.Name(id="D" | "M" as name):
            return [(name,)]
        case tree.Call(name="V" | "Dir" | "coDir" | "out" | "D" | "M" as name):
            return [(name,)]
        case tree.Call(name=name, args=args):
            inner = [_factors(x, variables) for x in args]
            return [(name, *map(_listed, inner))] if any(inner) or any(_operator(x, variables) for x in args) else []
        case tree.Family(kind=kind, body=body):
            return [(kind, _listed(_factors(body, variables)))]
    return []


def _operator(node: tree.Node, variables: Collection[str]) -> bool:
    """Whether I, and so an operator, is meant where there are no factors."""
    stack = [node]
    while stack:
        x = stack.pop()
        if isinstance(x, tree.Letter) or (isinstance(x, tree.Name) and (x.id == "I" or x.id in variables)):
            return True
        stack.extend(tree.children(x))
    return False


@cache
def greater(s: Term, t: Term) -> bool:
    """s > t in the lexicographic path order; sums compare as multisets."""
    if s == t or s[0] == "?":
        return False
    if t[0] == "?":
        return occurs(t, s)
    if t == END:  # what follows, whatever it is
        return s[0] == "list"
    if any(part == t or greater(part, t) for part in _parts(s)):
        return True
    if not all(greater(s, part) for part in _parts(t)):
        return False
    if s[0] != t[0]:
        return RANK.get(str(s[0]), 0) > RANK.get(str(t[0]), 0)
    left, right = _parts(s), _parts(t)
    if s[0] == "+":
        more, less = Counter(left) - Counter(right), Counter(right) - Counter(left)
        return bool(more) and all(any(greater(x, y) for x in more) for y in less)
    for x, y in zip(left, right, strict=False):
        if x != y:
            return greater(x, y)
    return len(left) > len(right)


def _parts(t: Term) -> tuple[Term, ...]:
    return tuple(part for part in t[1:] if isinstance(part, tuple))


def occurs(variable: Term, t: Term) -> bool:
    """Whether a variable stands inside a term."""
    return bool(count(t)[str(variable[1])])


def count(t: Term) -> Counter[str]:
    """How often each variable stands in a term, exponentials and inverses as "!", everything else as ""."""
    found: Counter[str] = Counter()
    stack = [t]
    while stack:
        x = stack.pop()
        if x[0] == "?":
            found[str(x[1])] += 1
        elif x[0] in HEAVY:
            found["!"] += 1
        elif x[0] not in ("list", "end"):
            found[""] += 1
        stack.extend(_parts(x))
    return found


def objection(lhs: tree.Node, rhs: tree.Node, variables: Mapping[str, str]) -> str:
    """Why the rule lhs => rhs may not be used to simplify, or ''."""
    names = frozenset(name for name, kind in variables.items() if kind == "op")
    left, right = term(lhs, names), term(rhs, names)
    copies = count(right) - count(left)
    copied = sorted(name for name in copies if name.isidentifier())
    if copied:
        return f"the right side copies {', '.join(copied)}: repeated use would grow without end"
    heavy = count(left)["!"] - count(right)["!"]
    if heavy < 0 or (heavy == 0 and not greater(left, right)):
        above = heavy < 0 or greater(right, left)
        return "the right side is above the left in the term order" if above else "the order has no place for the sides"
    if count(right)[""] > GROWTH * (count(left)[""] + 1):
        return f"the right side is more than {GROWTH} times as long as the left"
    return ""


__all__ = ["greater", "objection", "term"]
