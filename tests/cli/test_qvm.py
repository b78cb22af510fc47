"""The machine's command line, used as a person would."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.command import run_command

PROGRAM = """.qwasm 1.0
.param t: real = 1/2
.space N = 50, weight = n^-1
.func main
    basis       q0, 6
    qop.apply   q1, q0, A[2]
    qop.norm    s0, q1
    emit        "norm", s0
    loop k, 3
        at      s1, q0, k + 5
        emit    "row", s1
    end
    emit        "t", t
end
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "p.qw"
    path.write_text(PROGRAM)
    return path


def test_a_table_names_every_output(program: Path) -> None:
    code, out, talk = run_command("qvm", "run", str(program))
    assert code == 0, talk
    assert "norm" in out and "row" in out and "t " in out


def test_json_is_one_object_of_the_published_schema(program: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    code, out, talk = run_command("qvm", "run", str(program), "--json")
    assert code == 0, talk
    result = json.loads(out)
    schema = json.loads((Path(__file__).parents[2] / "docs" / "reference" / "run.schema.json").read_text())
    jsonschema.validate(result, schema)
    assert result["schema"] == "qwasm.run/1"
    assert result["outputs"]["norm"]["value"] == pytest.approx(3**-0.5)
    assert [row["k"] for row in result["outputs"]["row"]["rows"]] == [1, 2, 3]
    assert {"program", "backend", "seed", "versions"} <= set(result["provenance"])


def test_json_tells_an_error_that_covers_how_far_the_state_was_approximated(tmp_path: Path) -> None:
    path = tmp_path / "p.qw"
    body = 'fill q0, 1\n{line}\nqop.norm s0, q0\nemit "norm", s0\nhalt\n'
    found = []
    for line in ("qop.exp q0, q0, A[2] + B[2], 1", "qop.apply q0, q0, A[2] + B[2]"):
        path.write_text(f".qwasm 1.0\n.space N = 20\n.func main\n{body.format(line=line)}end\n")
        code, out, talk = run_command("qvm", "run", str(path), "--json")
        assert code == 0, talk
        found.append(json.loads(out)["outputs"]["norm"])
    assert 0 < found[0]["error"] < 1e-10 and "exponential" in found[0]["method"]
    assert "exponential" not in found[1].get("method", "")


def test_a_state_tells_its_error_and_an_unknown_one_is_null_and_said(tmp_path: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    path = tmp_path / "p.qw"
    body = (
        'fill q0, n\nqop.exp q0, q0, A[2] + 3*B[2], 1\nemit "q", q0\nmap q0, q0, floor(x)\nat s0, q0, 1\nemit "s", s0'
    )
    path.write_text(f".qwasm 1.0\n.space N = 20\n.func main\n{body}\nend\n")
    code, out, talk = run_command("qvm", "run", str(path), "--json")
    assert code == 0, talk
    result = json.loads(out)
    schema = json.loads((Path(__file__).parents[2] / "docs" / "reference" / "run.schema.json").read_text())
    jsonschema.validate(result, schema)
    assert 0 < result["outputs"]["q"]["error"] < 1e-10 and result["outputs"]["s"]["error"] is None
    _, out, _ = run_command("qvm", "run", str(path))
    assert "in norm" in out and "± unknown" in out and "error not bounded: came through map" in out


def test_csv_has_a_header_and_a_line_for_each_value(program: Path) -> None:
    code, out, _ = run_command("qvm", "run", str(program), "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert code == 0
    assert [row["name"] for row in rows].count("row") == 3


def test_results_go_whole_into_a_file(program: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.json"
    code, out, talk = run_command("qvm", "run", str(program), "--json", "-o", str(target))
    assert (code, out) == (0, ""), talk
    assert json.loads(target.read_text())["schema"] == "qwasm.run/1"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out.json", "p.qw"]


def test_a_full_disk_is_a_storage_error_and_leaves_the_old_file(program: Path) -> None:
    code, _, talk = run_command("qvm", "run", str(program), "-o", "/dev/full")
    assert code == 7 and "QW0801" in talk


@pytest.mark.parametrize("value", ["0.25", "1/4", "25e-2", "2_5/100"])
def test_parameters_take_every_form(program: Path, value: str) -> None:
    code, out, talk = run_command("qvm", "run", str(program), "--json", "-D", f"t={value}")
    assert code == 0, talk
    assert json.loads(out)["outputs"]["t"]["value"] in (0.25, "1/4")


@pytest.mark.parametrize(
    ("arguments", "exit_code", "code"),
    [
        (["-D", "t"], 2, "QW0701"),
        (["-D", "t=("], 3, "QW01"),
        (["-D", "nobody=1"], 3, "QW0212"),
        (["--max-memory", "plenty"], 2, "QW0702"),
        (["--max-memory", "100"], 4, "QW0441"),
        (["--max-memory", "800"], 4, "QW0460"),
        (["--max-work", "3"], 4, "QW046"),
        (["--backend", "quantum"], 5, "QW05"),
        (["--rules", "x.qwr"], 2, "QW0700"),
        (["-D", "N=0"], 3, "QW02"),
        (["-D", "N=10^15"], 4, "QW04"),
        (["--threads", "0"], 2, ""),
        (["--frobnicate"], 2, ""),
    ],
    ids=str,
)
def test_bad_options_have_documented_exit_codes(program: Path, arguments: list[str], exit_code: int, code: str) -> None:
    got, out, talk = run_command("qvm", "run", str(program), *arguments)
    assert (got, out) == (exit_code, ""), talk
    assert code in talk and "Traceback" not in talk


def test_check_says_memory_and_work_before_anything_runs(program: Path) -> None:
    code, out, talk = run_command("qvm", "check", str(program), "--json")
    assert code == 0, talk
    report = json.loads(out)
    assert report["schema"] == "qwasm.check/1"
    assert report["memory"] >= 2 * 50 * 8 and report["work"] >= 50


def test_the_doctor_finds_this_installation_healthy() -> None:
    code, out, talk = run_command("qvm", "doctor", "--json")
    assert code == 0, out + talk
    assert json.loads(out)["probe"]["got"] == 158
    assert json.loads(out)["speed"]["element"] > 0


def test_profile_counts_micro_operations(program: Path) -> None:
    code, _, talk = run_command("qvm", "run", str(program), "--profile")
    assert code == 0 and "sweep" in talk


def test_a_bug_is_reported_with_the_input_kept(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import qvm.api

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("made for this test")

    monkeypatch.setattr(qvm.api, "compile_text", broken)
    code, _, talk = run_command("qvm", "run", str(program))
    assert code == 70 and "QW0000" in talk and "Traceback" not in talk
    report = Path(talk.split("report it with ")[1].split(",")[0])
    assert "basis       q0, 6" in report.read_text()
    report.unlink()
