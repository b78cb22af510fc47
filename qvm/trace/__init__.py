"""Trace bundles: a run observed, sealed, and read again.

`qvm.trace.open(path)` reads a bundle, `qvm.trace.dataset(folder)` a folder of them, one at a time.
"""

from __future__ import annotations

from qvm.trace.read import Bundle, dataset, open

__all__ = ["Bundle", "dataset", "open"]
