"""The instruction table: what QWASM can say, one filled form for each instruction.

Nothing else lists instructions.  A package adds rows through the entry-point group
`qwasm.instructions` (each entry a tuple of rows, or a function that returns one); a mnemonic
declared twice is an error that names both owners.

>>> table()["mul.p"].doc
'Writes A_p psi: y(n) = psi(p n) while p n <= N, else 0.'
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from qwasm import plugins
from qwasm.instructions import algebra, control, measuring, multiplicative, parallel, scalars, states, system
from qwasm.instructions.form import Attr, Instruction, Operand
from qwasm.instructions.manual import manual_page

OWN = (algebra, multiplicative, parallel, control, system, states, measuring, scalars)
EXTENSIONS = "qwasm.instructions"


def merged(sources: Iterable[tuple[str, Iterable[Instruction]]]) -> dict[str, Instruction]:
    """Rows of several owners by mnemonic; QW0598 names both owners of a clash."""
    return plugins.merged("instruction", {}, ((owner, row.mnemonic, row) for owner, added in sources for row in added))


@cache
def table() -> dict[str, Instruction]:
    """Every instruction by its lower-case mnemonic, the toolchain's own first, then extensions by name."""
    sources: list[tuple[str, Iterable[Instruction]]] = [(plugins.TOOLCHAIN, module.ROWS) for module in OWN]
    sources += [(owner, (row,)) for owner, row in plugins.rows(EXTENSIONS, Instruction)]
    return merged(sources)


def manual(*groups: str) -> str:
    """The reference page of all instructions, or of some groups, as Markdown."""
    return manual_page(table().values(), groups)


__all__ = ["Attr", "Instruction", "Operand", "manual", "merged", "table"]
