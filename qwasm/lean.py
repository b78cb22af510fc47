"""Lean dataclasses: the standard decorator's meaning at a tenth of its price at start-up.

A command line makes some 150 classes of values before it reads its first word.  The standard
decorator writes and compiles six methods for each of them; here the methods are shared by all
classes, except `__init__`, which is compiled when the first value is made.  `fields`, `replace`
and `is_dataclass` of the standard library work on both, and each may inherit from the other.

>>> @dataclass(frozen=True, slots=True)
... class Point:
...     x: int
...     y: int = 0
>>> Point(1), Point(1) == Point(1, 0), Point(y=2, x=1)
(Point(x=1, y=0), True, Point(x=1, y=2))
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:
    from dataclasses import _FIELD, MISSING, Field, FrozenInstanceError, field, fields
    from operator import attrgetter
    from reprlib import recursive_repr
    from types import SimpleNamespace

    def dataclass(cls=None, /, *, frozen=False, eq=True, kw_only=False, slots=False):
        """The standard decorator for classes with slots: `@dataclass(slots=True)`, frozen or not."""
        if not slots:
            raise TypeError("a lean dataclass has slots: write slots=True")
        if cls is None:
            return lambda cls: _slotted(cls, frozen, eq, kw_only)
        return _slotted(cls, frozen, eq, kw_only)

    def _slotted(cls, frozen, eq, kw_only):
        """The class again, with a slot for each field and the methods of a value."""
        known = {
            name: f for base in cls.__mro__[:0:-1] for name, f in getattr(base, "__dataclass_fields__", {}).items()
        }
        slots = {name for base in cls.__mro__[1:] for name in base.__dict__.get("__slots__", ())}
        known |= _declared(cls, kw_only)
        body = {name: value for name, value in cls.__dict__.items() if name not in known}
        for automatic in ("__dict__", "__weakref__"):
            body.pop(automatic, None)
        body["__slots__"] = tuple(name for name in known if name not in slots)
        body["__dataclass_fields__"] = known
        body["__dataclass_params__"] = SimpleNamespace(frozen=frozen, eq=eq, kw_only=kw_only, slots=True)
        body.setdefault("__match_args__", tuple(name for name, f in known.items() if f.init and not f.kw_only))
        body.setdefault("__repr__", _repr)
        if eq:
            values = _values([name for name, f in known.items() if f.compare])
            body.setdefault("__eq__", _equality(values))
            if body.get("__hash__") is None:
                hashed = [name for name, f in known.items() if (f.compare if f.hash is None else f.hash)]
                body["__hash__"] = _hashing(_values(hashed)) if frozen else None
        if frozen:
            body |= _FROZEN
        if "__init__" not in body:
            body["__init__"] = _first_init(made := [])
            made.append(lean := type(cls)(cls.__name__, cls.__bases__, body))
        else:
            lean = type(cls)(cls.__name__, cls.__bases__, body)
        lean.__qualname__ = cls.__qualname__
        return lean

    def _declared(cls, kw_only):
        """The fields that the class itself declares, in their order."""
        found = {}
        for name, annotation in cls.__annotations__.items():
            if str(annotation).startswith(("ClassVar", "typing.ClassVar")):
                continue
            default = cls.__dict__.get(name, MISSING)
            f = found[name] = default if isinstance(default, Field) else field(default=default)
            f.name, f.type, f._field_type = name, annotation, _FIELD
            f.kw_only = kw_only if f.kw_only is MISSING else f.kw_only
        return found

    def _values(names):
        """A function from a value to the tuple of these fields."""
        if len(names) > 1:
            return attrgetter(*names)
        if not names:
            return lambda self: ()
        one = attrgetter(names[0])
        return lambda self: (one(self),)

    def _equality(values):
        def __eq__(self, other):
            return values(self) == values(other) if self.__class__ is other.__class__ else NotImplemented

        return __eq__

    def _hashing(values):
        def __hash__(self):
            return hash(values(self))

        return __hash__

    @recursive_repr()
    def _repr(self):
        shown = ", ".join(f"{f.name}={getattr(self, f.name)!r}" for f in fields(self) if f.repr)
        return f"{type(self).__qualname__}({shown})"

    def _no_setattr(self, name, value):
        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def _no_delattr(self, name):
        raise FrozenInstanceError(f"cannot delete field {name!r}")

    def _getstate(self):
        return [getattr(self, f.name) for f in fields(self)]

    def _setstate(self, state):
        for f, value in zip(fields(self), state):
            object.__setattr__(self, f.name, value)

    _FROZEN = {
        "__setattr__": _no_setattr,
        "__delattr__": _no_delattr,
        "__getstate__": _getstate,
        "__setstate__": _setstate,
    }

    def _first_init(made):
        """An `__init__` that replaces itself by the compiled one when the first value is made."""

        def __init__(self, *args, **named):
            (cls,) = made
            cls.__init__ = _compiled_init(cls)
            cls.__init__(self, *args, **named)

        return __init__

    def _compiled_init(cls):
        """The `__init__` of a class: one parameter for each field, written straight into its slot."""
        names = {"_unset": MISSING}
        positional, keyword, lines = [], [], []
        for name, f in cls.__dataclass_fields__.items():
            names |= {f"_{name}_default": f.default, f"_{name}_factory": f.default_factory}
            names[f"_{name}_set"] = getattr(cls, name).__set__
            value = name
            if f.default_factory is not MISSING:
                value = f"_{name}_factory() if {name} is _unset else {name}" if f.init else f"_{name}_factory()"
                default = "=_unset"
            elif f.default is not MISSING:
                value = name if f.init else f"_{name}_default"
                default = f"=_{name}_default"
            elif f.init:
                default = ""
            else:
                continue
            if f.init:
                (keyword if f.kw_only else positional).append(name + default)
            lines.append(f" _{name}_set(self, {value})")
        if hasattr(cls, "__post_init__"):
            lines.append(" self.__post_init__()")
        parameters = ["self", *positional, *(["*", *keyword] if keyword else [])]
        exec(f"def __init__({', '.join(parameters)}):\n" + "\n".join(lines or [" pass"]), names)
        made = names["__init__"]
        made.__qualname__ = f"{cls.__qualname__}.__init__"
        return made
