"""Codes of the theme storage."""

from __future__ import annotations

from qwasm.diagnostics.codes.row import Code, Example

_MACHINE_MAIN = ".space {space}\n.func main\n{body}\nend\n"


def _machine(body: str, space: str = "N = 20", command: str = "qvm run {file}", **files: bytes) -> Example:
    """A small program with a body."""
    lines = "\n".join(f"    {line}" for line in body.split("\n"))
    return Example(
        _MACHINE_MAIN.format(space=space, body=lines), command, {f"{name}.npy": data for name, data in files.items()}
    )


_MACHINE: tuple[Code, ...] = (
    Code(
        "QW0801",
        "a file could not be written",
        "Files are written under another name, flushed to the disk and renamed. The storage refused: it is full, "
        "read-only, or does not take this name. What stood there before is untouched.",
        _machine('basis q0, 1\nstore.q "' + 250 * "x" + '.npy", q0', command="qvm run {file} --data {dir}"),
        _machine('basis q0, 1\nstore.q "x.npy", q0', command="qvm run {file} --data {dir}"),
    ),
)

ROWS: tuple[Code, ...] = (*_MACHINE,)
