"""One rule at a time: what each instruction makes of how far its states may be off."""

from __future__ import annotations

from math import inf
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qvm.conformance.cases import compiled
from qvm.machine import Grants, Machine, Result
from qvm.machine.context import Context
from qwasm.diagnostics import QwasmError
from qwasm.scalar import Scalar


def run(body: str, space: str = "N = 12, weight = n^-1", before: str = "", **options: Any) -> Result:
    return Machine(**options).run(compiled(f".space {space}\n{before}\n.func main\n{body}\nend\n"))


def code(body: str) -> str:
    with pytest.raises(QwasmError) as caught:
        run(body)
    return str(caught.value.diagnostics[0].code)


START = "fill q0, n\nqop.exp q1, q0, A[2] + 2*B[2], 1/4, tol=1e-3\n"


def test_a_chain_of_exact_operators_keeps_the_bar_within_a_hundred_times_the_error() -> None:
    # K[2] in the weight 1/n is self-adjoint: e^{-tK} e^{tK} is the identity, so the truth is known
    for N in (50, 1000):
        body = "fill q0, 1\nqop.exp q1, q0, K[2], 1, tol=1e-3\nqop.exp q1, q1, K[2], -1, tol=1e-3\n"
        body += "qop.apply q1, q1, K[3]\nqop.apply q0, q0, K[3]\nqop.combine q2, q1, q0, 1, -1\nqop.norm s0, q2\n"
        found = run(body + 'emit "off", s0', f"N = {N}, weight = n^-1")["off"]
        assert 0 < found.value <= found.error <= 100 * found.value, found


def test_without_approximations_nothing_is_measured_and_no_bar_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    body = "fill q0, n\nloop k, 3\nqop.apply q0, q0, K[2]\nmap q0, q0, x/2\nmul q1, q0, q0\nscan q1, q1, SUM\nend\n"
    body += 'qop.combine q1, q0, q1, 2, 1/3\nat s0, q1, 4\nreduce s1, q1, ARGMAX\nemit "at", s0\nemit "argmax", s1'
    for name in ("bound", "growth", "steepness"):
        monkeypatch.setattr(Context, name, lambda *_: pytest.fail("a norm was computed"))
    monkeypatch.setattr("qwasm.instructions.errors.norm", lambda *_: pytest.fail("a state was measured"))
    result = run(body)
    assert [result[name].error for name in ("at", "argmax")] == [0, 0]


def test_a_map_with_jumps_leaves_the_error_open_and_says_so() -> None:
    found = run(START + 'map q1, q1, (x > 2)*x\nqop.norm s0, q1\nemit "norm", s0')["norm"]
    assert found.error == inf and found.method == "error not bounded: came through map"
    assert code(START + "map q1, q1, floor(x)\nqop.norm s0, q1\nassert s0 > 0") == "QW0603"
    assert code(START + "map q1, q1, 1/x\nat s0, q1, 3\nif s0 > 0\nset s0, 1\nend") == "QW0603"


def test_arithmetic_with_an_unknown_error_keeps_it_unknown() -> None:
    start = START + "map q1, q1, floor(x)\nat s0, q1, 3\n"
    for text in ("s0 + 1", "s0^2", "exp(s0)", "floor(s0)", "max(s0, 1)", "abs(s0)", "(s0 > 1) + s0", "cos(s0)"):
        assert run(start + f'set s1, {text}\nemit "x", s1')["x"].error == inf, text
    assert run(start + 'set s1, 0*s0\nemit "x", s1')["x"] == Scalar(0)


def test_argmax_is_exact_where_the_gap_exceeds_the_error_and_wide_where_not() -> None:
    clear = "fill q0, 1 + 9*(n == 7)\nqop.exp q1, q0, A[2], 1/100, tol=1e-6\nreduce s0, q1, ARGMAX\n"
    assert run(clear + 'emit "x", s0')["x"] == Scalar(7)
    close = "fill q0, 1 + 1e-9*n\nqop.exp q1, q0, A[2] - A[2] + 0*I, 1\nqop.exp q1, q1, I + A[13], 1, tol=1e-2\n"
    found = run(close + 'reduce s0, q1, ARGMAX\nemit "x", s0', "N = 12")["x"]
    assert found.error in (0, 11) and abs(found.value - 12) <= found.error


def test_equality_is_decided_only_where_it_can_be() -> None:
    apart = run(START + 'equal s0, q0, q1\nemit "x", s0')["x"]
    assert (apart.value, apart.error) == (0, 0)
    same = run(START + 'qop.exp q2, q0, A[2] + 2*B[2], 1/4, tol=1e-3\nequal s0, q1, q2\nemit "x", s0')["x"]
    assert (same.value, same.error) == (1, 1)


def test_a_count_holds_every_number_of_entries_that_may_be_zero() -> None:
    found = run('basis q0, 1\nqop.exp q1, q0, B[2], 1/4, tol=1e-3\nreduce s0, q1, COUNT\nemit "x", s0')["x"]
    assert found.value - found.error <= 4 <= found.value + found.error and found.error > 0


