"""Plug-ins: what installed packages add to the tables of the toolchain, each row with its owner.

A group's entry is a row, a tuple of rows, or a function that returns either.  A name belongs to
one package: the second one to claim it is an error that names both.

>>> merged("letter", {"A": 1}, [("'extra'", "T", 2)])
{'A': 1, 'T': 2}
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

from qwasm.diagnostics import QwasmError, fail
from qwasm.installed import Entry, entries

T = TypeVar("T")
TOOLCHAIN = "the toolchain"
PACKAGE = "qwasm-toolchain"


def rows(group: str, kind: type[T]) -> Iterator[tuple[str, T]]:
    """(owner, row) of every row that installed packages add to a table.

    Raises QW0596 when a plug-in cannot be loaded or offers something else than rows of this kind.
    """
    for entry in entries(group):
        found = loaded(entry, group)
        if callable(found) and not isinstance(found, kind):
            found = called(entry, group, found)
        for row in found if isinstance(found, (tuple, list)) else (found,):
            if not isinstance(row, kind):
                raise unusable(entry, group, f"it holds {type(row).__name__}, not {kind.__name__}")
            yield f"'{entry.owner}'", row


def loaded(entry: Entry, group: str) -> Any:
    """What an entry point names.  Raises QW0596 when its package does not import."""
    try:
        return entry.load()
    except Exception as error:  # a stranger's module may raise anything
        raise unusable(entry, group, f"{type(error).__name__}: {error}") from None


def called(entry: Entry, group: str, maker: Any) -> Any:
    """What an entry point's function or class returns.  Raises QW0596 when it fails."""
    try:
        return maker()
    except QwasmError:
        raise
    except Exception as error:
        raise unusable(entry, group, f"{type(error).__name__}: {error}") from None


def unusable(entry: Entry, group: str, why: str) -> QwasmError:
    """The error for a plug-in that does not keep to its group's form."""
    return fail(
        "QW0596",
        f"the plug-in {entry.name!r} of '{entry.owner}' in {group} does not work: {why}",
        hint=f"repair or uninstall {entry.owner}",
    )


def merged(what: str, own: Mapping[str, T], added: Iterable[tuple[str, str, T]]) -> dict[str, T]:
    """The toolchain's rows and those of others, given as (owner, name, row); QW0598 names both owners of a clash."""
    found, owners = dict(own), dict.fromkeys(own, TOOLCHAIN)
    for owner, name, row in added:
        if name in found:
            raise clash(what, name, owners[name], owner)
        found[name], owners[name] = row, owner
    return found


def clash(what: str, name: str, first: str, second: str) -> QwasmError:
    """The error for a name that two owners claim."""
    return fail(
        "QW0598",
        f"the {what} '{name}' is declared by {first} and by {second}",
        hint=f"uninstall one of the two packages, or rename one {what}",
    )


def distinct(what: str, offered: Iterable[Entry]) -> dict[str, Entry]:
    """The entry points of a group by name.  Raises QW0598 for a name offered twice."""
    result: dict[str, Entry] = {}
    for entry in sorted(offered):
        other = result.setdefault(entry.name, entry)
        if other.value != entry.value:
            raise clash(what, entry.name, f"'{other.owner}' ({other.value})", f"'{entry.owner}' ({entry.value})")
    return result


def listed(names: Iterable[str]) -> str:
    """The hint that lists what is installed, or says that the toolchain itself is not."""
    known = ", ".join(sorted(names))
    return f"installed: {known}" if known else f"{PACKAGE} itself is not installed: pip install {PACKAGE}"


__all__ = ["called", "clash", "distinct", "listed", "loaded", "merged", "rows", "unusable"]
