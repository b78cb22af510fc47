"""Files and channels: only what is granted, whole or not at all, and never code."""

from __future__ import annotations

import os
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qvm.conformance.cases import compiled
from qvm.machine import Grants, Machine, Result, State
from qwasm.diagnostics import QwasmError
from qwasm.limits import DEFAULT
from qwasm.qpu.program import QpuProgram
from qwasm.space import Field, Space, Weight


def run(body: str, grants: Grants, space: str = "N = 5") -> Result:
    return Machine(grants=grants).run(compiled(f".space {space}\n.func main\n{body}\nend\n"))


def code(body: str, grants: Grants, space: str = "N = 5") -> str:
    with pytest.raises(QwasmError) as caught:
        run(body, grants, space)
    return caught.value.diagnostics[0].code


def granted(folder: Path) -> Grants:
    return Grants(roots=(folder,))


READ = 'load.q q0, "x.npy"\nemit "x", q0'


def test_a_state_written_by_numpy_is_read(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.arange(5))
    result = run(READ, granted(tmp_path))
    assert result.value("x").tolist() == [0, 1, 2, 3, 4]
    assert result.provenance["inputs"]["x.npy"].startswith("sha256:")


def test_a_state_written_by_the_machine_is_read_by_numpy_and_by_the_machine(tmp_path: Path) -> None:
    run('fill q0, n^2\nstore.q "x.npy", q0', granted(tmp_path))
    assert np.load(tmp_path / "x.npy").tolist() == [1, 4, 9, 16, 25]
    assert run(READ, granted(tmp_path)).value("x").tolist() == [1, 4, 9, 16, 25]
    assert [path.name for path in tmp_path.iterdir()] == ["x.npy"]


@pytest.mark.parametrize("space", ["N = 5, weight = n^-1", "N = 5, field = complex", "N = 6"])
def test_a_state_of_another_space_is_refused(tmp_path: Path, space: str) -> None:
    run('fill q0, n\nstore.q "x.npy", q0', granted(tmp_path))
    assert code(READ, granted(tmp_path), space) in ("QW0537", "QW0536")


def test_a_field_is_written_and_read(tmp_path: Path) -> None:
    body = 'basis q0, 1\nqpu.spawn f0, q0, B[2], 2\nstore.q "f.npy", f0\nload.q f1, "f.npy"\nemit "f", f1'
    assert run(body, granted(tmp_path)).value("f").shape == (3, 5)


@pytest.mark.parametrize(
    ("array", "space", "expected"),
    [
        (np.arange(4), "N = 5", "QW0536"),
        (np.arange(10).reshape(2, 5), "N = 5", "QW0536"),
        (np.arange(5) * 1j, "N = 5", "QW0536"),
        (np.arange(5) / 2, "N = 5, field = mod(7)", "QW0536"),
        (np.array([1, 2, np.nan, 4, 5]), "N = 5", "QW0606"),
        (np.array([1, 2, 1e300, 4, 5]), "N = 5, field = real32", "QW0606"),
        (np.array(list("abcde")), "N = 5", "QW0535"),
        (np.array([1, 2, 3, 4, None]), "N = 5", "QW0535"),
    ],
)
def test_an_array_that_is_no_state_of_the_space_is_refused(
    tmp_path: Path, array: Any, space: str, expected: str
) -> None:
    np.save(tmp_path / "x.npy", array, allow_pickle=True)
    assert code(READ, granted(tmp_path), space) == expected


@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint64", "int64", ">i4"])
def test_integers_of_every_size_become_residues(tmp_path: Path, dtype: str) -> None:
    np.save(tmp_path / "x.npy", np.array([1, 2, 3, 100, 50], dtype=dtype))
    assert run(READ, granted(tmp_path), "N = 5, field = mod(7)").value("x").tolist() == [1, 2, 3, 2, 1]


def header(shape: str) -> bytes:
    text = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00\x76\x00" + text.encode()


