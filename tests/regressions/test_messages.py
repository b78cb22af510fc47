"""Messages that once misled: what they say now is true and shows the line it speaks of."""

from __future__ import annotations

from pathlib import Path

import pytest

from qwasm.ir.build import build
from qwasm.syntax import parse
from tests.command import run_command
from tests.regressions.programs import program


def remarks(operator: str, space: str) -> list[str]:
    """The codes of what the compiler remarks on an operator."""
    found = build(parse(program(f"fill q0, n\nqop.apply q1, q0, {operator}", space)))[1]
    return [remark.code for remark in found]


@pytest.mark.parametrize(
    "body", ["p*I", "V(n mod p)", "S[p, cyclic]", "exp(A[p])", "(I + A[p])", "(A[p] + I)^2", "S[p - 18]"]
)
def test_primes_beyond_N_that_act_are_not_remarked_on(body: str) -> None:
    assert remarks(f"sum p in primes(2, 20): {body}", "N = 6") == []


@pytest.mark.parametrize(
    "operator", ["A[19] B[19]", "(sum p in primes(2, 20): A[p]) B[19]", "D(c = 1/p, primes(2, 20))"]
)
def test_on_the_infinite_space_nothing_is_called_0_for_its_size(operator: str) -> None:
    assert remarks(operator, "N = 6, truncation = free") == []


@pytest.mark.parametrize(
    "operator",
    ["A[19]", "sum p in primes(2, 20): A[p]", "prod p in primes(2, 20): (I + A[p])", "D(c = 1/p, primes(2, 20))"],
)
def test_what_vanishes_beyond_N_is_remarked_on(operator: str) -> None:
    assert remarks(operator, "N = 6") == ["QW0920"]


def test_an_error_in_an_included_file_shows_its_line(tmp_path: Path) -> None:
    (tmp_path / "lib.qw").write_text(".op H = A[2] + foo\n")
    (tmp_path / "p.qw").write_text('.use "lib.qw"\n' + program("set s0, 1"))
    code, _, talk = run_command("qvm", "run", str(tmp_path / "p.qw"))
    assert code == 3 and "1 | .op H = A[2] + foo\n" in talk and talk.index("^^^") > talk.index("foo")


def test_an_error_in_a_value_of_D_shows_the_value(tmp_path: Path) -> None:
    (tmp_path / "p.qw").write_text(".param t: real = 1\n" + program("set s0, t"))
    code, _, talk = run_command("qvm", "run", str(tmp_path / "p.qw"), "-D", "t=1/0")
    assert code == 3 and "-D t:1:3" in talk and "1 | 1/0\n" in talk


def test_one_file_is_included_once_under_all_its_spellings(tmp_path: Path) -> None:
    (tmp_path / "lib.qw").write_text(".op H = A[2]\n")
    (tmp_path / "p.qw").write_text('.use "lib.qw"\n.use "./lib.qw"\n' + program("set s0, 1"))
    assert run_command("qvm", "run", str(tmp_path / "p.qw"))[0] == 0


def test_a_space_over_the_memory_limit_is_one_error_about_the_space_that_is_written(tmp_path: Path) -> None:
    (tmp_path / "p.qw").write_text(program("set s0, 1"))
    code, _, talk = run_command("qvm", "run", str(tmp_path / "p.qw"), "--max-memory", "10")
    assert code == 4 and talk.count("error[") == 1 and "N = 1000" not in talk


def test_the_hint_for_a_call_of_main_is_not_main(tmp_path: Path) -> None:
    (tmp_path / "p.qw").write_text(program("call main()"))
    assert "did you mean main" not in run_command("qvm", "run", str(tmp_path / "p.qw"))[2]


def test_imaginary_parts_are_written_as_the_language_writes_them(tmp_path: Path) -> None:
    (tmp_path / "p.qw").write_text(program("fill q0, n\nqop.exp q1, q0, V(n), 2i", "N = 6, field = complex"))
    assert "not 0 + 2i" in run_command("qvm", "run", str(tmp_path / "p.qw"))[2]


def test_complex_states_fill_both_columns_of_a_csv(tmp_path: Path) -> None:
    (tmp_path / "p.qw").write_text(program('fill q0, n + 2i\nemit "x", q0', "N = 2, field = complex"))
    text = run_command("qvm", "run", str(tmp_path / "p.qw"), "--format", "csv")[1]
    assert [line.split(",")[:4] for line in text.splitlines()[1:]] == [
        ["x", "n = 1", "1.0", "2.0"],
        ["x", "n = 2", "2.0", "2.0"],
    ]


def test_the_entries_of_a_field_are_named_by_state_and_n(tmp_path: Path) -> None:
    (tmp_path / "p.qw").write_text(program('fill q0, n\nqpu.spawn f0, q0, I, 1\nemit "f", f0', "N = 2"))
    text = run_command("qvm", "run", str(tmp_path / "p.qw"))[1]
    assert "state 2, n = 1" in text


def test_a_long_state_is_cut_in_every_row_of_a_loop(tmp_path: Path) -> None:
    (tmp_path / "p.qw").write_text(program('fill q0, n\nloop k, 2\nemit "x", q0\nend', "N = 100"))
    text = run_command("qvm", "run", str(tmp_path / "p.qw"))[1]
    assert text.count("...") == 2 and len(text.splitlines()) == 18


def test_a_name_with_a_line_break_stays_on_its_line(tmp_path: Path) -> None:
    (tmp_path / "p.qw").write_text(program('emit "a\\nb", 1'))
    assert run_command("qvm", "run", str(tmp_path / "p.qw"))[1] == "a\\nb  1  exact\n"
