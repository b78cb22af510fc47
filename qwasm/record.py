"""Records: plain classes of named values, declared as dataclasses are and cheap to declare.

`dataclasses.dataclass` writes and compiles six methods for each class when it is imported; a compiler of some 200
small classes would spend half of its start on that.  A record compiles its `__init__` when the first value is made
and nothing else at all.  Otherwise it is a dataclass with slots: fields, defaults, `field`, `__post_init__`, equality,
hash, `match`, pickling and `dataclasses.fields` behave the same.  A frozen record refuses assignment.

>>> @record
... class Point:
...     x: int
...     y: int = 0
>>> Point(3), Point(3) == Point(3, 0), {Point(1, 2): "here"}[Point(1, 2)]
(Point(x=3, y=0), True, 'here')
>>> replace(Point(3), y=4)
Point(x=3, y=4)
>>> Point(3).x = 4
Traceback (most recent call last):
dataclasses.FrozenInstanceError: cannot assign to field 'x'
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import MISSING, Field, FrozenInstanceError, field
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform, overload

R = TypeVar("R")
Fields = dict[str, "Field[Any]"]


@overload
def record(cls: type[R], /) -> type[R]: ...
@overload
def record(
    *, frozen: bool = ..., eq: bool = ..., kw_only: bool = ..., cached: bool = ...
) -> Callable[[type[R]], type[R]]: ...


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(
    cls: Any = None, /, *, frozen: bool = True, eq: bool = True, kw_only: bool = False, cached: bool = False
) -> Any:
    """Make a class a record: frozen and compared by its fields, unless told otherwise.

    With `eq=False` two values are equal when they are the same object; a record that is compared and
    not frozen has no hash.  With `cached` it has room for `functools.cached_property`.
    """
    if cls is None:
        return lambda cls: _made(cls, frozen, eq, kw_only, cached)
    return _made(cls, frozen, eq, kw_only, cached)


def replace(value: R, /, **changes: Any) -> R:
    """A record like `value`, with some fields changed; raises TypeError for a field that it does not have."""
    return dataclasses.replace(value, **changes)  # type: ignore[type-var]


def _made(cls: type, frozen: bool, eq: bool, kw_only: bool, cached: bool) -> type:
    """The class anew, with slots for its own fields and the methods of a record."""
    space = dict(cls.__dict__)
    own = [name for name, kind in space.get("__annotations__", {}).items() if "ClassVar" not in str(kind)]
    fields: Fields = {}
    for base in cls.__mro__[:0:-1]:
        fields.update(base.__dict__.get("_record_fields", {}))
    for name in own:
        given = space.pop(name, MISSING)
        item: Any = given if isinstance(given, Field) else field(default=given)
        item.name, item.type, item.kw_only = name, space["__annotations__"][name], kw_only
        item._field_type = dataclasses._FIELD  # type: ignore[attr-defined]  # what `dataclasses.fields` looks for
        fields[name] = item
    inherited = {name for base in cls.__mro__[1:] for name in base.__dict__.get("__slots__", ())}
    space["__slots__"] = (*(name for name in own if name not in inherited), *(["__dict__"] if cached else []))
    space["_record_fields"] = fields
    for unwanted in ("__dict__", "__weakref__"):
        space.pop(unwanted, None)
    space["__dataclass_fields__"] = fields
    space["__match_args__"] = tuple(name for name, f in fields.items() if f.init and not f.kw_only)
    space.setdefault("__repr__", _repr([name for name, f in fields.items() if f.repr]))
    if eq:
        values = _getter([name for name, f in fields.items() if f.compare])
        space.setdefault("__eq__", _eq(values))
        if space.get("__hash__") is None:
            space["__hash__"] = (lambda self: hash(values(self))) if frozen else None
    if frozen:
        space.update(__setattr__=_setattr, __delattr__=_delattr, __getstate__=_getstate, __setstate__=_setstate)
    made = type(cls)(cls.__name__, cls.__bases__, space)
    if "__init__" not in space:
        made.__init__ = _first_init(made, frozen)  # type: ignore[misc]
    return made


def _first_init(cls: type, frozen: bool) -> Callable[..., None]:
    """An `__init__` that writes the true one, puts it in its own place and calls it."""

    def __init__(self: Any, *args: Any, **named: Any) -> None:
        init = cls.__init__ = _init(cls, frozen)  # type: ignore[misc]
        init(self, *args, **named)

    return __init__


def _init(cls: Any, frozen: bool) -> Callable[..., None]:
    """The `__init__` of a record, compiled for its fields."""
    known: dict[str, Any] = {"_missing": MISSING}
    positional: list[str] = []
    named: list[str] = []
    body: list[str] = []
    for name, f in cls._record_fields.items():
        made = f.default_factory is not MISSING
        if made:
            known[f"_new_{name}"] = f.default_factory
        if f.init:
            default = "=_missing" if made else "" if f.default is MISSING else f"=_default_{name}"
            known[f"_default_{name}"] = f.default
            (named if f.kw_only else positional).append(name + default)
            value = f"_new_{name}() if {name} is _missing else {name}" if made else name
        elif made or f.default is not MISSING:
            known[f"_default_{name}"] = f.default
            value = f"_new_{name}()" if made else f"_default_{name}"
        else:
            continue  # set by __post_init__
        known[f"_set_{name}"] = getattr(cls, name).__set__
        body.append(f"_set_{name}(self, {value})" if frozen else f"self.{name} = {value}")
    if hasattr(cls, "__post_init__"):
        body.append("self.__post_init__()")
    parameters = ", ".join(["self", *positional, *(["*", *named] if named else [])])
    space: dict[str, Any] = {}
    exec(f"def __init__({parameters}):\n " + "\n ".join(body or ["pass"]), known, space)
    init: Callable[..., None] = space["__init__"]
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    return init


def _getter(names: list[str]) -> Callable[[Any], Any]:
    return attrgetter(*names) if names else lambda _: ()


def _eq(values: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    def __eq__(self: Any, other: Any) -> Any:
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    return __eq__


def _repr(names: list[str]) -> Callable[[Any], str]:
    def __repr__(self: Any) -> str:
        return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"

    return __repr__


def _setattr(self: Any, name: str, value: Any) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _delattr(self: Any, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _slots(value: Any) -> Iterator[str]:
    return (name for name in value._record_fields if hasattr(value, name))


def _getstate(self: Any) -> dict[str, Any]:
    return {name: getattr(self, name) for name in _slots(self)}


def _setstate(self: Any, state: dict[str, Any]) -> None:
    for name, value in state.items():
        object.__setattr__(self, name, value)


__all__ = ["field", "record", "replace"]
