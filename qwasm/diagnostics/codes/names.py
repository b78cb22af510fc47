"""Codes of the theme names."""

from __future__ import annotations

from qwasm.diagnostics.codes.building import NAMES
from qwasm.diagnostics.codes.row import Code, Example

_MACHINE_MAIN = ".space {space}\n.func main\n{body}\nend\n"


def _machine(body: str, space: str = "N = 20", command: str = "qvm run {file}", **files: bytes) -> Example:
    """A small program with a body."""
    lines = "\n".join(f"    {line}" for line in body.split("\n"))
    return Example(
        _MACHINE_MAIN.format(space=space, body=lines), command, {f"{name}.npy": data for name, data in files.items()}
    )


_MACHINE: tuple[Code, ...] = (
    Code(
        "QW0270",
        "no meaning in this field",
        "Residues modulo a prime and complex numbers have no order, and mod(l) has no roots, logarithms or "
        "exponentials: an instruction that needs one is refused before the program runs.",
        _machine("fill q0, n\nscan q1, q0, MAX", "N = 20, field = complex"),
        _machine("fill q0, n\nscan q1, q0, SUM", "N = 20, field = complex"),
    ),
    Code(
        "QW0271",
        "an operand or attribute that does not fit",
        "Some attributes need something else: `unitary` needs complex numbers, `insert=` and `ratio=` need a time, a "
        "Chebyshev basis needs its interval. Others have a range: `tol=` is above 0, `probes=` is at least 2, and the "
        "k of `spectrum` is one of 1..N.",
        _machine("basis q0, 1\nqop.exp q1, q0, V(n), 1/10, unitary"),
        _machine("basis q0, 1\nqop.exp q1, q0, V(n), 1/10, unitary", "N = 20, field = complex"),
    ),
    Code(
        "QW0272",
        "an inner product without a weight",
        "Inner products in mod(l) divide by powers of n when the weight is not 1. The weight must have an integer "
        "exponent, and l must be larger than N, so that no n is 0 modulo l.",
        _machine("fill q0, n\nqop.inner s0, q0, q0", "N = 20, weight = n^-1, field = mod(7)"),
        _machine("fill q0, n\nqop.inner s0, q0, q0", "N = 20, weight = n^-1, field = mod(101)"),
    ),
    Code(
        "QW0273",
        "one time or several",
        "A list of times gives a vector with one trace for each; a single time gives a scalar. The register must be "
        "of that kind.",
        _machine("trace s0, V(n), (1, 2)"),
        _machine("trace v0, V(n), (1, 2)"),
    ),
)

ROWS: tuple[Code, ...] = tuple(sorted((*_MACHINE, *NAMES), key=lambda row: row.code))
