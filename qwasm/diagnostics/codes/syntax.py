"""Codes of the theme syntax: the text is not QWASM (exit 3)."""

from __future__ import annotations

from qwasm.diagnostics.codes.row import Code, Example


def _main(body: str) -> Example:
    """A program whose main function is `body`."""
    return Example(f".space N = 10\n.func main\n    {body}\n    halt\nend\n")


def _top(line: str) -> Example:
    """A program with one line above its main function."""
    return Example(f".space N = 10\n{line}\n.func main\n    basis q0, 1\n    halt\nend\n")


_OK = _main("set s0, 1")

ROWS: tuple[Code, ...] = (
    Code(
        "QW0100",
        "a word stands where it cannot",
        "A line is a directive, a label, or an instruction `op dest, src, name=value`.  The caret shows the first word "
        "that no line beginning like this one could have.",
        _main("set s0, 1 : 2"),
        _OK,
    ),
    Code(
        "QW0101",
        "the file is not UTF-8",
        "Sources are UTF-8 text.  The message gives the offset of the first byte that is not.",
        Example("", "qvm run {dir}/latin.qw", {"latin.qw": b"; caf\xe9\n.space N = 10\n"}),
        Example("", "qvm run {dir}/utf8.qw", {"utf8.qw": "; caf\u00e9\n" + _OK.program}),
    ),
    Code(
        "QW0102",
        "a control character in the source",
        "Control characters, and marks that change the order in which text is shown, could hide what a program does; "
        "only tabs and newlines may stand in a source.",
        _main("set s0, 1 ; a bell: \x07"),
        _OK,
    ),
    Code(
        "QW0103",
        "a character outside ASCII in the program",
        "Names and operators are ASCII; other characters may stand in strings and comments.",
        _main("set s0, 3 \u2212 2"),
        _main("set s0, 3 - 2"),
    ),
    Code(
        "QW0104",
        "a string is not closed",
        'A string begins and ends with " on one line; a quotation mark inside is written \\".',
        _main('emit "one, 1'),
        _main('emit "one", 1'),
    ),
    Code(
        "QW0105",
        "a malformed number",
        "Numbers are written 1_000_000, 0.5, 1e-8 and 2i: digits on both sides of the point, one _ between digits, "
        "decimal only.  Fractions are quotients: 1/2.",
        _main("set s0, 1__000"),
        _main("set s0, 1_000"),
    ),
    Code(
        "QW0106",
        "a character without a meaning",
        "The operators are + - * / ^ == != < <= > >= and the words mod, not, and, or.  A semicolon begins a comment.",
        _main("set s0, 5 % 3"),
        _main("set s0, 5 mod 3"),
    ),
    Code(
        "QW0107",
        "an operand is missing",
        "Something stands before or after an operator or a comma, or the line ends where an expression should go on.  "
        "There is no sign +, no ** and no //.",
        _main("set s0, 2 *"),
        _main("set s0, 2 * 3"),
    ),
    Code(
        "QW0108",
        "x^y^z",
        "`^` takes exactly one exponent, so that nobody has to remember on which side a tower of powers begins.",
        _main("set s0, 2^3^2"),
        _main("set s0, 2^(3^2)"),
    ),
    Code(
        "QW0109",
        "an unknown escape in a string",
        'The escapes are \\" \\\\ \\n and \\t.',
        _main('emit "a\\b", 1'),
        _main('emit "a\\\\b", 1'),
    ),
    Code(
        "QW0110",
        "a reserved word as a name",
        "sum, prod, in, and, or, not and mod belong to the grammar.",
        _top(".param in: real = 1"),
        _top(".param in1: real = 1"),
    ),
    Code(
        "QW0111",
        "NaN or infinity as a literal",
        "Every number of the language is finite; a program that meets a NaN or an infinity while running stops at the "
        "instruction that made it.",
        _main("set s0, inf"),
        _main("set s0, 10^300"),
    ),
    Code(
        "QW0112",
        "brackets do not match",
        "Every ( and [ is closed by its own kind on the same line; \\ at the end of a line joins the next one to it.",
        _main("set s0, (1 + 2"),
        _main("set s0, (1 + 2)"),
    ),
    Code(
        "QW0113",
        "= where == is meant",
        "`=` gives a name its value; `==` compares.",
        _main("assert 1 + 1 = 2"),
        _main("assert 1 + 1 == 2"),
    ),
    Code(
        "QW0114",
        "a chain of comparisons",
        "a < b < c is not written; comparisons give 0 or 1 and do not chain.",
        _main("assert 1 < 2 < 3"),
        _main("assert 1 < 2 and 2 < 3"),
    ),
    Code(
        "QW0115",
        "an unknown directive",
        "The directives are .qwasm .param .space .arith .op .diffusion .macro .reg .var .use .func.",
        _top(".parm t: real = 1"),
        _top(".param t: real = 1"),
    ),
    Code(
        "QW0116",
        "a malformed directive",
        "Each directive has one form and a line of its own; the hint shows it.",
        _top(".param t = 1"),
        _top(".param t: real = 1"),
    ),
    Code(
        "QW0117",
        "not a domain",
        "Variables run over primes(a, b), ints(a, b) or a..b, both ends included; .diffusion runs over primes.",
        _top(".op X = sum p in evens(2, 5): A[p]"),
        _top(".op X = sum p in primes(2, 5): A[p]"),
    ),
    Code(
        "QW0118",
        "a name is given twice",
        "Parameters of one macro or function, and name=value pairs of one instruction or call, have distinct names.",
        _top(".macro pair(p, p) = A[p]"),
        _top(".macro pair(p, q) = A[p] A[q]"),
    ),
    Code(
        "QW0119",
        "the instruction is not written like this",
        "Block heads: loop k, n / hyperloop (i in 0..3) / primes p, a, b / if cond / while cond max n.",
        Example(".space N = 10\n.func main\n    loop 3\n        basis q0, 1\n    end\nend\n"),
        Example(".space N = 10\n.func main\n    loop k, 3\n        basis q0, 1\n    end\nend\n"),
    ),
    Code(
        "QW0120",
        "end closes nothing",
        "Every `end` closes the nearest block that is still open.",
        Example(".space N = 10\n.func main\n    basis q0, 1\nend\nend\n"),
        Example(".space N = 10\n.func main\n    basis q0, 1\nend\n"),
    ),
    Code(
        "QW0121",
        "a block is never closed",
        "loop, hyperloop, primes, if, while, .func and instruction macros are each closed by `end`.",
        Example(".space N = 10\n.func main\n    basis q0, 1\n"),
        Example(".space N = 10\n.func main\n    basis q0, 1\nend\n"),
    ),
    Code(
        "QW0122",
        "else in the wrong place",
        "An `if` has at most one `else`, which takes no condition; it stands in the block of its `if`.",
        _main("else"),
        Example(
            ".space N = 10\n.func main\n    if 1 < 2\n        basis q0, 1\n    else\n        basis q0, 2\n"
            "    end\nend\n"
        ),
    ),
    Code(
        "QW0123",
        "a loop without a bound",
        "Every loop has a bound that is known before the program runs.",
        Example(".space N = 10\n.func main\n    set s0, 0\n    while s0 < 3\n        set s0, s0 + 1\n    end\nend\n"),
        Example(
            ".space N = 10\n.func main\n    set s0, 0\n    while s0 < 3 max 10\n        set s0, s0 + 1\n    end\nend\n"
        ),
    ),
    Code(
        "QW0124",
        "an index on something that is no name",
        "Only a name, that of a letter, takes an index in brackets; a value is multiplied or called.",
        _top(".op X = V(log)[2]"),
        _top(".op X = V(log)"),
    ),
    Code(
        "QW0125",
        "a malformed exponent",
        "An exponent is one signed name, number or call, or anything in parentheses; fractions stand in parentheses.",
        _main("set s0, 2^+3"),
        _main("set s0, 2^3"),
    ),
    Code(
        "QW0126",
        "a range outside a clause",
        "a..b stands after `in`: hyperloop (i in 0..3).",
        Example(".space N = 10\n.func main\n    loop k, 1..3\n        basis q0, 1\n    end\nend\n"),
        Example(".space N = 10\n.func main\n    loop k, 3\n        basis q0, 1\n    end\nend\n"),
    ),
    Code(
        "QW0127",
        "a string inside an expression",
        "A string is an operand of its own; operands are separated by commas.",
        _main('emit "one" 1'),
        _main('emit "one", 1'),
    ),
    Code(
        "QW0128",
        "a malformed sum or prod",
        "A family is written `sum p in primes(a, b): X`.  X is one product; parentheses hold a sum together, and "
        "a family ends the product it stands in.",
        _top(".op X = sum p in primes(2, 5) A[p]"),
        _top(".op X = sum p in primes(2, 5): A[p]"),
    ),
    Code(
        "QW0129",
        "results without parentheses",
        "The results of a call and of a function stand in parentheses after the arrow.",
        Example(".space N = 10\n.func f(q0) -> q0\nend\n.func main\n    basis q0, 1\n    call f(q0) -> (q1)\nend\n"),
        Example(".space N = 10\n.func f(q0) -> (q0)\nend\n.func main\n    basis q0, 1\n    call f(q0) -> (q1)\nend\n"),
    ),
    Code(
        "QW0130",
        "not a line of a listing",
        "A source that begins with BEGIN is a listing: LOAD psi0, OP_KP p, OP_AP p, OP_BP p, OP_V, OP_EXP t, OP_TRACE, "
        "OP_SUPERPOSE, OP_MEASURE, END.",
        Example("BEGIN\nLOAD psi0\nOP_KQ 2\nEND\n"),
        Example("BEGIN\nLOAD psi0\nOP_KP 2\nEND\n"),
    ),
    Code(
        "QW0131",
        "a listing out of order",
        "A listing loads its state first, has an OP_EXP before OP_TRACE, and ends with END.",
        Example("BEGIN\nLOAD psi0\nOP_KP 2\n"),
        Example("BEGIN\nLOAD psi0\nOP_KP 2\nEND\n"),
    ),
    Code(
        "QW0190",
        "not in the canonical format",
        "`qwasmc fmt --check` found a file that `qwasmc fmt` would rewrite; nothing was changed.",
        Example(".space   N=10\n.func main\nfill q0,1\nend\n", "qwasmc fmt --check {file}"),
        Example(".space   N=10\n.func main\nfill q0,1\nend\n", "qwasmc fmt {file}"),
    ),
)
