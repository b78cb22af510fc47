"""Public keys: Ed25519, read from files, named, and asked who signed; the extra [sign] does the cryptography.

`NAME.pub` holds the 64 hex digits of a raw public key.  Trace bundles and rule files take the same keys.  A point P
of small order, k P = 0 for k = 1, 2, 4 or 8, is none: a signature (R, s) of a message fits when s B = R + h P, and
there anybody finds one, for h P takes few values and no secret is needed to hit one of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from qwasm.diagnostics import QwasmError, fail

EXTRA = "pip install 'qwasm-toolchain[sign]'"
SMALL_ORDER = frozenset(  # the eight points, in every way to write them that a reader may take
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


def keyid(public: bytes) -> str:
    """The name of a public key."""
    return f"sha256:{sha256(public).hexdigest()}"


def library() -> Any | None:
    """The module of keys, or None where the extra is missing."""
    try:
        from cryptography.hazmat.primitives.asymmetric import ed25519 as found
    except ImportError:
        return None
    return found


def ed25519() -> Any:
    """The module of keys; raises QwasmError QW0599 where the extra is missing."""
    found = library()
    if found is None:
        raise fail("QW0599", "keys need the extra 'sign'", hint=EXTRA)
    return found


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
    """QW0572: a file is not the key that it should be."""
    said = f"{path} is {what}" + (f": {error}" if error and str(error) else "")
    return fail("QW0572", said, hint="make keys by `qvm keys new`; a public key is 64 hex digits")


__all__ = ["EXTRA", "ed25519", "keyid", "library", "public_key", "trusted", "verifies", "wrong"]
