"""The ring of exact numbers and multipliers: canonical sums of monomials over atoms.

One ring serves coefficients (no symbol), open coefficients (symbols) and multipliers (the
symbol n).  Expressions are interned: equal values that the ring can see are the same
object, so equality is `is`.  Powers use the principal branch; an atom that may be 0 is
never cancelled against its inverse.

>>> n = symbol("n", "nat")
>>> (2 * n) ** Fraction(1, 2) is const(2) ** Fraction(1, 2) * n ** Fraction(1, 2)
True
>>> str((n + 1) * (n - 1))
'n^2 - 1'
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from hashlib import blake2b
from typing import Literal
from weakref import ref

from qwasm.algebra.atoms import (
    COUNT,
    INTEGER,
    NONNEGATIVE,
    NONZERO,
    POSITIVE,
    REAL,
    SYMBOL_FLAGS,
    UNIT,
    Atom,
    Exponent,
    intern_atom,
    lock,
)
from qwasm.clock import look
from qwasm.diagnostics import fail
from qwasm.limits import DEFAULT

Monomial = tuple[tuple[Atom, Exponent], ...]
SymbolKind = Literal["prime", "nat", "int", "real", "complex", "scalar"]
Terms = tuple[tuple[Monomial, Fraction], ...]

UNIT_MONOMIAL: Monomial = ()
_ONE = Fraction(1)


class Expr:
    """An immutable, interned element of the ring; make one with `const`, `symbol`, `call` and arithmetic."""

    __slots__ = ("__weakref__", "_approx", "_digest", "_flags", "_size", "_symbols", "_text", "terms")

    terms: Terms
    _symbols: frozenset[str] | None
    _digest: str | None
    _text: str | None
    _flags: int
    _size: int
    _approx: complex | None

    # construction ------------------------------------------------------------------------------------------------

    @staticmethod
    def sum(items: Iterable[Expr | int | Fraction]) -> Expr:
        """The sum of many expressions in linear time."""
        total: dict[Monomial, Fraction] = {}
        for item in items:
            for monomial, coefficient in _coerce(item).terms:
                old = total.get(monomial)
                total[monomial] = coefficient if old is None else old + coefficient
        return _make(total)

    @staticmethod
    def product(items: Iterable[Expr | int | Fraction]) -> Expr:
        """The product of many expressions, multiplied pairwise in a balanced tree."""
        layer = [_coerce(item) for item in items]
        while len(layer) > 1:
            pairs = [layer[i] * layer[i + 1] for i in range(0, len(layer) - 1, 2)]
            layer = pairs + layer[len(pairs) * 2 :]
        return layer[0] if layer else ONE

    # arithmetic --------------------------------------------------------------------------------------------------

    def __add__(self, other: Expr | int | Fraction) -> Expr:
        if not isinstance(other, (Expr, int, Fraction)):
            return NotImplemented
        other = _coerce(other)
        if not other.terms:
            return self
        if not self.terms:
            return other
        total = dict(self.terms)
        for monomial, coefficient in other.terms:
            old = total.get(monomial)
            total[monomial] = coefficient if old is None else old + coefficient
        return _make(total)

    __radd__ = __add__

    def __neg__(self) -> Expr:
        return _intern(tuple((m, -c) for m, c in self.terms))

    def __sub__(self, other: Expr | int | Fraction) -> Expr:
        if not isinstance(other, (Expr, int, Fraction)):
            return NotImplemented
        return ZERO if other is self else self + (-_coerce(other))

    def __rsub__(self, other: int | Fraction) -> Expr:
        return _coerce(other) - self

    def __mul__(self, other: Expr | int | Fraction) -> Expr:
        if not isinstance(other, (Expr, int, Fraction)):
            return NotImplemented
        other = _coerce(other)
        if other is ONE:
            return self
        if self is ONE:
            return other
        left, right = self.terms, other.terms
        if not left or not right:
            return ZERO
        if len(right) == 1 and not right[0][0]:
            factor = right[0][1]
            return _intern(tuple([(m, factor if c is _ONE else _checked(c * factor)) for m, c in left]))
        if len(left) == 1 and not left[0][0]:
            factor = left[0][1]
            return _intern(tuple([(m, factor if c is _ONE else _checked(c * factor)) for m, c in right]))
        if len(left) * len(right) > DEFAULT.terms:
            raise fail(
                "QW0421",
                f"this product of sums would have {len(left) * len(right)} terms; the limit is {DEFAULT.terms}",
                hint="keep the factors apart, or make the sums shorter",
            )
        total: dict[Monomial, Fraction] = {}
        rest: list[Expr] = []
        for m1, c1 in left:
            look()
            for m2, c2 in right:
                scale, monomial, extra = _times(m1, m2)
                value = c2 if c1 is _ONE else c1 if c2 is _ONE else _checked(c1 * c2)
                if scale != 1:
                    value = _checked(value * scale)
                if extra is None:
                    old = total.get(monomial)
                    total[monomial] = value if old is None else old + value
                else:
                    rest.append(_intern(((monomial, value),)) * extra)
        return _make(total) if not rest else Expr.sum([_make(total), *rest])

    __rmul__ = __mul__

    def __truediv__(self, other: Expr | int | Fraction) -> Expr:
        if not isinstance(other, (Expr, int, Fraction)):
            return NotImplemented
        other = _coerce(other)
        if other is ONE:
            return self
        if other is self and self.nonzero:
            return ONE
        return self * _powers.power(other, -1)

    def __rtruediv__(self, other: int | Fraction) -> Expr:
        return _coerce(other) / self

    def __pow__(self, exponent: Expr | int | Fraction) -> Expr:
        """The principal power; 0^0 = 1.

        Raises QW0350 for a negative power of 0 and QW0420 when an exact number would be too long.
        """
        if isinstance(exponent, Expr):
            value = exponent.rational()
            if value is None:
                from qwasm.algebra.functions import call

                return call("pow", self, exponent)
            exponent = value
        elif not isinstance(exponent, (int, Fraction)):
            return NotImplemented
        return _powers.power(self, exponent)

    def __rpow__(self, base: int | Fraction) -> Expr:
        return _coerce(base) ** self

    # what is known -----------------------------------------------------------------------------------------------

    @property
    def is_zero(self) -> bool:
        return not self.terms

    @property
    def is_constant(self) -> bool:
        """True when no symbol is free in it and no user table is read."""
        return not self.symbols and not self.opaque

    @property
    def opaque(self) -> bool:
        """True when a user's table is read inside."""
        return any(atom.opaque for monomial, _ in self.terms for atom, _ in monomial)

    @property
    def symbols(self) -> frozenset[str]:
        """The names of the free symbols (variables bound by conv, dinv and euler are not free)."""
        if self._symbols is None:
            found: set[str] = set()
            for monomial, _ in self.terms:
                for atom, _ in monomial:
                    found |= atom.symbols
            self._symbols = frozenset(found)
        return self._symbols

    def rational(self) -> Fraction | None:
        """The value when it is a rational number, else None."""
        if not self.terms:
            return Fraction(0)
        if len(self.terms) == 1 and not self.terms[0][0]:
            return self.terms[0][1]
        return None

    def integer(self) -> int | None:
        """The value when it is an integer, else None."""
        value = self.rational()
        return int(value) if value is not None and value.denominator == 1 else None

    @property
    def flags(self) -> int:
        """What is certain about every value: REAL, INTEGER, NONNEGATIVE, NONZERO bits of `atoms`."""
        if self._flags < 0:
            self._flags = _sum_flags(self.terms)
        return self._flags

    @property
    def is_real(self) -> bool:
        """True only when every value is certainly real."""
        return bool(self.flags & REAL)

    @property
    def is_integer(self) -> bool:
        """True only when every value is certainly an integer."""
        return bool(self.flags & INTEGER)

    @property
    def positive(self) -> bool:
        """True only when every value is certainly a positive real number."""
        return self.flags & POSITIVE == POSITIVE

    @property
    def nonzero(self) -> bool:
        """True only when no value can be 0."""
        return bool(self.flags & NONZERO)

    @property
    def size(self) -> int:
        """The number of terms and factors, those inside functions included (counted with repetition)."""
        if self._size < 0:
            self._size = min(
                10**9,
                sum(
                    1 + sum(1 if atom.key[0] < 4 else atom.key[3] for atom, _ in monomial) for monomial, _ in self.terms
                ),
            )
        return self._size

    @property
    def digest(self) -> str:
        """A digest of the structure: equal exactly for equal expressions, the same in every process."""
        if self._digest is None:
            body = repr([([(a.key, str(e)) for a, e in m], c.numerator, c.denominator) for m, c in self.terms])
            self._digest = blake2b(body.encode(), digest_size=16).hexdigest()
        return self._digest

    # transformations ---------------------------------------------------------------------------------------------

    def substitute(self, values: Mapping[str, Expr | int | Fraction]) -> Expr:
        """The expression with symbols replaced, everywhere at once; bound variables stay.

        Raises what the arithmetic raises at the new values, such as QW0350.
        """
        if self.symbols.isdisjoint(values):
            return self
        from qwasm.algebra.walk import substitute

        return substitute(self, values)

    def conj(self) -> Expr:
        """The complex conjugate."""
        if self.flags & REAL:
            return self
        from qwasm.algebra.walk import conjugate

        return conjugate(self)

    def approx(self) -> complex:
        """A constant's value in double precision: exactly rounded when rational, else from 40 digits.

        Raises ValueError when a symbol is free.
        """
        if self._approx is None:
            from qwasm.algebra.balls import to_complex

            self._approx = to_complex(self)
        return self._approx

    def __str__(self) -> str:
        if self._text is None:
            from qwasm.algebra.printing import text

            self._text = text(self)
        return self._text

    def __repr__(self) -> str:
        return f"Expr({self})"

    def __bool__(self) -> bool:
        raise TypeError("an expression has no truth value; ask is_zero")

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("expressions are not pickled; their text is their exchange form")


