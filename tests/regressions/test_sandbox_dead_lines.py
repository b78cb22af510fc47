"""verify.sandbox wants every name granted that the program holds, at every level, also in lines that never run."""

from __future__ import annotations

import pytest

import qvm
from qwasm.diagnostics import QwasmError
from qwasm.ir.build import build
from qwasm.passes.manager import run_passes
from qwasm.syntax import parse

NEVER = (
    "if 1 == 2\n    {line}\nend",
    "if 1 == 1\n    set s0, 1\nelse\n    {line}\nend",
    "loop k, 0\n    {line}\nend",
    "while 1 == 2 max 3\n    {line}\nend",
    "if 1 == 2\n    loop k, 3\n        {line}\n    end\nend",
)


def program(region: str, *above: str) -> str:
    body = "\n".join((*above, "fill q0, n", region))
    return f".space N = 6\n.func main\n{body}\nend\n"


@pytest.mark.parametrize("level", range(4))
@pytest.mark.parametrize("region", NEVER)
@pytest.mark.parametrize(("line", "code"), [('store.q "a.npy", q0', "QW0538"), ('send "right", q0', "QW0539")])
def test_a_name_in_lines_never_run_is_wanted(line: str, code: str, region: str, level: int) -> None:
    written = program(region.format(line=line), "verify.sandbox")
    called = f".func out(q0)\n{line}\nend\n"
    calling = program(region.format(line="call out(q0)"), "verify.sandbox").replace(".func main", f"{called}.func main")
    for text in (written, calling):
        with pytest.raises(QwasmError) as caught:
            qvm.compile(text, level=level).run()
        assert caught.value.diagnostics[0].code == code


@pytest.mark.parametrize("region", NEVER)
def test_without_a_sandbox_such_lines_go(region: str) -> None:
    module = build(parse(program(region.format(line='store.q "a.npy", q0')), "x.qw"))[0]
    assert "store.q" in {op.name for op in module.walk()}
    run_passes(module, "fold")
    assert "store.q" not in {op.name for op in module.walk()}
