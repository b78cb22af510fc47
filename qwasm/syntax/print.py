"""The printer: tree to text, with as few parentheses as the grammar allows.

What is printed parses back to the same tree.  A stack of pieces and slots takes the place of
recursion; a slot is an expression with the loosest level that may stand there unbracketed.

>>> from qwasm.syntax.parse import parse_expression
>>> print_expression(parse_expression("( A[2] )*(B[3]+1) D^(2)"))
'A[2]*(B[3] + 1) D^2'
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from qwasm.syntax import tree

OR, AND, NOT, COMPARE, SUM, TERM, UNARY, POWER, ATOM, EXPONENT = range(10)

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}
_ESCAPE = str.maketrans(_ESCAPES)


class _Slot(NamedTuple):
    """An expression to print, where anything looser than `level` needs parentheses.

    A family (sum p in ...: body) swallows the factors after it, so it needs them where `tail` is False.
    """

    node: tree.Node
    level: int = OR
    tail: bool = True


Piece = str | _Slot


def print_expression(node: tree.Node) -> str:
    """The text of an expression, list, range or string."""
    return "".join(_pieces(_Slot(node)))


def _pieces(first: Piece) -> Iterator[str]:
    stack: list[Piece] = [first]
    while stack:
        piece = stack.pop()
        if isinstance(piece, str):
            yield piece
            continue
        parts = list(_parts(piece.node))
        if _needs_brackets(piece):
            yield "("
            stack.append(")")
        stack.extend(reversed(parts))


def _needs_brackets(slot: _Slot) -> bool:
    node = slot.node
    if _level(node) < slot.level or (slot.level == EXPONENT and type(node) is tree.Letter):
        return True
    if slot.tail:
        return False
    while type(node) is tree.Unary:
        node = node.operand
    return type(node) is tree.Family


def _level(node: tree.Node) -> int:
    match node:
        case tree.Logic(op=op):
            return OR if op == "or" else AND
        case tree.Unary(op=op):
            return NOT if op == "not" else UNARY
        case tree.Compare():
            return COMPARE
        case tree.Sum():
            return SUM
        case tree.Product():
            return TERM
        case tree.Family():
            return UNARY
        case tree.Power():
            return POWER
    return EXPONENT


def _parts(node: tree.Node) -> Iterator[Piece]:
    match node:
        case tree.Number():
            yield _number(node)
        case tree.Text(value=value):
            yield f'"{value.translate(_ESCAPE)}"'
        case tree.Name(id=name):
            yield name
        case tree.Letter(name=name, indices=indices):
            yield f"{name}["
            yield from _listed(indices)
            yield "]"
        case tree.Call(name=name, args=args, named=named):
            yield f"{name}("
            yield from _listed(args, named, " = ")
            yield ")"
        case tree.Unary(op="not", operand=operand):
            yield "not "
            yield _Slot(operand, NOT)
        case tree.Unary(operand=operand):
            yield "-"
            yield _Slot(operand, UNARY)
        case tree.Sum(terms=terms):
            for i, (sign, term) in enumerate(terms):
                if i:
                    yield f" {sign} "
                yield _Slot(term, TERM)
        case tree.Product(factors=factors):
            yield from _product(factors)
        case tree.Power(base=base, exponent=exponent):
            yield _Slot(base, ATOM)
            yield "^"
            if type(exponent) is tree.Unary and exponent.op == "-":
                yield "-"
                exponent = exponent.operand
            yield _Slot(exponent, EXPONENT)
        case tree.Compare(op=op, left=left, right=right):
            yield _Slot(left, SUM)
            yield f" {op} "
            yield _Slot(right, SUM)
        case tree.Logic(op=op, operands=operands):
            for i, operand in enumerate(operands):
                if i:
                    yield f" {op} "
                yield _Slot(operand, AND if op == "or" else NOT)
        case tree.Family(kind=kind, variable=variable, domain=domain, low=low, high=high, body=body):
            yield f"{kind} {variable} in {domain}("
            yield from _listed((low, high))
            yield "): "
            yield _Slot(body, TERM)
        case tree.Range(low=low, high=high):
            yield _Slot(low)
            yield ".."
            yield _Slot(high)
        case tree.Tuple(items=items):
            yield "("
            yield from _listed(items)
            yield ",)" if len(items) == 1 else ")"
        case tree.In(variable=variable, domain=domain_node):
            yield f"{variable} in "
            yield _Slot(domain_node)


def _product(factors: tuple[tuple[str, tree.Node], ...]) -> Iterator[Piece]:
    last = len(factors) - 1
    for i, (operator, factor) in enumerate(factors):
        if i == 0:
            yield _Slot(factor, UNARY, tail=False)
        elif operator == "":
            yield " "
            if type(factor) is tree.Name and factor.id == "max":  # `x max y` would read as a bound
                yield "(max)"
            elif type(factor) is tree.Family:
                yield _Slot(factor, UNARY, tail=i == last)
            else:
                yield _Slot(factor, POWER)
        else:
            yield f" {operator} " if operator == "mod" else operator
            yield _Slot(factor, UNARY, tail=i == last and operator == "*")


def _listed(
    items: Iterable[tree.Node],
    named: Iterable[tuple[str, tree.Node]] = (),
    equals: str = "=",
) -> Iterator[Piece]:
    comma = ""
    for item in items:
        yield comma
        yield _Slot(item)
        comma = ", "
    for name, value in named:
        yield f"{comma}{name}{equals}"
        yield _Slot(value)
        comma = ", "


def _number(node: tree.Number) -> str:
    if node.text:
        return node.text
    value, unit = node.value, "i" if node.imaginary else ""
    if value.denominator == 1 and value >= 0:
        return f"{value.numerator}{unit}"
    if value.denominator == 1:
        return f"({value.numerator}{unit})"
    return f"({value.numerator}{unit}/{value.denominator})"


# ---------------------------------------------------------------- statements


def print_program(program: tree.Program) -> str:
    """The text of a program in the plain dialect; comments are not part of a tree."""
    lines: list[str] = []
    stack: list[tuple[int, tree.Statement | str]] = [(0, s) for s in reversed(program.statements)]
    while stack:
        depth, statement = stack.pop()
        if isinstance(statement, str):
            lines.append("    " * depth + statement)
            continue
        lines.append("    " * depth + "".join(_head(statement)))
        match statement:
            case tree.Func(body=body) | tree.InstructionMacro(body=body):
                orelse: tuple[tree.Statement, ...] = ()
            case tree.Block(body=body, orelse=orelse):
                pass
            case _:
                continue
        stack.append((depth, "end"))
        stack.extend((depth + 1, s) for s in reversed(orelse))
        if orelse:
            stack.append((depth, "else"))
        stack.extend((depth + 1, s) for s in reversed(body))
    return "".join(line + "\n" for line in lines)


def _head(statement: tree.Statement) -> Iterator[str]:
    """The first line of a statement."""
    match statement:
        case tree.Block(head=head):
            yield from _head(head)
        case tree.Instruction():
            yield from _instruction(statement)
        case tree.Label(name=name):
            yield f"{name}:"
        case tree.Version(version=version):
            yield f".qwasm {version}"
        case tree.Param(name=name, type=kind, default=default):
            yield f".param {name}: {kind}"
            if default is not None:
                yield " = "
                yield from _pieces(_Slot(default))
        case tree.SpaceDecl(settings=settings):
            yield ".space "
            yield from _list((), settings, " = ")
        case tree.ArithDef(name=name, parameters=names, body=body):
            yield f".arith {name}({', '.join(names)}) = " if names else f".arith {name} = "
            yield from _pieces(_Slot(body))
        case tree.OpDef(name=name, body=body):
            yield f".op {name} = "
            yield from _pieces(_Slot(body))
        case tree.Diffusion(coefficient=coefficient, domain=domain):
            yield ".diffusion c = "
            yield from _list((coefficient, domain))
        case tree.MacroDef(name=name, parameters=names, body=body):
            yield f".macro {name}({', '.join(names)}) = "
            yield from _pieces(_Slot(body))
        case tree.InstructionMacro(name=name, parameters=names):
            yield f".macro {name}({', '.join(names)})"
        case tree.RegDecl(name=name, type=kind):
            yield f".reg {name}: {kind}"
        case tree.VarDecl(variables=variables):
            yield ".var " + ", ".join(f"{name}: {kind}" for name, kind in variables)
        case tree.Use(path=path):
            yield f'.use "{path.translate(_ESCAPE)}"'
        case tree.Func(name=name, parameters=inputs, results=results):
            yield f".func {name}"
            if inputs or results:
                yield f"({', '.join(p.id for p in inputs)})"
            if results:
                yield f" -> ({', '.join(r.id for r in results)})"


def _list(items: Iterable[tree.Node], named: Iterable[tuple[str, tree.Node]] = (), equals: str = "=") -> Iterator[str]:
    for piece in _listed(items, named, equals):
        yield from _pieces(piece)


def _instruction(statement: tree.Instruction) -> Iterator[str]:
    yield statement.written or statement.mnemonic
    if statement.operands or statement.attributes:
        clauses = type(statement.operands[0]) is tree.In if statement.operands else False
        yield " (" if clauses else " "
        yield from _list(statement.operands, statement.attributes)
        if clauses:
            yield ")"
    if statement.bound is not None:
        yield " max "
        yield from _pieces(_Slot(statement.bound))
    if statement.results:
        yield f" -> ({', '.join(r.id for r in statement.results)})"
