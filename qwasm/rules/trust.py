"""Trust: what a user asks of rule files beside their proofs: a lock, trusted keys, a signature on each.

>>> from qwasm.rules.pack import Pack
>>> Trust().signatures([Pack("x.qwr")])
(['none'], [])
>>> Trust(require_signed=True).signatures([Pack("x.qwr")])
Traceback (most recent call last):
qwasm.diagnostics.report.QwasmError: QW0559: x.qwr carries no checked signature: there is no signature beside it
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from qwasm.diagnostics import Diagnostic
from qwasm.record import record

if TYPE_CHECKING:
    from qwasm.rules.pack import Pack
    from qwasm.rules.sign import Signed


@record
class Trust:
    """What rule files must show: `lock` holds their digests, `keys` is a folder of keys or one key."""

    lock: str | Path | None = None
    keys: str | Path | None = None
    require_signed: bool = False

    def __bool__(self) -> bool:
        """Whether anything is asked for."""
        return self != Trust()

    def signatures(
        self, packs: Iterable[Pack], homes: Mapping[str, Path] | None = None
    ) -> tuple[list[Signed], list[Diagnostic]]:
        """The state of each pack's signature, and the remarks QW0951 on those that were not checked.

        homes: where files of packs lie whose names are not their paths.  Raises QwasmError QW0558, QW0559 and QW0572.
        """
        from qwasm.rules.sign import signature_of

        found: list[Signed] = []
        remarks: list[Diagnostic] = []
        for pack in packs:
            keys = Path(self.keys) if self.keys is not None else None
            state, who = signature_of(pack, keys, self.require_signed, (homes or {}).get(pack.file))
            found.append(state)
            if state == "unchecked":
                said = f"the signature of {pack.file} was not checked: {who}"
                remarks.append(Diagnostic("QW0951", said, severity="remark"))
        return found, remarks

    def hold(self, packs: Iterable[Pack]) -> None:
        """Hold packs to the lock.  Raises QW0561 for drift, and what reading a lock raises."""
        if self.lock is None:
            return
        from qwasm.rules.lock import drift, read_lock

        problem = drift(read_lock(self.lock), [(Path(pack.file).name, pack.digest) for pack in packs], self.lock)
        if problem is not None:
            raise problem


ANY = Trust()

__all__ = ["ANY", "Trust"]
