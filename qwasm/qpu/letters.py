"""The algebra as instruction rows see it: letters, sums and families, and functions of n by name."""

from __future__ import annotations

from functools import cache
from typing import Literal

from qwasm.algebra.functions import call
from qwasm.algebra.operators import Algebra
from qwasm.algebra.ring import Expr, symbol
from qwasm.space import Truncation


class Letters(Algebra):
    """An algebra with the two things a row needs besides: a bound variable, a function at n."""

    def variable(self, name: str, kind: Literal["prime", "int"]) -> Expr:
        """A symbol to bind in a family."""
        return symbol(name, kind)

    def arithmetic(self, name: str) -> Expr:
        """The value at n of a function of the language: log, Lambda, ..."""
        return call(name, symbol("n", "nat"))


@cache
def letters(truncation: Truncation) -> Letters:
    """The algebra of a truncation; one value, since it keeps nothing."""
    return Letters(truncation)