Key = tuple[tuple[Monomial, tuple[int, int]], ...]


class _Reference(ref[Expr]):
    """A weak reference that knows its key in the table of expressions."""

    __slots__ = ("key",)

    key: Key


_exprs: dict[Key, _Reference] = {}


def _forget(reference: ref[Expr]) -> None:
    assert isinstance(reference, _Reference)
    with lock:
        if _exprs.get(reference.key) is reference:
            del _exprs[reference.key]


def _intern(terms: Terms) -> Expr:
    """The one expression with these canonical terms."""
    key = tuple([(m, c.as_integer_ratio()) for m, c in terms])
    reference = _exprs.get(key)
    if reference is not None:
        found = reference()
        if found is not None:
            return found
    look()
    with lock:
        reference = _exprs.get(key)
        found = reference() if reference is not None else None
        if found is None:
            found = Expr()
            found.terms = terms
            found._symbols = found._digest = found._text = found._approx = None
            found._flags = found._size = -1
            reference = _Reference(found, _forget)
            reference.key = key
            _exprs[key] = reference
        return found


def _order(term: tuple[Monomial, Fraction]) -> tuple[Exponent, bool, list[tuple[object, Exponent]]]:
    degree: Exponent = 0
    keys: list[tuple[object, Exponent]] = []
    for atom, exponent in term[0]:
        if atom.name == "symbol":
            degree -= exponent
        keys.append((atom.key, -exponent))
    return degree, not keys, keys


