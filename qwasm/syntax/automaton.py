"""The automaton: the LALR(1) tables with their actions, and the words to look for in each state.

Chains of productions that only pass a value on (an atom that is a power that is a term ...) are
walked once and remembered.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from qwasm.syntax.statements import ACTIONS
from qwasm.syntax.tables import Tables, load

SYMBOLS = frozenset(
    {
        "ARROW",
        "CIRCUMFLEX",
        "COLON",
        "COMMA",
        "COMPARE",
        "DOTS",
        "EQUAL",
        "LPAR",
        "LSQB",
        "MINUS",
        "NUMBER",
        "PLUS",
        "RPAR",
        "RSQB",
        "SLASH",
        "STAR",
        "STRING",
    }
)  # words that no other word begins like: looked for in every state
LINES = {"EOL": r"(?:;[^\n]*)?(?:\r?\n|\Z)", "JOIN": r"\\[ \t]*\r?\n"}

Match = Callable[[str, int], re.Match[str] | None]


class Automaton:
    """The tables with their actions and scanners, shared by every parse of the process."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.states = tables.states
        self.rules = [(lhs, length, ACTIONS[action] if action else None) for lhs, length, action in tables.rules]
        self.chains: dict[tuple[int, int, str], int] = {}
        self.scanners: list[Match | None] = [None] * len(tables.states)  # made when a state is first met
        self._shared: dict[tuple[str, ...], Match] = {}
        self.shapes: dict[str, Any] = {}  # of lines, by their first word; `shapes` makes them

    def words(self, state: int) -> dict[str, str]:
        """What is looked for in a state, in this order: names of words and their regular expressions."""
        possible = self.states[state]
        found = {t: regex for t, regex in self.tables.terminals.items() if t in SYMBOLS or t in possible}
        return found | LINES

    def scanner(self, state: int) -> Match:
        """The matcher of a state: the words that can stand there, and every symbol.

        Its first group is empty and stands where the word begins, its last one is named after the word;
        an empty group behind a word, not one around it, lets the matcher pass over the words that begin
        with another character.
        """
        words = self.words(state)
        wanted = tuple(words)
        found = self._shared.get(wanted)
        if found is None:
            parts = (f"(?:{word})(?P<{t}>)" for t, word in words.items())
            found = self._shared[wanted] = re.compile(rf"[ \t]*()(?:{'|'.join(parts)})").match
        self.scanners[state] = found
        return found

    def chain(self, below: int, state: int, word: str, end: int) -> int:
        """The state reached from `state` over `below` by productions that only pass a value on."""
        reached = state
        while reached != end:
            move = self.states[reached].get(word, 0)
            if move >= 0:
                break
            name, length, action = self.rules[~move]
            if length != 1 or action is not None:
                break
            reached = self.states[below][name]
        self.chains[below, state, word] = reached
        return reached


@cache
def automaton() -> Automaton:
    """The automaton of the language."""
    return Automaton(load())
