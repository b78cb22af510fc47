"""Textual LLVM IR, written top down: values have numbers, loops carry their counter in a phi.

No optimisation pass runs over this text, so it says what the machine shall do: explicit vectors, one fused
multiply-add for each product, and nothing that would have to be moved out of a loop.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

Carried = Sequence[tuple[str, str]]
Body = Callable[[str, list[str]], list[str]]


class Code:
    """The body of one function as it is written; `block` is the label of the block being written."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.count = 0
        self.block = "entry"
        self.values: list[str] = []  # that the loop begun last carries

    def name(self) -> str:
        """A fresh number."""
        self.count += 1
        return str(self.count)

    def let(self, value: str) -> str:
        """The name of a value."""
        name = f"%v{self.name()}"
        self.lines.append(f"  {name} = {value}")
        return name

    def do(self, line: str) -> None:
        """An instruction without a value."""
        self.lines.append(f"  {line}")

    def label(self, name: str) -> None:
        """Begin a block."""
        self.lines.append(f"{name}:")
        self.block = name

    # ------------------------------------------------------------ arithmetic on i64

    def add(self, a: str, b: str | int) -> str:
        return self.let(f"add i64 {a}, {b}")

    def sub(self, a: str, b: str | int) -> str:
        return self.let(f"sub i64 {a}, {b}")

    def mul(self, a: str, b: str | int) -> str:
        return self.let(f"mul i64 {a}, {b}")

    def div(self, a: str, b: str | int) -> str:
        return self.let(f"udiv i64 {a}, {b}")

    def pick(self, compare: str, a: str, b: str) -> str:
        """a where `a compare b`, else b: `slt` is the smaller, `sgt` the larger."""
        test = self.let(f"icmp {compare} i64 {a}, {b}")
        return self.let(f"select i1 {test}, i64 {a}, i64 {b}")

    # ------------------------------------------------------------ memory

    def at(self, kind: str, base: str, index: str) -> str:
        """The address of an entry."""
        return self.let(f"getelementptr {kind}, ptr {base}, i64 {index}")

    def load(self, kind: str, address: str, align: int) -> str:
        return self.let(f"load {kind}, ptr {address}, align {align}")

    def store(self, kind: str, value: str, address: str, align: int) -> None:
        self.do(f"store {kind} {value}, ptr {address}, align {align}")

    def stream(self, kind: str, value: str, address: str) -> None:
        """Store past the caches, a whole line at a multiple of 64 bytes; the module ends with STREAMED."""
        self.do(f"store {kind} {value}, ptr {address}, align 64, !nontemporal !0")

    def prefetch(self, address: str) -> None:
        """Ask for the line of an address, which may lie outside of every array."""
        self.do(f"call void @llvm.prefetch.p0(ptr {address}, i32 0, i32 3, i32 1)")

    # ------------------------------------------------------------ control

    def walk(
        self, first: str, more: Callable[[str], str], step: str | int, carried: Carried, body: Body
    ) -> tuple[str, list[str]]:
        """body(i, values) for i = first, first + step, ... while the bit more(i) is set; it may look at `self.values`.

        `carried` are kinds and first values of what each turn hands to the next; answers the last i and the values.
        """
        k, before = self.name(), self.block
        head, inside, after = f"head{k}", f"body{k}", f"done{k}"
        self.do(f"br label %{head}")
        self.label(head)
        place = len(self.lines)
        self.lines += [""] * (1 + len(carried))
        i, values = f"%i{k}", [f"%c{k}_{n}" for n in range(len(carried))]
        self.values = values
        self.do(f"br i1 {more(i)}, label %{inside}, label %{after}")
        self.label(inside)
        made = body(i, values)
        following = self.add(i, step)
        for n, (name, kind, start, end) in enumerate(
            [(i, "i64", first, following), *((v, c[0], c[1], m) for v, c, m in zip(values, carried, made, strict=True))]
        ):
            self.lines[place + n] = f"  {name} = phi {kind} [ {start}, %{before} ], [ {end}, %{self.block} ]"
        self.do(f"br label %{head}")
        self.label(after)
        return i, values

    def below(self, stop: str) -> Callable[[str], str]:
        """The bit i < stop."""
        return lambda i: self.let(f"icmp slt i64 {i}, {stop}")

    def loop(self, first: str, stop: str, step: str | int, body: Callable[[str], None]) -> str:
        """body(i) for i = first, first + step, ... while i < stop; the first i that is not."""

        def turn(i: str, _: list[str]) -> list[str]:
            body(i)
            return []

        return self.walk(first, self.below(stop), step, [], turn)[0]

    def fold(self, first: str, stop: str, kind: str, start: str, body: Callable[[str, str], str]) -> str:
        """The value that body(i, value) hands from i = first to i = stop - 1, beginning with `start`."""
        return self.walk(first, self.below(stop), 1, [(kind, start)], lambda i, v: [body(i, v[0])])[1][0]

    def choose(self, test: str, yes: Callable[[], None], no: Callable[[], None]) -> None:
        """One of two pieces of code."""
        k = self.name()
        self.do(f"br i1 {test}, label %yes{k}, label %no{k}")
        for label, body in ((f"yes{k}", yes), (f"no{k}", no)):
            self.label(label)
            body()
            self.do(f"br label %end{k}")
        self.label(f"end{k}")

    def function(self, name: str, parameters: str) -> str:
        """The text of the function."""
        body = "\n".join(self.lines)
        return f"define void @{name}({parameters}) {{\nentry:\n{body}\n  ret void\n}}\n"


STREAMED = "!0 = !{i32 1}\n"

__all__ = ["STREAMED", "Code"]
