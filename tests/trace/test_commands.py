"""qvm trace, keys and debug as their users type them; what is exported is what the formats ask for."""

from __future__ import annotations

import csv
import importlib
import importlib.util
import io
import json
import os
import random
import signal
import subprocess
import sys
import time
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import qvm
import qvm.trace
from qvm.trace.export import exported
from qvm.trace.verify import verify
from tests.command import run_command
from tests.trace.programs import FAILING, TEXT

ROOT = Path(__file__).parent.parent.parent
EVENT = {  # the Trace Event Format: complete events and metadata
    "type": "object",
    "required": ["traceEvents"],
    "properties": {
        "displayTimeUnit": {"enum": ["ms", "ns"]},
        "traceEvents": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["ph", "pid", "name"],
                "oneOf": [
                    {"properties": {"ph": {"const": "M"}}, "required": ["args"]},
                    {
                        "properties": {
                            "ph": {"const": "X"},
                            "ts": {"type": "number", "minimum": 0},
                            "dur": {"type": "number", "minimum": 0},
                            "tid": {"type": "integer"},
                            "cat": {"type": "string"},
                            "args": {"type": "object"},
                        },
                        "required": ["ts", "dur", "tid"],
                    },
                ],
            },
        },
    },
}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("QVM_KEY_PASSPHRASE", "secret")
    (tmp_path / "x.qw").write_text(TEXT)
    (tmp_path / "bad.qw").write_text(FAILING)
    return tmp_path


def said(place: Path, *words: str, wanted: int = 0) -> str:
    """What a command prints on both streams."""
    code, out, talk = run_command(*words, cwd=place)
    assert code == wanted, (words, code, out, talk)
    return out + talk


def test_a_traced_run_is_shown_verified_and_signed(place: Path) -> None:
    plain = said(place, "qvm", "run", "x.qw", "--threads", "2")
    key = said(place, "qvm", "keys", "new", "k").strip()
    assert key == said(place, "qvm", "keys", "show", "k.pub").strip() and key.startswith("sha256:")
    assert said(place, "qvm", "run", "x.qw", "--trace", "a.qtb", "--sign", "k.key", "--fingerprint") == plain
    shown = said(place, "qvm", "trace", "show", "a.qtb")
    for word in ("qop.exp q2, q0, H, 1/10", "A[2]", "overlap", "1 signature, not checked here", "heat_trace"):
        assert word in shown
    assert "roof" in said(place, "qvm", "trace", "show", "a.qtb", "--roof")
    tree = json.loads(said(place, "qvm", "trace", "show", "a.qtb", "--json"))
    assert tree["schema"] == "qvm.trace.show/1" and tree["lines"][0]["ns"] >= tree["lines"][-1]["ns"]
    whole = said(place, "qvm", "trace", "verify", "a.qtb", "--keys", "k.pub", "--require-signed", "--replay")
    assert "signed by k" in whole and "the same again" in whole
    said(place, "qvm", "run", "x.qw", "--trace", "b.qtb")
    assert "QW0574" in said(place, "qvm", "trace", "verify", "b.qtb", "--keys", "k.pub", "--require-signed", wanted=5)
    assert "unsigned" in said(place, "qvm", "trace", "verify", "b.qtb")


def test_diff_tells_what_changed(place: Path) -> None:
    said(place, "qvm", "run", "x.qw", "--trace", "a.qtb")
    said(place, "qvm", "run", "x.qw", "--trace", "b.qtb", "--threads", "2")
    same = said(place, "qvm", "trace", "diff", "a.qtb", "b.qtb")
    assert same.startswith("the same computation") and "threads: 1 became 2" in same
    (place / "y.qw").write_text(TEXT.replace("A[2]/2", "A[5]/2"))
    said(place, "qvm", "run", "y.qw", "--trace", "c.qtb")
    other = said(place, "qvm", "trace", "diff", "a.qtb", "c.qtb", wanted=1)
    for word in ("different computations", "A[5]/2", "A[2]:", "overlap:", "program: sha256"):
        assert word in other
    tree = json.loads(said(place, "qvm", "trace", "diff", "a.qtb", "c.qtb", "--json", wanted=1))
    assert not tree["same"] and {row["kind"] for row in tree["differences"]} >= {"program", "letters", "results"}


