"""Programs with labels, turned into regions, do what a machine with a program counter does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qwasm.diagnostics import QwasmError
from qwasm.ir.verify import verify
from qwasm.passes.manager import run_pipeline
from tests.ir.interpret import emitted
from tests.ir.programs import main, module_of

RELATIONS = {"gt": lambda a, b: a > b, "lt": lambda a, b: a < b, "eq": lambda a, b: a == b}


@st.composite
def jumps(draw: st.DrawFn) -> list[tuple[str, ...]]:
    """Lines with forward jumps to labels that stand anywhere below: they nest, overlap or share a label."""
    size = draw(st.integers(1, 9))
    lines: list[tuple[str, ...]] = []
    for index in range(size):
        kind = draw(st.sampled_from(["jmp", "gt", "lt", "eq", "set", "set", "set"]))
        if kind == "set":
            lines.append(("set", str(draw(st.integers(1, 3)))))
        else:
            lines.append((kind, str(draw(st.integers(0, 6))), f"l{draw(st.integers(index + 1, size))}"))
    return lines


def counter(lines: list[tuple[str, ...]]) -> int:
    """What a program counter makes of the lines: s0 at the end; label lk stands above line k."""
    s0 = at = 0
    while at < len(lines):
        word, *rest = lines[at]
        at += 1
        if word == "set":
            s0 = 2 * s0 + int(rest[0])
        elif word == "jmp" or RELATIONS[word](s0, int(rest[0])):
            at = int(rest[1][1:])
    return s0


def text_of(lines: list[tuple[str, ...]]) -> str:
    written = ["set s0, 0"]
    for index, (word, *rest) in enumerate(lines):
        written.append(f"l{index}:")
        if word == "set":
            written.append(f"set s0, 2*s0 + {rest[0]}")
        else:
            written.append(f"jmp {rest[1]}" if word == "jmp" else f"jif.{word} s0, {rest[0]}, {rest[1]}")
    return main("\n".join([*written, f"l{len(lines)}:", 'emit "s", s0']))


@given(jumps())
def test_forward_jumps_do_what_a_program_counter_does(lines: list[tuple[str, ...]]) -> None:
    module = module_of(text_of(lines))
    verify(module)
    assert emitted(module) == [("s", counter(lines))]
    run_pipeline(module, "cse,dce", verify_each=True)
    assert emitted(module) == [("s", counter(lines))]


@pytest.mark.parametrize("n", [1, 2, 5])
def test_loop_with_a_label_runs_its_lines_n_times_in_all(n: int) -> None:
    module = module_of(main(f'set s0, 1\nagain:\nset s0, 2*s0\nloop again, {n}\nemit "s", s0'))
    assert emitted(module) == [("s", 2**n)]


@pytest.mark.parametrize(("most", "expected"), [(1, 2), (3, 8), (20, 128)])
def test_qloop_runs_once_and_then_while_the_condition_holds(most: int, expected: int) -> None:
    module = module_of(main(f'set s0, 1\nagain:\nset s0, 2*s0\nqloop again, s0 < 100 max {most}\nemit "s", s0'))
    assert emitted(module) == [("s", expected)]


def test_what_the_lines_of_a_published_loop_write_is_there_behind_it() -> None:
    for end in ("loop again, 2", "qloop again, s0 < 100 max 2"):
        module = module_of(main(f'set s0, 1\nagain:\nset s0, 2*s0\nset s1, 3*s0\n{end}\nemit "s", s1'))
        assert emitted(module) == [("s", 12)]


@pytest.mark.parametrize("end", ["loop again, 0", "qloop again, s0 < 100 max 0"])
def test_a_published_loop_has_run_once_when_it_is_reached(end: str) -> None:
    with pytest.raises(QwasmError, match="QW0254"):
        module_of(main(f"set s0, 1\nagain:\nset s0, 2*s0\n{end}"))


def test_loops_made_by_labels_nest() -> None:
    module = module_of(main('set s0, 0\na:\nb:\nset s0, s0 + 1\nloop b, 3\nset s0, 10*s0\nloop a, 2\nemit "s", s0'))
    assert emitted(module) == [("s", 330)]


def test_an_unbounded_backward_jump_says_what_to_write_instead() -> None:
    with pytest.raises(QwasmError) as caught:
        module_of(main("set s0, 1\nagain:\nset s0, 2*s0\njmp again"))
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "QW0251"
    assert "while cond max n" in diagnostic.hint and "loop again, n" in diagnostic.hint
