"""Texts of the language and what the parser, printer and formatter make of them."""

from __future__ import annotations

from pathlib import Path

from qwasm.diagnostics import QwasmError
from qwasm.syntax import format_source, parse, parse_expression, print_expression, print_program
from qwasm.testing.golden import Golden

FOLDER = Path(__file__).parents[1] / "golden" / "syntax"


def shape(text: str) -> str:
    """The shape of one expression: every operator in brackets of its own."""
    from qwasm.syntax import fold, tree

    def visit(node: tree.Node, parts: list[str]) -> str:
        match node:
            case tree.Number(value=value, imaginary=imaginary):
                return f"{value}{'i' if imaginary else ''}"
            case tree.Name(id=name):
                return name
            case tree.Text(value=value):
                return repr(value)
            case tree.Letter(name=name):
                return f"{name}[{', '.join(parts)}]"
            case tree.Call(name=name, args=args, named=named):
                shown = parts[: len(args)] + [f"{key}={part}" for (key, _), part in zip(named, parts[len(args) :])]
                return f"{name}!({', '.join(shown)})"
            case tree.Unary(op=op):
                return f"({op} {parts[0]})"
            case tree.Sum(terms=terms):
                return "(" + " ".join(f"{sign}{part}" for (sign, _), part in zip(terms, parts)) + ")"
            case tree.Product(factors=factors):
                return "(" + " ".join(f"{op or '.'}{part}" for (op, _), part in zip(factors, parts)) + ")"
            case tree.Power():
                return f"({parts[0]} ^ {parts[1]})"
            case tree.Compare(op=op):
                return f"({parts[0]} {op} {parts[1]})"
            case tree.Logic(op=op):
                return "(" + f" {op} ".join(parts) + ")"
            case tree.Family(kind=kind, variable=variable, domain=domain):
                return f"({kind} {variable} {domain} {parts[0]} {parts[1]} : {parts[2]})"
            case tree.Tuple():
                return f"<{', '.join(parts)}>"
        raise AssertionError(node)

    return fold(parse_expression(text), visit)


def test_expressions_have_the_shape_the_language_gives_them(golden: Golden) -> None:
    golden(FOLDER / "expressions.qwt", lambda _, source: "\n".join(map(shape, source.splitlines())))


def test_statements_print_as_the_tree_holds_them(golden: Golden) -> None:
    golden(FOLDER / "statements.qwt", lambda _, source: print_program(parse(source)))


def test_listings_are_programs_of_the_plain_dialect(golden: Golden) -> None:
    golden(FOLDER / "listing.qwt", lambda _, source: print_program(parse(source)))


def test_the_formatter_has_one_look(golden: Golden) -> None:
    golden(FOLDER / "format.qwt", lambda _, source: format_source(source))


def test_every_mistake_is_said_with_a_caret_and_something_to_type(golden: Golden) -> None:
    def said(_: str, source: str) -> str:
        try:
            parse(source, "x.qw")
        except QwasmError as error:
            lines = source.split("\n")
            return "\n".join(
                f"{d.span.line}:{d.span.column}: {d.code}: {d.message}\n  {lines[d.span.line - 1]}\n  "
                f"{' ' * (d.span.column - 1)}{'^' * d.span.length}\n  hint: {d.hint}"
                for d in error.diagnostics
                if d.span
            )
        return "nothing"

    golden(FOLDER / "mistakes.qwt", said)


def test_the_sample_of_the_language_is_already_formatted() -> None:
    sample = (Path(__file__).parents[2] / "examples" / "heat.qw").read_text(encoding="utf-8")
    assert format_source(sample) == sample


def test_printed_expressions_use_as_few_brackets_as_they_can() -> None:
    for text in ("a - (b - c)", "-(a*b)", "(a b) c", "x^(A[2])", "p^(-1/2)", "(sum p in primes(2, 5): A[p]) B[2]"):
        assert print_expression(parse_expression(text)) == text
