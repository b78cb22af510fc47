"""The pass manager: pipelines are strings, passes come through one door.

A pass is a dataclass whose fields are its options; `run(module, context)` asks for changes.
Passes are found by entry-point group `qwasm.passes`; two packages with one name are an error.

>>> [str(step) for step in parse_pipeline("cse, dce{rounds=2}")]
['cse', 'dce{rounds=2}']
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from functools import cache
from importlib import import_module
from time import perf_counter
from typing import Any, ClassVar, Literal, Protocol, get_type_hints

from qwasm.diagnostics import QwasmError, fail
from qwasm.installed import Entry, entries
from qwasm.ir.module import Module
from qwasm.ir.scope import did_you_mean
from qwasm.passes.context import Context, Rewrite
from qwasm.plugins import distinct, listed, loaded, unusable

GROUP = "qwasm.passes"
PRESETS = {
    0: "",
    1: "cse,dce",
    2: "cse,dce,reassoc,fuse,reassoc,loop-power,reassoc,factor,evolve-lower,dce",
    3: "cse,dce,reassoc,fuse,reassoc,loop-power,reassoc,factor{width=4},evolve-lower,dce",
}
STEP = re.compile(r"\s*([A-Za-z][A-Za-z0-9_-]*)\s*(?:\{([^{}]*)\})?\s*\Z")
OPTION = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*)\s*=\s*([^=]+?)\s*\Z")


class Pass(Protocol):
    """What a pass must be; the manager knows only this page.

    `kind` says what a change may do to a result: nothing (bitexact), nothing over the reals
    (exact), or something with a stated bound (approx).
    """

    name: ClassVar[str]
    kind: ClassVar[Literal["bitexact", "exact", "approx"]]

    def run(self, module: Module, context: Context) -> None:
        """Ask the context for changes of the module."""
        ...


@dataclass(frozen=True, slots=True)
class Step:
    """One pass of a pipeline with the options it was given."""

    name: str
    options: tuple[tuple[str, Any], ...] = ()

    def __str__(self) -> str:
        inside = ",".join(f"{name}={spelled(value)}" for name, value in self.options)
        return f"{self.name}{{{inside}}}" if inside else self.name


@dataclass(frozen=True, slots=True)
class Ran:
    """What one step did: its rewrites in order and the seconds it took."""

    step: str
    rewrites: tuple[Rewrite, ...]
    seconds: float

    def __str__(self) -> str:
        return self.step


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
    if not (is_dataclass(cls) and hasattr(cls, "run") and hasattr(cls, "kind")):
        raise unusable(entry, GROUP, "a pass is a dataclass with kind and run(module, context)")
    return cls


def parse_pipeline(text: str) -> tuple[Step, ...]:
    """The steps of a pipeline such as `cse,dce{rounds=2}`.

    Raises QwasmError QW0730 for an unknown pass, QW0731 for text that is no pipeline, QW0732 for
    an unknown option or a value that the pass does not take.
    """
    steps: list[Step] = []
    for part in pieces(text):
        match = STEP.match(part)
        if match is None:
            raise fail("QW0731", f"{part.strip()!r} is no step of a pipeline", None, "write cse,dce{rounds=2}")
        name, inside = match[1], match[2]
        steps.append(Step(name, options(load(name), name, inside or "")))
        make(steps[-1])  # refuses a value that the pass cannot mean
    return tuple(steps)


def pieces(text: str) -> list[str]:
    """The text cut at commas outside braces; blank text has no pieces."""
    if not text.strip():
        return []
    parts, depth, start = [], 0, 0
    for index, character in enumerate(text):
        depth += (character == "{") - (character == "}")
        if depth < 0 or depth > 1:
            raise fail("QW0731", f"the braces of {text!r} do not match", None, "write cse,dce{rounds=2}")
        if character == "," and depth == 0:
            parts.append(text[start:index])
            start = index + 1
    if depth:
        raise fail("QW0731", f"the braces of {text!r} do not match", None, "write cse,dce{rounds=2}")
    return [*parts, text[start:]]


def options(cls: type[Any], name: str, text: str) -> tuple[tuple[str, Any], ...]:
    """The options of one step, typed as the fields of its class are."""
    known: dict[str, Field[Any]] = {field.name: field for field in fields(cls)}
    types = get_type_hints(cls)
    given: dict[str, Any] = {}
    for part in text.split(",") if text.strip() else ():
        match = OPTION.match(part)
        if match is None:
            raise fail("QW0731", f"{part.strip()!r} is no option", None, f"write {name}{{option=value}}")
        key, value = match[1], match[2]
        if key not in known or key in given:
            said = "is given twice" if key in given else "is none of its options"
            raise fail(
                "QW0732",
                f"{name}: {key!r} {said}",
                None,
                did_you_mean(key, list(known)) or f"options: {', '.join(known) or 'none'}",
            )
        given[key] = typed(value, types[key], f"{name}{{{key}}}")
    missing = [
        field.name
        for field in known.values()
        if field.default is MISSING and field.default_factory is MISSING and field.name not in given
    ]
    if missing:
        raise fail("QW0732", f"{name} needs the option {missing[0]!r}", None, f"{name}{{{missing[0]}=...}}")
    return tuple(given.items())


def typed(text: str, wanted: Any, where: str) -> Any:
    """An option's text as a value of its type: int, float, bool or str."""
    try:
        if wanted is bool:
            return {"true": True, "on": True, "false": False, "off": False}[text.lower()]
        if wanted is int:
            return int(text.replace("_", ""))
        if wanted is float:
            return float(text)
    except (ValueError, KeyError):
        raise fail(
            "QW0732", f"{where} is of type {wanted.__name__}, not {text!r}", None, "true, false or a number"
        ) from None
    return text


