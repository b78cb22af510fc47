"""Running the command lines inside the test process, as a shell would see them."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from pathlib import Path


class _Stream(io.TextIOWrapper):
    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", write_through=True)

    def text(self) -> str:
        raw = self.buffer
        assert isinstance(raw, io.BytesIO)
        return raw.getvalue().decode("utf-8", "replace")


def run_command(
    program: str, *arguments: str, cwd: Path | None = None, stdin: bytes | None = None
) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of `qvm`, `qwasmc` or the page printer with these arguments."""
    from qvm.cli import pages, qvm, qwasmc

    main = {"qvm": qvm.main, "qwasmc": qwasmc.main, "pages": pages.main}[program]
    out, err, argv, here, given = _Stream(), _Stream(), sys.argv, os.getcwd(), sys.stdin
    sys.argv = [program, *arguments]
    if stdin is not None:
        sys.stdin = io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8")
    code: object = 0
    try:
        if cwd is not None:
            os.chdir(cwd)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                main()
            except SystemExit as stop:
                code = stop.code
    finally:
        sys.argv, sys.stdin = argv, given
        os.chdir(here)
    return int(code) if isinstance(code, int) else 0, out.text(), err.text()
