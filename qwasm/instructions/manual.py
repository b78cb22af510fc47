"""The manual's page of instructions, printed from the table."""

from __future__ import annotations

from collections.abc import Iterable

from qwasm.instructions.form import ALL_FIELDS, Attr, Instruction, Operand

TITLES = {
    "algebra": "Operator algebra",
    "multiplicative": "Multiplicative structure",
    "parallel": "Fields of states",
    "control": "Control flow",
    "system": "Files, channels, storage",
    "states": "States",
    "measuring": "Measuring operators",
    "scalars": "Scalars and output",
}
KINDS = {
    "qstate": "state",
    "qfield": "field",
    "qmesh": "mesh",
    "scalar": "scalar",
    "vector": "vector",
    "qint": "integer register",
    "operator": "operator",
    "expression": "expression",
    "scalars": "scalar expression",
    "integer": "integer",
    "prime": "prime",
    "list": "one expression or (c0, ..., cK)",
    "string": "text",
    "word": "word",
    "basis": "word",
    "flag": "flag",
    "number": "number",
}


BARS = (
    "A register that holds a state also holds how far that state may be from the one that exact methods give, in the",
    "norm of its space: exponentials, heat flow, coefficients with an error, and files that say so. Each instruction",
    "carries it on, and the error of a number read from a state covers it. What no rule bounds (a map with jumps, an",
    "instruction of a package that says nothing of errors) gives an unknown error; comparisons with it are undecided.",
    "Not counted: the rounding of entries by ordinary instructions, and the vectors that `spectrum` writes, which are",
    "taken as they are.",
)


def usage(row: Instruction) -> str:
    """An instruction as it is written: `mul.p y, x, p`."""
    parts = [f"[{o.name}]" if o.optional else o.name for o in row.operands]
    return f"{row.mnemonic} {', '.join(parts)}".strip()


def operand_line(item: Operand | Attr) -> str:
    """One operand or attribute: its kind, choices and direction."""
    kinds = " or ".join(KINDS[kind] for kind in (item.kind, *getattr(item, "also", ())))
    choices = f" ({', '.join(item.choices)})" if item.choices else ""
    if isinstance(item, Operand) and item.least is not None:
        kinds += f" >= {item.least}"
    over = f" in {', '.join(item.over)}" if isinstance(item, Operand) and item.over else ""
    written = ", written" if item.writes else ""
    note = f": {item.doc}" if isinstance(item, Attr) and item.doc else ""
    name = f"`{item.name}=`" if isinstance(item, Attr) else f"`{item.name}`"
    return f"{name} {kinds}{over}{choices}{written}{note}"


def entry(row: Instruction) -> str:
    """The manual's entry of one instruction."""
    lines = [f"### `{usage(row)}`", "", row.doc, ""]
    items: tuple[Operand | Attr, ...] = row.operands + row.attributes
    if items:
        lines += [f"* {operand_line(item)}" for item in items] + [""]
    if row.fields != ALL_FIELDS:
        lines += [f"Fields: {', '.join(sorted(row.fields))}.", ""]
    if row.same_as:
        lines += [f"The same as `{row.same_as.replace('{', '').replace('}', '')}`.", ""]
    if row.not_yet:
        lines += [f"Not in this version: {row.not_yet}.", ""]
    if row.example:
        lines += ["```", *row.example.splitlines(), "```", ""]
    return "\n".join(lines)


def manual_page(rows: Iterable[Instruction], groups: tuple[str, ...] = ()) -> str:
    """All entries, or those of some groups, in the order of the table."""
    rows = list(rows)
    parts = ["# Instructions", "", *BARS, ""]
    for group, title in TITLES.items():
        if groups and group not in groups:
            continue
        parts += [f"## {title}", ""] + [entry(row) for row in rows if row.group == group]
    return "\n".join(parts).rstrip() + "\n"
