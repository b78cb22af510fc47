"""Commands run as a user runs them who has installed other packages: in a process of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
PROGRAMS = {"qvm": "qvm.cli.qvm", "qwasmc": "qvm.cli.qwasmc"}


def install(folder: Path, name: str, points: Mapping[str, Mapping[str, str]]) -> None:
    """The metadata pip would write into a folder for a package with these entry points: group -> name -> place."""
    info = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    lines = [
        line for group, found in points.items() for line in (f"[{group}]", *(f"{k} = {v}" for k, v in found.items()))
    ]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")


def run_beside(
    folder: Path, program: str, *arguments: str, environment: Mapping[str, str] | None = None
) -> tuple[int, str, str]:
    """Exit code, standard output and error of a command for which `folder` is a place of installed packages."""
    paths = [str(folder), *(str(ROOT / name) for name in ("", "passes", "backends") if (ROOT / "qwasm").is_dir())]
    variables = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONDONTWRITEBYTECODE": "1",
        **(environment or {}),
    }
    done = subprocess.run(
        [sys.executable, "-m", PROGRAMS[program], *arguments],
        cwd=folder,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr
