"""The sweep kernels: y <- d x + sum of terms y[v t] += c x[u t], for the rows lo <= n < hi that a thread owns.

`step` is the same inside a three-term recurrence: y <- al (H - s) x + be z, then total += ga y.

Terms are data of one kernel, not code of their own.  Those with v = 1 pull: they go over x block by block, so that
every prime finds the block in the cache and writes a short stretch of y.  The others push: they go over the same
blocks of y.  Each thread writes its own rows only, and the order of additions to a row depends on the blocks
of 1..N alone, so any number of threads gives the same bits.  Blocks have `tile` entries; pulls come in the order of
their primes, so any tile gives the same bits too.
"""

from __future__ import annotations

from collections.abc import Callable

from qvm_backends.llvm.emit import Code
from qvm_backends.llvm.numbers import Complexes, Factor, Floats, Numbers, Residues

Term = Callable[[str, str, str, str, str, Factor], None]
AHEAD = 4  # entries under way at once in loops without vectors
PREFETCH = "declare void @llvm.prefetch.p0(ptr, i32, i32, i32)\n"
PARAMETERS = (
    "ptr noalias %y, ptr noalias %x, ptr noalias %d, i64 %lo, i64 %hi, i64 %N, i64 %pulls, i64 %terms, "
    "ptr noalias %u, ptr noalias %v, ptr noalias %length, ptr noalias %c, i64 %modulus, double %inverse, i64 %tile, "
    "i64 %affine, double %d0, double %d1"
)
STEP = (
    "ptr %y, ptr noalias %x, ptr %z, ptr noalias %total, ptr noalias %d, i64 %lo, i64 %hi, i64 %N, i64 %pulls, "
    "i64 %terms, ptr noalias %u, ptr noalias %v, ptr noalias %length, ptr noalias %c, ptr noalias %s, i64 %tile"
)
WEIGHTED = (
    "ptr noalias %y, ptr noalias %x, ptr noalias %f, i64 %lo, i64 %hi, i64 %u, i64 %v, i64 %length, "
    "i64 %modulus, double %inverse"
)


def sweep(numbers: Numbers) -> str:
    """The module of `sweep`."""
    return PREFETCH + numbers.declarations + Writer(numbers).sweep()


def step(numbers: Numbers) -> str:
    """The module of `step`, which residues lack."""
    return PREFETCH + numbers.declarations + Writer(numbers, scaled=True).step()


def weighted(numbers: Numbers) -> str:
    """The module of `weighted`."""
    return numbers.declarations + Writer(numbers).weighted()