def test_a_state_as_small_as_its_error_may_point_anywhere_when_normalised() -> None:
    body = START + "qop.exp q2, q0, A[2] + 2*B[2], 1/4\nqop.combine q1, q1, q2, 1, -1\n"
    result = run(body + 'qop.normalize q1\nemit "q", q1')
    assert result["q"].distance.size == 2.0


def test_loops_calls_branches_pictures_and_channels_carry_the_error() -> None:
    before = ".func f(q0) -> (q1)\nqop.apply q1, q0, 2*I\nend"
    body = START + "loop k, 3\nqop.apply q1, q1, I\nif k == 2\nqop.apply q1, q1, 3*I\nend\nend\n"
    body += 'call f(q1) -> (q2)\nsend "c", q2\nrecv q0, "c"\nto.hilbert h, q0\nemit "last", h'
    first = run(START + 'emit "first", q1')["first"].distance.size
    queue: list[Any] = []
    last = run(".reg h: qstate<hilbert>\n" + body, before=before, grants=Grants(channels={"c": queue}))["last"]
    assert 6 * first <= last.distance.size <= 6.0001 * first


def test_a_coefficient_with_an_error_gives_it_to_the_state() -> None:
    found = run('fill q0, n\nqop.norm s0, q0\nqop.combine q1, q0, q0, s0, 0\nemit "q", q1\nemit "s", s0', "N = 13")
    exact = found["s"].error * np.linalg.norm(np.arange(1, 14))
    assert exact <= found["q"].distance.size <= 1.001 * exact
    assert found["q"].distance.sources == ("uncertain scalars",)


def test_an_estimated_coefficient_makes_the_error_statistical() -> None:
    body = 'fill q0, 1\nqop.exp q1, q0, K[2], 1/4, method=krylov\nqop.norm s0, q1\nemit "x", s0'
    assert run(body)["x"].kind == "statistical"  # Krylov's error is sampled, not proved


def test_a_trace_at_an_uncertain_time_covers_it() -> None:
    start = "fill q0, 1\nqop.exp q1, q0, K[2], 1/4, tol=1e-3\nqop.norm s0, q1\n"
    result = run(start + 'trace s1, K[2], s0\nemit "t", s0\nemit "x", s1')
    found, t = result["x"], result["t"]
    for edge in (t.value - t.error, t.value + t.error):
        near = run(f'trace s0, K[2], {edge!r}\nemit "x", s0')["x"].value
        assert abs(near - found.value) <= found.error < 1


def test_an_exponential_inside_an_operator_is_covered() -> None:
    result = run('fill q0, n\nqop.apply q1, q0, 3*A[2] exp(1/4*A[3] + B[2]) B[2]\nemit "q", q1', "N = 40")
    truth = run(
        "fill q0, n\nqop.apply q1, q0, B[2]\nqop.exp q1, q1, -1/4*A[3] - B[2], 1, tol=1e-15\n"
        'qop.apply q1, q1, 3*A[2]\nemit "q", q1',
        "N = 40",
    )
    off = np.linalg.norm(result["q"].values - truth["q"].values)
    assert 0 < result["q"].distance.size < 1e-9 and off <= result["q"].distance.size + truth["q"].distance.size


# files ----------------------------------------------------------------------------------------


def test_a_stored_state_keeps_its_error(tmp_path: Path) -> None:
    body = START + 'store.q "a.npy", q1\nload.q q2, "a.npy"\nemit "stored", q1\nemit "loaded", q2'
    result = run(body, grants=Grants(roots=(tmp_path,)))
    assert result["loaded"].distance.size == result["stored"].distance.size > 0
    assert result["loaded"].distance.sources == ("file",)
    open_ended = START + 'map q1, q1, floor(x)\nstore.q "b.npy", q1\nload.q q2, "b.npy"\nemit "q", q2'
    assert run(open_ended, grants=Grants(roots=(tmp_path,)))["q"].distance.size == inf


@pytest.mark.parametrize("said", ['"error": -1.0', '"error": "1"', '"error": true', '"error": 1e999', '"error": NaN'])
def test_a_file_that_tells_no_error_as_its_error_is_refused(tmp_path: Path, said: str) -> None:
    run(START + 'store.q "a.npy", q1', grants=Grants(roots=(tmp_path,)))
    path = tmp_path / "a.npy"
    data = path.read_bytes()
    start = data.index(b'{"N"')
    text = data[start:-16].decode()
    size = text[text.index('"error"') : text.index(",", text.index('"error"'))]
    changed = text.replace(size, said).encode()
    path.write_bytes(data[:start] + changed + len(changed).to_bytes(8, "little") + data[-8:])
    with pytest.raises(QwasmError) as caught:
        run('load.q q0, "a.npy"', grants=Grants(roots=(tmp_path,)))
    assert caught.value.diagnostics[0].code == "QW0535"


def test_a_table_of_uncertain_numbers_is_refused(tmp_path: Path) -> None:
    run(START + 'store.q "a.npy", q1', grants=Grants(roots=(tmp_path,)))
    with pytest.raises(QwasmError, match="the numbers of a table are exact"):
        run("fill q0, g(n)", before='.arith g = table("a.npy")', grants=Grants(roots=(tmp_path,)))
