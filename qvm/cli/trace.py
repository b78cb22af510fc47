"""qvm trace and qvm keys: bundles of runs shown, verified, compared and exported; keys that seal them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from qvm.cli.common import output, say, write_whole

if TYPE_CHECKING:
    from pathlib import Path

BUNDLE = click.Path()
PASSPHRASE = "QVM_KEY_PASSPHRASE"
KEYS = click.option("--keys", multiple=True, type=click.Path(exists=True), metavar="PATH",
                    help="Trusted public keys: a .pub file, or a folder of them.")  # fmt: skip


@click.group()
def trace() -> None:
    """Read trace bundles, which `qvm run --trace OUT.qtb` writes."""


@trace.command("show")
@click.argument("bundle", type=BUNDLE)
@click.option("--html", "page", metavar="FILE", help="Write a report of one HTML file instead.")
@click.option("--plot", "plotted", metavar="FILE", help="Write time by source line as a picture; needs the extra viz.")
@click.option("--roof", is_flag=True, help="Measure this machine's memory and say what share of it each line reached.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object of schema qvm.trace.show/1.")
def show(bundle: str, page: str | None, plotted: str | None, roof: bool, as_json: bool) -> None:
    """Say what ran, where the time went by source line, which primes, and what came out."""
    from qvm.trace.read import read
    from qvm.trace.show import by_line, features, primes_of, table

    found = read(bundle)
    if page is not None:
        from qvm.trace.report import html

        write_whole(page, html(found).encode())
        return
    if plotted is not None:
        from qvm.trace.plot import plot

        plot(found, plotted)
        return
    if as_json:
        import json

        output(json.dumps({
            "schema": "qvm.trace.show/1", "meta": found.meta, "energy": found.energy, "errors": found.errors,
            "signatures": found.signatures, "lines": by_line(found), "letters": primes_of(found),
            "spectral": features(found),
        }, indent=2), None)  # fmt: skip
        return
    bandwidth = None
    if roof:
        from qvm.tuning.speeds import measured

        bandwidth = 1e9 / measured().byte
    output(table(found, bandwidth), None)


@trace.command("verify")
@click.argument("bundle", type=BUNDLE)
@KEYS
@click.option("--require-signed", "signed", is_flag=True, help="Fail unless a trusted key has signed it.")
@click.option("--replay", is_flag=True, help="Run the program again and compare what it gives.")
@click.option("--data", multiple=True, type=click.Path(exists=True, file_okay=False), metavar="DIR",
              help="Grant a folder to the program that is run again.")  # fmt: skip
def verify_command(bundle: str, keys: tuple[str, ...], signed: bool, replay: bool, data: tuple[str, ...]) -> None:
    """Check every byte of BUNDLE against its seal, and its signatures against trusted keys."""
    from pathlib import Path

    from qvm.trace.read import read
    from qvm.trace.verify import replayed, verify
    from qwasm.diagnostics import fail
    from qwasm.keys import trusted

    found = read(bundle)
    verdict = verify(found, trusted([Path(place) for place in keys]) if keys else None, signed)
    faults = list(verdict.faults)
    if replay and not faults:
        faults = replayed(found, [Path(place) for place in data])
    if faults:
        hint = "what it tells was not told by the run" if verdict.faults else "another version, machine or input"
        raise fail("QW0574", f"{bundle} does not verify: {faults[0]}", hint=hint, notes=faults[1:9])
    who = f"signed by {', '.join(verdict.signers)}" if verdict.signers else found.seal
    output(f"whole, {who}; {found.fingerprint}{'; the run gives the same again' if replay else ''}", None)


@trace.command("diff")
@click.argument("a", type=BUNDLE)
@click.argument("b", type=BUNDLE)
@click.option("--json", "as_json", is_flag=True, help="One JSON object of schema qvm.trace.diff/1.")
def diff(a: str, b: str, as_json: bool) -> int:
    """Explain what changed from A to B: program, rules, schedule, letters, results, speed.

    Exit codes: 0 when the deterministic parts are equal, 1 when they differ.
    """
    from qvm.trace.diff import differences
    from qvm.trace.read import read

    one, two = read(a), read(b)
    rows, same = differences(one, two), one.fingerprint == two.fingerprint
    if as_json:
        import json

        tree = {"schema": "qvm.trace.diff/1", "same": same, "differences": [{"kind": k, "what": w} for k, w in rows]}
        output(json.dumps(tree, indent=2), None)
        return 0 if same else 1
    said = [f"{kind:<9} {what}" for kind, what in rows]
    output("\n".join(["the same computation" if same else "different computations", *said]), None)
    return 0 if same else 1


@trace.command("export")
@click.argument("bundle", type=BUNDLE)
@click.option("--to", "form", required=True, type=click.Choice(["perfetto", "csv", "parquet", "hdf5"]))
@click.option("-o", "out", metavar="FILE", help="Write here instead of beside the bundle.")
def export(bundle: str, form: str, out: str | None) -> None:
    """Write BUNDLE in a format that other programs read; Parquet and HDF5 need the extra data."""
    from qvm.trace.export import default_name, exported
    from qvm.trace.read import read

    found = read(bundle)
    place = out or str(default_name(found, form))
    write_whole(place, exported(found, form))
    say(f"wrote {place}")


@click.group()
def keys() -> None:
    """Make and show the Ed25519 keys that seal trace bundles; they need the extra sign."""


@keys.command("new")
@click.argument("name", type=click.Path())
def new_key(name: str) -> None:
    """Make NAME.key, encrypted by a passphrase, and NAME.pub.

    The passphrase is asked for, or taken from the environment variable QVM_KEY_PASSPHRASE.
    """
    from pathlib import Path

    from qvm.trace.keys import new
    from qwasm.keys import ed25519

    ed25519()  # without the extra nothing is asked
    given = os.environ.get(PASSPHRASE)
    if not given:
        given = click.prompt("passphrase", hide_input=True, confirmation_prompt=True, err=True)
    output(new(Path(name), given.encode()), None)


@keys.command("show")
@click.argument("file", type=click.Path())
def show_key(file: str) -> None:
    """Print the id of a public key, which bundles name it by."""
    from pathlib import Path

    from qwasm.keys import public_key

    output(public_key(Path(file))[0], None)


def signing_key(path: Path) -> Any:
    """A private key of `--sign`, its passphrase asked for or taken from the environment."""
    from qvm.trace.keys import private_key

    given = os.environ.get(PASSPHRASE) or click.prompt(f"passphrase of {path}", hide_input=True, err=True)
    return private_key(path, given.encode())


__all__ = ["keys", "signing_key", "trace"]
