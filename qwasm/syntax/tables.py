"""The parse tables: what the LALR(1) generator makes of grammar/qwasm.lark, as plain data.

Lark reads the grammar and builds the states; the driver only needs its result: for every state
and word a shift or a reduction, and for every terminal its regular expression.  The result is
stored beside the grammar with the grammar's digest, so that a run of the compiler need not import
the generator; tables of another grammar are never used.  `python -m qwasm.syntax` stores them.

>>> sorted(load().starts)
['expression', 'line']
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from qwasm.record import record

END = "$END"
STARTS = ("expression", "line")
GRAMMAR, STORED = "qwasm.lark", "qwasm.tables.json"


@record
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


def folder() -> Path:
    """The folder of the grammar: inside the package when it is installed, else in the source tree."""
    package = Path(__file__).parents[1]
    packaged = package / "grammar"
    return packaged if (packaged / GRAMMAR).is_file() else package.parent / "grammar"


@cache
def load() -> Tables:
    """The tables of the grammar: the stored ones if they are of this grammar, else new ones."""
    grammar = (folder() / GRAMMAR).read_text(encoding="utf-8")
    stored = folder() / STORED
    if stored.is_file():
        tables = _read(stored.read_text(encoding="utf-8"), grammar)
        if tables is not None:
            return tables
    return generate(grammar)


def _digest(grammar: str) -> str:
    return hashlib.sha256(grammar.encode()).hexdigest()


def _read(text: str, grammar: str) -> Tables | None:
    try:
        data = json.loads(text)
        if data["grammar"] != _digest(grammar):
            return None
        return Tables(
            data["starts"],
            data["ends"],
            tuple(data["states"]),
            tuple(map(tuple, data["rules"])),
            dict(data["terminals"]),
        )
    except (ValueError, KeyError, TypeError):
        return None


def store(tables: Tables, grammar: str) -> str:
    """The tables as JSON text, one state a line."""

    def lines(items: Any) -> str:
        return "[\n" + ",\n".join(json.dumps(item, sort_keys=True) for item in items) + "\n]"

    head = json.dumps({"grammar": _digest(grammar), "starts": tables.starts, "ends": tables.ends}, sort_keys=True)
    return (
        f'{head[:-1]},\n"terminals": {lines(tables.terminals.items())},\n"rules": {lines(tables.rules)},\n'
        f'"states": {lines(tables.states)}\n}}\n'
    )


def generate(grammar: str) -> Tables:
    """The tables of a grammar text, made by Lark; raises lark.exceptions.GrammarError on a conflict.

    States are numbered in the order in which words, taken alphabetically, reach them from the starts,
    so equal grammars have equal tables.
    """
    from lark import Lark
    from lark.parsers.lalr_analysis import Shift

    lark = Lark(grammar, parser="lalr", lexer="contextual", start=list(STARTS), maybe_placeholders=False)
    rules = sorted(lark.rules, key=lambda r: (r.origin.name, r.order, len(r.expansion)))
    number: dict[Any, int] = {rule: i for i, rule in enumerate(rules)}
    confs = {start: lark.parse_interactive(start=start).parser_state.parse_conf for start in STARTS}
    table: dict[Any, Any] = dict(confs[STARTS[0]].states)
    order: dict[Any, int] = {confs[start].start_state: i for i, start in enumerate(STARTS)}
    queue = list(order)
    for state in queue:  # the queue grows while it is walked
        for _, (action, target) in sorted(table[state].items()):
            if action is Shift and target not in order:
                order[target] = len(order)
                queue.append(target)
    states = tuple(
        {
            word: order[target] if action is Shift else ~number[target]
            for word, (action, target) in sorted(table[s].items())
        }
        for s in queue
    )
    ignored = set(lark.ignore_tokens)
    terminals = sorted(
        (t for t in lark.terminals if t.name not in ignored and any(t.name in s for s in states)),
        key=lambda t: (-t.priority, t.pattern.type != "str", t.name),
    )
    return Tables(
        {start: order[confs[start].start_state] for start in STARTS},
        {start: order[confs[start].end_state] for start in STARTS},
        states,
        tuple(
            (str(r.origin.name), len(r.expansion), _action(r.alias, str(r.origin.name), len(r.expansion)))
            for r in rules
        ),
        {t.name: t.pattern.to_regexp() for t in terminals},
    )


def _action(alias: str | None, origin: str, length: int) -> str:
    if alias or length == 1:
        return alias or ""
    raise ValueError(f"a production of {origin} with {length} symbols has no alias")
