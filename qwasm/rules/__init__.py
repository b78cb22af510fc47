"""Rule files: rewrites that are proved each time they are loaded, and the engine that applies them.

Names are imported when they are first asked for: a program whose states have facts and no rules needs no prover.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qwasm.rules.facts import NOTHING, Facts
    from qwasm.rules.pack import Macro, Pack, Refuted, Rule, Scope
    from qwasm.rules.read import read_file, read_pack
    from qwasm.rules.ruleset import RuleSet, combine, library, load
    from qwasm.rules.trust import ANY, Trust

HOMES = {
    "facts": ("NOTHING", "Facts"),
    "pack": ("Macro", "Pack", "Refuted", "Rule", "Scope"),
    "read": ("read_file", "read_pack"),
    "ruleset": ("RuleSet", "combine", "library", "load"),
    "trust": ("ANY", "Trust"),
}


def __getattr__(name: str) -> Any:
    """A name of this package, from the module that holds it."""
    home = next((home for home, names in HOMES.items() if name in names), None)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)


__all__ = [
    "ANY",
    "NOTHING",
    "Facts",
    "Macro",
    "Pack",
    "Refuted",
    "Rule",
    "RuleSet",
    "Scope",
    "Trust",
    "combine",
    "library",
    "load",
    "read_file",
    "read_pack",
]
