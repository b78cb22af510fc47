"""Packs: the rules, refuted rules and macros of one file, as plain values with one canonical JSON form.

The form that is hashed and signed has sorted keys, every default written out and no floats; comments,
blanks and the order of keys do not change it.

>>> pack = Pack("x.qwr", (Rule("words.merge", "A[p] A[q]", "A[p*q]", (("p", "prime"), ("q", "prime"))),))
>>> pack.digest[:12], len(pack.canonical) > 0
('sha256:936d2', True)
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from fractions import Fraction
from functools import cached_property
from hashlib import sha256
from typing import Any, Literal

from qwasm.record import field, record

FORMAT = "qwasm-rules/1"
ALGEBRA = "multiplicative-words/1"
Class = Literal["bitexact", "exact", "approx"]
Use = Literal["simplify", "explore"]
Values = tuple[tuple[str, str], ...]


@record
class Scope:
    """Where an identity is claimed: N is all, inf or one integer; weight is any or w(n); field is any or a kind."""

    N: Literal["all", "inf"] | int = "all"
    weight: str = "any"
    field: str = "any"

    def __str__(self) -> str:
        named = [f"N = {self.N}" if self.N != "all" else "", f"weight {self.weight}" if self.weight != "any" else ""]
        return ", ".join(filter(None, [*named, self.field if self.field != "any" else ""])) or "every N"


@record
class Rule:
    """lhs becomes rhs; `variables` are its free names, `where` says for which values, `given` about which states."""

    id: str
    lhs: str
    rhs: str
    variables: Values = ()
    where: tuple[str, ...] = ()
    scope: Scope = Scope()
    given: tuple[str, ...] = ()
    kind: Class = "exact"
    use: Use = "simplify"
    about: str = ""
    bound: str = ""  # of an approximate rule
    steps: tuple[str, ...] = ()  # expressions between lhs and rhs, for chain/1
    method: str = "nf/1"
    lemma: str = ""  # that gives the bound, for lemma/1
    bind: Values = ()  # what its names stand for
    origin: Values = (("by", "hand"),)

    def __str__(self) -> str:
        conditions = [*self.where, *(f"given {fact}" for fact in self.given)]
        return f"{self.lhs}  =>  {self.rhs}" + (f"   [{'; '.join(conditions)}]" if conditions else "")


@record
class Refuted:
    """A false rule kept on file, with the place where it fails, so that nobody proposes it again."""

    rule: Rule
    N: int
    row: int
    column: int
    lhs: str
    rhs: str
    values: tuple[tuple[str, int], ...] = ()


@record
class Macro:
    """A recurring pattern with a name: its expansion, how often it was met, and what it is estimated to save."""

    name: str
    parameters: tuple[str, ...]
    expansion: str
    support: int = 0
    gain: Fraction = Fraction(0)
    origin: Values = (("by", "hand"),)

    def __str__(self) -> str:
        call = f"({', '.join(self.parameters)})" if self.parameters else ""
        return f"{self.name}{call} = {self.expansion}"


@record(cached=True)
class Pack:
    """What one rule file holds; `text` is the file as it was read, for places."""

    file: str
    rules: tuple[Rule, ...] = ()
    refuted: tuple[Refuted, ...] = ()
    macros: tuple[Macro, ...] = ()
    about: str = ""
    text: str = field(default="", compare=False, repr=False)

    @cached_property
    def canonical(self) -> bytes:
        """The content as canonical JSON: what is hashed and signed."""
        content = {
            "format": FORMAT,
            "algebra": ALGEBRA,
            "about": self.about,
            "rules": [plain(rule) for rule in self.rules],
            "refuted": [plain(refuted) for refuted in self.refuted],
            "macros": [plain(macro) for macro in self.macros],
        }
        return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode()

    @cached_property
    def digest(self) -> str:
        """The sha256 of the canonical form."""
        return f"sha256:{sha256(self.canonical).hexdigest()}"


def plain(value: Any) -> Any:
    """A value of a pack as JSON without floats: rationals are texts, pairs of a name and a value are objects."""
    if isinstance(value, Fraction):
        return str(value)
    if isinstance(value, tuple):
        pairs = value and all(isinstance(item, tuple) for item in value)
        return {k: plain(v) for k, v in value} if pairs else [plain(item) for item in value]
    if isinstance(value, (Rule, Refuted, Macro, Scope)):
        return {item.name: plain(getattr(value, item.name)) for item in fields(value)}
    return value


def ordered(mapping: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    """A mapping as pairs in the order of the alphabet."""
    return tuple(sorted(mapping.items()))


__all__ = ["ALGEBRA", "FORMAT", "Class", "Macro", "Pack", "Refuted", "Rule", "Scope", "Use", "plain"]
