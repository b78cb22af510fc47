"""Time by source line as a picture; needs the extra [viz]."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from qvm.trace.read import Bundle
from qvm.trace.show import by_line, primes_of
from qwasm.diagnostics import fail

LINES, PRIMES = 20, 24


def plot(bundle: Bundle, path: str) -> None:
    """Write a picture of two panels: milliseconds by source line, and letters by primes."""
    try:
        figures: Any = import_module("matplotlib.figure")
    except ImportError:
        raise fail("QW0599", "a plot needs matplotlib", hint="pip install 'qwasm-toolchain[viz]'") from None
    rows, letters = by_line(bundle)[:LINES], primes_of(bundle)[:PRIMES]
    height = 1.5 + 0.3 * max(len(rows), len(letters), 3)
    figure = figures.Figure(figsize=(12, height), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    names = [f"{row['line']}: {row['text'][:48]}" for row in rows]
    left.barh(names, [row["ns"] / 1e6 for row in rows], color="#2f6fbf")
    left.set_xlabel("milliseconds")
    left.set_title("where the time went")
    right.barh([f"{a}[{p}]" if p else a for a, p, _ in letters], [n for _, _, n in letters], color="#7a9a3a")
    right.set_xlabel("times applied")
    right.set_title("letters")
    for axes in (left, right):
        axes.invert_yaxis()
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path)


__all__ = ["plot"]
