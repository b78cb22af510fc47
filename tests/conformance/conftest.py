"""The conformance suite examines the reference here, and the llvm backend with kernels for programs of every size."""

from __future__ import annotations

import pytest
from qvm_backends.llvm import kernels


@pytest.fixture(params=["numpy", "llvm"])
def backend(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The backend under examination."""
    monkeypatch.setattr(kernels, "WORTH", 0)
    return str(request.param)
