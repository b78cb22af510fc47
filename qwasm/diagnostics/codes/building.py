"""Codes of building: names, types, limits, objects, pipelines and remarks of the step from text to QIR."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256

from qwasm.diagnostics.codes.row import Code, Example

RUN = "qvm run {file}"


def _with(above: str = "", body: str = "basis q0, 1", space: str = "N = 20", command: str = RUN) -> Example:
    """A program with these lines above and inside main."""
    inside = "\n".join(f"    {line}" for line in body.split("\n"))
    return Example(
        f".qwasm 1.0\n.space {space}\n{above + chr(10) if above else ''}.func main\n{inside}\nend\n", command
    )


def _body(body: str, space: str = "N = 20") -> Example:
    """A program with these lines inside main."""
    return _with("", body, space)


def _op(text: str, above: str = "", space: str = "N = 20") -> Example:
    """A program that applies this operator to the delta at 1."""
    return _with(above, f"basis q0, 1\nqop.apply q1, q0, {text}", space)


def _object(module: str, sources: Mapping[str, str] | None = None, version: int = 1, extra: str = "") -> Example:
    """A command that runs an object with this module text; its digest is right."""
    content = {"language": "1.0", "module": module, "sources": [[k, v] for k, v in (sources or {}).items()]}
    body = (json.dumps(content, sort_keys=True, separators=(",", ":")) + extra).encode()
    data = f"QWASM-OBJECT {version} {sha256(body).hexdigest()}\n".encode() + body
    return Example(_SOURCE, "qvm run {dir}/x.qwo", {"x.qwo": data})


def _raw(data: bytes) -> Example:
    return Example(_SOURCE, "qvm run {dir}/x.qwo", {"x.qwo": data})


def _module(ops: str, digest: str | None = None) -> str:
    """The text of a module whose main holds these operations."""
    own = sha256().hexdigest() if digest is None else digest
    head = f'qwasm.ir 1\nspace N = 10, weight = 1, field = real, truncation = strict\ndigest "{own}"\n'
    return f"{head}\nfunc @main() -> () {{\n{ops}}}\n"


_SOURCE = ".qwasm 1.0\n.space N = 10\n.func main\n    basis q0, 1\nend\n"
_GOOD = _object(_module("  %q0#0 = basis() {n = `1`} : (qstate)\n  return() {} : ()\n"))

NAMES: tuple[Code, ...] = (
    Code(
        "QW0200",
        "unknown name",
        "A name in an expression is a parameter, an operator, a function or a variable, declared above its use; "
        "above the macro, if it stands in the body of one.",
        _op("Hamiltonian"),
        _op("Hamiltonian", ".op Hamiltonian = A[2] + B[2]"),
    ),
    Code(
        "QW0201",
        "declared twice",
        "A name is declared once; only loop, sum and macro variables shadow.",
        _with(".op X = A[2]\n.op X = B[2]"),
        _with(".op X = A[2]\n.op Y = B[2]"),
    ),
    Code(
        "QW0202",
        "a reserved name",
        "The words of the language, its functions, its instructions and register names (q0) are not declared anew.",
        _with(".op phi = A[2]"),
        _with(".op X = A[2]"),
    ),
    Code(
        "QW0203",
        "wrong number of arguments",
        "A letter, function or macro was given more or fewer arguments than it takes, or an unknown named one.",
        _op("K[2, 1, 3]"),
        _op("K[2, 1]"),
    ),
    Code(
        "QW0204",
        "an operator where a number belongs, or a number where an operator belongs",
        "Operators and numbers are different kinds of values: 2 is not an operator, 2*I is. Registers are neither; "
        "scalars known only at run time enter through QOP.COMBINE and QOP.POLY.",
        _op("A[2] + 1"),
        _op("A[2] + I"),
    ),
    Code(
        "QW0205",
        "n has no value here",
        "n is the point of a state. It means something inside V, Dir, coDir, out and in fill and map; indices and "
        "coefficients are numbers.",
        _op("n*A[2]"),
        _op("V(n) A[2]"),
    ),
    Code(
        "QW0206",
        "D or M without .diffusion",
        "The letters D and M take their coefficients and primes from .diffusion, or have them inline.",
        _op("D"),
        _op("D(c = 1/p, primes(2, 5))"),
    ),
    Code(
        "QW0207",
        "a composite number where a prime is required",
        "MUL.P, DIV.P and prime parameters take primes. The letters A, B, K, P, Q take any integer >= 1.",
        _body("basis q0, 1\nmul.p q1, q0, 6"),
        _op("A[6]"),
    ),
    Code(
        "QW0208",
        "an integer or a constant is required",
        "Indices, depths, exponents of operators and ends of ranges are integers; parameters are constants.",
        _op("A[3/2]"),
        _op("A[3]"),
    ),
    Code(
        "QW0209",
        "another language version",
        "The line .qwasm names the version of the language; this toolchain speaks 1.0.",
        Example(".qwasm 2.0\n.space N = 20\n.func main\n    basis q0, 1\nend\n"),
        _with(),
    ),
    Code(
        "QW0210",
        "a parameter without a value",
        "A parameter without a default gets its value with -D name=value.",
        _with(".param t: real", "set s0, t"),
        _with(".param t: real", "set s0, t", command="qvm run {file} -D t=1/2"),
    ),
    Code(
        "QW0211",
        "a value of the wrong type",
        "The value of a parameter is of its declared type and finite.",
        _with(".param k: qint = 3", "set s0, k", command="qvm run {file} -D k=1/2"),
        _with(".param k: qint = 3", "set s0, k", command="qvm run {file} -D k=4"),
    ),
    Code(
        "QW0212",
        "no such parameter",
        "-D names a parameter that the program declares with .param, or N.",
        _with(".param time: real = 1", "set s0, time", command="qvm run {file} -D tine=2"),
        _with(".param time: real = 1", "set s0, time", command="qvm run {file} -D time=2"),
    ),
    Code(
        "QW0213",
        "a range or formula in the wrong place",
        "Ranges belong to sum, prod, D and loops; an arithmetic function is a formula in n, values at p^k, or a table.",
        _with(".arith g(a, b, c) = a"),
        _with(".arith g(n) = n^2"),
    ),
    Code(
        "QW0220",
        "unknown instruction",
        "The first word of a line is an instruction or an instruction macro.",
        _body("bassis q0, 1"),
        _body("basis q0, 1"),
    ),
    Code(
        "QW0221",
        "wrong number of operands",
        "An instruction takes the operands its manual entry shows, destination first.",
        _body("basis q0"),
        _body("basis q0, 1"),
    ),
    Code(
        "QW0222",
        "an operand of the wrong kind",
        "The instruction takes a register, word or text of another kind here.",
        _body("basis s0, 1"),
        _body("basis q0, 1"),
    ),
    Code(
        "QW0223",
        "an attribute that the instruction does not have",
        "Attributes are written name=value behind the operands; each instruction has its own.",
        _body("basis q0, 1\nqop.exp q1, q0, V(n), 1, tolerance=1e-8"),
        _body("basis q0, 1\nqop.exp q1, q0, V(n), 1, tol=1e-8"),
    ),
    Code(
        "QW0224",
        "unknown type",
        "Registers and parameters have the types of the language; a register's first letter names its type.",
        _body(".reg psi: vektor"),
        _body(".reg psi: qstate"),
    ),
    Code(
        "QW0225",
        "a register that may not have been written",
        "Every path to a read must pass a write: both branches of an if, and no loop that may not run.",
        _body('set s1, 2\nif s1 > 1\n    set s0, 1\nend\nemit "x", s0'),
        _body('set s1, 2\nset s0, 0\nif s1 > 1\n    set s0, 1\nend\nemit "x", s0'),
    ),
    Code(
        "QW0226",
        "mixed pictures",
        "A state is in the picture nspace (psi) or hilbert (sqrt(w) psi); instructions do not mix them.",
        _body("basis q0, 1\nto.hilbert q1, q0\nqop.inner s0, q0, q1", "N = 20, weight = n^-1"),
        _body("basis q0, 1\nto.hilbert q1, q0\nto.nspace q2, q1\nqop.inner s0, q0, q2", "N = 20, weight = n^-1"),
    ),
    Code(
        "QW0227",
        "no exact meaning in this field",
        "In mod(l) there are no roots, logarithms, order or norms, no division by multiples of l, no weights that do "
        "not exist; a complex number has no meaning in a real field.",
        _op("K[2]", space="N = 20, field = mod(101)"),
        _op("A[2] + 2*B[2]", space="N = 20, field = mod(101)"),
    ),
    Code(
        "QW0228",
        "a register that changes its type round a loop",
        "A register has at the end of a loop's body the type it had at the beginning.",
        _body("basis q0, 1\nloop k, 3\n    to.hilbert q0, q0\nend"),
        _body("basis q0, 1\nloop k, 3\n    to.hilbert q1, q0\nend"),
    ),
    Code(
        "QW0230",
        "no space",
        "N, the size of states, comes from .space or from -D N=...; adjoints also need its weight.",
        Example(".qwasm 1.0\n.func main\n    basis q0, 1\nend\n"),
        _with(),
    ),
    Code(
        "QW0231",
        "N is not an integer >= 1",
        "States have the entries psi(1) to psi(N).",
        _body("basis q0, 1", "N = 0"),
        _with(),
    ),
    Code(
        "QW0232",
        "not a weight",
        "A weight is the function w(n) = n^-s with a rational s: 1, n^-1, n^(-1/2).",
        _body("basis q0, 1", "N = 20, weight = log"),
        _body("basis q0, 1", "N = 20, weight = n^-1"),
    ),
    Code(
        "QW0233",
        "not a field",
        "The fields are real, real32, complex and mod(l) with a prime l < 2^31.",
        _body("basis q0, 1", "N = 20, field = mod(100)"),
        _body("basis q0, 1", "N = 20, field = mod(101)"),
    ),
    Code(
        "QW0234",
        "unknown setting of .space",
        "A space has N, weight, field and truncation (strict or free).",
        _body("basis q0, 1", "N = 20, truncation = loose"),
        _body("basis q0, 1", "N = 20, truncation = free"),
    ),
    Code(
        "QW0240",
        "no main, or a main with arguments",
        "A program runs its function main, which takes nothing and gives nothing.",
        Example(".qwasm 1.0\n.space N = 20\n.func start\n    basis q0, 1\nend\n"),
        _with(),
    ),
    Code(
        "QW0241",
        "unknown function",
        "call names a function of the program, declared anywhere; main is not called.",
        _body("basis q0, 1\ncall f(q0) -> (q1)"),
        _with(".func f(q0) -> (q1)\n    mul.p q1, q0, 2\nend", "basis q0, 1\ncall f(q0) -> (q1)"),
    ),
    Code(
        "QW0242",
        "recursion",
        "A function does not call itself, directly or through others: every program ends.",
        _with(".func f(q0) -> (q1)\n    call f(q0) -> (q1)\nend", "basis q0, 1\ncall f(q0) -> (q1)"),
        _with(".func f(q0) -> (q1)\n    mul.p q1, q0, 2\nend", "basis q0, 1\ncall f(q0) -> (q1)"),
    ),
    Code(
        "QW0243",
        "a call that does not fit its function",
        "A call passes as many values, of the same kinds, as the function takes.",
        _with(".func f(q0) -> (q1)\n    mul.p q1, q0, 2\nend", "basis q0, 1\ncall f(q0, q0) -> (q1)"),
        _with(".func f(q0) -> (q1)\n    mul.p q1, q0, 2\nend", "basis q0, 1\ncall f(q0) -> (q1)"),
    ),
    Code(
        "QW0250",
        "a loop bound that is not constant",
        "The bound of every loop is a constant or a parameter, so that memory and work are known beforehand.",
        _body("set s0, 3\nloop k, s0\n    set s1, k\nend"),
        _body("loop k, 3\n    set s1, k\nend"),
    ),
    Code(
        "QW0251",
        "an unbounded backward jump",
        "A jump backwards could run for ever. LOOP label, n repeats n times in all; qloop and while stop at a "
        "condition and have a bound.",
        _body("set s0, 1\nagain:\nset s0, 2*s0\njif.lt s0, 100, again"),
        _body("set s0, 1\nagain:\nset s0, 2*s0\nqloop again, s0 < 100 max 20"),
    ),
    Code(
        "QW0252",
        "a label that is not here",
        "A jump goes to a label in the same block: forward for JMP and JIF, above for LOOP and QLOOP.",
        _body("set s0, 1\njmp past"),
        _body("set s0, 1\njmp past\nset s0, 2\npast:"),
    ),
    Code(
        "QW0253",
        "a jump into or out of a loop",
        "The lines between a label and its LOOP are entered at the label and left at the end.",
        _body("set s0, 1\nagain:\nset s0, 2*s0\njif.gt s0, 5, out\nset s1, 1\nloop again, 3\nout:"),
        _body("set s0, 1\nwhile s0 < 6 max 3\n    set s0, 2*s0\nend"),
    ),
    Code(
        "QW0254",
        "LOOP or QLOOP with fewer than one run",
        "When LOOP label, n or QLOOP label, cond max n is reached the lines have run once, and n counts all runs.",
        _body("set s0, 1\nagain:\nset s0, 2*s0\nloop again, 0"),
        _body("set s0, 1\nagain:\nset s0, 2*s0\nloop again, 3"),
    ),
    Code(
        "QW0256",
        "a line in the wrong place",
        "Instructions and registers stand inside functions; parameters, spaces and includes stand outside.",
        _body(".param t: real = 1"),
        _with(".param t: real = 1"),
    ),
    Code(
        "QW0257",
        "a free name in a program",
        ".var declares names for rules and proofs; they have no value in a program that runs.",
        _op("A[p]", ".var p: prime"),
        _op("A[p]", ".param p: prime = 3"),
    ),
)

_DOUBLING = [".macro g0(a)", "    set s0, a", "end"]
for _k in range(1, 21):
    _DOUBLING += [f".macro g{_k}(a)", f"    g{_k - 1} 2*a", f"    g{_k - 1} 2*a + 1", "end"]
_GROWING = [
    "\n".join([".macro g0(a) = A[a]", *(f".macro g{k}(a) = g{k - 1}(2*a) g{k - 1}(2*a + 1)" for k in range(1, top))])
    for top in (21, 3)
]
_JUMPS = [
    "\n".join(["set s0, 1", *(f"jif.gt s0, 5, l{k}" for k in range(top)), *(f"l{k}:" for k in range(top))])
    for top in (1100, 10)
]

LIMITS: tuple[Code, ...] = (
    Code(
        "QW0440",
        "includes nest too deeply",
        "Sources include each other at most 64 deep.",
        Example('.use "0.qw"\n' + _SOURCE, files={f"{k}.qw": f'.use "{k + 1}.qw"\n' for k in range(70)}),
        Example('.use "0.qw"\n' + _SOURCE, files={"0.qw": '.use "1.qw"\n', "1.qw": ".param t: real = 1\n"}),
    ),
    Code(
        "QW0441",
        "a state larger than the memory limit",
        "One state of N numbers must fit the memory limit; sizes are known before anything is allocated.",
        _body("basis q0, 1", "N = 10^15"),
        _body("basis q0, 1", "N = 10^4"),
    ),
    Code(
        "QW0442",
        "too many instructions",
        "Macros are copied where they are called; the program they make has at most a million instructions.",
        _with("\n".join(_DOUBLING), "g20 1"),
        _with("\n".join(_DOUBLING), "g2 1"),
    ),
    Code(
        "QW0443",
        "operator macros grow too large",
        "Macros that call macros grow exponentially; a call stands for at most a million calls.",
        _op("g20(1)", _GROWING[0]),
        _op("g2(1)", _GROWING[1]),
    ),
    Code(
        "QW0445",
        "too many overlapping jumps",
        "Forward jumps that overlap without nesting are taken apart one by one; a thousand of them are refused.",
        _body(_JUMPS[0]),
        _body(_JUMPS[1]),
    ),
)

ARTIFACTS: tuple[Code, ...] = (
    Code(
        "QW0500",
        "not an object",
        "A .qwo file begins with QWASM-OBJECT; this one is something else.",
        _raw(b"\x7fELF foreign"),
        _GOOD,
    ),
    Code(
        "QW0501",
        "an object of another version",
        "The object was written by a toolchain with another object format.",
        _object(_module("  return() {} : ()\n"), version=2),
        _GOOD,
    ),
    Code(
        "QW0502",
        "a damaged object",
        "The content does not have the digest of the first line: the file was cut short or changed.",
        _raw(b"QWASM-OBJECT 1 " + b"0" * 64 + b"\n{}"),
        _GOOD,
    ),
    Code(
        "QW0503",
        "malformed object content",
        "The content of an object is canonical JSON with exactly the known keys.",
        _object(_module("  return() {} : ()\n"), extra=" "),
        _GOOD,
    ),
    Code(
        "QW0504",
        "an object that does not belong to its sources",
        "The module names the digest of the sources it was built from; those beside it have another one.",
        _object(_module("  return() {} : ()\n", "0" * 64)),
        _GOOD,
    ),
    Code(
        "QW0510",
        "a module that breaks the rules of QIR",
        "Objects and the output of passes are verified: values are defined before use, types match, regions end.",
        _object(_module("  halt() {} : ()\n")),
        _GOOD,
    ),
    Code(
        "QW0511",
        "malformed QIR text",
        "A line of the text form of QIR is not of the form the printer writes.",
        _object(_module("  basis\n  return() {} : ()\n")),
        _GOOD,
    ),
)

USAGE: tuple[Code, ...] = (
    Code(
        "QW0730",
        "unknown pass",
        "A pipeline names installed passes: `qwasmc help passes` lists them.",
        _with(command='qvm run {file} --passes="dse"'),
        _with(command='qvm run {file} --passes="dce"'),
    ),
    Code(
        "QW0731",
        "malformed pipeline",
        "A pipeline is a list of passes with options in braces: cse,dce{rounds=2}.",
        _with(command='qvm run {file} --passes="cse,,dce"'),
        _with(command='qvm run {file} --passes="cse,dce"'),
    ),
    Code(
        "QW0732",
        "a pass option that does not fit",
        "An option has a name and a type that its pass declares.",
        _with(command='qvm run {file} --passes="dce{{turns=2}}"'),
        _with(command='qvm run {file} --passes="dce{{rounds=2}}"'),
    ),
)

REMARKS: tuple[Code, ...] = (
    Code(
        "QW0920",
        "an operator that is 0 on 1..N",
        "A[p] and B[p] with p > N reach nothing; primes beyond N add nothing to a sum.",
        _op("A[2] + A[23]"),
        _op("A[2] + A[19]"),
    ),
    Code(
        "QW0921",
        "a line that never runs",
        "Lines behind halt are read and not run.",
        _body("set s0, 1\nhalt\nset s0, 2"),
        _body("set s0, 1\nhalt"),
    ),
)
