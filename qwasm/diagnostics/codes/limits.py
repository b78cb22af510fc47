"""Codes of the theme limits."""

from __future__ import annotations

from qwasm.diagnostics.codes.algebra import LIMITS as ALGEBRA
from qwasm.diagnostics.codes.arithmetic import LIMITS
from qwasm.diagnostics.codes.building import LIMITS as BUILDING
from qwasm.diagnostics.codes.row import Code, Example
from qwasm.diagnostics.codes.rules import LIMITS as RULES

_SYNTAX: tuple[Code, ...] = (
    Code(
        "QW0400",
        "the source is too long",
        "A source has at most 8 MiB (limit source_bytes); longer programs are put together with .use.",
        Example(".space N = 10\n" + "; a long comment\n" * 500_000),
        Example(".space N = 10\n.func main\n    basis q0, 1\nend\n"),
    ),
    Code(
        "QW0401",
        "brackets or blocks nest too deeply",
        "Brackets, signs and blocks nest at most 10,000 deep (limit nesting).",
        Example(".space N = 10\n.func main\n    set s0, " + "(" * 100_000 + "1" + ")" * 100_000 + "\nend\n"),
        Example(".space N = 10\n.func main\n    set s0, ((1))\nend\n"),
    ),
    Code(
        "QW0402",
        "a number literal is too large",
        "An exact number has at most 4096 bits (limit exponent_bits): an exponent such as 1e999999999 is refused "
        "before it is computed.",
        Example(".space N = 10\n.func main\n    set s0, 1e999999999\nend\n"),
        Example(".space N = 10\n.func main\n    set s0, 1e300\nend\n"),
    ),
)

_HEAT = ".qwasm 1.0\n.space N = {N}\n.op H = A[2] + B[2]\n.func main\n    basis q0, 1\n    {line}\n    halt\nend\n"

_SPECTRAL: tuple[Code, ...] = (
    Code(
        "QW0480",
        "too many applications of an operator",
        "An exponential applies its operator some sqrt(t norm(X)) to t norm(X) times; past the limit it is refused "
        "before the first application.",
        Example(_HEAT.format(N=100, line="qop.exp q1, q0, H, 1e12")),
        Example(_HEAT.format(N=100, line="qop.exp q1, q0, H, 1")),
    ),
    Code(
        "QW0481",
        "an estimate needs too much work",
        "A trace beyond N = 4096 costs (64 + probes) exponentials of states, with `exact` N of them. Where the time is "
        "known only while running, it is refused there when it would pass the limit on work.",
        Example(_HEAT.format(N=5_000, line="set s0, 10^19\n    trace s1, H, s0")),
        Example(_HEAT.format(N=5_000, line="set s0, 1/10\n    trace s1, H, s0")),
    ),
    Code(
        "QW0482",
        "only matrices of numbers have this",
        "Large parts of the spectrum of an irreducible block are computed up to 4096 rows. Eigenvalues near z of a "
        "larger block that is not self-adjoint need its sparse factors, so its entries must be known and not too many.",
        Example(_HEAT.format(N=5_000, line="spectrum v0, V(n) + out(n, 1), 2, which=near(1)")),
        Example(_HEAT.format(N=200, line="spectrum v0, H, 2, which=near(1)")),
    ),
)

_MACHINE_MAIN = ".space {space}\n.func main\n{body}\nend\n"


def _machine(body: str, space: str = "N = 20", command: str = "qvm run {file}", **files: bytes) -> Example:
    """A small program with a body."""
    lines = "\n".join(f"    {line}" for line in body.split("\n"))
    return Example(
        _MACHINE_MAIN.format(space=space, body=lines), command, {f"{name}.npy": data for name, data in files.items()}
    )


_MACHINE: tuple[Code, ...] = (
    Code(
        "QW0460",
        "too much memory",
        "The peak of live states, plans and workspaces is computed before anything is allocated. A program over the "
        "limit is refused; `--max-memory` raises the limit, and with a granted folder, `--data DIR`, states lie in "
        "files there.",
        _machine("fill q0, n\nqpu.spawn f0, q0, B[2], 40", "N = 10^8"),
        _machine("fill q0, n\nqpu.spawn f0, q0, B[2], 40", "N = 10^3"),
    ),
    Code(
        "QW0461",
        "too much work",
        "Every loop has a constant bound, so the state elements that a program touches are known before it runs. A "
        "program over the limit is refused; `--max-work` raises the limit.",
        _machine(
            'basis q0, 1\nloop k, 1000\n    mul q0, q0, q0\nend\nemit "q", q0',
            command="qvm run {file} --max-work 1000",
        ),
        _machine(
            'basis q0, 1\nloop k, 1000\n    mul q0, q0, q0\nend\nemit "q", q0',
            command="qvm run {file} --max-work 1000000",
        ),
    ),
    Code(
        "QW0463",
        "out of time",
        "With `--timeout` compiling and running end soon after the time: before the next instruction, or at the next "
        "step of a long one. Nothing is half-written.",
        _machine(
            'basis q0, 1\nloop k, 100\n    mul.p q0, q0, 2\nend\nemit "q", q0',
            command="qvm run {file} --timeout 0.000001",
        ),
        _machine(
            'basis q0, 1\nloop k, 100\n    mul.p q0, q0, 2\nend\nemit "q", q0', command="qvm run {file} --timeout 60"
        ),
    ),
)

ALL = (*_SYNTAX, *ALGEBRA, *_SPECTRAL, *_MACHINE, *LIMITS, *BUILDING, *RULES)
ROWS: tuple[Code, ...] = tuple(sorted(ALL, key=lambda row: row.code))

REMARKS: tuple[Code, ...] = (
    Code(
        "QW0906",
        "states in files",
        "The program needs more memory than the limit and has a granted folder, so its large arrays lie in files of "
        "the folder, which lose their names at once. Results are the same; the run may be much slower.",
        _machine('fill q0, n\nemit "q", q0', "N = 10^6", "qvm run {file} --max-memory 4M --data {dir} -o {dir}/q.json"),
        _machine('fill q0, n\nemit "q", q0', "N = 10^6", "qvm run {file} -o {dir}/q.json"),
    ),
)
