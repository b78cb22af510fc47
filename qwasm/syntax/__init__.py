"""Syntax: text to tree and back, with the place of everything kept."""

from qwasm.syntax.fold import fold
from qwasm.syntax.format import format_source
from qwasm.syntax.parse import parse, parse_expression
from qwasm.syntax.print import print_expression, print_program

__all__ = ["fold", "format_source", "parse", "parse_expression", "print_expression", "print_program"]
