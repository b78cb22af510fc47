"""Source text: bytes to characters, with the limits and refusals that come before parsing."""

from __future__ import annotations

import re

from qwasm.diagnostics import Reporter, Span, fail
from qwasm.limits import Limits

# Control characters except tab and newline, lone surrogates, and the marks that reorder what a reader sees.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def decode(text: str | bytes, file: str, limits: Limits, reporter: Reporter) -> str:
    """The characters of a source; control characters are reported and become blanks.

    Raises QW0400 when the source is too long and QW0101 when it is not UTF-8.
    """
    size = len(text)
    if isinstance(text, str) and size <= limits.source_bytes < 4 * size:
        size = len(text.encode("utf-8", "surrogatepass"))
    if size > limits.source_bytes:
        raise fail(
            "QW0400",
            f"the source has {size:,} bytes; at most {limits.source_bytes:,} are read (limit source_bytes)",
            Span(file, 1, 1),
            "split it and join the parts with .use",
        )
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8")
        except UnicodeDecodeError as error:
            before = error.object[: error.start]
            line = before.count(b"\n") + 1
            column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8")) + 1
            raise fail(
                "QW0101",
                f"byte {error.start:,} is 0x{error.object[error.start]:02x}: the file is not UTF-8",
                Span(file, line, column),
                "save the file as UTF-8",
            ) from None
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    if _CONTROL.search(text):
        for match in _CONTROL.finditer(text):
            if len(reporter.errors) >= limits.errors:
                break
            start = match.start()
            line, column = text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start)
            reporter.add(
                fail(
                    "QW0102",
                    f"the character U+{ord(match[0]):04X} cannot stand in a source",
                    Span(file, line, column),
                    "delete it",
                )
            )
        text = _CONTROL.sub(" ", text)
    return text
