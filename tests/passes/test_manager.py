"""Pipelines are read strictly, passes change modules only through the context, and what they change stays right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import pytest

from qwasm.diagnostics import QwasmError
from qwasm.installed import Entry
from qwasm.ir.module import Module
from qwasm.ir.text import print_module
from qwasm.passes.context import Context
from qwasm.passes.manager import PRESETS, run_passes, run_pipeline
from qwasm.passes.manual import manual
from qwasm.passes.pipeline import parse_pipeline
from qwasm.plugins import distinct
from tests.ir.interpret import emitted
from tests.ir.programs import PROGRAMS, main, module_of


@pytest.mark.parametrize("text", ["", "cse", "cse,dce", "dce{rounds=2},cse,dce{rounds=3}"])
def test_a_pipeline_prints_as_it_is_read(text: str) -> None:
    assert ",".join(map(str, parse_pipeline(text))) == text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("dse", "QW0730"),
        ("cse,,dce", "QW0731"),
        ("cse{", "QW0731"),
        ("cse}", "QW0731"),
        ("dce{rounds}", "QW0731"),
        ("dce{{rounds=2}}", "QW0731"),
        ("dce{turns=2}", "QW0732"),
        ("dce{rounds=2,rounds=3}", "QW0732"),
        ("dce{rounds=many}", "QW0732"),
        ("dce{rounds=-1}", "QW0732"),
        ("dce{rounds=0}", "QW0732"),
        ("cse{max=3}", "QW0732"),
    ],
)
def test_a_malformed_pipeline_has_its_code(text: str, code: str) -> None:
    with pytest.raises(QwasmError) as caught:
        parse_pipeline(text)
    assert caught.value.diagnostics[0].code == code
    assert caught.value.exit_code == 2


def test_two_packages_with_one_pass_name_are_an_error_that_names_both() -> None:
    with pytest.raises(QwasmError) as caught:
        distinct("pass", [Entry("fuse", "a.fuse:Fuse", "a"), Entry("fuse", "b.fuse:Fuse", "b")])
    assert "a.fuse" in caught.value.diagnostics[0].message and "b.fuse" in caught.value.diagnostics[0].message


def test_the_lowest_level_runs_nothing() -> None:
    module = module_of(PROGRAMS["heat"])
    before = print_module(module)
    assert run_pipeline(module, PRESETS[0]) == []
    assert print_module(module) == before


def test_repeated_work_is_merged_and_unread_work_removed() -> None:
    body = 'basis q0, 1\nmul.p q1, q0, 2\nmul.p q2, q0, 2\nequal s0, q1, q2\nmul.p q3, q0, 3\nemit "same", s0'
    module = module_of(main(body))
    ran = run_passes(module, "cse,dce", verify_each=True)
    assert [op.name for op in module.walk()] == ["basis", "mul.p", "equal", "emit", "return"]
    assert [len(step.rewrites) for step in ran] == [1, 1]
    assert ran[0].rewrites[0].spans[0].line == 7


def test_a_loop_carries_only_what_is_read() -> None:
    module = module_of(
        main('set s0, 0\nset s1, 0\nloop k, 3\nset s0, s0 + k\nset s1, 2*k\nset s2, 3\nend\nemit "s", s0')
    )
    (loop,) = [op for op in module.walk() if op.name == "loop"]
    assert len(loop.results) == 3
    run_pipeline(module, "dce", verify_each=True)
    (loop,) = [op for op in module.walk() if op.name == "loop"]
    assert [value.name for value in loop.results] == ["s0"]
    assert emitted(module) == [("s", 6)]


def test_effects_and_possible_failures_stay() -> None:
    body = "fill q0, n\nqop.normalize q0\nassert 1 == 1\nbasis q1, 101\nset s0, 1/2"
    module = module_of(main(body))
    run_pipeline(module, "cse,dce", verify_each=True)
    assert [op.name for op in module.walk()] == ["fill", "qop.normalize", "assert", "basis", "return"]


@pytest.mark.parametrize("line", ["fill q0, 1e400", "fill q0, -1e400", "basis q0, 0"])
def test_a_line_that_fails_stays_although_nobody_reads_it(line: str) -> None:
    module = module_of(main(line))
    run_pipeline(module, "cse,dce", verify_each=True)
    assert [op.name for op in module.walk()] == [line.split()[0], "return"]


def test_fields_are_never_merged() -> None:
    body = 'alloc.qfield f0, 2\nalloc.qfield f1, 2\nfree.qfield f0\nqpu.reduce s0, f1, SUM\nemit "s", s0'
    module = module_of(main(body))
    run_pipeline(module, "cse", verify_each=True)
    assert [op.name for op in module.walk()].count("alloc.qfield") == 2


@pytest.mark.parametrize("limit", [0, 1, 2, 3])
def test_a_limit_stops_after_that_many_rewrites(limit: int) -> None:
    lines = [
        "basis q0, 1",
        *(f"mul.p q{k}, q0, 2" for k in (1, 2, 3)),
        "equal s0, q1, q2",
        "equal s0, q1, q3",
        'emit "s", s0',
    ]
    body = "\n".join(lines)
    module = module_of(main(body))
    ran = run_passes(module, "cse,dce", verify_each=True, limit=limit)
    assert sum(len(step.rewrites) for step in ran) == limit


@pytest.mark.parametrize("text", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_running_passes_twice_changes_nothing_more(text: str) -> None:
    module = module_of(text)
    run_pipeline(module, "cse,dce,cse,dce")
    once = print_module(module)
    run_pipeline(module, "cse,dce")
    assert print_module(module) == once


@dataclass(frozen=True)
class Breaks:
    """A pass that removes what is read."""

    name: ClassVar[str] = "breaks"
    kind: ClassVar[Literal["exact"]] = "exact"

    def run(self, module: Module, context: Context) -> None:
        context.replace(next(module.walk()), (), why="it is wrong")


def test_verifying_each_pass_names_the_one_that_broke_the_module(monkeypatch: pytest.MonkeyPatch) -> None:
    from qwasm.passes import found

    monkeypatch.setattr(found, "load", lambda name: Breaks)
    with pytest.raises(QwasmError) as caught:
        run_passes(module_of(PROGRAMS["heat"]), "breaks", verify_each=True)
    assert "the pass breaks broke the module" in caught.value.diagnostics[0].message
    assert caught.value.diagnostics[0].code == "QW0592"


def test_the_manual_shows_every_pass_and_preset() -> None:
    page = manual()
    assert "## `cse`" in page and "`rounds=8`" in page and "| `-O0` | nothing |" in page
