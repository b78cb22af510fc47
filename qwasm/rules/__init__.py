"""Rule files: rewrites that are proved each time they are loaded, and the engine that applies them."""

from qwasm.rules.facts import NOTHING, Facts
from qwasm.rules.pack import Macro, Pack, Refuted, Rule, Scope
from qwasm.rules.read import read_file, read_pack
from qwasm.rules.ruleset import RuleSet, combine, library, load

__all__ = [
    "NOTHING",
    "Facts",
    "Macro",
    "Pack",
    "Refuted",
    "Rule",
    "RuleSet",
    "Scope",
    "combine",
    "library",
    "load",
    "read_file",
    "read_pack",
]
