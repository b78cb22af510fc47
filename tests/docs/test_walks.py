"""Every walk in docs/walks works as written: its files, its commands, and the output it shows.

A fence ```` ```python title=FILE ```` is a file of the walk; a `console` fence holds commands after
`$ ` and the exact output.  Instead of `pip install`, the test writes the metadata that pip would
write, so that entry points are found without touching the environment.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WALKS = sorted((ROOT / "docs" / "walks").glob("*.md"))
FENCE = re.compile(r"^```(\w+)(?: title=(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PROGRAMS = {
    "qvm": ["-m", "qvm.cli.qvm"],
    "qwasmc": ["-m", "qvm.cli.qwasmc"],
    "pytest": ["-m", "pytest", "-p", "no:cacheprovider"],
}


def install(folder: Path) -> None:
    """The metadata pip would write for the walk's pyproject.toml."""
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    info = folder / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    lines = []
    for group, points in project["entry-points"].items():
        lines += [f"[{group}]", *(f"{name} = {value}" for name, value in points.items())]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")


def run(command: str, folder: Path) -> str:
    """What a command of the walk prints, standard output and error together."""
    words = shlex.split(command)
    paths = [str(folder), *(str(ROOT / name) for name in ("", "passes", "backends") if (ROOT / "qwasm").is_dir())]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, *PROGRAMS[words[0]], *words[1:]],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize("walk", WALKS, ids=lambda path: path.stem)
def test_the_walk_works_as_written(walk: Path, tmp_path: Path) -> None:
    fences = FENCE.findall(walk.read_text(encoding="utf-8"))
    for _, title, content in fences:
        if title:
            (tmp_path / title).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / title).write_text(content)
    install(tmp_path)
    shown = 0
    for language, _, content in fences:
        if language != "console":
            continue
        for part in re.split(r"^\$ ", content, flags=re.MULTILINE)[1:]:
            command, _, expected = part.partition("\n")
            if command.startswith("pip "):
                continue
            got = run(command, tmp_path)
            if expected.strip() != "...":
                pattern = re.escape(expected.rstrip()).replace(re.escape("..."), ".*?")
                assert re.fullmatch(pattern, got.rstrip(), re.DOTALL), f"$ {command}\n{got}"
            shown += 1
    assert shown, "a walk shows at least one command"


def test_the_package_of_the_pass_walk_is_the_one_in_the_examples() -> None:
    folder = ROOT / "examples" / "own_pass"
    fences = FENCE.findall((ROOT / "docs" / "walks" / "pass.md").read_text(encoding="utf-8"))
    files = {title: content for _, title, content in fences if title}
    kept = [path for path in folder.rglob("*") if path.suffix in (".toml", ".py", ".qw")]
    assert {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in kept} == files


def test_there_is_a_walk_for_each_extension_point() -> None:
    assert {"instruction", "pass", "backend"} <= {walk.stem for walk in WALKS}
