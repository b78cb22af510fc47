"""Pipelines: lists of passes as text, options in braces, fixpoints in parentheses.

`fix(a, b)` runs its passes again until a whole round changes nothing, at most `rounds` times.

>>> [str(step) for step in parse_pipeline("cse, dce{rounds=2}, fix(cse,dce){rounds=3}")]
['cse', 'dce{rounds=2}', 'fix(cse,dce){rounds=3}']
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import MISSING, Field, fields
from math import isfinite
from typing import Any, Literal, get_args, get_origin, get_type_hints

from qwasm.diagnostics import QwasmError, Span, fail
from qwasm.ir.scope import did_you_mean
from qwasm.record import record

TOKEN = re.compile(r"\s*([A-Za-z][A-Za-z0-9_-]*|[(),]|\{[^{}]*\})")
OPTION = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*)\s*=\s*([^=]+?)\s*\Z")
WRITE = "write cse,dce{rounds=2} or fix(cse,dce){rounds=8}"
LONGEST = 65_536  # characters of a pipeline
DEEPEST = 8  # fixpoints inside each other
MOST_ROUNDS = 1_000
FILE = "<pipeline>"


@record
class Step:
    """One pass of a pipeline with the options it was given."""

    name: str
    options: tuple[tuple[str, Any], ...] = ()

    def __str__(self) -> str:
        inside = ",".join(f"{name}={spelled(value)}" for name, value in self.options)
        return f"{self.name}{{{inside}}}" if inside else self.name


@record
class Fix:
    """Steps that are repeated until a round changes nothing, at most `rounds` times."""

    steps: tuple[Step | Fix, ...]
    rounds: int = 8

    def __str__(self) -> str:
        options = "" if self.rounds == 8 else f"{{rounds={self.rounds}}}"
        return f"fix({written(self.steps)}){options}"


Steps = tuple[Step | Fix, ...]


def written(steps: Iterable[Step | Fix]) -> str:
    """Steps as the text that `parse_pipeline` reads back to them."""
    return ",".join(map(str, steps))


def with_budget(pipeline: str, budget: float) -> str:
    """The pipeline with the pass `approx` under this budget: before exponentials get their methods, else at the end.

    >>> with_budget("fuse,evolve-lower,dce", 1e-6)
    'fuse,approx{budget=1e-06},evolve-lower,dce'
    """
    steps = list(parse_pipeline(pipeline))
    place = next((i for i, s in enumerate(steps) if isinstance(s, Step) and s.name == "evolve-lower"), len(steps))
    steps.insert(place, Step("approx", (("budget", budget),)))
    return written(steps)


def parse_pipeline(text: str) -> Steps:
    """The steps of a pipeline such as `cse,dce{rounds=2}`.

    Raises QwasmError QW0730 for an unknown pass, QW0731 for text that is no pipeline, QW0732 for
    an unknown option or a value of the wrong type; each with its place in the text.
    """
    if len(text) > LONGEST:
        raise fail("QW0731", f"the pipeline has {len(text)} characters; the limit is {LONGEST}", None, WRITE)
    try:
        return _Reader(text).pipeline(0)
    except QwasmError as error:
        error.sources[FILE] = text
        raise


class _Reader:
    """The tokens of one pipeline, read from left to right."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def place(self, start: int, length: int = 1) -> Span:
        before = self.text[:start]
        return Span(FILE, before.count("\n") + 1, start - (before.rfind("\n") + 1) + 1, max(1, length))

    def peek(self) -> str:
        """The next token; empty at the end.  Raises QW0731 for a character that begins none."""
        match = TOKEN.match(self.text, self.at)
        if match is not None:
            return match[1]
        if rest := self.text[self.at :].strip():
            raise self.wrong(f"{rest[:20]!r} is no step of a pipeline")
        return ""

    def take(self) -> tuple[str, int]:
        """The next token and where it begins."""
        self.peek()
        match = TOKEN.match(self.text, self.at)
        if match is None:
            return "", len(self.text)
        self.at = match.end()
        return match[1], match.start(1)

    def wrong(self, message: str, start: int | None = None) -> QwasmError:
        """The error for text that is no pipeline, at the next token."""
        if start is None:
            start = self.at + len(self.text[self.at :]) - len(self.text[self.at :].lstrip())
        return fail("QW0731", message, self.place(start), WRITE)

    def pipeline(self, depth: int) -> Steps:
        """Steps up to the end, or inside a fixpoint to its parenthesis."""
        steps: list[Step | Fix] = []
        if depth == 0 and not self.peek():
            return ()
        while True:
            steps.append(self.step(depth))
            token, start = self.take()
            if token == ("" if depth == 0 else ")"):
                return tuple(steps)
            if token != ",":
                said = f"{token!r} stands where a comma should" if token else "a parenthesis is not closed"
                raise self.wrong(said, start)

    def step(self, depth: int) -> Step | Fix:
        """One pass or fixpoint with its options."""
        name, start = self.take()
        if not name or not name[0].isalpha():
            raise self.wrong(f"{name!r} is no step of a pipeline" if name else "a step is missing", start)
        if self.peek() == "(":
            if name != "fix" or depth == DEEPEST:
                said = f"{name!r} takes no passes" if name != "fix" else f"more than {DEEPEST} fixpoints stand inside"
                raise self.wrong(said, start)
            self.take()
            steps = self.pipeline(depth + 1)
            given = dict(self.options(Fix, "fix", start))
            rounds = given.get("rounds", 8)
            if not 1 <= rounds <= MOST_ROUNDS:
                raise fail("QW0732", f"fix{{rounds}} is 1 to {MOST_ROUNDS}, not {rounds}", self.place(start, 3))
            return Fix(steps, rounds)
        from qwasm.passes.found import load, make

        try:
            cls = load(name)
        except QwasmError as error:
            raise _placed(error, self.place(start, len(name))) from None
        step = Step(name, self.options(cls, name, start))
        try:
            make(step)  # refuses a value that the pass cannot mean
        except QwasmError as error:
            raise _placed(error, self.place(start, self.at - start)) from None
        return step

    def options(self, cls: type[Any], name: str, start: int) -> tuple[tuple[str, Any], ...]:
        """The braces behind a step, or none."""
        inside = self.take()[0][1:-1] if self.peek().startswith("{") else ""
        try:
            return options(cls, name, inside)
        except QwasmError as error:
            raise _placed(error, self.place(start, self.at - start)) from None


