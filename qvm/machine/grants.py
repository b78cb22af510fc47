"""Grants: the files and channels a program may touch; nothing that is not here.

A name of the program is a path below a granted root, or the name of a granted state.  Links
that lead out of the root, devices and absolute paths are refused.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, MutableSequence, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from qvm.machine.files import check_shape, converted, open_regular, read_header, read_state, write_state
from qvm.machine.result import State
from qwasm.diagnostics import QwasmError, Span, fail
from qwasm.limits import Limits
from qwasm.record import field, record, replace
from qwasm.scalar import NOWHERE
from qwasm.space import Picture, Space


@record
class Grants:
    """What the user granted.

    roots: folders whose files may be read and written.  channels: name -> a list-like object of
    arrays and States, or the path of a .npy file.  load: name -> an array of shape (N,), or a path.
    """

    roots: tuple[Path, ...] = ()
    channels: Mapping[str, Any] = field(default_factory=dict)
    load: Mapping[str, Any] = field(default_factory=dict)

    def find(self, name: str, span: Span | None = None, *, to_write: bool = False) -> Path:
        """The real path of a file the program names, below a root.

        Raises QwasmError QW0538 when it is not granted, QW0531 when it is not there.
        """
        pure = PurePosixPath(name)
        if not name or "\0" in name or pure.is_absolute() or ".." in pure.parts or pure.name in ("", "."):
            raise fail(
                "QW0538",
                f"{name!r} is not a path inside a granted folder",
                span,
                "name the file relative to --data DIR",
            )
        if not self.roots:
            raise fail("QW0538", f"no folder is granted, so {name!r} cannot be touched", span, "grant one: --data DIR")
        for root in self.roots:
            base = Path(os.path.realpath(root))
            real = Path(os.path.realpath(base / pure))
            if not real.is_relative_to(base):
                raise fail("QW0538", f"{name!r} leads out of the granted folder", span, "copy the file into the folder")
            if os.path.exists(real) or (to_write and os.path.isdir(real.parent)):
                if to_write and os.path.exists(real) and not os.path.isfile(real):
                    raise fail("QW0534", f"{name} is not a regular file", span, "choose another name")
                return real
        if to_write:
            raise fail("QW0531", f"the folder of {name!r} is not there", span, "make the folder first")
        raise fail("QW0531", f"no granted folder holds {name!r}", span, "check the name and --data DIR")

    def shape(self, name: str) -> tuple[int, ...] | None:
        """The shape that a granted file or array has now, from its header; None when it cannot be told."""
        given = self.load.get(name)
        if given is not None and not isinstance(given, (str, os.PathLike)):
            return tuple(np.shape(given))
        try:
            with open_regular(self.find(name) if given is None else Path(given)) as file:
                return read_header(file, name).shape
        except QwasmError:
            return None

    def permits_file(self, name: str) -> bool:
        """True when the program may touch a file of this name, whether or not it is there."""
        pure = PurePosixPath(name)
        if name in self.load:
            return True
        if not name or "\0" in name or pure.is_absolute() or ".." in pure.parts or not self.roots:
            return False
        bases = [Path(os.path.realpath(root)) for root in self.roots]
        return all(Path(os.path.realpath(base / pure)).is_relative_to(base) for base in bases)

    def read(self, name: str, space: Space, picture: Picture, kind: str, span: Span | None = None) -> State:
        """The state or field of a granted name."""
        if name in self.load:
            given = self.load[name]
            if isinstance(given, (str, os.PathLike)):
                return read_state(Path(given), space, picture, kind, str(given), span)
            return from_object(given, space, picture, kind, name, span)
        return read_state(self.find(name, span), space, picture, kind, name, span)

    def write(self, name: str, state: State, span: Span | None = None) -> None:
        """Write a state or field below a root."""
        write_state(self.find(name, span, to_write=True), state, span)


def with_disk(limits: Limits, roots: Sequence[Path]) -> Limits:
    """The limits with the free room of the first granted folder, where large arrays may lie."""
    try:
        return replace(limits, disk=shutil.disk_usage(roots[0]).free) if roots else limits
    except OSError:
        return limits


def from_object(given: Any, space: Space, picture: Picture, kind: str, name: str, span: Span | None = None) -> State:
    """A state a Python caller hands over: an array, or a State whose space must match."""
    distance = getattr(given, "distance", NOWHERE)
    if getattr(given, "space", None) is not None and hasattr(given, "picture"):
        same = (given.space.N, given.space.weight, given.space.field, given.picture)
        if same != (space.N, space.weight, space.field, picture):
            raise fail(
                "QW0537",
                f"{name} is a state of another space: {given.space}, {given.picture}",
                span,
                f"the register has {space}, {picture}",
            )
        given = given.values
    try:
        array = np.asarray(given)
    except ValueError:
        raise fail("QW0536", f"{name} is no array: its rows have different lengths", span, "give numpy.array") from None
    if array.dtype.hasobject:
        raise fail(
            "QW0535", f"{name} holds {array.dtype}, not numbers", span, "give an array of float64, complex128 or int64"
        )
    check_shape(tuple(array.shape), space, kind, name, span)
    return State(converted(array, space, name, span), space, picture, distance)


@record(frozen=False)
class Channels:
    """The channels of one run: what was received so far, and the objects behind the names.

    A list grows by a State with each SEND and RECV takes a State or an array from its front; a file
    holds the messages of the channel, oldest first: RECV reads it, SEND writes it at once, whole.
    """

    grants: Grants
    space: Space
    queues: dict[str, MutableSequence[Any]] = field(default_factory=dict)

    def queue(self, name: str, span: Span | None) -> MutableSequence[Any]:
        """The messages of a channel. Raises QwasmError QW0539 when it is not granted."""
        if name not in self.grants.channels:
            raise fail("QW0539", f"the channel {name!r} is not granted", span, f"grant it: --channel {name}=FILE.npy")
        if name not in self.queues:
            given = self.grants.channels[name]
            if not isinstance(given, (str, os.PathLike, MutableSequence)):
                said = f"the channel {name!r} is a {type(given).__name__}; SEND appends and RECV takes away"
                raise fail("QW0539", said, span, "give a list of states, or the path of a .npy file")
            self.queues[name] = [] if isinstance(given, (str, os.PathLike)) else given
            if isinstance(given, (str, os.PathLike)) and Path(given).exists():
                self.queues[name] = [Path(given)]
        return self.queues[name]

    def send(self, name: str, state: State, span: Span | None) -> None:
        """Append a message; to a file, write it."""
        queue = self.queue(name, span)
        given = self.grants.channels[name]
        queue.append(state)
        if isinstance(given, (str, os.PathLike)):
            write_state(given, state, span)

    def receive(self, name: str, kind: str, picture: Picture, span: Span | None) -> State:
        """Take the oldest message. Raises QwasmError QW0607 when there is none."""
        queue = self.queue(name, span)
        if not len(queue):
            raise fail(
                "QW0607", f"the channel {name!r} is empty", span, "send to it before, or put a state in its file"
            )
        message = queue[0]
        del queue[0]
        if isinstance(message, Path):
            return read_state(message, self.space, picture, kind, str(message), span)
        return from_object(message, self.space, picture, kind, f"channel {name!r}", span)
