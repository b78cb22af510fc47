"""The pytest plugin of the conformance suite: the option `--backend NAME`."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--backend` to pytest's options."""
    parser.addoption("--backend", default="numpy", metavar="NAME", help="the backend that qvm.conformance examines")
