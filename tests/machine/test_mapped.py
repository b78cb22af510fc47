"""States in files: the same results, nothing left behind, and a full folder is an error with a code."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import numpy as np
import pytest

import qvm
from qvm.api import with_limits
from qvm.machine.mapped import arrays_in, folder
from qwasm.diagnostics import QwasmError

TEXT = """.space N = 200000, weight = n^-1{field}
.func main
    fill q0, {start}
    qop.apply q1, q0, A[2] + 3*B[3] + V(n mod 5)
    qop.apply q2, q1, (A[2] + B[5])^3
    store.q "kept.npy", q2
    load.q q3, "kept.npy"
    equal s0, q2, q3
    reduce s1, q3, SUM
    emit "same", s0
    emit "sum", s1
    emit "q", q3
end
"""


def test_arrays_of_any_making_lie_in_files_and_give_their_room_back(tmp_path: Path) -> None:
    with arrays_in(tmp_path) as place:
        before = place.total
        a, b = np.ones(1 << 18), np.zeros(1 << 18)
        c = a + b
        d = np.resize(c, 1 << 19)
        e = np.empty(16)
        grown = np.ones(1 << 10)
        grown.resize(1 << 18, refcheck=False)
        grown.resize(1 << 19, refcheck=False)
        grown.resize(1 << 4, refcheck=False)
        assert place.total - before >= 4 * a.nbytes
    inside = dict(place.mapped)
    for array in (a, b, c, d):
        assert array.ctypes.data in inside
    assert e.ctypes.data not in inside and grown.sum() == 16
    assert np.all(a == 1) and np.all(b == 0) and np.all(c == 1) and np.all(d == 1)
    assert np.ones(1 << 18).ctypes.data not in place.mapped
    del a, b, c, d, array
    assert not place.mapped and os.listdir(tmp_path) == []


@pytest.mark.parametrize("backend", ["numpy", "llvm"])
@pytest.mark.parametrize(("field", "start"), [("", "1/n"), (", field = complex", "1/n"), (", field = mod(10007)", "n")])
def test_a_run_in_files_has_the_bits_of_one_in_memory(tmp_path: Path, backend: str, field: str, start: str) -> None:
    text = TEXT.format(field=field, start=start)
    one, two = (tmp_path / name for name in ("one", "two"))
    one.mkdir()
    two.mkdir()
    limits = with_limits(memory=4 << 20)
    small = qvm.compile(text, backend=backend, data=two, limits=limits).run(data=two)
    large = qvm.compile(text, backend=backend).run(data=one)
    assert folder(Path(os.path.realpath(two))).total > 0
    assert repr(small["sum"]) == repr(large["sum"]) and small["same"].value == 1
    assert small["q"].values.tobytes() == large["q"].values.tobytes()
    assert (one / "kept.npy").read_bytes() == (two / "kept.npy").read_bytes()
    assert os.listdir(two) == ["kept.npy"]
    assert [d.code for d in small.diagnostics] == ["QW0906"] and not large.diagnostics


def test_without_a_granted_folder_the_limit_holds() -> None:
    with pytest.raises(QwasmError, match="QW0460"):
        qvm.compile(TEXT.format(field="", start="n"), limits=with_limits(memory=4 << 20)).run()


def test_a_folder_with_too_little_room_is_refused_beforehand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = type("Usage", (), {"free": 5 << 20})
    monkeypatch.setattr("qvm.machine.grants.shutil.disk_usage", lambda _: usage)
    text = TEXT.format(field="", start="n")
    with pytest.raises(QwasmError, match="QW0460"):
        qvm.compile(text, data=tmp_path, limits=with_limits(memory=4 << 20)).run(data=tmp_path)


def test_a_folder_that_fills_up_meanwhile_is_an_error_with_a_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int, offset: int, size: int) -> None:
        raise OSError(errno.ENOSPC, "no space left on device")

    monkeypatch.setattr("qvm.machine.mapped.os.posix_fallocate", full)
    text = TEXT.format(field="", start="1/n")
    with pytest.raises(QwasmError, match="QW0460") as told:
        qvm.compile(text, data=tmp_path, limits=with_limits(memory=4 << 20)).run(data=tmp_path)
    assert told.value.diagnostics[0].span is not None
    assert os.listdir(tmp_path) == []
