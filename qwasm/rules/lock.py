"""Lock files: the digests of the rule files in effect, so that drift is an error and not a surprise.

A lock is a text of one line for each file, `sha256:... name`, sorted by name; `qvm rules lock` writes it.

>>> write_lock({"words.qwr": "sha256:" + "0" * 64})[:40]
'# qwasm-lock/1\\nsha256:000000000000000000'
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from qwasm.diagnostics import QwasmError, Span, fail

HEAD = "# qwasm-lock/1"
LINE = re.compile(r"(sha256:[0-9a-f]{64}) (\S.*)\Z")
MOST = 1 << 20


def write_lock(digests: Mapping[str, str]) -> str:
    """The text of a lock: file name -> digest."""
    return "\n".join([HEAD, *(f"{digest} {name}" for name, digest in sorted(digests.items()))]) + "\n"


def read_lock(path: str | Path) -> dict[str, str]:
    """The digests of a lock file.  Raises QW0700 for a missing file, QW0560 for anything but a lock."""
    try:
        data = Path(path).read_bytes()[: MOST + 1]
        lines = data.decode("utf-8").splitlines()
    except OSError as error:
        raise fail(
            "QW0700", f"cannot read {path}: {error.strerror}", hint="qvm rules lock -o FILE writes one"
        ) from None
    except UnicodeDecodeError:
        raise fail("QW0560", f"{path} is no lock file", hint="qvm rules lock -o FILE writes one") from None
    if len(data) > MOST or not lines or lines[0] != HEAD:
        raise fail("QW0560", f"{path} is no lock file", Span(str(path), 1, 1), "qvm rules lock -o FILE writes one")
    found: dict[str, str] = {}
    for number, line in enumerate(lines[1:], start=2):
        match = LINE.match(line)
        if match is None or match[2] in found:
            raise fail("QW0560", "this line is no digest and name", Span(str(path), number, 1, max(1, len(line))))
        found[match[2]] = match[1]
    return found


def drift(locked: Mapping[str, str], found: Iterable[tuple[str, str]], path: str | Path) -> QwasmError | None:
    """The error QW0561 when the names and digests in effect are not those of the lock."""
    digests = sorted(found)
    names = {name for name, _ in digests}
    wrong = [
        f"{name} is {'not in the lock' if name not in locked else 'another file than the lock says'}"
        for name, digest in digests
        if locked.get(name) != digest
    ]
    gone = [f"{name} of the lock is not loaded" for name in sorted(locked) if name not in names]
    if not wrong and not gone:
        return None
    return fail("QW0561", f"the rules drifted from {path}: {'; '.join(wrong + gone)}", hint=f"qvm rules lock -o {path}")


__all__ = ["drift", "read_lock", "write_lock"]
