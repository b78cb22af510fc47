"""The machine runs programs as the language says."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from qvm.conformance.cases import compiled
from qvm.machine import Machine, Result, Rows, State, Step
from qwasm.diagnostics import QwasmError
from qwasm.limits import DEFAULT
from qwasm.scalar import Scalar


def run(body: str, space: str = "N = 12", before: str = "", **options: Any) -> Result:
    return Machine(**options).run(compiled(f".space {space}\n{before}\n.func main\n{body}\nend\n"))


def code(body: str, space: str = "N = 12", **options: Any) -> str:
    with pytest.raises(QwasmError) as caught:
        run(body, space, **options)
    found = caught.value.diagnostics[0]
    assert found.span is not None and found.span.line >= 3
    return found.code


# outputs --------------------------------------------------------------------------------------


def test_an_output_outside_loops_is_one_value() -> None:
    result = run('set s0, 1/3\nemit "third", s0')
    assert result["third"] == Scalar(Fraction(1, 3))


def test_an_output_in_loops_is_a_row_with_the_loop_variables_as_columns() -> None:
    rows = run('hyperloop (i in 0..1, p in primes(2, 5))\nset s0, i*p\nemit "x", s0\nend')["x"]
    assert isinstance(rows, Rows) and rows.columns == ("i", "p")
    assert [(row["i"], row["p"], row["value"].value) for row in rows] == [
        (0, 2, 0),
        (0, 3, 0),
        (0, 5, 0),
        (1, 2, 2),
        (1, 3, 3),
        (1, 5, 5),
    ]


def test_a_loop_of_one_turn_still_gives_rows() -> None:
    assert isinstance(run('loop k, 1\nemit "x", k\nend')["x"], Rows)


def test_a_row_emitted_by_a_function_has_the_columns_of_its_caller() -> None:
    rows = run(
        "loop k, 2\nset s0, k\ncall f(s0) -> (s1)\nend", before='.func f(s0) -> (s1)\nset s1, s0^2\nemit "sq", s1\nend'
    )["sq"]
    assert isinstance(rows, Rows) and rows.columns == ("k",)
    assert [row["value"].value for row in rows] == [1, 4]


def test_states_vectors_and_fields_are_emitted_whole() -> None:
    result = run('fill q0, n\nemit "q", q0\ntrace v0, V(n), (0, 1)\nemit "v", v0\nqpu.spawn f0, q0, I, 1\nemit "f", f0')
    assert result.value("q").tolist() == list(range(1, 13))
    assert result.value("f").shape == (2, 12)
    assert len(result.value("v")) == 2 and isinstance(result["q"], State)


def test_halt_ends_the_program_inside_a_loop() -> None:
    result = run('loop k, 5\nemit "k", k\nif k == 2\nhalt\nend\nend\nemit "after", 1')
    assert len(result["k"]) == 2 and "after" not in result.outputs


def test_while_stops_at_its_bound() -> None:
    assert run('set s0, 0\nwhile s0 < 100 max 7\nset s0, s0 + 1\nend\nemit "n", s0').value("n") == 7


def test_an_empty_range_runs_nothing() -> None:
    assert run('set s0, 5\nprimes p, 24, 28\nset s0, 0\nend\nemit "s", s0').value("s") == 5


# numbers --------------------------------------------------------------------------------------


def test_sums_of_integers_are_exact_and_of_fractions_bounded() -> None:
    exact = run('fill q0, n\nreduce s0, q0, SUM\nemit "s", s0')["s"]
    rough = run('fill q0, 1/n\nreduce s0, q0, SUM\nemit "s", s0')["s"]
    assert isinstance(exact, Scalar) and isinstance(rough, Scalar)
    assert (exact.value, exact.error, exact.kind) == (78.0, 0.0, "exact")
    stored = sum((Fraction(1 / n) for n in range(1, 13)), Fraction(0))
    assert rough.kind == "bound" and isinstance(rough.value, float)
    assert abs(float(Fraction(rough.value) - stored)) <= rough.error
    assert rough.error < 1e-14


@pytest.mark.parametrize("field", ["real", "real32", "complex"])
@pytest.mark.parametrize("weight", ["1", "n^(-1/2)", "n^-1"])
def test_inner_products_lie_within_their_error_of_the_exact_value(field: str, weight: str) -> None:
    N = 40
    text = 'random q0, 3\nrandom q1, 4\nqop.inner s0, q0, q1\nemit "s", s0\nemit "x", q0\nemit "y", q1'
    result = run(text, f"N = {N}, weight = {weight}, field = {field}")
    x, y, found = result.value("x").astype(complex), result.value("y").astype(complex), result["s"]
    assert isinstance(found, Scalar)
    s = {"1": 0.0, "n^(-1/2)": 0.5, "n^-1": 1.0}[weight]
    import math

    terms = np.conj(x) * y * np.arange(1, N + 1) ** -s
    reference = complex(math.fsum(terms.real), math.fsum(terms.imag))
    assert abs(found.value - reference) <= found.error + 1e-15
    assert 0 < found.error < 1e-13


def test_residues_are_printed_balanced_and_exact() -> None:
    found = run('fill q0, 0 - n\nreduce s0, q0, SUM\nemit "s", s0', "N = 5, field = mod(101)")["s"]
    assert found == Scalar(-15)


def test_inner_products_in_a_modulus_with_a_weight_are_exact() -> None:
    value = run('fill q0, 1\nqop.inner s0, q0, q0\nemit "s", s0', "N = 4, weight = n^-1, field = mod(101)").value("s")
    assert (value * 12 - (12 + 6 + 4 + 3)) % 101 == 0


def test_the_hilbert_picture_holds_psi_times_the_root_of_the_weight() -> None:
    body = ".reg h: qstate<hilbert>\nfill q0, 1\nto.hilbert h, q0\nqop.norm s0, h\nqop.norm s1, q0\n"
    body += 'emit "h", h\nemit "a", s0\nemit "b", s1'
    result = run(body, "N = 9, weight = n^-1")
    np.testing.assert_allclose(result.value("h"), np.arange(1, 10) ** -0.5)
    assert abs(result.value("a") - result.value("b")) < 1e-14


def test_k_moves_stored_numbers_in_the_conformal_weight_as_a_plus_b_does_in_the_uniform_one() -> None:
    hilbert = run(
        '.reg h: qstate<hilbert>\nrandom q0, 1\nto.hilbert h, q0\nqop.apply h, h, K[3]\nemit "x", h',
        "N = 30, weight = n^-1",
    )
    start = run('random q0, 1\nemit "x", q0', "N = 30").value("x") * np.arange(1, 31) ** -0.5
    moved = np.zeros(30)
    moved[:10] += start[2::3]
    moved[2::3] += start[:10]
    np.testing.assert_allclose(hilbert.value("x"), moved, rtol=1e-14)


def test_a_polynomial_of_one_coefficient_is_a_multiple() -> None:
    assert run('fill q0, n\nqop.poly q1, q0, B[2], 3\nat s0, q1, 5\nemit "s", s0').value("s") == 15


def test_a_chebyshev_sum_is_the_polynomial_it_spells() -> None:
    # 1 + 2 T_1 + 3 T_2 on (-3, 5) with u = (X - 1)/4: 1 + 2 u + 3 (2 u^2 - 1)
    body = "random q0, 2\nqop.poly q1, q0, A[2] + V(log), (1, 2, 3), basis=chebyshev(-3, 5)\n"
    body += 'qop.poly q2, q0, (A[2] + V(log) - I)/4, (-2, 2, 6)\nemit "a", q1\nemit "b", q2'
    result = run(body)
    np.testing.assert_allclose(result.value("a"), result.value("b"), rtol=1e-12)


def test_an_integer_register_holds_integers() -> None:
    assert run('set i0, 7\nset s0, i0/2\nemit "s", s0').value("s") == Fraction(7, 2)


# failures -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("fill q0, 0\nqop.normalize q0", "QW0601"),
        ("assert 1 > 2", "QW0602"),
        ("fill q0, 1/3\nreduce s0, q0, SUM\nassert s0 == 4", "QW0603"),
        ("fill q0, 1/3\nreduce s0, q0, SUM\nif s0 < 4\nset s1, 1\nend", "QW0603"),
        ("basis q0, 13", "QW0604"),
        ("basis q0, 1\nat s0, q0, 0", "QW0604"),
        ("fill q0, 10^200\nmul q1, q0, q0", "QW0606"),
        ("fill q0, 10^200\nqop.combine q1, q0, q0, 10^200, 1", "QW0606"),
        ("set s0, 1/2\nset i0, s0", "QW0608"),
        ("basis q0, 1\nrecv q0, \"c\"", "QW0539"),
        ("load.q q0, \"x.npy\"", "QW0538"),
        ("verify.sandbox\nload.q q0, \"x.npy\"", "QW0538"),
    ],
)  # fmt: skip
def test_a_failure_has_its_code_and_its_place(body: str, expected: str) -> None:
    assert code(body) == expected


def test_a_run_past_its_time_stops() -> None:
    assert code("basis q0, 1\nloop k, 100000\nmul q0, q0, q0\nend", limits=replace(DEFAULT, timeout=0.05)) == "QW0463"


# hooks ----------------------------------------------------------------------------------------


class Watcher:
    """Records what it is shown."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, tuple[tuple[str, int], ...]]] = []
        self.open = 0

    def before(self, step: Step) -> None:
        self.open += 1
        self.seen.append((step.mnemonic, step.iteration))

    def after(self, step: Step) -> None:
        self.open -= 1
        assert step.duration_ns > 0

    def note(self, text: str) -> None:
        """Nothing."""


