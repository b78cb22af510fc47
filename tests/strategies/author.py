"""The author of a program: draws choices, runs what it writes on the oracle at once, keeps what has a clear meaning.

On top of it each layer adds what it can write: expressions, operators, statements.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Self, cast

from hypothesis import strategies as st

from tests.oracle.expression import Expr
from tests.oracle.field import IllConditioned, NoMeaning
from tests.oracle.instructions import Halted
from tests.oracle.machine import Machine
from tests.oracle.operators import Named, Op
from tests.oracle.program import Statement

Draw = Callable[..., Any]


@dataclass
class Author:
    """What is being written: the draw function, the oracle run so far, names in scope and a counter for outputs."""

    draw: Draw
    machine: Machine
    scope: tuple[str, ...] = ()
    named: tuple[Named, ...] = ()
    emitted: list[int] = field(default_factory=lambda: [0])
    labels: list[int] = field(default_factory=lambda: [0])

    @property
    def kind(self) -> str:
        return self.machine.space.field.kind

    @property
    def floats(self) -> bool:
        return self.kind != "mod"

    @property
    def real(self) -> bool:
        return self.kind in ("real", "real32")

    def one_of(self, *choices: Any) -> Any:
        """One of the choices."""
        return self.draw(st.sampled_from(choices))

    def expr(self, *choices: Expr) -> Expr:
        """One of some expressions."""
        return cast(Expr, self.one_of(*choices))

    def op(self, *choices: Op) -> Op:
        """One of some operators."""
        return cast(Op, self.one_of(*choices))

    def chance(self, one_in: int) -> bool:
        """True about once in so many draws; False is the simpler case."""
        return bool(self.draw(st.integers(0, one_in - 1)) == one_in - 1)

    def within(self, *variables: str) -> Self:
        """The author inside a body where more loop variables are in scope."""
        return replace(self, scope=(*self.scope, *variables))

    def keep(self, statements: tuple[Statement, ...]) -> bool:
        """Execute on the oracle; keep the effect if the statements have a clear meaning."""
        before = copy.copy(self.machine.__dict__)
        saved = {k: copy.copy(v) for k, v in before.items() if k in ("registers", "sharp", "counted", "files")}
        saved |= {k: {name: list(v) for name, v in before[k].items()} for k in ("outputs", "channels")}
        try:
            self.machine.execute(statements)
        except Halted:
            return True
        except (IllConditioned, NoMeaning, OverflowError, ZeroDivisionError, TypeError):
            self.machine.__dict__.update(before)
            self.machine.__dict__.update(saved)
            return False
        return True
