"""Golden tests as a pytest plugin: the fixture `golden` and the option `--bless`.

A golden file (`.qwt`) has parts that open with `# RUN name`; each is split at `----` into what goes in
and what comes out.  `pytest --bless` writes what came out.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Transform = Callable[[str, str], str]
Golden = Callable[[Path, Transform], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--bless` to pytest's options."""
    parser.addoption("--bless", action="store_true", help="write what golden tests print as what they expect")


@pytest.fixture
def bless(request: pytest.FixtureRequest) -> bool:
    """Whether expected texts are to be written instead of compared."""
    return bool(request.config.getoption("--bless"))


@pytest.fixture
def golden(bless: bool) -> Golden:
    """check(file, transform): each part's transform(name, source) is the text the file expects."""

    def check(path: Path, transform: Transform) -> None:
        written, wrong = [], []
        for part in path.read_text(encoding="utf-8").split("# RUN ")[1:]:
            name, rest = part.split("\n", 1)
            source, _, expected = rest.partition("----\n")
            got = transform(name.strip(), source).rstrip("\n") + "\n"
            written.append(f"# RUN {name}\n{source}----\n{got}\n")
            if got.strip() != expected.strip():
                wrong.append(f"{name}:\n--- expected\n{expected.strip()}\n--- got\n{got.strip()}")
        if bless:
            path.write_text("".join(written).rstrip("\n") + "\n", encoding="utf-8")
        else:
            assert not wrong, (
                "\n".join(wrong) + f"\nif this is right: pytest --bless, then read the diff of {path.name}"
            )

    return check


__all__ = ["Golden", "Transform", "bless", "golden"]
