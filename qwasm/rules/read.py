"""Reading rule files: bytes to a pack, every fault of the file reported with its place.

Nothing here is believed: whether the rules are true is another question (`proof`).  Sizes are
limited before anything is parsed, and a field holds an expression of the language or a name, never code.

>>> pack = read_pack(b'format = "qwasm-rules/1"\\nalgebra = "multiplicative-words/1"\\n', "empty.qwr")
>>> pack.rules, pack.macros
((), ())
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path as FilePath
from typing import Any

from qwasm.diagnostics import QwasmError, Reporter, Span, fail
from qwasm.ir.scope import did_you_mean
from qwasm.rules.pack import ALGEBRA, FORMAT, Macro, Pack, Refuted, Rule, Scope, ordered
from qwasm.rules.places import Path, Place, places
from qwasm.rules.schema import (
    COUNTEREXAMPLE,
    DEFAULT,
    FILE,
    MACRO,
    METHODS,
    PROOF,
    REFUTED,
    RULE,
    SCOPE,
    WORDS,
    Key,
    PackLimits,
)

ID = re.compile(r"[A-Za-z0-9_]+(?:[.-][A-Za-z0-9_]+)*\Z")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
EXPONENT = re.compile(r"\^\s*\(?\s*-?\s*([0-9][0-9_]*)")
LETTER = re.compile(r"[A-Za-z_]+\s*[\[(]|[A-Za-z_][A-Za-z0-9_]*")


def read_file(path: str | FilePath, limits: PackLimits = DEFAULT) -> Pack:
    """The pack of a file.  Raises QW0700 for a missing one, QW0446 for one over the limit, before it is read."""
    file = FilePath(path)
    try:
        size = file.stat().st_size
        if not file.is_file():
            raise fail("QW0700", f"{path} is not a file", hint="name a .qwr file")
        if size > limits.bytes:
            raise _too_many(f"{path} has {size} bytes", limits.bytes, "bytes")
        with file.open("rb") as stream:
            data = stream.read(limits.bytes + 1)
    except OSError as error:
        raise fail("QW0700", f"cannot read {path}: {error.strerror}", hint="check the name") from None
    return read_pack(data, str(path), limits)


def read_pack(data: bytes, file: str, limits: PackLimits = DEFAULT) -> Pack:
    """The pack that bytes spell.

    Raises QwasmError with every fault found: QW0446 over a limit, QW0550 for what is no TOML, QW0551 for
    another format or algebra, QW0552 for keys and values out of place, QW0553 for an id used twice.
    """
    if len(data) > limits.bytes:
        raise _too_many(f"{file} has {len(data)} bytes", limits.bytes, "bytes")
    reader = _Reader(file, limits)
    try:
        return reader.pack(data)
    except QwasmError as error:
        error.sources[file] = reader.text
        raise


class _Reader:
    def __init__(self, file: str, limits: PackLimits) -> None:
        self.file, self.limits, self.text = file, limits, ""
        self.reporter = Reporter()
        self._places: dict[Path, Place] | None = None

    def span(self, path: Path) -> Span | None:
        """The place of a value, or of the nearest thing around it."""
        if self._places is None:
            self._places = places(self.text)
        return span_of(self._places, self.file, path)

    def report(self, code: str, message: str, path: Path, hint: str = "") -> None:
        if len(self.reporter.errors) < 20:
            self.reporter.add(fail(code, message, self.span(path), hint))

    def pack(self, data: bytes) -> Pack:
        content = self.toml(data)
        self.keys(content, FILE, ())
        self.reporter.raise_errors()
        for key, known in (("format", FORMAT), ("algebra", ALGEBRA)):
            if content[key] != known:
                hint = f'{key} = "{known}"'
                raise fail("QW0551", f"this toolchain reads {key} {known}, the file says {content[key]!r}",
                           self.span((key,)), hint)  # fmt: skip
        count = sum(len(content.get(key, ())) for key in ("rule", "refuted", "macro"))
        if count > self.limits.rules:
            raise _too_many(f"{self.file} has {count} rules", self.limits.rules, "rules")
        rules = self.rows(content, "rule", self.rule)
        refuted = self.rows(content, "refuted", self.refuted)
        macros = self.rows(content, "macro", self.macro)
        self.unique((("rule", index, "id"), rule.id) for index, rule in rules)
        self.unique((("macro", index, "name"), macro.name) for index, macro in macros)
        self.unique(
            [(("rule", index, "id"), rule.id) for index, rule in rules]
            + [(("refuted", index, "id"), row.rule.id) for index, row in refuted]
        )
        self.reporter.raise_errors()
        return Pack(
            self.file,
            tuple(rule for _, rule in rules),
            tuple(row for _, row in refuted),
            tuple(macro for _, macro in macros),
            content.get("about", ""),
            self.text,
        )

    def toml(self, data: bytes) -> dict[str, Any]:
        try:
            self.text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            column = error.start - data.rfind(b"\n", 0, error.start)
            raise fail(
                "QW0550", "the file is not UTF-8 text", Span(self.file, line, column), "save it as UTF-8"
            ) from None
        try:
            return tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as error:
            raise fail("QW0550", *self.toml_error(str(error))) from None
        except RecursionError:
            raise fail("QW0550", "lists or tables nest too deeply", Span(self.file, 1, 1), "write it flat") from None

    def toml_error(self, said: str) -> tuple[str, Span, str]:
        """The standard library's message and the place it names."""
        found = re.search(r"\s*\(at line ([0-9]+), column ([0-9]+)\)", said)
        line, column = (int(found[1]), int(found[2])) if found else (self.text.count("\n") + 1, 1)
        message = said[: found.start()] if found else said.partition(" (at")[0]
        return f"no TOML: {message[:1].lower()}{message[1:]}", Span(self.file, line, column), 'write key = "text"'

    # ---------------------------------------------------------------- tables

    def rows(self, content: Mapping[str, Any], key: str, read: Callable[[Any, Path], Any]) -> list[tuple[int, Any]]:
        """The entries of [[key]] that could be read, with their numbers."""
        found = [(index, read(row, (key, index))) for index, row in enumerate(content.get(key, ()))]
        return [(index, row) for index, row in found if row is not None]

    def unique(self, named: Any) -> None:
        first: dict[str, Path] = {}
        for path, name in named:
            if name in first and first[name] != path:
                before = self.span(first[name])
                where = f" in line {before.line}" if before else ""
                self.report("QW0553", f"{name!r} stands already{where}", path, "give it another name")
            first.setdefault(name, path)

    def keys(self, table: Mapping[str, Any], schema: Mapping[str, Key], path: Path) -> bool:
        """Whether a table has the keys it needs, none beside them, and values of the right types."""
        before = len(self.reporter.errors)
        for name, value in table.items():
            key = schema.get(name)
            if key is None:
                hint = did_you_mean(name, schema) or f"the keys are {', '.join(schema)}"
                self.report("QW0552", f"there is no key {name!r} here", (*path, name, ".key"), hint)
            elif type(value) not in key.types:
                kinds = " or ".join(WORDS[kind] for kind in key.types)
                hint = 'write a rational as a text: "1/2"' if isinstance(value, float) else ""
                self.report("QW0552", f"{name} is {kinds}", (*path, name), hint)
            elif key.words and value not in key.words:
                self.report("QW0552", f"{name} is one of {', '.join(key.words)}, not {value!r}", (*path, name))
            elif isinstance(value, (list, dict)) and key.inside is not object:
                items = value.items() if isinstance(value, dict) else enumerate(value)
                for where, item in items:
                    if type(item) is not key.inside:
                        self.report("QW0552", f"{name} holds {WORDS[key.inside]} here", (*path, name, where))
        for name, key in schema.items():
            if key.required and name not in table:
                self.report("QW0552", f"{name} is missing", path, f"write {name} = ...")
        return len(self.reporter.errors) == before

    def sized(self, text: str, path: Path) -> None:
        """Refuse expressions over the limits before they are parsed."""
        limits = self.limits
        if len(text) > limits.text:
            self.limit(f"a text of {len(text)} characters", limits.text, "text", path)
            return
        letters = len(LETTER.findall(text))
        if letters > limits.letters:
            self.limit(f"{letters} letters and names", limits.letters, "letters", path)
        for digits in EXPONENT.findall(text):
            if len(digits) > 6 or int(digits) > limits.exponent:
                self.limit(f"an exponent {digits[:20]}", limits.exponent, "exponent", path)

    def limit(self, what: str, most: int, name: str, path: Path) -> None:
        error = _too_many(what, most, name).diagnostics[0]
        self.report(error.code, error.message, path, error.hint)

    def claim(self, row: Mapping[str, Any], path: Path, methods: tuple[str, ...]) -> dict[str, Any] | None:
        """The fields that a rule and a refuted rule share."""
        before = len(self.reporter.errors)
        if not ID.match(row["id"]) or len(row["id"]) > 100:
            self.report("QW0552", "an id is words joined by dots and dashes", (*path, "id"), 'id = "words.swap-AB"')
        variables = row.get("vars", {})
        if len(variables) > self.limits.variables:
            self.limit(f"{len(variables)} variables", self.limits.variables, "variables", (*path, "vars"))
        for key in ("lhs", "rhs", "bound", "about"):
            self.sized(row.get(key, ""), (*path, key))
        for key in ("where", "given", "steps"):
            for index, text in enumerate(row.get(key, ())):
                self.sized(text, (*path, key, index))
        scope = self.scope(row.get("scope", {}), (*path, "scope"))
        proof = row.get("proof", {"method": methods[0]})
        if self.keys(proof, PROOF, (*path, "proof")) and proof["method"] not in methods:
            self.report("QW0552", f"method is one of {', '.join(methods)} here", (*path, "proof", "method"))
        origin = self.origin(row.get("origin", {"by": "hand"}), (*path, "origin"))
        if len(self.reporter.errors) > before or scope is None:
            return None
        return {
            "id": row["id"], "lhs": row["lhs"], "rhs": row["rhs"], "variables": ordered(variables),
            "where": tuple(row.get("where", ())), "scope": scope, "given": tuple(row.get("given", ())),
            "about": row.get("about", ""), "origin": origin, "method": proof["method"],
        }  # fmt: skip

    def rule(self, row: Mapping[str, Any], path: Path) -> Rule | None:
        if not self.keys(row, RULE, path):
            return None
        fields, before = self.claim(row, path, METHODS), len(self.reporter.errors)
        if fields is None:
            return None
        kind, bound = row.get("class", "exact"), row.get("bound", "")
        if (kind == "approx") != bool(bound):
            message = "an approximate rule carries its bound" if kind == "approx" else "only approximate rules have one"
            self.report("QW0552", message, (*path, "bound" if bound else "class"), 'bound = "t^2/2 * norm(comm(X, Y))"')
        use = row.get("use", "explore" if kind == "approx" else "simplify")
        proof = row.get("proof", {})
        for name, text in proof.get("bind", {}).items():
            self.sized(text, (*path, "proof", "bind", name))
        if len(self.reporter.errors) > before:
            return None
        return Rule(
            **fields, kind=kind, use=use, bound=bound, steps=tuple(row.get("steps", ())),
            lemma=proof.get("lemma", ""), bind=ordered(proof.get("bind", {})),
        )  # fmt: skip

    def refuted(self, row: Mapping[str, Any], path: Path) -> Refuted | None:
        if not self.keys(row, REFUTED, path):
            return None
        fields = self.claim(row, path, ("refutation/1",))
        found = row["counterexample"]
        if fields is None or not self.keys(found, COUNTEREXAMPLE, (*path, "counterexample")):
            return None
        values = ordered(found.get("values", {}))
        return Refuted(
            Rule(**fields, use="explore"), found["N"], found["row"], found["col"], found["lhs"], found["rhs"], values
        )

    def macro(self, row: Mapping[str, Any], path: Path) -> Macro | None:
        if not self.keys(row, MACRO, path):
            return None
        for key in ("name", "parameters"):
            names = [row["name"]] if key == "name" else row["parameters"]
            for name in names:
                if not NAME.match(name):
                    self.report("QW0552", f"{name!r} is no name", (*path, key), "letters, digits and _")
        self.sized(row["expansion"], (*path, "expansion"))
        origin = self.origin(row.get("origin", {"by": "hand"}), (*path, "origin"))
        try:
            gain = Fraction(row.get("gain", 0))
        except (ValueError, ZeroDivisionError):
            self.report("QW0552", "gain is an integer or a rational text", (*path, "gain"), 'gain = "3/2"')
            return None
        return Macro(row["name"], tuple(row["parameters"]), row["expansion"], row.get("support", 0), gain, origin)

    def scope(self, table: Mapping[str, Any], path: Path) -> Scope | None:
        if not self.keys(table, SCOPE, path):
            return None
        N = table.get("N", "all")
        if isinstance(N, dict):
            if not self.keys(N, {"eq": Key((int,), True)}, (*path, "N")):
                return None
            N = N["eq"]
            if N < 1:
                self.report("QW0552", "N is at least 1", (*path, "N", "eq"))
        elif N not in ("all", "inf"):
            self.report("QW0552", f'N is "all", "inf" or {{ eq = 4096 }}, not {N!r}', (*path, "N"))
            return None
        return Scope(N, table.get("weight", "any"), table.get("field", "any"))

    def origin(self, table: Mapping[str, Any], path: Path) -> tuple[tuple[str, str], ...]:
        """Where a row came from: names with texts or integers."""
        for name, value in table.items():
            good = type(value) in (str, int) or (isinstance(value, list) and all(type(x) in (str, int) for x in value))
            if not good:
                self.report("QW0552", "an origin holds texts, integers and lists of them", (*path, name))
        return ordered({k: str(v) if not isinstance(v, list) else ", ".join(map(str, v)) for k, v in table.items()})


def span_of(found: Mapping[Path, Place], file: str, path: Path) -> Span | None:
    """The span at a path, or at the longest part of it that has a place."""
    for end in range(len(path), 0, -1):
        place = found.get(path[:end]) or found.get((*path[:end], ".key"))
        if place is not None:
            return Span(file, *place)
    return Span(file, 1, 1)


def _too_many(what: str, most: int, name: str) -> QwasmError:
    return fail("QW0446", f"{what}; the limit is {most} (limit {name} of rule files)", None, "split the file")


__all__ = ["PackLimits", "read_file", "read_pack", "span_of"]
