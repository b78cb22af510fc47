"""Atoms: the indivisible factors of exact numbers and multipliers.

An atom is a name, some data and some argument expressions, interned, so that equal atoms
are the same object.  What is known about its values (real, integer, positive, nonzero) is
decided once, when it is made, and every simplification asks only these flags.

>>> intern_atom("prime", (2,)) is intern_atom("prime", (2,))
True
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from hashlib import blake2b
from threading import RLock
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

if TYPE_CHECKING:
    from qwasm.algebra.ring import Expr

Exponent = int | Fraction
Data = int | str | Fraction

REAL = 1  # every value is real
INTEGER = 2  # every value is an integer
NONNEGATIVE = 4  # every value is >= 0
NONZERO = 8  # no value is 0
UNIT = 16  # the square of every value is 1
BIT = 32  # every value is 0 or 1
TERNARY = 64  # every value is -1, 0 or 1
POSITIVE = REAL | NONNEGATIVE | NONZERO
COUNT = POSITIVE | INTEGER  # integers >= 1
SIGN = REAL | INTEGER | NONZERO | UNIT | TERNARY
INDICATOR = REAL | INTEGER | NONNEGATIVE | BIT | TERNARY

SYMBOL_FLAGS = {
    "prime": COUNT,
    "nat": COUNT,
    "int": REAL | INTEGER,
    "real": REAL,
    "complex": 0,
    "scalar": 0,
}
RANKS = {"prime": 0, "i": 2, "pi": 1, "symbol": 3}
BOUND = {"euler": frozenset({"$p", "$k"}), "conv": frozenset({"$n"}), "dinv": frozenset({"$n"})}

lock = RLock()


class Atom:
    """An interned atom: `prime`, `i`, `pi`, `symbol`, or a function applied to argument expressions.

    `key` orders atoms independently of the hash seed and of the history of the process;
    `bodies` counts the leading arguments in which a variable is bound (conv, dinv, euler);
    `opaque` says that a user's table is read inside, so that no constant value is known.
    """

    __slots__ = ("__weakref__", "args", "bodies", "data", "flags", "key", "name", "opaque", "symbols")

    name: str
    data: tuple[Data, ...]
    args: tuple[Expr, ...]
    flags: int
    key: tuple[int, str, str, int, str]
    symbols: frozenset[str]
    bodies: int
    opaque: bool

    def __repr__(self) -> str:
        return f"Atom({self.name}, {self.data}, {self.args})"

    @property
    def positive(self) -> bool:
        """True when every value is a positive real number."""
        return self.flags & POSITIVE == POSITIVE


_atoms: WeakValueDictionary[tuple[str, tuple[Data, ...], tuple[Expr, ...]], Atom] = WeakValueDictionary()


def intern_atom(
    name: str,
    data: tuple[Data, ...] = (),
    args: tuple[Expr, ...] = (),
    flags: int | Callable[[], int] = 0,
) -> Atom:
    """The atom with this name, data and arguments; `flags` is used only when it is new."""
    identity = (name, data, args)
    atom = _atoms.get(identity)
    if atom is not None:
        return atom
    with lock:
        atom = _atoms.get(identity)
        if atom is not None:
            return atom
        atom = Atom()
        atom.name, atom.data, atom.args = identity
        atom.flags = flags() if callable(flags) else flags
        atom.bodies = 0 if name not in BOUND else len(args) - 1
        symbols: frozenset[str] = frozenset((str(data[0]),)) if name == "symbol" else frozenset()
        for position, argument in enumerate(args):
            found = argument.symbols
            symbols |= found - BOUND[name] if position < atom.bodies else found
        atom.symbols = symbols
        atom.opaque = name == "table" or any(argument.opaque for argument in args)
        atom.key = _key(name, data, args)
        _atoms[identity] = atom
        return atom


def _key(name: str, data: tuple[Data, ...], args: tuple[Expr, ...]) -> tuple[int, str, str, int, str]:
    size = 1 + sum(argument.size for argument in args)
    rank = RANKS.get(name, 4)
    if rank < 4:
        number = int(data[0]) if name == "prime" else 0
        return rank, name, str(data[0]) if name == "symbol" else "", number, str(data[1:])
    label = ",".join(str(argument) for argument in args) if size < 16 else ""
    digest = blake2b(repr((name, data, [argument.digest for argument in args])).encode(), digest_size=16)
    return rank, name, label, size, digest.hexdigest()
