"""Signatures of rule files: a DSSE envelope beside the file, checked when the extra [sign] is installed.

`words.qwr.sig` is a JSON envelope (Dead Simple Signing Envelope, github.com/secure-systems-lab/dsse) whose
payload is the canonical form of the pack and whose Ed25519 signatures are made with trusted keys (`qwasm.keys`): a
folder of them, or one.  A signature that does not fit refuses the whole file, and so does a key that is none.
"""

from __future__ import annotations

import base64
import binascii
import json
from pathlib import Path
from typing import Any, Literal

from qwasm.diagnostics import QwasmError, fail
from qwasm.dsse import pre_authentication
from qwasm.keys import EXTRA, library, trusted, verifies
from qwasm.rules.pack import Pack

TYPE = "application/vnd.qwasm.rules+json"
MOST = 8 << 20
Signed = Literal["none", "unchecked", "verified"]
HINT = "take the file and its .sig from the same place, or remove the .sig"


def signature_of(pack: Pack, keys: Path | None, required: bool = False, home: Path | None = None) -> tuple[Signed, str]:
    """Whether a pack is signed: (none | unchecked | verified, who signed or why it was not checked).

    home: where its file lies, if its name is not the path.

    Raises QwasmError QW0558 when a signature does not fit the file, QW0559 when one is required and cannot
    be shown, QW0572 when a trusted key is no key.
    """
    beside = Path(f"{home or pack.file}.sig")
    state, who = _signature(pack, beside, keys) if beside.is_file() else ("none", "there is no signature beside it")
    if required and state != "verified":
        raise fail(
            "QW0559", f"{pack.file} carries no checked signature: {who}", hint="name the trusted keys: --keys DIR"
        )
    return state, who


def _signature(pack: Pack, beside: Path, keys: Path | None) -> tuple[Signed, str]:
    envelope = read_envelope(beside)
    if envelope["payload"] != pack.canonical:
        raise _mismatch(beside, "it signs other content")
    if keys is None:
        return "unchecked", "no trusted keys are named"
    if library() is None:
        return "unchecked", f"the extra is not installed: {EXTRA}"
    message = pre_authentication(TYPE, envelope["payload"])
    for name, key in trusted([keys]).values():
        if any(verifies(key, signature, message) for signature in envelope["signatures"]):
            return "verified", name
    raise _mismatch(beside, f"no key of {keys} made it")


def read_envelope(path: Path) -> dict[str, Any]:
    """The payload and the signatures of an envelope, as bytes.  Raises QW0558 for anything malformed."""
    try:
        if path.stat().st_size > MOST:
            raise _mismatch(path, f"it has more than {MOST} bytes")
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["payloadType"] != TYPE:
            raise _mismatch(path, f"its payload is {content['payloadType']!r}")
        return {
            "payload": base64.b64decode(content["payload"], validate=True),
            "signatures": [base64.b64decode(row["sig"], validate=True) for row in content["signatures"]],
        }
    except OSError as error:
        raise _mismatch(path, error.strerror or "it cannot be read") from None
    except (ValueError, KeyError, TypeError, binascii.Error, RecursionError):
        raise _mismatch(path, "it is no DSSE envelope") from None


def envelope(pack: Pack, sign: Any, keyid: str) -> bytes:
    """The envelope of a pack; `sign` maps bytes to a signature, as the `sign` of an Ed25519 private key does."""
    signature = base64.b64encode(sign(pre_authentication(TYPE, pack.canonical))).decode()
    content = {
        "payloadType": TYPE,
        "payload": base64.b64encode(pack.canonical).decode(),
        "signatures": [{"keyid": keyid, "sig": signature}],
    }
    return json.dumps(content, sort_keys=True, indent=1).encode() + b"\n"


def _mismatch(path: Path, why: str) -> QwasmError:
    return fail("QW0558", f"the signature {path} does not fit the rule file: {why}", hint=HINT)


__all__ = ["TYPE", "Signed", "envelope", "signature_of"]
