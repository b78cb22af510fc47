"""The rows of the function table: what an arithmetic function declares.

A row says its value at n, exactly (`at`), its value at a prime power in any number system
(`power`) and as a formula in p and k (`formula`); tables follow from `power` by peeling, or
from `values` where that is simpler.  The facts are redundant on purpose: a test plays them
against each other.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, Literal

from qwasm.algebra.atoms import REAL
from qwasm.algebra.ring import Expr, const
from qwasm.arith.numbers import EXACT, Array, Numbers
from qwasm.arith.peel import peel
from qwasm.arith.sieve import factor
from qwasm.diagnostics import fail
from qwasm.record import record

Kind = Literal["multiplicative", "completely multiplicative", "additive", "completely additive", "other"]
Params = tuple[int, ...]


def _accept(params: Params) -> None:
    return None


@record
class ArithFunction:
    """One arithmetic function f(params; n), n >= 1."""

    name: str
    doc: str
    params: tuple[str, ...] = ()
    kind: Kind = "other"
    flags: int = REAL
    below: int | None = None  # the flags where a parameter is or may be negative, when those of `flags` are too strong
    power: Callable[[Numbers, Params, Any, int], Any] | None = None  # f(p^k), p an element or an array of them
    formula: Callable[[tuple[Expr, ...], Expr, Expr], Expr] | None = None  # f(p^k), p and k expressions, k >= 1
    exact: Callable[[Params, int], Expr | int] | None = None  # f(n), when `power` does not say it
    values: Callable[[Params, int, Numbers], Array] | None = None  # f(1..N), when peeling is not the way
    small: bool = False  # |f(n)| <= n: int64 tables are exact
    residues: bool = True  # the values have a meaning modulo l
    check: Callable[[Params], None] = _accept
    sample: Params = ()  # parameters for examples and tests

    @property
    def multiplicative(self) -> bool:
        """True when f(mn) = f(m) f(n) for coprime m, n."""
        return "multiplicative" in self.kind

    @property
    def completely(self) -> bool:
        """True when the law of `kind` holds for all m, n."""
        return "completely" in self.kind

    @property
    def additive(self) -> bool:
        """True when f(mn) = f(m) + f(n) for coprime m, n."""
        return "additive" in self.kind

    def at(self, n: int, params: Params = ()) -> Expr:
        """The exact value at n.  Raises QW0351 for n < 1, QW0422 when n cannot be factored."""
        if n < 1:
            raise fail("QW0351", f"{self.name} has no value at {n}", hint="arithmetic functions start at n = 1")
        self.check(params)
        if self.exact is not None:
            value = self.exact(params, n)
            return value if isinstance(value, Expr) else const(value)
        assert self.power is not None
        parts = [self.power(EXACT, params, p, k) for p, k in factor(n)]
        total: int | Fraction = sum(parts)
        if not self.additive:
            total = 1
            for part in parts:
                total *= part
        return const(total)

    def table(self, N: int, numbers: Numbers, params: Params = ()) -> Array:
        """f(1..N) in a number system; entry 0 is f(1)."""
        self.check(params)
        if self.values is not None:
            return self.values(params, N, numbers)
        power = self.power
        assert power is not None
        if self.small and numbers.kind != "int":
            exact = self.table(N, Numbers("int"), params)
            return exact if numbers.kind == "exact" else numbers.of(exact)
        return peel(N, numbers, lambda s, p, k: power(s, params, p, k), self.additive)
