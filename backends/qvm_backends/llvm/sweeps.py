"""The sweep kernel: y <- d x + sum of terms y[v t] += c x[u t], for the rows lo <= n < hi that a thread owns.

Terms are data of one kernel, not code of their own.  Those with v = 1 pull: they go over x block by block, so that
every prime finds the block in the cache and writes a short stretch of y.  The others push: they go over blocks of y
in the same way.  Each thread writes its own rows only, and the order of additions to a row depends on the blocks
of 1..N alone, so any number of threads gives the same bits.
"""

from __future__ import annotations

from collections.abc import Callable

from qvm_backends.llvm.emit import Code
from qvm_backends.llvm.numbers import Complexes, Numbers

Term = Callable[[str, str, str, str, str, str], None]
BLOCK = 4096  # entries that stay in the first cache while all terms pass over them
PARAMETERS = (
    "ptr noalias %y, ptr noalias %x, ptr noalias %d, i64 %lo, i64 %hi, i64 %N, i64 %pulls, i64 %terms, "
    "ptr noalias %u, ptr noalias %v, ptr noalias %length, ptr noalias %c, i64 %modulus, double %inverse"
)
WEIGHTED = (
    "ptr noalias %y, ptr noalias %x, ptr noalias %f, i64 %lo, i64 %hi, i64 %u, i64 %v, i64 %length, "
    "i64 %modulus, double %inverse"
)


def module(numbers: Numbers) -> str:
    """The text of the module with the kernels `sweep` and `weighted` for these numbers."""
    return numbers.declarations + Writer(numbers).sweep() + Writer(numbers).weighted()