def _make(total: dict[Monomial, Fraction]) -> Expr:
    terms = [term for term in total.items() if term[1]]
    if len(terms) > 1:
        terms.sort(key=_order)
    return _intern(tuple(terms))


def _coerce(value: Expr | int | Fraction) -> Expr:
    return value if isinstance(value, Expr) else const(value)


def _checked(value: Fraction) -> Fraction:
    over, under = value.as_integer_ratio()
    if over.bit_length() + under.bit_length() > 2 * DEFAULT.exponent_bits:
        raise too_long()
    return value


def too_long() -> Exception:
    """The limit error for an exact number with too many digits."""
    return fail(
        "QW0420",
        f"an exact number here would have more than {DEFAULT.exponent_bits} bits",
        hint="make the exponent smaller, or write the number as exp(x)",
    )


_small: dict[int, Expr] = {}


def const(value: int | Fraction) -> Expr:
    """The rational constant.  Raises QW0420 when it is longer than the limit."""
    if type(value) is not int and value.denominator == 1:
        value = value.numerator
    if type(value) is int and -64 <= value <= 64:
        found = _small.get(value)
        if found is None:
            found = _small[value] = _intern(((UNIT_MONOMIAL, Fraction(value)),) if value else ())
        return found
    return _intern(((UNIT_MONOMIAL, _checked(value if isinstance(value, Fraction) else Fraction(value))),))


