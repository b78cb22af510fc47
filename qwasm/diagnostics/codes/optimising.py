"""Codes of the pass manager: passes at fault, reproducers, bisection, remarks."""

from __future__ import annotations

from qwasm.diagnostics.codes.row import Code, Example

_PASS = """\
from dataclasses import dataclass, replace

from qwasm.ir.module import Op


@dataclass(frozen=True)
class Odd:
    name, kind = "odd", "bitexact"

    def run(self, module, context):
        for op in module.walk():
            if op.name == "mul":
                {body}
"""
_PROGRAM = """\
.qwasm 1.0
.space N = 10
.func main
    random q0, 1
    mul.p  q1, q0, 2
    mul    q2, q0, q1
    at     s0, q2, 1
    emit   "x", s0
end
"""
_SWAP = "context.replace(op, [Op('mul', op.operands[::-1], op.results)], why='x y = y x')"
_MAP = "from qwasm.algebra.ring import symbol; "
_MAP += "square = {'expression': symbol('x', 'real') ** 2}; "
_MAP += "context.replace(op, [Op('map', op.operands[:1], op.results, square)], why='x x = x^2')"
_SQUARE = "context.replace(op, [Op('mul', [op.operands[1]] * 2, op.results)], why='it is wrong')"
_NOTHING = "context.tried('nothing')"


def _odd(body: str, command: str = "qwasmc {file} --passes odd", program: str = _PROGRAM) -> Example:
    """A program compiled beside an installed package whose pass does this to every `mul`."""
    info = "odd_passes-1.0.dist-info"
    files = {
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: odd-passes\nVersion: 1.0\n",
        f"{info}/entry_points.txt": "[qwasm.passes]\nodd = odd_passes:Odd\n",
        "odd_passes.py": _PASS.format(body=body),
    }
    return Example(program, command, files)


_EACH = "qwasmc {file} --passes odd --verify-each"
_REMARKS = "qwasmc {file} --passes odd --remarks"
_REPRO = 'qwasm.repro 1\n{}\nqwasm.ir 1\nspace N = 4, weight = 1, field = real, truncation = strict\ndigest ""\n\n'
_REPRO += "func @main() -> () {{\n  return() {{}} : ()\n}}\n"
_REPLAY = "qwasmc {dir}/fault.repro"

ARTIFACTS = (
    Code(
        "QW0591",
        "a pass that fails",
        "A pass of an installed package raised an error or returned something; the message names both. The module is "
        "as it was. `--reproducer=FILE` keeps what replays it. A pass of ours that fails is a bug (exit 70).",
        _odd("1 / 0"),
        _odd(_NOTHING),
    ),
    Code(
        "QW0592",
        "a pass that breaks the module",
        "What a pass of another package leaves is verified, and here a rule of QIR is broken: a value used that nobody "
        "defines, a missing attribute, a region without an end. With `--verify-each` our own are verified too.",
        _odd("context.replace(op, [], why='nobody needs it')"),
        _odd(_SWAP),
    ),
    Code(
        "QW0593",
        "a pass that changes the meaning",
        "`--verify-each` evaluates the module before and after each pass in normal form. Here an output, or the "
        "operator behind it, is another one. The place is the rewrite at fault, the entry the first that differs.",
        _odd(_SQUARE, _EACH),
        _odd(_NOTHING, _EACH),
    ),
    Code(
        "QW0595",
        "not a reproducer",
        "`--reproducer=FILE` writes a text that `qwasmc FILE` replays: a header, the pipeline, sources, a module. This "
        "one was cut or edited.",
        Example(_PROGRAM, _REPLAY, {"fault.repro": _REPRO.format("pipeline dce")}),
        Example(_PROGRAM, _REPLAY, {"fault.repro": _REPRO.format('pipeline "dce"')}),
    ),
)

USAGE = (
    Code(
        "QW0708",
        "nothing to look for",
        "`qwasmc bisect` and `qwasmc reduce` need a check that fails with the rewrites, or with the whole program, "
        "and `bisect` one that passes without any rewrite.",
        Example(_PROGRAM, "qwasmc bisect {file}"),
        _odd(_SQUARE, "qwasmc bisect {file} --passes odd"),
    ),
    Code(
        "QW0709",
        "a check that does not start",
        "`--check` takes a command and its words, as a shell splits them; `{}` stands for the file. No shell runs it.",
        Example(_PROGRAM, 'qwasmc bisect {file} --check "no-such-command-here {{}}"'),
        _odd(_SQUARE, "qwasmc bisect {file} --passes odd"),
    ),
)

REMARKS = (
    Code(
        "QW0930",
        "passed: what a pass changed",
        "With `--remarks` every rewrite is said, with its place and why it is right.",
        _odd(_SWAP, _REMARKS),
        _odd(_SWAP),
    ),
    Code(
        "QW0931",
        "missed: what a pass did not do",
        "A chance that a pass saw and did not take, a pass that was undone because the program got dearer, a fixpoint "
        "that did not settle; with why.",
        _odd("context.remark('missed', 'x y = y x would cost more', [op])", _REMARKS),
        _odd(_NOTHING, _REMARKS),
    ),
    Code(
        "QW0932",
        "analysis: what a pass found out",
        "A fact about the program that a pass says with `--remarks`.",
        _odd("context.remark('analysis', 'both factors are real', [op])", _REMARKS),
        _odd(_NOTHING, _REMARKS),
    ),
    Code(
        "QW0933",
        "not proved",
        "`--verify-each` could not decide whether a pass kept the meaning here: it knows linear instructions, sums of "
        "states, loops and effects, and no law of other instructions. Nothing is wrong for all that is known.",
        _odd(_MAP, _EACH, _PROGRAM.replace("q2, q0, q1", "q2, q0, q0")),
        _odd(_NOTHING, _EACH),
    ),
)
