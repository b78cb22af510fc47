"""The table of mistakes: what a wrong line looks like, and what to say about it.

A row's examples are run through the automaton once; the place where each stops stands for its kind.
Words that are written in one way only, and characters that look like others, have tables of their own.
"""

from __future__ import annotations

from qwasm.record import record


@record
class Mistake:
    """One kind of mistake: what to say, and lines that make it at the place meant."""

    code: str
    message: str
    hint: str
    examples: tuple[str, ...]


MISTAKES = (
    Mistake(
        "QW0108",
        "`^` takes one exponent: x^y^z has no meaning here",
        "write x^(y*z) or x^(y^z)",
        (
            "set s0, x^y^z",
            "set s0, x^2^z",
            "set s0, x^f(1)^z",
            "set s0, x^(y)^z",
            "set s0, x^-y^z",
            "set s0, x^-2^z",
            "set s0, x^-(y)^z",
            "set s0, x^-f(1)^z",
        ),
    ),
    Mistake(
        "QW0125",
        "an exponent is a signed name, number or call, or stands in parentheses",
        "write x^(...)",
        (
            "set s0, x^",
            "set s0, x^A[2]",
            "set s0, x^*",
            "set s0, x^-",
            "set s0, x^-A[2]",
            "set s0, x^--2",
            "set s0, x^+2",
            "set s0, x^)",
            "set s0, x^,",
            'set s0, x^"a"',
            "set s0, x^sum p in primes(2, 3): p",
        ),
    ),
    Mistake("QW0107", "`**` is not an operator", "powers are written with ^: p^2", ("set s0, x**2", "set s0, x y**2")),
    Mistake(
        "QW0107",
        "`//` is not an operator",
        "write floor(a/b); a comment begins with ;",
        ("set s0, x//2", "set s0, x y//2"),
    ),
    Mistake(
        "QW0113",
        "`=` does not compare",
        "write ==",
        (
            "if s0 + 1 = 2",
            "assert (s0) = 2",
            "if 2 = s0",
            "if f(x) = 1",
            "if A[1] = 2",
            "if x y = 3",
            "if -x = 3",
            "if x^2 = 3",
            "if not x = 3",
            "if (x = 3)",
            "if (1, x = 2)",
            "if x < 1 = 3",
            "if x and 1 = 3",
            "if x or 1 = 3",
        ),
    ),
    Mistake(
        "QW0114",
        "comparisons do not chain",
        "write a < b and b < c",
        (
            "if a < b < c",
            "if 1 < 2 < 3",
            "if a < b + 1 < c",
            "if a < f(1) < 3",
            "if a < (b) < 3",
            "if a < b^2 < c",
            "if a < b c < d",
            "if a < -b < c",
            "if a < A[2] < c",
        ),
    ),
    Mistake(
        "QW0124",
        "only a name takes an index in brackets",
        "write f(x) for a call, A[2] for a letter",
        (
            "set s0, f(1)[2]",
            "set s0, 2[3]",
            "set s0, A[2][3]",
            "set s0, (x)[1]",
            "set s0, [2]",
            "set s0, a + [2]",
        ),
    ),
    Mistake(
        "QW0126",
        "a range a..b stands after `in` only",
        "write hyperloop (i in 0..3)",
        ("loop k, 1..3", "loop k, x..3", "set s0, (1..2)", "set s0, f(1..2)"),
    ),
    Mistake(
        "QW0127",
        "a string is an operand of its own, not part of an expression",
        "separate operands with commas",
        (
            'set s0, 1 + "a"',
            'set s0, ("a")',
            'set s0, -"a"',
            'set s0, x "a"',
            'set s0, 2 "a"',
            'set s0, f(1) "a"',
            'set s0, A[2] "a"',
            'set s0, (x) "a"',
            'emit "a" "b"',
            'emit "a" 1',
            'emit "a" x',
            'emit "a" (x)',
            'emit "a" + 1',
            'emit "a" - 1',
            'emit "a" * 1',
            'emit "a" f(1)',
            'emit "a" A[2]',
            'emit "a" == 1',
            'emit "a"^2',
            'emit "a" and 1',
            'emit "a" sum p',
            'set s0, 2 * "a"',
            'set s0, x^2 "a"',
            'set s0, A["a"]',
        ),
    ),
    Mistake(
        "QW0129",
        "results stand in parentheses",
        "write call f(q2, s1) -> (q3)",
        ("call f(q2) -> q3", "call f(q2) -> ", "call f(q2) -> (q3,)", "call f(q2) -> (2)", "call f(q2) -> (q3 q4)"),
    ),
    Mistake(
        "QW0129",
        "results stand in parentheses",
        "write .func f(q0, s0) -> (q1)",
        (".func f(q0) -> q1", ".func f(q0) -> ", ".func f(q0) -> (q3,)", ".func f(q0) -> (2)"),
    ),
    Mistake(
        "QW0128",
        "the variable of a family stands after `sum` or `prod`, then `in`",
        "write sum p in primes(2, 100): A[p]",
        ("set s0, sum(p)", "set s0, sum 2", "set s0, sum p, 2", "set s0, sum p = 2", "set s0, sum p"),
    ),
    Mistake(
        "QW0128",
        "the domain of a family ends with a colon",
        "write sum p in primes(2, 100): A[p]",
        (
            "set s0, sum p in primes(2, 3)",
            "set s0, sum p in primes(2, 3), A[p]",
            "set s0, sum p in 1..3",
            "set s0, sum p in 1..3, A[p]",
            "set s0, sum p in 1..x",
            "set s0, sum p in (primes(2, 3))",
        ),
    ),
    Mistake(
        "QW0128",
        "a family ends its product",
        "write (sum p in primes(2, 100): A[p]) in parentheses",
        ("set s0, a / sum p in primes(2, 3): A[p]", "set s0, a mod sum p in primes(2, 3): A[p]"),
    ),
)

