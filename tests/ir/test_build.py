"""The builder gives structured SSA for what is right and says, with a code and a place, what is wrong."""

from __future__ import annotations

import pytest

from qwasm.diagnostics import QwasmError
from qwasm.diagnostics.codes import Code, building
from qwasm.ir.build import build
from qwasm.ir.elaborate import expression, operator
from qwasm.ir.verify import verify
from qwasm.limits import Limits
from qwasm.syntax import parse
from tests.ir.interpret import emitted
from tests.ir.programs import main, module_of


def codes(text: str, **parameters: object) -> list[str]:
    """The codes of the errors in a program."""
    with pytest.raises(QwasmError) as caught:
        module_of(text, **parameters)
    return [diagnostic.code for diagnostic in caught.value.diagnostics]


plain = [row for row in building.NAMES if row.fails.command == "qvm run {file}"]


@pytest.mark.parametrize("row", plain, ids=lambda row: row.code)
def test_each_error_has_its_code_and_a_place(row: Code) -> None:
    with pytest.raises(QwasmError) as caught:
        module_of(row.fails.program)
    found = caught.value.diagnostics[0]
    assert found.code == row.code
    assert found.span is not None or row.code in ("QW0230", "QW0240")
    if row.fixed.command == "qvm run {file}":
        verify(module_of(row.fixed.program))


def test_one_run_reports_several_errors() -> None:
    text = main("basis s0, 1\nmul.p q1, q0, 2\nqop.apply q2, q3, Nothing\nbassis q0, 1", ".op X = Y\n.op Z = X A[2]")
    assert codes(text) == ["QW0200", "QW0222", "QW0225", "QW0225", "QW0220"]


def test_a_failed_declaration_is_reported_once() -> None:
    assert codes(main("basis q0, 1\nqop.apply q1, q0, X", ".op X = Unknown")) == ["QW0200"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('set s0, 0\nloop k, 3\nloop k, 2\nset s0, s0 + k\nend\nset s0, s0 + 100*k\nend\nemit "s", s0', 609),
        ('set s0, 0\nloop k, 3\nset s0, k\nend\nemit "s", s0', 3),
        ('loop k, 3\nset s1, k\nend\nemit "s", s1', 3),
        ('set s0, 7\nloop k, 0\nset s0, k\nend\nemit "s", s0', 7),
        ('set s0, 1\nset s1, 0\nwhile s0 < 50 max 4\nset s0, 3*s0\nset s1, s1 + 1\nend\nemit "s", s1', 4),
        ('set s0, 1\nif s0 == 1\nset s1, 5\nelse\nset s1, 6\nend\nemit "s", s1', 5),
        ('set s0, 4\nloop N_, 2\nset s0, s0 + N\nend\nemit "s", s0', 204),
    ],
)
def test_regions_carry_what_the_lines_mean(body: str, expected: int) -> None:
    assert emitted(module_of(main(body))) == [("s", expected)]


def test_the_last_variable_of_a_hyperloop_varies_fastest() -> None:
    total = 0
    for i in range(3):
        for p in (2, 3, 5):
            total = 10 * total + i * p
    body = 'set s0, 0\nhyperloop (i in 0..2, p in primes(2, 5))\nset s0, 10*s0 + i*p\nend\nemit "s", s0'
    assert emitted(module_of(main(body))) == [("s", total)]


def test_halt_ends_the_program_and_its_branch_needs_no_value() -> None:
    text = main('set s0, 1\nif s0 == 1\nset s1, 5\nelse\nhalt\nend\nemit "s", s1')
    assert emitted(module_of(text)) == [("s", 5)]
    assert emitted(module_of(text.replace("set s0, 1", "set s0, 2"))) == []


def test_a_macro_of_lines_is_hygienic() -> None:
    above = ".macro twice(s, x)\nset s5, x\nloop k, 2\nset s, s + s5 + k\nend\nend"
    text = main('set s5, 1000\nset s0, 0\nloop k, 2\ntwice s0, k\nend\nemit "s", s0 + s5', above)
    assert emitted(module_of(text)) == [("s", 1000 + 2 * 3 + 2 * (1 + 2))]


def test_a_macros_sum_variable_does_not_catch_its_argument() -> None:
    above = ".macro F(x) = sum p in primes(2, 3): (x*A[p])"
    module = module_of(main("basis q0, 1\nprimes p, 5, 7\nqop.apply q0, q0, F(p)\nend", above))
    (op,) = [op for op in module.walk() if op.name == "qop.apply"]
    assert list(op.captures) == ["p"]
    applied = op.attributes["X"].substitute({"p": 5})  # type: ignore[union-attr]
    assert applied.exact_matrix(20, None)[1, 2] is expression("5")  # type: ignore[union-attr]


def test_functions_stand_anywhere_and_are_built_once_for_each_use() -> None:
    above = ".func g(s0) -> (s1)\nset s1, s0 + 1\nend"
    module = module_of(main('set s0, 1\ncall g(s0) -> (s2)\ncall g(s2) -> (s3)\nemit "s", s3', above))
    assert list(module.functions) == ["g", "main"]
    assert emitted(module) == [("s", 3)]


def test_a_function_called_like_an_instance_of_another_is_built_for_its_errors() -> None:
    above = ".func f(q0) -> (q1)\nset s0, 1\nmul.p q1, q0, 2\nend\n.func f_2() -> (s0)\nset s0, Nothing\nend"
    body = "basis q0, 1\nto.hilbert q5, q0\ncall f(q0) -> (q1)\ncall f(q5) -> (q6)"
    assert codes(main(body, above, "N = 10, weight = n^-1")) == ["QW0200"]


