"""The options about rule files: which to use, and what they must show beside their proofs."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

RULES = click.option(
    "--rules", multiple=True, metavar="F.qwr", help="Use the rules of this file; each is proved again."
)


def trust_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """--lock, --keys and --require-signed; the command is given them as one Trust, `trust`."""

    @wraps(command)
    def wrapped(*, lock: str | None, keys: str | None, require_signed: bool, **given: Any) -> Any:
        from qwasm.rules.trust import Trust

        return command(trust=Trust(lock, keys, require_signed), **given)

    found: Callable[..., Any] = wrapped
    for option in (
        click.option("--require-signed", is_flag=True, help="Refuse rule files without a checked signature."),
        click.option(
            "--keys", type=click.Path(exists=True), metavar="DIR", help="Trusted keys, NAME.pub each; or one of them."
        ),
        click.option("--lock", metavar="FILE", help="Refuse rule files whose digests are not those of this lock."),
    ):
        found = option(found)
    return found


__all__ = ["RULES", "trust_options"]
