"""The letter table: what operator expressions are spelled with.

Every letter and operator function is declared here once; elaboration, help, completion and the
manual read this table.  A row says its meaning twice: `build` makes the value, `adjoint` makes
its adjoint in the weight n^-s from the arguments alone, and a test holds them together.
A plug-in adds rows through the entry-point group `qwasm.letters`.

>>> lookup("A").doc
'Forward: (A[a] psi)(n) = psi(a n), or 0 past N.'
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from functools import cache
from typing import Literal

from qwasm import plugins
from qwasm.algebra.indices import as_expr
from qwasm.algebra.operators import HALF, Algebra, Scalar
from qwasm.algebra.ring import symbol
from qwasm.algebra.value import Operator
from qwasm.record import record
from qwasm.space import Weight

Kind = Literal["letter", "function", "word"]
Argument = Literal["index", "exponent", "cyclic", "arith", "operator", "coefficient", "low", "high"]
Builder = Callable[..., Operator]
n = symbol("n", "nat")
p = symbol("p", "prime")


@record
class Letter:
    """One letter (`A[2]`), operator function (`exp(X)`) or bare word (`I`, `D`).

    `arguments` names the kind of each argument, the last `optional` of which may be left out.
    `build(algebra, *arguments)` gives the value; `adjoint(algebra, s, *arguments)` its adjoint in
    the weight n^-s, and `adjoint_text` says the same to people.
    """

    name: str
    kind: Kind
    form: str
    doc: str
    arguments: tuple[Argument, ...]
    build: Builder
    adjoint: Builder
    adjoint_text: str
    optional: int = 0

    @property
    def least(self) -> int:
        """The smallest number of arguments."""
        return len(self.arguments) - self.optional


def _kernel_adjoint(a: Algebra, s: Fraction, e: Scalar, c: Scalar = HALF) -> Operator:
    base, power = as_expr(e), as_expr(c)
    return a.add(a.scale(base ** (s - power), a.B(e)), a.scale(base ** (power - s), a.A(e)))


def _diffusion_adjoint(a: Algebra, s: Fraction, c: Scalar, low: Scalar, high: Scalar) -> Operator:
    f = as_expr(c).conj()
    body = a.add(a.scale(f * p**s, a.B(p)), a.scale(f * p**-s, a.A(p)))
    return a.family("sum", p, "primes", low, high, body)


def _multiplicative(a: Algebra, c: Scalar, low: Scalar, high: Scalar) -> Operator:
    return a.family("sum", p, "primes", low, high, a.scale(as_expr(c), a.K(p)))


def _multiplicative_adjoint(a: Algebra, s: Fraction, c: Scalar, low: Scalar, high: Scalar) -> Operator:
    body = a.scale(as_expr(c).conj(), _kernel_adjoint(a, s, p))
    return a.family("sum", p, "primes", low, high, body)


def _shift_adjoint(a: Algebra, s: Fraction, k: Scalar, cyclic: bool = False) -> Operator:
    back = a.S(-as_expr(k), cyclic)
    return a.product([a.V(n**s), back, a.V(n**-s)])


def _comm_adjoint(a: Algebra, s: Fraction, x: Operator, y: Operator) -> Operator:
    w = Weight(s)
    return a.comm(y.adjoint(w), x.adjoint(w))


ROWS: tuple[Letter, ...] = (
    Letter(
        name="I",
        kind="word",
        form="I",
        doc="The identity.",
        arguments=(),
        build=lambda a: a.identity(),
        adjoint=lambda a, s: a.identity(),
        adjoint_text="I",
    ),
    Letter(
        name="A",
        kind="letter",
        form="A[a]",
        doc="Forward: (A[a] psi)(n) = psi(a n), or 0 past N.",
        arguments=("index",),
        build=lambda a, e: a.A(e),
        adjoint=lambda a, s, e: a.scale(as_expr(e) ** s, a.B(e)),
        adjoint_text="a^s B[a]",
    ),
    Letter(
        name="B",
        kind="letter",
        form="B[b]",
        doc="Backward: (B[b] psi)(n) = psi(n/b), or 0 unless b divides n.",
        arguments=("index",),
        build=lambda a, e: a.B(e),
        adjoint=lambda a, s, e: a.scale(as_expr(e) ** -s, a.A(e)),
        adjoint_text="b^-s A[b]",
    ),
    Letter(
        name="K",
        kind="letter",
        form="K[p], K[p, c]",
        doc="The symmetric pair p^-c A[p] + p^c B[p]; c is 1/2 when left out.",
        arguments=("index", "exponent"),
        optional=1,
        build=lambda a, *e: a.K(*e),
        adjoint=_kernel_adjoint,
        adjoint_text="p^(s-c) B[p] + p^(c-s) A[p]: itself exactly when s = 2c",
    ),
    Letter(
        name="P",
        kind="letter",
        form="P[m]",
        doc="Keeps the multiples of m.",
        arguments=("index",),
        build=lambda a, e: a.P(e),
        adjoint=lambda a, s, e: a.P(e),
        adjoint_text="P[m]",
    ),
    Letter(
        name="Q",
        kind="letter",
        form="Q[c]",
        doc="Keeps n <= N/c; the identity under truncation = free.",
        arguments=("index",),
        build=lambda a, e: a.Q(e),
        adjoint=lambda a, s, e: a.Q(e),
        adjoint_text="Q[c]",
    ),
    Letter(
        name="S",
        kind="letter",
        form="S[k], S[k, cyclic]",
        doc="Shift: (S[k] psi)(n) = psi(n + k) inside 1..N, else 0; or going round when cyclic.",
        arguments=("index", "cyclic"),
        optional=1,
        build=lambda a, k, cyclic=False: a.S(k, cyclic),
        adjoint=_shift_adjoint,
        adjoint_text="V(n^s) S[-k] V(n^-s)",
    ),
    Letter(
        name="D",
        kind="word",
        form="D, D(c = COEF, primes(a, b))",
        doc="Multiplicative diffusion: the sum over primes p of c(p) (A[p] + B[p]).",
        arguments=("coefficient", "low", "high"),
        build=lambda a, c, low, high: a.diffusion(c, low, high),
        adjoint=_diffusion_adjoint,
        adjoint_text="sum conj(c) (p^s B[p] + p^-s A[p]): itself for s = 0, c real",
    ),
    Letter(
        name="M",
        kind="word",
        form="M, M(c = COEF, primes(a, b))",
        doc="The sum over primes p of c(p) K[p].",
        arguments=("coefficient", "low", "high"),
        build=_multiplicative,
        adjoint=_multiplicative_adjoint,
        adjoint_text="sum conj(c) K[p]*: itself for s = 1, c real",
    ),
    Letter(
        name="V",
        kind="function",
        form="V(f)",
        doc="Multiplication by f(n).",
        arguments=("arith",),
        build=lambda a, f: a.V(f),
        adjoint=lambda a, s, f: a.V(as_expr(f).conj()),
        adjoint_text="V(conj(f))",
    ),
    Letter(
        name="Dir",
        kind="function",
        form="Dir(f)",
        doc="The sum over all integers d of f(d) A[d].",
        arguments=("arith",),
        build=lambda a, f: a.Dir(f),
        adjoint=lambda a, s, f: a.coDir(as_expr(f).conj() * n**s),
        adjoint_text="coDir(conj(f) n^s)",
    ),
    Letter(
        name="coDir",
        kind="function",
        form="coDir(f)",
        doc="The sum over all integers d of f(d) B[d].",
        arguments=("arith",),
        build=lambda a, f: a.coDir(f),
        adjoint=lambda a, s, f: a.Dir(as_expr(f).conj() * n**-s),
        adjoint_text="Dir(conj(f) n^-s)",
    ),
    Letter(
        name="out",
        kind="function",
        form="out(u, v)",
        doc="Rank one: psi -> u <v, psi>, in the weight of the space.",
        arguments=("arith", "arith"),
        build=lambda a, u, v: a.out(u, v),
        adjoint=lambda a, s, u, v: a.out(v, u),
        adjoint_text="out(v, u)",
    ),
    Letter(
        name="exp",
        kind="function",
        form="exp(X)",
        doc="The exponential of the N x N matrix of X.",
        arguments=("operator",),
        build=lambda a, x: a.exp(x),
        adjoint=lambda a, s, x: a.exp(x.adjoint(Weight(s))),
        adjoint_text="exp(X*)",
    ),
    Letter(
        name="inv",
        kind="function",
        form="inv(X)",
        doc="The inverse of a one-sided X: Dir(f) or coDir(f) with f(1) not 0, I - c B[p] and their like.",
        arguments=("operator",),
        build=lambda a, x: a.inv(x),
        adjoint=lambda a, s, x: a.inv(x.adjoint(Weight(s))),
        adjoint_text="inv(X*)",
    ),
    Letter(
        name="comm",
        kind="function",
        form="comm(X, Y)",
        doc="The commutator X Y - Y X.",
        arguments=("operator", "operator"),
        build=lambda a, x, y: a.comm(x, y),
        adjoint=_comm_adjoint,
        adjoint_text="comm(Y*, X*)",
    ),
    Letter(
        name="adj",
        kind="function",
        form="adj(X)",
        doc="The adjoint of X in the weight of the space.",
        arguments=("operator",),
        build=lambda a, x, weight=None: x.adjoint(weight or Weight()),
        adjoint=lambda a, s, x: x,
        adjoint_text="X",
    ),
)


@cache
def table() -> dict[str, Letter]:
    """Every letter by name: the built-in rows and those of installed plug-ins.

    Raises QW0598 when two owners declare one letter, or when a plug-in's operator function or bare
    word has the name of a function of n.
    """
    return merged(plugins.rows("qwasm.letters", Letter))


def merged(added: Iterable[tuple[str, Letter]]) -> dict[str, Letter]:
    """The built-in rows and those of plug-ins, given as (owner, row)."""
    from qwasm.algebra.functions import names
    from qwasm.arith.functions import functions

    added = tuple(added)
    for owner, row in added:
        if row.kind != "letter" and (row.name in names() or row.name in functions()):
            raise plugins.clash("name", row.name, "the table of functions of n", owner)
    own = {row.name: row for row in ROWS}
    return plugins.merged("letter", own, ((owner, row.name, row) for owner, row in added))


def lookup(name: str) -> Letter | None:
    """The row of a letter, or None."""
    return table().get(name)


def build(algebra: Algebra, name: str, *arguments: object, weight: Weight | None = None) -> Operator:
    """The value of a letter applied to arguments; `weight` is used by adj.

    Raises TypeError for a wrong number of arguments and what the letter itself raises.
    """
    row = table()[name]
    if not row.least <= len(arguments) <= len(row.arguments):
        wanted = str(row.least) if not row.optional else f"{row.least} to {len(row.arguments)}"
        raise TypeError(f"{name} takes {wanted} arguments, here are {len(arguments)}: write {row.form}")
    if name == "adj":
        return row.build(algebra, *arguments, weight=weight)
    return row.build(algebra, *arguments)


def manual() -> str:
    """The letter table as Markdown, one line each."""
    lines = ["| letter | meaning | adjoint in the weight n^-s |", "|---|---|---|"]
    lines += [f"| `{x.form}` | {x.doc} | {x.adjoint_text} |" for x in table().values()]
    return "\n".join(lines)


__all__ = ["ROWS", "Letter", "build", "lookup", "manual", "table"]
