"""Codes of the theme artifacts."""

from __future__ import annotations

import struct

from qwasm.diagnostics.codes.building import ARTIFACTS
from qwasm.diagnostics.codes.optimising import ARTIFACTS as PASSES
from qwasm.diagnostics.codes.row import Code, Example
from qwasm.diagnostics.codes.rules import ARTIFACTS as RULES

_MACHINE_MAIN = ".space {space}\n.func main\n{body}\nend\n"


def _machine(body: str, space: str = "N = 20", command: str = "qvm run {file}", **files: bytes) -> Example:
    """A small program with a body."""
    lines = "\n".join(f"    {line}" for line in body.split("\n"))
    return Example(
        _MACHINE_MAIN.format(space=space, body=lines), command, {f"{name}.npy": data for name, data in files.items()}
    )


_KEY, _KEYS = "{}\n", "qvm keys show {file}"


def _bundle(meta: bytes, command: str) -> Example:
    """A folder with the names of a bundle's files."""
    names = ("energy.json", "errors.json", "program.qpu", "events.npz", "counts.npz", "memory.npz", "bundle.dsse.json")
    files = {f"t/{name}": b"{}" for name in names} | {"t/meta.json": meta}
    return Example(_MACHINE_MAIN.format(space="N = 4", body="    basis q0, 1"), command, files)


def _npy(*numbers: float, kind: str = "<f8", shape: str = "") -> bytes:
    """A .npy file of a few numbers."""
    head = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape or f'({len(numbers)},)'}, }}"
    head = head.ljust(117) + "\n"
    data = b"".join(struct.pack("<d", number) for number in numbers)
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + data


_GRANTED = "qvm run {file} --data {dir}"
_LOAD = 'load.q q0, "x.npy"\nat s0, q0, 1\nemit "first", s0'
_GOOD = _machine(_LOAD, "N = 3", _GRANTED, x=_npy(1, 2, 3))
_QPU = 'qpu 1\nspace N=3 s=r"0" field="real" modulus=0 truncation="strict"\nroutine "main" parameters=() results=()\n'
_STORE = 'basis q0, 2\nstore.q "x.npy", q0\nload.q q1, "x.npy"'

_MACHINE: tuple[Code, ...] = (
    Code(
        "QW0531",
        "no such file in a granted folder",
        "A program reads files, and `.use` reads sources, only below the folders that were granted with `--data`. "
        "None of them holds this file, or it cannot be read.",
        _machine(_LOAD, "N = 3", _GRANTED),
        _GOOD,
    ),
    Code(
        "QW0532",
        "no backend for this program",
        "A backend is a package that runs QPU programs. None of this name is installed, or it has no numbers of the "
        "program's field.",
        _machine("basis q0, 1", command="qvm run {file} --backend abacus"),
        _machine("basis q0, 1", command="qvm run {file} --backend numpy"),
    ),
    Code(
        "QW0534",
        "not a regular file",
        "States are read from regular files only: devices, pipes and folders are refused.",
        _machine('load.q q0, "sub"', "N = 3", _GRANTED, **{"sub/x": _npy(1, 2, 3)}),
        _machine('load.q q0, "sub/x.npy"', "N = 3", _GRANTED, **{"sub/x": _npy(1, 2, 3)}),
    ),
    Code(
        "QW0535",
        "not a .npy file of numbers",
        "A state file is a NumPy array file (version 1 or 2) of integers, floats or complex numbers, as long as its "
        "header says. Objects are never unpickled.",
        _machine(_LOAD, "N = 3", _GRANTED, x=b"1, 2, 3"),
        _GOOD,
    ),
    Code(
        "QW0536",
        "numbers of another shape or kind",
        "A state has shape (N,), a field (k, N), and entry 0 is psi(1). mod(l) takes integers only, and real fields "
        "take no complex numbers.",
        _machine(_LOAD, "N = 3", _GRANTED, x=_npy(1, 2, 3, 4)),
        _GOOD,
    ),
    Code(
        "QW0537",
        "a state of another space",
        "State files written by the machine carry N, weight, picture and field. Loading one into a register of "
        "another space or picture is refused, because its numbers would mean something else.",
        _machine(
            _STORE.replace("load.q q1", 'to.hilbert q2, q0\nstore.q "x.npy", q2\nload.q q1'),
            "N = 9, weight = n^-1",
            _GRANTED,
        ),
        _machine(_STORE, "N = 9, weight = n^-1", _GRANTED),
    ),
    Code(
        "QW0538",
        "a file that is not granted",
        "Paths are relative to a folder granted with `--data`; absolute paths, `..` and links that lead out are "
        "refused, and without a granted folder there are no files.",
        _machine(_LOAD, "N = 3", x=_npy(1, 2, 3)),
        _GOOD,
    ),
    Code(
        "QW0539",
        "a channel that is not granted",
        "`send` and `recv` use the channels named on the command line or given through the Python interface.",
        _machine('basis q0, 1\nsend "out", q0'),
        _machine('basis q0, 1\nsend "out", q0', command="qvm run {file} --channel out={dir}/out.npy"),
    ),
    Code(
        "QW0541",
        "not the text of a QPU program",
        "`qwasmc --emit=qpu` writes a program as text that can be read back and run. This text was cut, edited or "
        "made by something else.",
        Example(_QPU + "  conjure dest=%0\nend\n"),
        Example(_QPU + "end\n"),
    ),
    Code(
        "QW0570",
        "a trace bundle of another version",
        "A bundle names the version of its schema, and a reader takes its own alone: columns may mean something else "
        "in another.",
        _bundle(b'{"schema":"qwasm.trace/9"}', "qvm trace show {dir}/t"),
        _machine("basis q0, 1", command="qvm run {file} --trace {dir}/t.qtb"),
    ),
    Code(
        "QW0571",
        "no whole trace bundle",
        "A bundle is a zip without compression, or a folder, with the files of its schema and no others. This one was "
        "cut, changed, packed again or made by something else.",
        _machine("basis q0, 1", command="qvm trace show {file}"),
        _machine("basis q0, 1", command="qvm run {file} --trace {dir}/t.qtb"),
    ),
    Code(
        "QW0572",
        "not a key",
        "Bundles and rule files are signed with Ed25519 keys: `NAME.key` is a private one under a passphrase, "
        "`NAME.pub` a public one of 64 hex digits. Points of small order are refused, since anybody can sign for them.",
        Example(_KEY.format("00" * 32), _KEYS),
        Example(
            _KEY.format("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"), "qvm keys show {file}"
        ),
    ),
    Code(
        "QW0574",
        "a trace bundle that does not verify",
        "Every byte of a bundle is held to the seal, which its signatures and its fingerprint belong to. What the "
        "bundle tells is not what the run wrote, or the key is not one that is trusted.",
        _bundle(b'{"fingerprint":"","host":{},"schema":"qwasm.trace/1"}', "qvm trace verify {dir}/t"),
        _machine("basis q0, 1", command="qvm run {file} --trace {dir}/t.qtb"),
    ),
    Code(
        "QW0590",
        "not in this version",
        "The instruction or option is part of the language, and this version does not run it.",
        _machine("basis q0, 1\nqop.exp q1, q0, V(n), 1/10, method=blocks"),
        _machine("basis q0, 1\nqop.exp q1, q0, V(n), 1/10"),
    ),
)

