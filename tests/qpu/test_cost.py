"""Cost is known before anything is allocated."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import pytest

from qvm.conformance.cases import compiled
from qvm.machine import Machine
from qwasm.diagnostics import QwasmError
from qwasm.limits import DEFAULT
from qwasm.qpu.cost import estimate, size

MIB = 1 << 20


def text(body: str, N: int = 1000) -> str:
    return f".space N = {N}\n.func main\n{body}\nend\n"


def test_a_loop_costs_its_body_times_its_count() -> None:
    once = estimate(compiled(text("basis q0, 1\nmul q1, q0, q0"))).work
    often = estimate(compiled(text("basis q0, 1\nloop k, 50\nmul q1, q0, q0\nend"))).work
    base = estimate(compiled(text("basis q0, 1"))).work
    assert 50 * (once - base) <= often - base <= 50 * (once - base + 4)  # and the turns themselves


def test_an_operator_with_a_loop_variable_is_charged_at_its_dearer_end() -> None:
    cheap = estimate(compiled(text("basis q0, 1\nloop k, 10\nqop.apply q1, q0, A[100]\nend"))).work
    open_ = estimate(compiled(text("basis q0, 1\nloop k, 10\nqop.apply q1, q0, A[k]\nend"))).work
    assert open_ - cheap >= 10 * 900


def test_memory_counts_the_states_alive_together() -> None:
    chain = "\n".join(["fill q0, 1", *(f"map q{i}, q{i - 1}, x + 1" for i in range(1, 9))])
    held = "\n".join([*(f"fill q{i}, 1" for i in range(9)), *(f"mul q0, q0, q{i}" for i in range(9))])
    N = 10**5
    longer, chained = (estimate(compiled(text(lines, N))).memory for lines in (f"{chain}\nmap q9, q8, x + 1", chain))
    assert longer == chained < 10 * 8 * N
    assert estimate(compiled(text(held, N))).memory >= 9 * 8 * N


SLACK = 4 << 20  # what Python itself keeps


@pytest.mark.parametrize(
    "body",
    [
        "fill q0, n",
        "fill q0, mu(n)*tau(n) + sigma(3)",
        "fill q0, n\nmap q0, q0, sin(x)*exp(-x/10^6) + sqrt(n)",
        "fill q0, n\nqop.apply q0, q0, sum d in ints(1, 10^6): A[d]",
        "fill q0, n\nqop.apply q0, q0, sum d in ints(1, 10^6): (d^(-1/2) + 1)*B[d]",
        "fill q0, n\nqop.apply q0, q0, sum p in primes(2, 10^6): (A[p] + B[p])",
        "fill q0, n\nqop.apply q0, q0, sum p in primes(2, 10^6): A[p] V(log)",
        "fill q0, n\nqop.apply q0, q0, Dir(mu) coDir(log(n) + 1)",
        "fill q0, n\nqop.apply q0, q0, prod p in primes(2, 10^6): (I + (1/p)*P[p])",
        "fill q0, n\nqop.apply q0, q0, inv(I - B[2] - B[3])",
        "random q0, 3",
        'fill q0, 1/n\nqpu.spawn f0, q0, A[2], 9\nqpu.reduce s1, f0, L2\nemit "y", s1',
    ],
)
def test_the_stated_memory_bounds_what_is_used_and_is_near_it(body: str) -> None:
    program = compiled(text(f'{body}\nat s0, q0, 3\nemit "x", s0', 10**6))
    stated = estimate(program).memory
    tracemalloc.start()
    Machine().run(program)
    used = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert used <= stated + SLACK and stated <= 3 * used + SLACK


def test_the_estimate_bounds_what_a_run_allocates() -> None:
    N = 200_000
    program = compiled(
        text("fill q0, n\nloop k, 5\nqop.apply q0, q0, A[2] + B[3] + V(log)\nend\nqpu.spawn f0, q0, B[2], 4", N)
    )
    allowed = estimate(program).memory
    Machine().run(compiled(text("basis q0, 1", 100)))
    tracemalloc.start()
    Machine().run(program)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak <= 2 * allowed + 8 * MIB


@pytest.mark.parametrize("body", ["basis q0, 1", "qpu.spawn f0, q0, I, 3", "qop.apply q1, q0, Dir(1)"])
def test_a_space_of_a_quadrillion_is_refused_without_allocating(body: str) -> None:
    program = compiled(text(f"basis q0, 1\n{body}"))
    program = replace(program, space=replace(program.space, N=10**15))
    tracemalloc.start()
    with pytest.raises(QwasmError) as caught:
        Machine().run(program)
    assert tracemalloc.get_traced_memory()[1] < 4 * MIB
    tracemalloc.stop()
    assert caught.value.exit_code == 4
    assert "--max-memory" in caught.value.diagnostics[0].hint


def test_work_over_the_limit_names_both_figures_and_the_flag() -> None:
    limits = replace(DEFAULT, work=10_000)
    with pytest.raises(QwasmError, match=r"the limit is 1\.000e\+04") as caught:
        Machine(limits=limits).run(compiled(text("basis q0, 1\nloop k, 100\nmul q0, q0, q0\nend")))
    assert "--max-work" in caught.value.diagnostics[0].hint


@pytest.mark.parametrize(
    ("count", "shown", "flag"),
    [(5, "5 B", "5"), (2048, "2 KiB", "2K"), (3 << 30, "3 GiB", "3G"), ((3 << 30) + 1, "3 GiB", "4G")],
)
def test_bytes_are_shown_for_people_and_rounded_up_for_flags(count: int, shown: str, flag: str) -> None:
    assert (size(count), size(count, True)) == (shown, flag)
