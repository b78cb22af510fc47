"""The account of a pipeline: statistics, times and remarks, all taken from what the contexts recorded."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from qwasm.passes.context import Tries
from qwasm.passes.manager import Ran, remarks


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Columns, the first to the left and the others to the right."""
    lines = [head, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(
            [line[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:]))]
        ).rstrip()
        for line in lines
    )


def statistics(ran: Sequence[Ran]) -> str:
    """Per pass its runs and rewrites, and per rule of a pass its hits, tries and seconds."""
    rows: list[tuple[str, ...]] = []
    for name, runs in _by_step(ran).items():
        seconds = sum(one.seconds for one in runs)
        hits = [rewrite for one in runs for rewrite in one.rewrites if not one.undone]
        rows.append((name, str(len(runs)), str(len(hits)), "", f"{seconds:.6f}"))
        tries: dict[str, Tries] = {}
        for one in runs:
            for rule, tried in one.tries:
                known = tries.setdefault(rule, Tries())
                known.count, known.seconds = known.count + tried.count, known.seconds + tried.seconds
        for rule in sorted({rewrite.rule for rewrite in hits if rewrite.rule} | set(tries)):
            found = tries.get(rule, Tries())
            many = str(sum(rewrite.rule == rule for rewrite in hits))
            rows.append((f"  {rule}", "", many, str(found.count), f"{found.seconds:.6f}"))
    return table(("pass and rule", "runs", "hits", "tries", "seconds"), rows)


def times(ran: Sequence[Ran]) -> str:
    """Seconds of every pass over all its runs, the slowest first, with its share."""
    spent = {name: sum(one.seconds for one in runs) for name, runs in _by_step(ran).items()}
    total = sum(spent.values())
    rows = [
        (name, f"{seconds:.6f}", f"{100 * seconds / total:.1f} %" if total else "")
        for name, seconds in sorted(spent.items(), key=lambda item: (-item[1], item[0]))
    ]
    return table(("pass", "seconds", "share"), [*rows, ("all", f"{total:.6f}", "")])


def remark_lines(ran: Sequence[Ran]) -> list[str]:
    """The remarks as JSON objects, one a line."""
    return [
        json.dumps(
            {
                "kind": remark.kind,
                "pass": one.step,
                "message": remark.message,
                "places": [
                    {"file": s.file, "line": s.line, "column": s.column, "length": s.length} for s in remark.spans
                ],
            }
        )
        for one, remark in remarks(ran)
    ]


def _by_step(ran: Sequence[Ran]) -> dict[str, list[Ran]]:
    """The runs of each step, in the order of the first."""
    found: dict[str, list[Ran]] = {}
    for one in ran:
        found.setdefault(one.step, []).append(one)
    return found


__all__ = ["remark_lines", "statistics", "table", "times"]
