"""A run with a recorder, and the bundle that it leaves, whether it ends or fails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from qvm.machine.recorder import Recorder
from qvm.machine.result import Result
from qvm.machine.run import Machine, choose
from qvm.trace.bundle import bundle
from qvm.trace.pack import writable, written
from qwasm.diagnostics import QwasmError, fail

if TYPE_CHECKING:
    from qvm.api import Compiled


def traced(machine: Machine, compiled: Compiled, target: Path, spectral: bool, keys: Sequence[Any]) -> Result:
    """Run a program and write its bundle; a run that fails leaves one that says so, and its error is raised."""
    writable(target)
    if not choose(machine.backend).can.runs:
        said = f"the backend '{choose(machine.backend).name}' runs nothing that could be recorded"
        raise fail("QW0532", said, hint="use --backend numpy")
    machine.recorder = Recorder(compiled.program)
    start = perf_counter()
    try:
        result = machine.run(compiled.program, parameters=compiled.parameters)
    except QwasmError as error:
        if machine.context is not None:
            failed(machine, compiled, target, perf_counter() - start, error, keys)
        raise
    assert machine.context is not None
    with np.errstate(all="ignore"):
        files = bundle(
            machine.recorder, machine.context, result.provenance, result.outputs, texts(compiled),
            seconds=float(result.stats["seconds"]), warnings=result.diagnostics, spectral=spectral, keys=keys,
        )  # fmt: skip
    written(target, files)
    return result


def failed(
    machine: Machine, compiled: Compiled, target: Path, seconds: float, error: QwasmError, keys: Sequence[Any]
) -> None:
    """The bundle of a run that failed on the way."""
    context, recorder = machine.context, machine.recorder
    assert context is not None and recorder is not None
    made = machine.describe(compiled.program, context, choose(machine.backend), compiled.parameters)
    warnings = tuple(context.warnings.values())
    files = bundle(
        recorder, context, made, context.outputs, texts(compiled), seconds=seconds, error=error, warnings=warnings,
        keys=keys,
    )  # fmt: skip
    written(target, files)


def texts(compiled: Compiled) -> Mapping[str, str]:
    """The source and the QIR of a program, where it has them."""
    if compiled.module is None:
        return {}
    from qwasm.ir.text import print_module

    found = {"program.qir": print_module(compiled.module)}
    main = next((text for name, text in compiled.sources.items() if not name.endswith(".qwr")), None)
    return found if main is None else {**found, "program.qw": main}


__all__ = ["traced"]
