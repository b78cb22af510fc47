"""The schedules that are tried: the given one first, then it with one or two settings changed.

>>> from qwasm.qpu.program import Schedule
>>> found = candidates(Schedule(), N=10**6, cores=2, reads=frozenset({"threads", "tile"}))
>>> found[0] == Schedule(), len(found), {s.threads for s in found}, {s.layout for s in found}
(True, 12, {1, 2}, {'auto'})
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from qwasm.qpu.program import Schedule
from qwasm.record import replace

TILES = (0, 1024, 2048, 4096, 8192, 16384)
LAYOUTS = ("auto", "natural", "grouped")
TIME_BLOCKS = (0, 4, 16)
BITS = frozenset({"threads", "tile"})  # settings that change no bit of a result


def candidates(given: Schedule, N: int, cores: int, reads: frozenset[str]) -> list[Schedule]:
    """Schedules of the settings that a backend reads, each once, the given one first."""
    return list(dict.fromkeys([given, *varied(given, N, cores, reads)]))


def varied(given: Schedule, N: int, cores: int, reads: frozenset[str]) -> Iterator[Schedule]:
    """All threads with all tiles; the other settings one by one, at one thread and at all."""
    threads = sorted({given.threads, 1, cores}) if "threads" in reads else [given.threads]
    tiles = [tile for tile in TILES if tile <= max(N, TILES[0])] if "tile" in reads else [given.tile]
    for count, tile in product(threads, tiles):
        yield replace(given, threads=count, tile=tile)
    for count in threads:
        for layout in LAYOUTS if "layout" in reads else ():
            yield replace(given, threads=count, layout=layout)
        for steps in TIME_BLOCKS if "time_block" in reads else ():
            yield replace(given, threads=count, time_block=steps)


__all__ = ["BITS", "candidates"]
