"""What two bundles differ in: program, rules, schedule, host, letters, speed by line, results."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from qvm.trace.read import Bundle
from qvm.trace.show import by_line, features, shown

SLOWER = 1.1  # of the time of a line, from which it is told


def differences(a: Bundle, b: Bundle) -> list[tuple[str, str]]:
    """(kind, sentence) for each difference; kinds are program, run, host, letters, results, spectral, speed."""
    return [*what(a, b), *how(a, b), *letters(a, b), *results(a, b), *spectral(a, b), *speed(a, b)]


def what(a: Bundle, b: Bundle) -> Iterator[tuple[str, str]]:
    if a.fingerprint == b.fingerprint:
        return
    for name, kind in (("program", "program"), ("qpu", "program"), ("space", "program"), ("rules", "program"),
                       ("passes", "program"), ("parameters", "program"), ("inputs", "run"), ("seed", "run"),
                       ("backend", "run"), ("versions", "run"), ("failed", "run")):  # fmt: skip
        old, new = a.meta.get(name), b.meta.get(name)
        if old != new:
            yield kind, f"{name}: {text(old)} became {text(new)}"
    old_lines, new_lines = a.source.split("\n"), b.source.split("\n")
    if old_lines != new_lines and a.source and b.source:
        import difflib

        changed = list(difflib.unified_diff(old_lines, new_lines, "A", "B", lineterm="", n=0))
        for line in changed[2:22]:
            yield "program", line


def how(a: Bundle, b: Bundle) -> Iterator[tuple[str, str]]:
    for name in ("schedule", "threads", "machine", "system", "processors"):
        old, new = a.meta["host"].get(name), b.meta["host"].get(name)
        if old != new:
            yield "host", f"{name}: {old} became {new}"


def letters(a: Bundle, b: Bundle) -> Iterator[tuple[str, str]]:
    old, new = (
        {(x, p): n for x, p, n in zip(*(c.counts[name].tolist() for name in ("letter", "prime", "count")), strict=True)}
        for c in (a, b)
    )
    changed = [(key, old.get(key, 0), new.get(key, 0)) for key in sorted({*old, *new}) if old.get(key) != new.get(key)]
    for (letter, p), before, after in changed[:10]:
        yield "letters", f"{letter}{f'[{p}]' if p else ''}: {before} became {after}"
    if len(changed) > 10:
        yield "letters", f"and {len(changed) - 10} more"
    if a.energy != b.energy:
        told = ", ".join(f"{k} {a.energy[k]:.6g} to {b.energy[k]:.6g}" for k in a.energy if a.energy[k] != b.energy[k])
        yield "letters", told


def results(a: Bundle, b: Bundle) -> Iterator[tuple[str, str]]:
    old, new = a.meta["outputs"], b.meta["outputs"]
    for name in dict.fromkeys([*old, *new]):
        if old.get(name) != new.get(name):
            before, after = (shown(side[name]) if name in side else "nothing" for side in (old, new))
            yield "results", f"{name}: {before} became {after}"


def spectral(a: Bundle, b: Bundle) -> Iterator[tuple[str, str]]:
    if not features(a) or not features(b):
        if features(a) or features(b):
            yield "spectral", f"only {'A' if features(a) else 'B'} has spectral features"
        return
    old, new = ({(name, at): (value, error) for name, at, value, error in features(c)} for c in (a, b))
    for key in sorted({*old, *new}):
        (x, dx), (y, dy) = old.get(key, (float("nan"), 0.0)), new.get(key, (float("nan"), 0.0))
        if not abs(x - y) <= dx + dy:
            yield "spectral", f"{key[0]}{f' at {key[1]:g}' if key[1] else ''}: {x:.6g} ± {dx:.2g}, {y:.6g} ± {dy:.2g}"


def speed(a: Bundle, b: Bundle) -> Iterator[tuple[str, str]]:
    before, after = float(a.meta["host"]["seconds"]), float(b.meta["host"]["seconds"])
    if before and after and not 1 / SLOWER < after / before < SLOWER:
        yield "speed", f"the run took {before:.4g} s and then {after:.4g} s, {after / before:.2f} times as long"
    if a.meta["program"] != b.meta["program"]:
        return
    old = {row["line"]: row for row in by_line(a)}
    for row in by_line(b)[:10]:
        earlier = old.get(row["line"])
        if earlier and earlier["ns"] > 1e5 and not 1 / SLOWER < row["ns"] / earlier["ns"] < SLOWER:
            told = f"{earlier['ns'] / 1e6:.3f} ms became {row['ns'] / 1e6:.3f}"
            yield "speed", f"line {row['line']}: {told}  {row['text'][:50]}"


def text(value: Any) -> str:
    said = str(value)
    return said if len(said) <= 90 else f"{said[:87]}..."


__all__ = ["differences"]
