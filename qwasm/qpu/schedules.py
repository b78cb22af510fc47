"""Schedules as text: `tile=4096,layout=grouped`, checked; what a schedule may hold is declared once, in `Schedule`.

>>> schedule_text(read_schedule("tile=4096, layout=grouped"))
'threads=1,tile=4096,layout=grouped,time_block=0'
>>> read_schedule("layout=round")
Traceback (most recent call last):
...
qwasm.diagnostics.report.QwasmError: QW0711: layout is auto, natural or grouped, not 'round'
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any, get_args, get_origin, get_type_hints

from qwasm.diagnostics import fail
from qwasm.qpu.program import BOUNDS, Schedule
from qwasm.record import replace

NAMES = tuple(f.name for f in fields(Schedule))


def schedule_text(schedule: Schedule) -> str:
    """The text that `read_schedule` reads."""
    return ",".join(f"{name}={getattr(schedule, name)}" for name in NAMES)


def read_schedule(text: str, base: Schedule | None = None) -> Schedule:
    """The schedule `base`, by default the standard one, with the settings of a text; raises QwasmError QW0711."""
    settings: dict[str, Any] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, equals, value = (word.strip() for word in part.partition("="))
        if name not in NAMES or not equals or name in settings:
            raise wrong(f"{part!r} sets nothing of a schedule, or sets it again")
        settings[name] = int(value) if value.isascii() and value.isdigit() and len(value) < 12 else value
    return checked(replace(base or Schedule(), **settings))


def checked(schedule: Schedule) -> Schedule:
    """The schedule itself; raises QwasmError QW0711 where a value is none that it may have."""
    for name, kind in get_type_hints(Schedule).items():
        value = getattr(schedule, name)
        if get_origin(kind) is not None:
            *first, last = get_args(kind)
            if value not in (*first, last):
                raise wrong(f"{name} is {', '.join(first)} or {last}, not {value!r}")
        elif type(value) is not int or not BOUNDS[name][0] <= value <= BOUNDS[name][1]:
            raise wrong(f"{name} is an integer in {BOUNDS[name][0]}..{BOUNDS[name][1]}, not {value!r}")
    return schedule


def wrong(message: str) -> Exception:
    return fail("QW0711", message, hint="write it like tile=4096,layout=natural,time_block=8")


__all__ = ["NAMES", "checked", "read_schedule", "schedule_text"]
