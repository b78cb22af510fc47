"""Number literals: the exact rational that a literal spells.

>>> literal("1_000.5e-1")
(Fraction(2001, 20), False)
>>> literal("2i")
(Fraction(2, 1), True)
"""

from __future__ import annotations

import re
from fractions import Fraction

_PARTS = re.compile(r"([0-9_]+)(?:\.([0-9_]+))?(?:[eE]([+-]?[0-9]+))?(i?)")
_BITS_PER_DIGIT = 3.3219280948873626


class TooLarge(ValueError):
    """A literal that needs more bits than allowed."""


def literal(text: str, bits: int = 4096) -> tuple[Fraction, bool]:
    """The rational that `text` spells, and whether it is multiplied by i.

    Raises TooLarge when numerator or denominator could need more than `bits` bits; nothing large is
    computed before that is known, so 1e999999999 costs nothing.
    """
    if text.isdigit() and len(text) < 16:
        return Fraction(int(text)), False
    match = _PARTS.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a number literal")
    whole, part, exponent, imaginary = match.groups()
    digits = (whole + (part or "")).replace("_", "")
    room = int(bits / _BITS_PER_DIGIT) + 1
    if len((exponent or "").lstrip("+-").lstrip("0")) > 9:
        raise TooLarge(text)
    power = int(exponent or "0") - len((part or "").replace("_", ""))
    if len(digits.lstrip("0")) + max(power, 0) > room or -power > room:
        raise TooLarge(text)
    value = Fraction(int(digits)) * Fraction(10) ** power
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > bits:
        raise TooLarge(text)
    return value, bool(imaginary)
