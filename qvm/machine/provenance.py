"""Provenance: what a result was made from, so that it can be made again."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from hashlib import sha256
from typing import Any

import numpy as np

from qwasm.installed import version
from qwasm.qpu.program import QpuProgram, Schedule
from qwasm.qpu.schedules import schedule_text
from qwasm.record import replace


def array_digest(values: Any) -> str:
    """The sha256 of an array's type, shape and numbers."""
    array = np.ascontiguousarray(values)
    digest = sha256(f"{array.dtype.str}{array.shape}".encode())
    digest.update(array.data)
    return f"sha256:{digest.hexdigest()}"


def program_digest(program: QpuProgram) -> str:
    """The digest of the program's source, or of its QPU text when it was given as such."""
    if program.digest:
        return program.digest if ":" in program.digest else f"sha256:{program.digest}"
    from qwasm.qpu.text import print_qpu

    return f"sha256:{sha256(print_qpu(replace(program, schedule=Schedule())).encode()).hexdigest()}"


def versions() -> dict[str, str]:
    """The versions that decide bits."""
    found = {"python": platform.python_version(), "numpy": np.__version__}
    for name, package in (("qwasm", "qwasm-toolchain"), ("scipy", "scipy")):
        found[name] = version(package) or "unknown"
    return dict(sorted(found.items()))


class Provenance(Mapping[str, Any]):
    """The record every result carries, made when first read: to print a program may take longer than to run it."""

    def __init__(self, make: Callable[[], Mapping[str, Any]]) -> None:
        self._make = make

    @cached_property
    def record(self) -> Mapping[str, Any]:
        """The whole record."""
        return self._make()

    def __getitem__(self, name: str) -> Any:
        return self.record[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.record)

    def __len__(self) -> int:
        return len(self.record)

    def __repr__(self) -> str:
        return repr(self.record)


def provenance(
    program: QpuProgram,
    inputs: Mapping[str, str],
    parameters: Mapping[str, str],
    origins: Mapping[str, str],
    seed: int,
    backend: str,
    passes: Sequence[str],
    rules: Mapping[str, str],
) -> dict[str, Any]:
    """What a result was made from; digests, seeds and numbers as text."""
    from qwasm.qpu.text import print_qpu

    return {
        "program": program_digest(program),
        "qpu": f"sha256:{sha256(print_qpu(replace(program, schedule=Schedule())).encode()).hexdigest()}",
        "rules": [{"file": name, "digest": digest} for name, digest in sorted(rules.items())],
        "space": str(program.space),
        "inputs": dict(sorted(inputs.items())),
        "parameters": {
            name: {"value": value, "origin": origins.get(name, "default")} for name, value in sorted(parameters.items())
        },
        "seed": str(seed),
        "versions": versions(),
        "backend": backend,
        "threads": program.schedule.threads,
        "schedule": schedule_text(program.schedule),
        "passes": list(passes),
    }
