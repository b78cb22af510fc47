"""Facts about a state: psi(n) = 0 unless m divides n and n <= N/c, and what they say about words.

Support analysis proves them, rules with `given` need them.  `least` is the normal form of a word
under facts: W and W' agree on such states exactly when W P[m] Q[c] = W' P[m] Q[c].

>>> Facts(6, Fraction(2)).knows(Given("divides", 3)), Facts(6, Fraction(2)).knows(Given("within", 3))
(True, False)
>>> least((2, 2, 2), Facts(6)), least((1, 2, 1), Facts(1, Fraction(2)))
((1, 1, 1), (1, 1, 1))
"""

from __future__ import annotations

from fractions import Fraction
from math import gcd
from typing import Literal

from qwasm.algebra.nodes import Dirichlet, Node, Product
from qwasm.algebra.value import Operator
from qwasm.algebra.words import IntTriple, Triple
from qwasm.record import record


@record
class Given:
    """A fact a rule needs: `value divides n` or `n <= N/value`."""

    kind: Literal["divides", "within"]
    value: int


@record
class Facts:
    """psi(n) = 0 unless `divisor` divides n and n <= N / `bound`; Facts() says nothing about a state on 1..N.

    Between free factors a state may reach past N: there the bound is below 1, and 0 where there is none.
    """

    divisor: int = 1
    bound: Fraction = Fraction(1)

    def knows(self, given: Given) -> bool:
        """Whether these facts imply the one a rule needs."""
        return self.divisor % given.value == 0 if given.kind == "divides" else given.value <= self.bound

    def meet(self, other: Facts) -> Facts:
        """What holds for the sum of two states."""
        return Facts(gcd(self.divisor, other.divisor), min(self.bound, other.bound))

    @property
    def cut(self) -> Facts:
        """What holds once the state is cut to 1..N."""
        return self if self.bound >= 1 else Facts(self.divisor)

    def through(self, x: Operator) -> Facts:
        """What holds for X psi, not yet cut to 1..N where X is free.

        Nothing is known where X is neither words nor a one-sided series of d >= 1.
        """
        free = x.truncation == "free"
        found: Facts | None = None
        for triple in x.words:
            after = self.through_word(triple, free)
            found = after if found is None else found.meet(after)
        for node in x.nodes:
            after = self.through_node(node, free)
            found = after if found is None else found.meet(after)
        return self if found is None else found

    def through_word(self, triple: Triple, free: bool = False) -> Facts:
        """n = m k with e k in the support: m d/gcd(d, e) divides n, and n <= N m/(c e).

        A strict word has k <= N // M and n <= N as well.
        """
        m, M, e = triple
        if not (isinstance(m, int) and isinstance(M, int) and isinstance(e, int)):
            return UNBOUNDED if free else NOTHING
        divisor = m * (self.divisor // gcd(self.divisor, e))
        if free:
            return Facts(divisor, self.bound * e / m)
        return Facts(divisor, max(Fraction(1), max(Fraction(M), self.bound * e) / m))

    def through_node(self, node: Node, free: bool = False) -> Facts:
        """Forward series keep n <= N/c, backward series keep the divisor, and reach without end where they are free."""
        nothing = UNBOUNDED if free else NOTHING
        match node:
            case Dirichlet(forward=True):
                return Facts(1, self.bound)
            case Dirichlet():
                return Facts(self.divisor, nothing.bound)
            case Product(factors=factors):
                facts = self
                for factor in reversed(factors):
                    facts = facts.through(factor)
                return facts
            case _:
                return nothing


NOTHING = Facts()
UNBOUNDED = Facts(1, Fraction(0))  # nothing, not even n <= N


def least(triple: IntTriple, facts: Facts) -> IntTriple:
    """The word with the least row, column and cut that equals this one on every state with these facts."""
    m, M, e = triple
    for h in _divisors(gcd(m, e, facts.divisor)):
        shorter = (m // h, max(m // h, e // h, -(-M // h)), e // h)
        if behind(shorter, facts) == behind(triple, facts):
            m, M, e = shorter
            break
    return (m, max(m, e), e) if facts.bound * e >= M else (m, M, e)


def behind(triple: IntTriple, facts: Facts) -> tuple[int, Fraction, int]:
    """W P[m] Q[c] as a triple: two words agree on every state with these facts exactly when these are equal."""
    m, M, e = triple
    common = gcd(e, facts.divisor)
    u, v = facts.divisor // common, e // common
    return m * u, max(Fraction(M * u), facts.divisor * facts.bound * v), facts.divisor * v


def _divisors(number: int, most: int = 1 << 20) -> list[int]:
    """The divisors above 1, largest first; only the number itself when it is too large to try."""
    if number > most:
        return [number]
    small = [d for d in range(1, int(number**0.5) + 1) if number % d == 0]
    return sorted({*small, *(number // d for d in small)} - {1}, reverse=True)


__all__ = ["NOTHING", "Facts", "Given", "behind", "least"]
