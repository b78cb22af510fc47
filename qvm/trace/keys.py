"""Private keys: Ed25519, made with their public halves, kept encrypted, and read; the extra [sign] does the work.

`NAME.key` is the private half (PKCS #8 in PEM, encrypted by a passphrase, mode 0600), `NAME.pub` the public one
(`qwasm.keys`).
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any

from qwasm.diagnostics import fail
from qwasm.keys import ed25519, keyid, wrong
from qwasm.record import record


@record(eq=False)
class PrivateKey:
    """A key that signs; `keyid` names its public half."""

    keyid: str
    private: Any

    def sign(self, message: bytes) -> bytes:
        return bytes(self.private.sign(message))


def new(path: Path, passphrase: bytes) -> str:
    """Make a pair of keys, `path` with .key and .pub; the name of the public half.  Nothing is overwritten."""
    private = ed25519().Ed25519PrivateKey.generate()
    from cryptography.hazmat.primitives import serialization as forms

    public = private.public_key().public_bytes(forms.Encoding.Raw, forms.PublicFormat.Raw)
    secret = private.private_bytes(
        forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.BestAvailableEncryption(passphrase)
    )
    made: list[Path] = []
    try:
        for place, data, mode in (
            (path.with_suffix(".key"), secret, 0o600), (path.with_suffix(".pub"), public.hex().encode() + b"\n", 0o644),
        ):  # fmt: skip
            descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            made.append(place)
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(data)
    except OSError as error:
        for place in made:
            with contextlib.suppress(OSError):
                place.unlink()
        hint = "choose another name; keys are never overwritten"
        raise fail("QW0801", f"the keys {path} cannot be written: {error.strerror}", hint=hint) from None
    return keyid(public)


def private_key(path: Path, passphrase: bytes) -> PrivateKey:
    """Read a private key.  Raises QwasmError QW0572 for a file that is none, or another passphrase."""
    kinds = ed25519()
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization as forms

    try:
        key = forms.load_pem_private_key(path.read_bytes(), passphrase)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise wrong(path, "no private key under this passphrase", error) from None
    if not isinstance(key, kinds.Ed25519PrivateKey):
        raise wrong(path, "a key of another kind than Ed25519", None)
    public = key.public_key().public_bytes(forms.Encoding.Raw, forms.PublicFormat.Raw)
    return PrivateKey(keyid(public), key)


__all__ = ["PrivateKey", "new", "private_key"]
