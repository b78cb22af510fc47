"""Pruning: which macros of a pack never pay, by what runs counted.

A use of a macro saves something and the definition costs something to carry; both are counted in the
cost model's elements.  A macro goes when it was never used, or when all uses saved no more than it cost;
one that programs call by its name stays, since they would no longer compile.

>>> from fractions import Fraction
>>> from qwasm.rules.pack import Macro, Pack
>>> pack = Pack("x.qwr", macros=(Macro("M1", (), "A[2]"), Macro("M2", (), "A[3]"), Macro("M3", (), "A[5]")))
>>> pruned(pack, {"M1": Statistics(3, Fraction(30), Fraction(4)), "M2": Statistics(1, Fraction(1), Fraction(4))})
[('M2', 'its 1 use saved 1, it costs 4'), ('M3', 'it was never used')]
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from qwasm.diagnostics import QwasmError, fail
from qwasm.record import record
from qwasm.rules.pack import Pack

MOST = 16 << 20


@record
class Statistics:
    """How often a macro was used, what that saved in all, and what the macro costs."""

    uses: int
    saved: Fraction
    cost: Fraction
    named: int = 0  # programs that call it by its name


def pruned(pack: Pack, statistics: Mapping[str, Statistics]) -> list[tuple[str, str]]:
    """The macros that do not pay, each with the reason."""
    found: list[tuple[str, str]] = []
    for macro in pack.macros:
        row = statistics.get(macro.name)
        if row is not None and row.named:
            continue
        if row is None or row.uses == 0:
            found.append((macro.name, "it was never used"))
        elif row.saved <= row.cost:
            times = f"{row.uses} use{'s' if row.uses > 1 else ''}"
            found.append((macro.name, f"its {times} saved {row.saved}, it costs {row.cost}"))
    return found


def without(pack: Pack, names: Collection[str]) -> str:
    """The text of the file without these macros; everything else stays as it is written."""
    lines = pack.text.split("\n")
    kept: list[str] = []
    skip = False
    number = -1
    for line in lines:
        head = line.strip()
        if head.startswith("["):
            if head.startswith("[[macro]]"):
                number += 1
            skip = head.startswith(("[[macro]]", "[macro.")) and pack.macros[number].name in names
        if not skip:
            kept.append(line)
    return "\n".join(kept)


def read_statistics(path: str) -> dict[str, Statistics]:
    """The statistics of a JSON file.  Raises QW0700 for a missing file, QW0562 for anything malformed."""
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise fail("QW0700", f"cannot read {path}: {error.strerror}", hint="name the statistics of a run") from None
    if len(data) > MOST:
        raise _malformed(path, f"more than {MOST} bytes")
    try:
        content = json.loads(data.decode("utf-8"), parse_float=Fraction, parse_constant=_no_constant)
        return {name: _row(row) for name, row in content["macros"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _malformed(path, str(error)) from None


def _row(row: Any) -> Statistics:
    if type(row["uses"]) is not int or row["uses"] < 0:
        raise ValueError("uses is an integer >= 0")
    if type(row.get("named", 0)) is not int or row.get("named", 0) < 0:
        raise ValueError("named is an integer >= 0")
    return Statistics(row["uses"], Fraction(row["saved"]), Fraction(row.get("cost", 0)), row.get("named", 0))


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number")


def _malformed(path: str, why: str) -> QwasmError:
    return fail(
        "QW0562", f"{path} holds no macro statistics: {why}",
        hint='{"macros": {"QMACRO_1": {"uses": 3, "saved": 120, "cost": 10}}}',
    )  # fmt: skip


__all__ = ["Statistics", "pruned", "read_statistics", "without"]
