"""Recurrences by groups: all steps of next = al (H - s) here + be before, total += ga next on one group, then the next.

A group of the grouped layout is packed into three arrays that stay in the cache, goes through every step, and is
unpacked; what a thread reads and writes belongs to its groups alone, so any number of threads gives the same bits.
"""

from __future__ import annotations

from collections.abc import Callable

from qvm_backends.llvm.emit import STREAMED, Code
from qvm_backends.llvm.numbers import Complexes, Numbers

PARAMETERS = (
    "ptr %here, ptr %before, ptr %total, ptr %newhere, ptr %newbefore, ptr noalias %smooth, ptr noalias %rough, "
    "ptr noalias %table, ptr noalias %width, ptr noalias %begin, ptr noalias %index, ptr noalias %coefficient, "
    "ptr noalias %diagonal, ptr noalias %s, i64 %steps, ptr noalias %work, i64 %largest, i64 %lo, i64 %hi, "
    "i64 %fresh, ptr noalias %stop, ptr noalias %side, ptr noalias %beside, i64 %strips"
)
SWEEP = (
    "ptr noalias %y, ptr noalias %x, ptr noalias %table, ptr noalias %width, ptr noalias %begin, ptr noalias %index, "
    "ptr noalias %coefficient, ptr noalias %diagonal, i64 %lo, i64 %hi, ptr noalias %stop, ptr noalias %side, "
    "ptr noalias %beside, i64 %strips"
)
Arrays = tuple[str, str, str]  # here, before, total
COLUMNS = 6  # of the table
WIDE = 4  # vectors of one row that are summed at once


def recurrence(numbers: Numbers) -> str:
    """The module of `recurrence`, for floats."""
    return numbers.declarations + Writer(numbers).recurrence()


def grouped_sweep(numbers: Numbers) -> str:
    """The module of `grouped_sweep`, y <- H x for states in the grouped order, for floats."""
    return numbers.declarations + Writer(numbers).sweep("grouped_sweep")


def grouped_stream(numbers: Numbers) -> str:
    """The module of `grouped_stream`, the same for float64 and y that begins at a line, written past the caches."""
    return numbers.declarations + Writer(numbers, streams=True).sweep("grouped_stream") + STREAMED


