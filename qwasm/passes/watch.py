"""Watching a pipeline: the module after a pass, or what a pass changed as a diff.

Values keep their numbers from one text to the next, so a diff shows what was rewritten and nothing else.

>>> print(diff("a\\nb\\n", "a\\nc\\n", "before", "after cse"), end="")
--- before
+++ after cse
@@ -1,2 +1,2 @@
 a
-b
+c
"""

from __future__ import annotations

from collections.abc import Callable
from difflib import unified_diff

from qwasm.ir.module import Module
from qwasm.ir.text import Numbers, print_module
from qwasm.passes.manager import Ran
from qwasm.passes.pipeline import Step
from qwasm.record import field, record

EVERY = "*"


def diff(before: str, after: str, left: str, right: str) -> str:
    """The unified diff of two texts; empty when they are equal."""
    return "".join(unified_diff(before.splitlines(True), after.splitlines(True), left, right))


@record(frozen=False)
class Prints:
    """An observer that writes texts: after the pass `after` (or every one), after each change, or diffs."""

    write: Callable[[str], None]
    after_pass: str = ""
    changed: bool = False
    diffs: bool = False
    _numbers: Numbers = field(default_factory=dict)
    _text: str = ""

    def before(self, step: Step, module: Module) -> None:
        """Remember the first text and its numbers; later ones are known from the step before."""
        if not self._text:
            self._text = print_module(module, self._numbers)

    def after(self, ran: Ran, module: Module) -> None:
        """Write what was asked for about this step."""
        wanted = self.after_pass in (EVERY, ran.step, ran.step.partition("{")[0]) or (self.changed and ran.changed)
        if not wanted and not (self.diffs and ran.changed):
            return
        text = print_module(module, self._numbers)
        if wanted:
            self.write(f"; after {ran.step}: {count(ran)}\n{text}")
        if self.diffs and ran.changed:
            self.write(diff(self._text, text, f"before {ran.step}", f"after {ran.step}"))
        if self.diffs:
            self._text = text


def count(ran: Ran) -> str:
    """How many rewrites a step made, in words."""
    if ran.undone:
        return "undone, it made the program dearer"
    many = len(ran.rewrites)
    return f"{many} rewrite{'' if many == 1 else 's'}" if many else "nothing changed"


__all__ = ["EVERY", "Prints", "count", "diff"]
