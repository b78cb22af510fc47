"""Mining: planted patterns are found, named in one order, and bounded; the pack that is written reads back."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from qwasm_passes import mining
from qwasm_passes.mining import Mine
from qwasm_passes.renaming import instance, keyed, pattern

from qwasm.ir.build import build
from qwasm.ir.elaborate import operator
from qwasm.ir.module import Module
from qwasm.passes.cost import module_cost
from qwasm.passes.manager import run_passes
from qwasm.passes.speeds import Speeds
from qwasm.rules import Macro, Pack, RuleSet, read_file, read_pack
from qwasm.rules.write import written
from qwasm.space import Space
from qwasm.syntax import parse
from tests.command import run_command
from tests.passes.chains import operators

PLANTED = Path(__file__).parent / "planted"
GOLDEN = PLANTED.with_suffix(".qwr")
SPACE = Space(100)


def module(text: str) -> Module:
    return build(parse(text, "x.qw"))[0]


def texts(*pairs: str) -> str:
    """A program that applies each operator to its own state."""
    lines = [f"fill q{k}, {k + 1}\nqop.apply q{k}, q{k}, {x}" for k, x in enumerate(pairs)]
    return "\n".join([".space N = 100", ".func main", *lines, "end"])


def mined(*programs: str) -> tuple[Macro, ...]:
    mine = Mine()
    for text in programs:
        mine.program(module(text))
    return mine.macros()


# ---------------------------------------------------------------- patterns


def test_operators_that_differ_in_their_primes_have_one_pattern() -> None:
    for one, other in (
        ("A[2] + B[3]", "A[7] + B[5]"),
        ("B[6] V(log) A[5]", "B[14] V(log) A[11]"),
        ("S[1] K[2]", "S[1] K[97]"),
        ("exp(A[2] + 1/2*A[4])", "exp(A[5] + 1/5*A[25])"),
        ("(S[1] + A[2]) coDir(mu) B[3]", "(S[1] + A[3]) coDir(mu) B[2]"),
    ):
        assert patterned(one) == patterned(other), one


def patterned(text: str) -> str:
    """The pattern's text of an operator that has one."""
    seen = pattern(operator(text))
    assert seen is not None
    return seen.text


def test_equal_primes_stay_equal_and_other_numbers_stay() -> None:
    for one, other in (
        ("A[2] + B[2]", "A[2] + B[3]"),
        ("S[1] A[2]", "S[2] A[2]"),
        ("2*A[3] + B[5]", "7*A[3] + B[5]"),
        ("(A[2] + S[1])^12", "(A[2] + S[1])^13"),
        ("A[4] + B[3]", "A[6] + B[3]"),
    ):
        assert patterned(one) != patterned(other), one


@given(operators(False, True))
def test_a_pattern_at_its_own_primes_is_the_operator(text: str) -> None:
    x = operator(re.sub(r"\bD\b", "D(c = 1/p, primes(2, 20))", text))
    seen = pattern(x)
    if seen is not None:
        macro = Macro("M", seen.parameters, seen.text)
        assert instance(macro, seen.primes, SPACE) is x


def test_a_macro_written_by_hand_is_met_by_its_meaning() -> None:
    macro = Macro("M", ("q", "p"), "B[q] + A[p]")
    [(key, [(found, order)])] = keyed([macro], SPACE).items()
    seen = pattern(operator("A[3] + B[2]"))
    assert found is macro and seen is not None and seen.text == key
    assert [seen.primes[place] for place in order] == [2, 3]


# ---------------------------------------------------------------- mining


def test_the_planted_patterns_are_mined_to_the_golden_pack(tmp_path: Path) -> None:
    out = tmp_path / "planted.qwr"
    code, _, talk = run_command("qvm", "rules", "mine", str(PLANTED), "-o", str(out))
    assert code == 0 and "4 macros from 8 programs" in talk
    wanted = GOLDEN.read_text(encoding="utf-8")
    again = "qvm rules mine tests/mining/planted -o tests/mining/planted.qwr"
    assert out.read_text(encoding="utf-8") == wanted, f"if that is meant: {again}"


def test_a_mined_pack_loads_and_every_expansion_reads() -> None:
    rules = RuleSet.of([read_file(GOLDEN)])
    assert len(rules.macros) == 4 and rules.remarks == ()
    assert all(instance(macro, (2, 3, 5)[: len(macro.parameters)], SPACE) for macro in rules.macros)


def test_the_canonical_form_of_a_mined_pack_holds_no_floats() -> None:
    content = json.loads(read_file(GOLDEN).canonical, parse_float=pytest.fail)
    assert [row["gain"] for row in content["macros"]][2:] == ["0", "0"]


