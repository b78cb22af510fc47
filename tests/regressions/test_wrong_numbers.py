"""Numbers that once came out wrong: each is right now, or refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from qvm import operator
from qwasm.arith.sieve import each_prime, primes
from qwasm.diagnostics import QwasmError
from tests.command import run_command
from tests.regressions.programs import outputs, program, refused

TOWER = "exp(exp(exp(exp(exp(exp(1))))))"


def test_an_exponential_out_of_reach_is_refused_and_never_0() -> None:
    assert refused(f'set s0, {TOWER}\nemit "x", s0') == ("QW0420", 4)
    assert refused(f'fill q0, {TOWER}\nemit "x", q0') == ("QW0420", 4)
    assert refused(f'fill q0, n\nqop.apply q1, q0, {TOWER}*A[2]\nemit "x", q1') == ("QW0420", 4)


def test_a_tower_too_large_for_a_float_is_not_finite() -> None:
    assert refused('set s0, exp(exp(exp(exp(1))))\nemit "x", s0') == ("QW0640", 1)


def test_the_sine_of_a_number_without_known_digits_is_refused_and_never_0() -> None:
    assert refused('emit "x", sin(10^405)')[0] == "QW0353"
    assert abs(outputs('emit "x", sin(10^100)')["x"].value + 0.37237612366127669) < 1e-15


def test_complex_eigenvalues_do_not_lose_their_imaginary_part_in_a_real_superposition() -> None:
    body = "fill q0, n\nqpu.spawn f0, q0, I, 1\nspectrum v0, S[1, cyclic] + V(1/n), 2, which=large\n"
    body += 'qpu.superpose.grid q1, f0, v0\nemit "q", q1'
    assert refused(body) == ("QW0643", 1)
    assert outputs(body, "N = 6, field = complex")["q"].values[0].imag != 0


@pytest.mark.parametrize("expression", ["floor(s0)", "s0 mod 2", "max(s0, 2)", "min(s0, 2)"])
def test_what_needs_an_order_refuses_complex_scalars(expression: str) -> None:
    assert refused(f'set s0, 2i\nset s1, {expression}\nemit "x", s1', "N = 6, field = complex") == ("QW0643", 1)


@pytest.mark.parametrize("expression", ["max(1i*n, 2)", "min(n, 1i*n)"])
def test_the_larger_of_complex_entries_is_refused(expression: str) -> None:
    assert refused(f'fill q0, {expression}\nemit "x", q0', "N = 6, field = complex") == ("QW0643", 1)


def test_the_larger_of_numbers_that_are_real_in_value_is_taken() -> None:
    found = outputs('fill q0, max(1i*1i*n, -2)\nemit "x", q0', "N = 3, field = complex")["x"]
    assert found.values.tolist() == [-1, -2, -2]


@pytest.mark.parametrize("bound", ["0", "-1", "-5"])
def test_a_while_with_a_bound_below_1_runs_not_at_all(bound: str) -> None:
    body = f'set s0, 1\nwhile s0 < 10 max {bound}\nset s0, s0 + 1\nend\nemit "x", s0'
    assert outputs(body)["x"].value == 1


@pytest.mark.parametrize("bound", ["0", "-1"])
def test_a_qloop_whose_lines_run_once_at_least_refuses_a_bound_below_1(bound: str) -> None:
    body = f'set s0, 1\nagain:\nset s0, s0 + 1\nqloop again, s0 < 50 max {bound}\nemit "x", s0'
    assert refused(body) == ("QW0254", 3)


def test_the_primes_of_a_loop_beyond_2_to_the_62_are_there() -> None:
    found = outputs('primes p, 2^62 + 130, 2^62 + 140\nemit "p", p\nend')["p"].rows
    assert [value.value for _, value in found] == [2**62 + 135]


def test_primes_one_by_one_are_the_sieved_primes_across_a_segment() -> None:
    low, high = (1 << 20) - 50, (1 << 20) + 50
    assert list(each_prime(low, high)) == primes(low, high).tolist()
    assert list(each_prime(10**12 - 100, 10**12 + 100)) == primes(10**12 - 100, 10**12 + 100).tolist()


def test_an_operator_on_a_fraction_of_a_number_is_refused() -> None:
    with pytest.raises(QwasmError, match="QW0231"):
        operator("A[2]", N=2.5)  # type: ignore[arg-type]


def test_residues_of_a_state_print_balanced(tmp_path: Path) -> None:
    file = tmp_path / "p.qw"
    file.write_text(program('fill q0, n\nemit "x", q0', "N = 6, field = mod(7)"))
    code, text, _ = run_command("qvm", "run", str(file), "--json")
    assert code == 0 and json.loads(text)["outputs"]["x"]["state"] == [1, 2, 3, -3, -2, -1]
    _, text, _ = run_command("qvm", "run", str(file), "--format", "csv")
    assert [line.split(",")[2] for line in text.splitlines()[1:]] == ["1", "2", "3", "-3", "-2", "-1"]


def test_an_exact_norm_too_large_for_a_float_stays_exact() -> None:
    found = outputs('norm s0, 10^400*A[2]\nemit "x", s0')["x"]
    assert found.value == 10**400 and found.kind == "exact"
    assert refused('norm s0, exp(800)*A[2]\nemit "x", s0') == ("QW0640", 1)
