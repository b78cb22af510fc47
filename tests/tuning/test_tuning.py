"""Tuning: the choice is honest, what is kept is found again, and no result changes."""

from __future__ import annotations

import json
import random
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner

import qvm
from qvm.cli.qvm import qvm as command
from qvm.tuning import choose as choosing
from qvm.tuning.candidates import candidates
from qvm.tuning.choose import choose
from qvm.tuning.store import kept, place
from qwasm.diagnostics import QwasmError
from qwasm.qpu.program import Schedule
from qwasm.qpu.schedules import NAMES, read_schedule, schedule_text

TEXT = """.space N = 3000
.func main
    fill q0, 1/n
    qop.apply q1, q0, A[2] + B[3] + V(log)
    reduce s0, q1, SUM
    emit "sum", s0
end
"""
SLOW, FAST, SAME = Schedule(), Schedule(tile=4096), Schedule(tile=8192)


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


class Clock:
    """A clock that only runs move, each by the time of its schedule."""

    def __init__(self, seconds: dict[Schedule, float], noise: float = 0.0) -> None:
        self.now, self.seconds, self.draw, self.noise = 0.0, seconds, random.Random(1), noise

    def perf_counter(self) -> float:
        return self.now

    def run(self, schedule: Schedule) -> None:
        self.now += self.seconds[schedule] * (1 + self.noise * self.draw.random())


def chosen(clock: Clock, monkeypatch: pytest.MonkeyPatch, budget: float = 100.0) -> choosing.Choice:
    monkeypatch.setattr("qvm.tuning.choose.time.perf_counter", clock.perf_counter)
    return choose(list(clock.seconds), clock.run, budget)


def test_what_is_clearly_faster_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    found = chosen(Clock({SLOW: 1.0, FAST: 0.5, SAME: 1.0}), monkeypatch)
    assert found.schedule == FAST and found.seconds == pytest.approx(0.5) and found.baseline == pytest.approx(1.0)
    assert found.turns >= choosing.LEAST and set(found.selected) == {SLOW, FAST, SAME}


