"""What was measured on this machine: a SQLite file of the user's own, a row for each program and backend.

Rows of another machine, and files that are no database, are as good as none.
"""

from __future__ import annotations

import os
import platform
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path

from qvm.tuning.choose import Choice
from qwasm.diagnostics import QwasmError, fail
from qwasm.qpu.program import QpuProgram, Schedule
from qwasm.qpu.schedules import read_schedule, schedule_text
from qwasm.qpu.text import print_qpu
from qwasm.record import replace

TABLE = """
create table if not exists schedules (
    machine text, backend text, program text, schedule text, seconds real, baseline real, turns integer, made text,
    primary key (machine, backend, program)
)
"""


SPEEDS = """
create table if not exists speeds (
    machine text, backend text, name text, value real, primary key (machine, backend, name)
)
"""


def place() -> Path:
    """The file, in a folder made with mode 0700."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return Path(base) / "qwasm" / "schedules.sqlite"


@cache
def machine() -> str:
    """What schedules depend on: the processor, and how many of them this process may use."""
    name = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as lines:
            name = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), name)
    except OSError:
        pass
    return f"{platform.machine()}, {name}, {cores()} processors"


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def key(program: QpuProgram) -> str:
    """The digest of all of a program but its schedule."""
    return sha256(print_qpu(replace(program, schedule=Schedule())).encode()).hexdigest()


@contextmanager
def opened() -> Iterator[sqlite3.Connection]:
    """The database, made where there is none; raises OSError or sqlite3.Error where it cannot be used."""
    path = place()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = path.parent.stat()
    if hasattr(os, "getuid") and status.st_uid != os.getuid():
        raise PermissionError(f"{path.parent} belongs to somebody else")
    with closing(sqlite3.connect(path, timeout=5)) as connection:
        connection.execute(TABLE)
        connection.execute(SPEEDS)
        with connection:
            yield connection


def kept(program: QpuProgram, backend: str) -> Schedule | None:
    """The schedule kept for a program on this machine, or None."""
    if not place().is_file():
        return None
    try:
        with opened() as connection:
            row = connection.execute(
                "select schedule from schedules where machine = ? and backend = ? and program = ?",
                (machine(), backend, key(program)),
            ).fetchone()
        return read_schedule(row[0]) if row else None
    except (OSError, sqlite3.Error, QwasmError, TypeError, AttributeError):
        return None


def keep(program: QpuProgram, backend: str, choice: Choice) -> Path:
    """Keep a choice; raises QwasmError QW0801 where that is impossible."""
    made = datetime.now(UTC).isoformat(timespec="seconds")
    try:
        with opened() as connection:
            connection.execute(
                "insert or replace into schedules values (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    machine(), backend, key(program), schedule_text(choice.schedule),
                    choice.seconds, choice.baseline, choice.turns, made,
                ),
            )  # fmt: skip
    except (OSError, sqlite3.Error) as error:
        raise unkept(error) from None
    return place()


def kept_speeds(backend: str) -> dict[str, float]:
    """The speeds of a backend measured on this machine, by name; none where there are none that can be used."""
    if not place().is_file():
        return {}
    try:
        with opened() as connection:
            rows = connection.execute(
                "select name, value from speeds where machine = ? and backend = ?", (machine(), backend)
            ).fetchall()
        found = {str(name): float(value) for name, value in rows}
        return found if all(0 < value < 1e6 for value in found.values()) else {}
    except (OSError, sqlite3.Error, TypeError, ValueError):
        return {}


def keep_speeds(backend: str, speeds: dict[str, float]) -> Path:
    """Keep the speeds of a backend; raises QwasmError QW0801 where that is impossible."""
    try:
        with opened() as connection:
            rows = [(machine(), backend, name, value) for name, value in speeds.items()]
            connection.executemany("insert or replace into speeds values (?, ?, ?, ?)", rows)
    except (OSError, sqlite3.Error) as error:
        raise unkept(error) from None
    return place()


def unkept(error: Exception) -> QwasmError:
    hint = f"remove {place()} if it is damaged, or set XDG_CACHE_HOME to a folder of yours"
    return fail("QW0801", f"nothing can be kept in {place()}: {error}", hint=hint)


__all__ = ["cores", "keep", "keep_speeds", "kept", "kept_speeds", "machine", "place"]