@pytest.mark.parametrize("ending", ["", "\nhalt"])
def test_hooks_see_every_step_with_its_iteration_and_change_nothing(ending: str) -> None:
    body = (
        'random q0, 1\nloop k, 2\nmul.p q0, q0, 2\nif k == 2\nqop.norm s0, q0\nemit "n", s0' + ending + "\nend\nend\n"
    )
    watcher = Watcher()
    quiet, watched = run(body), run(body, hooks=(watcher,))
    assert repr(quiet.outputs) == repr(watched.outputs)
    assert watcher.open == 0 and len(watcher.seen) == watched.stats["steps"]
    assert [where for name, where in watcher.seen if name == "sweep"] == [(("k", 1),), (("k", 2),)]


def test_a_hook_cannot_write_to_a_state() -> None:
    class Meddler(Watcher):
        def after(self, step: Step) -> None:
            for dest in getattr(step.op, "dests", ()):
                with pytest.raises(ValueError, match="read-only"):
                    step.read(dest)[0] = 5

    assert run('basis q0, 1\nat s0, q0, 1\nemit "s", s0', hooks=(Watcher(),)).value("s") == 1
    run("basis q0, 1", hooks=(Meddler(),))


# provenance -----------------------------------------------------------------------------------


def test_provenance_names_everything_a_run_depends_on() -> None:
    program = compiled(".space N = 4\n.func main\nbasis q0, 1\nend\n")
    found = Machine(seed=2**70, passes=("dce",), origins={"t": "given"}).run(program, {"t": "1/2"}).provenance
    assert found["seed"] == str(2**70) and found["passes"] == ["dce"] and found["backend"] == "numpy"
    assert found["parameters"] == {"t": {"value": "1/2", "origin": "given"}}
    assert found["program"].startswith("sha256:") and {"python", "numpy", "qwasm"} <= set(found["versions"])
