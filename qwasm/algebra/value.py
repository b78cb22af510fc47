"""Operator values: canonical, hash-consed sums of words and other nodes.

An `Operator` is a sum of words, each a triple (m, M, e) with a multiplier in the path point
n, and of coefficients times nodes.  Equal sums are one object, so equality is `is`.  Nothing
may follow operators by recursion, they nest as deep as a program does: use `fold`.

>>> from qwasm.algebra.operators import Algebra
>>> a = Algebra()
>>> a.multiply(a.A(2), a.A(3)) is a.A(6)
True
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, TypeVar
from weakref import WeakValueDictionary

from qwasm.algebra.indices import Index
from qwasm.algebra.nodes import Node, Word, children, node_height, node_leaves, node_order, node_symbols, word_order
from qwasm.algebra.ring import ONE, ZERO, Expr
from qwasm.algebra.words import IDENTITY, Triple
from qwasm.clock import look
from qwasm.space import Truncation

if TYPE_CHECKING:
    from qwasm.algebra.matrix import Dense, Sparse, Tables
    from qwasm.algebra.norms import NormBound
    from qwasm.space import Picture, Space, Weight

Result = TypeVar("Result")
_interned: WeakValueDictionary[tuple[object, ...], Operator] = WeakValueDictionary()


class Operator:
    """An exact linear operator: `words` maps triples to multipliers, `nodes` maps other nodes to coefficients.

    Make one through `Algebra`; `+ - *` (by an expression or number), `@` and `**` work on values.
    """

    __slots__ = ("__dict__", "__weakref__", "height", "leaves", "nodes", "truncation", "words")
    truncation: Truncation
    words: dict[Triple, Expr]
    nodes: dict[Node, Expr]
    leaves: int  # terms in the form as it is kept
    height: int  # nesting of families

    def __new__(cls, truncation: Truncation, words: dict[Triple, Expr], nodes: dict[Node, Expr]) -> Operator:
        look()
        words = {t: words[t] for t in sorted(words, key=word_order)} if len(words) > 1 else dict(words)
        nodes = {n: nodes[n] for n in sorted(nodes, key=node_order)} if len(nodes) > 1 else dict(nodes)
        key = (truncation, tuple(words.items()), tuple(nodes.items()))
        known = _interned.get(key)
        if known is not None:
            return known
        self = super().__new__(cls)
        self.truncation, self.words, self.nodes = truncation, words, nodes
        self.leaves, self.height = len(words), 0
        _interned[key] = self
        if nodes:
            self.leaves += sum(map(node_leaves, nodes))
            self.height = max(map(node_height, nodes))
            self.symbols, self.digest  # noqa: B018  (so that no later question recurses into what is inside)
        return self

    # ------------------------------------------------------------ looking

    @property
    def is_zero(self) -> bool:
        """True when every term has cancelled; a factored sum may be zero without being seen to be."""
        return not self.words and not self.nodes

    @property
    def is_identity(self) -> bool:
        return not self.nodes and len(self.words) == 1 and self.words.get(IDENTITY) is ONE

    @property
    def constant_multiple(self) -> Expr | None:
        """c when this is c I with c free of n, else None."""
        if self.nodes or len(self.words) > 1:
            return None
        if not self.words:
            return ZERO
        c = self.words.get(IDENTITY)
        return c if c is not None and "n" not in c.symbols else None

    def terms(self) -> Iterator[tuple[Expr, Word | Node]]:
        """The terms in canonical order as (coefficient, node); a word keeps a multiplier in n inside itself."""
        for (m, M, e), f in self.words.items():
            if "n" in f.symbols:
                yield ONE, Word(m, M, e, f)
            else:
                yield f, Word(m, M, e)
        for node, c in self.nodes.items():
            yield c, node

    def __len__(self) -> int:
        return len(self.words) + len(self.nodes)

    @cached_property
    def symbols(self) -> frozenset[str]:
        """The free symbols; n, the point, is not one."""
        found: set[str] = set()
        for triple, f in self.words.items():
            found |= f.symbols
            for index in triple:
                if not isinstance(index, int):
                    found |= index.symbols
        found.discard("n")
        for node, c in self.nodes.items():
            found |= (node_symbols(node) | c.symbols) - {"n"}
        return frozenset(found)

    @cached_property
    def digest(self) -> bytes:
        """A digest of the value, the same in every process."""
        h = sha256(self.truncation.encode())
        for (m, M, e), f in self.words.items():
            h.update(f"{m},{M},{e}:{f};".encode())
        for node, c in self.nodes.items():
            h.update(node_order(node)[-1])
            h.update(f"*{c};".encode())
        return h.digest()

    # ------------------------------------------------------------ arithmetic

    def __add__(self, other: Operator) -> Operator:
        from qwasm.algebra.operators import Algebra

        return Algebra(self.truncation).add(self, other)

    def __sub__(self, other: Operator) -> Operator:
        from qwasm.algebra.operators import Algebra

        return Algebra(self.truncation).add(self, -other)

    def __neg__(self) -> Operator:
        return self * -1

    def __mul__(self, other: Operator | Expr | int) -> Operator:
        from qwasm.algebra.operators import Algebra

        algebra = Algebra(self.truncation)
        return algebra.multiply(self, other) if isinstance(other, Operator) else algebra.scale(other, self)

    def __rmul__(self, other: Expr | int) -> Operator:
        return self * other

    def __matmul__(self, other: Operator) -> Operator:
        return self * other

    def __pow__(self, k: Index) -> Operator:
        from qwasm.algebra.operators import Algebra

        return Algebra(self.truncation).power(self, k)

    # ------------------------------------------------------------ questions answered elsewhere

    def substitute(self, env: Mapping[str, Expr | int | Fraction]) -> Operator:
        """Replace free symbols; words that were undecided are composed again.

        Raises QW0301 when an index becomes less than 1.
        """
        from qwasm.algebra.rewrite import substitute

        return substitute(self, env)

    def expanded(self, limit: int = 10_000) -> Operator | None:
        """The same value with products, powers and concrete families multiplied out; None past `limit` terms."""
        from qwasm.algebra.rewrite import expanded

        return expanded(self, limit)

    @property
    def simplified(self) -> Operator:
        """The same value rebuilt bottom-up, so that everything decided since is used."""
        return self.substitute({})

    def adjoint(self, weight: Weight) -> Operator:
        """The adjoint in the weight n^-s, exact on {1..N} for every N."""
        from qwasm.algebra.adjoint import adjoint

        return adjoint(self, weight)

    def hilbert(self, weight: Weight) -> Operator:
        """W^(1/2) X W^(-1/2): the same map on sqrt(w(n)) psi(n); the result is meant in the weight 1."""
        from qwasm.algebra.adjoint import conjugate

        return conjugate(self, Fraction(-weight.s) / 2)

    def norm(self, space: Space) -> NormBound:
        """Two-sided bounds of the operator norm on a space; equal for one term."""
        from qwasm.algebra.norms import bounds

        return bounds(self, space)

    def to_sparse(self, space: Space, picture: Picture = "nspace", tables: Tables | None = None) -> Sparse:
        """The N x N matrix as a scipy CSR array, built entry by entry from the definitions."""
        from qwasm.algebra.matrix import to_sparse

        return to_sparse(self, space, picture, tables)

    def to_dense(self, space: Space, picture: Picture = "nspace", tables: Tables | None = None) -> Dense:
        """The N x N matrix as an array of the field, row n - 1 and column n - 1 for the number n."""
        from qwasm.algebra.matrix import to_dense

        return to_dense(self, space, picture, tables)

    def exact_matrix(self, N: int, weight: Weight | None = None) -> dict[tuple[int, int], Expr]:
        """The non-zero entries (row, column) -> exact value, by plain definition; small N only."""
        from qwasm.algebra.exact import exact_matrix

        return exact_matrix(self, N, weight)

    def __str__(self) -> str:
        from qwasm.algebra.optext import text

        return text(self)

    def __repr__(self) -> str:
        return f"Operator({self}, {self.truncation})"

    def __reduce__(self) -> tuple[object, ...]:
        return (Operator, (self.truncation, self.words, self.nodes))


def fold(root: Operator, visit: Callable[[Operator, Callable[[Operator], Result]], Result]) -> Result:
    """Bottom-up over the operators inside `root`, each once, without recursion.

    `visit(x, done)` is called when `done(y)` is known for every operator y directly inside x.
    """
    done: dict[Operator, Result] = {}
    stack = [root]
    while stack:
        x = stack[-1]
        if x in done:
            stack.pop()
            continue
        waiting = [y for node in x.nodes for y in children(node) if y not in done]
        if waiting:
            stack.extend(reversed(waiting))
        else:
            done[x] = visit(x, done.__getitem__)
            stack.pop()
    return done[root]
