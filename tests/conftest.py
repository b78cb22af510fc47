"""What every test shares; the fixture `golden` and `--bless` come from `qwasm.testing.golden`, as for strangers."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy: workers that share cores only wait for each other

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("deep", max_examples=5000, deadline=None, suppress_health_check=list(HealthCheck))
# Every run of the suite draws the same examples, so a verdict can be repeated; --hypothesis-profile=deep draws others.
settings.register_profile("shared", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")


@pytest.fixture
def alone() -> Iterator[None]:
    """For what is timed: a collection of garbage does not walk over what the tests before have left."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture
def no_cryptography(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the extra [sign] were not installed."""
    for name in [name for name in sys.modules if name.split(".")[0] == "cryptography"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "cryptography", None)
