"""What is installed: the plug-ins that distributions offer, and the versions of distributions.

The metadata that pip writes is read once for all groups, straight from the folders on the import
path.  `importlib.metadata` would answer the same, and at its import load the mail and zip
machinery, which costs a short run a tenth of its time.

>>> [entry.value for entry in entries("qvm.backends") if entry.name == "numpy"]
['qvm_backends.reference:NumpyBackend']
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from functools import cache, reduce
from importlib import import_module
from typing import Any, NamedTuple


class Entry(NamedTuple):
    """A plug-in: its name in its group, where it lives as `module:attribute`, and the distribution that offers it."""

    name: str
    value: str
    owner: str

    def load(self) -> Any:
        """The object itself; raises ImportError or AttributeError when it is not where it should be."""
        module, _, attributes = self.value.partition("[")[0].partition(":")
        return reduce(getattr, filter(None, attributes.strip().split(".")), import_module(module.strip()))


def entries(group: str) -> tuple[Entry, ...]:
    """The plug-ins of a group, sorted by name and value."""
    return _entries().get(group, ())


@cache
def version(distribution: str) -> str | None:
    """The version of an installed distribution, or None."""
    folder = _distributions().get(_plain(distribution))
    lines = () if folder is None else (*_lines(folder, "METADATA"), *_lines(folder, "PKG-INFO"))
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("Version:")), None)


@cache
def _distributions() -> dict[str, str]:
    """The metadata folder of every distribution by its plain name; the first on the import path counts."""
    found: dict[str, str] = {}
    for place in dict.fromkeys(path or "." for path in sys.path):
        try:
            names = sorted(os.listdir(place))
        except OSError:  # not a folder, or not there
            continue
        for name in names:
            if name.endswith((".dist-info", ".egg-info")):
                found.setdefault(_plain(name.rpartition(".")[0].partition("-")[0]), os.path.join(place, name))
    return found


@cache
def _entries() -> dict[str, tuple[Entry, ...]]:
    found: dict[str, list[Entry]] = {}
    for owner, folder in _distributions().items():
        group: list[Entry] = []
        for line in _lines(folder, "entry_points.txt"):
            if line.startswith("["):
                group = found.setdefault(line.strip("[]"), [])
            elif "=" in line and line[0] not in "#;":
                name, _, value = line.partition("=")
                group.append(Entry(name.strip(), value.strip(), owner))
    return {name: tuple(sorted(group)) for name, group in found.items()}


def _lines(folder: str, name: str) -> Iterator[str]:
    """The lines of a metadata file, none when there is no such file."""
    try:
        with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as file:
            yield from map(str.strip, file)
    except OSError:
        return


def _plain(name: str) -> str:
    """A distribution's name in the one spelling that indexes compare."""
    return "-".join(filter(None, name.lower().replace("_", "-").replace(".", "-").split("-")))
