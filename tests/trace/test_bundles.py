"""Trace bundles: what is recorded, that nothing changes by it, and that equal runs have equal fingerprints."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import qvm
import qvm.trace
from qvm.machine.recorder import Recorder
from qvm.machine.run import Machine
from qvm.trace.schema import ALLOWED, COLUMNS, SEAL
from qwasm.diagnostics import QwasmError
from tests.trace.programs import FAILING, TEXT


def traced(path: Path, text: str = TEXT, fingerprint: bool = False, **options: object) -> qvm.trace.Bundle:
    qvm.compile(text, **options).run(trace=path, fingerprint=fingerprint)  # type: ignore[arg-type]
    return qvm.trace.open(path)


@pytest.mark.parametrize("backend", ["numpy", "llvm"])
@pytest.mark.parametrize("threads", [1, 2])
def test_recording_changes_no_bit(tmp_path: Path, backend: str, threads: int) -> None:
    compiled = qvm.compile(TEXT, backend=backend, threads=threads)
    plain, watched = compiled.run(), compiled.run(trace=tmp_path / "x.qtb", fingerprint=True)
    assert repr(plain["overlap"]) == repr(watched["overlap"])
    assert plain["state"].values.tobytes() == watched["state"].values.tobytes()


def test_equal_runs_have_one_fingerprint_for_any_threads_processes_and_hash_seeds(tmp_path: Path) -> None:
    found = {traced(tmp_path / f"{k}.qtb", threads=k).fingerprint for k in (1, 2, 3)}
    found.add(traced(tmp_path / "f.qtb", fingerprint=True).fingerprint)
    code = (
        "import sys, qvm, qvm.trace\nfrom tests.trace.programs import TEXT\n"
        "qvm.compile(TEXT).run(trace=sys.argv[1])\nprint(qvm.trace.open(sys.argv[1]).fingerprint)"
    )
    root = Path(__file__).parent.parent.parent
    for seed in ("1", "2"):
        env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join([str(root), *sys.path])}
        words = [sys.executable, "-c", code, str(tmp_path / f"s{seed}.qtb")]
        found.add(subprocess.run(words, env=env, capture_output=True, text=True, check=True).stdout.strip())
    assert len(found) == 1
    assert traced(tmp_path / "other.qtb", TEXT.replace("1/10", "1/5")).fingerprint not in found
    assert traced(tmp_path / "n.qtb", N=299).fingerprint not in found


def test_the_events_are_those_that_ran(tmp_path: Path) -> None:
    bundle = traced(tmp_path / "x.qtb", level=0)
    names = [str(getattr(op, "mnemonic", type(op).__name__.lower())) for op in bundle.ops]
    ran = [names[k] for k in bundle.events["op"].tolist() if names[k] not in ("free", "move")]
    assert ran == ["fill", "loop", *["sweep"] * 3, "loop", *["sweep"] * 4, "qop.exp", "reduce", "emit", "emit"]
    assert bundle.counts["times"].tolist() == np.bincount(bundle.events["op"], minlength=len(names)).tolist()
    start, spent = bundle.events["start_ns"], bundle.events["dur_ns"]
    assert np.all(spent >= 0) and start[0] == 0 and np.array_equal(start[1:], (start + spent)[:-1])
    loops = [k for k, name in enumerate(names) if name == "sweep"]
    for k in loops:
        rows = bundle.events["iteration"][bundle.events["op"] == k]
        assert rows.tolist() == list(range(len(rows)))
    assert not bundle.events["error"].any()


def test_letters_are_counted_exactly_by_prime(tmp_path: Path) -> None:
    bundle = traced(tmp_path / "x.qtb", level=0)
    counts = bundle.counts
    names = [str(getattr(op, "mnemonic", "")) for op in bundle.ops]
    inner = int(counts["applied"][names.index("qop.exp")])
    assert inner > 1 and counts["applied"].sum() == 3 + 4 + inner
    found = dict(zip(zip(counts["letter"].tolist(), counts["prime"].tolist(), strict=True), counts["count"].tolist()))
    # A[2] in three turns, A[p] for p = 2, 3, 5, 7, and K[p] in each step of the exponential; V(log), B[3] in each turn
    assert found["A", 2] == 3 + 1 + inner and found["A", 3] == found["A", 5] == found["A", 7] == 1 + inner
    assert found["A", 11] == found["A", 13] == inner
    assert found["B", 3] == 4 + inner and found["B", 2] == inner and found["V", 0] == 3
    assert counts["prime"].tolist() == counts["upto"].tolist()


def test_applications_inside_an_instruction_are_those_that_the_backend_ran(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qvm.machine.backend import load
    from qwasm.qpu.program import Schedule

    kind, calls = type(load("numpy").kernels(Schedule())), [0]
    original = kind.apply

    def apply(self: object, plan: object, x: Any) -> object:
        calls[0] += len(x) if x.ndim > 1 else 1
        return original(self, plan, x)  # type: ignore[arg-type]

    monkeypatch.setattr(kind, "apply", apply)
    text = TEXT.replace("qop.inner s0, q0, q2", "trace s1, H\n    spectrum v0, H, 2\n    qop.inner s0, q0, q2")
    applied = traced(tmp_path / "x.qtb", text, backend="numpy").counts["applied"]
    assert applied.sum() == calls[0] > 20


def test_large_primes_are_counted_in_ranges(tmp_path: Path) -> None:
    text = ".space N = 5000\n.func main\nfill q0, n\nqop.apply q1, q0, sum p in primes(2, 5000): A[p]\nend"
    counts = traced(tmp_path / "x.qtb", text).counts
    low, high, many = (counts[name] for name in ("prime", "upto", "count"))
    assert many.sum() == 669 and many[low < 1024].sum() == 172  # pi(5000) and pi(1023)
    assert sorted(set(zip(low[low >= 1024].tolist(), high[low >= 1024].tolist()))) == [
        (1024, 2047),
        (2048, 4095),
        (4096, 8191),
    ]


def test_strides_and_work_follow_from_the_program(tmp_path: Path) -> None:
    text = ".space N = 100\n.func main\nfill q0, n\nqop.apply q1, q0, A[6]\nqop.apply q2, q1, B[3]\nend"
    bundle = traced(tmp_path / "x.qtb", text, level=0)
    memory = bundle.memory
    rows = set(zip(*(memory[name].tolist() for name in ("read_stride", "write_stride", "elements")), strict=True))
    assert rows == {(6, 1, 16), (1, 3, 33)}
    assert bundle.energy["elements"] == int(bundle.counts["elements"].sum()) > 0
    assert bundle.energy["E_flow"] == pytest.approx(2.0) and bundle.energy["unbounded"] == 0


@pytest.mark.parametrize("weight", ["1", "n^-1", "n^(-1/2)"])
@pytest.mark.parametrize("text", ["A[6]", "3*B[4]", "A[2] B[3]", "V(1/n)", "-2*P[3]"])
def test_the_flow_of_one_term_is_its_norm(tmp_path: Path, text: str, weight: str) -> None:
    source = f".space N = 60, weight = {weight}\n.func main\nfill q0, 1\nqop.apply q1, q0, {text}\nend"
    matrix = qvm.operator(text, N=60, weight=weight).to_dense()
    flow = traced(tmp_path / "x.qtb", source, level=0).energy["E_flow"]
    assert flow == pytest.approx(float(np.linalg.norm(matrix, 2)))


def test_the_spectral_features_are_right_where_they_are_known(tmp_path: Path) -> None:
    text = ".space N = 4, weight = n^-1\n.func main\nfill q0, 1\nqop.exp q1, q0, K[2], 1\nend"
    found = traced(tmp_path / "x.qtb", text, fingerprint=True).spectral
    rows = {
        (f, a): (v, e)
        for f, a, v, e in zip(*(found[c].tolist() for c in ("feature", "at", "value", "error")), strict=True)
    }
    values = np.linalg.eigvalsh([[0, 1, 0, 0], [1, 0, 0, 1], [0, 0, 0, 0], [0, 1, 0, 0]])

    def near(key: tuple[str, float], wanted: float) -> bool:
        value, error = rows[key]
        return bool(abs(value - wanted) <= error + 1e-12)

    assert near(("heat_trace", 0.5), float(np.exp(-values / 2).sum()))
    assert near(("radius", 0.0), 2**0.5) and near(("gap", 0.0), 2**0.5) and near(("asymmetry", 0.0), 0.0)
    assert near(("share", 2.0), 1.0)
    logs = [np.log(np.exp(-values * t).sum()) for t in (0.5, 1.0, 1.5)]
    assert near(("curvature", 1.0), float(4 * (logs[0] - 2 * logs[1] + logs[2])))


def test_shares_of_primes_are_those_of_the_hilbert_picture(tmp_path: Path) -> None:
    found = traced(tmp_path / "x.qtb", fingerprint=True).spectral
    shares = found["value"][found["feature"] == "share"]
    assert np.allclose(shares, 1 / 6)  # K[p] has one norm for every p


def test_a_run_that_fails_leaves_a_bundle_that_says_so(tmp_path: Path) -> None:
    path = tmp_path / "x.qtb"
    with pytest.raises(QwasmError) as told:
        qvm.compile(FAILING).run(trace=path)
    bundle = qvm.trace.open(path)
    failed = bundle.errors["failed"][0]
    assert bundle.meta["failed"] and failed["code"] == told.value.diagnostics[0].code and failed["line"] == 6
    assert bundle.events["error"].tolist().count(1) == 1 and bundle.events["error"][-1] == 1
    assert list(bundle.meta["outputs"]) == ["sum"]


def test_a_run_that_is_out_of_time_leaves_a_bundle_too(tmp_path: Path) -> None:
    from qvm.api import with_limits

    text = ".space N = 20000\n.func main\nfill q0, n\nloop k, 100000\nqop.apply q0, q0, A[2]/2\nend\nend"
    with pytest.raises(QwasmError, match="QW0463"):
        qvm.compile(text, limits=with_limits(timeout=0.5)).run(trace=tmp_path / "x.qtb")
    bundle = qvm.trace.open(tmp_path / "x.qtb")
    assert bundle.errors["failed"][0]["code"] == "QW0463" and len(bundle.events["op"]) > 10


def test_a_folder_holds_the_same_files(tmp_path: Path) -> None:
    one, two = traced(tmp_path / "x.qtb"), traced(tmp_path / "folder")
    assert set(one.files) == set(two.files) == set(ALLOWED | {SEAL}) - {"spectral.npz"}
    assert one.fingerprint == two.fingerprint and (tmp_path / "folder").is_dir()
    with pytest.raises(QwasmError, match="QW0801"):
        qvm.compile(TEXT).run(trace=tmp_path / "folder")


def test_columns_have_the_types_of_the_schema(tmp_path: Path) -> None:
    bundle = traced(tmp_path / "x.qtb", fingerprint=True)
    for name, columns in COLUMNS.items():
        found = getattr(bundle, name.removesuffix(".npz"))
        assert {column: array.dtype.str for column, array in found.items()} == columns
    assert json.loads(bundle.files["meta.json"])["versions"] and bundle.source == TEXT


def test_a_dataset_reads_one_bundle_at_a_time(tmp_path: Path) -> None:
    for k in (3, 1, 2):
        traced(tmp_path / f"{k}.qtb", N=100 + k)
    (tmp_path / "note.txt").write_text("not a bundle")
    found = qvm.trace.dataset(tmp_path)
    assert next(found).meta["N"] == 101
    assert [bundle.meta["N"] for bundle in found] == [102, 103]
    (tmp_path / "4.qtb").write_bytes(b"none")
    with pytest.raises(QwasmError, match="QW0571"):
        list(qvm.trace.dataset(tmp_path))


def test_beyond_the_capacity_records_are_thinned_and_counts_stay_exact() -> None:
    text = ".space N = 3\n.func main\nfill q0, n\nloop k, 500\nmul.p q1, q0, 2\nend\nassert 1 == 0\nend"
    program = qvm.compile(text, level=0).program
    recorder = Recorder(program, capacity=100)
    with pytest.raises(QwasmError):
        Machine(recorder=recorder).run(program)
    records = recorder.records
    assert len(records) <= 101 and recorder.every >= 8 and records["error"][-1] == 1
    assert recorder.counts.max() == 500 and np.all(np.diff(records["start_ns"]) >= 0)
    for k in range(len(recorder.ops)):
        mine = records[records["op"] == k]
        assert np.all((mine["iteration"] % recorder.every == 0) | (mine["error"] == 1))


def test_many_records_are_kept_and_read(tmp_path: Path) -> None:
    text = '.space N = 2\n.func main\nset s0, 0\nloop k, 200\nloop j, 100\nset s0, 1\nend\nend\nemit "s", s0\nend'
    bundle = traced(tmp_path / "x.qtb", text, level=0, backend="numpy")
    names = [type(op).__name__ for op in bundle.ops]
    times = bundle.counts["times"]
    assert sum(n for n, name in zip(times.tolist(), names, strict=True) if name == "ScalarOp") == 20_001
    assert times.sum() == len(bundle.events["op"]) and bundle.meta["host"]["every"] == 1


@pytest.mark.parametrize("target", ["no/such/folder/x.qtb"])
def test_a_place_that_cannot_be_written_is_refused_before_the_run(tmp_path: Path, target: str) -> None:
    seen: list[object] = []

    class Look:
        def before(self, step: object) -> None:
            seen.append(step)

        def after(self, step: object) -> None: ...

        def note(self, text: str) -> None: ...

    with pytest.raises(QwasmError, match="QW0801"):
        qvm.compile(TEXT).run(trace=tmp_path / target, hooks=[Look()])
    assert not seen


def test_the_null_backend_runs_nothing_to_record(tmp_path: Path) -> None:
    with pytest.raises(QwasmError, match="QW0532"):
        qvm.compile(TEXT, backend="null").run(trace=tmp_path / "x.qtb")


def test_a_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.qtb"
    before = traced(path).files
    monkeypatch.setattr("qvm.trace.pack.os.fsync", lambda _: (_ for _ in ()).throw(OSError(28, "no space left")))
    with pytest.raises(QwasmError, match="QW0801"):
        qvm.compile(TEXT.replace("1/10", "1/5")).run(trace=path)
    assert qvm.trace.open(path).files == before and os.listdir(tmp_path) == ["x.qtb"]