class Writer(Code):
    """Writes the kernels.  Arrays of states in natural order are indexed from 1, all others from 0."""

    def __init__(self, numbers: Numbers, streams: bool = False) -> None:
        super().__init__()
        self.numbers, self.streams = numbers, streams
        self.kind, self.align = numbers.kind, min(numbers.size, 8)
        self.lanes = 1 if isinstance(numbers, Complexes) else numbers.width
        self.finish: Callable[..., None] = self.finished
        self.inside = self.column = ""  # columns of a row that lie in 1..N, and the first of a vector

    def sweep(self, name: str) -> str:
        """The groups lo..hi-1 of one sweep: every entry of y is written once."""
        self.finish = self.formed

        def group(g: str) -> None:
            self.place(g)
            arrays = (self.at(self.kind, "%x", self.offset), self.at(self.kind, "%y", self.offset), "")
            alone = self.let(f"icmp eq i64 {self.G}, 1")
            self.choose(alone, lambda: self.alone(arrays, []), lambda: self.rows(lambda i: self.row(i, arrays, [])))

        self.loop("%lo", "%hi", 1, group)
        if self.streams:
            self.do("fence seq_cst")
        return self.function(name, SWEEP)

    def place(self, g: str) -> None:
        """Where a group lies: its first rough number, columns, rows, first entry, first width."""
        at = self.mul(g, COLUMNS)
        self.a, _, self.G, self.k, self.offset, self.first = (
            self.whole("%table", self.add(at, n)) for n in range(COLUMNS)
        )

    def recurrence(self) -> str:
        """The groups lo..hi-1; `total` is changed in place, the last two states go to newbefore and newhere.

        When it is fresh, `here` and `total` are in the grouped order, the state before is `here`, and the total begins
        as a multiple of it and is all that is told.
        """
        for name in ("here", "before", "total", "newhere", "newbefore"):
            self.do(f"%{name}b = getelementptr {self.kind}, ptr %{name}, i64 -1")
        twice = self.add("%largest", "%largest")
        work = ["%work", self.at(self.kind, "%work", "%largest"), self.at(self.kind, "%work", twice)]
        shift = self.load(self.kind, self.at(self.kind, "%s", self.mul("%steps", 3)), self.align)
        self.loop("%lo", "%hi", 1, lambda g: self.group(g, work, shift))
        return self.function("recurrence", PARAMETERS)

    def group(self, g: str, work: list[str], shift: str) -> None:
        """One group from the first step to the last."""
        self.place(g)
        fresh = self.let("icmp ne i64 %fresh, 0")
        own = [self.at(self.kind, base, self.offset) for base in ("%here", "%total")]
        here, total = (self.let(f"select i1 {fresh}, ptr {a}, ptr {b}") for a, b in zip(own, (work[0], work[2])))
        before = work[1]
        self.choose(
            fresh,
            lambda: self.begun(here, before, total),
            lambda: self.packed({"%hereb": here, "%beforeb": before, "%totalb": total}),
        )

        def step(r: str, states: list[str]) -> list[str]:
            row = self.mul(r, 3)
            scalars = [
                self.load(self.kind, self.at(self.kind, "%s", self.add(row, n)), self.align) for n in range(3)
            ] + [shift]
            arrays = (states[0], states[1], total)
            self.choose(
                self.let(f"icmp eq i64 {self.G}, 1"),
                lambda: self.alone(arrays, scalars),
                lambda: self.rows(lambda i: self.row(i, arrays, scalars)),
            )
            return [states[1], states[0]]

        _, (here, before) = self.walk("0", self.below("%steps"), 1, [("ptr", here), ("ptr", before)], step)
        self.choose(
            fresh,
            lambda: None,
            lambda: self.unpacked({"%newhereb": here, "%newbeforeb": before, "%totalb": total}),
        )

    # ------------------------------------------------------------ between the orders

    def begun(self, here: str, before: str, total: str) -> None:
        """From a state in the grouped order: the state before is the same, the total a multiple of it."""
        start = self.load(self.kind, self.at(self.kind, "%s", self.add(self.mul("%steps", 3), 1)), self.align)
        self.rows(
            lambda i: self.cleared(here, self.mul(i, self.G), self.whole("%width", self.add(self.first, i)))
        )  # fmt: skip

        def copied(at: str, wide: bool) -> None:
            kind, zero = (
                (f"<{self.lanes} x {self.kind}>", self.numbers.zeros) if wide else (self.kind, self.numbers.zero)
            )
            x = self.load(kind, self.at(self.kind, here, at), self.align)
            self.store(kind, x, self.at(self.kind, before, at), self.align)
            begun = self.numbers.added(self, zero, self.spread(start, wide), x, wide)
            self.store(kind, begun, self.at(self.kind, total, at), self.align)

        first, stop = "0", self.mul(self.k, self.G)
        if self.lanes > 1:
            first = self.loop(first, self.sub(stop, self.lanes - 1), self.lanes, lambda at: copied(at, True))
        self.loop(first, stop, 1, lambda at: copied(at, False))

    def packed(self, pairs: dict[str, str]) -> None:
        """From states to arrays of the group, with zeros where m s > N."""

        def row(i: str) -> None:
            s, w, base = self.whole("%smooth", i), self.whole("%width", self.add(self.first, i)), self.mul(i, self.G)

            def entry(j: str) -> None:
                n, place = self.mul(s, self.whole("%rough", self.add(self.a, j))), self.add(base, j)
                for state, array in pairs.items():
                    self.put(array, place, self.load(self.kind, self.at(self.kind, state, n), self.align))

            self.loop("0", w, 1, entry)
            for array in pairs.values():
                self.cleared(array, base, w)

        self.rows(row)

    def unpacked(self, pairs: dict[str, str]) -> None:
        """From arrays of the group to states."""

        def row(i: str) -> None:
            s, w, base = self.whole("%smooth", i), self.whole("%width", self.add(self.first, i)), self.mul(i, self.G)

            def entry(j: str) -> None:
                n, place = self.mul(s, self.whole("%rough", self.add(self.a, j))), self.add(base, j)
                for state, array in pairs.items():
                    self.put(state, n, self.load(self.kind, self.at(self.kind, array, place), self.align))

            self.loop("0", w, 1, entry)

        self.rows(row)

    # ------------------------------------------------------------ one step

    def row(self, i: str, arrays: Arrays, scalars: list[str]) -> None:
        """A row of the next state, written over the one before."""
        base, begin = self.mul(i, self.G), self.whole("%begin", i)
        width = self.whole("%width", self.add(self.first, i))
        self.inside = width if self.streams else ""
        column = "0"
        for vectors in (WIDE, 1):
            step = vectors * self.lanes
            stop = self.sub(self.G, step - 1)
            column = self.loop(column, stop, step, self.chunk(vectors, self.lanes > 1, base, begin, arrays, scalars))
        if self.lanes > 1:
            self.loop(column, self.G, 1, self.chunk(1, False, base, begin, arrays, scalars))
        self.inside = ""
        if not self.streams:
            self.cleared(arrays[1], base, width)

    def alone(self, arrays: Arrays, scalars: list[str]) -> None:
        """The rows of the only column of m = 1: strips of neighbouring rows as vectors, then those that are left."""
        first = "0"
        if not isinstance(self.numbers, Complexes):
            vector, lanes = f"<{self.lanes} x {self.kind}>", self.lanes
            call = f"call {vector} @llvm.masked.gather.v{lanes}{self.numbers.suffix}.v{lanes}p0"
            mask = f"<{', '.join(['i1 true'] * lanes)}>"

            def strip(q: str) -> None:
                def more(e: str) -> str:
                    return self.let(f"icmp slt i64 {e}, {end}")

                def gather(e: str, sums: list[str]) -> list[str]:
                    at = self.mul(e, lanes)
                    near = self.load(f"<{lanes} x i64>", self.at("i64", "%side", at), 8)
                    places = self.let(f"getelementptr {self.kind}, ptr {arrays[0]}, <{lanes} x i64> {near}")
                    c = self.load(vector, self.at(self.kind, "%beside", at), self.align)
                    given = f"<{lanes} x ptr> {places}, i32 {self.numbers.size}, <{lanes} x i1> {mask}, {vector} undef"
                    x = self.let(f"{call}({given})")
                    return [self.numbers.added(self, sums[0], c, x, True)]

                end = self.whole("%stop", self.add(q, 1))
                _, sums = self.walk(self.whole("%stop", q), more, 1, [(vector, self.numbers.zeros)], gather)
                self.finish(self.mul(q, lanes), sums[0], True, arrays, scalars)

            self.loop("0", "%strips", 1, strip)
            first = self.mul("%strips", lanes)
        self.loop(first, self.k, 1, lambda i: self.row(i, arrays, scalars))

    def finished(self, place: str, found: str, wide: bool, arrays: Arrays, scalars: list[str]) -> None:
        """The next state at a place, from what its neighbours came to."""
        numbers, (here, before, total) = self.numbers, arrays
        kind = f"<{self.lanes} x {self.kind}>" if wide else self.kind
        zero, one = (numbers.zeros, numbers.ones) if wide else (numbers.zero, numbers.one)

        def read(array: str, place: str) -> str:
            return self.load(kind, self.at(self.kind, array, place), self.align)

        al, be, ga, shift = (self.spread(x, wide) for x in scalars)
        own = numbers.added(self, read("%diagonal", self.add(self.offset, place)), one, shift, wide)
        own = numbers.added(self, zero, al, own, wide)
        y = numbers.added(self, zero, be, read(before, place), wide)
        y = numbers.added(self, y, own, read(here, place), wide)
        y = numbers.added(self, y, al, found, wide)
        self.store(kind, y, self.at(self.kind, before, place), self.align)
        summed = numbers.added(self, read(total, place), ga, y, wide)
        self.store(kind, summed, self.at(self.kind, total, place), self.align)

    def formed(self, place: str, found: str, wide: bool, arrays: Arrays, scalars: list[str]) -> None:
        """y at a place: the diagonal's part and what the neighbours came to."""
        here, y = arrays[:2]
        kind = f"<{self.lanes} x {self.kind}>" if wide else self.kind
        d = self.load(kind, self.at(self.kind, "%diagonal", self.add(self.offset, place)), self.align)
        x = self.load(kind, self.at(self.kind, here, place), self.align)
        made, address = self.numbers.added(self, found, d, x, wide), self.at(self.kind, y, place)
        if self.inside and wide:  # zeros beyond N in the same store: a line that is written twice is read in between
            lanes = ", ".join(f"i64 {k}" for k in range(self.lanes))
            v = f"<{self.lanes} x i64>"
            left, zero = self.sub(self.inside, self.column), "zeroinitializer"
            one = self.let(f"insertelement {v} undef, i64 {left}, i32 0")
            all_left = self.let(f"shufflevector {v} {one}, {v} undef, <{self.lanes} x i32> {zero}")
            bits = self.let(f"icmp sgt {v} {all_left}, <{lanes}>")
            made = self.let(f"select <{self.lanes} x i1> {bits}, {kind} {made}, {kind} {zero}")
        if self.streams and wide:
            self.stream(kind, made, address)
        else:
            self.store(kind, made, address, self.align)

    def spread(self, value: str, wide: bool) -> str:
        """A number for every entry of a vector."""
        return self.numbers.splat(self, value) if wide and not isinstance(self.numbers, Complexes) else value

    def chunk(
        self, vectors: int, wide: bool, base: str, begin: str, arrays: Arrays, scalars: list[str]
    ) -> Callable[[str], None]:
        """The columns c, c + 1, ... of a row: so many vectors, or single entries where they are not wide."""
        numbers, here = self.numbers, arrays[0]
        lanes = self.lanes if wide else 1
        kind, zero = (f"<{lanes} x {self.kind}>", numbers.zeros) if wide else (self.kind, numbers.zero)

        def write(c: str) -> None:
            def more(e: str) -> str:
                self.neighbour = self.whole("%index", e)
                return self.let(f"icmp slt i64 {self.neighbour}, {self.k}")

            def gather(e: str, sums: list[str]) -> list[str]:
                place = self.add(self.mul(self.neighbour, self.G), c)
                factor = tuple(self.spread(x, wide) for x in numbers.factor(self, self.entry("%coefficient", e)))
                made = []
                for n, found in enumerate(sums):
                    x = self.load(kind, self.at(self.kind, here, self.add(place, n * lanes)), self.align)
                    made.append(numbers.grown(self, found, factor, x, wide))
                return made

            _, sums = self.walk(begin, more, 1, [(kind, zero)] * vectors, gather)
            for n, found in enumerate(sums):
                self.column = self.add(c, n * lanes)
                self.finish(self.add(base, self.column), found, wide, arrays, scalars)

        return write

    # ------------------------------------------------------------ small things

    def rows(self, body: Callable[[str], None]) -> None:
        self.loop("0", self.k, 1, body)

    def cleared(self, array: str, base: str, width: str) -> None:
        """Zeros in the columns of a row from `width` on."""
        self.loop(width, self.G, 1, lambda j: self.put(array, self.add(base, j), self.numbers.zero))

    def whole(self, base: str, index: str) -> str:
        return self.load("i64", self.at("i64", base, index), 8)

    def entry(self, base: str, index: str) -> str:
        return self.load(self.kind, self.at(self.kind, base, index), self.align)

    def put(self, base: str, index: str, value: str) -> None:
        self.store(self.kind, value, self.at(self.kind, base, index), self.align)


__all__ = ["grouped_stream", "grouped_sweep", "recurrence"]
