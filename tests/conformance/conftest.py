"""The conformance suite examines the reference backend here."""

from __future__ import annotations

import pytest


@pytest.fixture(params=["numpy"])
def backend(request: pytest.FixtureRequest) -> str:
    """The backend under examination."""
    return str(request.param)
