"""Sums of a state, or of products of states, in one pass: each block of entries is summed by one fixed tree.

A block is 8 groups of 16 rows of four vectors.  A row is added to four sums of its group, a group to four sums of the
block, and these 32 numbers are folded; the sums of the blocks are folded by the tree of the reference.  The order of
additions depends on the number of entries alone, so any number of threads gives the same bits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from qvm.machine.sums import depth, tree_sum
from qvm_backends.llvm.emit import Code
from qvm_backends.llvm.numbers import Numbers
from qwasm.clock import look

if TYPE_CHECKING:
    from qvm_backends.llvm.kernels import LlvmKernels

Array = NDArray[Any]
GROUPS, ROWS, VECTORS, LANES = 8, 16, 4, 8
ROW = VECTORS * LANES
BLOCK = GROUPS * ROWS * ROW
ADDITIONS = ROWS + GROUPS + 5  # that one entry passes through in its block: five fold 32 numbers
PORTION = 1 << 11  # blocks between two looks at the time that is left
WIDE = f"<{LANES} x double>"
PARAMETERS = "ptr %out, ptr %x, ptr %y, ptr %w, i64 %lo, i64 %hi"  # y, or w, may be null; x, y and w may be one


def sums(numbers: Numbers) -> str:
    """The module of `sums`: out[2 b], out[2 b + 1] <- the sum over block b of the terms x y w and of their sizes."""
    assert numbers.kind == "double"
    code = Code()

    def blocks(factors: str) -> Callable[[], None]:
        def run() -> None:
            code.loop("%lo", "%hi", 1, lambda b: block(code, b, factors))

        return run

    paired, weighted = (code.let(f"icmp ne ptr %{name}, null") for name in "yw")
    code.choose(weighted, blocks("xyw"), lambda: code.choose(paired, blocks("xy"), blocks("x")))
    return f"declare {WIDE} @llvm.fabs.v{LANES}f64({WIDE})\n" + code.function("sums", PARAMETERS)


def block(code: Code, b: str, factors: str) -> None:
    """The two sums of one block."""
    none = [(WIDE, "zeroinitializer")] * (2 * VECTORS)
    start = code.mul(b, BLOCK)

    def plus(a: str, c: str) -> str:
        return code.let(f"fadd {WIDE} {a}, {c}")

    def row(at: str, kept: list[str]) -> list[str]:
        made = list(kept)
        for k in range(VECTORS):
            place = code.add(at, k * LANES)
            first, *rest = (code.load(WIDE, code.at("double", f"%{name}", place), 8) for name in factors)
            for factor in rest:
                first = code.let(f"fmul {WIDE} {first}, {factor}")
            size = code.let(f"call {WIDE} @llvm.fabs.v{LANES}f64({WIDE} {first})")
            made[k], made[VECTORS + k] = plus(kept[k], first), plus(kept[VECTORS + k], size)
        return made

    def group(at: str, kept: list[str]) -> list[str]:
        found = code.walk(at, code.below(code.add(at, ROWS * ROW)), ROW, none, row)[1]
        return [plus(a, c) for a, c in zip(kept, found, strict=True)]

    found = code.walk(start, code.below(code.add(start, BLOCK)), ROWS * ROW, none, group)[1]
    for k, (a, c, d, e) in enumerate((found[:VECTORS], found[VECTORS:])):
        total, lanes = plus(plus(a, c), plus(d, e)), LANES
        while lanes > 1:
            kind, lanes = f"<{lanes} x double>", lanes // 2
            halves = [
                code.let(f"shufflevector {kind} {total}, {kind} {total}, <{lanes} x i32> <{', '.join(chosen)}>")
                for chosen in ([f"i32 {n}" for n in range(first, first + lanes)] for first in (0, lanes))
            ]
            total = code.let(f"fadd <{lanes} x double> {halves[0]}, {halves[1]}")
        place = code.add(code.mul(b, 2), k)
        code.store(
            "double", code.let(f"extractelement <1 x double> {total}, i32 0"), code.at("double", "%out", place), 8
        )


def summed(kernels: LlvmKernels, factors: Sequence[Array]) -> tuple[float, float, int] | None:
    """The sum of the products of one to three float64 arrays of one shape, that of their sizes, and the additions
    that a term passes through; None where the reference does it: for other arrays, and for states so short that
    making machine code at all takes longer.
    """
    from qvm_backends.llvm.jit import kernel, trouble
    from qvm_backends.llvm.kernels import at

    alike = all(x.dtype == np.float64 and x.shape == factors[0].shape for x in factors)
    if not alike or len(factors) > 3 or factors[0].size < max(1, kernels.worth) or trouble():
        return None
    flat = [np.ascontiguousarray(x).reshape(-1) for x in factors]
    whole, rest = divmod(flat[0].size, BLOCK)
    out = np.empty((whole + (rest > 0), 2))

    def portion(arrays: Sequence[Array], made: Array, lo: int, hi: int) -> None:
        pointers = [at(x) for x in arrays] + [at(None)] * (3 - len(arrays))
        for begin in range(lo, hi, PORTION):
            look()
            kernel("float64", "sums")(at(made), *pointers, begin, min(hi, begin + PORTION))

    if whole:
        cuts = [whole * k // kernels.threads for k in range(kernels.threads + 1)]
        kernels.shared(cuts, portion, flat, out)
    if rest:  # a block of its own, filled with zeros
        portion([np.concatenate([x[whole * BLOCK :], np.zeros(BLOCK - rest)]) for x in flat], out[whole:], 0, 1)
    value, size = tree_sum(np.ascontiguousarray(out.T))
    return float(value), float(size), ADDITIONS + depth(len(out))


__all__ = ["summed", "sums"]
