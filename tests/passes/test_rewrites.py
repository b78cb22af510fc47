"""What each pass makes of short programs, and where it leaves them alone: `tests/golden/passes/*.qwt`."""

from __future__ import annotations

from pathlib import Path

import pytest

from qwasm.ir.build import build
from qwasm.ir.text import print_module
from qwasm.passes.manager import run_passes
from qwasm.syntax import parse
from qwasm.testing.golden import Golden

FOLDER = Path(__file__).parents[1] / "golden" / "passes"
START = "fill q0, 1/n\nfill q1, 1\nfill q2, n\nset s0, 2"
END = 'emit "q1", q1\nemit "q3", q3'


def changed(name: str, source: str) -> str:
    """The main function after the pass, without places; the source is a space and the lines of interest."""
    space, _, body = source.partition("\n")
    ending = END if "q3" in body else 'emit "q1", q1'
    module = build(parse(f"{space}\n.func main\n{START}\n{body}\n{ending}\nend\n", "x.qw"))[0]
    run_passes(module, "dce")
    run_passes(module, name, verify_each=True)
    lines = [line.partition(" loc(")[0] for line in print_module(module).splitlines()]
    kept = [line for line in lines[lines.index("func @main() -> ()") + 1 : -2] if not line.strip().startswith("emit")]
    return "\n".join(line for line in kept if " = fill(" not in line and " = set(" not in line)


@pytest.mark.parametrize("name", ["reassoc", "factor", "fuse", "loop-power", "evolve-lower"])
def test_a_pass_makes_what_its_golden_file_shows(name: str, golden: Golden) -> None:
    golden(FOLDER / f"{name}.qwt", lambda _, source: changed(name, source))
