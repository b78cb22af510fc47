"""Objects: a built program as one file, `.qwo`, that is checked before it is believed.

The first line names the format, its version and the sha256 of the rest; the rest is canonical
JSON: the module in its text form and the sources it was built from.  Reading is strict and
ends with the verifier; the sources allow `-D` to build it again with other parameters.

>>> from qwasm.syntax import parse
>>> from qwasm.ir.build import build
>>> module, _ = build(parse(".space N = 10\\n.func main\\nbasis q0, 1\\nend", "x.qw"))
>>> data = write_object(module)
>>> data[:14], read_object(data).space.N
(b'QWASM-OBJECT 1', 10)
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from qwasm import strictjson
from qwasm.diagnostics import Diagnostic, QwasmError, fail
from qwasm.ir.module import Module
from qwasm.ir.text import parse_module, print_module
from qwasm.limits import DEFAULT, Limits

if TYPE_CHECKING:
    from qwasm.ir.declare import Given, Unpacker

MAGIC = b"QWASM-OBJECT "
VERSION = 1
HEAD = re.compile(rb"QWASM-OBJECT (0|[1-9][0-9]{0,5}) ([0-9a-f]{64})\n")
LANGUAGE = "1.0"
AGAIN = "compile it again from its source: qwasmc FILE.qw -o OUT.qwo"


def write_object(module: Module) -> bytes:
    """The bytes of an object file: the same module gives the same bytes."""
    content = {
        "language": LANGUAGE,
        "module": print_module(module),
        "sources": [[name, text] for name, text in module.sources.items()],
    }
    body = canonical(content)
    return MAGIC + f"{VERSION} {sha256(body).hexdigest()}\n".encode() + body


def read_object(data: bytes, limits: Limits = DEFAULT) -> Module:
    """The verified module of an object file.

    Raises QwasmError: QW0400 past the size limit, QW0500 for bytes that are no object, QW0501 for
    another version, QW0502 when the digest does not match (cut short, changed), QW0503 for malformed
    content, QW0504 when the module does not belong to its sources, QW0510 and QW0511 when it breaks
    the rules of QIR.
    """
    if len(data) > limits.object_bytes:
        raise fail("QW0400", f"the object has {len(data)} bytes; the limit is {limits.object_bytes}")
    if not data.startswith(MAGIC):
        raise fail("QW0500", "this is not a QWASM object", None, AGAIN)
    head = HEAD.match(data)
    if head is None:
        raise fail("QW0502", "the object's first line is damaged", None, AGAIN)
    if int(head[1]) != VERSION:
        raise fail(
            "QW0501", f"the object has format version {int(head[1])}, this toolchain reads {VERSION}", None, AGAIN
        )
    body = data[head.end() :]
    if sha256(body).hexdigest().encode() != head[2]:
        raise fail("QW0502", "the object's content does not match its digest: it was cut short or changed", None, AGAIN)
    content = strict(body)
    module = module_of(content["module"])
    module.sources = dict(content["sources"])
    if digest_of(module) != module.digest:
        raise fail("QW0504", "the object's module was not built from the sources beside it", None, AGAIN)
    verify_as_artifact(module, limits)
    return module


def module_of(text: str) -> Module:
    """The module of an object's text; what would be an error of a source is damage here (QW0511)."""
    try:
        return parse_module(text, "<object>")
    except QwasmError as error:
        if error.exit_code != 3:
            raise
        said = error.diagnostics[0].message
        raise fail("QW0511", f"the object's module is malformed: {said}", None, AGAIN) from None


def verify_as_artifact(module: Module, limits: Limits) -> None:
    """Verify a module that came from outside, its size first."""
    from qwasm.ir.verify import verify

    if module.space.N * module.space.field.itemsize > limits.room:
        raise fail(
            "QW0441",
            f"one state of N = {module.space.N} numbers is over the limit of {limits.room} bytes",
            None,
            "--max-memory",
        )
    verify(module, limits)


def rebuild(
    module: Module, parameters: Mapping[str, Given], limits: Limits = DEFAULT, unpacker: Unpacker | None = None
) -> tuple[Module, list[Diagnostic]]:
    """The program of an object built again from its sources with other parameters, and the remarks.

    Values given when the object was made still hold where `parameters` does not replace them.
    Raises what building raises, and QW0504 when the object carries no sources.
    """
    from qwasm.ir.build import build
    from qwasm.syntax import parse

    if not module.sources:
        raise fail("QW0504", "the object carries no sources, so its parameters are fixed", None, AGAIN)
    main, text = next(iter(module.sources.items()))

    def included(path: str) -> bytes:
        if path not in module.sources:
            raise fail("QW0504", f"the object carries no source {path!r}", None, AGAIN)
        return module.sources[path].encode()

    return build(parse(text, main, limits), {**module.given, **parameters}, included, limits, unpacker)


def digest_of(module: Module) -> str:
    """The digest that a module built from these sources and given values has."""
    from qwasm.ir.build import digest

    main = next(iter(module.sources), "")
    return digest(main, module.sources, module.given)


# ---------------------------------------------------------------- strict JSON


def canonical(content: Mapping[str, Any]) -> bytes:
    """The one JSON text of a value: sorted keys, no blanks, ASCII."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode()


def strict(body: bytes) -> dict[str, Any]:
    """The content of a body that is canonical and has exactly the known keys and types; raises QW0503."""

    def refuse(what: str) -> QwasmError:
        return fail("QW0503", f"the object's content is malformed: {what}", None, AGAIN)

    try:
        content = strictjson.read(body)
    except ValueError as wrong:
        raise refuse(str(wrong)) from None
    if not isinstance(content, dict) or sorted(content) != ["language", "module", "sources"]:
        raise refuse("its keys are not language, module and sources")
    sources = content["sources"]
    if content["language"] != LANGUAGE:
        raise refuse(f"it is in language version {content['language']!r}")
    if not isinstance(content["module"], str):
        raise refuse("the module is no text")
    if not isinstance(sources, list) or not all(
        isinstance(pair, list) and len(pair) == 2 and all(isinstance(part, str) for part in pair) for pair in sources
    ):
        raise refuse("the sources are no list of names and texts")
    if len({name for name, _ in sources}) != len(sources):
        raise refuse("a source stands twice")
    if canonical(content) != body:
        raise refuse("it is not in canonical form")
    return content
