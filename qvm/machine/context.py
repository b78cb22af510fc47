"""The machine as a meaning sees it: operators, numbers, files and outputs of one run."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qvm.machine import numbers
from qvm.machine.backend import Kernels, Summing
from qvm.machine.exponential import listening
from qvm.machine.grants import Channels, Grants
from qvm.machine.result import Output, Rows, State, Value
from qvm.machine.tuned import Tuner, tune
from qwasm.algebra.evaluate import evaluate
from qwasm.algebra.operators import Operator
from qwasm.algebra.ring import Expr
from qwasm.algebra.scalars import truth
from qwasm.diagnostics import Diagnostic, QwasmError, Span, fail
from qwasm.instructions.form import Instruction
from qwasm.ir.selfadjoint import concern
from qwasm.limits import Limits
from qwasm.qpu.letters import Letters, letters
from qwasm.qpu.plan import Plan
from qwasm.qpu.planning import plan
from qwasm.qpu.program import QpuProgram
from qwasm.record import field, record
from qwasm.scalar import NOWHERE, OUTWARD, Distance, Kind, Scalar, number_text
from qwasm.space import Picture, Space

Array = NDArray[Any]
KEPT_PLANS = 64


def known(bound: Callable[[], float]) -> float:
    """A bound of the algebra; infinity where it has none: for a table of the user's, or a part without such bounds."""
    try:
        return bound()
    except (QwasmError, ValueError):
        return math.inf


