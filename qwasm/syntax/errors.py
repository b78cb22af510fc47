"""Syntax errors: from where the automaton stopped to a code, a message and a hint to type.

A table of wrong lines says what each kind of mistake looks like; running them once gives the
(state, word) pairs that stand for each kind.  What no example covers is said by what the state
could have taken.

>>> from qwasm.diagnostics import QwasmError
>>> from qwasm.syntax.parse import parse
>>> try: parse("set s0, 2^3^4")
... except QwasmError as error: print(error)
QW0108: `^` takes one exponent: x^y^z has no meaning here
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from functools import cache

from qwasm.diagnostics import QwasmError, Span, fail
from qwasm.limits import DEFAULT
from qwasm.syntax.driver import Reader, Unexpected, automaton
from qwasm.syntax.tables import END


@dataclass(frozen=True, slots=True)
class Mistake:
    """One kind of mistake: what to say, and lines that make it at the place meant."""

    code: str
    message: str
    hint: str
    examples: tuple[str, ...]


MISTAKES = (
    Mistake("QW0108", "`^` takes one exponent: x^y^z has no meaning here", "write x^(y*z) or x^(y^z)", (
        "set s0, x^y^z", "set s0, x^2^z", "set s0, x^f(1)^z", "set s0, x^(y)^z", "set s0, x^-y^z", "set s0, x^-2^z",
        "set s0, x^-(y)^z", "set s0, x^-f(1)^z")),
    Mistake("QW0125", "an exponent is a signed name, number or call, or stands in parentheses", "write x^(...)", (
        "set s0, x^", "set s0, x^A[2]", "set s0, x^*", "set s0, x^-", "set s0, x^-A[2]", "set s0, x^--2", "set s0, x^+2",
        "set s0, x^)", "set s0, x^,", 'set s0, x^"a"', "set s0, x^sum p in primes(2, 3): p")),
    Mistake("QW0107", "`**` is not an operator", "powers are written with ^: p^2", ("set s0, x**2", "set s0, x y**2")),
    Mistake("QW0107", "`//` is not an operator", "write floor(a/b); a comment begins with ;", (
        "set s0, x//2", "set s0, x y//2")),
    Mistake("QW0113", "`=` does not compare", "write == to compare; `name = value` needs a bare name before =", (
        "if s0 + 1 = 2", "assert (s0) = 2", "if 2 = s0", "if f(x) = 1", "if A[1] = 2", "if x y = 3", "if -x = 3",
        "if x^2 = 3", "if not x = 3", "if (x = 3)", "if (1, x = 2)", "if x < 1 = 3", "if x and 1 = 3", "if x or 1 = 3")),
    Mistake("QW0114", "comparisons do not chain", "write a < b and b < c", ("if a < b < c", "if 1 < 2 < 3", "if a < b + 1 < c",
        "if a < f(1) < 3", "if a < (b) < 3", "if a < b^2 < c", "if a < b c < d", "if a < -b < c", "if a < A[2] < c")),
    Mistake("QW0124", "only the letters A B K P Q S take an index in brackets", "write f(x) for a call, A[2] for a letter", (
        "set s0, x[2]", "set s0, f(1)[2]", "set s0, 2[3]", "set s0, A[2][3]", "set s0, (x)[1]", "set s0, [2]",
        "set s0, a + [2]", "set s0, a [2] b")),
    Mistake("QW0126", "a range a..b stands after `in` only", "write hyperloop (i in 0..3)", (
        "loop k, 1..3", "loop k, x..3", "set s0, (1..2)", "set s0, f(1..2)")),
    Mistake("QW0127", "a string is an operand of its own, not part of an expression", "separate operands with commas", (
        'set s0, 1 + "a"', 'set s0, ("a")', 'set s0, -"a"', 'set s0, x "a"', 'set s0, 2 "a"', 'set s0, f(1) "a"',
        'set s0, A[2] "a"', 'set s0, (x) "a"', 'emit "a" "b"', 'set s0, 2 * "a"', 'set s0, x^2 "a"', 'set s0, A["a"]')),
    Mistake("QW0128", "the variable of a family stands after `sum` or `prod`, then `in`", "write sum p in primes(2, 100): A[p]",
        ("set s0, sum(p)", "set s0, sum 2", "set s0, sum p, 2", "set s0, sum p = 2", "set s0, sum", "set s0, sum p")),
    Mistake("QW0128", "the domain of a family ends with a colon", "write sum p in primes(2, 100): A[p]", (
        "set s0, sum p in primes(2, 3)", "set s0, sum p in primes(2, 3), A[p]", "set s0, sum p in 1..3",
        "set s0, sum p in 1..3, A[p]", "set s0, sum p in 1..x", "set s0, sum p in (primes(2, 3))")),
    Mistake("QW0128", "a family ends its product", "write (sum p in primes(2, 100): A[p]) in parentheses", (
        "set s0, a / sum p in primes(2, 3): A[p]", "set s0, a mod sum p in primes(2, 3): A[p]")),
)

FORMS = {
    ".qwasm": ".qwasm 1.0", ".param": ".param t: real = 0.1", ".space": ".space N = 1000, weight = n^-1, field = real",
    ".arith": ".arith g(n) = n^2", ".op": ".op X = A[2] + B[2]", ".diffusion": ".diffusion c = p^(-1/2), primes(2, 100)",
    ".macro": ".macro M(p, q) = A[p] B[q]", ".reg": ".reg x: qstate", ".var": ".var p: prime, t: real",
    ".use": '.use "lib.qw"', ".func": ".func f(q0, s0) -> (q1)",
}

LOOKS_LIKE = {
    "\u2212": "-", "\u2013": "-", "\u2014": "-", "\u00d7": "*", "\u00b7": "*", "\u22c5": "*", "\u2217": "*", "\u2264": "<=",
    "\u2265": ">=", "\u2260": "!=", "\u2192": "->", "\u201c": '"', "\u201d": '"', "\u2018": '"', "\u2019": '"',
    "\u00a0": "a blank", "\u2211": "sum", "\u03a3": "sum", "\u220f": "prod", "\u221a": "sqrt(...)", "\u2208": "in",
    "\u03c0": "pi", "\u039b": "Lambda", "\u03bb": "lambda", "\u03bc": "mu", "\u00b5": "mu", "\u03c6": "phi", "\u03d5": "phi",
    "\u03c4": "tau", "\u03c9": "omega", "\u03a9": "Omega", "\u03c3": "sigma", "\u03c7": "chi", "\u03c8": "psi0",
    "\u00b2": "^2", "\u00b3": "^3", "\u2026": "..", "\u2227": "and", "\u2228": "or", "\u00ac": "not", "\uff0c": ",",
}

STRAY = {
    "#": "a comment begins with ;", "'": 'strings stand in "..."', "!": "write != or not", "&": "write and", "|": "write or",
    "%": "write n mod m", "~": "write not", "\\": "\\ joins lines and stands last in its line",
    "{": "lists stand in parentheses: (1, 2, 3)", "}": "lists stand in parentheses: (1, 2, 3)",
    ".": "numbers are written 0.5, ranges 0..3", "$": "names have letters, digits and _",
    "@": "the product of operators is a blank: A[2] B[3]",
}


@cache
def _known() -> dict[tuple[int, str], Mistake]:
    """The (state, word) pairs of the examples; the first row that claims a pair keeps it."""
    pairs: dict[tuple[int, str], Mistake] = {}
    for mistake in MISTAKES:
        for example in mistake.examples:
            try:
                Reader(example, "", DEFAULT).parse("line")
            except Unexpected as error:
                pairs.setdefault((error.state, error.word), mistake)
            except QwasmError:
                continue
    return pairs


def explain(error: Unexpected, reader: Reader) -> QwasmError:
    """The diagnostic of a word that cannot stand where it is."""
    directive = _directive(reader.text, error.start)
    mistake = _known().get((error.state, error.word))
    if mistake is not None:
        return fail(mistake.code, mistake.message, error.span, mistake.hint)
    return _brackets(error) or _missing(error, directive) or _other(error, directive)


def _directive(text: str, start: int) -> str:
    match = re.compile(r"[ \t]*(\.[A-Za-z_]+)").match(text, start)
    return match[1].lower() if match else ""


def _brackets(error: Unexpected) -> QwasmError | None:
    opening, taken = error.opening, automaton().states[error.state]
    if error.word in ("RPAR", "RSQB"):
        if opening is None:
            return fail("QW0112", f"`{error.text}` closes nothing", error.span, f"delete `{error.text}`")
        wanted = ")" if opening.text == "(" else "]"
        if wanted != error.text:
            return fail("QW0112", f"`{error.text}` does not close the `{opening.text}` of column {opening.span.column}",
                        error.span, f"write `{wanted}`")
    elif opening is not None and error.word == END and ("RPAR" in taken or "RSQB" in taken):
        return fail("QW0112", f"`{opening.text}` is never closed", opening.span,
                    f"write `{')' if opening.text == '(' else ']'}`; a line ends its brackets unless \\ joins it to the next")
    return None


def _missing(error: Unexpected, directive: str) -> QwasmError | None:
    """A diagnostic when an operand should begin here and something else stands there."""
    taken = automaton().states[error.state]
    if "NUMBER" not in taken or "LPAR" not in taken or "COMMA" in taken:
        return None
    hint = f"write {FORMS[directive]}" if directive in FORMS else "write an expression there"
    if error.word == END:
        return fail("QW0107", "an operand is missing at the end of the line", error.span, hint)
    if error.word == "PLUS":
        return fail("QW0107", "there is no sign `+`", error.span, "leave it out: 2, not +2")
    if error.word == "COMPARE" and error.text == ">" or error.word in (
            "COMMA", "RPAR", "RSQB", "STAR", "SLASH", "CIRCUMFLEX", "COMPARE", "EQUAL", "COLON", "DOTS", "ARROW"):
        return fail("QW0107", f"an operand is missing before `{error.text}`", error.span, hint)
    return None


def _other(error: Unexpected, directive: str) -> QwasmError:
    what = "the line ends too early" if error.word == END else f"`{error.text}` cannot stand here"
    if directive:
        form = FORMS.get(directive, "")
        return fail("QW0116", f"this is not how {directive} is written: {what}", error.span, f"write {form}" if form else "")
    hint = "an instruction is written: op dest, src, name=value"
    taken = automaton().states[error.state]
    if "COMMA" in taken and error.word != END:
        hint = "separate operands with commas"
    if error.word == "COLON":
        hint = "a label stands first in its line: name:"
    if "MNEMONIC" in taken:
        hint = "a line begins with an instruction, a directive or a label"
    return fail("QW0100", what, error.span, hint)


_WRONG_NUMBER = re.compile(r"\.?[0-9][0-9A-Za-z_]*(?:\.[0-9A-Za-z_]*)*(?<!\.)")


def unreadable(text: str, position: int, start: int, place: Span) -> QwasmError:
    """The diagnostic of text that is no word of the language at all."""
    character, rest = text[position], text[position:position + 200].split("\n")[0]
    number = _WRONG_NUMBER.match(rest)
    if character == '"':
        return fail("QW0104", "the string is not closed on its line", place._replace(length=len(rest)), 'write the closing "')
    if number is not None:
        return _number(number[0], place)
    if character == "." and rest[1:2].isalpha():
        return _wrong_directive(rest, place, not text[start:position].strip())
    if ord(character) > 126:
        return fail("QW0103", f"the character {character!r} (U+{ord(character):04X}) stands outside strings and comments", place,
                    f"write {LOOKS_LIKE[character]}" if character in LOOKS_LIKE else "names are ASCII letters, digits and _")
    return fail("QW0106", f"`{character}` has no meaning here", place, STRAY.get(character, "delete it"))


def _number(text: str, place: Span) -> QwasmError:
    hint = "write digits, 1_000_000, 0.5, 1e-8 or 2i"
    if text.startswith("."):
        hint = f"write 0{text}"
    elif re.match(r"0[xXbBoO]", text):
        hint = f"write the number in decimal{_decimal(text)}"
    elif re.match(r"0[A-Za-z]", text):
        hint = f"write 0*{text[1:]} if a product is meant"
    elif "__" in text or text.endswith("_") or "_." in text:
        hint = "one _ between digits: 1_000_000"
    elif re.fullmatch(r"[0-9_.]+[eE]", text):
        hint = f"write digits after e: {text}3"
    return fail("QW0105", f"`{text}` is not a number", place._replace(length=len(text)), hint)


def _decimal(text: str) -> str:
    digits = text[2:]
    base = {"x": 16, "b": 2, "o": 8}[text[1].lower()]
    try:
        return f": {int(digits, base)}" if len(digits) < 20 else ""
    except ValueError:
        return ""


def _wrong_directive(rest: str, place: Span, first: bool) -> QwasmError:
    name = re.match(r"\.[A-Za-z_0-9]+", rest)
    word = name[0] if name else rest
    place = place._replace(length=len(word))
    if word.lower() in FORMS:
        where = "begins its line" if not first else "takes no label"
        return fail("QW0116", f"the directive {word} {where}", place, f"write {FORMS[word.lower()]} on a line of its own")
    close = difflib.get_close_matches(word.lower(), FORMS, 1, 0.5)
    return fail("QW0115", f"there is no directive {word}", place,
                f"write {FORMS[close[0]]}" if close else "directives are " + " ".join(FORMS))
