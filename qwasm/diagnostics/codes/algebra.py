"""Codes of the operator algebra: operators without meaning, sizes refused, and self-adjointness."""

from __future__ import annotations

from qwasm.diagnostics.codes.row import Code, Example


def _apply(expression: str, space: str = "N = 30") -> Example:
    """A program that applies one operator to the delta at 1."""
    return Example(
        f".space {space}\n.op X = {expression}\n.func main\n    basis q0, 1\n    qop.apply q1, q0, X\n"
        '    at s0, q1, 1\n    emit "first", s0\n    halt\nend\n'
    )


def _evolve(expression: str, space: str) -> Example:
    """A program that evolves the delta at 1 under one operator."""
    return Example(
        f".space {space}\n.op X = {expression}\n.func main\n    basis q0, 1\n    qop.exp q1, q0, X, 0.1\n"
        '    at s0, q1, 1\n    emit "first", s0\n    halt\nend\n'
    )


def _doubling(count: int) -> Example:
    """A program whose operator doubles its text with every line."""
    lines = [".space N = 4", ".op X0 = exp(S[1])"]
    lines += [f".op X{i} = exp(X{i - 1} S[1]) exp(X{i - 1} S[-1])" for i in range(1, count + 1)]
    main = [".func main", "    basis q0, 1", f"    qop.apply q1, q0, X{count}", "    halt", "end"]
    return Example("\n".join([*lines, *main]) + "\n", "qwasmc {file} --emit=ir")


FREE = "N = 30, truncation = free"

OPERATORS: tuple[Code, ...] = (
    Code(
        "QW0300",
        "an index that is not an integer",
        "The index of a letter is an integer for every value of the loop and sum variables in it.",
        _apply("sum k in ints(1, 3): A[k/2]"),
        _apply("sum k in ints(1, 3): A[2*k]"),
    ),
    Code(
        "QW0301",
        "an index below 1",
        "A, B, K, P and Q take integers >= 1: A[a] reads psi(a n), and n counts from 1. Only S takes any integer.",
        _apply("A[0]"),
        _apply("A[2]"),
    ),
    Code(
        "QW0302",
        "inv of an operator that is not one-sided",
        "An inverse at every N exists for c I plus only forward or only backward terms, and for one Dir or coDir; "
        "K[2] has both sides. Other inverses depend on N and may not exist.",
        _apply("inv(K[2])"),
        _apply("inv(I - 1/2*B[2])"),
    ),
    Code(
        "QW0303",
        "inv of an operator whose diagonal is 0",
        "A one-sided operator is triangular: it is invertible exactly when its value at 1, the coefficient of I, "
        "is not 0.",
        _apply("inv(Dir(log))"),
        _apply("inv(Dir(1 + log))"),
    ),
    Code(
        "QW0305",
        "a product that diverges on the infinite space",
        "Under truncation = free a product is formed on the infinite space and cut once. Dir reads and coDir writes "
        "without end, so Dir left of coDir is an infinite sum.",
        _apply("Dir(1) coDir(1)", FREE),
        _apply("coDir(1) Dir(1)", FREE),
    ),
    Code(
        "QW0306",
        "a cyclic shift under free truncation",
        "S[k, cyclic] goes round the end N; the infinite space has no end.",
        _apply("S[1, cyclic]", FREE),
        _apply("S[1, cyclic]"),
    ),
    Code(
        "QW0309",
        "exp of an operator in mod(l)",
        "exp(X) divides by every integer and is an infinite sum: it has no meaning in integers modulo l.",
        _apply("exp(A[2])", "N = 30, field = mod(101)"),
        _apply("exp(A[2])"),
    ),
)

LIMITS: tuple[Code, ...] = (
    Code(
        "QW0430",
        "ranges nested too deeply",
        "Sums and products over ranges nest at most 32 deep.",
        _apply(
            " ".join(
                f"sum k{i} in ints(k{i - 1} + 1, k{i - 1} + 2):" if i else "sum k0 in ints(1, 2):" for i in range(40)
            )
            + " A[k39]"
        ),
        _apply("sum k in ints(1, 2): sum j in ints(k + 1, k + 2): A[j]"),
    ),
    Code(
        "QW0431",
        "an operator whose text is too long",
        "The text of an operator is at most as long as a source, 8 MiB; parts with names may be shared many times.",
        _doubling(24),
        _doubling(3),
    ),
    Code(
        "QW0432",
        "a free product that reaches too far",
        "Under truncation = free a product is formed on all numbers it passes through and cut once; a high power "
        "of operators that reach forward and back passes through numbers far beyond N.",
        _apply("(A[2] + B[2] + S[1])^200", FREE),
        _apply("(A[2] + B[2] + S[1])^2", FREE),
    ),
    Code(
        "QW0433",
        "a range with too many members",
        "A family whose members cannot be bounded by N is visited member by member, up to 2^24 of them.",
        _apply("sum k in ints(1, 10^12): 1/k^2 * S[k]"),
        _apply("sum k in ints(1, 29): 1/k^2 * S[k]"),
    ),
)

REMARKS: tuple[Code, ...] = (
    Code(
        "QW0900",
        "not self-adjoint in the declared weight",
        "QOP.EXP, trace and spectrum are meant for operators with X = X* in the weight of the space. The warning "
        "shows X - X*, the smallest place where the two matrices differ, and a weight or coefficient that would "
        "mend it. The program runs on, by a method that is right for operators that are not self-adjoint.",
        _evolve("sum p in primes(2, 7): 1/p*(A[p] + B[p])", "N = 30, weight = n^-1"),
        _evolve("sum p in primes(2, 7): 1/p*(A[p] + B[p])", "N = 30, weight = 1"),
    ),
    Code(
        "QW0902",
        "self-adjointness left open",
        "X - X* did not vanish in normal form, but no place where it differs was found either, as happens with "
        "exponentials. A method that is right in both cases is used.",
        _evolve("exp(A[2] + 2*B[2])", "N = 30"),
        _evolve("exp(A[2] + B[2])", "N = 30"),
    ),
)
