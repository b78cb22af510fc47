"""A run with a recorder, and the bundle that it leaves, whether it ends or fails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from qvm.machine.grants import Grants
from qvm.machine.recorder import Recorder
from qvm.machine.result import Result
from qvm.machine.run import Machine, choose
from qvm.trace.bundle import bundle
from qvm.trace.pack import writable, written
from qwasm.clock import unlimited
from qwasm.diagnostics import QwasmError, fail

if TYPE_CHECKING:
    from qvm.api import Compiled


def traced(machine: Machine, compiled: Compiled, target: Path, spectral: bool, keys: Sequence[Any]) -> Result:
    """Run a program and write its bundle; a run that fails leaves one that says so, and its error is raised."""
    writable(target)
    if not choose(machine.backend).can.runs:
        said = f"the backend '{choose(machine.backend).name}' runs nothing that could be recorded"
        raise fail("QW0532", said, hint="use --backend numpy")
    result, files, error = observed(machine, compiled, spectral, keys)
    if files:
        written(target, files)
    if error is not None:
        raise error
    assert result is not None
    return result


def recorded(compiled: Compiled, seed: int, data: Sequence[Path]) -> tuple[dict[str, bytes], QwasmError | None]:
    """The files of a bundle of a run that is written nowhere, and the error that it failed with."""
    grants = Grants(roots=tuple(data))
    machine = Machine(backend=compiled.backend, limits=compiled.limits, grants=grants, seed=seed)
    _, files, error = observed(machine, compiled, False, ())
    return files, error


def observed(
    machine: Machine, compiled: Compiled, spectral: bool, keys: Sequence[Any]
) -> tuple[Result | None, dict[str, bytes], QwasmError | None]:
    """A result, or the error in its place, and the files of the bundle; none where the run did not begin."""
    recorder = machine.recorder = Recorder(compiled.program)
    start = perf_counter()
    result: Result | None = None
    failure: QwasmError | None = None
    try:
        result = machine.run(compiled.program, parameters=compiled.parameters)
        made, seconds = result.provenance, float(result.stats["seconds"])
    except QwasmError as error:
        failure, seconds = error, perf_counter() - start
        if machine.context is None:
            return None, {}, failure
        made = machine.describe(compiled.program, machine.context, choose(machine.backend), compiled.parameters)
    context = machine.context
    assert context is not None
    with np.errstate(all="ignore"), unlimited() if failure else nullcontext():
        files = bundle(
            recorder, context, made, context.outputs, texts(compiled), seconds=seconds, error=failure,
            warnings=tuple(context.warnings.values()), spectral=spectral, keys=keys,
        )  # fmt: skip
    return result, files, failure


def texts(compiled: Compiled) -> Mapping[str, str]:
    """The source and the QIR of a program, where it has them."""
    if compiled.module is None:
        return {}
    from qwasm.ir.text import print_module

    found = {"program.qir": print_module(compiled.module)}
    main = next((text for name, text in compiled.sources.items() if not name.endswith(".qwr")), None)
    return found if main is None else {**found, "program.qw": main}


__all__ = ["traced"]
