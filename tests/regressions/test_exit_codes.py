"""Exit codes: what goes wrong at a value of the run is a failure of the program, not an error of its source."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command import run_command
from tests.regressions.programs import program, refused


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("set s0, 1\nset s1, 1/(s0 - 1)", "QW0640"),
        ("set s0, 0\nif 1/s0 > 0\nhalt\nend", "QW0640"),
        ("set s0, 1\nset s1, log(s0 - 1)", "QW0640"),
        ("loop k, 3\nset s0, 1/(k - 2)\nend", "QW0640"),
        ("loop k, 3\nset s0, mu(k - 2)\nend", "QW0641"),
        ("fill q0, n\nloop k, 3\nqop.apply q0, q0, 1/(k - 2)*A[2]\nend", "QW0640"),
        ("fill q0, n\nloop k, 3\nqop.apply q0, q0, inv((k - 2)*I - B[2])\nend", "QW0640"),
        ("fill q0, n\nloop k, 3\nqop.apply q0, q0, A[k - 2]\nend", "QW0604"),
        ("fill q0, n\nloop k, 3\nqop.apply q0, q0, A[k/2]\nend", "QW0608"),
        ('loop k, 3\nfill q0, chi(k, 2)\nemit "x", q0\nend', "QW0641"),
    ],
)
def test_a_value_of_the_run_that_has_no_meaning_fails_the_program(body: str, code: str) -> None:
    assert refused(body) == (code, 1)


def test_the_failure_names_the_place_and_the_value(tmp_path: Path) -> None:
    file = tmp_path / "p.qw"
    file.write_text(program("fill q0, n\nloop k, 3\nqop.apply q0, q0, A[k - 2]\nend"))
    code, _, talk = run_command("qvm", "run", str(file))
    assert code == 1 and ":6:1: error[QW0604]" in talk and "at k = 1" in talk and "^^^" in talk


def test_a_division_by_zero_written_in_the_source_stays_a_source_error() -> None:
    assert refused("set s0, 1/0") == ("QW0350", 3)


@pytest.mark.parametrize("value", ["1/n", "n^-2 + 1", "sigma(-1)", "J(-2)", "3*sigma(-1, n)*mu"])
def test_a_certain_division_by_a_multiple_of_l_is_a_type_error(value: str) -> None:
    space = "N = {N}, field = mod(7)"
    assert refused(f'fill q0, {value}\nemit "q", q0', space.format(N=7)) == ("QW0227", 3)
    assert refused(f'fill q0, {value}\nemit "q", q0', space.format(N=6)) == ("", 0)
    assert refused(f'fill q0, 1\nqop.apply q0, q0, V({value})\nemit "q", q0', space.format(N=7)) == ("QW0227", 3)
    assert refused(f'fill q0, 1\nqop.apply q0, q0, Dir({value})\nemit "q", q0', space.format(N=7)) == ("QW0227", 3)


def test_a_division_that_may_not_happen_is_a_trap() -> None:
    assert refused('fill q0, 1/(n - 3)\nemit "q", q0', "N = 7, field = mod(7)") == ("QW0642", 1)


@pytest.mark.parametrize(("seed", "code"), [("2^64 - 1", ""), ("0", ""), ("2^64", "QW0271"), ("-1", "QW0271")])
def test_a_seed_is_a_number_of_64_bits(seed: str, code: str) -> None:
    assert refused(f'random q0, {seed}\nemit "q", q0') == (code, 3 if code else 0)
    assert refused(f'loop k, 2\nrandom q0, {seed} + k - k\nemit "q", q0\nend')[0] == code


def test_a_seed_that_grows_too_large_in_a_loop_fails_the_program() -> None:
    assert refused('loop k, 2\nrandom q0, 2^64 - 2 + k\nemit "q", q0\nend') == ("QW0604", 1)


@pytest.mark.parametrize("seconds", ["nan", "inf", "0", "-1"])
def test_a_time_limit_is_a_positive_number(tmp_path: Path, seconds: str) -> None:
    file = tmp_path / "p.qw"
    file.write_text(program("set s0, 1"))
    assert run_command("qvm", "run", str(file), f"--timeout={seconds}")[0] == 2


@pytest.mark.parametrize("command", ["run", "check"])
def test_a_granted_folder_must_be_there(tmp_path: Path, command: str) -> None:
    file = tmp_path / "p.qw"
    file.write_text(program("set s0, 1"))
    assert run_command("qvm", command, str(file), "--data", str(tmp_path / "none"))[0] == 2
    assert run_command("qvm", command, str(file), "--data", str(file))[0] == 2
    assert run_command("qvm", command, str(file), "--data", str(tmp_path))[0] == 0


def test_a_state_that_the_program_does_not_load_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "p.qw"
    file.write_text(program("set s0, 1"))
    code, _, talk = run_command("qvm", "run", str(file), "--load", "psi0=x.npy")
    assert code == 2 and "QW0703" in talk


def test_an_empty_stage_is_no_stage(tmp_path: Path) -> None:
    file = tmp_path / "p.qw"
    file.write_text(program("set s0, 1"))
    assert run_command("qwasmc", str(file), "--emit=")[0] == 2