def from_atom(atom: Atom, exponent: Exponent = 1) -> Expr:
    """An atom's power as an expression; the exponent must already be normal."""
    return _intern((((((atom, exponent),)), _ONE),))


ZERO = const(0)
ONE = const(1)
I = from_atom(intern_atom("i", flags=NONZERO))
PI = from_atom(intern_atom("pi", flags=POSITIVE))
MINUS_ONE = -ONE


def symbol(name: str, kind: SymbolKind = "int") -> Expr:
    """A free symbol; `prime` and `nat` are integers >= 1, `scalar` is a complex number known only when running."""
    return from_atom(intern_atom("symbol", (name, kind), (), SYMBOL_FLAGS[kind]))


# products of monomials ---------------------------------------------------------------------------------------------


def _times(a: Monomial, b: Monomial) -> tuple[Fraction | int, Monomial, Expr | None]:
    """(coefficient, monomial, further factor or None) of a product of two monomials."""
    if not a:
        return 1, b, None
    if not b:
        return 1, a, None
    powers = dict(a)
    shared = [atom for atom, _ in b if atom in powers]
    for atom, exponent in b:
        powers[atom] = powers.get(atom, 0) + exponent
    scale: Fraction | int = 1
    extra: Expr | None = None
    for atom in shared:
        factor, exponent, more = _powers.normal_power(atom, powers.pop(atom))
        if factor != 1:
            scale *= factor
        if exponent:
            powers[atom] = exponent
        if more is not None:
            extra = more if extra is None else extra * more
    merging = [atom for atom in powers if atom.name == "exp" or (atom.name == "pow" and atom.flags & UNIT)]
    if len(merging) > 1:
        for name in ("exp", "pow"):
            same = [atom for atom in merging if atom.name == name]
            if len(same) > 1:
                more = _powers.merge(name, [(atom, powers.pop(atom)) for atom in same])
                extra = more if extra is None else extra * more
    return scale, tuple(sorted(powers.items(), key=lambda item: item[0].key)), extra


def _sum_flags(terms: Terms) -> int:
    if not terms:
        return REAL | INTEGER | NONNEGATIVE
    result, nonzero = REAL | INTEGER | NONNEGATIVE, False
    for monomial, coefficient in terms:
        flags = _monomial_flags(monomial)
        if coefficient.denominator != 1:
            flags &= ~INTEGER
        if coefficient < 0:
            flags &= ~NONNEGATIVE
        nonzero = nonzero or bool(flags & NONZERO)
        result &= flags
    if not result & INTEGER and result & REAL and _integer_polynomial(terms):
        result |= INTEGER
    if nonzero and (len(terms) == 1 or result & NONNEGATIVE):
        result |= NONZERO
    return result & (COUNT | REAL)


def _monomial_flags(monomial: Monomial) -> int:
    result = COUNT
    for atom, exponent in monomial:
        flags = atom.flags
        if not isinstance(exponent, int) or exponent < 0:
            flags &= ~INTEGER
            if not isinstance(exponent, int) and not flags & NONNEGATIVE:
                flags &= ~REAL
        elif exponent % 2 == 0 and flags & REAL:
            flags |= NONNEGATIVE
        if atom.name == "inv" and not flags & NONNEGATIVE and not isinstance(exponent, int):
            flags &= ~REAL
        result &= flags
    return result


def _integer_polynomial(terms: Terms) -> bool:
    """True for a polynomial in one integer symbol that is an integer at degree + 1 neighbouring points."""
    variable, degree = None, 0
    for monomial, _ in terms:
        if monomial:
            atom, exponent = monomial[0]
            if len(monomial) > 1 or not isinstance(exponent, int) or not 0 < exponent <= 16:
                return False
            if not atom.flags & INTEGER or atom.name != "symbol" or variable not in (None, atom):
                return False
            variable, degree = atom, max(degree, exponent)
    return variable is not None and all(
        sum(c * (x ** int(m[0][1]) if m else 1) for m, c in terms).denominator == 1 for x in range(degree + 1)
    )


import qwasm.algebra.powers as _powers  # noqa: E402 (powers of elements are made of elements)
