"""The names of functions: which words a program may call, and with what arguments.

>>> is_function("Lambda"), is_function("nonsense"), parameters("J")
(True, False, ('k',))
"""

from __future__ import annotations

from functools import cache

from qwasm.algebra.functions import call
from qwasm.algebra.ring import Expr


@cache
def names() -> frozenset[str]:
    """Every function name of the language, elementary and arithmetic, extensions included."""
    from qwasm.algebra.functions import names as elementary
    from qwasm.arith.functions import functions as arithmetic

    return elementary() | frozenset(arithmetic())


def is_function(name: str) -> bool:
    """True for the name of a function of the language."""
    return name in names()


def parameters(name: str) -> tuple[str, ...]:
    """The arguments that a function needs before it has a value at n."""
    from qwasm.algebra.functions import AT_N
    from qwasm.arith.functions import functions as arithmetic

    if name in AT_N:
        return ()
    row = arithmetic().get(name)
    return tuple(row.params) if row is not None else ("x",)


def at_n(name: str, arguments: tuple[Expr, ...]) -> Expr:
    """The function at its arguments; with exactly its parameters, its value at n."""
    return call(name, *arguments)
