"""verify.sandbox wants every name granted that the program holds, at every level, also in lines that never run."""

from __future__ import annotations

import pytest

import qvm
from qwasm.diagnostics import QwasmError

NEVER = (
    "if 1 == 2\n    {line}\nend",
    "if 1 == 1\n    set s0, 1\nelse\n    {line}\nend",
    "loop k, 0\n    {line}\nend",
    "while 1 == 2 max 3\n    {line}\nend",
    "if 1 == 2\n    loop k, 3\n        {line}\n    end\nend",
)


@pytest.mark.parametrize("level", range(4))
@pytest.mark.parametrize("region", NEVER)
@pytest.mark.parametrize(("line", "code"), [('store.q "a.npy", q0', "QW0538"), ('send "right", q0', "QW0539")])
def test_a_name_in_lines_never_run_is_wanted(line: str, code: str, region: str, level: int) -> None:
    body = f"verify.sandbox\nfill q0, n\n{region.format(line=line)}\n"
    with pytest.raises(QwasmError) as caught:
        qvm.compile(f".space N = 6\n.func main\n{body}end\n", level=level).run()
    assert caught.value.diagnostics[0].code == code
    calling = f".func out(q0)\n{line}\nend\n.func main\nverify.sandbox\nfill q0, n\n{region.format(line='call out(q0)')}\nend\n"
    with pytest.raises(QwasmError) as caught:
        qvm.compile(f".space N = 6\n{calling}", level=level).run()
    assert caught.value.diagnostics[0].code == code


@pytest.mark.parametrize("region", NEVER)
def test_without_a_sandbox_such_lines_go(region: str) -> None:
    line = 'store.q "a.npy", q0'
    compiled = qvm.compile(f'.space N = 6\n.func main\nfill q0, n\n{region.format(line=line)}\nemit "q", q0\nend\n')
    assert list(compiled.run().outputs) == ["q"]