class Writer:
    """Writes one kernel.  Arrays are indexed from 1, as states are: address(n) = base + (n - 1)."""

    def __init__(self, numbers: Numbers, scaled: bool = False) -> None:
        self.numbers = numbers
        self.scaled = scaled  # whether coefficients are multiplied by al
        self.code = Code()

    # ------------------------------------------------------------ kernels

    def sweep(self) -> str:
        """Rows lo..hi-1 of the whole sum."""
        code = self.code
        self.bases("y", "x", "d")
        given = code.let("icmp ne ptr %d, null")

        def scaled(n: str, wide: bool) -> None:
            zero = self.numbers.zeros if wide else self.numbers.zero
            value = self.numbers.added(code, zero, self.entry("d", n, wide), self.entry("x", n, wide), wide)
            self.put(value, "y", n, wide)

        def cleared(n: str, wide: bool) -> None:
            self.put(self.numbers.zeros if wide else self.numbers.zero, "y", n, wide)

        def straight(n: str, wide: bool) -> None:
            zero = self.numbers.zeros if wide else self.numbers.zero
            value = self.numbers.added(code, zero, self.affine(n, wide), self.entry("x", n, wide), wide)
            self.put(value, "y", n, wide)

        def without(lo: str, hi: str) -> None:
            if self.numbers.kind != "double":
                return self.rows(cleared, lo, hi)
            told = code.let("icmp ne i64 %affine, 0")
            return code.choose(told, lambda: self.rows(straight, lo, hi), lambda: self.rows(cleared, lo, hi))

        self.blockwise(lambda lo, hi: code.choose(
            given, lambda: self.rows(scaled, lo, hi), lambda: without(lo, hi)
        ))  # fmt: skip
        if isinstance(self.numbers, Residues):
            self.rows(self.settle)
        return code.function("sweep", PARAMETERS)

    def step(self) -> str:
        """Rows lo..hi-1 of a step; s holds al, be, ga and -s, and z may be y."""
        code, numbers = self.code, self.numbers
        self.bases("y", "x", "d", "z", "total")
        align = min(numbers.size, 8)
        single = [code.load(numbers.kind, code.at(numbers.kind, "%s", str(k)), align) for k in range(4)]
        self.al = single[0]
        several = single if isinstance(numbers, (Complexes, Residues)) else [numbers.splat(code, x) for x in single]

        def begun(n: str, wide: bool) -> None:
            al, be, _, shift = several if wide else single
            zero, one = (numbers.zeros, numbers.ones) if wide else (numbers.zero, numbers.one)
            factor = numbers.added(
                code, zero, al, numbers.added(code, self.entry("d", n, wide), one, shift, wide), wide
            )
            before = numbers.added(code, zero, be, self.entry("z", n, wide), wide)
            self.put(numbers.added(code, before, factor, self.entry("x", n, wide), wide), "y", n, wide)

        def summed(n: str, wide: bool) -> None:
            ga = (several if wide else single)[2]
            value = numbers.added(code, self.entry("total", n, wide), ga, self.entry("y", n, wide), wide)
            self.put(value, "total", n, wide)

        self.blockwise(lambda lo, hi: self.rows(begun, lo, hi))
        self.rows(summed)
        return code.function("step", STEP)

    def rows(self, body: Callable[[str, bool], None], first: str = "%lo", stop: str = "%hi") -> None:
        """body(n, wide) for rows: whole vectors first, where the numbers have any."""
        if not isinstance(self.numbers, Complexes):
            width = self.numbers.width
            first = self.code.loop(first, self.code.sub(stop, width - 1), width, lambda n: body(n, True))
        self.code.loop(first, stop, 1, lambda n: body(n, False))

    def settle(self, n: str, wide: bool) -> None:
        """y[n] becomes what it is mod l."""
        assert isinstance(self.numbers, Residues)
        self.put(self.numbers.settled(self.code, self.entry("y", n, wide), wide), "y", n, wide)

    def affine(self, n: str, wide: bool) -> str:
        """d0 + d1 n, rounded after the product and after the sum, for one n or a vector of them."""
        code = self.code
        assert isinstance(self.numbers, Floats)
        if not wide:
            product = code.let(f"fmul double %d1, {code.let(f'sitofp i64 {n} to double')}")
            return code.let(f"fadd double %d0, {product}")
        width = self.numbers.width
        whole, real = f"<{width} x i64>", f"<{width} x double>"
        one = code.let(f"insertelement {whole} undef, i64 {n}, i32 0")
        all_n = code.let(f"shufflevector {whole} {one}, {whole} undef, <{width} x i32> zeroinitializer")
        steps = ", ".join(f"i64 {k}" for k in range(width))
        ns = code.let(f"sitofp {whole} {code.let(f'add {whole} {all_n}, <{steps}>')} to {real}")
        product = code.let(f"fmul {real} {self.numbers.splat(code, '%d1')}, {ns}")
        return code.let(f"fadd {real} {self.numbers.splat(code, '%d0')}, {product}")

    def product(self, a: str, b: str) -> str:
        return self.numbers.added(self.code, self.numbers.zero, a, b)

    def blockwise(self, begin: Callable[[str, str], None]) -> None:
        """Block by block: `begin` the rows of the block, push into them, and pull from the x of the block.

        A row is pulled into from later blocks only, so it has begun by then, and the block of x is in the cache for
        both.  Behind the thread's last row there is only pulling.
        """
        code = self.code
        below = code.sub("%lo", 1)
        first = code.add(code.mul(code.div(below, "%tile"), "%tile"), 1)

        def block(b: str) -> None:
            behind = code.add(b, "%tile")
            low, high = code.pick("sgt", b, "%lo"), code.pick("slt", behind, "%hi")
            begin(low, high)
            self.each_term(b, behind, "%pulls", "%terms", self.push)
            self.each_term(b, behind, "0", "%pulls", self.pull)

        code.loop(first, code.add("%N", 1), "%tile", block)

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

    def entry(self, base: str, index: str, wide: bool = False) -> str:
        """An entry, or a vector that begins there."""
        code, kind = self.code, self.numbers.kind
        loaded = f"<{self.numbers.width} x {kind}>" if wide else kind
        return code.load(loaded, code.at(kind, f"%{base}b", index), min(self.numbers.size, 8))

    def put(self, value: str, base: str, index: str, wide: bool = False) -> None:
        """base[index] <- an entry or a vector."""
        code, kind = self.code, self.numbers.kind
        stored = f"<{self.numbers.width} x {kind}>" if wide else kind
        code.store(stored, value, code.at(kind, f"%{base}b", index), min(self.numbers.size, 8))

    def add_to(self, row: str, c: str, x: str) -> None:
        """y[row] += c x."""
        self.put(self.numbers.added(self.code, self.entry("y", row), c, x), "y", row)

    def grow(self, row: str, c: Factor, x: str) -> None:
        """y[row] += c x, to be settled later."""
        self.put(self.numbers.grown(self.code, self.entry("y", row), c, x), "y", row)

    def each_term(self, begin: str, behind: str, first: str, stop: str, body: Term) -> None:
        """The terms first..stop-1 on a block."""
        code, kind = self.code, self.numbers.kind

        def one(k: str) -> None:
            u, v, length = (code.load("i64", code.at("i64", f"%{name}", k), 8) for name in ("u", "v", "length"))
            c = code.load(kind, code.at(kind, "%c", k), min(self.numbers.size, 8))
            c = self.product(self.al, c) if self.scaled else c
            body(begin, behind, u, v, length, self.numbers.factor(code, c))

        code.loop(first, stop, 1, one)

    def pull(self, begin: str, behind: str, u: str, v: str, length: str, c: Factor) -> None:
        """y[t] += c x[u t] for u t in the block and t among the rows."""
        code = self.code
        first = code.pick("sgt", code.div(code.sub(code.add(begin, u), 1), u), "%lo")
        last = code.pick("slt", code.div(code.sub(behind, 1), u), length)
        stop = code.pick("slt", code.add(last, 1), "%hi")
        if isinstance(self.numbers, Complexes):
            first = code.loop(first, code.sub(stop, AHEAD - 1), AHEAD, lambda t: self.together(t, u, "1", c))
        else:
            first = self.gathered(first, stop, u, c)
        code.loop(first, stop, 1, lambda t: self.grow(t, c, self.entry("x", code.mul(t, u))))

    def gathered(self, first: str, stop: str, u: str, c: Factor) -> str:
        """The same by whole vectors, filled one by one: processors gather no faster.  The first t that is left."""
        assert not isinstance(self.numbers, Complexes)
        code, kind, width = self.code, self.numbers.kind, self.numbers.width
        vector, size = f"<{width} x {kind}>", self.numbers.size
        factors = tuple(self.numbers.splat(code, part) for part in c)
        later = code.div("%tile", u)  # where the next block writes

        def eight(t: str) -> None:
            place, x = code.mul(t, u), "undef"
            for lane in range(width):
                one = code.load(kind, code.at(kind, "%xb", place), size)
                x = code.let(f"insertelement {vector} {x}, {kind} {one}, i32 {lane}")
                place = code.add(place, u)
            address = code.at(kind, "%yb", t)
            code.prefetch(code.at(kind, address, later))
            y = code.load(vector, address, size)
            code.store(vector, self.numbers.grown(code, y, factors, x, vector=True), address, size)

        return code.loop(first, code.sub(stop, width - 1), width, eight)

    def push(self, begin: str, behind: str, u: str, v: str, length: str, c: Factor) -> None:
        """y[v t] += c x[u t] for v t in the block and among the rows."""
        code, kind = self.code, self.numbers.kind
        low, high = code.pick("sgt", begin, "%lo"), code.pick("slt", behind, "%hi")
        first = code.div(code.sub(code.add(low, v), 1), v)
        last = code.pick("slt", code.div(code.sub(high, 1), v), length)
        stop = code.add(last, 1)
        later = code.mul(code.div("%tile", v), u)  # where the next block reads

        def several(t: str) -> None:
            code.prefetch(code.at(kind, "%xb", code.add(code.mul(t, u), later)))
            self.together(t, u, v, c)

        first = self.in_line(first, stop, u, v, c) if isinstance(self.numbers, Residues) else first
        first = code.loop(first, code.sub(stop, AHEAD - 1), AHEAD, several)
        code.loop(first, stop, 1, lambda t: self.grow(code.mul(t, v), c, self.entry("x", code.mul(t, u))))

    def in_line(self, first: str, stop: str, u: str, v: str, c: Factor) -> str:
        """The same where u = 1, products reduced as whole vectors; the first t that is left."""
        assert isinstance(self.numbers, Residues)
        code, kind, width = self.code, self.numbers.kind, self.numbers.width
        vector = f"<{width} x {kind}>"
        factors = tuple(self.numbers.splat(code, part) for part in c)
        lined = code.let(f"icmp eq i64 {u}, 1")
        stop = code.let(f"select i1 {lined}, i64 {code.sub(stop, width - 1)}, i64 {first}")

        def eight(t: str) -> None:
            x = code.load(vector, code.at(kind, "%xb", t), self.numbers.size)
            parts = self.numbers.grown(code, self.numbers.zeros, factors, x, vector=True)
            row = code.mul(t, v)
            for lane in range(width):
                part = code.let(f"extractelement {vector} {parts}, i32 {lane}")
                address = code.at(kind, "%yb", row)
                code.store(kind, code.let(f"add i64 {code.load(kind, address, 8)}, {part}"), address, 8)
                row = code.add(row, v)

        return code.loop(first, stop, width, eight)

    def together(self, t: str, u: str, v: str, c: Factor) -> None:
        """y[v t] += c x[u t] for this t and the next ones, all read before one is written: rows differ."""
        code, kind, align = self.code, self.numbers.kind, min(self.numbers.size, 8)
        rows, columns = [code.mul(t, v)], [code.mul(t, u)]
        for _ in range(AHEAD - 1):
            rows.append(code.add(rows[-1], v))
            columns.append(code.add(columns[-1], u))
        addresses = [code.at(kind, "%yb", row) for row in rows]
        xs = [self.entry("x", column) for column in columns]
        ys = [code.load(kind, address, align) for address in addresses]
        made = [self.numbers.grown(code, y, c, x) for y, x in zip(ys, xs, strict=True)]
        for value, address in zip(made, addresses, strict=True):
            code.store(kind, value, address, align)


__all__ = ["step", "sweep", "weighted"]
