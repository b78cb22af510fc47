"""The compiler's command line, used as a person would."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.command import run_command

HEAT = Path(__file__).parents[2] / "examples" / "heat.qw"


def test_compiling_a_good_program_says_nothing_on_stdout() -> None:
    code, out, talk = run_command("qwasmc", str(HEAT))
    assert (code, out) == (0, ""), talk


def test_an_object_runs_like_its_source(tmp_path: Path) -> None:
    source = tmp_path / "p.qw"
    source.write_text(
        ".qwasm 1.0\n.param t: real = 2\n.space N = 20\n.func main\n"
        '    fill q0, t*n\n    reduce s0, q0, sum\n    emit "s", s0\nend\n'
    )
    target = tmp_path / "p.qwo"
    assert run_command("qwasmc", str(source), "-o", str(target))[0] == 0
    _, from_source, _ = run_command("qvm", "run", str(source), "--json")
    code, from_object, talk = run_command("qvm", "run", str(target), "--json")
    assert code == 0, talk
    assert json.loads(from_source)["outputs"] == json.loads(from_object)["outputs"]
    code, changed, talk = run_command("qvm", "run", str(target), "--json", "-D", "t=1")
    assert code == 0, talk
    assert float(json.loads(changed)["outputs"]["s"]["value"]) == 210


@pytest.mark.parametrize("stage", ["ast", "ir", "qpu"])
def test_each_stage_can_be_printed(stage: str) -> None:
    code, out, talk = run_command("qwasmc", str(HEAT), f"--emit={stage}")
    assert code == 0, talk
    assert "qop.apply" in out or "sweep" in out


def test_ir_and_qpu_text_print_the_same_twice() -> None:
    for stage in ("ir", "qpu"):
        assert run_command("qwasmc", str(HEAT), f"--emit={stage}") == run_command(
            "qwasmc", str(HEAT), f"--emit={stage}"
        )


def test_fmt_check_refuses_an_untidy_file_and_fmt_mends_it(tmp_path: Path) -> None:
    file = tmp_path / "x.qw"
    file.write_text(".qwasm 1.0\n.space   N=10\n.func main\nfill q0,1 ; one\nend\n")
    assert run_command("qwasmc", "fmt", "--check", str(file))[0] == 3
    assert run_command("qwasmc", "fmt", str(file))[0] == 0
    assert run_command("qwasmc", "fmt", "--check", str(file))[0] == 0
    assert "; one" in file.read_text()


@pytest.mark.parametrize("topic", ["instructions", "letters", "functions", "passes", "errors"])
def test_help_prints_every_reference_page(topic: str) -> None:
    code, out, talk = run_command("qwasmc", "help", topic, "--markdown")
    assert code == 0, talk
    assert out.startswith("# ")


def test_help_prints_one_entry() -> None:
    code, out, talk = run_command("qwasmc", "help", "instructions", "qop.apply")
    assert code == 0, talk
    assert out.startswith("qop.apply") and "qop.exp" not in out
    assert "coDir" in run_command("qwasmc", "help", "letters", "coDir")[1]
    assert "Liouville" in run_command("qwasmc", "help", "functions", "lambda")[1]


def test_several_errors_come_from_one_run(tmp_path: Path) -> None:
    file = tmp_path / "bad.qw"
    file.write_text(
        ".qwasm 1.0\n.space N = 10\n.func main\n    fill q0, nothing\n    mul.p q1, q9, 2\n    frob q0\nend\n"
    )
    code, _, talk = run_command("qwasmc", str(file))
    assert code == 3
    assert talk.count("error[QW") >= 3
    assert "^" in talk and "hint:" in talk


def test_diagnostics_come_as_json_lines(tmp_path: Path) -> None:
    file = tmp_path / "bad.qw"
    file.write_text(".qwasm 1.0\n.space N = 10\n.func main\n    frob q0\nend\n")
    code, _, talk = run_command("qwasmc", str(file), "--errors=json")
    assert code == 3
    first = json.loads(talk.splitlines()[0])
    assert first["line"] == 4 and first["code"].startswith("QW02")


def test_an_unknown_stage_is_a_usage_error() -> None:
    code, _, talk = run_command("qwasmc", str(HEAT), "--emit=soup")
    assert code == 2 and "QW0705" in talk


def test_completion_scripts_are_printed() -> None:
    for shell in ("bash", "zsh", "fish"):
        code, out, _ = run_command("qwasmc", "completion", shell)
        assert code == 0 and "_QWASMC_COMPLETE" in out
