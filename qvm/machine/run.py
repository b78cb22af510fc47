"""The machine: runs a QPU program on a backend under limits and grants, and says what the result was made from."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any

import numpy as np

from qvm.machine.backend import Backend, load, preferred
from qvm.machine.context import Context
from qvm.machine.execution import Execution
from qvm.machine.grants import Grants, with_disk
from qvm.machine.hooks import Hook
from qvm.machine.provenance import Provenance, array_digest, provenance
from qvm.machine.recorder import Recorder
from qvm.machine.result import Result
from qvm.machine.tuned import Tuner
from qwasm.clock import time_limit
from qwasm.diagnostics import Diagnostic, fail
from qwasm.limits import DEFAULT, Limits
from qwasm.qpu.cost import Estimate, estimate, size
from qwasm.qpu.program import QpuProgram
from qwasm.qpu.touched import reader
from qwasm.record import field, record


@record(frozen=False)
class Machine:
    """Runs programs on one backend under limits and grants.

    backend: a name, "auto", or a Backend.  hooks: observers, see `Hook`.  recorder: keeps what ran when.
    seed: that of the machine's own estimators.  passes, rules, origins: what provenance says of the compilation,
    of the rule files in effect (name -> digest) and of where parameters came from.
    """

    backend: str | Backend = "numpy"
    limits: Limits = DEFAULT
    grants: Grants = field(default_factory=Grants)
    hooks: Sequence[Hook] = ()
    recorder: Recorder | None = None
    context: Context | None = None  # of the last run
    seed: int = 0
    passes: Sequence[str] = ()
    origins: Mapping[str, str] = field(default_factory=dict)
    rules: Mapping[str, str] = field(default_factory=dict)

    def run(self, program: QpuProgram, parameters: Mapping[str, str] | None = None) -> Result:
        """Run the program's "main" and return its outputs.

        Raises QwasmError: QW046x before anything is allocated when a limit would be passed, QW06xx
        where the program fails, QW053x for what is not granted, QW08xx when storage fails.
        """
        with time_limit(self.limits.timeout):
            return self.ran(program, parameters)

    def ran(self, program: QpuProgram, parameters: Mapping[str, str] | None) -> Result:
        """What `run` promises, however long it takes."""
        backend = choose(self.backend)
        if program.space.field.kind not in backend.can.fields:
            raise fail(
                "QW0532",
                f"the backend '{backend.name}' has no numbers of field = {program.space.field}",
                hint="use --backend numpy",
            )
        cost = estimate(program, self.grants.shape)
        limits = with_disk(self.limits, self.grants.roots)
        cost.check(limits)
        kernels = backend.kernels(program.schedule)
        context = self.context = Context(program, kernels, limits, self.grants, self.seed)
        if self.recorder is not None:
            context.counted = self.recorder.counted
            context.kernels = context.counted(kernels)
        context.tuner = Tuner(backend.kernels, backend.can.schedules, backend.name)
        if not backend.can.runs:
            from qvm.machine.dry import dry_run

            outputs, steps = dry_run(program, context)
            return Result(
                outputs,
                {"work": cost.work, "memory": cost.memory, "steps": steps, "seconds": 0.0},
                self.describe(program, context, backend, parameters),
                program=program,
            )
        with np.errstate(all="ignore"), self.memory(cost, context):
            context.tables = self.tables(program, context)
            started = time.perf_counter()
            execution = Execution(context, tuple(self.hooks), self.recorder)
            execution.run()
            seconds = time.perf_counter() - started
        stats = {
            "work": cost.work,
            "memory": cost.memory,
            "steps": execution.steps,
            "seconds": seconds,
        }
        made = self.describe(program, context, backend, parameters)
        return Result(context.outputs, stats, made, tuple(context.warnings.values()), program)

    def memory(self, cost: Estimate, context: Context) -> AbstractContextManager[object]:
        """Where arrays are made: in files of the first granted folder where memory is too small for them."""
        if cost.memory <= self.limits.memory:
            return nullcontext()
        from qvm.machine.mapped import arrays_in

        said = f"{size(cost.memory)} are more than the limit of {size(self.limits.memory)}: large states lie in files"
        hint = f"it runs faster in memory: --max-memory {size(cost.memory, True)}"
        context.warnings[cost.widest] = Diagnostic("QW0906", said, cost.widest, hint, "warning")
        return arrays_in(self.grants.roots[0])

    def describe(
        self, program: QpuProgram, context: Context, backend: Backend, parameters: Mapping[str, str] | None
    ) -> Provenance:
        """The provenance of a run."""
        asked = (dict(parameters or {}), dict(self.origins), self.seed, backend.name, tuple(self.passes))
        return Provenance(partial(provenance, program, context.inputs, *asked, dict(self.rules)))

    def tables(self, program: QpuProgram, context: Context) -> dict[str, Any]:
        """The arithmetic tables the program names, loaded and checked."""
        found: dict[str, Any] = {}
        for name, path in program.tables.items():
            place = reader(program, name)
            state = self.grants.read(path, program.space, "nspace", "qstate", place)
            if state.distance.size:
                said = f"{path} holds a state with an error, and the numbers of a table are exact"
                raise fail("QW0537", said, place, "load it into a register, or save the bare array by numpy.save")
            values = state.values
            values.flags.writeable = False
            found[name] = values
            context.inputs[path] = array_digest(values)
        return found


def choose(backend: str | Backend) -> Backend:
    """A backend by name; "auto" is the one made for speed where it is installed, else the reference."""
    if not isinstance(backend, str):
        return backend
    return load(preferred() if backend == "auto" else backend)
