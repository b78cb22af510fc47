"""Results of a run: outputs by name, statistics, provenance.

An output is a scalar, a vector (a tuple of scalars), a text, a state, or rows when it was
emitted inside a loop.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from qwasm.diagnostics import Diagnostic
from qwasm.record import field, record
from qwasm.scalar import NOWHERE, Distance, Scalar
from qwasm.space import Picture, Space

if TYPE_CHECKING:
    from qvm.ledger import Ledger
    from qwasm.qpu.program import QpuProgram

Array = NDArray[Any]


@record(eq=False)
class State:
    """Numbers with their meaning: `values` is (N,), entry 0 is psi(1), or (k, N) for a field; read-only.

    `distance` bounds how far they may be, in the norm of the space, from what exact methods give.
    """

    values: Array
    space: Space
    picture: Picture = "nspace"
    distance: Distance = NOWHERE

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return self.values if dtype is None else self.values.astype(dtype)

    def save(self, path: Any) -> None:
        """Write a .npy file that carries N, weight, picture, field and error, whole or not at all.

        Raises QwasmError QW0801 when the storage fails.
        """
        from qvm.machine.files import write_state

        write_state(path, self)


@record
class Shape:
    """What a backend that runs nothing answers: the kind of an output and its shape."""

    kind: str
    shape: tuple[int, ...] = ()


Value = Scalar | tuple[Scalar, ...] | str | State | Shape


@record(frozen=False)
class Rows:
    """An output emitted in loops: one row each time, loop variables as columns, then `value`."""

    columns: tuple[str, ...]
    rows: list[tuple[tuple[int, ...], Value]] = field(default_factory=list)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for where, value in self.rows:
            yield {**dict(zip(self.columns, where)), "value": value}

    def __len__(self) -> int:
        return len(self.rows)


Output = Value | Rows


@record
class Result:
    """What a run gave: `result["name"]` is an output, in order of first emission.

    `stats`: "work" and "memory" are the estimates made before the run (state elements touched,
    peak bytes), "steps" and "seconds" what it took.  The error of each output covers how far the
    states it was read from may be off by the methods that made them.  `provenance` is what is needed to run it again;
    `diagnostics` are warnings made while running, `program` is what ran.
    """

    outputs: Mapping[str, Output]
    stats: Mapping[str, Any]
    provenance: Mapping[str, Any]
    diagnostics: tuple[Diagnostic, ...] = ()
    program: QpuProgram | None = None

    @property
    def ledger(self) -> Ledger:
        """The approximate steps of the program that ran, with their bounds."""
        from qvm.ledger import Ledger, ledger

        return ledger(self.program, self.provenance["passes"]) if self.program is not None else Ledger()

    @property
    def states(self) -> Mapping[str, State]:
        """The outputs that are states."""
        return {name: value for name, value in self.outputs.items() if isinstance(value, State)}

    def __getitem__(self, name: str) -> Any:
        """The output of that name: a Scalar, a tuple of them, Rows, a State or a text; KeyError for another name."""
        return self.outputs[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.outputs)

    def value(self, name: str) -> Any:
        """An output as plain numbers: of a scalar its value, of a vector a list, of rows a list of values."""
        return plain(self.outputs[name])


def plain(output: Output) -> Any:
    """Numbers without their error bars."""
    if isinstance(output, Scalar):
        return output.value
    if isinstance(output, tuple):
        return [scalar.value for scalar in output]
    if isinstance(output, Rows):
        return [plain(value) for _, value in output.rows]
    return output.values if isinstance(output, State) else output
