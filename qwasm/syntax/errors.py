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
from functools import cache

from qwasm.diagnostics import QwasmError, Span, fail
from qwasm.limits import DEFAULT
from qwasm.syntax.automaton import automaton
from qwasm.syntax.driver import Reader, Unexpected
from qwasm.syntax.mistakes import FORMS, LOOKS_LIKE, MISTAKES, STRAY, Mistake
from qwasm.syntax.tables import END


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
            return fail(
                "QW0112",
                f"`{error.text}` does not close the `{opening.text}` of column {opening.span.column}",
                error.span,
                f"write `{wanted}`",
            )
    elif opening is not None and error.word == END and ("RPAR" in taken or "RSQB" in taken):
        return fail(
            "QW0112",
            f"`{opening.text}` is never closed",
            opening.span,
            f"write `{')' if opening.text == '(' else ']'}`; a line ends its brackets unless \\ joins it to the next",
        )
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
    if (error.word == "COMPARE" and error.text == ">") or error.word in (
        "COMMA",
        "RPAR",
        "RSQB",
        "STAR",
        "SLASH",
        "CIRCUMFLEX",
        "COMPARE",
        "EQUAL",
        "COLON",
        "DOTS",
        "ARROW",
    ):
        return fail("QW0107", f"an operand is missing before `{error.text}`", error.span, hint)
    return None


def _other(error: Unexpected, directive: str) -> QwasmError:
    what = "the line ends too early" if error.word == END else f"`{error.text}` cannot stand here"
    if directive:
        form = FORMS.get(directive, "")
        return fail(
            "QW0116", f"this is not how {directive} is written: {what}", error.span, f"write {form}" if form else ""
        )
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
    character, rest = text[position], text[position : position + 200].split("\n")[0]
    number = _WRONG_NUMBER.match(rest)
    if character == '"':
        return fail(
            "QW0104", "the string is not closed on its line", place._replace(length=len(rest)), 'write the closing "'
        )
    if number is not None:
        return _number(number[0], place)
    if character == "." and rest[1:2].isalpha():
        return _wrong_directive(rest, place, not text[start:position].strip())
    if ord(character) > 126:
        return fail(
            "QW0103",
            f"the character {character!r} (U+{ord(character):04X}) stands outside strings and comments",
            place,
            f"write {LOOKS_LIKE[character]}" if character in LOOKS_LIKE else "names are ASCII letters, digits and _",
        )
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
        return fail(
            "QW0116", f"the directive {word} {where}", place, f"write {FORMS[word.lower()]} on a line of its own"
        )
    close = difflib.get_close_matches(word.lower(), FORMS, 1, 0.5)
    return fail(
        "QW0115",
        f"there is no directive {word}",
        place,
        f"write {FORMS[close[0]]}" if close else "directives are " + " ".join(FORMS),
    )
