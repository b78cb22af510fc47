"""The reference backend passes the suite that every backend must pass."""

from __future__ import annotations

from qvm.conformance.test_conformance import *  # noqa: F403
