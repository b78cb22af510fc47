"""What may stand in a rule file: the keys of every table with their types, and the limits on sizes.

An unknown key is an error, so that a misspelt guard is not a missing guard.
"""

from __future__ import annotations

from qwasm.record import record

METHODS = ("nf/1", "chain/1", "lemma/1")


@record
class PackLimits:
    """Upper bounds on a rule file."""

    bytes: int = 4 << 20
    rules: int = 20_000
    variables: int = 12
    letters: int = 200  # names and letters of one expression
    exponent: int = 64
    text: int = 4_000  # characters of one text


DEFAULT = PackLimits()


@record
class Key:
    """What may stand under a key: the types, and the words where only some are meant."""

    types: tuple[type, ...]
    required: bool = False
    words: tuple[str, ...] = ()
    inside: type = str  # what a list or an inline table holds


TEXT, TEXTS, TABLE = Key((str,)), Key((list,)), Key((dict,))
CLAIM = {
    "id": Key((str,), True),
    "lhs": Key((str,), True),
    "rhs": Key((str,), True),
    "vars": TABLE,
    "where": TEXTS,
    "scope": Key((dict,), inside=object),
    "given": TEXTS,
    "about": TEXT,
    "origin": Key((dict,), inside=object),
    "proof": Key((dict,), inside=object),
}
RULE = CLAIM | {
    "class": Key((str,), words=("bitexact", "exact", "approx")),
    "use": Key((str,), words=("simplify", "explore")),
    "bound": TEXT,
    "steps": TEXTS,
}
REFUTED = CLAIM | {"counterexample": Key((dict,), True, inside=object)}
MACRO = {
    "name": Key((str,), True),
    "parameters": Key((list,), True),
    "expansion": Key((str,), True),
    "support": Key((int,)),
    "gain": Key((int, str)),
    "origin": Key((dict,), inside=object),
}
SCOPE = {
    "N": Key((str, int, dict), inside=object),
    "weight": TEXT,
    "field": Key((str,), words=("any", "real", "real32", "complex", "mod")),
}
COUNTEREXAMPLE = {
    "N": Key((int,), True),
    "row": Key((int,), True),
    "col": Key((int,), True),
    "lhs": Key((str,), True),
    "rhs": Key((str,), True),
    "values": Key((dict,), inside=int),
}
PROOF = {"method": Key((str,), True, (*METHODS, "refutation/1")), "lemma": TEXT, "bind": TABLE}
FILE = {
    "format": Key((str,), True),
    "algebra": Key((str,), True),
    "about": TEXT,
    "rule": Key((list,), inside=dict),
    "refuted": Key((list,), inside=dict),
    "macro": Key((list,), inside=dict),
}
WORDS = {str: "a text", int: "an integer", list: "a list", dict: "a table", object: "a value", bool: "true or false"}
