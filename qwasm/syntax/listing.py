"""The listing dialect: the published accumulator style, read as the same instructions.

    BEGIN
    LOAD psi0          ; the delta at 1, or what was loaded under that name
    OP_KP 2            ; psi <- K_2 psi
    OP_EXP 0.1         ; psi <- e^(-0.1 H) psi
    OP_TRACE           ; emits "trace": Tr e^(-tH) with the time of the last OP_EXP
    END                ; emits "state"

One register holds psi; N = 4096 in the weight 1/n, and H is the Smrk Hamiltonian over the primes to 47
with coefficients p^(-1/2), p^(1/2) and the potential Lambda(n) + log(n)/2.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from fractions import Fraction

from qwasm.diagnostics import QwasmError, Reporter, Span, fail
from qwasm.limits import Limits
from qwasm.syntax import tree

POTENTIAL = "1*V(Lambda) + 1/2*V(log)"
HAMILTONIAN = f"sum p in primes(2, 47): (p^(-1/2)*A[p] + p^(1/2)*B[p]) + {POTENTIAL}"
FORMS = {
    "LOAD": "LOAD psi0",
    "OP_KP": "OP_KP 2",
    "OP_AP": "OP_AP 2",
    "OP_BP": "OP_BP 2",
    "OP_V": "OP_V",
    "OP_EXP": "OP_EXP 0.1",
    "OP_TRACE": "OP_TRACE",
    "OP_SUPERPOSE": "OP_SUPERPOSE",
    "OP_MEASURE": "OP_MEASURE",
    "END": "END",
}
_FIRST = re.compile(r"(?:[ \t]*(?:;[^\n]*)?\n)*[ \t]*BEGIN[ \t]*(?:;[^\n]*)?(?:\n|\Z)", re.IGNORECASE)
_LINE = re.compile(r"[ \t]*(?:([^\s;\"]+)[ \t]*)?((?:[^;\n\"]|\"(?:[^\"\\\n]|\\[^\n])*\"?)*)")


def is_listing(text: str) -> bool:
    """Whether the first line that says something is BEGIN."""
    return _FIRST.match(text) is not None


class _Listing:
    """The statements of main so far, the last time, and how psi was loaded."""

    def __init__(self, file: str, limits: Limits, loads: Collection[str]) -> None:
        self.file, self.limits, self.loads = file, limits, loads
        self.body: list[tree.Statement] = []
        self.time: tree.Node | None = None
        self.loaded: str | None = None  # the name or path psi came from
        self.begun: Span | None = None
        self.ended: Span | None = None

    def emit(self, span: Span, mnemonic: str, *operands: tree.Node) -> None:
        self.body.append(tree.Instruction(span, mnemonic, operands, written=mnemonic))

    def say(self, span: Span, name: str, register: str) -> None:
        self.emit(span, "emit", tree.Text(span, name), tree.Name(span, register))

    def read(self, span: Span, register: str) -> None:
        """Put the loaded state into a register."""
        assert self.loaded is not None
        if self.loaded == "psi0" and "psi0" not in self.loads:
            self.emit(span, "basis", tree.Name(span, register), tree.Number(span, Fraction(1), text="1"))
        else:
            self.emit(span, "load.q", tree.Name(span, register), tree.Text(span, self.loaded))


def parse_listing(text: str, file: str, limits: Limits, reporter: Reporter, loads: Collection[str]) -> tree.Program:
    """The program of a listing; errors go to the reporter."""
    listing = _Listing(file, limits, loads)
    for number, line in enumerate(text.split("\n"), 1):
        match = _LINE.match(line)
        rest = line[match.end() if match else 0 :].strip()
        if (match is None or not match[1]) and (rest.startswith(";") or not line.strip()):
            continue
        try:
            _line(listing, line, number, match)
        except QwasmError as error:
            reporter.add(error)
            if len(reporter.errors) >= limits.errors:
                break
    begin = listing.begun or Span(file, 1, 1)
    if listing.ended is None and not reporter.errors:
        reporter.add(fail("QW0131", "the listing is never closed", begin, "write END on its last line"))
    space = tree.SpaceDecl(begin, (("N", _expression("4096", begin)), ("weight", _expression("n^-1", begin))))
    hamiltonian = tree.OpDef(begin, "H", _expression(HAMILTONIAN, begin))
    return tree.Program(
        file, (space, hamiltonian, tree.Func(begin, "main", (), (), tuple(listing.body))), "listing", text
    )


def _line(listing: _Listing, line: str, number: int, match: re.Match[str] | None) -> None:
    if match is None or not match[1]:
        raise fail("QW0130", "this is not a line of a listing", Span(listing.file, number, 1), "lines are: OP_KP 2")
    written, column = match[1], match.start(1) + 1
    span = Span(listing.file, number, column, len(written))
    word = written.upper()
    if word == "BEGIN" and listing.begun is None:
        listing.begun = span
        return
    if listing.ended is not None:
        raise fail("QW0131", f"`{written}` stands after END", span, "one listing a file; END is its last line")
    action = _OPERATIONS.get(word)
    if action is None:
        from difflib import get_close_matches

        close = get_close_matches(word, FORMS, 1, 0.5)
        raise fail(
            "QW0130",
            f"a listing has no operation {written}",
            span,
            f"write {FORMS[close[0]]}" if close else "the operations are " + " ".join(FORMS),
        )
    text = match[2].rstrip()
    if line[match.end() :].strip() and not line[match.end() :].lstrip().startswith(";"):
        text = line[match.start(2) :].rstrip()
    if listing.loaded is None and word not in ("LOAD", "END"):
        listing.loaded = "psi0"  # say it once
        raise fail("QW0131", f"{word} acts on a state and none is loaded", span, "write LOAD psi0 above it")
    action(listing, span, text, match.start(2) + 1)


def _operand(listing: _Listing, span: Span, text: str, column: int) -> tree.Node:
    from qwasm.syntax.parse import parse_expression

    if not text:
        raise fail("QW0130", "the operand is missing", span, "write it after the operation: OP_KP 2, OP_EXP 0.1")
    return parse_expression(text, listing.file, span.line, column, listing.limits)


def _nothing(span: Span, text: str, column: int) -> None:
    if text:
        raise fail(
            "QW0130",
            "this operation takes no operand",
            span._replace(column=column, length=len(text)),
            "delete the operand",
        )


def _load(listing: _Listing, span: Span, text: str, column: int) -> None:
    name = text.replace("\u03c80", "psi0").replace("\u03a80", "psi0")
    if name.startswith('"'):
        node = _operand(listing, span, text, column)
        assert isinstance(node, tree.Text)
        name = node.value
    elif name != "psi0" and name not in listing.loads:
        listing.loaded = "psi0"
        raise fail(
            "QW0130",
            f"no state is called {text!r}" if text else "LOAD needs the name of a state",
            span._replace(column=column, length=max(1, len(text))),
            f"write LOAD psi0, or give the state with --load {text or 'psi0'}=FILE.npy",
        )
    listing.loaded = name
    listing.read(span, "q0")


def _letter(letter: str) -> Callable[[_Listing, Span, str, int], None]:
    def apply(listing: _Listing, span: Span, text: str, column: int) -> None:
        index = _operand(listing, span, text, column)
        register = tree.Name(span, "q0")
        listing.emit(span, "qop.apply", register, register, tree.Letter(span, letter, (index,)))

    return apply


def _potential(listing: _Listing, span: Span, text: str, column: int) -> None:
    if text:
        operator: tree.Node = tree.Call(span, "V", (_operand(listing, span, text, column),))
    else:
        operator = _expression(POTENTIAL, span)
    listing.emit(span, "qop.apply", tree.Name(span, "q0"), tree.Name(span, "q0"), operator)


def _exp(listing: _Listing, span: Span, text: str, column: int) -> None:
    listing.time = _operand(listing, span, text, column)
    listing.emit(span, "qop.exp", *_names(span, "q0", "q0", "H"), listing.time)


def _trace(listing: _Listing, span: Span, text: str, column: int) -> None:
    _nothing(span, text, column)
    if listing.time is None:
        raise fail(
            "QW0131", "OP_TRACE takes the time of the last OP_EXP; there is none", span, "write OP_EXP 0.1 above"
        )
    listing.emit(span, "trace", *_names(span, "s0", "H"), listing.time)
    listing.say(span, "trace", "s0")


def _superpose(listing: _Listing, span: Span, text: str, column: int) -> None:
    """psi <- psi + the loaded state, or a psi + b times it with two operands."""
    one = tree.Number(span, Fraction(1), text="1")
    a: tree.Node = one
    b: tree.Node = one
    if text:
        node = _operand(listing, span, f"({text})", column - 1)
        if not isinstance(node, tree.Tuple) or len(node.items) != 2:
            raise fail("QW0130", "OP_SUPERPOSE takes two coefficients or none", span, "write OP_SUPERPOSE 1/2, 1/2")
        a, b = node.items
    listing.read(span, "q1")
    listing.emit(span, "qop.combine", *_names(span, "q0", "q0", "q1"), a, b)


def _measure(listing: _Listing, span: Span, text: str, column: int) -> None:
    """Emits the norm of psi and its energy <psi, H psi> / <psi, psi>."""
    _nothing(span, text, column)
    listing.emit(span, "qop.norm", *_names(span, "s1", "q0"))
    listing.say(span, "norm", "s1")
    listing.emit(span, "qop.apply", *_names(span, "q2", "q0", "H"))
    listing.emit(span, "qop.inner", *_names(span, "s2", "q0", "q2"))
    listing.emit(span, "set", tree.Name(span, "s3"), _expression("s2/s1^2", span))
    listing.say(span, "energy", "s3")


def _end(listing: _Listing, span: Span, text: str, column: int) -> None:
    _nothing(span, text, column)
    listing.ended = span
    if listing.loaded is not None:
        listing.say(span, "state", "q0")
    listing.emit(span, "halt")


_OPERATIONS: dict[str, Callable[[_Listing, Span, str, int], None]] = {
    "LOAD": _load,
    "OP_KP": _letter("K"),
    "OP_AP": _letter("A"),
    "OP_BP": _letter("B"),
    "OP_V": _potential,
    "OP_EXP": _exp,
    "OP_TRACE": _trace,
    "OP_SUPERPOSE": _superpose,
    "OP_MEASURE": _measure,
    "END": _end,
}


def _names(span: Span, *names: str) -> Iterator[tree.Node]:
    return (tree.Name(span, name) for name in names)


def _expression(text: str, span: Span) -> tree.Node:
    """A fixed expression whose every node stands at `span`."""
    from qwasm.syntax.parse import parse_expression

    root = parse_expression(text, span.file)
    stack = [root]
    while stack:
        node = stack.pop()
        object.__setattr__(node, "span", span)  # a fresh tree: nobody else holds it yet
        stack.extend(tree.children(node))
    return root
