"""Walks over expressions: iterative, so that the depth of an input never matters.

A walk visits the arguments of every function before the function itself, each distinct
expression once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction

from qwasm.algebra.atoms import INTEGER, NONNEGATIVE, REAL, Atom, Exponent, intern_atom
from qwasm.algebra.powers import power
from qwasm.algebra.ring import Expr, I, const, from_atom
from qwasm.clock import look


def subexpressions(root: Expr, wanted: Callable[[Expr], bool] = lambda e: True) -> Iterator[Expr]:
    """Every distinct wanted expression below and including `root`, arguments first, in a fixed order."""
    done: set[Expr] = set()
    stack: list[tuple[Expr, bool]] = [(root, False)]
    while stack:
        look()
        node, ready = stack.pop()
        if ready:
            yield node
            continue
        if node in done or not wanted(node):
            continue
        done.add(node)
        stack.append((node, True))
        for monomial, _ in node.terms:
            for atom, _ in monomial:
                stack.extend((argument, False) for argument in atom.args)


def rebuild(
    root: Expr,
    wanted: Callable[[Expr], bool],
    factor: Callable[[Atom, Exponent, tuple[Expr, ...]], Expr],
) -> Expr:
    """Replace every factor atom^exponent by `factor(atom, exponent, rebuilt arguments)`, innermost first."""
    memo: dict[Expr, Expr] = {}
    for node in subexpressions(root, wanted):
        pieces: list[Expr] = []
        for monomial, coefficient in node.terms:
            piece = const(coefficient)
            for atom, exponent in monomial:
                piece = piece * factor(atom, exponent, tuple(memo.get(a, a) for a in atom.args))
            pieces.append(piece)
        memo[node] = pieces[0] if len(pieces) == 1 else Expr.sum(pieces)
    return memo.get(root, root)


def apply_atom(atom: Atom, args: tuple[Expr, ...], exponent: Exponent = 1) -> Expr:
    """The atom's function at other arguments, raised to the exponent."""
    if atom.name == "base":
        return power(args[0], exponent)
    if atom.name == "inv":
        return power(args[0], -exponent)
    if args == atom.args:
        return from_atom(atom, exponent)
    from qwasm.algebra.functions import call

    return power(call(atom.name, *atom.data, *args), exponent)


def substitute(root: Expr, values: Mapping[str, Expr | int | Fraction]) -> Expr:
    """Replace free symbols by values, everywhere at once."""
    names = frozenset(values)
    exact = {name: value if isinstance(value, Expr) else const(value) for name, value in values.items()}

    def factor(atom: Atom, exponent: Exponent, args: tuple[Expr, ...]) -> Expr:
        if atom.name == "symbol" and atom.data[0] in names:
            return power(exact[str(atom.data[0])], exponent)
        return apply_atom(atom, args, exponent) if atom.args else from_atom(atom, exponent)

    return rebuild(root, lambda e: not names.isdisjoint(e.symbols), factor)


def conjugate(root: Expr) -> Expr:
    """The complex conjugate; a root on the cut and an unknown function keep an opaque `conj`."""
    return rebuild(root, lambda e: not e.flags & REAL, _conjugate_factor)


def _conjugate_factor(atom: Atom, exponent: Exponent, args: tuple[Expr, ...]) -> Expr:
    whole = isinstance(exponent, int)
    if atom.flags & REAL and (whole or atom.flags & NONNEGATIVE):
        return from_atom(atom, exponent)
    if atom.name == "i":
        return -I
    if atom.name == "conj":
        return power(atom.args[0], exponent)
    if whole:
        if atom.name in ("exp", "sin", "cos", "base", "inv"):
            return apply_atom(atom, args, exponent)
        if atom.name in ("conv", "dinv", "euler"):
            return apply_atom(atom, (*args[: atom.bodies], *atom.args[atom.bodies :]), exponent)
        if atom.name == "pow" and atom.args[1].flags & INTEGER:
            return apply_atom(atom, args, exponent)
        if atom.name == "chi":
            modulus, label = atom.args[0].integer(), atom.args[1].integer()
            if modulus is not None and label is not None:
                inverse = pow(label, -1, modulus) if modulus > 1 else 1
                return apply_atom(atom, (atom.args[0], const(inverse), atom.args[2]), exponent)
    if not whole or exponent < 0:
        return conj_atom(from_atom(atom, exponent))
    return power(conj_atom(from_atom(atom)), exponent)


def conj_atom(value: Expr) -> Expr:
    """The opaque conjugate of an expression that does not split further."""
    return from_atom(intern_atom("conj", (), (value,), value.flags))
