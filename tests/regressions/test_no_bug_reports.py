"""Inputs that once ended in a bug report (exit 70): each has a code of its own now."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from qvm import compile, operator
from qwasm.diagnostics import QwasmError
from tests.regressions.programs import outputs, program, refused

FULL = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no full device here")


@pytest.mark.parametrize("which", ["near", "near()", "near(1, 2)", "small(1)", "large(2)"])
def test_the_place_of_eigenvalues_is_given_to_near_alone(which: str) -> None:
    assert refused(f"spectrum v0, V(n), 2, which={which}") == ("QW0271", 3)


def test_the_depth_of_an_orbit_is_at_least_0() -> None:
    assert refused("fill q0, n\nqpu.spawn f0, q0, A[2], -1") == ("QW0208", 3)
    body = 'fill q0, n\nloop k, 3\nqpu.spawn f0, q0, A[2], k - 2\nqpu.reduce s0, f0, SUM\nemit "s", s0\nend'
    assert refused(body) == ("QW0608", 1)
    assert outputs('fill q0, n\nqpu.spawn f0, q0, A[2], 0\nemit "f", f0')["f"].values.shape == (1, 6)


@pytest.mark.parametrize("k", ["0", "-1"])
def test_a_field_has_at_least_one_state(k: str) -> None:
    assert refused(f'alloc.qfield f0, {k}\nqpu.reduce s0, f0, MAX\nemit "x", s0') == ("QW0208", 3)


@pytest.mark.parametrize("space", ["N = 6", "N = 6, field = complex", "N = 6, field = real32"])
def test_an_exact_scalar_larger_than_every_float_can_be_emitted_and_is_no_entry(space: str) -> None:
    assert outputs('set s0, 10^1000\nemit "x", s0', space)["x"].value == 10**1000
    body = 'fill q0, n\nset s0, -10^400\nqop.combine q1, q0, q0, s0, 1\nemit "x", q1'
    assert refused(body, space) == ("QW0606", 1)


def test_a_time_larger_than_every_float_is_no_exponential() -> None:
    assert refused('trace v0, V(n), (0, 10^400)\nemit "v", v0') == ("QW0650", 1)


def test_a_chebyshev_basis_on_one_point_is_refused() -> None:
    assert refused("fill q0, n\nqop.poly q1, q0, A[2], (1, 2), basis=chebyshev(1, 1)") == ("QW0271", 3)
    assert refused("fill q0, n\nqop.poly q1, q0, A[2], (1, 2), basis=power(2)") == ("QW0271", 3)


def test_parameters_may_be_numbers_of_numpy() -> None:
    source = ".param t: real\n" + program('emit "t", t')
    assert compile(source, t=np.int64(3)).run()["t"].value == 3  # type: ignore[arg-type]
    assert compile(source, t=np.float64(0.25)).run()["t"].value == 0.25


@pytest.mark.parametrize("value", [None, [1], {}])
def test_a_parameter_that_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(QwasmError, match="QW0211"):
        compile(".param t: real\n" + program('emit "t", t'), t=value)  # type: ignore[arg-type]
    with pytest.raises(QwasmError, match="QW0211"):
        operator("t*A[2]", N=4, t=value)  # type: ignore[arg-type]


@pytest.mark.parametrize("expression", [3, None])
def test_an_operator_that_is_neither_text_nor_value_is_refused(expression: object) -> None:
    with pytest.raises(QwasmError, match="QW0204"):
        operator(expression, N=4)  # type: ignore[arg-type]


def shell(command: str, file: Path) -> tuple[int, str]:
    """The exit code and standard error of `qvm` in a shell line."""
    line = command.replace("qvm", f"{sys.executable} -m qvm.cli.qvm").replace("FILE", str(file))
    done = subprocess.run(line, shell=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    return done.returncode, done.stderr


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "p.qw"
    path.write_text(program('emit "x", 1'))
    return path


@FULL
def test_a_full_standard_output_is_a_storage_failure(file: Path) -> None:
    code, talk = shell("qvm run FILE > /dev/full", file)
    assert code == 7 and "QW0801" in talk and "Traceback" not in talk
    assert shell("qvm --help > /dev/full", file)[0] == 7


def test_a_closed_standard_output_is_a_storage_failure(file: Path) -> None:
    code, talk = shell("qvm run FILE >&-", file)
    assert code == 7 and "QW0801" in talk


@FULL
def test_an_error_keeps_its_exit_code_when_it_cannot_be_told(file: Path) -> None:
    assert shell("qvm run FILE.missing 2> /dev/full", file)[0] == 2
