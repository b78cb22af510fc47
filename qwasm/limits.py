"""Limits: every size a stage may reach, decided before anything is allocated.

One value is threaded through parsing, building, lowering and running, so a refusal can
always name the limit that was reached.
"""

from __future__ import annotations

from qwasm.record import record

GIB = 1 << 30


@record
class Limits:
    """Upper bounds: bytes, counts and elements, never seconds except `timeout`."""

    source_bytes: int = 8 << 20
    nesting: int = 10_000
    instructions: int = 1_000_000
    include_depth: int = 64
    terms: int = 1_000_000  # terms of one operator value after expansion
    exponent_bits: int = 4_096  # bits of an exact number inside an expression
    errors: int = 20  # errors shown per run
    memory: int = 8 * GIB  # bytes of states, plans and workspaces
    disk: int = 0  # bytes of them that may lie in files of a granted folder instead
    work: int = 10**13  # state elements touched
    object_bytes: int = 64 << 20  # a .qwo file
    timeout: float | None = None  # seconds

    @property
    def room(self) -> int:
        """Bytes of states, plans and workspaces, in memory and in files."""
        return max(self.memory, self.disk)


DEFAULT = Limits()