def test_a_run_that_fails_keeps_its_code_and_its_bundle(place: Path) -> None:
    before = run_command("qvm", "run", "bad.qw", cwd=place)
    assert run_command("qvm", "run", "bad.qw", "--trace", "a.qtb", cwd=place) == before
    assert "FAILED" in said(place, "qvm", "trace", "show", "a.qtb")
    assert "fails now" not in said(place, "qvm", "trace", "verify", "a.qtb", "--replay")


def test_options_of_a_bundle_want_a_bundle(place: Path) -> None:
    assert "QW0701" in said(place, "qvm", "run", "x.qw", "--fingerprint", wanted=2)


def test_the_perfetto_export_has_the_form_of_trace_events(place: Path) -> None:
    said(place, "qvm", "run", "x.qw", "--trace", "a.qtb")
    said(place, "qvm", "trace", "export", "a.qtb", "--to", "perfetto")
    tree = json.loads((place / "a.json").read_text())
    importlib.import_module("jsonschema").validate(tree, EVENT)
    bundle = qvm.trace.open(place / "a.qtb")
    spans = [row for row in tree["traceEvents"] if row["ph"] == "X"]
    assert len(spans) == len(bundle.events["op"]) and {"qop.exp", "sweep"} <= {row["name"] for row in spans}
    assert sum(row["dur"] for row in spans) == pytest.approx(bundle.events["dur_ns"].sum() / 1000)


def test_the_csv_export_has_a_line_for_each_event(place: Path) -> None:
    qvm.compile(TEXT).run(trace=place / "a.qtb")
    bundle = qvm.trace.open(place / "a.qtb")
    rows = list(csv.DictReader(io.StringIO(exported(bundle, "csv").decode())))
    assert [int(row["dur_ns"]) for row in rows] == bundle.events["dur_ns"].tolist()
    assert {row["name"] for row in rows} >= {"fill", "qop.exp"} and rows[0]["line"] == "4"


@pytest.mark.parametrize(("form", "library"), [("parquet", "pyarrow"), ("hdf5", "h5py")])
def test_exports_by_libraries_are_read_back_or_name_their_extra(place: Path, form: str, library: str) -> None:
    qvm.compile(TEXT).run(trace=place / "a.qtb")
    bundle = qvm.trace.open(place / "a.qtb")
    if importlib.util.find_spec(library) is None:
        assert "qwasm-toolchain[data]" in said(place, "qvm", "trace", "export", "a.qtb", "--to", form, wanted=5)
        return
    data = exported(bundle, form)
    if form == "parquet":
        parquet: Any = importlib.import_module("pyarrow.parquet")
        assert parquet.read_table(io.BytesIO(data))["dur_ns"].to_pylist() == bundle.events["dur_ns"].tolist()
    else:
        h5: Any = importlib.import_module("h5py")
        with h5.File(io.BytesIO(data)) as file:
            assert file["events/dur_ns"][:].tolist() == bundle.events["dur_ns"].tolist()
            assert file["counts/1/letter"][:].astype("U").tolist() == bundle.counts["letter"].tolist()


