"""Codes of exact expressions and arithmetic functions, for the themes operators, limits and running."""

from __future__ import annotations

from qwasm.diagnostics.codes.row import Code, Example

_APPLY = (
    ".qwasm 1.0\n.space N = {space}\n.func main\n    fill q0, 1\n    qop.apply q1, q0, {operator}\n"
    '    at s0, q1, 1\n    emit "first", s0\n    halt\nend\n'
)
_SHORT_TABLE = (
    b"\x93NUMPY\x01\x00v\x00"
    + b"{'descr': '<i8', 'fortran_order': False, 'shape': (4,), }".ljust(117)
    + b"\n"
    + b"".join(i.to_bytes(8, "little") for i in (1, 2, 3, 4))
)
_TABLE = '.arith g = table("g.npy")\n'


_MAP = ".qwasm 1.0\n.space N = 10\n.func main\n    fill q0, n\n    map q1, q0, {}\n    halt\nend\n"


def _program(operator: str, space: str = "10") -> Example:
    return Example(_APPLY.format(space=space, operator=operator))


OPERATORS: tuple[Code, ...] = (
    Code(
        "QW0350",
        "division by zero",
        "Expressions are exact, so a divisor or modulus that is 0 has no value; it is refused before anything runs.",
        _program("1/(2 - 2)*A[2]"),
        _program("1/(3 - 2)*A[2]"),
    ),
    Code(
        "QW0351",
        "an arithmetic function below 1",
        "Arithmetic functions are defined at the integers 1, 2, 3, ... and nowhere else.",
        _program("mu(0)*A[2]"),
        _program("mu(1)*A[2]"),
    ),
    Code(
        "QW0352",
        "log of 0",
        "The logarithm has no value at 0.",
        _program("log(1 - 1)*A[2]"),
        _program("log(2)*A[2]"),
    ),
    Code(
        "QW0353",
        "an order that does not exist or is not decided",
        "Only real numbers are ordered. Constants are compared exactly: by their normal form, and else by up to 400 "
        "digits; two sides that agree in all of them without being seen to be equal are not guessed about.",
        _program("V(2i > 1)"),
        _program("V(abs(2i) > 1)"),
    ),
    Code(
        "QW0354",
        "a function called with the wrong arguments",
        "Every function has a fixed number of arguments; an arithmetic function takes its parameters and then, if it "
        "is not meant at n, the point.",
        _program("V(tau(n, 2, 3))"),
        _program("V(tau(2*n))"),
    ),
    Code(
        "QW0355",
        "not a Dirichlet character",
        "chi(q, m) is the character modulo q with Conrey label m; labels are the residues coprime to q.",
        _program("V(chi(4, 2))"),
        _program("V(chi(4, 3))"),
    ),
    Code(
        "QW0357",
        "a parameter of an arithmetic function out of range",
        "val(p, n) needs an integer base p >= 2; sigma(k) and J(k) need an integer order k.",
        _program("V(val(1, n))"),
        _program("V(val(2, n))"),
    ),
    Code(
        "QW0358",
        "no Dirichlet inverse",
        "A function has an inverse under Dirichlet convolution exactly when it is not 0 at n = 1.",
        _program("coDir(dinv(n - 1))"),
        _program("coDir(dinv(n))"),
    ),
)

LIMITS: tuple[Code, ...] = (
    Code(
        "QW0420",
        "an exact number is too long",
        "Exact numbers in expressions have at most 4096 bits (limit exponent_bits); the length of a power is worked "
        "out before the power is.",
        _program("2^(10^9)*A[2]"),
        _program("2^(10^2)*A[2]"),
    ),
    Code(
        "QW0421",
        "a product of sums is too large",
        "A product of sums is multiplied out, and may have at most 1,000,000 terms (limit terms).",
        _program("V((n + 1)^200*(log + 1)^200*(tau + 1)^200)"),
        _program("V((n + 1)^2*(log + 1)^2*(tau + 1)^2)"),
    ),
    Code(
        "QW0422",
        "a number is too large to factor",
        "Arithmetic functions of a constant need its prime factors; a composite factor of more than 96 bits without "
        "small prime factors is out of reach.",
        _program("mu((2^127 - 1)*(2^107 - 1))*A[2]"),
        _program("mu((2^31 - 1)*(2^61 - 1))*A[2]"),
    ),
    Code(
        "QW0423",
        "an arithmetic function needs too large a table",
        "At many points f is read from a table up to the largest; far-away points are worked out one by one, up to "
        "200,000 of them.",
        _program("V(tau(n^3))", "250_000"),
        _program("V(tau(3*n))", "250_000"),
    ),
)

RUNNING: tuple[Code, ...] = (
    Code(
        "QW0640",
        "a value is not finite",
        "NaN and infinity are trapped where they are produced, with the smallest n; a division by 0 and log 0 are too.",
        _program("V(1/(n - 5))"),
        _program("V(1/(n + 5))"),
    ),
    Code(
        "QW0641",
        "an arithmetic function outside the integers >= 1",
        "The argument of an arithmetic function is read exactly; it must be an integer >= 1 at every n.",
        _program("V(mu(n - 5))"),
        _program("V(mu(n + 5))"),
    ),
    Code(
        "QW0642",
        "division by a multiple of l",
        "Modulo a prime l only the multiples of l have no inverse; take l above every divisor that occurs. "
        "A division by n itself, for l up to N, is refused before it runs.",
        _program("V(1/(n - 3))", "10, field = mod(17)"),
        _program("V(1/(n + 3))", "10, field = mod(17)"),
    ),
    Code(
        "QW0643",
        "a complex value in a real field",
        "An expression whose value is not real needs `field = complex`, or one of re, im, abs. Where this shows before "
        "the program runs it is a type error; here it depends on the entries of a state.",
        Example(_MAP.format("sqrt(x - 2)")),
        Example(_MAP.format("sqrt(abs(x - 2))")),
    ),
    Code(
        "QW0644",
        "no exact meaning modulo l",
        "In mod(l) every value is an exact residue; roots, logarithms and floats have none.",
        _program("V(min(sqrt(n), 3))", "10, field = mod(101)"),
        _program("V(min(n, 3))", "10, field = mod(101)"),
    ),
    Code(
        "QW0645",
        "a table does not reach far enough",
        "A user's table holds f(1), f(2), ...; every point it is read at must be an entry of it.",
        Example(
            _TABLE + _APPLY.format(space="4", operator="V(g(2*n))"),
            "qvm run {file} --data {dir}",
            {"g.npy": _SHORT_TABLE},
        ),
        Example(
            _TABLE + _APPLY.format(space="4", operator="V(g(n))"),
            "qvm run {file} --data {dir}",
            {"g.npy": _SHORT_TABLE},
        ),
    ),
    Code(
        "QW0646",
        "a comparison is too close to decide",
        "Comparisons of irrational values are settled exactly where floats come too close, at up to 20,000 places.",
        _program("V((n^4 + 1)^(1/2) > n^2)", "60_000"),
        _program("V(n^4 + 1 > n^4)", "60_000"),
    ),
)
