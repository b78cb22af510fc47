"""Numeric values of expressions: vectorised, in every field, with one rounding for each exact constant.

Two readings work together.  Comparisons, floor, mod, gcd and the arguments of arithmetic
functions are read in exact integers and rationals, in mod(l) before reduction; everything else
is read in the field.  The walk is a trampoline over generators, so depth never matters.

>>> import numpy as np
>>> from qwasm.algebra.ring import symbol
>>> n = symbol("n", "nat")
>>> evaluate(n ** 2 / 2, Field(), {"n": np.arange(1, 4)})
array([0.5, 2. , 4.5])
>>> evaluate(n ** 2 / 2, Field("mod", 7), {"n": np.arange(1, 4)})
array([4, 2, 1])
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from fractions import Fraction
from typing import Any, Literal

import numpy as np

from qwasm.algebra.meaning import field_check
from qwasm.algebra.rationals import Rat
from qwasm.algebra.ring import Expr
from qwasm.clock import look
from qwasm.diagnostics import fail
from qwasm.record import field as record_field
from qwasm.record import record
from qwasm.space import Field

Mode = Literal["field", "exact"]
Value = Any  # a number or array of the field
Work = Generator[tuple[Mode, Expr, "Scope"], Any, Any]
SHIFT = "keep the argument away from the place, as in 1/(n - 7 + (n == 7))"


@record(frozen=False, eq=False)
class Scope:
    """The values of names: those of the caller, or a bound variable of conv, dinv, euler with the caller's numbers."""

    env: Mapping[str, Any]
    inner: dict[tuple[str, int], Scope] = record_field(default_factory=dict)

    def bind(self, names: str, key: int, **values: Any) -> Scope:
        """The scope in which bound variables have these values; the same key gives the same scope."""
        found = self.inner.get((names, key))
        if found is None:
            numbers = {k: v for k, v in self.env.items() if not isinstance(v, np.ndarray)}
            found = self.inner[names, key] = Scope({**numbers, **{f"${k}": v for k, v in values.items()}})
        return found

    def first(self, where: Any) -> str:
        """The place of the first True: `n = 3`, the smallest when n ascends."""
        places = [(k.lstrip("$"), v) for k, v in self.env.items() if isinstance(v, np.ndarray) and v.size]
        mask = np.asarray(where)
        if not mask.ndim and places:
            return ", ".join(f"{name} = {values.flat[0]}" for name, values in places)
        if not places or not mask.ndim:
            return ", ".join(f"{k.lstrip('$')} = {v}" for k, v in self.env.items()) or "this constant"
        spread = [(name, np.broadcast_to(v, mask.shape)[mask]) for name, v in places if _fits(v, mask)]
        index = int(np.argmin(spread[0][1])) if spread else 0
        return ", ".join(f"{name} = {values[index]}" for name, values in spread)


def _fits(values: Any, mask: Any) -> bool:
    shapes = zip(reversed(values.shape), reversed(mask.shape), strict=False)
    return values.ndim <= mask.ndim and all(a in (1, b) for a, b in shapes)


@record(frozen=False, eq=False)
class Context:
    """One evaluation: the field, the user's tables, and what has been computed."""

    field: Field
    tables: Mapping[str, Any]
    memo: dict[tuple[Mode, Expr, Scope], Any] = record_field(default_factory=dict)

    @property
    def modulus(self) -> int:
        return self.field.modulus if self.field.kind == "mod" else 0

    def run(self, mode: Mode, root: Expr, scope: Scope) -> Any:
        """Drive the generators; each yields what it needs and is resumed with it."""
        from qwasm.algebra.readings import reading

        stack: list[tuple[tuple[Mode, Expr, Scope], Work]] = []
        key, answer, ready = (mode, root, scope), None, False
        while True:
            look()
            if not ready:
                if key in self.memo:
                    answer, ready = self.memo[key], True
                    continue
                stack.append((key, reading(self, *key)))
                answer = None
            elif not stack:
                return answer
            current, work = stack[-1]
            try:
                key = work.send(answer)
                ready = False
            except StopIteration as done:
                stack.pop()
                answer = self.memo[current] = done.value
                ready = True


def evaluate(e: Expr, field: Field, env: Mapping[str, Any], tables: Mapping[str, Any] | None = None) -> Any:
    """The value of `e` in the field, with symbols from `env` (numbers or integer arrays that broadcast).

    Returns an array of the field's dtype when `e` depends on an array, else a number (float, complex,
    or a residue in [0, l)).  `tables` holds user tables f(1..N), entry 0 being f(1).  Raises QW0640
    (not finite), QW0641 (an arithmetic function outside the integers >= 1), QW0642 (division by a
    multiple of l), QW0643 (complex in a real field), QW0644 (no meaning in mod(l)), QW0645 (no value
    or table under a name), each with the smallest place.
    """
    reason = field_check(e, field)
    if reason is not None:
        raise fail(
            "QW0644" if field.kind == "mod" else "QW0643",
            reason,
            hint="use field = real" if field.kind == "mod" else "use field = complex, or take re(...)",
        )
    missing = sorted(e.symbols - set(env))
    if missing:
        raise fail("QW0645", f"no value for {', '.join(missing)} in {_short(e)}", hint="give every parameter a value")
    scope = Scope({k: _clean(v) for k, v in env.items()})
    context = Context(field, tables or {})
    with np.errstate(all="ignore"):
        value = context.run("field", e, scope)
        return _finish(e, field, value, scope)


def _short(e: Expr) -> str:
    number = e.rational()
    if number is not None and abs(number) >= 10**40:
        digits = len(str(abs(number.numerator) // number.denominator))
        return f"a number near {'-' if number < 0 else ''}10^{digits - 1}"
    text = str(e) if e.size < 200 else "this expression"
    return text if len(text) <= 60 else text[:57] + "..."


def _clean(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        if value.dtype.kind in "ub":
            return value.astype(np.int64)
        return value.astype(np.int64) if value.dtype.kind == "i" else value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Expr):
        number = value.rational()
        return number if number is not None else value.approx()
    return int(value) if isinstance(value, Fraction) and value.denominator == 1 else value


def _finish(e: Expr, field: Field, value: Value, scope: Scope) -> Any:
    if field.kind == "mod":
        return value if isinstance(value, np.ndarray) else int(value)
    if np.iscomplexobj(value) and field.kind != "complex":
        if not (e.is_real or e.conj() is e) and np.any(np.imag(value) != 0):
            raise fail(
                "QW0643",
                f"{_short(e)} is not real at {scope.first(np.imag(value) != 0)}",
                hint="use field = complex, or take re(...)",
            )
        value = np.real(value)
    if isinstance(value, np.ndarray):
        value = value.astype(field.dtype, copy=False)
    elif field.kind == "complex":
        value = complex(value)
    else:
        value = float(np.float32(value)) if field.kind == "real32" else float(value)
    good = np.isfinite(value)
    if not np.all(good):
        raise fail(
            "QW0640",
            f"{_short(e)} is not finite at {scope.first(~np.asarray(good))}",
            hint=f"{SHIFT}, or make the values smaller",
        )
    return value


__all__ = ["Context", "Field", "Rat", "Scope", "evaluate", "field_check"]
