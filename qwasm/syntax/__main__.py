"""Storing the parse tables beside the grammar: `python -m qwasm.syntax`, after the grammar has changed."""

from __future__ import annotations

from pathlib import Path

from qwasm.syntax.tables import GRAMMAR, STORED, folder, generate, store


def main() -> None:
    """Generate the tables of the grammar in the source tree and store them."""
    place = folder()
    if not isinstance(place, Path):
        raise SystemExit("the grammar is inside an archive; store its tables in the source tree")
    grammar = (place / GRAMMAR).read_text(encoding="utf-8")
    (place / STORED).write_text(store(generate(grammar), grammar), encoding="utf-8")


if __name__ == "__main__":
    main()