FORMS = {
    ".qwasm": ".qwasm 1.0",
    ".param": ".param t: real = 0.1",
    ".space": ".space N = 1000, weight = n^-1, field = real",
    ".arith": ".arith g(n) = n^2",
    ".op": ".op X = A[2] + B[2]",
    ".diffusion": ".diffusion c = p^(-1/2), primes(2, 100)",
    ".macro": ".macro pair(p, q) = A[p] B[q]",
    ".reg": ".reg x: qstate",
    ".var": ".var p: prime, t: real",
    ".use": '.use "lib.qw"',
    ".func": ".func f(q0, s0) -> (q1)",
}

LOOKS_LIKE = {
    "\u2212": "-",
    "\u2013": "-",
    "\u2014": "-",
    "\u00d7": "*",
    "\u00b7": "*",
    "\u22c5": "*",
    "\u2217": "*",
    "\u2264": "<=",
    "\u2265": ">=",
    "\u2260": "!=",
    "\u2192": "->",
    "\u201c": '"',
    "\u201d": '"',
    "\u2018": '"',
    "\u2019": '"',
    "\u00a0": "a blank",
    "\u2211": "sum",
    "\u03a3": "sum",
    "\u220f": "prod",
    "\u221a": "sqrt(...)",
    "\u2208": "in",
    "\u03c0": "pi",
    "\u039b": "Lambda",
    "\u03bb": "lambda",
    "\u03bc": "mu",
    "\u00b5": "mu",
    "\u03c6": "phi",
    "\u03d5": "phi",
    "\u03c4": "tau",
    "\u03c9": "omega",
    "\u03a9": "Omega",
    "\u03c3": "sigma",
    "\u03c7": "chi",
    "\u03c8": "psi0",
    "\u00b2": "^2",
    "\u00b3": "^3",
    "\u2026": "..",
    "\u2227": "and",
    "\u2228": "or",
    "\u00ac": "not",
    "\uff0c": ",",
}

STRAY = {
    "#": "a comment begins with ;",
    "'": 'strings stand in "..."',
    "!": "write != or not",
    "&": "write and",
    "|": "write or",
    "%": "write n mod m",
    "~": "write not",
    "\\": "\\ joins lines and stands last in its line",
    "{": "lists stand in parentheses: (1, 2, 3)",
    "}": "lists stand in parentheses: (1, 2, 3)",
    ".": "numbers are written 0.5, ranges 0..3",
    "$": "names have letters, digits and _",
    "@": "the product of operators is a blank: A[2] B[3]",
}
