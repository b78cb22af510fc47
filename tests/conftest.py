"""What every test shares: the `--bless` option and the golden fixture.

A golden file (`.qwt`) has parts that open with `# RUN name`; each is split at `----` into what goes in
and what comes out.  `pytest --bless` writes what came out.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy: workers that share cores only wait for each other

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("deep", max_examples=5000, deadline=None, suppress_health_check=list(HealthCheck))

Transform = Callable[[str, str], str]
Golden = Callable[[Path, Transform], None]


def pytest_addoption(parser: pytest.Parser) -> None:
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
