"""Macro bodies: what a walk at the declaration finds in them, long before anything calls them.

A body is elaborated at every call, with the arguments of that call; a name in it that means
nothing means nothing whatever the arguments are, so it is an error where it stands.  The same
walk counts what one call expands to and which parameters stand where words do.

>>> from qwasm.syntax import parse_expression
>>> found = survey(parse_expression("x*A[p] + F(x, q)"), ("x", "p"), Scope(), 20)
>>> [error.message for error in found.errors]
["nothing is called 'F' here", "nothing is called 'q' here"]
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from qwasm.diagnostics import Diagnostic, QwasmError, Span
from qwasm.instructions import table
from qwasm.instructions.form import Instruction
from qwasm.ir import instruct
from qwasm.ir.calls import letter_row
from qwasm.ir.elaborate import unknown
from qwasm.ir.scope import IMPLICIT_REGISTER, Failed, Lines, Macro, Scope, reserved
from qwasm.record import field, record
from qwasm.syntax import tree

BOUND = object()  # what a name stands for that gets its value at the call
WORDS = frozenset(("word", "basis", "flag", "string"))


@record(frozen=False)
class Survey:
    """What the body of a macro declared in the scope `outer` holds; the walk stops at `most` errors."""

    outer: Scope
    most: int
    errors: list[Diagnostic] = field(default_factory=list)
    calls: list[tuple[str, Span]] = field(default_factory=list)  # functions, declared anywhere
    words: set[str] = field(default_factory=set)  # names that stand where a word may
    size: int = 1  # macro calls or instructions that one call stands for

    def say(self, error: Exception) -> None:
        if isinstance(error, QwasmError):
            self.errors.extend(error.diagnostics)

    # ------------------------------------------------------------ expressions

    def expression(self, root: tree.Node, scope: Scope) -> None:
        """Every name of an expression, each in the scope it stands in."""
        stack = [(root, scope)]
        while stack and len(self.errors) < self.most:
            node, scope = stack.pop()
            match node:  # the commonest first
                case tree.Number():
                    continue
                case tree.Product(factors=parts) | tree.Sum(terms=parts):
                    stack.extend([(part, scope) for _, part in reversed(parts)])
                    continue
                case tree.Name(id=name):
                    if scope.find(name) is None and not reserved(name) and not IMPLICIT_REGISTER.match(name):
                        self.say(unknown(node, scope))
                    continue
                case tree.Call(name=name):
                    found = scope.find(name)
                    if found is None and not reserved(name):
                        self.say(unknown(node, scope))
                    elif isinstance(found, Macro):
                        self.size += found.size
                case tree.Letter():
                    try:
                        letter_row(node, scope)
                    except QwasmError as error:
                        self.say(error)
            stack.extend(reversed([*scoped(node, scope)]))

    # ------------------------------------------------------------ lines

    def lines(self, body: Iterable[tree.Statement], scope: Scope) -> None:
        """Every name of a list of lines; what a line declares is known below it."""
        stack = [(iter(body), scope)]
        while stack and len(self.errors) < self.most:
            lines, scope = stack[-1]
            line = next(lines, None)
            match line:
                case None:
                    stack.pop()
                case tree.Instruction():
                    self.instruction(line, scope)
                case tree.Block(head=head):
                    inner = scope.child()
                    self.head(head, inner)
                    stack += [(iter(line.orelse), scope.child()), (iter(line.body), inner)]
                case tree.OpDef(name=name, body=value):
                    self.expression(value, scope)
                    scope.bind(name, BOUND)
                case tree.MacroDef(name=name, body=value) | tree.ArithDef(name=name, body=value):
                    self.expression(value, binding(scope, line.parameters))
                    scope.bind(name, BOUND)
                case tree.Diffusion(coefficient=coefficient, domain=domain):
                    self.expression(domain, scope)
                    self.expression(coefficient, binding(scope, ("p",)))
                case tree.RegDecl(name=name):
                    scope.bind(name, BOUND)

    def instruction(self, line: tree.Instruction, scope: Scope) -> None:
        """The names of one line, by what its table row or its macro takes."""
        called, row = self.outer.find(line.written or line.mnemonic), table().get(line.mnemonic)
        if isinstance(called, Lines):
            self.size += called.size
            for parameter, node in zip(called.parameters, line.operands, strict=False):
                self.operand("word" if parameter in called.words else "operator", node, scope)
        elif row is not None:
            self.size += 1
            self.operands(line, row, scope)
        elif not isinstance(called, Failed):
            self.say(instruct.unknown(line, scope, None))

    def operands(self, line: tree.Instruction, row: Instruction, scope: Scope) -> None:
        """The names among the operands, attributes, bound and results of a line."""
        if line.mnemonic == "call":
            self.calls += [
                (node.id if isinstance(node, tree.Name) else node.name, node.span)
                for node in line.operands[:1]
                if isinstance(node, (tree.Name, tree.Call))
            ]
        nodes = [node for node in line.operands if not instruct.is_flag(node, row, scope)]
        for operand, node in zip(row.operands, nodes, strict=False):
            self.operand(operand.kind, node, binding(scope, ("x",)) if "x" in operand.over else scope)
        kinds = {attribute.name: attribute.kind for attribute in row.attributes}
        for name, node in line.attributes:
            self.operand(kinds.get(name, "word"), node, scope)
        for node in (*line.results, *([] if line.bound is None else [line.bound])):
            self.expression(node, scope)

    def operand(self, kind: str, node: tree.Node, scope: Scope) -> None:
        """One operand: a word, of which only the arguments mean something, or an expression."""
        if kind not in WORDS:
            self.expression(node, scope)
        elif isinstance(node, tree.Name):
            self.words.add(node.id)
        elif isinstance(node, tree.Call):
            for argument in node.args:
                self.expression(argument, scope)

    def head(self, head: tree.Instruction, scope: Scope) -> None:
        """The names of the line that opens a block; its variables are bound in the scope of the body."""
        if head.mnemonic == "hyperloop":
            for clause in head.operands:
                if isinstance(clause, tree.In):
                    self.expression(clause.domain, scope)
                    scope.bind(clause.variable, BOUND)
            return
        self.instruction(head, scope)
        match head.mnemonic, head.operands:
            case "loop" | "primes", (tree.Name(id=variable), *_):
                scope.bind(variable, BOUND)


def survey(body: tree.Node | Sequence[tree.Statement], parameters: tuple[str, ...], scope: Scope, most: int) -> Survey:
    """What the body of a macro declared in this scope holds, at most `most` errors of it."""
    found, inner = Survey(scope, most), binding(scope, parameters)
    if isinstance(body, tree.Node):
        found.expression(body, inner)
    else:
        found.lines(body, inner)
    del found.errors[most:]
    return found


def scoped(node: tree.Node, scope: Scope) -> Iterator[tuple[tree.Node, Scope]]:
    """The direct sub-expressions with the scopes they stand in."""
    match node:
        case tree.Family(low=low, high=high, body=body, variable=variable):
            yield from ((low, scope), (high, scope), (body, binding(scope, (variable,))))
        case tree.Call(name="D" | "M", args=args, named=named):
            yield from ((value, binding(scope, ("p",))) for _, value in named)
            yield from ((argument, scope) for argument in args)
        case tree.Call(name="euler", args=(body, *point)):
            yield body, binding(scope, ("p", "k"))
            yield from ((argument, scope) for argument in point)
        case tree.Letter(indices=indices):
            yield from ((index, scope) for index in indices if not is_cyclic(index))
        case _:
            yield from ((child, scope) for child in tree.children(node))


def is_cyclic(index: tree.Node) -> bool:
    """Whether an index is the word of S[k, cyclic]."""
    return isinstance(index, tree.Name) and index.id == "cyclic"


def binding(scope: Scope, names: Iterable[str]) -> Scope:
    """An inner scope in which the names will have values."""
    inner = scope.child()
    for name in names:
        inner.bind(name, BOUND)
    return inner
