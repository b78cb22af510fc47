"""A bundle as a table for a person: what ran, where the time went by source line, which primes, how near to memory."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from qvm.trace.read import Bundle
from qwasm.qpu.program import MicroOp

ROWS = 20


def name_of(op: MicroOp) -> str:
    """The mnemonic of an operation."""
    return str(getattr(op, "mnemonic", type(op).__name__.lower()))


def code(line: str) -> str:
    """A source line without its comment and its columns."""
    return " ".join(re.split(r";(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)", line)[0].split())


def by_line(bundle: Bundle) -> list[dict[str, Any]]:
    """For each source line: nanoseconds, executions, bytes by the cost model, the line's text; slowest first."""
    events, ops, text = bundle.events, bundle.ops, bundle.source.split("\n")
    every = int(bundle.meta["host"].get("every", 1))
    lines = np.array([op.span.line if op.span else 0 for op in ops] or [0])
    found: dict[int, dict[str, Any]] = {}
    spent = np.bincount(events["op"], weights=events["dur_ns"], minlength=len(ops)) * every
    moved = np.bincount(events["op"], weights=events["bytes"], minlength=len(ops)) * every
    for k in range(len(ops)):
        times = int(bundle.counts["times"][k])
        if not times:
            continue
        row = found.setdefault(int(lines[k]), {"line": int(lines[k]), "ns": 0.0, "times": 0, "bytes": 0.0, "ops": []})
        row["ns"] += float(spent[k])
        row["times"] += times
        row["bytes"] += float(moved[k])
        row["ops"].append(name_of(ops[k]))
    for line, row in found.items():
        written = 0 < line <= len(text) and bundle.source
        row["text"] = code(text[line - 1]) if written else ", ".join(dict.fromkeys(row["ops"]))
    return sorted(found.values(), key=lambda row: -row["ns"])


def primes_of(bundle: Bundle) -> list[tuple[str, str, int]]:
    """(letter, prime or range, count), most often first."""
    counts = bundle.counts
    rows = zip(counts["letter"].tolist(), counts["prime"].tolist(), counts["upto"].tolist(), counts["count"].tolist())
    told = [(a, "" if not p else str(p) if p == q else f"{p}..{q}", n) for a, p, q, n in rows]
    return sorted(told, key=lambda row: -row[2])


def table(bundle: Bundle, bandwidth: float | None = None) -> str:
    """The whole table; with the machine's `bandwidth` in bytes a second, also the share of it that a line reached."""
    return "\n".join(lines(bundle, bandwidth))


def lines(bundle: Bundle, bandwidth: float | None) -> Iterator[str]:
    meta, host, events = bundle.meta, bundle.meta["host"], bundle.events
    yield f"trace      {bundle.path}, {bundle.seal}"
    yield f"space      {meta['space']}"
    yield f"run        backend {meta['backend']}, {host['schedule']}, {host['seconds']:.6g} s"
    yield f"program    {meta['program']}"
    yield f"fingerprint {bundle.fingerprint}"
    if meta["failed"]:
        first = (bundle.errors["failed"] or [{"code": "?", "message": "", "line": 0}])[0]
        yield f"FAILED     {first['code']} in line {first['line']}: {first['message']}"
    sampled = "" if host.get("every", 1) == 1 else f", every {host['every']}th kept"
    many, energy = int(bundle.counts["times"].sum()), bundle.energy
    flow = f"{energy['elements']:.4g} elements, E_flow {energy['E_flow']:.6g}"
    yield f"work       {many} micro-operations{sampled}, {flow}"
    total = float(events["dur_ns"].sum()) * host.get("every", 1) or 1.0
    yield ""
    head = f"{'line':>5} {'share':>6} {'ms':>11} {'times':>9} {'GB/s':>7}"
    yield f"{head}{'  roof' if bandwidth else ''}  source"
    rows = by_line(bundle)
    for row in rows[:ROWS]:
        speed = row["bytes"] / row["ns"] if row["ns"] else 0.0
        roof = f" {min(9.99, speed * 1e9 / bandwidth):>5.0%}" if bandwidth else ""
        yield (
            f"{row['line']:>5} {row['ns'] / total:>6.1%} {row['ns'] / 1e6:>11.3f} {row['times']:>9} {speed:>7.2f}{roof}"
            f"  {row['text'][:60]}"
        )
    if len(rows) > ROWS:
        rest = sum(row["ns"] for row in rows[ROWS:])
        yield f"{'':>5} {rest / total:>6.1%} {rest / 1e6:>11.3f} {'':>9} {'':>7}  {len(rows) - ROWS} more lines"
    found = primes_of(bundle)
    if found:
        yield ""
        yield "letters    " + ", ".join(f"{a}[{p}] {n}" if p else f"{a} {n}" for a, p, n in found[:12])
    for name, at, value, error in features(bundle)[:12]:
        yield f"spectral   {name}{f' at {at:g}' if at else ''}: {value:.6g} ± {error:.2g}"
    for name, value in list(meta["outputs"].items())[:12]:
        yield f"output     {name}: {shown(value)}"


def features(bundle: Bundle) -> list[tuple[str, float, float, float]]:
    """(feature, at, value, error) of the spectral fingerprint."""
    found = bundle.spectral
    columns = (found[name].tolist() for name in ("feature", "at", "value", "error"))
    return list(zip(*columns, strict=True))


def shown(value: Any) -> str:
    """An output in a line."""
    if isinstance(value, dict) and "value" in value:
        return f"{value['value']} ± {value['error']}"
    if isinstance(value, dict) and "digest" in value:
        return f"{'x'.join(map(str, value['shape']))} numbers, {value['digest'][:19]}"
    if isinstance(value, list):
        return f"{len(value)} rows"
    return str(value)[:60]


__all__ = ["by_line", "features", "name_of", "primes_of", "shown", "table"]
