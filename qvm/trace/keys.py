"""Ed25519 keys: made, kept encrypted, and read; the extra [sign] does the cryptography.

`NAME.key` is the private half (PKCS #8 in PEM, encrypted by a passphrase, mode 0600), `NAME.pub` the 64 hex digits of
the public half, as rule files take them too.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from qwasm.diagnostics import QwasmError, fail
from qwasm.record import record

SMALL_ORDER = frozenset(  # points whose multiples repeat after 1, 2, 4 or 8: they verify what nobody signed
    bytes.fromhex(text) for text in (
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    )
)  # fmt: skip


@record(eq=False)
class PrivateKey:
    """A key that signs; `keyid` names its public half."""

    keyid: str
    private: Any

    def sign(self, message: bytes) -> bytes:
        return bytes(self.private.sign(message))


def keyid(public: bytes) -> str:
    """The name of a public key."""
    return f"sha256:{sha256(public).hexdigest()}"


def ed25519() -> Any:
    """The module of keys; raises QwasmError QW0599 where the extra is missing."""
    try:
        from cryptography.hazmat.primitives.asymmetric import ed25519 as found
    except ImportError:
        raise fail("QW0599", "keys need the extra 'sign'", hint="pip install 'qwasm-toolchain[sign]'") from None
    return found


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


def public_key(path: Path) -> tuple[str, Any]:
    """(name, key) of a public key.  Raises QwasmError QW0572 for a file that is none, or a point of small order."""
    try:
        raw = bytes.fromhex(path.read_text(encoding="ascii").strip())
        if raw in SMALL_ORDER:
            raise wrong(path, "a key of small order, for which anybody can sign", None)
        return keyid(raw), ed25519().Ed25519PublicKey.from_public_bytes(raw)
    except (OSError, ValueError, UnicodeError) as error:
        raise wrong(path, "no public key", error) from None


def trusted(places: Sequence[Path]) -> dict[str, tuple[str, Any]]:
    """The public keys of files, and of the `.pub` files of folders: key id -> (file's name, key)."""
    found = {}
    for place in places:
        for path in sorted(place.glob("*.pub")) if place.is_dir() else [place]:
            name, key = public_key(path)
            found[name] = path.stem, key
    return found


def verifies(key: Any, signature: bytes, message: bytes) -> bool:
    """Whether a signature of a message was made by a key."""
    from cryptography.exceptions import InvalidSignature

    try:
        key.verify(signature, message)
    except InvalidSignature:
        return False
    return True


def wrong(path: Path, what: str, error: object) -> QwasmError:
    said = f"{path} is {what}" + (f": {error}" if error and str(error) else "")
    return fail("QW0572", said, hint="make keys by `qvm keys new`; a public key is 64 hex digits")


__all__ = ["PrivateKey", "keyid", "new", "private_key", "public_key", "trusted", "verifies"]