BROKEN = (
    b"",
    b"\x93NUMPY",
    b"\x93NUMPY\x01\x00\x10\x00{'descr': '<f8'}",
    b"\x93NUMPY\x09\x00" + b"x" * 90,
    header("(5,)") + bytes(39),
    header("(-5,)") + bytes(40),
    header("(2 3)") + bytes(40),
    pickle.dumps([1, 2, 3]),
)


@pytest.mark.parametrize("content", BROKEN)
def test_a_broken_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.npy").write_bytes(content)
    assert code(READ, granted(tmp_path)) in ("QW0535", "QW0536")


TOLD = b'{"N": 5, "field": "real", "picture": "nspace", "weight": "1"}'
ERROR = TOLD[:-1] + b', "error": %s, "kind": "bound"}'


def with_trailer(text: bytes, length: int | None = None) -> bytes:
    """A state file of five ones with this text behind its numbers."""
    size = len(text) if length is None else length
    return header("(5,)") + np.ones(5).tobytes() + text + size.to_bytes(8, "little") + b"QWSTATE1"


@pytest.mark.parametrize(
    "content",
    [
        with_trailer(b"{"),
        with_trailer(b"[1]"),
        with_trailer(b"[" * 3000),
        with_trailer(TOLD.replace(b"5", b"NaN")),
        with_trailer(TOLD.replace(b'"N": 5', b'"N": 5, "N": 5')),
        with_trailer(TOLD[:-1] + b', "more": 1}'),
        with_trailer(TOLD, 2**63),
        with_trailer(TOLD)[:-3],
        with_trailer(TOLD)[:-100],
        with_trailer(ERROR % b"1e999"),
        with_trailer(ERROR % (b"9" * 400)),
        with_trailer(ERROR % b"-1"),
        header("(5,)") + bytes(41),
    ],
)
def test_what_is_damaged_behind_its_numbers_is_refused_and_not_taken_for_exact(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.npy").write_bytes(content)
    assert code(READ, granted(tmp_path)) == "QW0535"


def test_a_whole_trailer_is_read(tmp_path: Path) -> None:
    (tmp_path / "x.npy").write_bytes(with_trailer(ERROR % b"0.5"))
    assert run('load.q q0, "x.npy"\nat s0, q0, 1\nemit "x", s0', granted(tmp_path))["x"].error >= 0.5


def outcome(program: QpuProgram, grants: Grants) -> str:
    """The code of the refusal, or the numbers."""
    try:
        return str(Machine(grants=grants).run(program).value("x").tolist())
    except QwasmError as error:
        return error.diagnostics[0].code


def test_every_single_byte_flip_is_refused_or_gives_a_state(tmp_path: Path) -> None:
    run('fill q0, n\nstore.q "x.npy", q0', granted(tmp_path))
    whole = (tmp_path / "x.npy").read_bytes()
    program = compiled(f".space N = 5\n.func main\n{READ}\nend\n")
    for position in range(0, len(whole), 3):
        (tmp_path / "x.npy").write_bytes(whole[:position] + bytes([whole[position] ^ 0x55]) + whole[position + 1 :])
        found = outcome(program, granted(tmp_path))
        assert found in ("QW0535", "QW0536", "QW0537", "QW0606") or ("inf" not in found and "nan" not in found)


@pytest.mark.parametrize("name", ["../x.npy", "/etc/passwd", "", "a/../../x.npy", "."])
def test_a_path_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    np.save(tmp_path / "x.npy", np.arange(5))
    assert code(f'load.q q0, "{name}"', granted(inner)) in ("QW0538", "QW0531")
    assert code(f'fill q0, 1\nstore.q "{name}", q0', granted(inner)) in ("QW0538", "QW0531")


def test_a_link_that_leads_out_is_refused(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    np.save(tmp_path / "x.npy", np.arange(5))
    (inner / "x.npy").symlink_to(tmp_path / "x.npy")
    (inner / "up").symlink_to(tmp_path)
    assert code(READ, granted(inner)) == "QW0538"
    assert code('load.q q0, "up/x.npy"', granted(inner)) == "QW0538"
    assert code('fill q0, 1\nstore.q "up/y.npy", q0', granted(inner)) == "QW0538"


def test_devices_pipes_and_folders_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.npy")
    (tmp_path / "folder").mkdir()
    assert code(READ, granted(tmp_path)) == "QW0534"
    assert code('load.q q0, "folder"', granted(tmp_path)) == "QW0534"
    assert code('fill q0, 1\nstore.q "folder", q0', granted(tmp_path)) == "QW0534"


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    run('fill q0, n\nstore.q "x.npy", q0', granted(tmp_path))
    before = (tmp_path / "x.npy").read_bytes()

    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, call, full)
    assert code('fill q0, 7\nstore.q "x.npy", q0', granted(tmp_path)) == "QW0801"
    monkeypatch.undo()
    assert (tmp_path / "x.npy").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["x.npy"]


def test_a_name_that_the_storage_does_not_take_is_a_storage_error(tmp_path: Path) -> None:
    assert code(f'fill q0, 1\nstore.q "{"x" * 300}.npy", q0', granted(tmp_path)) == "QW0801"


def test_a_field_too_large_for_the_limit_is_refused_by_its_header(tmp_path: Path) -> None:
    np.save(tmp_path / "f.npy", np.ones((500, 5)))
    program = compiled('.space N = 5\n.func main\nload.q f0, "f.npy"\nqpu.reduce s0, f0, SUM\nemit "s", s0\nend\n')
    limits = replace(DEFAULT, memory=10_000)
    with pytest.raises(QwasmError, match="QW0460"):
        Machine(limits=limits, grants=Grants(load={"f.npy": tmp_path / "f.npy"})).run(program)
    assert Machine(grants=granted(tmp_path)).run(program).value("s") == 2500


def test_python_objects_stand_for_channels_and_loaded_states(tmp_path: Path) -> None:
    queue: list[Any] = [np.arange(5.0)]
    grants = Grants(channels={"c": queue}, load={"start": np.ones(5)})
    result = run('load.q q0, "start"\nsend "c", q0\nrecv q1, "c"\nrecv q2, "c"\nsend "c", q1\nemit "q2", q2', grants)
    assert result.value("q2").tolist() == [1] * 5
    assert len(queue) == 1 and queue[0].values.tolist() == [0, 1, 2, 3, 4]


def test_a_message_carries_its_picture_and_space() -> None:
    grants = Grants(channels={"c": []})
    turned = ".reg w0: qstate<hilbert>\nfill q0, n\nto.hilbert w0, q0\n"
    assert code(turned + 'send "c", w0\nrecv q1, "c"', grants, "N = 5, weight = n^-1") == "QW0537"
    grants = Grants(channels={"c": []})
    run(turned + 'send "c", w0', grants, "N = 5, weight = n^-1")
    assert code('recv q1, "c"', grants) == "QW0537"


def test_a_channel_may_be_a_file(tmp_path: Path) -> None:
    grants = Grants(channels={"c": str(tmp_path / "c.npy")})
    assert code('recv q0, "c"', grants) == "QW0607"
    run('fill q0, n\nsend "c", q0', grants)
    assert run('recv q0, "c"\nemit "q", q0', grants).value("q").tolist() == [1, 2, 3, 4, 5]


def test_a_saved_state_carries_its_space_through_the_interface(tmp_path: Path) -> None:
    state = State(np.arange(5.0), Space(5, Weight(), Field()), "nspace")
    state.save(tmp_path / "x.npy")
    assert run(READ, granted(tmp_path)).value("x").tolist() == [0, 1, 2, 3, 4]
    assert run('load.q q0, "s"\nemit "x", q0', Grants(load={"s": state})).value("x").tolist() == [0, 1, 2, 3, 4]
    assert code('load.q q0, "s"', Grants(load={"s": state}), "N = 5, weight = n^-1") == "QW0537"


def test_verify_sandbox_names_what_is_not_granted(tmp_path: Path) -> None:
    body = 'verify.sandbox\nfill q0, 1\nstore.q "x.npy", q0\nsend "c", q0'
    assert code(body, Grants()) == "QW0538"
    assert code(body, granted(tmp_path)) == "QW0539"
    run(body, Grants(roots=(tmp_path,), channels={"c": []}))
