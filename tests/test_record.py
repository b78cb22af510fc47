"""Records against dataclasses with slots: the same behaviour of every kind of field."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

import pytest

from qwasm.record import record, replace


@record
class Base:
    """A record to inherit from."""

    a: int
    b: tuple[int, ...] = ()


@record
class Derived(Base):
    a: int
    c: list[int] = field(default_factory=list)
    hidden: str = field(default="h", repr=False, compare=False)
    kind: ClassVar[str] = "shared"


@record(frozen=False)
class Changing:
    x: int = 1
    seen: dict[str, int] = field(default_factory=dict)
    later: int = field(init=False)

    def __post_init__(self) -> None:
        self.later = self.x + 1


@record(eq=False)
class Identity:
    x: int


@record(cached=True)
class Slow:
    x: int

    @cached_property
    def double(self) -> int:
        return 2 * self.x


@record(kw_only=True)
class Named:
    x: int = 0


@record
class NamedAndPlaced(Named):
    y: int


def shape(make: Callable[..., Any]) -> list[Any]:
    """What can be seen of a class made by `make`, and of its values."""

    @make
    class Parent:
        a: int
        b: str = "b"

    @make
    class Child(Parent):
        c: tuple[int, ...] = ()
        d: str = field(default="", compare=False)
        e: int = field(default=7, init=False)

    parent: Any = Parent
    child: Any = Child
    one, same, other = child(1, "x", (2,), "p"), child(1, "x", (2,), "q"), child(1, c=(3,))
    return [
        repr(one).replace("shape.<locals>.", ""), one == same, one == other, one != other, hash(one) == hash(same),
        one == parent(1, "x"), child.__match_args__, child.__slots__, parent.__slots__, hasattr(one, "__dict__"),
        [(f.name, f.default, f.init, f.compare) for f in dataclasses.fields(child)], dataclasses.asdict(other),
        dataclasses.replace(one, b="z") == child(1, "z", (2,), "p"), dataclasses.is_dataclass(one),
        copy.deepcopy(one) == one,
    ]  # fmt: skip


def test_a_record_is_seen_as_a_dataclass_with_slots_is() -> None:
    assert shape(record) == shape(dataclass(frozen=True, slots=True))


def test_an_inherited_field_keeps_its_place() -> None:
    assert Derived.__match_args__ == ("a", "b", "c", "hidden")
    assert vars(Derived)["__slots__"] == ("c", "hidden") and Derived.kind == "shared"
    value = Derived(1)
    value.c.append(2)
    assert Derived(1).c == [] and repr(value) == "Derived(a=1, b=(), c=[2])"
    assert Derived(1, hidden="x") == Derived(1)


def test_frozen_records_refuse_changes() -> None:
    value: Any = Base(1)
    for name in ("a", "z"):
        with pytest.raises(dataclasses.FrozenInstanceError, match=f"cannot assign to field '{name}'"):
            setattr(value, name, 2)
    with pytest.raises(dataclasses.FrozenInstanceError):
        del value.a


def test_changing_records_have_no_hash_and_run_post_init() -> None:
    value = Changing(4)
    value.x = 9
    assert value.later == 5 and Changing.__hash__ is None
    assert value.seen is not Changing().seen
    with pytest.raises(AttributeError):
        value.y = 1


def test_identity_and_cached_values() -> None:
    assert Identity(1) != Identity(1) and len({Identity(1), Identity(1)}) == 2
    slow = Slow(4)
    assert slow.double == 8 and slow.__dict__ == {"double": 8} and slow == Slow(4)


def test_keyword_fields_stand_behind_the_others() -> None:
    assert NamedAndPlaced(3, x=2) == NamedAndPlaced(x=2, y=3)
    assert NamedAndPlaced.__match_args__ == ("y",)
    with pytest.raises(TypeError):
        NamedAndPlaced(1, 2)  # type: ignore[call-arg]


def test_wrong_arguments_are_type_errors_at_the_first_value_and_later() -> None:
    @record
    class Fresh:
        a: int

    for _ in range(2):
        with pytest.raises(TypeError, match="missing 1 required positional argument: 'a'"):
            Fresh()  # type: ignore[call-arg]
        with pytest.raises(TypeError, match="unexpected keyword argument 'b'"):
            Fresh(1, b=2)  # type: ignore[call-arg]
    assert Fresh(1).a == 1


@pytest.mark.parametrize("value", [Base(1, (2,)), Derived(1, c=[3]), Changing(5), Slow(3), NamedAndPlaced(1, x=2)])
def test_records_are_pickled_and_copied(value: Any) -> None:
    assert pickle.loads(pickle.dumps(value)) == value
    assert copy.deepcopy(value) == value and copy.copy(value) == value


def test_replace_knows_the_fields() -> None:
    assert replace(Base(1, (2,)), a=3) == Base(3, (2,))
    with pytest.raises(TypeError):
        replace(Base(1), z=3)