_LIBRARY = ".qwasm 1.0\n.op TWICE = 2*I\n"
_USES = '.qwasm 1.0\n.use "{}"\n.space N = 4\n.func main\n    basis q0, 1\n    qop.apply q1, q0, TWICE\nend\n'


def _plugin(name: str, group: str, place: str) -> Example:
    """A program run beside an installed package with one entry point."""
    info = "more-1.0.dist-info"
    files = {
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: more\nVersion: 1.0\n",
        f"{info}/entry_points.txt": f"[{group}]\n{name} = {place}\n",
        "more.py": "ROWS = ()\n",
    }
    return Example(_MACHINE_MAIN.format(space="N = 4", body="    basis q0, 1"), files=files)


_COMMANDS: tuple[Code, ...] = (
    Code(
        "QW0596",
        "a plug-in that does not work",
        "Installed packages add letters, functions, instructions, passes and backends through entry points. This one "
        "cannot be imported, or holds something else than its group asks for; the message names the package.",
        _plugin("more", "qwasm.instructions", "nowhere:ROWS"),
        _plugin("more", "qwasm.instructions", "more:ROWS"),
    ),
    Code(
        "QW0597",
        "an include that no granted folder holds",
        "`.use` reads files below the program's own folder and the folders granted with `--data`, and nothing else; "
        "links that lead out are not followed.",
        Example(_USES.format("nowhere.qw")),
        Example(_USES.format("lib.qw"), files={"lib.qw": _LIBRARY}),
    ),
    Code(
        "QW0598",
        "two packages declare one name",
        "A letter, function, instruction, pass or backend belongs to one package. Which of two was meant is not "
        "guessed; the message names both owners.",
        _plugin("numpy", "qvm.backends", "more:Numpy"),
        _plugin("mine", "qvm.backends", "more:Numpy"),
    ),
    Code(
        "QW0599",
        "the installation lacks something",
        "`qvm doctor` found a missing library, a backend that does not load, or a wrong number; its lines say which. "
        "`--need` asks for a backend by name.",
        Example(_QPU + "end\n", "qvm doctor --need abacus"),
        Example(_QPU + "end\n", "qvm doctor --need numpy"),
    ),
)

ROWS: tuple[Code, ...] = tuple(sorted((*_MACHINE, *_COMMANDS, *ARTIFACTS, *RULES, *PASSES), key=lambda row: row.code))
