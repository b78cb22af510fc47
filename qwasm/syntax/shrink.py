"""Shrinking: a smaller program that still fails, by delta debugging.

First whole lines go, in ever smaller chunks; then loops and branches give way to what is in them; then sums,
products and calls to their parts, and numbers to smaller ones; again until nothing more can go.
Zeller, Hildebrandt, "Simplifying and isolating failure-inducing input", 2002, for the lines.

>>> from qwasm.syntax import parse, print_program
>>> text = ".space N = 64\\n.func main\\nloop k, 9\\nbasis q0, 3\\nmul.p q1, q0, 2\\nend\\nend"
>>> print(print_program(shrink(parse(text), lambda program: "mul.p" in print_program(program))), end="")
.func main
    mul.p q1, q0, 1
end
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

from qwasm.record import replace
from qwasm.syntax import tree
from qwasm.syntax.fold import fold
from qwasm.syntax.print import print_program

Path = tuple[tuple[int, str], ...]  # which statement of a body, and which of its bodies, from the outermost in
Fails = Callable[[tree.Program], bool]
BODIES = ("body", "orelse")
NODES = 2_000  # of one expression that are tried


def shrink(program: tree.Program, fails: Fails, most: int = 2_000) -> tree.Program:
    """The smallest program found that still fails, after at most so many tries."""
    return Shrinker(program, fails, most).run()


class Shrinker:
    """The smallest failing program so far, and the texts that were tried."""

    def __init__(self, program: tree.Program, fails: Fails, most: int) -> None:
        self.best, self.fails, self.left = program, fails, most
        self.seen = {print_program(program)}

    def run(self) -> tree.Program:
        """Every way of shrinking in turn, as long as one of them makes progress."""
        progress = True
        while progress and self.left > 0:
            before = print_program(self.best)
            for path in list(bodies(self.best)):
                self.lines(path)
            self.blocks()
            self.expressions()
            progress = print_program(self.best) != before
        return self.best

    def takes(self, candidate: tree.Program) -> bool:
        """Keep a candidate if it still fails; one that was tried before does not count."""
        text = print_program(candidate)
        if self.left <= 0 or text in self.seen:
            return False
        self.seen.add(text)
        self.left -= 1
        if not self.fails(candidate):
            return False
        self.best = candidate
        return True

    def lines(self, path: Path) -> None:
        """Leave out chunks of a body, halving their length until single lines are left."""
        size = len(body_at(self.best, path))
        while size:
            start = 0
            while start < len(here := body_at(self.best, path)):
                if not self.takes(with_body(self.best, path, here[:start] + here[start + size :])):
                    start += size
            size //= 2

    def blocks(self) -> None:
        """Let a loop or branch give way to what is in it."""
        for path in sorted(bodies(self.best), key=len, reverse=True):
            index = 0
            while index < len(here := body_at(self.best, path)):
                block = here[index]
                inner = [block.body, block.orelse] if isinstance(block, tree.Block) else []
                if not any(
                    self.takes(with_body(self.best, path, here[:index] + part + here[index + 1 :])) for part in inner
                ):
                    index += 1

    def expressions(self) -> None:
        """Let expressions give way to their parts and numbers to smaller ones."""
        for path in list(bodies(self.best)):
            for index in range(len(body_at(self.best, path))):
                progress = True
                while progress:
                    here = body_at(self.best, path)
                    progress = any(
                        self.takes(with_body(self.best, path, (*here[:index], made, *here[index + 1 :])))
                        for made in variants(here[index])
                    )


# ---------------------------------------------------------------- statements


def bodies(program: tree.Program) -> Iterator[Path]:
    """The path of every body, the program's own first."""
    stack: list[Path] = [()]
    while stack:
        path = stack.pop()
        yield path
        for index, statement in enumerate(body_at(program, path)):
            stack.extend(
                (*path, (index, name)) for name in BODIES if getattr(statement, name, None) and _holds(statement)
            )


def _holds(statement: tree.Statement) -> bool:
    return isinstance(statement, (tree.Block, tree.Func, tree.InstructionMacro))


def body_at(program: tree.Program, path: Path) -> tuple[tree.Statement, ...]:
    """The statements of a body; none when the path leads nowhere any more."""
    here = program.statements
    for index, name in path:
        here = getattr(here[index], name, ()) if index < len(here) and _holds(here[index]) else ()
    return here