def _placed(error: QwasmError, span: Span) -> QwasmError:
    """The same error at a place of the pipeline."""
    first = error.diagnostics[0]
    return fail(first.code, first.message, span, first.hint)


# ---------------------------------------------------------------- options


def options(cls: type[Any], name: str, text: str) -> tuple[tuple[str, Any], ...]:
    """The options of one step, typed as the fields of its class are."""
    types = get_type_hints(cls)
    known: dict[str, Field[Any]] = {f.name: f for f in fields(cls) if f.name != "steps" or cls is not Fix}
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
        f.name for f in known.values()
        if f.default is MISSING and f.default_factory is MISSING and f.name not in given
    ]  # fmt: skip
    if missing:
        raise fail("QW0732", f"{name} needs the option {missing[0]!r}", None, f"{name}{{{missing[0]}=...}}")
    return tuple(given.items())


def typed(text: str, wanted: Any, where: str) -> Any:
    """An option's text as a value of its type: int, float, bool, one of some words, or str."""
    if get_origin(wanted) is Literal:
        words = {spelled(word): word for word in get_args(wanted)}
        if text in words:
            return words[text]
        raise fail("QW0732", f"{where} is none of its words: {text!r}", None, f"choose from {', '.join(words)}")
    try:
        if wanted is bool:
            return {"true": True, "on": True, "false": False, "off": False}[text.lower()]
        if wanted is int:
            return int(text.replace("_", ""))
        if wanted is float and isfinite(number := float(text)):
            return number
    except (ValueError, KeyError):
        pass
    if wanted in (bool, int, float):
        shown = text if len(text) <= 40 else text[:37] + "..."
        raise fail("QW0732", f"{where} is of type {wanted.__name__}, not {shown!r}", None, "true, false or a number")
    return text


def spelled(value: Any) -> str:
    """An option's value as a pipeline writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


__all__ = ["Fix", "Step", "Steps", "parse_pipeline", "spelled", "with_budget", "written"]
