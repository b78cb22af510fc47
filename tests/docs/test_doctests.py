"""Every example in a docstring of the four packages is true."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

PACKAGES = ("qwasm", "qvm", "qwasm_passes", "qvm_backends")


def modules() -> list[str]:
    """Every importable module of the four packages but the pytest plug-in's tests."""
    names = []
    for package in PACKAGES:
        top = importlib.import_module(package)
        names += [package, *(found.name for found in pkgutil.walk_packages(top.__path__, f"{package}."))]
    return [name for name in names if not name.startswith("qvm.conformance")]


@pytest.mark.parametrize("name", modules())
def test_docstring_examples_hold(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0
