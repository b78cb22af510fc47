"""Signatures, locks and pruning: what a rule file is trusted for, and what of it is kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from qwasm.diagnostics import QwasmError
from qwasm.dsse import pre_authentication
from qwasm.keys import SMALL_ORDER
from qwasm.rules import load, read_file
from qwasm.rules.lock import read_lock, write_lock
from qwasm.rules.prune import pruned, read_statistics, without
from qwasm.rules.sign import TYPE, envelope
from tests.rules.packs import HEAD, codes, row, swap


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "x.qwr"
    path.write_text(HEAD + swap())
    return path


@pytest.fixture
def keys(tmp_path: Path, file: Path) -> Path:
    """A folder with one trusted key, and a signature by it beside the file."""
    private = Ed25519PrivateKey.generate()
    folder = tmp_path / "keys"
    folder.mkdir()
    (folder / "alice.pub").write_text(private.public_key().public_bytes_raw().hex() + "\n")
    (tmp_path / "x.qwr.sig").write_bytes(envelope(read_file(file), private.sign, "alice"))
    return folder


def refusal(file: Path, **options: object) -> list[str]:
    with pytest.raises(QwasmError) as caught:
        load([file], **options)  # type: ignore[arg-type]
    return codes(caught.value)


def test_a_good_signature_is_verified(file: Path, keys: Path) -> None:
    assert load([file], keys=keys, require_signed=True).remarks == ()


def test_a_comment_does_not_break_a_signature_and_a_rule_does(file: Path, keys: Path) -> None:
    file.write_text("# checked by hand\n" + HEAD + swap())
    assert load([file], keys=keys).remarks == ()
    file.write_text(HEAD + swap(where=["p < q"]))
    assert refusal(file, keys=keys) == ["QW0558"]
    assert refusal(file) == ["QW0558"]


@pytest.mark.parametrize("position", range(0, 88, 8))
def test_a_changed_signature_refuses_the_file(file: Path, keys: Path, position: int) -> None:
    beside = file.with_name("x.qwr.sig")
    content = json.loads(beside.read_text())
    old = content["signatures"][0]["sig"]
    content["signatures"][0]["sig"] = old[:position] + ("A" if old[position] != "A" else "B") + old[position + 1 :]
    beside.write_text(json.dumps(content))
    assert refusal(file, keys=keys) == ["QW0558"]


def test_a_signature_that_no_trusted_key_made_refuses_the_file(file: Path, keys: Path) -> None:
    (keys / "alice.pub").write_text(Ed25519PrivateKey.generate().public_key().public_bytes_raw().hex())
    assert refusal(file, keys=keys) == ["QW0558"]
    (keys / "alice.pub").unlink()
    assert refusal(file, keys=keys) == ["QW0558"]


@pytest.mark.parametrize("raw", sorted(SMALL_ORDER), ids=lambda raw: raw.hex()[:8] + raw.hex()[-2:])
def test_a_key_of_small_order_refuses_the_file_whoever_signed_it(raw: bytes, file: Path, keys: Path) -> None:
    (keys / "mallory.pub").write_text(raw.hex())
    assert refusal(file, keys=keys) == ["QW0572"]
    assert refusal(file, keys=keys / "mallory.pub") == ["QW0572"]
    # with the neutral point for R and 0 for s the equation s B = R + h P holds when h P is neutral: nobody signed
    beside = file.with_name("x.qwr.sig")
    beside.write_bytes(envelope(read_file(file), lambda message: bytes([1]) + bytes(63), "mallory"))
    assert refusal(file, keys=keys, require_signed=True) == ["QW0572"]


def test_what_is_no_key_refuses_the_file(file: Path, keys: Path) -> None:
    (keys / "bob.pub").write_text("no key")
    assert refusal(file, keys=keys) == ["QW0572"]
    assert refusal(file, keys=keys / "missing.pub") == ["QW0572"]


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"payloadType": "text/plain"}', "[" * 100_000])
def test_a_malformed_envelope_refuses_the_file(file: Path, text: str) -> None:
    file.with_name("x.qwr.sig").write_text(text)
    assert refusal(file) == ["QW0558"]


def test_without_the_extra_a_signature_is_a_remark_and_a_required_one_an_error(
    file: Path, tmp_path: Path, no_cryptography: None
) -> None:
    file.with_name("x.qwr.sig").write_bytes(envelope(read_file(file), lambda message: bytes(64), "k"))
    assert [d.code for d in load([file], keys=tmp_path).remarks] == ["QW0951"]
    assert refusal(file, keys=tmp_path, require_signed=True) == ["QW0559"]


def test_an_unsigned_file_is_refused_only_where_a_signature_is_required(file: Path, tmp_path: Path) -> None:
    assert load([file], keys=tmp_path).remarks == ()
    assert refusal(file, keys=tmp_path, require_signed=True) == ["QW0559"]


def test_what_is_signed_is_the_dsse_pre_authentication_encoding() -> None:
    assert pre_authentication(TYPE, b"ab") == b"DSSEv1 32 application/vnd.qwasm.rules+json 2 ab"


def test_a_lock_holds_files_to_their_digests(file: Path, tmp_path: Path) -> None:
    lock = tmp_path / "rules.lock"
    lock.write_text(write_lock(load([file]).digests))
    assert read_lock(lock) == load([file], lock=lock).digests
    file.write_text(HEAD + swap(id="other"))
    assert refusal(file, lock=lock) == ["QW0561"]
    file.write_text(HEAD + swap())
    other = tmp_path / "y.qwr"
    other.write_text(HEAD + swap(id="other"))
    with pytest.raises(QwasmError, match=r"y\.qwr is not in the lock"):
        load([file, other], lock=lock)
    lock.write_text(write_lock({**load([file]).digests, "gone.qwr": "sha256:" + "0" * 64}))
    assert refusal(file, lock=lock) == ["QW0561"]


def test_two_files_of_one_name_are_both_held_to_the_lock(file: Path, tmp_path: Path) -> None:
    lock = tmp_path / "rules.lock"
    lock.write_text(write_lock(load([file]).digests))
    (tmp_path / "other").mkdir()
    other = tmp_path / "other" / "x.qwr"
    other.write_text(HEAD + swap(id="other"))
    for files in ([other, file], [file, other]):
        with pytest.raises(QwasmError, match=r"x\.qwr is another file"):
            load(files, lock=lock)


@pytest.mark.parametrize("text", [b"", b"\xff", b"# qwasm-lock/2\n", b"# qwasm-lock/1\nsha256:12 x\n"])
def test_a_malformed_lock_is_refused(file: Path, tmp_path: Path, text: bytes) -> None:
    lock = tmp_path / "rules.lock"
    lock.write_bytes(text)
    assert refusal(file, lock=lock) == ["QW0560"]


def test_macros_that_do_not_pay_are_pruned_with_a_reason(tmp_path: Path) -> None:
    file = tmp_path / "m.qwr"
    text = (
        HEAD
        + "# kept\n"
        + swap()
        + "".join(
            row("macro", name=f"M{i}", parameters=["p"], expansion="A[p] B[p]") + '[macro.origin]\nrun = "r"\n'
            for i in range(3)
        )
    )
    file.write_text(text)
    stats = tmp_path / "stats.json"
    stats.write_text(
        '{"macros": {"M0": {"uses": 9, "saved": 90, "cost": 3}, "M1": {"uses": 2, "saved": 0.5, "cost": 3}}}'
    )
    pack = read_file(file)
    found = pruned(pack, read_statistics(str(stats)))
    assert found == [("M1", "its 2 uses saved 1/2, it costs 3"), ("M2", "it was never used")]
    file.write_text(without(pack, {name for name, _ in found}))
    left = read_file(file)
    assert [macro.name for macro in left.macros] == ["M0"] and left.rules == pack.rules and "# kept" in left.text


@pytest.mark.parametrize(
    "text", ["[]", "{", '{"macros": {"M": {"uses": -1, "saved": 0}}}', '{"macros": {"M": {"uses": 1, "saved": NaN}}}']
)
def test_malformed_statistics_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "s.json").write_text(text)
    with pytest.raises(QwasmError) as caught:
        read_statistics(str(tmp_path / "s.json"))
    assert codes(caught.value) == ["QW0562"]
