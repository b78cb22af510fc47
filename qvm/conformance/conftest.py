"""The fixture that names the backend under examination."""

from __future__ import annotations

import pytest


@pytest.fixture
def backend(request: pytest.FixtureRequest) -> str:
    """The backend named on the command line; the reference when none is."""
    return str(request.config.getoption("--backend", "numpy"))