def test_registers_and_names_keep_their_meaning_through_blocks_without_names_of_their_own() -> None:
    body = """
        set s0, 1
        if s0 > 0
            if s0 > 0
                set s1, 1
            else
                set s1, 5
            end
            .reg t: scalar
            set t, 7
            if s0 > 0
                set t, t + s1
            end
            set s2, t
        else
            set s2, 1
        end
        loop k, 2
            loop j, 3
                set s3, j + k
            end
        end
        emit "s", s2 + s3
    """
    assert emitted(module_of(main(body))) == [("s", 8 + 5)]


def test_indirect_recursion_names_the_cycle() -> None:
    above = ".func a(q0) -> (q1)\ncall b(q0) -> (q1)\nend\n.func b(q0) -> (q1)\ncall a(q0) -> (q1)\nend"
    with pytest.raises(QwasmError) as caught:
        module_of(main("basis q0, 1\ncall a(q0) -> (q1)", above))
    assert any(d.code == "QW0242" and "a -> b -> a" in d.message for d in caught.value.diagnostics)


@pytest.mark.parametrize("value", ["0.5", "1/2", "1e-1 * 5", 0.5, "2^(-1)"])
def test_a_parameter_takes_every_form_of_a_number(value: object) -> None:
    module = module_of(main("set s0, t", ".param t: real = 3"), t=value)
    assert str(module.parameters["t"]) == "1/2"


@pytest.mark.parametrize("value", ["nan", "inf", float("nan"), float("inf"), "n", "A[2]", "1/0", ""])
def test_a_parameter_refuses_what_is_no_finite_constant(value: object) -> None:
    with pytest.raises(QwasmError):
        module_of(main("set s0, t", ".param t: real = 3"), t=value)


def test_N_is_replaced_by_D_before_anything_reads_it() -> None:
    module = module_of(main("basis q0, N", space="N = 10"), N="20")
    assert module.space.N == 20
    assert str(next(module.walk()).attributes["n"]) == "20"


@pytest.mark.parametrize(("N", "code"), [("0", "QW0231"), ("-3", "QW0231"), ("1/2", "QW0231"), ("10^15", "QW0441")])
def test_an_impossible_N_is_refused(N: str, code: str) -> None:
    assert codes(main("basis q0, 1", space=f"N = {N}")) == [code]


def test_primes_beyond_N_are_a_remark_and_empty_ranges_are_legal() -> None:
    _, remarks = build(parse(main("basis q0, 1\nqop.apply q1, q0, sum p in primes(2, 200): A[p]")))
    assert [remark.code for remark in remarks] == ["QW0920"]
    _, remarks = build(parse(main("basis q0, 1\nqop.apply q1, q0, sum p in primes(24, 28): A[p]")))
    assert remarks == []


def test_includes_are_read_once_and_their_errors_name_their_file() -> None:
    files = {"a.qw": b'.use "b.qw"\n.op X = Y', "b.qw": b".op Y = A[2]"}
    text = '.use "b.qw"\n.use "a.qw"\n' + main("basis q0, 1\nqop.apply q1, q0, X")
    module, _ = build(parse(text, "x.qw"), {}, files.__getitem__)
    assert list(module.sources) == ["x.qw", "b.qw", "a.qw"]
    with pytest.raises(QwasmError) as caught:
        build(parse(text, "x.qw"), {}, {**files, "b.qw": b".op Y = Z"}.__getitem__)
    assert caught.value.diagnostics[0].span is not None
    assert caught.value.diagnostics[0].span.file == "b.qw"


def test_a_sum_of_many_terms_and_deep_nesting_build_or_meet_a_limit() -> None:
    wide = " + ".join(f"A[{k}]" for k in range(1, 5001))
    deep = "(" * 2000 + "A[2]" + ")" * 2000
    verify(module_of(main(f"basis q0, 1\nqop.apply q1, q0, {wide}\nqop.apply q2, q0, {deep}")))
    loops = "loop k, 1\n" * 300 + "set s0, s0 + 1\n" + "end\n" * 300
    assert emitted(module_of(main(f'set s0, 0\n{loops}emit "s", s0'))) == [("s", 1)]


def test_the_limit_on_instructions_is_named() -> None:
    text = main("\n".join("basis q0, 1" for _ in range(50)))
    with pytest.raises(QwasmError) as caught:
        build(parse(text), {}, None, Limits(instructions=20))
    assert caught.value.diagnostics[0].code == "QW0442"
    assert caught.value.exit_code == 4


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("A[2] A[3]", "A[6]"),
        ("2 A[2] 3", "6*A[2]"),
        ("-A[2] - -A[2]", "0*I"),
        ("V(n) + V(1)", "V(n + 1)"),
        ("exp(0*I)", "I"),
        ("comm(A[2], B[3]) + B[3] A[2]", "A[2] B[3]"),
        ("D(c = 1/p, primes(2, 3))", "1/2*A[2] + 1/2*B[2] + 1/3*A[3] + 1/3*B[3]"),
        ("sum p in primes(24, 28): A[p]", "0*I"),
        ("(A[2] + B[2])^0", "I"),
        ("V(phi) V(1/phi)", "V(phi * 1/phi)"),
        ("S[1, cyclic]^1", "S[1, cyclic]"),
        ("V(n mod 4 == 1 and not n < 3)", "V((n mod 4 == 1) * (n >= 3))"),
    ],
)
def test_operators_mean_what_they_say(text: str, same: str) -> None:
    a, b = operator(text), operator(same)
    assert a is b or (a.exact_matrix(12, None) == b.exact_matrix(12, None))


def test_unknown_names_come_with_the_closest_known_one() -> None:
    with pytest.raises(QwasmError) as caught:
        operator("V(Lamda)")
    assert "Lambda" in caught.value.diagnostics[0].hint
