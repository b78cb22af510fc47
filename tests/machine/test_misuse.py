"""Misuse from Python meets a coded error, or Python's own for what no program has a part in; never a hang."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import qvm
from qwasm.diagnostics import QwasmError

SOURCE = '.param t: real = 1\n.space N = 5\n.func main\nfill q0, t*n\nemit "x", q0\nend\n'
LISTENS = '.space N = 5\n.func main\nrecv q0, "c"\nemit "x", q0\nend\n'
LOADS = '.space N = 5\n.func main\nload.q q0, "a"\nemit "x", q0\nend\n'


def code(call: Any) -> str:
    with pytest.raises(QwasmError) as caught:
        call()
    return caught.value.diagnostics[0].code


@pytest.mark.parametrize(
    "value", [None, "", [], float("nan"), float("inf"), 1j, b"1", object(), np.array([1, 2]), "\udcff"]
)
def test_a_parameter_that_is_no_number_is_refused(value: Any) -> None:
    assert code(lambda: qvm.compile(SOURCE, t=value)).startswith("QW0")


@pytest.mark.parametrize("N", [0, -1, 1.5, "0", None, 10**15, Fraction(10**4000)])
def test_an_N_that_is_no_size_is_refused(N: Any) -> None:
    assert code(lambda: qvm.compile(SOURCE, N=N)) in ("QW0231", "QW0211", "QW0441", "QW0420")


@pytest.mark.parametrize("path", ["nope.qw", "a\0b.qw"])
def test_a_path_that_cannot_be_read_is_refused(path: str) -> None:
    assert code(lambda: qvm.compile(path)) == "QW0700"


@pytest.mark.parametrize("option", [{"threads": 0}, {"threads": 10**9}, {"level": 9}])
def test_a_number_that_the_command_line_refuses_is_refused(option: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="is an integer in"):
        qvm.compile(SOURCE, **option)


@pytest.mark.parametrize("option", [{"threads": "2"}, {"threads": 1.5}, {"level": None}])
def test_an_option_that_is_no_integer_is_refused(option: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="is an integer, not"):
        qvm.compile(SOURCE, **option)


@pytest.mark.parametrize("seed", [-1, 2**64])
def test_a_seed_has_64_bits(seed: int) -> None:
    with pytest.raises(ValueError, match="seed is an integer in"):
        qvm.compile(SOURCE).run(seed=seed)


@pytest.mark.parametrize("channel", [3, None, {}, (np.ones(5),)])
def test_a_channel_that_takes_no_messages_is_refused(channel: Any) -> None:
    assert code(lambda: qvm.compile(LISTENS).run(channels={"c": channel})) == "QW0539"


@pytest.mark.parametrize("array", [None, 3, [[1], [2, 3]], np.ones(4), np.ones((5, 1)), np.array(["a"] * 5), {}])
def test_what_is_no_state_is_refused(array: Any) -> None:
    assert code(lambda: qvm.compile(LOADS).run(load={"a": array})) in ("QW0535", "QW0536")


@pytest.mark.parametrize("text", ["out(n, n)", "exp(A[2])"])
def test_a_matrix_without_zeros_is_refused_before_it_is_made(text: str) -> None:
    assert code(lambda: qvm.operator(text, N=10**6).to_sparse()) == "QW0460"
    assert qvm.operator(text, N=50).to_sparse().shape == (50, 50)
