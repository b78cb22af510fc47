"""What a pass is, and which are installed: ours and a stranger's come through one door, `qwasm.passes`.

A pass is a dataclass whose fields are its options; `run(module, context)` asks for changes.
Two packages with one name are an error that names both.

>>> owner("cse"), load("cse").kind
('qwasm-toolchain', 'bitexact')
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from functools import cache
from itertools import product
from typing import Any, Literal, Protocol, get_args, get_origin, get_type_hints

from qwasm.diagnostics import fail
from qwasm.installed import Entry, entries
from qwasm.ir.module import Module
from qwasm.ir.scope import did_you_mean
from qwasm.passes.context import Context
from qwasm.passes.pipeline import Fix, Step
from qwasm.plugins import PACKAGE, distinct, listed, loaded, unusable

GROUP = "qwasm.passes"
KINDS = ("bitexact", "exact", "approx")
MOST_INSTANCES = 64


class Pass(Protocol):
    """What a pass must be; the manager knows only this page.

    `kind` says what a change may do to a result: nothing (bitexact), nothing over the reals
    (exact), or something with a stated bound (approx).  Three things it may have besides:
    `grows = False`, a promise that it only takes work away, which spares it the cost guard; a class
    method `schedule_space(module)` that gives the steps of itself worth running on a module; and
    `rule_files`, the rule files it reads itself, which are held to the user's lock and keys.
    """

    @property
    def name(self) -> str:
        """Its name in a pipeline."""
        ...

    @property
    def kind(self) -> Literal["bitexact", "exact", "approx"]:
        """What it may do to a result."""
        ...

    def run(self, module: Module, context: Context) -> None:
        """Ask the context for changes of the module."""
        ...


@cache
def found() -> dict[str, Entry]:
    """Every installed pass by name.

    Raises QwasmError QW0598 when two packages declare one name.
    """
    return distinct("pass", entries(GROUP))


def load(name: str) -> type[Any]:
    """The class of a pass; raises QW0730 for an unknown name, QW0596 for what does not load or is no pass."""
    entry = found().get(name)
    if entry is None:
        hint = did_you_mean(name, list(found())) or listed(found())
        raise fail("QW0730", f"no pass is called {name!r}", None, hint)
    cls: type[Any] = loaded(entry, GROUP)
    if not (isinstance(cls, type) and is_dataclass(cls) and callable(getattr(cls, "run", None))):
        raise unusable(entry, GROUP, "a pass is a dataclass with kind and run(module, context)")
    if getattr(cls, "kind", None) not in KINDS:
        raise unusable(entry, GROUP, f"the kind of a pass is one of {', '.join(KINDS)}")
    try:
        get_type_hints(cls)
    except Exception as error:  # a stranger's annotations may name anything
        raise unusable(entry, GROUP, f"its options have types nobody knows: {error}") from None
    return cls


def owner(name: str) -> str:
    """The distribution that offers a pass; empty for one that no installed package does."""
    entry = found().get(name)
    return entry.owner if entry is not None else ""


def ours(name: str) -> bool:
    """Whether a pass belongs to the toolchain, so that its faults are the toolchain's bugs."""
    return owner(name) == PACKAGE


def make(step: Step) -> Pass:
    """The pass of a step, its options set; raises QW0732 for a value the pass refuses."""
    try:
        made: Pass = load(step.name)(**dict(step.options))
    except (TypeError, ValueError) as error:
        raise fail(
            "QW0732", f"{step.name}: {error}", None, f"qwasmc help passes shows the options of {step.name}"
        ) from None
    return made


def rule_files(steps: Iterable[Step | Fix]) -> list[str]:
    """The rule files that passes of a pipeline read themselves, each once."""
    found: dict[str, None] = {}
    for step in steps:
        inner = rule_files(step.steps) if isinstance(step, Fix) else getattr(make(step), "rule_files", ())
        found |= dict.fromkeys(inner)
    return list(found)


def schedule_space(name: str, module: Module) -> tuple[Step, ...]:
    """The instances of a pass that would change this module, as steps of a pipeline; the module stays as it is.

    A pass may say so itself.  Otherwise its defaults and every combination of its bool and word options
    are run in a dry context; instances that ask for the same rewrites count once, the plainest first.
    """
    cls = load(name)
    if hasattr(cls, "schedule_space"):
        return tuple(cls.schedule_space(module))
    types = get_type_hints(cls)
    choices: list[list[tuple[str, Any]]] = []
    for field in fields(cls):
        words = (False, True) if types[field.name] is bool else get_args(types[field.name])
        if types[field.name] is bool or get_origin(types[field.name]) is Literal:
            choices.append([(field.name, field.default), *((field.name, w) for w in words if w != field.default)])
    steps: dict[tuple[Any, ...], Step] = {}
    for count, given in enumerate(product(*choices)):
        if count == MOST_INSTANCES:
            break
        defaults = {field.name: field.default for field in fields(cls)}
        step = Step(name, tuple((key, value) for key, value in given if value != defaults[key]))
        context = Context(module, dry=True)
        make(step).run(module, context)
        if context.rewrites:
            steps.setdefault(tuple(context.rewrites), step)
    return tuple(steps.values())


__all__ = ["GROUP", "Pass", "found", "load", "make", "ours", "owner", "schedule_space"]