class Writer:
    """Writes one kernel.  Arrays are indexed from 1, as states are: address(n) = base + (n - 1)."""

    def __init__(self, numbers: Numbers) -> None:
        self.numbers = numbers
        self.code = Code()

    # ------------------------------------------------------------ kernels

    def sweep(self) -> str:
        """Rows lo..hi-1 of the whole sum."""
        code, kind, size = self.code, self.numbers.kind, self.numbers.size
        self.bases("y", "x", "d")
        given = code.let("icmp ne ptr %d, null")

        def scaled(n: str) -> None:
            factor, entry = self.entry("d", n), self.entry("x", n)
            code.store(kind, self.numbers.added(code, self.numbers.zero, factor, entry), code.at(kind, "%yb", n), size)

        def cleared(n: str) -> None:
            code.store(kind, self.numbers.zero, code.at(kind, "%yb", n), size)

        code.choose(
            given, lambda: void(code.loop("%lo", "%hi", 1, scaled)), lambda: void(code.loop("%lo", "%hi", 1, cleared))
        )
        below = code.sub("%lo", 1)
        first = code.add(code.mul(code.div(below, BLOCK), BLOCK), 1)
        code.loop(first, code.add("%N", 1), BLOCK, lambda b: self.blocks(b, "0", "%pulls", self.pull))
        code.loop(first, "%hi", BLOCK, lambda b: self.blocks(b, "%pulls", "%terms", self.push))
        return code.function("sweep", PARAMETERS)

    def weighted(self) -> str:
        """y[v t] += f[t] x[u t] for the rows lo <= v t < hi."""
        code = self.code
        self.bases("y", "x", "f")
        first = code.div(code.sub(code.add("%lo", "%v"), 1), "%v")
        last = code.pick("slt", code.div(code.sub("%hi", 1), "%v"), "%length")

        def term(t: str) -> None:
            self.add_to(code.mul(t, "%v"), self.entry("f", t), self.entry("x", code.mul(t, "%u")))

        code.loop(first, code.add(last, 1), 1, term)
        return code.function("weighted", WEIGHTED)

    # ------------------------------------------------------------ parts

    def bases(self, *names: str) -> None:
        """Addresses of the entries with index 0."""
        for name in names:
            self.code.do(f"%{name}b = getelementptr {self.numbers.kind}, ptr %{name}, i64 -1")

    def entry(self, base: str, index: str) -> str:
        code, kind = self.code, self.numbers.kind
        return code.load(kind, code.at(kind, f"%{base}b", index), min(self.numbers.size, 8))

    def add_to(self, row: str, c: str, x: str) -> None:
        """y[row] += c x."""
        code, kind = self.code, self.numbers.kind
        address = code.at(kind, "%yb", row)
        align = min(self.numbers.size, 8)
        code.store(kind, self.numbers.added(code, code.load(kind, address, align), c, x), address, align)

    def blocks(self, begin: str, first: str, stop: str, body: Term) -> None:
        """All terms first..stop-1 on the block that begins here."""
        code, kind = self.code, self.numbers.kind
        behind = code.add(begin, BLOCK)

        def one(k: str) -> None:
            u, v, length = (code.load("i64", code.at("i64", f"%{name}", k), 8) for name in ("u", "v", "length"))
            c = code.load(kind, code.at(kind, "%c", k), min(self.numbers.size, 8))
            body(begin, behind, u, v, length, c)

        code.loop(first, stop, 1, one)

    def pull(self, begin: str, behind: str, u: str, v: str, length: str, c: str) -> None:
        """y[t] += c x[u t] for u t in the block and t among the rows."""
        code = self.code
        first = code.pick("sgt", code.div(code.sub(code.add(begin, u), 1), u), "%lo")
        last = code.pick("slt", code.div(code.sub(behind, 1), u), length)
        stop = code.pick("slt", code.add(last, 1), "%hi")
        if not isinstance(self.numbers, Complexes):
            first = self.gathered(first, stop, u, c)
        code.loop(first, stop, 1, lambda t: self.add_to(t, c, self.entry("x", code.mul(t, u))))

    def gathered(self, first: str, stop: str, u: str, c: str) -> str:
        """The same by whole vectors; the first t that is left."""
        assert not isinstance(self.numbers, Complexes)
        code, kind, width = self.code, self.numbers.kind, self.numbers.width
        vector, size = f"<{width} x {kind}>", self.numbers.size
        steps = ", ".join(f"i64 {i}" for i in range(width))
        one = code.let(f"insertelement <{width} x i64> undef, i64 {u}, i32 0")
        all_u = code.let(f"shufflevector <{width} x i64> {one}, <{width} x i64> undef, <{width} x i32> zeroinitializer")
        index = code.let(f"mul <{width} x i64> {all_u}, <{steps}>")
        mask = ", ".join("i1 true" for _ in range(width))
        factors = self.numbers.splat(code, c)
        suffix = f"v{width}{self.numbers.suffix}"

        def eight(t: str) -> None:
            base = code.at(kind, "%xb", code.mul(t, u))
            places = code.let(f"getelementptr {kind}, ptr {base}, <{width} x i64> {index}")
            x = code.let(
                f"call {vector} @llvm.masked.gather.{suffix}.v{width}p0(<{width} x ptr> {places}, i32 {size}, "
                f"<{width} x i1> <{mask}>, {vector} undef)"
            )
            address = code.at(kind, "%yb", t)
            y = code.load(vector, address, size)
            code.store(vector, self.numbers.added(code, y, factors, x, vector=True), address, size)

        return code.loop(first, code.sub(stop, width - 1), width, eight)

    def push(self, begin: str, behind: str, u: str, v: str, length: str, c: str) -> None:
        """y[v t] += c x[u t] for v t in the block and among the rows."""
        code = self.code
        low, high = code.pick("sgt", begin, "%lo"), code.pick("slt", behind, "%hi")
        first = code.div(code.sub(code.add(low, v), 1), v)
        last = code.pick("slt", code.div(code.sub(high, 1), v), length)
        code.loop(
            first, code.add(last, 1), 1, lambda t: self.add_to(code.mul(t, v), c, self.entry("x", code.mul(t, u)))
        )


def void(_: str) -> None:
    """Nothing is done with a value."""


__all__ = ["module"]
