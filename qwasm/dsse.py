"""Dead Simple Signing Envelopes: what is signed is a payload with its type (github.com/secure-systems-lab/dsse).

>>> pre_authentication("text/x", b"hi")
b'DSSEv1 6 text/x 2 hi'
"""

from __future__ import annotations


def pre_authentication(kind: str, payload: bytes) -> bytes:
    """What DSSE signs: the type and the payload, each with its length before it."""
    return b"DSSEv1 %d %s %d %s" % (len(kind.encode()), kind.encode(), len(payload), payload)


__all__ = ["pre_authentication"]