@pytest.mark.parametrize("seed", range(20))
def test_luck_is_not_chosen(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock({SLOW: 1.0, FAST: 1.0, SAME: 1.0}, noise=0.3)
    clock.draw = random.Random(seed)
    assert chosen(clock, monkeypatch).schedule == SLOW


def test_a_gain_within_the_noise_is_not_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    assert chosen(Clock({SLOW: 1.0, FAST: 0.985}), monkeypatch).schedule == SLOW


def test_a_budget_that_is_too_small_leaves_schedules_out(monkeypatch: pytest.MonkeyPatch) -> None:
    found = chosen(Clock({Schedule(tile=64 + k): 1.0 for k in range(50)}), monkeypatch, budget=20)
    assert found.schedule == Schedule(tile=64) and 1 <= len(found.selected) < 50


def test_candidates_begin_with_the_given_one_and_vary_what_is_read() -> None:
    given = Schedule(tile=777)
    assert candidates(given, 10**6, 2, frozenset()) == [given]
    found = candidates(given, 10**6, 2, frozenset(NAMES))
    assert found[0] == given and len(set(found)) == len(found)
    assert {s.layout for s in found} == {"auto", "natural", "grouped"} and {s.threads for s in found} == {1, 2}


def test_the_text_of_a_schedule_is_read_back() -> None:
    for schedule in candidates(Schedule(), 10**6, 3, frozenset(NAMES)):
        assert read_schedule(schedule_text(schedule)) == schedule


@pytest.mark.parametrize("text", ["tile", "tile=", "tile=x", "threads=0", "threads=1025", "layout=both",
                                  "time_block=-1", "tile=64,tile=128", "speed=9", "tile=1e3", "layout=1"])  # fmt: skip
def test_what_is_no_schedule_is_refused(text: str) -> None:
    with pytest.raises(QwasmError, match="QW0711"):
        read_schedule(text)


def test_tune_keeps_what_run_then_uses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "x.qw"
    file.write_text(TEXT)
    with pytest.raises(QwasmError, match="QW0712"):
        qvm.compile(file, schedule="tuned")
    answer = CliRunner().invoke(command, ["tune", str(file), "--budget", "0.5", "--json", "--quiet"])
    told = json.loads(answer.stdout)
    assert told["schema"] == "qvm.tune/1" and told["tried"][0]["schedule"] == schedule_text(Schedule())
    assert place().is_file() and place().parent.stat().st_mode & 0o077 == 0
    compiled = qvm.compile(file, schedule="tuned")
    assert schedule_text(compiled.program.schedule) == told["schedule"]
    assert compiled.run()["sum"].value == qvm.compile(file).run()["sum"].value
    assert compiled.run().provenance["schedule"] == told["schedule"]
    assert compiled.run().provenance["qpu"] == qvm.compile(file).run().provenance["qpu"]
    with pytest.raises(QwasmError, match="QW0712"):
        qvm.compile(file, schedule="tuned", N=2999)


def test_a_dry_run_keeps_nothing(tmp_path: Path) -> None:
    file = tmp_path / "x.qw"
    file.write_text(TEXT)
    CliRunner().invoke(command, ["tune", str(file), "--budget", "0.1", "--dry-run"])
    assert not place().exists()


@pytest.mark.parametrize("damage", [b"", b"not a database" * 100, None])
def test_a_damaged_database_is_as_good_as_none(tmp_path: Path, damage: bytes | None) -> None:
    file = tmp_path / "x.qw"
    file.write_text(TEXT)
    CliRunner().invoke(command, ["tune", str(file), "--budget", "0.1"])
    program = qvm.compile(file).program
    assert kept(program, "llvm") is not None
    if damage is None:
        with sqlite3.connect(place()) as connection:
            connection.execute("update schedules set schedule = 'layout=round'")
    else:
        place().write_bytes(damage)
    assert kept(program, "llvm") is None


LEARNING = TEXT.replace('    reduce s0', '''    atune.plan "fast"
    atune.learn "fast"
    atune.switch "fast"
    qop.apply q2, q0, A[2] + B[3] + V(log)
    equal s1, q1, q2
    assert s1 == 1
    reduce s0''')  # fmt: skip


@pytest.mark.parametrize("backend", ["numpy", "llvm", "null"])
def test_a_run_that_learns_has_the_results_of_one_that_does_not(backend: str) -> None:
    learned, plain = (qvm.compile(text, backend=backend).run() for text in (LEARNING, TEXT))
    assert repr(learned.outputs) == repr(plain.outputs)


@pytest.mark.parametrize("word", ["learn", "switch"])
def test_a_name_that_was_never_planned_is_refused(word: str) -> None:
    with pytest.raises(QwasmError, match="QW0657"):
        qvm.compile(f'.space N = 9\n.func main\natune.{word} "x"\nend').run()


def test_threads_reach_the_schedule() -> None:
    assert qvm.compile(TEXT, threads=2).program.schedule.threads == 2
    assert qvm.compile(TEXT, threads=2, schedule="tile=128").run().provenance["threads"] == 2
    assert qvm.compile(TEXT, passes="schedule{threads=3}").program.schedule.threads == 3
    assert qvm.compile(TEXT, passes="schedule{threads=3}", threads=1).program.schedule.threads == 1


def test_calibrated_speeds_are_kept_and_choose_the_layout() -> None:
    from qvm_backends.llvm.speeds import Speeds, speeds

    from qvm.tuning.store import keep_speeds

    speeds.cache_clear()
    assert speeds() == Speeds()
    keep_speeds("llvm", {**Speeds()._asdict(), "conversion": 1000.0})
    speeds.cache_clear()
    try:
        assert speeds().conversion == 1000.0
        assert Speeds().pays(10**6, 4 * 10**6, 16, True) and not speeds().pays(10**6, 4 * 10**6, 16, True)
    finally:
        place().unlink()
        speeds.cache_clear()


@pytest.mark.parametrize("value", [-1.0, 0.0, 1e9, "x"])
def test_speeds_that_cannot_be_are_not_used(value: object) -> None:
    from qvm_backends.llvm.speeds import Speeds, speeds

    from qvm.tuning.store import keep_speeds

    keep_speeds("llvm", Speeds()._asdict())
    with sqlite3.connect(place()) as connection:
        connection.execute("update speeds set value = ? where name = 'natural'", (value,))
    speeds.cache_clear()
    try:
        assert speeds() == Speeds()
    finally:
        speeds.cache_clear()


def test_the_doctor_calibrates_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qvm_backends.llvm.speeds.SIZE", 1 << 20)
    answer = CliRunner().invoke(command, ["doctor", "--calibrate", "--json"])
    told = json.loads(answer.stdout)["calibrated"]["llvm"]
    assert set(told) == {"natural", "grouped", "conversion", "planning"} and all(value > 0 for value in told.values())


PRICED = """
.space N = 100000
.func main
    fill      q0, 1
    qop.apply q1, q0, A[2] + B[2]
    reduce    s0, q1, sum
    emit      "s", s0
end
"""


def test_the_cost_model_takes_the_speeds_of_the_machine_when_asked() -> None:
    from qvm.tuning.speeds import OWNER, calibrated
    from qvm.tuning.store import keep_speeds
    from qwasm.passes.cost import module_cost
    from qwasm.passes.speeds import Speeds, current

    module = qvm.compile(PRICED, level=0).module
    assert module is not None
    fixed = module_cost(module)
    keep_speeds(OWNER, Speeds(1.0, 2.0)._asdict())
    try:
        with calibrated() as speeds:
            here = module_cost(module)
            assert current() == speeds == Speeds(1.0, 2.0)
            assert here == fixed and here.time == fixed.elements + 2 * fixed.bytes
        assert current() == Speeds() and fixed.time == fixed.elements / 2 + fixed.bytes / 8
    finally:
        place().unlink()


def test_prices_inside_an_instruction_follow_the_speeds() -> None:
    """What an exponential costs is kept as elements, of the speeds it was asked for."""
    from qwasm.passes.cost import module_cost
    from qwasm.passes.speeds import Speeds, using

    text = '.space N = 100000\n.func main\n fill q0, 1\n qop.exp q1, q0, A[2] + B[2], 1\n emit "q", q1\nend'
    module = qvm.compile(text, level=0).module
    assert module is not None
    fixed = module_cost(module)
    with using(Speeds(0.5, 12.5)):
        slow = module_cost(module)
    assert slow.elements > 2 * fixed.elements and module_cost(module) == fixed


def test_the_command_line_takes_the_speeds_that_were_kept(tmp_path: Path) -> None:
    """The speeds of the fixed machine give the same code, and without speeds that were kept there is no answer."""
    from qvm.cli.qwasmc import qwasmc
    from qvm.tuning.speeds import OWNER
    from qvm.tuning.store import keep_speeds
    from qwasm.passes.speeds import Speeds

    source = tmp_path / "p.qw"
    source.write_text(PRICED)
    ask = [str(source), "--emit=ir", "--cost-model", "machine"]
    assert "QW0712" in str(CliRunner().invoke(qwasmc, ask).exception)
    keep_speeds(OWNER, Speeds()._asdict())
    try:
        answer, plain = CliRunner().invoke(qwasmc, ask), CliRunner().invoke(qwasmc, ask[:2])
        assert answer.exit_code == 0 and answer.output == plain.output
    finally:
        place().unlink()


def test_the_doctor_keeps_the_speeds_of_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    from qvm.tuning.speeds import OWNER
    from qvm.tuning.store import kept_speeds

    monkeypatch.setattr("qvm_backends.llvm.speeds.SIZE", 1 << 20)
    answer = CliRunner().invoke(command, ["doctor", "--calibrate", "--json"])
    assert json.loads(answer.stdout)["calibrated"][OWNER] == kept_speeds(OWNER)
    place().unlink()
