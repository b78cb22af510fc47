"""Bad input meets a coded message with a caret and a hint, never a traceback; odd but legal input runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import run_command

ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
HEAD = ".qwasm 1.0\n.space N = 100\n"


def main(*lines: str, head: str = HEAD) -> str:
    return head + ".func main\n" + "".join(f"    {line}\n" for line in lines) + "end\n"


def op(expression: str, head: str = HEAD) -> str:
    return main("fill q0, 1", "qop.apply q1, q0, X", head=f"{head}.op X = {expression}\n")


BAD: dict[str, tuple[str | bytes, int]] = {
    "a line that is no instruction": (main("fill q0 1 2 ]"), 3),
    "an unknown name": (main("fill q0, wobble"), 3),
    "an unknown instruction": (main("fly q0"), 3),
    "an unknown operator": (main("fill q0, 1", "qop.apply q1, q0, Y"), 3),
    "a register never written": (main("qop.norm s0, q7"), 3),
    "a scalar where a state is wanted": (main("set s0, 1", "qop.norm s1, s0"), 3),
    "a number where an operator is wanted": (main("fill q0, 1", "qop.apply q1, q0, 3 +"), 3),
    "mixed pictures": (
        main("fill q0, 1", "to.hilbert h, q0", "qop.inner s0, q0, h", head=HEAD + ".reg h: qstate<hilbert>\n"),
        3,
    ),
    "two spaces": (HEAD + ".space N = 50\n.func main\nend\n", 3),
    "a composite where a prime is required": (main("fill q0, 1", "mul.p q1, q0, 6"), 3),
    "index zero": (op("A[0]"), 3),
    "a negative index": (op("B[-2]"), 3),
    "a fractional index": (op("P[1/2]"), 3),
    "N = 0": (".qwasm 1.0\n.space N = 0\n.func main\nend\n", 3),
    "N negative": (".qwasm 1.0\n.space N = -5\n.func main\nend\n", 3),
    "N = 10^15": (".qwasm 1.0\n.space N = 10^15\n.func main\n    fill q0, 1\nend\n", 4),
    "no N": (".qwasm 1.0\n.space weight = n^-1\n.func main\nend\n", 3),
    "a modulus that is not prime": (".qwasm 1.0\n.space N = 5, field = mod(91)\n.func main\nend\n", 3),
    "a NaN literal": (main("fill q0, nan"), 3),
    "an infinite literal": (main("fill q0, inf"), 3),
    "a float beyond the field": (main("fill q0, 1e400"), 1),
    "division by zero": (main("fill q0, 1/0"), 3),
    "division by zero at one n": (main("fill q0, 1/(n - 7)"), 1),
    "a logarithm of zero": (main("fill q0, log(n - 1)"), 1),
    "an unbounded backward jump": (main("set s0, 1", "again:", "set s0, s0 + 1", "jmp again"), 3),
    "an unbounded while": (main("set s0, 1", "while s0 > 0", "set s0, 1", "end"), 3),
    "an end too many": (main("fill q0, 1") + "end\n", 3),
    "an end too few": (HEAD + ".func main\n    loop k, 3\n    fill q0, 1\n", 3),
    "x^y^z": (op("2^3^2 * I"), 3),
    "200,000 nested parentheses": (main("fill q0, " + "(" * 200_000 + "1" + ")" * 200_000), 4),
    "100,000 unclosed parentheses": (main("fill q0, " + "(" * 100_000), 4),
    "an exponent of a billion digits": (main("fill q0, 10^10^9"), 3),
    "a huge power": (main("fill q0, 2^(10^9)"), 4),
    "bytes that are not UTF-8": (b".qwasm 1.0\n.space N = 5\n; \xff\xfe\n.func main\nend\n", 3),
    "a null byte": (main("fill q0, 1\x00"), 3),
    "a terminal escape": (main("fill q0, \x1b[31mred"), 3),
    "an unterminated string": (main('emit "oops, 1'), 3),
    "a foreign version": (".qwasm 9.0\n.space N = 5\n.func main\nend\n", 3),
    "an unknown directive": (HEAD + ".frobnicate 3\n.func main\nend\n", 3),
    "a function that calls itself": (HEAD + ".func f(s0) -> (s1)\n    call f(s0) -> (s1)\nend\n.func main\nend\n", 3),
    "no main": (HEAD + ".op X = I\n", 3),
    "an empty file": ("", 3),
    "exponential macros": (
        HEAD
        + ".macro M0(a) = A[a] + B[a]\n"
        + "".join(f".macro M{k}(a) = M{k - 1}(a) M{k - 1}(a)\n" for k in range(1, 60))
        + main("fill q0, 1", "qop.apply q1, q0, M59(2)", head=""),
        4,
    ),
    "an inverse that does not exist": (op("inv(A[2] + B[2])"), 3),
    "a file that was not granted": (main('load.q q0, "x.npy"'), 5),
    "a path that leaves": (main('load.q q0, "../../etc/passwd"'), 5),
    "a table that was not granted": (
        main("fill q0, g(n) + 1", 'emit "x", q0', head=HEAD + '.arith g = table("g.npy")\n'),
        5,
    ),
    "a channel that was not granted": (main("fill q0, 1", 'send "out", q0'), 5),
    "an instruction of a later version": (main("fill q0, 1", "measure v0, A[2]"), 5),
    "an assertion that fails": (main('assert 1 > 2, "one is not more than two"'), 1),
    "normalising zero": (main("fill q0, 0", "qop.normalize q0"), 1),
    "a root in mod(l)": (main("fill q0, n^(1/2)", head=".qwasm 1.0\n.space N = 9, field = mod(101)\n"), 3),
    "an imaginary number in a real field": (main("fill q0, 2i"), 3),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_with_a_code_and_a_documented_exit(name: str, tmp_path: Path) -> None:
    text, exit_code = BAD[name]
    file = tmp_path / "bad.qw"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    code, out, talk = run_command("qvm", "run", str(file))
    assert code == exit_code, talk[:2000]
    assert out == ""
    assert "bad.qw:" in talk and "^" in talk
    assert "error[QW0" in talk and "QW0000" not in talk and "Traceback" not in talk
    assert "more: qwasmc explain" in talk
    assert "\x1b" not in talk and "\x00" not in talk
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.qw"]


@pytest.mark.parametrize("level", ["-O0", "-O1", "-O2", "-O3"])
def test_a_float_beyond_the_field_is_named_briefly_at_every_level(level: str, tmp_path: Path) -> None:
    file = tmp_path / "far.qw"
    file.write_text(main("fill q0, 1e400"))
    code, _, talk = run_command("qvm", "run", str(file), level)
    assert code == 1 and "a number near 10^400 is not finite at n = 1\n" in talk, talk
    assert len(talk) < 500


@pytest.mark.parametrize("name", [name for name, (_, exit_code) in BAD.items() if exit_code == 3])
def test_source_errors_show_a_caret_and_a_hint(name: str, tmp_path: Path) -> None:
    text, _ = BAD[name]
    file = tmp_path / "bad.qw"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    _, _, talk = run_command("qvm", "run", str(file))
    assert "^" in talk and "hint: " in talk, talk


LEGAL: dict[str, tuple[str, float]] = {
    "N = 1": (
        main(
            "fill q0, 5", "qop.apply q1, q0, A[2] + P[1]", "reduce s0, q1, sum", 'emit "x", s0', head=".space N = 1\n"
        ),
        5,
    ),
    "an empty range of primes": (
        op("3*I + sum p in primes(24, 28): A[p]").replace("end\n", '    at s0, q1, 1\n    emit "x", s0\nend\n'),
        3,
    ),
    "an empty product": (
        op("prod p in primes(24, 28): A[p]").replace("end\n", '    at s0, q1, 1\n    emit "x", s0\nend\n'),
        1,
    ),
    "a range that runs backwards": (main("set s0, 7", "primes p, 10, 2", "set s0, 8", "end", 'emit "x", s0'), 7),
    "primes beyond N": (op("I + A[101]").replace("end\n", '    at s0, q1, 1\n    emit "x", s0\nend\n'), 1),
    "a sum of 200,000 terms": (
        main("set s0, " + " + ".join(["1"] * 200_000), 'emit "x", s0'),
        200_000,
    ),
    "5,000 nested parentheses": (main("set s0, " + "(" * 5_000 + "4" + ")" * 5_000, 'emit "x", s0'), 4),
}


@pytest.mark.parametrize("name", LEGAL)
def test_odd_but_legal_input_runs(name: str, tmp_path: Path) -> None:
    text, expected = LEGAL[name]
    file = tmp_path / "odd.qw"
    file.write_text(text)
    code, out, talk = run_command("qvm", "run", str(file), "--json")
    assert code == 0, talk[:2000]
    assert float(json.loads(out)["outputs"]["x"]["value"]) == expected


def test_primes_beyond_n_are_remarked(tmp_path: Path) -> None:
    file = tmp_path / "beyond.qw"
    file.write_text(LEGAL["primes beyond N"][0])
    _, _, talk = run_command("qvm", "run", str(file))
    assert "remark[QW09" in talk


def test_a_sum_of_200_000_different_operator_terms_is_worked_or_refused_by_a_limit(tmp_path: Path) -> None:
    file = tmp_path / "wide.qw"
    file.write_text(op(" + ".join(f"{k}*P[{k}]" for k in range(1, 200_001))))
    code, _, talk = run_command("qvm", "run", str(file))
    assert code in (0, 4), talk[:500]


@pytest.mark.parametrize("damage", ["truncated", "flipped", "foreign", "empty"])
def test_a_damaged_object_is_refused(damage: str, tmp_path: Path) -> None:
    source, target = tmp_path / "p.qw", tmp_path / "p.qwo"
    source.write_text(main("fill q0, 1"))
    assert run_command("qwasmc", str(source), "-o", str(target))[0] == 0
    data = target.read_bytes()
    middle = len(data) // 2
    target.write_bytes(
        {
            "truncated": data[:middle],
            "flipped": data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :],
            "foreign": b"\x7fELF" + data,
            "empty": b"",
        }[damage]
    )
    code, out, talk = run_command("qvm", "run", str(target))
    assert (code, out) == (5, ""), talk
    assert "error[QW05" in talk


@pytest.mark.parametrize("change", [("real", "rael"), ("N = 100", "N = n00"), ("`n`", "`$`")])
def test_an_object_that_was_changed_and_sealed_again_is_an_artifact_refused(
    change: tuple[str, str], tmp_path: Path
) -> None:
    from hashlib import sha256

    source, target = tmp_path / "p.qw", tmp_path / "p.qwo"
    source.write_text(main("fill q0, n"))
    assert run_command("qwasmc", str(source), "-o", str(target))[0] == 0
    body = target.read_bytes().split(b"\n", 1)[1].replace(change[0].encode(), change[1].encode())
    target.write_bytes(b"QWASM-OBJECT 1 " + sha256(body).hexdigest().encode() + b"\n" + body)
    code, out, talk = run_command("qvm", "run", str(target))
    assert (code, out) == (5, "") and "error[QW05" in talk, talk


@pytest.mark.parametrize(
    ("defines", "exit_code", "said"),
    [
        (("N=0",), 3, "-D N:1:1: error[QW0231]"),
        (("N=10^15",), 4, "-D N:1:1: error[QW0441]"),
        (("N=5", "N=6"), 2, "gives N twice"),
        (("N=",), 2, "QW0701"),
        (("N",), 2, "QW0701"),
        (("",), 2, "QW0701"),
        (("N=\u0663",), 3, "QW0103"),
        (("N=10^(10^9)",), 4, "QW0420"),
        (("N=A[2]",), 3, "QW0204"),
        (("M=2",), 3, "QW0212"),
    ],
)
def test_a_malformed_D_is_refused_where_it_is_wrong(
    defines: tuple[str, ...], exit_code: int, said: str, tmp_path: Path
) -> None:
    file = tmp_path / "p.qw"
    file.write_text(main("fill q0, 1"))
    options = [part for define in defines for part in ("-D", define)]
    code, out, talk = run_command("qvm", "run", str(file), *options)
    assert (code, out) == (exit_code, "") and said in talk and "hint: " in talk, talk


@pytest.mark.parametrize("value", ["", "-1", "lots", "1e400", "9" * 500, "9" * 5000, "0." + "9" * 500 + "T", "nan"])
def test_a_size_is_a_number_that_fits(value: str, tmp_path: Path) -> None:
    file = tmp_path / "p.qw"
    file.write_text(main("fill q0, 1"))
    code, _, talk = run_command("qvm", "run", str(file), "--max-memory", value)
    assert code == 2 and "QW0702" in talk


def test_a_name_of_a_million_letters_is_cut_in_its_message(tmp_path: Path) -> None:
    file = tmp_path / "p.qw"
    file.write_text(main("set s0, " + "x" * 1_000_000))
    code, _, talk = run_command("qvm", "run", str(file))
    assert code == 3 and "QW0200" in talk and len(talk) < 3000


def test_a_folder_as_the_program_has_a_hint(tmp_path: Path) -> None:
    code, _, talk = run_command("qvm", "run", str(tmp_path))
    assert code == 2 and "QW0700" in talk and "hint: " in talk


def test_twenty_errors_above_main_do_not_hide_that_it_is_there(tmp_path: Path) -> None:
    file = tmp_path / "p.qw"
    file.write_text(main("fill q0, 1", head=HEAD + "".join(f".op X{k} = U{k}\n" for k in range(30))))
    code, _, talk = run_command("qvm", "run", str(file))
    assert code == 3 and talk.count("error[QW0200]") == 20 and "QW0240" not in talk


def test_a_bug_is_reported_even_where_no_report_can_be_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from qvm import api

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("\udcff")

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(api, "read_source", broken)
    monkeypatch.setattr("tempfile.NamedTemporaryFile", full)
    file = tmp_path / "p.qw"
    file.write_text(main("fill q0, 1"))
    code, _, talk = run_command("qvm", "run", str(file))
    assert code == 70 and "QW0000" in talk and "Traceback" not in talk


def test_foreign_arrays_are_refused(tmp_path: Path) -> None:
    import numpy as np

    file = tmp_path / "p.qw"
    file.write_text(main('load.q q0, "x.npy"'))
    bad: list[bytes] = [b"not an array", b""]
    for array in (np.ones(99), np.ones((100, 2)), np.array(["a"] * 100), np.ones(100, dtype=complex)):
        np.save(tmp_path / "made.npy", array)
        bad.append((tmp_path / "made.npy").read_bytes())
    np.save(tmp_path / "made.npy", np.array([{}] * 100, dtype=object), allow_pickle=True)
    bad.append((tmp_path / "made.npy").read_bytes())
    for data in bad:
        (tmp_path / "x.npy").write_bytes(data)
        code, _, talk = run_command("qvm", "run", str(file), "--data", str(tmp_path))
        assert code == 5 and "error[QW05" in talk, talk
    np.save(tmp_path / "x.npy", np.full(100, np.nan))
    code, _, talk = run_command("qvm", "run", str(file), "--data", str(tmp_path))
    assert code == 1 and "not finite" in talk, talk


def test_links_out_of_a_granted_folder_are_refused(tmp_path: Path) -> None:
    import numpy as np

    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    outside.mkdir()
    np.save(outside / "x.npy", np.ones(100))
    (inside / "x.npy").symlink_to(outside / "x.npy")
    file = tmp_path / "p.qw"
    file.write_text(main('load.q q0, "x.npy"'))
    code, _, talk = run_command("qvm", "run", str(file), "--data", str(inside))
    assert code == 5 and "error[QW05" in talk


COMMANDS = {
    "qvm": (["--help"], ["--version"], ["run", "--help"], ["doctor"], ["completion", "bash"]),
    "qwasmc": (["--help"], ["help", "instructions"], ["explain", "QW0101"], ["completion", "zsh"]),
}


@pytest.mark.parametrize(("program", "arguments"), [(name, a) for name, every in COMMANDS.items() for a in every])
def test_a_reader_that_goes_away_is_no_error(program: str, arguments: list[str]) -> None:
    start = f"import sys; from qvm.cli.{program} import main; sys.argv = {[program, *arguments]!r}; main()"
    reading, writing = os.pipe()
    os.close(reading)
    ended = subprocess.run(
        [sys.executable, "-c", start], stdout=writing, stderr=subprocess.PIPE, env=ENVIRONMENT, timeout=60, check=False
    )
    os.close(writing)
    assert (ended.returncode, ended.stderr) == (0, b"")


def test_a_wrong_command_that_nobody_reads_keeps_its_exit_code() -> None:
    start = "import sys; from qvm.cli.qvm import main; sys.argv = ['qvm', 'run', 'x.qw', '--bogus']; main()"
    reading, writing = os.pipe()
    os.close(reading)
    ended = subprocess.run(
        [sys.executable, "-c", start], stdout=writing, stderr=writing, env=ENVIRONMENT, timeout=60, check=False
    )
    os.close(writing)
    assert ended.returncode == 2
