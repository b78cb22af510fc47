"""What a meaning may ask of the machine: the `run` of `meaning(run, op, *inputs)`.

States reach a meaning as read-only arrays of the numbers a register stores, shape (N,), fields
as (k, N), vectors as tuples of scalars.  A meaning returns new arrays; it never writes to an
input.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from qwasm.scalar import Scalar
from qwasm.space import Picture, Space


class Run(Protocol):
    """The machine as a meaning sees it, while it executes one instruction."""

    @property
    def space(self) -> Space: ...

    @property
    def seed(self) -> int: ...

    @property
    def algebra(self) -> Any:
        """The operator algebra of the program's truncation."""
        ...

    @property
    def spectral(self) -> Any:
        """The spectral engine: expm, trace, heat_trace, spectrum, operator_norm."""
        ...

    def apply(self, operator: Any, state: Any, picture: Picture = "nspace") -> Any:
        """The operator's action on psi(n), on a state or field stored in `picture`."""
        ...

    def plan(self, operator: Any, picture: Picture = "nspace") -> Any:
        """The operator as arrays a kernel can stream."""
        ...

    def linear_map(self, operator: Any, picture: Picture = "hilbert") -> Any:
        """The operator as the linear map the spectral engine takes."""
        ...

    def graph_laplacian(self, diffusion: Any, row_sums: Any, picture: Picture = "nspace") -> Any:
        """-(D - V(D 1)) as a linear map, so that expm at tau is heat flow."""
        ...

    def trace(self, operator: Any, op: Any) -> Scalar:
        """Tr X, exact where the plan shows the diagonal."""
        ...

    def heat_trace(self, operator: Any, times: Sequence[float], op: Any) -> Sequence[Scalar]:
        """Tr e^{-tX}, or Tr(Y e^{-tX}) for insert=Y, at each time, from the same probes."""
        ...

    def spectrum(
        self, operator: Any, k: int, which: Any, vectors: bool, picture: Picture
    ) -> tuple[Sequence[Scalar], Any]:
        """k eigenvalues, and their vectors as a field in `picture` or None."""
        ...

    def operator_norm(self, operator: Any) -> Scalar:
        """The operator norm in the weight: exact for one word, else a two-sided bound."""
        ...

    def evaluate(self, expression: Any, **variables: Any) -> Any:
        """An expression at numbers or arrays of n and x, as numbers of the field."""
        ...

    def number(self, value: Any) -> Any:
        """A constant expression or a scalar as one number of the field."""
        ...

    def real(self, value: Any) -> float:
        """A constant expression as a float (a time, a tolerance)."""
        ...

    def indices(self) -> Any:
        """n = 1..N as int64."""
        ...

    def weights(self) -> Any:
        """w(1..N) as wide numbers of the field."""
        ...

    def truth(self, condition: Scalar) -> bool | None:
        """Whether a condition certainly holds, certainly does not, or None."""
        ...

    def wide(self, values: Any) -> Any:
        """Values in the numbers that sums are made in: float64 for real32, residues reduced in mod(l)."""
        ...

    def total(self, terms: Any, roundings: int = 0, of: Sequence[Any] = ()) -> Scalar:
        """The sum of an array, or of the entrywise product of a tuple of arrays, by a fixed tree, with its bound.

        `roundings` operations made each term from the arrays `of`; of integers nothing is rounded.
        """
        ...

    def scalar(self, value: Any, error: float = 0.0, kind: str = "", method: str = "") -> Scalar:
        """A scalar of the program; balanced in mod(l)."""
        ...

    def state(self, values: Any) -> Any:
        """Values brought to the dtype of the field (residues reduced)."""
        ...

    def emit(self, name: str, value: Any, picture: Picture = "nspace") -> None:
        """One output row or value."""
        ...

    def load(self, name: str, kind: str, picture: Picture) -> Any:
        """The state or field of a granted file."""
        ...

    def store(self, name: str, value: Any, picture: Picture) -> None:
        """Write a state or field to a granted file."""
        ...

    def send(self, channel: str, value: Any, picture: Picture) -> None:
        """Append a state or field to a channel."""
        ...

    def receive(self, channel: str, kind: str, picture: Picture) -> Any:
        """The next state or field of a channel."""
        ...

    def tune(self, word: str, name: str) -> None:
        """Plan, learn or switch to a schedule under a name; no result changes."""
        ...

    def digest(self) -> str:
        """The program's digest."""
        ...

    def require_grants(self) -> None:
        """Fail unless every file and channel the program names is granted."""
        ...

    def note(self, text: str) -> None:
        """Say how far a long instruction has come; may end it, past the time limit."""
        ...

    def approximate(self, error: float, method: str, proved: bool = True) -> None:
        """Say how far the result that a meaning is about to give may be off by its method, in the norm of its space."""
        ...

    def bound(self, operator: Any) -> float:
        """An upper bound of the operator's norm in the weight; infinity where none is known."""
        ...

    def loss(self, operator: Any) -> float:
        """How far the operator was off, in norm, where this instruction applied it: its exponentials are computed.

        Asked once; what an `error` does not ask for leaves the result not bounded.
        """
        ...

    def growth(self, operator: Any, t: float, unitary: bool) -> float:
        """An upper bound of the norm of e^{-tX}, or e^{-itX}, in the weight."""
        ...

    def selfadjoint(self, operator: Any) -> bool:
        """True when the operator is its own adjoint in the weight."""
        ...

    def steepness(self, expression: Any, x: Any, radius: Any) -> float:
        """L with abs(f(x', n) - f(x, n)) <= L abs(x' - x) for x'(n) within radius(n) of x(n), or infinity."""
        ...

    def fail(self, code: str, message: str, hint: str = "", notes: Sequence[str] = ()) -> Exception:
        """The error to raise, at the place of the running instruction."""
        ...