def with_body(program: tree.Program, path: Path, new: tuple[tree.Statement, ...]) -> tree.Program:
    """The program with another body at a path."""
    for depth in range(len(path), 0, -1):
        index, name = path[depth - 1]
        outer = body_at(program, path[: depth - 1])
        if index >= len(outer):
            return program
        block: Any = outer[index]
        changed = replace(block, **{name: new})
        new = (*outer[:index], changed, *outer[index + 1 :])
    return replace(program, statements=new)


# ---------------------------------------------------------------- expressions


def variants(statement: Any) -> Iterator[tree.Statement]:
    """The statement with one of its expressions made smaller."""
    for name in ("operands", "settings", "attributes", "bound", "default", "coefficient", "domain", "head", "body"):
        value = getattr(statement, name, None)
        if isinstance(value, tree.Node):
            for smaller in simpler(value):
                yield replace(statement, **{name: smaller})
        elif isinstance(value, tree.Instruction):
            for made in variants(value):
                yield replace(statement, **{name: made})
        elif isinstance(value, tuple) and not _holds(statement):
            for i, item in enumerate(value):
                pair = isinstance(item, tuple)
                for smaller in simpler(item[1] if pair else item):
                    yield replace(
                        statement, **{name: (*value[:i], (item[0], smaller) if pair else smaller, *value[i + 1 :])}
                    )


def simpler(root: tree.Node) -> Iterator[tree.Node]:
    """The expression with one node, the outermost first, replaced by something smaller."""
    stack, at = [root], 0
    while stack and at < NODES:
        node = stack.pop()
        for smaller in parts(node):
            yield swapped(root, at, smaller)
        stack.extend(reversed(list(tree.children(node))))
        at += 1


def parts(node: tree.Node) -> Iterator[tree.Node]:
    """What may stand in place of a node."""
    match node:
        case tree.Sum(terms=terms) if len(terms) > 1:
            half = len(terms) // 2
            for chunk in (terms[:half], terms[half:]):
                yield chunk[0][1] if len(chunk) == 1 else replace(node, terms=(("+", chunk[0][1]), *chunk[1:]))
        case tree.Product(factors=factors) if len(factors) > 1:
            half = len(factors) // 2
            for part in (factors[:half], factors[half:]):
                yield part[0][1] if len(part) == 1 else replace(node, factors=(("*", part[0][1]), *part[1:]))
        case tree.Number(value=value):
            small = [Fraction(1), Fraction(2), Fraction(int(value) // 2), value - 1]
            for number in dict.fromkeys(n for n in small if 1 <= n < abs(value)):
                yield tree.Number(node.span, number)
        case tree.Unary(operand=part) | tree.Power(base=part) | tree.Family(body=part):
            yield part
        case tree.Call(args=args):
            yield from args


def swapped(root: tree.Node, at: int, new: tree.Node) -> tree.Node:
    """The expression with its node number `at`, counted from the outermost left to right, replaced."""
    numbers: list[int] = []  # of the nodes in the order in which folding meets them
    stack, count = [(root, -1)], 0
    while stack:
        node, number = stack.pop()
        if number >= 0:
            numbers.append(number)
            continue
        stack.append((node, count))
        count += 1
        stack.extend((part, -1) for part in reversed(list(tree.children(node))))
    met = iter(numbers)
    return fold(root, lambda node, inner: new if next(met) == at else with_children(node, inner))


def with_children(node: Any, inner: list[tree.Node]) -> tree.Node:
    """The node with other direct sub-expressions, in the order of `tree.children`."""
    given = iter(inner)
    changes: dict[str, Any] = {}
    for name in ("indices", "items", "operands", "args", "named", "operand", "terms", "factors"):
        value = getattr(node, name, None)
        if isinstance(value, tuple):
            changes[name] = tuple((item[0], next(given)) if isinstance(item, tuple) else next(given) for item in value)
        elif isinstance(value, tree.Node):
            changes[name] = next(given)
    for name in ("base", "exponent", "left", "right", "low", "high", "body", "domain"):
        if isinstance(getattr(node, name, None), tree.Node):
            changes[name] = next(given)
    return replace(node, **changes) if changes else node  # type: ignore[no-any-return]


__all__ = ["shrink"]
