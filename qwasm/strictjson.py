"""JSON read strictly: what two readers could understand differently is refused.

>>> read('{"a": 1}'), read(b"[1.5]")
({'a': 1}, [1.5])
>>> read('{"a": NaN}')
Traceback (most recent call last):
ValueError: NaN is no number
"""

from __future__ import annotations

import json
from typing import Any


def read(text: str | bytes) -> Any:
    """The value of an ASCII text of JSON.

    Raises ValueError for a text that is none or is nested too deeply, a key that stands twice in an
    object, NaN and infinities.
    """

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError("a key stands twice")
        return found

    def number(text: str) -> float:
        if (value := float(text)) in (float("inf"), float("-inf")):
            raise ValueError(f"{text} is too large")
        return value

    def constant(name: str) -> Any:
        raise ValueError(f"{name} is no number")

    try:
        ascii_text = text if isinstance(text, str) else text.decode("ascii")
        return json.loads(ascii_text, object_pairs_hook=once, parse_float=number, parse_constant=constant)
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError):
        raise ValueError("it is no JSON text") from None
