"""Hostile texts end in a coded error or a tree, quickly, whatever they are."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from qwasm.diagnostics import Diagnostic, QwasmError
from qwasm.diagnostics.codes import Code, Example, exit_code
from qwasm.diagnostics.codes import limits as limit_codes
from qwasm.diagnostics.codes import syntax as syntax_codes
from qwasm.limits import DEFAULT
from qwasm.syntax import fold, format_source, parse, parse_expression, print_expression, tree
from tests.syntax.trees import bare_statements

DEEP = 100_000
TOO_DEEP = {
    "parentheses": "(" * DEEP + "1" + ")" * DEEP,
    "unclosed parentheses": "(" * DEEP,
    "signs": "-" * DEEP + "1",
    "negations": "not " * DEEP + "1",
    "indices": "A[" * DEEP + "1" + "]" * DEEP,
    "calls": "f(" * DEEP + "1" + ")" * DEEP,
    "named arguments": "f(x = " * DEEP + "1" + ")" * DEEP,
    "exponents": "2^(" * DEEP + "1" + ")" * DEEP,
    "families": "sum p in 1..2: " * DEEP + "p",
    "mixed brackets": "-(A[2*(" * DEEP + "1" + ")])" * DEEP,
    "domains": "sum p in primes(" * DEEP + "1",
}


def codes(source: str | bytes) -> list[str]:
    with pytest.raises(QwasmError) as caught:
        parse(source)
    return [d.code for d in caught.value.diagnostics]


@pytest.mark.parametrize("text", TOO_DEEP.values(), ids=TOO_DEEP)
def test_what_nests_too_deeply_reaches_a_named_limit(text: str) -> None:
    with pytest.raises(QwasmError, match=r"QW0401.*limit nesting") as caught:
        parse_expression(text)
    assert caught.value.exit_code == 4


def test_blocks_that_nest_too_deeply_reach_the_same_limit() -> None:
    assert "QW0401" in codes(".func main\n" + "loop k, 2\n" * DEEP)


@pytest.mark.parametrize(
    "text", ["(1+" * 9_999 + "x" + ")" * 9_999, "-" * 10_000 + "x", "A[" * 9_999 + "1" + "]" * 9_999]
)
def test_what_nests_up_to_the_limit_is_parsed_printed_and_folded(text: str) -> None:
    node = parse_expression(text)
    assert len(print_expression(node)) >= 10_000
    assert fold(node, lambda _, parts: 1 + max(parts, default=0)) >= 9_999


def test_flat_lists_of_any_length_are_one_node() -> None:
    total = parse_expression(" + ".join(["A[2]"] * 200_000))
    assert isinstance(total, tree.Sum) and len(total.terms) == 200_000
    product = parse_expression(" ".join(["B[3]"] * 50_000))
    assert isinstance(product, tree.Product) and len(product.factors) == 50_000
    both = parse_expression(" and ".join(["x"] * 50_000))
    assert isinstance(both, tree.Logic) and len(both.operands) == 50_000


def test_huge_exponents_are_refused_before_they_are_computed() -> None:
    for text in ("1e999999999", "1e-999999999", "1e" + "9" * 5_000, "1" * 5_000, "0." + "0" * 5_000 + "1", "1e400000i"):
        with pytest.raises(QwasmError, match=r"QW0402.*limit exponent_bits") as caught:
            parse_expression(text)
        assert caught.value.exit_code == 4


def test_sizes_are_counted_in_bytes_before_anything_is_read() -> None:
    small = replace(DEFAULT, source_bytes=100)
    for source in (b"\xff" * 101, "x" * 101, "é" * 51):
        with pytest.raises(QwasmError, match="QW0400"):
            parse(source, limits=small)
    assert parse("; " + "é" * 49, limits=small).statements == ()


PARSED = [row for row in (*syntax_codes.ROWS, *limit_codes._SYNTAX) if row.fails.command.startswith("qvm run")]


@pytest.mark.parametrize("row", PARSED, ids=lambda row: row.code)
def test_the_example_of_every_code_gives_that_code_alone_and_its_fix_parses(row: Code) -> None:
    def source(example: Example) -> bytes:
        text = next(iter(example.files.values()), example.program)
        return text if isinstance(text, bytes) else text.encode()

    assert codes(source(row.fails)) == [row.code]
    assert exit_code(row.code) in (3, 4)
    parse(source(row.fixed))


def test_several_errors_are_said_in_one_run_and_never_more_than_the_limit() -> None:
    assert codes("set s0, 1 +\nset s1, (2\nloop k 3\nend\n.foo\n") == ["QW0107", "QW0112", "QW0119", "QW0115"]
    assert len(codes("set s0, 1 +\n" * 1_000)) == DEFAULT.errors
    assert len(codes("\x00" * 1_000)) == DEFAULT.errors


def test_a_byte_that_is_not_utf8_is_shown_where_it_stands() -> None:
    with pytest.raises(QwasmError) as caught:
        parse(b"; caf\xc3\xa9\n; caf\xe9\n", "x.qw")
    (said,) = caught.value.diagnostics
    assert said.span is not None and (said.code, said.span.line, said.span.column) == ("QW0101", 2, 6)


def diagnostics(source: str | bytes) -> tuple[tuple[Diagnostic, ...], tree.Program | None]:
    """What is said about a source, or its program."""
    try:
        return (), parse(source)
    except QwasmError as error:
        return error.diagnostics, None


WORDS = (
    *"()[]^*/+-=<>,:;\\.\"'#{}é\x00\t 0123456789",
    *("\n", "\n", "\n", " ", " ", "\\\n", "\r\n", "->", "..", "==", "1e9", "2i", "1_0", "x", "q0", "A[", "f(", "ψ0"),
    *("sum", "prod", "in", "and", "or", "not", "mod", "max", "end\n", "loop", "if", "else\n", "while", "hyperloop"),
    *(".func main\n", ".op X = ", ".macro M(p) = ", ".macro", "(i in 0..3)", "label:", "BEGIN\n", "primes(2, 3)"),
    "sum p in 1..2: ",
)
texts = st.lists(st.sampled_from(WORDS), max_size=40).map("".join)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(texts)
@example("set s0, max max max\n")
@example(".func f(q0) -> \\\n(q1) ; a\\\nend")
@example("BEGIN\nEND")
@example('"')
def test_any_text_is_refused_with_codes_or_kept_by_the_formatter(text: str) -> None:
    said, program = diagnostics(text)
    if program is None:
        lines = text.replace("\r\n", "\n").split("\n")
        for d in said:
            assert d.code.startswith(("QW01", "QW04")) and d.message and d.span
            assert 1 <= d.span.line <= len(lines)
            assert 1 <= d.span.column <= len(lines[d.span.line - 1]) + 2
        return
    formatted = format_source(text)
    assert bare_statements(parse(formatted).statements) == bare_statements(program.statements)
    assert format_source(formatted) == formatted


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_refused_with_codes_or_parsed(data: bytes) -> None:
    said, program = diagnostics(data)
    assert (program is None) == bool(said)
    assert all(exit_code(d.code) in (3, 4) for d in said)
