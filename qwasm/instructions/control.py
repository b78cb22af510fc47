"""Control flow: structured regions and the published labels that become regions.

Rows without a meaning: the builder turns them into regions, and the machine runs regions.
"""

from __future__ import annotations

from qwasm.instructions.form import Instruction, Operand

LABEL = Operand("label", "word")
A, B = Operand("a", "scalars"), Operand("b", "scalars")
CONDITION = Operand("cond", "scalars")
COUNT = Operand("n", "integer")


def row(mnemonic: str, operands: tuple[Operand, ...], doc: str, example: str, before: str = "") -> Instruction:
    """A control row: every kind of space, no meaning of its own, no work of its own."""
    return Instruction(mnemonic, "control", operands, doc, None, example, work=lambda facts: 0, before_example=before)


ROWS = (
    row(
        "loop",
        (Operand("k", "word"), COUNT),
        "Runs its body for k = 1..n; closed by `end`.",
        "set s0, 0\nloop k, 4\n    set s0, s0 + k\nend\nassert s0 == 10",
    ),
    row(
        "hyperloop",
        (Operand("ranges", "word"),),
        "Runs its body for every combination, the last range fastest; closed by `end`.",
        "set s0, 0\nhyperloop (i in 0..2, p in primes(2, 5))\n    set s0, s0 + i*p\nend\nassert s0 == 30",
    ),
    row(
        "primes",
        (Operand("p", "word"), Operand("low", "integer"), Operand("high", "integer")),
        "Runs its body for each prime p in low..high; closed by `end`.",
        "set s0, 0\nprimes p, 2, 11\n    set s0, s0 + p\nend\nassert s0 == 28",
    ),
    row(
        "if",
        (CONDITION,),
        "Runs its body when the condition holds, else the body after `else`; an undecided condition fails.",
        "set s0, 2\nif s0 > 1\n    set s1, 10\nelse\n    set s1, 20\nend\nassert s1 == 10",
    ),
    row(
        "else",
        (),
        "Opens the other body of an `if`.",
        "if 1 > 2\n    set s0, 1\nelse\n    set s0, 2\nend\nassert s0 == 2",
    ),
    row(
        "while",
        (CONDITION, Operand("bound", "integer")),
        "Runs its body while the condition holds, at most `max` times; closed by `end`.",
        "set s0, 1\nwhile s0 < 100 max 20\n    set s0, 2*s0\nend\nassert s0 == 128",
    ),
    row(
        "call",
        (Operand("function", "word"),),
        "Runs a function: call f(q2, s1) -> (q3).",
        "set s0, 3\ncall double(s0) -> (s1)\nassert s1 == 6",
        ".func double(s0) -> (s1)\n    set s1, 2*s0\nend",
    ),
    row("halt", (), "Ends the program.", "set s0, 1\nif s0 == 1\n    halt\nend\nassert s0 == 2"),
    row(
        "jmp",
        (LABEL,),
        "Jumps forward to a label; it becomes a structured region.",
        "set s0, 1\njmp past\nset s0, 2\npast:\nassert s0 == 1",
    ),
    row(
        "jif.gt",
        (A, B, LABEL),
        "Jumps forward to a label when a > b.",
        "set s0, 1\njif.gt 3, 2, past\nset s0, 2\npast:\nassert s0 == 1",
    ),
    row(
        "jif.lt",
        (A, B, LABEL),
        "Jumps forward to a label when a < b.",
        "set s0, 1\njif.lt 3, 2, past\nset s0, 2\npast:\nassert s0 == 2",
    ),
    row(
        "jif.eq",
        (A, B, LABEL),
        "Jumps forward to a label when a = b.",
        "set s0, 1\njif.eq 3, 3, past\nset s0, 2\npast:\nassert s0 == 1",
    ),
    row(
        "qloop",
        (LABEL, CONDITION, Operand("bound", "integer")),
        "Runs the lines from a label above again while the condition holds, at most `max` times in all.",
        "set s0, 1\nagain:\nset s0, 2*s0\nqloop again, s0 < 100 max 20\nassert s0 == 128",
    ),
)