@record(frozen=False)
class Context:
    """One run's services, given to every meaning; `span` and `loops` follow the running instruction."""

    program: QpuProgram
    kernels: Kernels
    limits: Limits
    grants: Grants
    seed: int = 0
    tables: Mapping[str, Array] = field(default_factory=dict)
    outputs: dict[str, Output] = field(default_factory=dict)
    plans: OrderedDict[tuple[Operator, Picture], Plan] = field(default_factory=OrderedDict)
    span: Span | None = None
    loops: tuple[tuple[str, int], ...] | None = None  # None outside loops
    env: Mapping[str, Any] = field(default_factory=dict)  # scalars an expression may read
    given: tuple[Distance, ...] = ()  # how far the states that the running instruction reads may be off
    made: Distance = NOWHERE  # what its own method adds
    losses: dict[Operator, float] = field(default_factory=dict)  # of operators it applied with exponentials inside
    bounds: dict[Operator, float] = field(default_factory=dict)
    growths: dict[tuple[Operator, float, bool], float] = field(default_factory=dict)
    listener: Callable[[str], None] | None = None  # told how far a long instruction has come; may end it
    counted: Callable[[Kernels], Kernels] | None = None  # kernels that count what they apply, for a recorder
    tuner: Tuner | None = None  # how other kernels are made, where a run may choose
    warnings: dict[Span | None, Diagnostic] = field(default_factory=dict)  # one a place
    inputs: dict[str, str] = field(default_factory=dict)
    channels: Channels = field(init=False)
    _weights: Array | None = None
    _indices: Array | None = None

    def __post_init__(self) -> None:
        self.channels = Channels(self.grants, self.space)

    @property
    def space(self) -> Space:
        return self.program.space

    @property
    def algebra(self) -> Letters:
        return letters(self.space.truncation)

    @property
    def spectral(self) -> Any:
        import qvm.spectral

        return qvm.spectral

    # operators -----------------------------------------------------------------------------
    def plan(self, operator: Operator, picture: Picture = "nspace") -> Plan:
        """The operator as arrays; the last few are kept."""
        key = (operator, "nspace" if self.space.weight.s == 0 else picture)
        found = self.plans.get(key)
        if found is None:
            found = self.plans[key] = plan(operator, self.space, picture, self.tables, self.limits)
            if len(self.plans) > KEPT_PLANS:
                self.plans.popitem(last=False)
        else:
            self.plans.move_to_end(key)
        return found

    def apply(self, operator: Operator, state: Array, picture: Picture = "nspace", *, direct: bool = False) -> Array:
        """`direct` goes past kernels that count: how often a sweep applies its operators is plain from its terms."""
        kernels: Kernels = self.kernels.kernels if direct and self.counted else self.kernels  # type: ignore[attr-defined]
        if not operator.nodes:  # words hold no exponential
            return kernels.apply(self.plan(operator, picture), state)
        with listening() as ratios:
            result = kernels.apply(self.plan(operator, picture), state)
        if ratios:
            from qwasm.algebra.loss import loss

            s = 0.0 if picture == "hilbert" else float(self.space.weight.s)
            ratio = max(ratios) * self.space.N ** (abs(s) / 2) * OUTWARD  # from the plain norm to that in the weight
            lost = known(lambda: loss(operator, self.space, ratio))
            self.losses[operator] = max(self.losses.get(operator, 0.0), lost)
        return result

    def linear_map(self, operator: Operator, picture: Picture = "hilbert") -> Any:
        from qvm.machine.maps import operator_map

        return operator_map(self, operator, picture)

    def graph_laplacian(self, diffusion: Operator, row_sums: Array, picture: Picture = "nspace") -> Any:
        from qvm.machine.maps import laplacian_map

        return laplacian_map(self, diffusion, row_sums, picture)

    def trace(self, operator: Operator, op: Any) -> Scalar:
        from qvm.machine.maps import trace

        return trace(self, operator, op)

    def heat_trace(self, operator: Operator, times: Sequence[float], op: Any) -> Sequence[Scalar]:
        from qvm.machine.maps import heat_trace

        return heat_trace(self, operator, times, op)

    def spectrum(
        self, operator: Operator, k: int, which: Any, vectors: bool, picture: Picture
    ) -> tuple[Sequence[Scalar], Any]:
        from qvm.machine.maps import spectrum

        return spectrum(self, operator, k, which, vectors, picture)

    def operator_norm(self, operator: Operator) -> Scalar:
        from qvm.machine.maps import operator_norm

        return operator_norm(self, operator)

    def judge(self, row: Instruction, operator: Operator) -> None:
        """Warn, once a place, when an operator that was closed only now is not self-adjoint."""
        if self.span not in self.warnings:
            found = concern(row, operator, self.space, self.span)
            if found is not None:
                self.warnings[self.span] = found

    # numbers -------------------------------------------------------------------------------
    def evaluate(self, expression: Any, **variables: Any) -> Any:
        if not isinstance(expression, Expr):
            return self.number(expression)
        return evaluate(expression, self.space.field, {"N": self.space.N, **self.env, **variables}, self.tables)

    def number(self, value: Any) -> Any:
        if isinstance(value, Scalar):
            self.belongs(value)
            return numbers.field_number(value.value, self.space.field)
        if isinstance(value, Expr):
            return self.evaluate(value)
        return numbers.field_number(value, self.space.field)

    def belongs(self, value: Scalar) -> None:
        """Raise QW0643 for a complex number, such as an eigenvalue, where the field has none."""
        number = value.value
        if isinstance(number, complex) and number.imag != 0 and self.space.field.kind != "complex":
            said = f"{number_text(number)} has no place in field = {self.space.field}"
            raise self.fail("QW0643", said, "use field = complex")

    def real(self, value: Any) -> float:
        number = value.approx() if isinstance(value, Expr) else value.value if isinstance(value, Scalar) else value
        if isinstance(number, complex):
            if number.imag != 0:
                raise self.fail(
                    "QW0608", f"a real number is needed here, not {number_text(number)}", "take re(...) of it"
                )
            number = number.real
        return numbers.nearest(number)

    def indices(self) -> Array:
        if self._indices is None:
            self._indices = np.arange(1, self.space.N + 1, dtype=np.int64)
        return self._indices

    def weights(self) -> Array:
        if self._weights is None:
            s, n = self.space.weight.s, self.indices()
            if self.space.field.exact:
                from qwasm.algebra.ring import symbol

                self._weights = np.asarray(evaluate(symbol("n", "nat") ** -s, self.space.field, {"n": n}))
            else:
                self._weights = np.ones(self.space.N) if s == 0 else n.astype(np.float64) ** float(-s)
            self._weights.flags.writeable = False
        return self._weights

    def truth(self, condition: Scalar) -> bool | None:
        return truth(condition)

    def wide(self, values: Any) -> Any:
        if self.space.field.exact:
            return values % self.space.field.modulus
        return values.astype(np.float64) if values.dtype == np.float32 else values

    def total(self, terms: Any, roundings: int = 0, of: Sequence[Any] = ()) -> Scalar:
        kernels = self.kernels.kernels if self.counted else self.kernels  # type: ignore[attr-defined]
        sums = kernels.sums if isinstance(kernels, Summing) else None
        factors = terms if isinstance(terms, tuple) else (terms,)
        return numbers.total(factors, self.space.field, roundings, of, sums)

    def scalar(self, value: Any, error: float = 0.0, kind: str = "", method: str = "") -> Scalar:
        weak: Kind = "statistical" if kind == "statistical" else "bound" if error else "exact"
        return Scalar(numbers.plain_number(value, self.space.field), float(error), weak, method)

    def state(self, values: Any) -> Any:
        array = np.asarray(values)
        if self.space.field.exact:
            return np.remainder(array, self.space.field.modulus).astype(np.int64, copy=False)
        if array.dtype.kind == "c" and self.space.field.kind != "complex":
            array = array.real
        return (
            np.array(array, dtype=self.space.field.dtype)
            if not array.flags.owndata
            else array.astype(self.space.field.dtype, copy=False)
        )

    def note(self, text: str) -> None:
        if self.listener is not None:
            self.listener(text)

    # errors --------------------------------------------------------------------------------
    def approximate(self, error: float, method: str, proved: bool = True) -> None:
        if error:
            self.made = self.made.plus(Distance(float(error), "bound" if proved else "statistical", (method,)))

    def taken(self) -> Distance:
        """What the method of the instruction that has just run adds; the next one starts from nothing."""
        made, self.made = self.made, NOWHERE
        return made

    def bound(self, operator: Operator) -> float:
        if operator not in self.bounds:
            self.bounds[operator] = known(lambda: operator.norm(self.space).upper)
        return self.bounds[operator]

    def loss(self, operator: Operator) -> float:
        return self.losses.pop(operator, 0.0)

    def growth(self, operator: Operator, t: float, unitary: bool) -> float:
        key = (operator, t, unitary)
        if key not in self.growths:
            self.growths[key] = float(self.spectral.growth(self.linear_map(operator), t, unitary))
        return self.growths[key]

    def selfadjoint(self, operator: Operator) -> bool:
        from qwasm.algebra.residual import residual

        return bool(residual(operator, self.space.weight).ok)

    def steepness(self, expression: Expr, x: Array, radius: Array) -> float:
        from qwasm.algebra.lipschitz import lipschitz

        return lipschitz(expression, "x", np.abs(x) + radius, {"N": self.space.N, "n": self.indices()}, self.tables)

    def off(self) -> Distance:
        """How far the state that the running instruction hands out may be off."""
        return next((distance for distance in self.given if distance.size), NOWHERE)

    # outside -------------------------------------------------------------------------------
    def emit(self, name: str, value: Any, picture: Picture = "nspace") -> None:
        shown: Value = State(value, self.space, picture, self.off()) if isinstance(value, np.ndarray) else value
        known = self.outputs.get(name)
        if self.loops is None and known is None:
            self.outputs[name] = shown
            return
        where = tuple(item for item in self.loops or () if item[0])
        columns = tuple(column for column, _ in where)
        if not isinstance(known, Rows):
            rows = Rows(columns)
            if known is not None:
                rows.rows.append(((), known))
            self.outputs[name] = known = rows
        if len(columns) > len(known.columns):
            known.columns = columns
        known.rows.append((tuple(number for _, number in where), shown))

    def load(self, name: str, kind: str, picture: Picture) -> Any:
        from qvm.machine.provenance import array_digest

        state = self.grants.read(name, self.space, picture, kind, self.span)
        self.made = state.distance
        self.inputs[name] = array_digest(state.values)
        return state.values

    def store(self, name: str, value: Any, picture: Picture) -> None:
        self.grants.write(name, State(value, self.space, picture, self.off()), self.span)

    def send(self, channel: str, value: Any, picture: Picture) -> None:
        self.channels.send(channel, State(value, self.space, picture, self.off()), self.span)

    def receive(self, channel: str, kind: str, picture: Picture) -> Any:
        state = self.channels.receive(channel, kind, picture, self.span)
        self.made = state.distance
        return state.values

    def tune(self, word: str, name: str) -> None:
        tune(self, word, name)

    def digest(self) -> str:
        from qvm.machine.provenance import program_digest

        return program_digest(self.program)

    def require_grants(self) -> None:
        from qwasm.qpu.touched import channels, files

        for name in files(self.program):
            if not self.grants.permits_file(name):
                raise self.fail("QW0538", f"the file {name!r} is not granted", "grant its folder: --data DIR")
        for name in channels(self.program):
            if name not in self.grants.channels:
                raise self.fail(
                    "QW0539", f"the channel {name!r} is not granted", f"grant it: --channel {name}=FILE.npy"
                )

    def fail(self, code: str, message: str, hint: str = "", notes: Sequence[str] = ()) -> QwasmError:
        return fail(code, message, self.span, hint, notes)
