"""Published labels to structured regions: `LOOP label`, `JMP`, `JIF.*`, `QLOOP` become loops and branches.

A tree-to-tree step on one list of statements.  A backward `loop` or `qloop` takes the lines since
its label as its body; a forward jump guards the lines it leaves out.  Jumps that overlap without
nesting take turns through a flag: the first sets it, a second jump behind the shared label reads it.

before:  again: / set s0, 2*s0 / loop again, 3
after:   loop again, 3 / set s0, 2*s0 / end
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from qwasm.diagnostics import Span, fail
from qwasm.ir.scope import Bare
from qwasm.syntax import tree

JUMPS = {"jmp": "", "jif.gt": ">", "jif.lt": "<", "jif.eq": "=="}
BACKWARD = ("loop", "qloop")
MOST_SPLITS = 1_000  # overlapping jumps that one list of lines may hold
Fresh = Callable[[str], str]


def structured(statements: Sequence[tree.Statement], fresh: Fresh) -> tuple[tree.Statement, ...]:
    """The statements with every label turned into a region; `fresh` names flag registers.

    Raises QwasmError QW0251 for a backward jump without a bound, QW0252 for a label that is not in
    the same list of lines, QW0253 for a jump into or out of a loop made by a label, QW0201 for a
    label that stands twice.
    """
    if not any(isinstance(s, tree.Label) or is_jump(s) for s in statements):
        return tuple(statements)
    return forward(backward(list(statements), fresh), fresh)


def is_jump(statement: tree.Statement) -> bool:
    """Whether a line names a label as its target (a published `loop label, n` only outside a block)."""
    return isinstance(statement, tree.Instruction) and (statement.mnemonic in JUMPS or statement.mnemonic in BACKWARD)


def target(jump: tree.Instruction) -> str:
    """The label a jump names: the last operand of JMP and JIF, the first of LOOP and QLOOP."""
    wanted = {"jmp": 1, "loop": 2, "qloop": 2}.get(jump.mnemonic, 3)
    forms = {"jmp": "jmp label", "loop": "loop label, n", "qloop": "qloop label, cond max n"}
    form = forms.get(jump.mnemonic, f"{jump.mnemonic} a, b, label")
    if len(jump.operands) != wanted or jump.attributes or (jump.mnemonic == "qloop" and jump.bound is None):
        raise fail("QW0221", f"this is not how {jump.mnemonic} is written", jump.span, form)
    node = jump.operands[0 if jump.mnemonic in BACKWARD else -1]
    if not isinstance(node, tree.Name):
        raise fail("QW0222", f"{jump.mnemonic} names a label", node.span, form)
    return node.id


def places(statements: Sequence[tree.Statement]) -> dict[str, int]:
    """Where each label of the list stands."""
    found: dict[str, int] = {}
    for index, statement in enumerate(statements):
        if isinstance(statement, tree.Label):
            if statement.name in found:
                raise fail(
                    "QW0201", f"the label {statement.name!r} stands twice", statement.span, "choose another name"
                )
            found[statement.name] = index
    return found


# ---------------------------------------------------------------- backward: loops


def backward(statements: list[tree.Statement], fresh: Fresh) -> list[tree.Statement]:
    """Replace every `loop label, n` and `qloop` by a block over the lines since the label, innermost first."""
    done: list[tree.Statement] = []
    for statement in statements:
        if not (isinstance(statement, tree.Instruction) and statement.mnemonic in BACKWARD):
            done.append(statement)
            continue
        label = target(statement)
        start = places(done).get(label)
        if start is None:
            later = any(isinstance(s, tree.Label) and s.name == label for s in statements)
            where = "below" if later else "not among these lines"
            raise fail(
                "QW0252",
                f"{statement.mnemonic} repeats from a label above it; {label!r} is {where}",
                statement.span,
                f"write {label}: above the first line to repeat",
            )
        body = done[start + 1 :]
        check_closed(body, statements, statement, label)
        del done[start + 1 :]
        done.extend(repeat(statement, forward(body, fresh), fresh))
    return done


def check_closed(
    body: Sequence[tree.Statement], statements: Sequence[tree.Statement], loop: tree.Instruction, label: str
) -> None:
    """A loop made by a label is entered at its label and left at its end only."""
    inside = places(body)
    for statement in body:
        if isinstance(statement, tree.Instruction) and statement.mnemonic in JUMPS:
            name = target(statement)
            if name not in inside:
                if name == label or places_before(statements, statement, name):
                    raise unbounded(statement, name)
                hint = "write while cond max n ... end, with the reason to stop in cond"
                raise fail(
                    "QW0253", f"{statement.mnemonic} {name} leaves the loop from {label!r}", statement.span, hint
                )
    for statement in statements:
        if (
            isinstance(statement, tree.Instruction)
            and statement.mnemonic in JUMPS
            and not any(s is statement for s in body)
            and target(statement) in inside
        ):
            name = target(statement)
            hint = f"jump to {label!r} or past the loop"
            raise fail("QW0253", f"{statement.mnemonic} {name} enters the loop from {label!r}", statement.span, hint)


def places_before(statements: Sequence[tree.Statement], jump: tree.Statement, label: str) -> bool:
    """Whether the label stands above the jump."""
    for statement in statements:
        if statement is jump:
            return False
        if isinstance(statement, tree.Label) and statement.name == label:
            return True
    return False


def unbounded(jump: tree.Instruction, label: str) -> Exception:
    """The error for a jump backwards, with what to write instead."""
    return fail(
        "QW0251", f"{jump.mnemonic} {label} jumps backwards without a bound: every loop must end", jump.span,
        f"write loop {label}, n for n runs, or qloop {label}, cond max n, or while cond max n ... end",
    )  # fmt: skip


def repeat(loop: tree.Instruction, body: tuple[tree.Statement, ...], fresh: Fresh) -> list[tree.Statement]:
    """n runs in all for LOOP; for QLOOP one run, then more while the condition holds, n in all."""
    place = loop.span
    if loop.mnemonic == "loop":
        counter = Bare(place, target(loop))
        return [
            tree.Block(place, tree.Instruction(place, "loop", (counter, loop.operands[1]), bound=AT_LEAST_ONE), body)
        ]
    again = Bare(place, fresh("again"))
    one = tree.Number(place, Fraction(1))
    condition = tree.Compare(place, "!=", again, tree.Number(place, Fraction(0)))
    test = set_to(again, loop.operands[1])
    head = tree.Instruction(place, "qloop", (condition,), bound=loop.bound)
    return [set_to(again, one), tree.Block(place, head, (*body, test))]


AT_LEAST_ONE = tree.Number(Span("", 0, 0), Fraction(1))  # marks a loop that has run once when it is reached


def set_to(register: Bare, value: tree.Node) -> tree.Instruction:
    return tree.Instruction(value.span, "set", (register, value))


# ---------------------------------------------------------------- forward: branches


def forward(statements: Sequence[tree.Statement], fresh: Fresh) -> tuple[tree.Statement, ...]:
    """Replace every forward jump by a branch around the lines it leaves out.

    A jump out of the lines that an earlier jump guards is split at that jump's label first, so
    that in the end the guarded lines nest.  Raises QwasmError QW0445 past the limit on splits.
    """
    lines = list(statements)
    index = splits = 0
    while index < len(lines):
        jump = lines[index]
        if isinstance(jump, tree.Instruction) and jump.mnemonic in JUMPS:
            where = places(lines)
            name = target(jump)
            if name not in where:
                raise fail(
                    "QW0252",
                    f"no label {name!r} stands among these lines",
                    jump.span,
                    "a jump stays inside its block; write if or while",
                )
            if where[name] < index:
                raise unbounded(jump, name)
            end = where[name]
            for inner in range(index + 1, end):
                other = lines[inner]
                if isinstance(other, tree.Instruction) and other.mnemonic in JUMPS:
                    beyond = where.get(target(other))
                    if beyond is not None and beyond > end:
                        splits += 1
                        if splits > MOST_SPLITS:
                            raise fail(
                                "QW0445", f"more than {MOST_SPLITS} jumps overlap", jump.span, "write if and else"
                            )
                        split(lines, index, inner, end, fresh)
                        break
            else:
                index += 1
                continue
            continue
        index += 1
    return guarded(lines)


def split(lines: list[tree.Statement], first: int, second: int, end: int, fresh: Fresh) -> None:
    """Turn the jump at `second`, which leaves the lines first..end, into a flag that is read at `end`."""
    jump = lines[second]
    label = lines[end]
    assert isinstance(jump, tree.Instruction) and isinstance(label, tree.Label)
    flag = Bare(jump.span, fresh("taken"))
    number = tree.Number(jump.span, Fraction(0)), tree.Number(jump.span, Fraction(1))
    beyond = tree.Name(jump.span, target(jump))
    here = tree.Name(jump.span, label.name)
    one = number[1]
    lines.insert(end + 1, tree.Instruction(jump.span, "jif.eq", (flag, one, beyond)))
    condition: tree.Node = one
    if jump.mnemonic != "jmp":
        condition = tree.Compare(jump.span, JUMPS[jump.mnemonic], jump.operands[0], jump.operands[1])  # type: ignore[arg-type]
    lines[second : second + 1] = [set_to(flag, condition), tree.Instruction(jump.span, "jif.eq", (flag, one, here))]
    lines.insert(first, set_to(flag, number[0]))


def guarded(lines: list[tree.Statement]) -> tuple[tree.Statement, ...]:
    """Branches for jumps that nest properly; labels disappear."""
    done: list[list[tree.Statement]] = [[]]
    open_jumps: list[tuple[tree.Instruction, int]] = []
    where = places(lines)
    for index, statement in enumerate(lines):
        if isinstance(statement, tree.Label):
            while open_jumps and open_jumps[-1][1] == index:
                jump, _ = open_jumps.pop()
                body = tuple(done.pop())
                done[-1].extend(branch(jump, body))
        elif isinstance(statement, tree.Instruction) and statement.mnemonic in JUMPS:
            open_jumps.append((statement, where[target(statement)]))
            done.append([])
        else:
            done[-1].append(statement)
    return tuple(done[0])


def branch(jump: tree.Instruction, body: tuple[tree.Statement, ...]) -> list[tree.Statement]:
    """The lines a jump leaves out, run when it is not taken."""
    place = jump.span
    if jump.mnemonic == "jmp":
        left_out = tree.Number(place, Fraction(0))
        return [tree.Block(place, tree.Instruction(place, "if", (left_out,)), body)] if body else []
    relation = JUMPS[jump.mnemonic]
    taken = tree.Compare(place, relation, jump.operands[0], jump.operands[1])  # type: ignore[arg-type]
    return [tree.Block(place, tree.Instruction(place, "if", (taken,)), (), body)]
