"""Reproducers: one file that shows a fault of the pass manager again, `qwasmc FILE.repro`.

It holds the module as the failing pass met it, that pass and what follows, the switches, the sources for
carets, and what was said; reading it is as strict as reading a module's text.

>>> from qwasm.syntax import parse
>>> from qwasm.ir.build import build
>>> module, _ = build(parse(".space N = 10\\n.func main\\nbasis q0, 1\\nend", "x.qw"))
>>> found = read_reproducer(reproducer(module, "cse,dce", 3, False, None))
>>> found.pipeline, found.limit, next(found.module.walk()).name
('cse,dce', 3, 'basis')
"""

from __future__ import annotations

import json

from qwasm.diagnostics import QwasmError, fail
from qwasm.ir.module import Module
from qwasm.ir.text import HEADER as MODULE_HEADER
from qwasm.ir.text import parse_module, print_module
from qwasm.ir.verify import verify
from qwasm.record import record

HEADER = "qwasm.repro 1"


@record
class Reproducer:
    """A verified module and what to run on it."""

    module: Module
    pipeline: str
    limit: int | None
    verify_each: bool


def reproducer(module: Module, pipeline: str, limit: int | None, verify_each: bool, error: QwasmError | None) -> str:
    """The text of a reproducer; the comments at its head tell a person what went wrong."""
    said = [f"; {line}" for d in error.diagnostics for line in f"{d.code}: {d.message}".splitlines()] if error else []
    lines = [HEADER, *said, f"pipeline {json.dumps(pipeline)}"]
    lines += [f"limit {limit}"] if limit is not None else []
    lines += ["verify-each"] if verify_each else []
    lines += [f"source {json.dumps(name)} {json.dumps(text)}" for name, text in module.sources.items()]
    return "\n".join(lines) + "\n" + print_module(module)


def read_reproducer(text: str, file: str = "<repro>") -> Reproducer:
    """What a reproducer says to run.  Raises QW0595 for text that is none, and what reading a module raises."""
    head, separator, body = text.partition(f"\n{MODULE_HEADER}\n")
    lines = head.split("\n")
    if lines[0] != HEADER or not separator:
        raise _malformed("it does not begin with its header, or holds no module")
    pipeline: str | None = None
    limit, verify_each, sources = None, False, {}
    for line in lines[1:]:
        word, _, rest = line.partition(" ")
        if word == ";":
            continue
        if word == "pipeline":
            pipeline = _strings(rest, 1)[0]
        elif word == "limit" and rest.isascii() and rest.isdigit() and len(rest) < 10:
            limit = int(rest)
        elif line == "verify-each":
            verify_each = True
        elif word == "source":
            name, source = _strings(rest, 2)
            sources[name] = source
        else:
            raise _malformed(f"it has the line {line[:60]!r}")
    if pipeline is None:
        raise _malformed("it names no pipeline")
    module = parse_module(f"{MODULE_HEADER}\n{body}", file)
    module.sources = sources
    verify(module)
    return Reproducer(module, pipeline, limit, verify_each)


def _strings(text: str, count: int) -> list[str]:
    """So many JSON strings behind each other."""
    decoder, found, at = json.JSONDecoder(), [], 0
    try:
        for _ in range(count):
            value, end = decoder.raw_decode(text, at)
            if not isinstance(value, str):
                raise ValueError
            found.append(value)
            at = end + 1
    except (ValueError, RecursionError):
        raise _malformed(f"{text[:60]!r} is no string") from None
    if at <= len(text):
        raise _malformed(f"something stands behind {text[:60]!r}")
    return found


def _malformed(why: str) -> QwasmError:
    return fail(
        "QW0595", f"this is no reproducer: {why}", None, "make it again: qwasmc FILE.qw --reproducer=FILE.repro"
    )


__all__ = ["Reproducer", "read_reproducer", "reproducer"]
