"""What the printer writes, the reader reads back to an equal module, exactly."""

from __future__ import annotations

import pytest

from qwasm.diagnostics import QwasmError
from qwasm.ir.equal import same_module
from qwasm.ir.text import parse_module, print_module
from qwasm.ir.verify import verify
from qwasm.passes.manager import run_pipeline
from tests.ir.programs import PROGRAMS, module_of

every = pytest.mark.parametrize("text", PROGRAMS.values(), ids=PROGRAMS.keys())


@every
def test_a_built_module_is_verified_and_its_text_reads_back_to_it(text: str) -> None:
    module = module_of(text)
    verify(module)
    printed = print_module(module)
    read = parse_module(printed)
    verify(read)
    assert same_module(module, read)
    assert print_module(read) == printed


@every
def test_passes_leave_a_module_that_is_verified_and_reads_back(text: str) -> None:
    module = module_of(text)
    run_pipeline(module, "cse,dce", verify_each=True)
    assert same_module(module, parse_module(print_module(module)))


def test_building_twice_gives_the_same_text() -> None:
    assert print_module(module_of(PROGRAMS["heat"])) == print_module(module_of(PROGRAMS["heat"]))


def test_different_programs_are_not_equal() -> None:
    a, b = module_of(PROGRAMS["while"]), module_of(PROGRAMS["while"].replace("2*s0", "3*s0"))
    b.digest = a.digest
    assert not same_module(a, b)


@pytest.mark.parametrize(
    ("line", "becomes"),
    [
        ("qwasm.ir 1", "qwasm.ir 2"),
        ("space N", "spaces N"),
        ("%q0#0 = basis", "%q0#0 basis"),
        ("basis() {n", "basis() n"),
        ("n = `1`", "n = `1"),
        ("n = `1`", "n = 1 1"),
        ("(%q0#0)", "(%q0#99)"),
        (": (qstate)", ": (qstat)"),
        (": (qstate)", ": ()"),
        ("func @main", "function @main"),
        ("  return", "  }\n  return"),
    ],
)
def test_a_line_that_is_not_of_the_form_is_refused(line: str, becomes: str) -> None:
    printed = print_module(module_of(PROGRAMS["heat"]))
    assert line in printed
    with pytest.raises(QwasmError) as caught:
        parse_module(printed.replace(line, becomes, 1))
    assert caught.value.diagnostics[0].code in ("QW0511", "QW0100", "QW0101")


def test_a_string_with_a_bare_control_character_is_no_string() -> None:
    text = print_module(module_of('.space N = 5\n.func main\nset s0, 1\nemit "name", s0\nend\n'))
    with pytest.raises(QwasmError) as caught:
        parse_module(text.replace('"name"', '"na\x01me"'))
    assert caught.value.diagnostics[0].code == "QW0511"