def spelled(value: Any) -> str:
    """An option's value as a pipeline writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def make(step: Step) -> Pass:
    """The pass of a step, its options set; raises QW0732 for a value the pass refuses."""
    try:
        made: Pass = load(step.name)(**dict(step.options))
    except (TypeError, ValueError) as error:
        raise fail(
            "QW0732", f"{step.name}: {error}", None, f"qwasmc help passes shows the options of {step.name}"
        ) from None
    return made


def run_pipeline(module: Module, pipeline: str | Iterable[Step], *, verify_each: bool = False) -> list[str]:
    """Run the passes in order on the module, in place; the steps that ran, as a pipeline spells them."""
    return [ran.step for ran in run_passes(module, pipeline, verify_each=verify_each)]


def run_passes(
    module: Module, pipeline: str | Iterable[Step], *, verify_each: bool = False, limit: int | None = None
) -> list[Ran]:
    """Run the passes in order on the module, in place; what each did.

    verify_each: verify the module after each pass, so that a wrong rewrite is found at its pass.
    limit: how many rewrites may happen in all, for bisection.
    """
    steps = parse_pipeline(pipeline) if isinstance(pipeline, str) else tuple(pipeline)
    ran: list[Ran] = []
    for step in steps:
        start = perf_counter()
        context = Context(module, limit)
        make(step).run(module, context)
        context.commit()
        if limit is not None:
            limit -= len(context.rewrites)
        if verify_each:
            check(module, step)
        ran.append(Ran(str(step), tuple(context.rewrites), perf_counter() - start))
    return ran


def check(module: Module, step: Step) -> None:
    """Verify the module that a pass left; what it breaks is reported as the pass's fault."""
    from qwasm.ir.verify import verify

    try:
        verify(module)
    except QwasmError as error:
        first = error.diagnostics[0]
        hint = f"the pass {step} made it so: leave it out and report it"
        raise fail(first.code, f"after {step}: {first.message}", first.span, hint) from None


def manual() -> str:
    """The reference page of the installed passes and the presets, as Markdown."""
    lines = [
        "# Passes",
        "",
        "A pipeline is a list such as `cse,dce{rounds=2}`; `-O0` to `-O3` are pipelines with a name.",
    ]
    for name in found():
        cls = load(name)
        text = (import_module(cls.__module__).__doc__ or cls.__doc__ or "").strip()
        named = [f"`{field.name}={spelled(field.default)}`" for field in fields(cls)]
        lines += ["", f"## `{name}` ({cls.kind})", "", text, "", f"Options: {', '.join(named) or 'none'}"]
    lines += ["", "## Presets", "", "| level | pipeline |", "|---|---|"]
    lines += [f"| `-O{level}` | {f'`{pipeline}`' if pipeline else 'nothing'} |" for level, pipeline in PRESETS.items()]
    return "\n".join(lines) + "\n"
