"""Operators for SciPy: an operator expression as a `scipy.sparse.linalg.LinearOperator`.

In SciPy's own sense: `matvec` multiplies by the N x N matrix, `rmatvec` and `.H` by its
Euclidean conjugate transpose.  The adjoint in the weight is `weighted_adjoint()`.  In the
hilbert picture, the default, the two are the same, and an operator that is self-adjoint in its
weight is a symmetric matrix, as `eigsh` and LOBPCG require.

>>> X = operator("K[2]", N=4, weight="n^-1")
>>> X.to_dense().tolist()
[[0.0, 1.0, 0.0, 0.0], [1.0, 0.0, 0.0, 1.0], [0.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]]
>>> (X @ [1.0, 2.0, 3.0, 4.0]).tolist(), X.H is X.H
([2.0, 5.0, 0.0, 2.0], True)
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.linalg import LinearOperator

from qwasm.space import Field, Picture, Space, Truncation, Weight

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from qvm.machine.backend import Kernels
    from qvm.spectral.linearmap import LinearMap
    from qwasm.algebra.operators import Operator
    from qwasm.algebra.residual import SelfAdjointness
    from qwasm.qpu.plan import Plan

Array = NDArray[Any]
Parameter = str | int | float | Fraction | complex


class QwasmLinearOperator(LinearOperator):
    """The N x N matrix of an operator value in a space and picture, run by a backend.

    Attributes: `value` (the exact operator), `space`, `picture`, `plan`.  Immutable and safe to
    share between threads; results do not depend on the number of threads.
    """

    def __init__(
        self,
        value: Operator,
        space: Space,
        picture: Picture,
        plan: Plan,
        kernels: Kernels,
        other: QwasmLinearOperator | None = None,
    ) -> None:
        super().__init__(np.dtype(space.field.dtype), (space.N, space.N))  # type: ignore[call-arg]
        self.value, self.space, self.picture, self.plan = value, space, picture, plan
        self._kernels = kernels
        self._other = other

    def __repr__(self) -> str:
        return f"<{self.shape[0]}x{self.shape[1]} QwasmLinearOperator {self.value} on {self.space}, {self.picture}>"

    # ------------------------------------------------------------ what SciPy asks for

    def _rows(self, plan: Plan, rows: Array) -> Array:
        """plan applied to each row, complex rows of a real operator part by part."""
        if rows.dtype.kind == "c" and self.dtype.kind != "c":
            return np.asarray(self._rows(plan, rows.real) + 1j * self._rows(plan, rows.imag))
        if self.dtype.kind == "i":
            whole, l = np.ascontiguousarray(rows).astype(np.int64, copy=False), self.space.field.modulus
            inside = whole.view(np.uint64).max(initial=0) < l  # negative ones are large there; quicker than a remainder
            return self._kernels.apply(plan, whole if inside else whole % l)
        wide = rows.dtype if rows.dtype.kind in "fc" else np.dtype(np.float64)
        found = self._kernels.apply(plan, np.ascontiguousarray(rows).astype(self.dtype, copy=False))
        return np.asarray(found.astype(np.result_type(self.dtype, wide), copy=False))

    def _matvec(self, x: Array) -> Array:
        return self._rows(self.plan, np.asarray(x).reshape(-1))

    def _matmat(self, X: Array) -> Array:
        return np.ascontiguousarray(self._rows(self.plan, np.asarray(X).T).T)

    def _rmatvec(self, x: Array) -> Array:
        return self._adjoint()._matvec(x)

    def _rmatmat(self, X: Array) -> Array:
        return self._adjoint()._matmat(X)

    def _adjoint(self) -> QwasmLinearOperator:
        """The Euclidean conjugate transpose; kept, and its own adjoint is this object."""
        if self._other is None:
            from qvm.spectral.plans import adjoint_plan

            self._other = QwasmLinearOperator(
                self._euclidean(), self.space, self.picture, adjoint_plan(self.plan), self._kernels, self
            )
        return self._other

    def _euclidean(self) -> Operator:
        """The value whose matrix in this picture is the conjugate transpose: X* or V(w) X* V(1/w)."""
        from qwasm.algebra.operators import Algebra
        from qwasm.algebra.ring import symbol

        weight = self.space.weight
        adjoint = self.value.adjoint(weight)
        if self.picture == "hilbert" or weight.s == 0:
            return adjoint
        algebra, n = Algebra(self.space.truncation), symbol("n", "nat")
        return algebra.product((algebra.V(n**-weight.s), adjoint, algebra.V(n**weight.s)))

    def grouped(self) -> GroupedOperator:
        """The same operator on states in the grouped order, where a sweep reads and writes memory in a line.

        For real and complex fields, prime terms alone and N large beside the smooth numbers of the primes.
        Raises ValueError where there is no such order.
        """
        order = getattr(self._kernels, "order", lambda _: None)(self.plan)
        if order is None:
            raise ValueError(f"{self.value} has no grouped order on {self.space}")
        return GroupedOperator(order)

    # ------------------------------------------------------------ what the language adds

    def weighted_adjoint(self) -> QwasmLinearOperator:
        """The adjoint in the weight of the space, in the same picture: <phi, X psi> = <X* phi, psi>."""
        if self.picture == "hilbert" or self.space.weight.s == 0:
            return self._adjoint()
        return _made(self.value.adjoint(self.space.weight), self.space, self.picture, self._kernels)

    def to_sparse(self) -> csr_array:
        """The matrix as a scipy CSR array, built entry by entry from the definitions."""
        return self.value.to_sparse(self.space, self.picture)

    def to_dense(self) -> Array:
        """The matrix as an (N, N) array of the field."""
        return self.value.to_dense(self.space, self.picture)

    def trace(self) -> float | complex:
        """Tr X; `expm_multiply(X, b, traceA=X.trace())` then needs no estimate.  Raises QW0481 past the work limit."""
        from qvm.spectral.trace import trace

        value = trace(self.map(), exact=True).value
        return complex(value) if self.dtype.kind == "c" else float(complex(value).real)

    def selfadjoint(self) -> SelfAdjointness:
        """Whether X is self-adjoint in the weight, decided exactly, with the residual X - X* if it is not."""
        from qwasm.algebra.residual import residual

        return residual(self.value, self.space.weight)

    def map(self) -> LinearMap:
        """The same matrix as a map for `qvm.spectral`, where results carry error bars."""
        from qvm.spectral.planmap import plan_map
        from qvm.spectral.recurring import recurring

        symmetric = (self.picture == "hilbert" or self.space.weight.s == 0) and self.selfadjoint().ok
        return plan_map(self.plan, self._kernels.apply, symmetric, recurring=recurring(self._kernels))


class GroupedOperator(LinearOperator):
    """An operator on states in the grouped order, of which those beyond N are zero and stay so.

    `into(x)` brings a state (N,) into the order, `out_of(y)` back; solvers see the matrix with zeros beside it.
    """

    def __init__(self, order: Any) -> None:
        super().__init__(np.dtype(order.plan.dtype), (order.size, order.size))  # type: ignore[call-arg]
        self._order = order

    def into(self, x: Array) -> Array:
        """A state (N,) in the grouped order, an array (size,)."""
        return np.asarray(self._order.into(x))

    def out_of(self, y: Array) -> Array:
        """A state (size,) of the grouped order as (N,)."""
        return np.asarray(self._order.out_of(y))

    def _matvec(self, x: Array) -> Array:
        return np.asarray(self._order.apply(np.asarray(x).reshape(-1)))


def operator(
    expr: str | Operator,
    N: int,
    weight: str | int | Weight = "1",
    field: str | Field = "real",
    threads: int = 1,
    picture: Picture = "hilbert",
    truncation: Truncation = "strict",
    backend: str = "auto",
    schedule: str = "",
    **params: Parameter,
) -> QwasmLinearOperator:
    """The matrix of an operator expression on {1..N}, as a SciPy LinearOperator.

    expr: an expression of the language, such as "sum p in primes(2, 47): K[p]", or an operator value.
    weight: w(n) as in `.space`: "1", "n^-1", "n^(-1/2)"; it sets the picture and the weighted adjoint.
    field: "real", "real32", "complex" or "mod(l)".  In mod(l) the dtype is int64 and only products
    with vectors have a meaning: values are residues in [0, l).
    backend: a name, or "auto" for the fastest that is installed; threads: those it may use, the bits stay the same.
    schedule: more of how to run, such as "layout=grouped"; see `qvm.compile`.
    picture: "hilbert" acts on sqrt(w(n)) psi(n), "nspace" on psi(n).
    params: values of free names in the expression; a float means the decimal it prints as.

    Raises QwasmError with code and hint for whatever is wrong with the expression or the space.
    """
    from qvm.machine.run import choose
    from qwasm.algebra.value import Operator
    from qwasm.diagnostics import fail
    from qwasm.qpu.program import Schedule
    from qwasm.qpu.schedules import read_schedule

    if picture not in ("hilbert", "nspace"):
        raise fail("QW0703", f"no picture is called {picture!r}", hint='write picture="hilbert" or picture="nspace"')
    space = read_space(N, weight, field, truncation)
    if not isinstance(expr, (str, Operator)):
        raise fail("QW0204", f"an operator is a text or an operator value, not {expr!r}", hint='write "A[2] + 2*B[2]"')
    value = read_operator(expr, space, params) if isinstance(expr, str) else expr
    if not isinstance(expr, str) and value.truncation != truncation:
        from qwasm.algebra.operators import Algebra

        value = Algebra(truncation).own(value)
    return _made(value, space, picture, choose(backend).kernels(read_schedule(schedule, Schedule(threads=threads))))


def _made(value: Operator, space: Space, picture: Picture, kernels: Kernels) -> QwasmLinearOperator:
    from qwasm.qpu.planning import plan

    return QwasmLinearOperator(value, space, picture, plan(value, space, picture), kernels)


def read_space(N: int, weight: str | int | Weight, field: str | Field, truncation: Truncation) -> Space:
    """A space from the texts of its settings, checked as `.space` checks them."""
    from qwasm.diagnostics import fail
    from qwasm.ir.declare import exact
    from qwasm.ir.elaborate import Elaborator
    from qwasm.ir.scope import Scope
    from qwasm.ir.spaces import checked_size, field_of, weight_of
    from qwasm.limits import DEFAULT
    from qwasm.syntax import parse_expression

    elaborator, scope = Elaborator(), Scope()
    if not isinstance(field, Field):
        field = field_of(parse_expression(field, "field"), elaborator, scope)
    if not isinstance(weight, Weight):
        weight = weight_of(parse_expression(str(weight), "weight"), elaborator, scope)
    if field.exact and weight.s.denominator != 1:
        raise fail("QW0227", f"the weight {weight} has no exact meaning in {field}", hint='write weight="n^-1"')
    return Space(checked_size(exact(N, "N"), None, DEFAULT, field), weight, field, truncation)


def read_operator(text: str, space: Space, params: dict[str, Parameter]) -> Operator:
    """The operator that a text spells in a space, with values for its free names."""
    from qwasm.algebra.operators import Algebra
    from qwasm.ir.declare import exact
    from qwasm.ir.elaborate import Elaborator
    from qwasm.ir.scope import Scope
    from qwasm.syntax import parse_expression

    elaborator, scope = Elaborator(space, algebra=Algebra(space.truncation)), Scope()
    for name, given in params.items():
        if isinstance(given, str):
            value = elaborator.expression(parse_expression(given, f"<{name}>"), scope)
        else:
            value = exact(given, name)
        scope.declare(name, value, None)
    return elaborator.operator(parse_expression(text, "<operator>"), scope)