def test_the_order_of_programs_does_not_matter_beyond_their_counts() -> None:
    programs = [texts("S[1] K[2]"), texts("S[1] K[3]", "S[2] K[5]"), texts("S[2] K[7]")]
    assert mined(*programs) == mined(*reversed(programs))


def test_what_only_stands_inside_a_larger_pattern_is_left_out() -> None:
    [macro] = mined(texts("S[1] coDir(mu) K[2]"), texts("S[1] coDir(mu) K[3]"))
    assert (macro.support, dict(macro.origin)["programs"]) == (2, "2")
    assert len(mined(texts("S[1] coDir(mu) K[2]"), texts("S[1] coDir(mu) K[3]"), texts("coDir(mu) K[3]"))) == 2


def test_the_gain_is_what_outlining_takes_off_the_cost() -> None:
    text = (PLANTED / "1_prefix.qw").read_text(encoding="utf-8")
    program = module(text)
    [macro] = mined(text)
    before = module_cost(program).time
    run_passes(program, "macro-outline", rules=RuleSet.of([Pack("x.qwr", macros=(macro,))]))
    assert abs(before - module_cost(program).time - float(macro.gain) * Speeds().element) <= 1


def test_a_macro_that_repeats_nothing_within_a_program_gains_nothing() -> None:
    [macro] = mined(texts("S[1] K[2]"), texts("S[1] K[3]"))
    assert macro.gain == 0


@given(st.lists(st.builds(Macro, st.sampled_from(("M1", "M2")), st.just(("p",)), st.just('A[p] "')), max_size=1))
def test_a_written_pack_reads_back(macros: list[Macro]) -> None:
    pack = Pack("x.qwr", macros=tuple(macros), about='a "pack" \\ of é')
    assert read_pack(written(pack).encode(), "x.qwr") == pack


def test_a_pack_with_rules_is_not_written() -> None:
    from qwasm.rules import Rule

    with pytest.raises(ValueError, match="authors"):
        written(Pack("x.qwr", (Rule("x", "A[2]", "A[2]"),)))


def test_the_pass_tells_what_recurs_and_changes_nothing() -> None:
    [ran] = run_passes(module(texts("S[1] K[2]", "S[1] K[3]")), "macro-mine")
    assert not ran.rewrites and len(ran.remarks) == 1
    assert ran.remarks[0].kind == "analysis" and "in 2 places" in ran.remarks[0].message


# ---------------------------------------------------------------- hostile folders


def test_what_cannot_be_compiled_is_left_out_and_said(tmp_path: Path) -> None:
    (tmp_path / "good.qw").write_text(texts("S[1] K[2]", "S[1] K[3]"))
    (tmp_path / "wrong.qw").write_text("junk\n")
    (tmp_path / "bytes.qw").write_bytes(bytes(range(256)))
    with (tmp_path / "huge.qw").open("wb") as stream:
        stream.truncate(1 << 33)
    (tmp_path / "folder.qw").mkdir()
    (tmp_path / "gone.qw").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe.qw")
    code, out, talk = run_command("qvm", "rules", "mine", str(tmp_path))
    assert code == 0 and "QMACRO_1" in out and "1 macros from 1 program" in talk
    for name in ("wrong.qw", "bytes.qw", "huge.qw", "pipe.qw"):
        assert name in talk
    assert talk.count("[QW0952]") == 4


@pytest.mark.parametrize("folder", ["nowhere", "empty"])
def test_a_folder_without_programs_is_an_error(tmp_path: Path, folder: str) -> None:
    (tmp_path / "empty").mkdir()
    code, _, talk = run_command("qvm", "rules", "mine", str(tmp_path / folder))
    assert code == 2 and "[QW0700]" in talk


def test_places_and_patterns_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mining, "PLACES", 10)
    monkeypatch.setattr(mining, "PATTERNS", 3)
    mine = Mine()
    mine.program(module(texts(*(f"S[{k}] coDir(mu) S[{k + 1}] coDir(mu)" for k in range(1, 30)))))
    assert mine.cut and len(mine.found) == 3 and sum(row.places for row in mine.found.values()) <= 10


def test_a_product_of_many_factors_has_few_windows() -> None:
    long = " ".join(f"coDir(n^{k}) S[{k}]" for k in range(1, 40))
    mine = Mine()
    mine.program(module(texts(long)))
    assert len(mine.found) < 4 * 80


def test_an_operator_of_many_primes_has_no_pattern() -> None:
    assert pattern(operator("A[2] + A[3] + A[5] + A[7] + A[11] + S[1]")) is None
    assert pattern(operator(" + ".join(f"A[{2**k}]" for k in range(1, 60)))) is None
