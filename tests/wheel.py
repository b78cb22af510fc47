"""The wheel test: build the wheel, look inside, install it alone, and run the tests against it.

Run as a script (`make wheel-test`).  The tests are copied away from the sources, so what they
import is what the wheel installed.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = {"qwasm", "qvm", "qwasm_passes", "qvm_backends"}
NEEDED = ("tests", "examples", "docs", "README.md", "CHANGELOG.md", "pyproject.toml")


def call(*words: str | Path, cwd: Path = ROOT) -> None:
    """Run a command and stop with its exit code when it fails."""
    done = subprocess.run([str(word) for word in words], cwd=cwd, check=False)
    if done.returncode:
        sys.exit(done.returncode)


def main() -> None:
    """Build, inspect, install, test."""
    with tempfile.TemporaryDirectory() as scratch_name:
        scratch = Path(scratch_name)
        call(sys.executable, "-m", "build", "--wheel", "--outdir", scratch / "dist")
        (wheel,) = (scratch / "dist").glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            names = archive.namelist()
        tops = {name.split("/")[0] for name in names if ".dist-info/" not in name}
        if tops != PACKAGES:
            sys.exit(f"the wheel installs {sorted(tops)}, not exactly {sorted(PACKAGES)}")
        for wanted in ("qwasm/grammar/qwasm.lark", *(f"{package}/py.typed" for package in sorted(PACKAGES))):
            if wanted not in names:
                sys.exit(f"the wheel lacks {wanted}")
        call(sys.executable, "-m", "venv", scratch / "env")
        python = scratch / "env" / "bin" / "python"
        call(python, "-m", "pip", "install", "--quiet", f"qwasm-toolchain[test] @ {wheel.as_uri()}")
        away = scratch / "away"
        away.mkdir()
        for name in NEEDED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, away / name, ignore=shutil.ignore_patterns("__pycache__", "benchmarks"))
            else:
                shutil.copy(source, away / name)
        call(scratch / "env" / "bin" / "pytest", "-o", "pythonpath=.", "-n", "2", "tests", cwd=away)
    print("wheel test: installed exactly", ", ".join(sorted(PACKAGES)))


if __name__ == "__main__":
    main()
