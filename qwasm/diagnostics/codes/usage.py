"""Codes of the theme usage: the command was called in a way it does not understand (exit 2)."""

from __future__ import annotations

from qwasm.diagnostics.codes.building import USAGE as PIPELINES
from qwasm.diagnostics.codes.optimising import USAGE as SEARCHES
from qwasm.diagnostics.codes.proving import USAGE as PROVING
from qwasm.diagnostics.codes.row import Code, Example

_OK = ".qwasm 1.0\n.space N = 10\n.func main\n    fill q0, 1\nend\n"

_USAGE: tuple[Code, ...] = (
    Code(
        "QW0700",
        "no such file",
        "The file named on the command line does not exist or cannot be read.",
        Example(_OK, "qvm run {dir}/nothing-here.qw"),
        Example(_OK),
    ),
    Code(
        "QW0701",
        "malformed name=value",
        "-D, --load and --channel take name=value; the name is an ASCII identifier that "
        "is given once, the value must not be empty.",
        Example(_OK, "qvm run {file} -D t"),
        Example(
            ".qwasm 1.0\n.param t: real = 1\n.space N = 10\n.func main\n    fill q0, t\nend\n", "qvm run {file} -D t=2"
        ),
    ),
    Code(
        "QW0702",
        "malformed size",
        "A size is a positive number with an optional suffix: 512M, 2G, 1.5GiB; a count may be written "
        "1e9 or 1_000_000.",
        Example(_OK, "qvm run {file} --max-memory lots"),
        Example(_OK, "qvm run {file} --max-memory 2G"),
    ),
    Code(
        "QW0703",
        "nothing is known under this name",
        "`qwasmc explain` takes a code such as QW0101, `qwasmc help` a topic; the lists are printed by "
        "`qwasmc help errors` and `qwasmc help`.",
        Example(_OK, "qwasmc explain QW9999"),
        Example(_OK, "qwasmc explain QW0703"),
    ),
    Code(
        "QW0704",
        "unknown file kind",
        "A program is a `.qw` text, a `.qwo` object, or the printed text of a stage, `.qir` or `.qpu`; other endings "
        "are not guessed at.",
        Example(_OK, "qvm run {dir}/notes.txt", {"notes.txt": "hello"}),
        Example(_OK),
    ),
    Code(
        "QW0705",
        "unknown stage",
        "`--emit` takes a comma-separated list of the stages of the journey: ast, ir, qpu, llvm, asm, qwo.",
        Example(_OK, "qwasmc {file} --emit=soup"),
        Example(_OK, "qwasmc {file} --emit=ir"),
    ),
    Code(
        "QW0706",
        "an object needs a file of its own",
        "A `.qwo` object is binary: it is written with `-o` and never mixed with printed stages.",
        Example(_OK, "qwasmc {file} --emit=qwo"),
        Example(_OK, "qwasmc {file} --emit=qwo -o {dir}/out.qwo"),
    ),
    Code(
        "QW0707",
        "reference pages differ from the program",
        "The pages in docs/reference are printed by the program; after a table changed they are printed again with "
        "`make docs`.",
        Example(_OK, "pages --check {dir}"),
        Example(_OK, "pages {dir}"),
    ),
    Code(
        "QW0711",
        "not a schedule",
        "A schedule is a list of settings: `threads` (1..1024), `tile` (up to 2^24 entries, 0 for the backend's "
        "choice), `layout` (auto, natural or grouped) and `time_block` (0 for all steps, or how many). What is left "
        "out keeps its value.",
        Example(_OK, "qvm run {file} --schedule layout=round"),
        Example(_OK, "qvm run {file} --schedule layout=natural,tile=4096"),
    ),
    Code(
        "QW0712",
        "nothing was measured on this machine",
        "`--schedule tuned` takes the schedule that `qvm tune` measured and kept on this machine, for exactly this "
        "program, its parameters, its passes and its backend; `--cost-model machine` takes the speeds that "
        "`qvm doctor --calibrate` kept.",
        Example(_OK, "qvm run {file} --schedule tuned"),
        Example(_OK, "qvm run {file} --schedule tile=4096"),
    ),
)

ROWS: tuple[Code, ...] = (*_USAGE, *SEARCHES, *PIPELINES, *PROVING)
