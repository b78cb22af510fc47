"""Outline macros: instances of a macro that several instructions hold as a factor are computed by themselves.

before:  qop.apply q1, q0, S[1] coDir(mu) coDir(mu) S[2] ; qop.apply q2, q0, S[3] coDir(mu) coDir(mu) S[2]
after:   qop.apply t, q0, QMACRO_1 ; qop.apply q1, t, S[1] ; qop.apply q2, t, S[3]       one plan, one state

The macros are those of the rule packs in effect (`--rules pack.qwr`, `.use "pack.qwr"`); `pack` names the file of one.
Equal instances share their plan; on one state they share the state too.  It is done where the cost model finds
the program cheaper, loops at their bounds.

Right because the split instruction is made again and compared: (X M) psi = X (M psi) for matrices; under free
truncation only where no path leaves 1..N in between.  It stops at operators that still hold a loop variable, at
coefficients that may have no value, and inside exponentials and sums, which are no products of instructions.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Literal

from qwasm.algebra.operators import Operator
from qwasm.ir.module import Module, Op, Value
from qwasm.passes.context import Context
from qwasm.record import record
from qwasm.rules.pack import Macro
from qwasm_passes.renaming import instance, keyed, pattern
from qwasm_passes.sharing import Ledger, Occurrence, best, clusters, ledger, occurrence, parts, windows

ROUNDS = 16  # each takes something away from an operator
LEAST = 1.0  # nanoseconds: what is saved is more than the rounding of a sum of costs


@record
class MacroOutline:
    """Share the instances of macros where it pays; `pack` is the name of the file whose macros are meant."""

    pack: str = ""
    name: ClassVar[str] = "macro-outline"
    kind: ClassVar[Literal["exact"]] = "exact"

    def run(self, module: Module, context: Context) -> None:
        """Until nothing pays any more: what was split may hold another macro."""
        packs = context.rules.packs if context.rules is not None else ()
        chosen = [pack for pack in packs if not self.pack or Path(pack.file).name == self.pack]
        if self.pack and not chosen:
            context.remark("missed", f"no rule pack in effect is called {self.pack}")
        outline(module, context, [macro for pack in chosen for macro in pack.macros])


@record
class Group:
    """The occurrences of one instance of a macro that share it, and what that saves."""

    macro: Macro
    shown: str
    found: list[Occurrence]
    saved: float


def outline(module: Module, context: Context, macros: Sequence[Macro]) -> list[Group]:
    """Share what pays, and say what was shared."""
    done: list[Group] = []
    for _ in range(ROUNDS if macros else 0):
        made = shared(module, context, macros)
        done += made
        if not made or not context.commit():
            break
    return done


def shared(module: Module, context: Context, macros: Sequence[Macro]) -> list[Group]:
    """One round, the most saving groups first; each instruction changes once."""
    account = ledger(module)
    taken: set[Op] = set()
    done: list[Group] = []
    groups = sorted(met(account, macros).items(), key=lambda item: -best(item[1], account)[0])  # ties as they are met
    for (macro, shown, _), found in groups:
        left = [one for one in found if one.site.op not in taken]
        saved, chosen = best(left, account) if len(left) > 1 else (0.0, [])
        if saved <= LEAST:
            continue
        group = Group(macro, shown, chosen, saved)
        if not all(written(cluster, group, context) for cluster in clusters(chosen)):
            continue
        done.append(group)
        for one in chosen:
            taken.add(one.site.op)
            if not one.whole:
                account.planned[one.site.operator] -= 1
                account.planned.update([*parts(one), one.outer])
    return done


Instance = tuple[Macro, str, Operator]


def met(account: Ledger, macros: Sequence[Macro]) -> dict[Instance, list[Occurrence]]:
    """Every instance of a macro with its occurrences, one in an instruction, in the order in which they are met."""
    known = keyed(macros, account.space)
    found: dict[Instance, dict[Op, Occurrence]] = {}
    for site in account.sites:
        for window in windows(site.operator):
            seen = pattern(window[1])
            for macro, order in known.get(seen.text, ()) if seen is not None else ():
                arguments = tuple(seen.primes[place] for place in order) if seen is not None else ()
                if instance(macro, arguments, account.space) is window[1]:
                    one = occurrence(site, window, account.space)
                    if one is not None:
                        shown = f"{macro.name}({', '.join(map(str, arguments))})" if arguments else macro.name
                        found.setdefault((macro, shown, window[1]), {})[site.op] = one  # the last: it acts first
    return {key: list(one.values()) for key, one in found.items()}


def written(cluster: Sequence[Occurrence], group: Group, context: Context) -> bool:
    """Ask for the instructions of a cluster: the shared state at the first, then what each does with it."""
    first = cluster[0]
    state = first.site.op.results[0] if first.whole else None
    why = f"{group.shown} is shared by {len(group.found)} instructions"
    for one in cluster:
        op = one.site.op
        if one is first and one.whole:
            continue
        made: list[Op] = []
        if state is None:
            state = first.site.source
            for x in parts(first):
                made.append(application(x, state, op))
                state = made[-1].results[0]
        if not one.outer.is_identity:
            made.append(application(one.outer, state, op))
        value = made[-1].results[0] if made else state
        if not context.replace(op, made, why, [value], rule=group.macro.name):
            return False
    return True


def application(x: Operator, state: Value, like: Op) -> Op:
    """An instruction that applies X, its result of the type that `like` has."""
    old = like.results[0]
    return Op("qop.apply", [state], [Value(old.type, old.name)], {"X": x})


__all__ = ["Group", "MacroOutline", "outline"]
