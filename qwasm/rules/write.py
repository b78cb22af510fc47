"""Writing rule files: a pack of macros as the text that reads back to it.

>>> from qwasm.rules.pack import Macro, Pack
>>> from qwasm.rules.read import read_pack
>>> pack = Pack("x.qwr", macros=(Macro("QMACRO_1", ("p",), "A[p] + B[p]", 2),))
>>> print(written(pack).split("\\n\\n")[1], end="")
[[macro]]
name = "QMACRO_1"
parameters = ["p"]
expansion = "A[p] + B[p]"
support = 2
gain = 0
origin = { by = "hand" }
>>> read_pack(written(pack).encode(), "x.qwr") == pack
True
"""

from __future__ import annotations

import json

from qwasm.rules.pack import ALGEBRA, FORMAT, Macro, Pack


def written(pack: Pack) -> str:
    """The text of a pack that holds macros only.  Raises ValueError for one that holds rules."""
    if pack.rules or pack.refuted:
        raise ValueError("rules are written by their authors")
    head = [f"format = {json.dumps(FORMAT)}", f"algebra = {json.dumps(ALGEBRA)}"]
    if pack.about:
        head.append(f"about = {json.dumps(pack.about)}")
    return "\n\n".join(["\n".join(head), *map(table, pack.macros)]) + "\n"


def table(macro: Macro) -> str:
    """One macro; a gain that is no integer is a text."""
    gain = str(macro.gain) if macro.gain.denominator == 1 else json.dumps(str(macro.gain))
    origin = ", ".join(f"{name} = {json.dumps(value)}" for name, value in macro.origin)
    lines = {
        "name": json.dumps(macro.name),
        "parameters": json.dumps(list(macro.parameters)),
        "expansion": json.dumps(macro.expansion),
        "support": str(macro.support),
        "gain": gain,
        "origin": f"{{ {origin} }}",
    }
    return "\n".join(["[[macro]]", *(f"{key} = {value}" for key, value in lines.items())])


__all__ = ["written"]
