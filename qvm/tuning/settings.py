"""The schedule of a program as the command line and `qvm.compile` set it."""

from __future__ import annotations

from qwasm.diagnostics import fail
from qwasm.qpu.program import QpuProgram
from qwasm.qpu.schedules import read_schedule
from qwasm.record import replace

TUNED = "tuned"


def applied(program: QpuProgram, text: str, backend: str) -> QpuProgram:
    """The program with settings over its own schedule; `tuned` among them is the one that was measured here.

    Raises QwasmError QW0711 for settings that are none and QW0712 where nothing was measured.
    """
    parts = [part for part in (piece.strip() for piece in text.split(",")) if part]
    if not parts:
        return program
    base = program.schedule
    if TUNED in parts:
        from qvm.tuning.store import kept

        found = kept(program, backend)
        if found is None:
            said = "no schedule of this program was measured on this machine"
            raise fail("QW0712", said, hint="run `qvm tune` with the program, the same parameters and backend")
        base, parts = found, [part for part in parts if part != TUNED]
    return replace(program, schedule=read_schedule(",".join(parts), base))


__all__ = ["TUNED", "applied"]