class Tags(HTMLParser):
    """The tags that are open, and whether a script or a foreign address is among them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]


def test_the_report_is_one_page_without_scripts_and_escapes_what_it_tells(place: Path) -> None:
    (place / "x.qw").write_text(TEXT.replace('"overlap"', '"<script>alert(1)</script>"'))
    said(place, "qvm", "run", "x.qw", "--trace", "a.qtb", "--fingerprint")
    said(place, "qvm", "trace", "show", "a.qtb", "--html", "a.html")
    text, tags = (place / "a.html").read_text(), Tags()
    tags.feed(text)
    assert "script" not in tags.tags and not tags.addresses and "&lt;script&gt;" in text
    assert {"table", "code"} <= tags.tags and "Where the time went" in text


# ---------------------------------------------------------------- storage


def test_a_bundle_killed_at_any_moment_is_whole_or_not_there(tmp_path: Path) -> None:
    code = "import sys, qvm\nfrom tests.trace.programs import TEXT\nc = qvm.compile(TEXT)\nprint(flush=True)\n"
    code += "while True: c.run(trace=sys.argv[1])\n"
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    draw = random.Random(1)
    for k in range(12):
        target = tmp_path / f"{k}.qtb"
        child = subprocess.Popen([sys.executable, "-c", code, str(target)], env=env, stdout=subprocess.PIPE)
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(draw.uniform(0, 0.1))
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        assert not target.exists() or verify(qvm.trace.open(target)).ok


def test_two_runs_that_write_one_path_leave_one_whole_bundle(tmp_path: Path) -> None:
    code = "import sys, qvm\nfrom tests.trace.programs import TEXT\nc = qvm.compile(TEXT, N=int(sys.argv[2]))\n"
    code += "for _ in range(20): c.run(trace=sys.argv[1])\n"
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    target = tmp_path / "x.qtb"
    words = [sys.executable, "-c", code, str(target)]
    children = [subprocess.Popen([*words, N], env=env) for N in ("200", "201")]
    assert [child.wait() for child in children] == [0, 0]
    assert verify(qvm.trace.open(target)).ok and os.listdir(tmp_path) == ["x.qtb"]


def test_a_target_that_cannot_be_replaced_is_an_error_with_a_code(place: Path) -> None:
    (place / "x.qtb").mkdir()
    assert "QW0801" in said(place, "qvm", "run", "x.qw", "--trace", "x.qtb", wanted=7)
    assert sorted(os.listdir(place)) == ["bad.qw", "x.qtb", "x.qw"]


# ---------------------------------------------------------------- the debugger


def debugged(place: Path, *lines: str) -> str:
    code, out, talk = run_command("qvm", "debug", "x.qw", cwd=place, stdin="\n".join([*lines, ""]).encode())
    assert code == 0, talk
    return out + talk


def test_a_debugger_stops_where_it_is_told_and_reads_registers(place: Path) -> None:
    told = debugged(
        place, "break qop.exp", "continue", "print q0 2", "norm q0", "support q1", "registers", "print q2", "step",
        "print q2 1", "where", "nonsense", "help", "delete", "continue",
    )  # fmt: skip
    q0 = qvm.compile(TEXT.replace('emit "state", q1', 'emit "state", q0')).run()["state"].values
    lines = told.split("\n")
    assert lines[0].split()[:2] == ["4", "fill"] and lines[1].split()[:2] == ["11", "qop.exp"]
    assert lines[2].startswith("300: ") and float(lines[2].split()[1].rstrip(",")) == pytest.approx(float(q0[0]))
    assert float(lines[3]) == pytest.approx(float((q0 @ q0) ** 0.5))
    assert "300, n = 1..300" in lines[4]
    assert "nothing was written to q2 yet" in told and "'nonsense' is no command" in told
    assert "overlap" in told


def test_a_debugger_counts_steps_and_breaks_on_lines(place: Path) -> None:
    told = debugged(place, "step 2", "break 9", "continue", "quit").split("\n")
    assert [line.split()[0] for line in told if line[:5].strip().isdigit()] == ["4", "6", "9"]
    assert "ended by quit" in told[-2] or "ended by quit" in "".join(told)
    assert "p = 2" in "".join(told)


def test_at_the_end_of_the_input_the_run_goes_on(place: Path) -> None:
    assert "overlap" in debugged(place)
