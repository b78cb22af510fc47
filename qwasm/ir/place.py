"""A place of the program being built: where operations go, and what names and registers mean there."""

from __future__ import annotations

from qwasm.ir.module import Op
from qwasm.ir.registers import Environment
from qwasm.ir.scope import Scope
from qwasm.record import record


@record(frozen=False)
class Place:
    """Where building goes on: what registers hold, the list that takes operations, the names in force."""

    env: Environment
    ops: list[Op]
    scope: Scope
