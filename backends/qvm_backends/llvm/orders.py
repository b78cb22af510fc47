"""Between the natural and the grouped order, block by block of n.

In a block of the natural order the m of one s are neighbours, and so are their columns in the grouped order: each s
copies a stretch between the block, which stays in the cache, and rows that are read or written in a line.
"""

from __future__ import annotations

from qvm_backends.llvm.emit import Code
from qvm_backends.llvm.numbers import Numbers

PARAMETERS = (
    "ptr noalias %natural, ptr noalias %grouped, ptr noalias %smooth, i64 %many, ptr noalias %rough, "
    "ptr noalias %table, ptr noalias %cursor, ptr noalias %group, i64 %lo, i64 %hi, i64 %block"
)
COLUMNS = 6  # of the table


def grouping(numbers: Numbers) -> str:
    """The module of `grouping`, from natural to grouped for lo <= n < hi."""
    return Writer(numbers).kernel("grouping", True)


def ungrouping(numbers: Numbers) -> str:
    """The module of `ungrouping`, back again."""
    return Writer(numbers).kernel("ungrouping", False)


class Writer(Code):
    """Writes one direction.  For each s, `cursor` holds the next rough number and `group` the group that it is in."""

    def __init__(self, numbers: Numbers) -> None:
        super().__init__()
        self.kind, self.align = numbers.kind, min(numbers.size, 8)

    def kernel(self, name: str, inwards: bool) -> str:
        """One kernel; the rough numbers end with one that is larger than any n."""
        self.do(f"%naturalb = getelementptr {self.kind}, ptr %natural, i64 -1")

        def block(b: str) -> None:
            end = self.pick("slt", self.add(b, "%block"), "%hi")
            self.loop("0", "%many", 1, lambda i: self.stretch(i, end, inwards))

        self.loop("%lo", "%hi", "%block", block)
        return self.function(name, PARAMETERS)

    def stretch(self, i: str, end: str, inwards: bool) -> None:
        """The n = m s below `end` that are left of one s."""
        s, r, g = (self.load("i64", self.at("i64", base, i), 8) for base in ("%smooth", "%cursor", "%group"))

        def inside(r: str) -> str:
            self.n = self.mul(self.load("i64", self.at("i64", "%rough", r), 8), s)
            return self.let(f"icmp slt i64 {self.n}, {end}")

        def of_one_group(_: str, values: list[str]) -> list[str]:
            r, g = values
            a, count, columns, _, offset = (
                self.load("i64", self.at("i64", "%table", self.add(self.mul(g, COLUMNS), n)), 8) for n in range(5)
            )
            behind = self.add(a, count)
            base = self.sub(self.add(offset, self.mul(i, columns)), a)

            def more(r: str) -> str:
                below = inside(r)
                return self.let(f"and i1 {below}, {self.let(f'icmp slt i64 {r}, {behind}')}")

            def copy(r: str, _: list[str]) -> list[str]:
                natural = self.at(self.kind, "%naturalb", self.n)
                grouped = self.at(self.kind, "%grouped", self.add(base, r))
                source, target = (natural, grouped) if inwards else (grouped, natural)
                self.store(self.kind, self.load(self.kind, source, self.align), target, self.align)
                return []

            last = self.walk(r, more, 1, [], copy)[0]
            done = self.let(f"icmp eq i64 {last}, {behind}")
            return [last, self.add(g, self.let(f"zext i1 {done} to i64"))]

        r, g = self.walk("0", lambda _: inside(self.values[0]), 1, [("i64", r), ("i64", g)], of_one_group)[1]
        for array, value in (("%cursor", r), ("%group", g)):
            self.store("i64", value, self.at("i64", array, i), 8)


__all__ = ["grouping", "ungrouping"]
