"""Seals: every file of a bundle by its digest in an in-toto Statement, in a DSSE envelope with any signatures.

The envelope has one form (github.com/secure-systems-lab/dsse, in-toto.io/Statement/v1), so that a changed byte shows
even where nobody signed.  Signatures are Ed25519; a key is named by the SHA-256 of its public half.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from qvm.trace.pack import as_json
from qvm.trace.schema import DETERMINISTIC, SCHEMA
from qwasm.dsse import pre_authentication

PAYLOAD = "application/vnd.in-toto+json"
STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "urn:qwasm:trace:1"


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def fingerprint(files: Mapping[str, bytes]) -> str:
    """The digest of the deterministic parts: equal computations on one backend have one fingerprint."""
    meta = json.loads(files["meta.json"])
    parts = {name: digest(files[name]) for name in DETERMINISTIC if name in files}
    same = {name: value for name, value in meta.items() if name not in ("host", "fingerprint")}
    return f"sha256:{digest(as_json({'meta': same, **parts}))}"


def statement(files: Mapping[str, bytes]) -> bytes:
    """The Statement about a bundle's files."""
    return as_json({
        "_type": STATEMENT,
        "subject": [{"name": name, "digest": {"sha256": digest(files[name])}} for name in sorted(files)],
        "predicateType": PREDICATE,
        "predicate": {"schema": SCHEMA, "fingerprint": fingerprint(files)},
    })  # fmt: skip


def sealed(files: Mapping[str, bytes], keys: Sequence[Any] = ()) -> bytes:
    """The envelope, signed by private keys (`qvm.trace.keys.PrivateKey`)."""
    payload = statement(files)
    made = [{"keyid": key.keyid, "sig": encoded(key.sign(pre_authentication(PAYLOAD, payload)))} for key in keys]
    return as_json({
        "payload": encoded(payload), "payloadType": PAYLOAD,
        "signatures": sorted(made, key=lambda row: (row["keyid"], row["sig"])),
    })  # fmt: skip


def opened(envelope: bytes) -> tuple[bytes, list[tuple[str, bytes]]]:
    """The payload and the (key id, signature) pairs; raises ValueError for an envelope not in its one form."""
    try:
        tree = json.loads(envelope)
        payload = base64.b64decode(tree["payload"], validate=True)
        signatures = [(str(row["keyid"]), base64.b64decode(row["sig"], validate=True)) for row in tree["signatures"]]
        ordered = sorted(tree["signatures"], key=lambda row: (row["keyid"], row["sig"]))
        same = {"payload": encoded(payload), "payloadType": PAYLOAD, "signatures": ordered}
        rows = [{"keyid": name, "sig": encoded(sig)} for name, sig in signatures]
        if as_json(same) != envelope or rows != tree["signatures"]:
            raise ValueError("it is not in its one form")
    except (KeyError, TypeError, AttributeError, binascii.Error, RecursionError, UnicodeError) as error:
        raise ValueError(f"it is no DSSE envelope: {error}") from None
    return payload, signatures


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


__all__ = ["PAYLOAD", "digest", "fingerprint", "opened", "sealed", "statement"]
