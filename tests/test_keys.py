"""Public keys: what is refused is every spelling of the points of small order, and nothing that somebody made."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from qwasm.diagnostics import QwasmError
from qwasm.keys import SMALL_ORDER, keyid, public_key, trusted, verifies

# Ed25519 is -x^2 + y^2 = 1 + d x^2 y^2 modulo q, a group of 8 L points, L prime (RFC 8032, section 5.1).
Point = tuple[int, int]
q, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
d = -121665 * pow(121666, -1, q) % q
ZERO: Point = (0, 1)


def plus(a: Point, b: Point) -> Point:
    (x1, y1), (x2, y2) = a, b
    t = d * x1 * x2 * y1 * y2
    return (x1 * y2 + x2 * y1) * pow(1 + t, -1, q) % q, (y1 * y2 + x1 * x2) * pow(1 - t, -1, q) % q


def times(k: int, a: Point) -> Point:
    found = ZERO
    for bit in f"{k:b}":
        found = plus(found, found)
        if bit == "1":
            found = plus(found, a)
    return found


def point(y: int) -> Point | None:
    """A point of this height, if there is one; modulo q = 5 mod 8 a root is u^((q+3)/8), or that times sqrt(-1)."""
    square = (y * y - 1) * pow(d * y * y + 1, -1, q) % q
    for turn in (1, pow(2, (q - 1) // 4, q)):
        x = pow(square, (q + 3) // 8, q) * turn % q
        if x * x % q == square:
            return x, y
    return None


def spellings(a: Point) -> set[bytes]:
    """What a reader may take for a point: its height, perhaps q too large, and the sign of x, either for 0."""
    x, y = a
    heights = [height for height in (y, y + q) if height < 2**255]
    signs = (0, 1) if x == 0 else (x & 1,)
    return {(height | sign << 255).to_bytes(32, "little") for height in heights for sign in signs}


def test_the_refused_keys_are_all_spellings_of_the_points_of_small_order() -> None:
    torsion = {times(L, found) for y in range(2, 60) if (found := point(y)) is not None}
    small = {times(k, a) for a in torsion for k in range(8)}
    assert len(small) == 8 and all(times(8, a) == ZERO for a in small)
    assert set().union(*map(spellings, small)) == SMALL_ORDER


@pytest.mark.parametrize("raw", sorted(SMALL_ORDER), ids=lambda raw: raw.hex()[:8] + raw.hex()[-2:])
@pytest.mark.parametrize("write", [str.lower, str.upper])
def test_a_key_of_small_order_is_refused(raw: bytes, write: type[str], tmp_path: Path) -> None:
    (tmp_path / "k.pub").write_text(write(raw.hex()))
    for read in (public_key, lambda path: trusted([path]), lambda path: trusted([path.parent])):
        with pytest.raises(QwasmError, match=r"QW0572.*small order"):
            read(tmp_path / "k.pub")


@pytest.mark.parametrize("text", ["", "zz", "00" * 31, "00" * 33, "é" * 64])
def test_what_is_no_key_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "k.pub").write_text(text, encoding="utf-8")
    with pytest.raises(QwasmError, match=r"QW0572.*no public key"):
        public_key(tmp_path / "k.pub")
    with pytest.raises(QwasmError, match=r"QW0572.*no public key"):
        public_key(tmp_path / "missing.pub")


def test_a_good_key_is_read_and_named_and_tells_who_signed(tmp_path: Path) -> None:
    private, other = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    raw = private.public_key().public_bytes_raw()
    (tmp_path / "alice.pub").write_text(raw.hex() + "\n")
    found = trusted([tmp_path])
    assert [(name, who) for name, (who, _) in found.items()] == [(keyid(raw), "alice")]
    key = public_key(tmp_path / "alice.pub")[1]
    assert verifies(key, private.sign(b"m"), b"m")
    for signature, message in ((private.sign(b"m"), b"n"), (other.sign(b"m"), b"m"), (b"", b"m")):
        assert not verifies(key, signature, message)


def test_without_the_extra_keys_name_it(tmp_path: Path, no_cryptography: None) -> None:
    (tmp_path / "k.pub").write_text("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
    with pytest.raises(QwasmError, match=r"QW0599.*'sign'"):
        public_key(tmp_path / "k.pub")
