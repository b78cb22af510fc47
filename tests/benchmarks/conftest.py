"""Every benchmark is timed beside the values of its own alone."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def apart(alone: None) -> None:
    """Uses `alone`."""
