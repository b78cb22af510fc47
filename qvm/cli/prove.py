"""qvm prove: an identity in, a verdict out.

One identity is answered in words or as one JSON object; `-` reads JSON lines and answers line by line, and a line
that is no identity is answered by an error object and does not stop the others.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from qvm.cli.common import output, remember
from qwasm.diagnostics import Diagnostic, QwasmError, fail, render
from qwasm.limits import DEFAULT
from qwasm.prover import Claim, Verdict, prove, read_claim

EXIT = {"proved": 0, "refuted": 1, "unknown": 4}
KEYS = {"lhs": str, "rhs": str, "N": (str, int), "weight": str, "vars": dict, "where": list, "given": list}
OPEN, CLOSE = "([{", ")]}"


def sides(text: str) -> tuple[str, str]:
    """The two sides of `LHS = RHS`.  Raises QW0710 unless one `=` stands outside brackets."""
    depth, found = 0, []
    for i, c in enumerate(text):
        if c in OPEN:
            depth += 1
        elif c in CLOSE:
            depth -= 1
        elif c == "=" and not depth and text[i - 1 : i] not in ("=", "<", ">", "!") and text[i + 1 : i + 2] != "=":
            found.append(i)
    if len(found) != 1:
        raise fail(
            "QW0710", f"an identity has one = between its sides, here are {len(found)}", hint='"A[2] B[2] = Q[2]"'
        )
    return text[: found[0]], text[found[0] + 1 :]


def scope(text: str) -> Any:
    """all, inf, or the integer that a text spells."""
    return int(text) if text.isascii() and text.replace("_", "").isdigit() else text


def kinds(text: str | None) -> dict[str, str]:
    """`p: prime, X: op` as a mapping.  Raises QW0710 for anything else."""
    found: dict[str, str] = {}
    for item in (text or "").split(","):
        name, colon, kind = item.partition(":")
        if item.strip() and not (colon and name.strip().isidentifier()):
            raise fail("QW0710", f"--vars {item.strip()!r} is not name: kind", hint='--vars "k: qint, X: op"')
        if item.strip():
            found[name.strip()] = kind.strip()
    return found


def as_json(verdict: Verdict, certificate: bool) -> dict[str, Any]:
    """A verdict as a JSON object."""
    shown: dict[str, Any] = {"verdict": verdict.verdict, "scope": verdict.scope}
    c = verdict.counterexample
    shown["counterexample"] = c and {
        "N": c.N, "row": c.row, "col": c.col, "lhs": c.lhs, "rhs": c.rhs, "values": dict(c.values)
    }  # fmt: skip
    if verdict.reason:
        shown["reason"] = verdict.reason
    if certificate and verdict.verdict == "proved":
        shown["certificate"] = verdict.certificate
    shown["ms"] = round(verdict.seconds * 1000, 3)
    return shown


def in_words(claim: Claim, verdict: Verdict) -> str:
    """A verdict for a person."""
    where = {"all": "for every N", "inf": "on the infinite space"}.get(str(claim.scope), f"for N = {claim.scope}")
    match verdict.verdict:
        case "proved":
            cases = (verdict.certificate or {}).get("cases", [])
            terms = sum(len(case["terms"]) for case in cases)
            return (
                f"proved {where}, weight {claim.weight}\n"
                f"  normal form: {counted(len(cases), 'case')}, {counted(terms, 'term')}; confirmed by the checker"
            )
        case "refuted":
            c = verdict.counterexample
            assert c is not None
            values = "".join(f", {name} = {value}" for name, value in c.values.items())
            return (
                f"refuted {where}\n  N = {c.N}{values}: row {c.row}, column {c.col}\n  left   {c.lhs}\n  right  {c.rhs}"
            )
    return f"unknown {where}\n  {verdict.reason}"


def counted(number: int, noun: str) -> str:
    return f"{number} {noun if number == 1 else noun + 's'}"


# ---------------------------------------------------------------- JSON lines


def answers(lines: Iterable[bytes]) -> Iterator[tuple[dict[str, Any], bool]]:
    """For each line that is not blank its answer, and whether the line was an identity."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        file = f"line {number}"
        try:
            yield as_json(prove(claim_of(line, file)), certificate=False), True
        except QwasmError as error:
            yield {"error": [render.as_json(d) for d in error.diagnostics], "line": number}, False
        except Exception as bug:  # a bug in one answer does not take the others away
            message = f"the toolchain has a bug ({type(bug).__name__}: {bug})"
            yield {"error": [render.as_json(Diagnostic("QW0000", message))], "line": number}, False


def claim_of(line: bytes, file: str) -> Claim:
    """The claim that a JSON line holds.  Raises QW0710 for a line of another form."""
    if len(line) > DEFAULT.source_bytes:
        raise fail("QW0400", f"{file} has {len(line)} bytes; the limit is {DEFAULT.source_bytes}")
    try:
        value = json.loads(line, object_pairs_hook=once, parse_constant=refuse)
    except (ValueError, RecursionError) as problem:
        raise fail("QW0710", f"{file} is not JSON: {problem}", hint='{"lhs": "A[2] B[2]", "rhs": "Q[2]"}') from None
    if not isinstance(value, dict) or "lhs" not in value or "rhs" not in value:
        raise fail("QW0710", f"{file} is no object with lhs and rhs", hint='{"lhs": "A[2] B[2]", "rhs": "Q[2]"}')
    for key, item in value.items():
        if key not in KEYS:
            raise fail("QW0710", f"{file} has the unknown key {key!r}", hint=f"the keys are {', '.join(KEYS)}")
        parts = item.values() if isinstance(item, dict) else item if isinstance(item, list) else ()
        if not isinstance(item, KEYS[key]) or isinstance(item, bool) or not all(isinstance(x, str) for x in parts):  # type: ignore[arg-type]
            raise fail(
                "QW0710", f"{file}: {key} has a value of the wrong kind", hint="texts, lists and objects of texts"
            )
    N = value.get("N", "all")
    return read_claim(
        value["lhs"], value["rhs"], scope=scope(N) if isinstance(N, str) else N, weight=value.get("weight", "1"),
        variables=value.get("vars", {}), where=value.get("where", []), given=value.get("given", []), file=file,
    )  # fmt: skip


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found


def refuse(name: str) -> Any:
    raise ValueError(f"{name} is no number")


# ---------------------------------------------------------------- the command


def run(
    identity: str, weight: str, N: str, variables: str | None, where: tuple[str, ...], given: tuple[str, ...],
    json_wanted: bool, emit: str | None,
) -> int:  # fmt: skip
    """Answer, and give the exit code of the verdict."""
    if identity == "-":
        if not json_wanted:
            raise fail("QW0710", "- reads JSON lines, so it answers in JSON", hint="qvm prove - --json")
        good = True
        for answer, fine in answers(sys.stdin.buffer):
            good = good and fine
            output(json.dumps(answer), None)
        return 0 if good else 3
    lhs, rhs = sides(identity)
    remember({"claim lhs": lhs, "claim rhs": rhs, "claim weight": weight})
    remember({"claim where": "".join(where[:1]), "claim given": "".join(given[:1])})
    claim = read_claim(lhs, rhs, scope=scope(N), weight=weight, variables=kinds(variables), where=where, given=given)
    verdict = prove(claim)
    if emit == "lean":
        from qwasm.prover.lean import lean

        output(lean(claim.statement, verdict.certificate if verdict.verdict == "proved" else None), None)
    elif json_wanted:
        output(json.dumps(as_json(verdict, certificate=True)), None)
    else:
        output(in_words(claim, verdict), None)
    return EXIT[verdict.verdict]
