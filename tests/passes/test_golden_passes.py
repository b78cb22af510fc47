"""What each pass makes of small programs, and what it leaves alone, as text."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from qwasm.ir.build import build
from qwasm.ir.text import print_module
from qwasm.ir.verify import verify
from qwasm.passes.manager import run_passes
from qwasm.syntax import parse
from qwasm.testing.golden import Golden

FOLDER = Path(__file__).parents[1] / "golden" / "passes"
NAMES = ("expand-macros", "fold", "licm", "normalize", "support", "peephole", "dirichlet-fuse", "symmetrize")
PLACES = re.compile(r" loc\(.*?\)(?= \{$|$)", re.MULTILINE)


def transformed(pipeline: str, source: str) -> str:
    """main after a pipeline, without places, and what the passes found out."""
    head = "" if ".space" in source else ".space N = 100, weight = n^-1\n"
    directives = [line for line in source.splitlines() if line.startswith((".space", ".diffusion"))]
    rest = "\n".join(line for line in source.splitlines() if line not in directives)
    body = rest if ".func" in source else f".func main\n{rest}\nend"
    module, _ = build(parse(head + "\n".join([*directives, body, ""]), "x.qw"))
    ran = run_passes(module, pipeline)
    verify(module)
    text = PLACES.sub("", print_module(module).rpartition("func @")[2])
    return text + "\n".join(remark.message for one in ran for remark in one.remarks if remark.kind == "analysis")


@pytest.mark.parametrize("name", NAMES)
def test_a_pass_makes_of_a_program_what_is_written(golden: Golden, name: str) -> None:
    golden(FOLDER / f"{name}.qwt", transformed)
