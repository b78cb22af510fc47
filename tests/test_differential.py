"""The machine agrees with the dense oracle: exactly in mod(l), to rounding in floats.

Two sources of programs: handwritten cases, one for every instruction, letter and function in every field,
truncation and weight; and generated programs.  A release runs `--hypothesis-profile=deep`.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings

from tests.oracle import machine, program
from tests.oracle.cases import EVERY, Case
from tests.oracle.cases import program as whole
from tests.oracle.compare import disagreements, exit_code, outputs
from tests.strategies import programs

FIELDS = ("real", "real32", "complex", "mod")
WEIGHTS = (Fraction(0), Fraction(1, 2), Fraction(1))
SPACES = tuple(product(("strict", "free"), WEIGHTS))

settings.register_profile("deep", max_examples=5000, deadline=None, suppress_health_check=list(HealthCheck))


def _spaces(case: Case, field: str) -> list[tuple[str, Fraction]]:
    """The truncations and weights a case has in a field; in mod(l) a weight with a root is no space at all."""
    return [
        (truncation, s)
        for truncation, s in SPACES
        if not (case.strict_only and truncation == "free") and not (field == "mod" and s == Fraction(1, 2))
    ]


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("case", EVERY, ids=lambda c: c.name)
def test_every_case_means_what_the_oracle_says(case: Case, field: str) -> None:
    wrong = []
    for truncation, s in _spaces(case, field):
        meaning = case.meaning(field, s)
        structure = whole(case, field, truncation, s)
        source = program.text(structure)
        where = f"{truncation}, weight n^-{s}: "
        if meaning is True:
            found = disagreements(source, machine.run(structure), outputs(source))
        elif meaning is False:
            code = exit_code(source)
            found = [] if code == 3 else [f"exit code {code} where a type error (3) was expected"]
        else:
            found = []
        wrong += [f"{where}{line}\n{source}" for line in found[:2]]
    assert not wrong, "\n".join(wrong[:2])


@given(structure=programs())
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_a_generated_program_means_what_the_oracle_says(structure: program.Program) -> None:
    source = program.text(structure)
    wrong = disagreements(source, machine.run(structure), outputs(source))
    assert not wrong, "\n".join([*wrong[:5], source])


MOD = ".qwasm 1.0\n.space N = 8, weight = 1, field = mod(101)\n.func main\n    fill q0, n\n    {}\n    halt\nend\n"

REFUSED = (
    "qop.apply q1, q0, V(n^(1/2))", "qop.apply q1, q0, V(sqrt(n))", "qop.apply q1, q0, K[2]", "qop.apply q1, q0, K[3, 1/2]",
    "qop.apply q1, q0, V(log)", "qop.apply q1, q0, V(Lambda)", "qop.apply q1, q0, Dir(Lambda)", "fill q1, log", "fill q1, sqrt(n)",
    "fill q1, exp(n)", "fill q1, sin(n)", "fill q1, pi", "fill q1, 2i", "fill q1, chi(5, 2)", "fill q1, n/101",
    "map q1, q0, sqrt(x)", "map q1, q0, exp(x)", "log.mult q1, q0", "lambda.weight q1, q0", "qop.exp q1, q0, A[2], 1",
    "qop.apply q1, q0, exp(A[2])", "qop.norm s0, q0", "norm s0, A[2]", "qop.normalize q0", "scan q1, q0, MAX", "reduce s0, q0, MAX",
    "reduce s0, q0, MIN", "reduce s0, q0, ARGMAX", "trace s0, A[2], 1", "spectrum v0, A[2] + B[2], 2", "qop.combine q1, q0, q0, 1/101, 1",
    "qop.apply q1, q0, 1/101*A[2]", "set s0, 1/101", "set s0, 2^(1/2)", "set s0, log(2)",
)  # fmt: skip


@pytest.mark.parametrize("instruction", REFUSED)
def test_what_has_no_exact_meaning_in_mod_l_is_a_type_error(instruction: str) -> None:
    assert exit_code(MOD.format(instruction)) == 3


@pytest.mark.parametrize("kind", ["MAX", "MIN", "L2", "NORM", "ENTROPY"])
def test_a_reduction_of_a_field_that_needs_order_or_norms_is_a_type_error_in_mod_l(kind: str) -> None:
    assert exit_code(MOD.format(f"qpu.spawn f0, q0, A[2], 2\n    qpu.reduce s0, f0, {kind}")) == 3


@pytest.mark.parametrize("attributes", ["weight = n^(-1/2), field = mod(101)", "weight = n^-1, field = mod(7)"])
def test_a_weight_without_an_exact_inverse_is_refused_where_it_is_needed_in_mod_l(attributes: str) -> None:
    source = f".qwasm 1.0\n.space N = 8, {attributes}\n.func main\n    fill q0, n\n    qop.inner s0, q0, q0\n    halt\nend\n"
    assert exit_code(source) == 3


def test_a_program_in_mod_l_without_weights_needs_no_large_prime() -> None:
    source = ".qwasm 1.0\n.space N = 8, weight = 1, field = mod(7)\n.func main\n    fill q0, n\n    at s0, q0, 6\n    emit \"six\", s0\n    halt\nend\n"
    assert exit_code(source) == 0
