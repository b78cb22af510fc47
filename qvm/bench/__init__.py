"""Benchmarks: the machine against its peers, in interleaved rounds of one run, with the answers compared."""

from __future__ import annotations
