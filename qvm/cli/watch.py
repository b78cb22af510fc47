"""Hooks of the command line: a progress line and a profile.

Both only look: a hook sees events and can never change a result.
"""

from __future__ import annotations

import sys
import time
from typing import Any

QUIET_SECONDS = 2.0
EVERY_SECONDS = 0.2


class Progress:
    """A line on the terminal for runs over two seconds, rewritten a few times a second."""

    def __init__(self) -> None:
        self.started = time.monotonic()
        self.shown = 0.0
        self.steps = 0

    def before(self, step: Any) -> None:
        """Show what runs now, if the run has been going long enough to wonder."""
        self.steps += 1
        now = time.monotonic()
        if now - self.started > QUIET_SECONDS and now - self.shown > EVERY_SECONDS:
            self.shown = now
            place = f" line {step.span.line}" if getattr(step, "span", None) else ""
            name = getattr(step, "mnemonic", type(step).__name__.lower())
            sys.stderr.write(f"\r\x1b[K{now - self.started:6.1f} s  step {self.steps}: {name}{place}")
            sys.stderr.flush()

    def note(self, text: str) -> None:
        """Show how far a long computation inside one step has come."""
        now = time.monotonic()
        if now - self.started > QUIET_SECONDS and now - self.shown > EVERY_SECONDS:
            self.shown = now
            sys.stderr.write(f"\r\x1b[K{now - self.started:6.1f} s  {text}")
            sys.stderr.flush()

    def after(self, step: Any) -> None:
        """Nothing to do: the next step rewrites the line."""

    def close(self) -> None:
        """Wipe the line."""
        if self.shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


class Profile:
    """Time and count per kind of micro-operation, inclusive of what regions contain."""

    def __init__(self) -> None:
        self.open: list[float] = []
        self.rows: dict[str, tuple[int, float]] = {}

    def before(self, step: Any) -> None:
        self.open.append(time.perf_counter())

    def note(self, text: str) -> None:
        """Nothing: a profile counts whole steps."""

    def after(self, step: Any) -> None:
        spent = time.perf_counter() - self.open.pop()
        name = getattr(step, "mnemonic", type(step).__name__.lower())
        count, total = self.rows.get(name, (0, 0.0))
        self.rows[name] = (count + 1, total + spent)

    def close(self) -> None:
        """Nothing to close."""

    def table(self) -> str:
        """Lines of name, count, seconds, slowest first."""
        ordered = sorted(self.rows.items(), key=lambda row: (-row[1][1], row[0]))
        return "\n".join(
            ["step                 count    seconds"]
            + [f"{name:<18} {count:>7} {total:>10.6f}" for name, (count, total) in ordered]
        )
