"""Codes of rule files: what makes one unreadable, untrue or untrusted."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping

from qwasm.diagnostics.codes.row import Code, Example

_PROGRAM = ".qwasm 1.0\n.space N = 4\n.func main\n    basis q0, 1\nend\n"
_HEAD = 'format = "qwasm-rules/1"\nalgebra = "multiplicative-words/1"\n'
_ID = '[[rule]]\nid = "x"\n'
_VARS = 'vars = { p = "prime", q = "prime" }\n'
_SWAP = f'{_ID}{_VARS}where = ["p != q"]\nlhs = "A[p] B[q]"\n'
_TRUE = f'{_SWAP}rhs = "Q[p] B[q] A[p]"\n'
_FALSE = f'{_SWAP}rhs = "B[q] A[p]"\n'
_LOCK = "# qwasm-lock/1\n"
_MACRO = '[[macro]]\nname = "M1"\nparameters = ["p"]\nexpansion = "A[p] B[p]"\n'
_STATS = '{"macros": {"M1": {"uses": 2, "saved": 40, "cost": 3}}}'


_EXP = '[[rule]]\nid = "x"\nvars = { p = "prime", t = "real" }\nclass = "approx"\nlhs = "exp(-t*(A[p] + B[p]))"\n'
_SPLIT = f'{_EXP}rhs = "exp(-t*A[p]) exp(-t*B[p])"\n'
_BIND = 'proof = { method = "lemma/1", lemma = "trotter", bind = { X = "A[p]", Y = "B[p]", t = "t", r = "1" } }\n'
_TIMES = "norm(comm(A[p], B[p])) * exp(t*(norm(A[p]) + norm(B[p])))"
_TROTTER = f'{_SPLIT}{_BIND}bound = "1/2 * t^2 * {_TIMES}"\n'


def _rules(rows: str, command: str = "qvm rules check {dir}/x.qwr", head: str = _HEAD, **files: bytes | str) -> Example:
    """A rule file of these rows and a command on it; further files by name, `_` for a dot."""
    others = {name.replace("_", "."): content for name, content in files.items()}
    return Example(_PROGRAM, command, {"x.qwr": head + rows, **others})


def _refuted(row: int, col: int, lhs: int, rhs: int) -> str:
    place = f'{{ N = 3, row = {row}, col = {col}, lhs = "{lhs}", rhs = "{rhs}", values = {{ p = 3, q = 2 }} }}'
    return f"{_FALSE.replace('[[rule]]', '[[refuted]]')}counterexample = {place}\n"


def _envelope(content: Mapping[str, object]) -> str:
    payload = json.dumps(content, sort_keys=True, separators=(",", ":")).encode()
    signature = {"keyid": "k", "sig": base64.b64encode(bytes(64)).decode()}
    kind = "application/vnd.qwasm.rules+json"
    return json.dumps({"payloadType": kind, "payload": base64.b64encode(payload).decode(), "signatures": [signature]})


_EMPTY = {
    **{"about": "", "algebra": "multiplicative-words/1", "format": "qwasm-rules/1"},
    **{"macros": [], "refuted": [], "rules": []},
}

LIMITS: tuple[Code, ...] = (
    Code(
        "QW0446",
        "a rule file over its limits",
        "Rule files come from elsewhere, so their bytes, rules, variables, letters and exponents are limited before "
        "anything is proved; the message names the limit.",
        _rules(f'{_ID}lhs = "A[2]^1000"\nrhs = "A[2]"\n'),
        _rules(f'{_ID}lhs = "A[2]^10"\nrhs = "A[1024]"\n'),
    ),
)

ARTIFACTS: tuple[Code, ...] = (
    Code(
        "QW0550",
        "a rule file that is not TOML",
        "A rule file is UTF-8 text in TOML: [[rule]] tables with key = value lines and texts in quotes.",
        _rules("[[rule]]\nid = x\n"),
        _rules(_TRUE),
    ),
    Code(
        "QW0551",
        "a rule file of another format or algebra",
        "The first two keys name the format and the semantics that proofs refer to. Other versions are refused, "
        "never half understood.",
        _rules(_TRUE, head=_HEAD.replace("rules/1", "rules/2")),
        _rules(_TRUE),
    ),
    Code(
        "QW0552",
        "a key or value out of place in a rule file",
        "Every key of a rule is known and typed; an unknown key is an error, so that a misspelt guard is not a "
        "missing guard. Numbers with a fraction are written as texts.",
        _rules(_TRUE.replace("where", "were")),
        _rules(_TRUE),
    ),
    Code(
        "QW0553",
        "an id used twice",
        "The id of a rule is unique in all files in effect: statistics, remarks and bisection name rules by it.",
        _rules(_TRUE + _TRUE),
        _rules(_TRUE + _TRUE.replace('"x"', '"y"')),
    ),
    Code(
        "QW0554",
        "a false rule",
        "Every rule is proved again each time it is loaded. This one is false; the message has the smallest N, row and "
        "column where the two sides differ. A rule known to be false is kept under [[refuted]].",
        _rules(_FALSE),
        _rules(_refuted(2, 3, 0, 1)),
    ),
    Code(
        "QW0555",
        "a class that claims too much",
        "bitexact says that a rewrite keeps every bit: it moves values, does no other arithmetic, in no other order. "
        "What is only equal over the reals is exact.",
        _rules(f'{_ID}{_VARS}lhs = "A[p] + B[q]"\nrhs = "B[q] + A[p]"\nclass = "bitexact"\nuse = "explore"\n'),
        _rules(f'{_ID}{_VARS}lhs = "A[p] + B[q]"\nrhs = "B[q] + A[p]"\nclass = "exact"\nuse = "explore"\n'),
    ),
    Code(
        "QW0556",
        "a rule that does not simplify",
        "Rules with use = simplify are applied until nothing changes, so each must go down in the term order and copy "
        "no operator; then no set of them can loop or grow without end. Others have use = explore.",
        _rules(f'{_ID}{_VARS}lhs = "A[p] A[q]"\nrhs = "A[q] A[p]"\n'),
        _rules(f'{_ID}{_VARS}lhs = "A[p] A[q]"\nrhs = "A[p*q]"\n'),
    ),
    Code(
        "QW0557",
        "a refutation that does not hold",
        "A rule under [[refuted]] records where it fails, and that place is calculated again. The recorded values are "
        "not what the two sides have there, or the rule is true.",
        _rules(_refuted(1, 1, 0, 1)),
        _rules(_refuted(2, 3, 0, 1)),
    ),
    Code(
        "QW0558",
        "a signature that does not fit",
        "A .sig file beside a rule file is a DSSE envelope over its canonical form. This one signs other content, or "
        "no trusted key made it, so the whole file is refused.",
        _rules(_TRUE, **{"x_qwr_sig": _envelope({"rules": []})}),
        _rules(_TRUE),
    ),
    Code(
        "QW0559",
        "no checked signature",
        "--require-signed refuses rule files without a signature by one of the keys in --keys.",
        _rules(_TRUE, "qvm rules check {dir}/x.qwr --require-signed"),
        _rules(_TRUE),
    ),
    Code(
        "QW0560",
        "not a lock file",
        "A lock begins with `# qwasm-lock/1`; each line has a digest and a file name. `qvm rules lock` writes it.",
        _rules(_TRUE, "qvm rules check {dir}/x.qwr --lock {dir}/rules.lock", rules_lock="sha256 x.qwr\n"),
        _rules(_TRUE, "qvm rules lock {dir}/x.qwr -o {dir}/rules.lock"),
    ),
    Code(
        "QW0561",
        "rules that are not those of the lock",
        "The digest of a rule file is over its canonical form: comments may change, rules may not.",
        _rules(
            _TRUE, "qvm rules check {dir}/x.qwr --lock {dir}/rules.lock", rules_lock=f"{_LOCK}sha256:{'0' * 64} x.qwr\n"
        ),
        _rules(_TRUE, "qvm rules lock {dir}/x.qwr"),
    ),
    Code(
        "QW0562",
        "not statistics of macros",
        "`qvm rules prune` reads a JSON object: macros maps each name to its uses, what they saved and what the macro "
        "costs, in elements of the cost model.",
        _rules(_MACRO, "qvm rules prune {dir}/x.qwr --stats {dir}/stats.json", stats_json="[]"),
        _rules(_MACRO, "qvm rules prune {dir}/x.qwr --stats {dir}/stats.json", stats_json=_STATS),
    ),
    Code(
        "QW0563",
        "not a bound",
        "A bound is made of numbers, names (their absolute values), norm(X), exp, fact, +, *, / by numbers and ^ by "
        "whole numbers, so that it is >= 0, grows with its parts and can be rounded up. A difference has no such form.",
        _rules(_TROTTER.replace("1/2 * t^2", "t^2 - 1/2 * t^2")),
        _rules(_TROTTER),
    ),
    Code(
        "QW0564",
        "values that do not fit the lemma",
        "The table bind of a proof by lemma/1 gives each name of the lemma a value, and no other name; the number of "
        "steps or terms is an integer.",
        _rules(_TROTTER.replace(', r = "1"', "")),
        _rules(_TROTTER),
    ),
    Code(
        "QW0565",
        "an approximate rule without a lemma",
        "An approximate rule is an instance of a lemma of the toolchain and names it: measured errors bound nothing. "
        "This one names no lemma, or none that there is.",
        _rules(_TROTTER.replace('"trotter"', '"troter"')),
        _rules(_TROTTER),
    ),
)

_SUM = ".qwasm 1.0\n.space N = 4\n.func main\n    fill q0, 1\n    qop.apply q1, q0, A[2] + B[3]\nend\n"

REMARKS: tuple[Code, ...] = (
    Code(
        "QW0950",
        "a rule that is not applied",
        "The prover could neither prove nor refute the rule within its budget, and no time-out becomes acceptance. Or "
        "it is approximate: the pass approx applies it under a budget alone, and never where its sides and bound "
        "are not seen to be those of its lemma.",
        _rules(_TROTTER),
        _rules(_TRUE),
    ),
    Code(
        "QW0951",
        "a signature that was not checked",
        "A signature lies beside the rule file, and no folder of trusted keys is named, or the extra [sign] is not "
        "installed. The rules are proved anyway; who wrote them is not known.",
        _rules("", x_qwr_sig=_envelope(_EMPTY)),
        _rules(""),
    ),
    Code(
        "QW0952",
        "a program that is not mined",
        "`qvm rules mine` and `qvm rules count` look at the programs of a folder that compile as they stand; the "
        "others are left out and said, and so is what lies beyond the limits.",
        Example(_SUM, "qvm rules mine {dir}", {"broken.qw": ".func main\n"}),
        Example(_SUM, "qvm rules mine {dir}", {"other.qw": _SUM}),
    ),
)
