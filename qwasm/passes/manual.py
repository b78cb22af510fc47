"""The page of the passes: what is installed, its options, what the presets run."""

from __future__ import annotations

from dataclasses import fields
from importlib import import_module

from qwasm.passes.found import found, load
from qwasm.passes.manager import PRESETS
from qwasm.passes.pipeline import spelled

HEAD = """\
# Passes

A pipeline is a list such as `cse,dce{rounds=2}`; `-O0` to `-O3` are pipelines with a name. `fix(cse,dce){rounds=8}`
runs its passes again until a round changes nothing, at most so many times. A pass that makes the program dearer in
the cost model is undone. `qwasmc FILE --print-diff` shows what each pass changed, `--remarks` why, `--verify-each`
proves that the meaning was kept, and `qwasmc bisect FILE` finds the one rewrite at fault.
"""


def manual() -> str:
    """The reference page of the installed passes and the presets, as Markdown."""
    lines = [HEAD.rstrip()]
    for name in found():
        cls = load(name)
        text = (import_module(cls.__module__).__doc__ or cls.__doc__ or "").strip()
        named = [f"`{field.name}={spelled(field.default)}`" for field in fields(cls)]
        lines += ["", f"## `{name}` ({cls.kind})", "", text, "", f"Options: {', '.join(named) or 'none'}"]
    lines += ["", "## Presets", "", "| level | pipeline |", "|---|---|"]
    lines += [f"| `-O{level}` | {f'`{pipeline}`' if pipeline else 'nothing'} |" for level, pipeline in PRESETS.items()]
    return "\n".join(lines) + "\n"


__all__ = ["manual"]
