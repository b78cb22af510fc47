"""The parse tables: what the LALR(1) generator makes of grammar/qwasm.lark, as plain data.

Lark reads the grammar and builds the states; the driver only needs its result: for every state
and word a shift or a reduction, and for every terminal its regular expression.

>>> sorted(load().starts)
['expression', 'line']
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

END = "$END"
STARTS = ("expression", "line")


@dataclass(frozen=True, slots=True)
class Tables:
    """An LALR(1) automaton.

    `states[s][word]` is a state to go to when >= 0, else `~r` for a reduction by rule r; it holds
    terminals and rule names alike.  `rules[r]` is (rule name, length, action name or '' to pass the
    value on).  `terminals` maps names to regular expressions in the order they are tried.
    """

    starts: dict[str, int]
    ends: dict[str, int]
    states: tuple[dict[str, int], ...]
    rules: tuple[tuple[str, int, str], ...]
    terminals: dict[str, str]


def grammar_text() -> str:
    """The text of the grammar: from the package when it is installed, else from the source tree."""
    packaged = files("qwasm") / "grammar" / "qwasm.lark"
    if packaged.is_file():
        return packaged.read_text(encoding="utf-8")
    return (Path(__file__).parents[2] / "grammar" / "qwasm.lark").read_text(encoding="utf-8")


@cache
def load() -> Tables:
    """The tables of the grammar."""
    return generate(grammar_text())


def generate(grammar: str) -> Tables:
    """The tables of a grammar text, made by Lark; raises lark.exceptions.GrammarError on a conflict."""
    from lark import Lark
    from lark.parsers.lalr_analysis import Shift

    lark = Lark(grammar, parser="lalr", lexer="contextual", start=list(STARTS), maybe_placeholders=False)
    number: dict[object, int] = {rule: i for i, rule in enumerate(lark.rules)}
    confs = {start: lark.parse_interactive(start=start).parser_state.parse_conf for start in STARTS}
    table = confs["line"].states
    states = tuple(
        {word: int(arg) if act is Shift else ~number[arg] for word, (act, arg) in sorted(table[s].items())}
        for s in range(len(table))
    )
    rules = tuple((str(r.origin.name), len(r.expansion), _action(r.alias, str(r.origin.name), len(r.expansion)))
                  for r in lark.rules)
    ignored = set(lark.ignore_tokens)
    order = sorted((t for t in lark.terminals if t.name not in ignored),
                   key=lambda t: (-t.priority, -len(t.pattern.value) if t.pattern.type == "str" else 0, t.name))
    return Tables({s: int(confs[s].start_state) for s in STARTS}, {s: int(confs[s].end_state) for s in STARTS},
                  states, rules, {t.name: t.pattern.to_regexp() for t in order})


def _action(alias: str | None, origin: str, length: int) -> str:
    if alias:
        return alias
    if length == 1:
        return ""
    raise ValueError(f"a production of {origin} with {length} symbols has no alias")
