"""Verification: every byte of a bundle against its seal, every signature against trusted keys, and the run itself.

A bundle has one form, so whatever is changed shows: a digest, the statement, the envelope, or the zip around them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from qvm.trace.pack import as_json, as_npz, as_zip
from qvm.trace.read import Bundle
from qvm.trace.schema import COLUMNS, DETERMINISTIC, JSONS, SEAL
from qvm.trace.seal import PAYLOAD, fingerprint, opened, statement
from qwasm.diagnostics import QwasmError
from qwasm.dsse import pre_authentication
from qwasm.keys import verifies
from qwasm.record import record


@record
class Verdict:
    """What was found wrong, and by whom the bundle was signed, as far as trusted keys tell."""

    faults: tuple[str, ...]
    signers: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return not self.faults


def verify(bundle: Bundle, keys: Mapping[str, tuple[str, Any]] | None = None, signed: bool = False) -> Verdict:
    """Check a bundle; `keys` are trusted public keys (`qwasm.keys.trusted`), `signed` wants one of them to fit."""
    faults = [*forms(bundle), *digests(bundle)]
    signers, wrong = signatures(bundle, keys)
    if signed and not signers:
        wrong.append("no trusted key has signed it" if bundle.signatures else "it is unsigned")
    return Verdict((*faults, *wrong), tuple(signers))


def forms(bundle: Bundle) -> list[str]:
    """Files that are not in their one form."""
    files = bundle.files
    faults = []
    if bundle.path.is_file() and as_zip(files) != bundle.path.read_bytes():
        faults.append("the zip around the files is not as it was written")
    for name in files:
        try:
            if (name in JSONS and as_json(bundle.json(name)) != files[name]) or (
                name in COLUMNS and as_npz(bundle.columns(name)) != files[name]
            ):
                faults.append(f"{name} is not as it was written")
            elif name.startswith("program"):
                files[name].decode()
        except (QwasmError, UnicodeError) as error:
            faults.append(str(error))
    return faults


def digests(bundle: Bundle) -> list[str]:
    """Files, fingerprint and statement that do not belong together."""
    inside = {name: data for name, data in bundle.files.items() if name != SEAL}
    try:
        payload, _ = opened(bundle.files[SEAL])
        found = [] if fingerprint(inside) == bundle.fingerprint else ["the fingerprint is not that of the contents"]
        return found + ([] if payload == statement(inside) else ["the seal is not that of these files"])
    except (ValueError, KeyError, TypeError) as error:
        return [f"the seal is broken: {error}"]


def signatures(bundle: Bundle, keys: Mapping[str, tuple[str, Any]] | None) -> tuple[list[str], list[str]]:
    """(names of the trusted keys that signed, faults)."""
    try:
        payload, rows = opened(bundle.files[SEAL])
    except ValueError:
        return [], []
    if not keys:
        return [], []
    signers, faults = [], []
    for name, signature in rows:
        if name not in keys:
            faults.append(f"the signature of {name} has no trusted key")
        elif verifies(keys[name][1], signature, pre_authentication(PAYLOAD, payload)):
            signers.append(keys[name][0])
        else:
            faults.append(f"the signature of {keys[name][0]} is wrong")
    return signers, faults


def replayed(bundle: Bundle, data: Sequence[Path] = ()) -> list[str]:
    """Run the program of a bundle again, by the same backend and seed; the deterministic parts that differ now."""
    from qvm.api import Compiled
    from qvm.trace.run import recorded
    from qwasm.limits import DEFAULT

    meta = bundle.meta
    compiled = Compiled(None, bundle.program, (), str(meta["backend"]), DEFAULT)
    files, error = recorded(compiled, int(meta["seed"]), data)
    if meta["failed"] and error is None:
        return ["it does not fail now"]
    if error is not None and not meta["failed"]:
        return [f"it fails now: {error}"]
    again = Bundle(bundle.path, files)
    names = {*again.meta["outputs"], *meta["outputs"]}
    faults = [
        f"the output {name} is another one now"
        for name in sorted(names)
        if again.meta["outputs"].get(name) != meta["outputs"].get(name)
    ]
    return faults + [f"{name} is another one now" for name in DETERMINISTIC if files[name] != bundle.files[name]]


__all__ = ["Verdict", "replayed", "verify"]
