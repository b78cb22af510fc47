"""Seals: every changed byte shows, wherever it stands, and nobody signs for another."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import qvm
from qvm.trace.keys import new, private_key
from qvm.trace.pack import as_json, as_npz, as_zip
from qvm.trace.read import Bundle, read
from qvm.trace.schema import SEAL
from qvm.trace.seal import sealed
from qvm.trace.verify import replayed, verify
from qwasm.diagnostics import QwasmError
from qwasm.keys import SMALL_ORDER, public_key, trusted
from tests.command import run_command

SMALL = '.space N = 4\n.func main\nbasis q0, 1\nemit "q", q0\nend'


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("seals")
    new(folder / "ours", b"secret")
    new(folder / "theirs", b"other")
    qvm.compile(SMALL).run(trace=folder / "plain.qtb")
    qvm.compile(SMALL).run(trace=folder / "signed.qtb", sign=[private_key(folder / "ours.key", b"secret")])
    return folder


def detected(data: bytes, path: Path, keys: object) -> bool:
    """Whether a file with these bytes is refused or does not verify."""
    path.write_bytes(data)
    try:
        return not verify(read(path), keys, signed=True).ok  # type: ignore[arg-type]
    except QwasmError:
        return True


def test_a_whole_bundle_verifies(place: Path) -> None:
    ours = trusted([place / "ours.pub"])
    assert verify(read(place / "plain.qtb")).ok and verify(read(place / "signed.qtb")).ok
    assert verify(read(place / "signed.qtb"), ours, signed=True).signers == ("ours",)
    assert read(place / "plain.qtb").seal == "unsigned" and "unsigned" in repr(read(place / "plain.qtb"))
    assert not verify(read(place / "plain.qtb"), ours, signed=True).ok
    assert replayed(read(place / "signed.qtb")) == []


def test_every_flip_of_a_byte_is_detected(place: Path, tmp_path: Path) -> None:
    data, keys = (place / "signed.qtb").read_bytes(), trusted([place / "ours.pub"])
    assert not detected(data, tmp_path / "x.qtb", keys)
    rng = np.random.default_rng(1)
    missed = []
    for at in range(len(data)):
        bit = 1 << int(rng.integers(8))
        if not detected(data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :], tmp_path / "x.qtb", keys):
            missed.append((at, bit))
    assert not missed


def test_every_truncation_is_detected(place: Path, tmp_path: Path) -> None:
    data, keys = (place / "signed.qtb").read_bytes(), trusted([place / "ours.pub"])
    assert all(detected(data[:end], tmp_path / "x.qtb", keys) for end in range(len(data)))
    assert detected(data + b"\0", tmp_path / "x.qtb", keys) and detected(b"\0" + data, tmp_path / "x.qtb", keys)


def test_every_flip_of_an_unsigned_bundle_shows_as_well(place: Path, tmp_path: Path) -> None:
    data, path = (place / "plain.qtb").read_bytes(), tmp_path / "x.qtb"
    rng = np.random.default_rng(2)
    for at in rng.choice(len(data), 400, replace=False).tolist():
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        try:
            assert not verify(read(path)).ok, at
        except QwasmError:
            continue


def changed(bundle: Bundle, **files: bytes | None) -> dict[str, bytes]:
    """The files with some replaced or taken away, not sealed again; `_` stands for the dot of a name."""
    found = dict(bundle.files)
    for name, data in files.items():
        real = name.replace("__", ".")
        if data is None:
            found.pop(real)
        else:
            found[real] = data
    return found


def test_another_content_under_an_old_seal_is_detected(place: Path, tmp_path: Path) -> None:
    bundle, path = read(place / "signed.qtb"), tmp_path / "x.qtb"
    energy = as_json({**bundle.energy, "E_flow": 7.0})
    path.write_bytes(as_zip(changed(bundle, energy__json=energy)))
    assert not verify(read(path)).ok


def test_a_bundle_signed_again_by_somebody_else_is_not_ours(place: Path, tmp_path: Path) -> None:
    bundle, path = read(place / "signed.qtb"), tmp_path / "x.qtb"
    files = changed(bundle, energy__json=as_json({**bundle.energy, "E_flow": 7.0}))
    from qvm.trace.seal import fingerprint

    meta = {**bundle.meta, "fingerprint": fingerprint(files)}
    files["meta.json"] = as_json(meta)
    inside = {name: data for name, data in files.items() if name != SEAL}
    files[SEAL] = sealed(inside, [private_key(place / "theirs.key", b"other")])
    path.write_bytes(as_zip(files))
    assert verify(read(path)).ok  # a whole bundle, of somebody
    assert replayed(read(path)) == ["energy.json is another one now"]
    assert not verify(read(path), trusted([place / "ours.pub"]), signed=True).ok
    assert verify(read(path), trusted([place / "theirs.pub"]), signed=True).ok
    assert verify(read(path), trusted([place]), signed=True).signers == ("theirs",)


def test_a_signature_of_another_bundle_does_not_fit(place: Path, tmp_path: Path) -> None:
    qvm.compile(SMALL.replace("1\n", "2\n")).run(trace=tmp_path / "b.qtb")
    files = {**read(tmp_path / "b.qtb").files, SEAL: read(place / "signed.qtb").files[SEAL]}
    (tmp_path / "x.qtb").write_bytes(as_zip(files))
    assert not verify(read(tmp_path / "x.qtb")).ok


def zipped(entries: list[tuple[str, bytes]], compression: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return buffer.getvalue()


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_hostile_archives_are_refused(place: Path, tmp_path: Path) -> None:
    files = list(read(place / "plain.qtb").files.items())
    objects = io.BytesIO()
    np.savez(objects, op=np.array([{}], dtype=object))
    hostile = {
        "slip": zipped([*files, ("../outside.txt", b"x")]),
        "absolute": zipped([*files, ("/etc/passwd", b"x")]),
        "extra": zipped([*files, ("more.json", b"{}")]),
        "twice": zipped([*files, files[0]]),
        "missing": zipped(files[1:]),
        "bomb": zipped([*files[1:], (files[0][0], b"\0" * (64 << 20))], zipfile.ZIP_DEFLATED),
        "objects": zipped([(n, objects.getvalue() if n == "counts.npz" else d) for n, d in files]),
        "nested": zipped([(n, zipped([("op.npy", b"\0" * (1 << 20))], zipfile.ZIP_DEFLATED) if n == "events.npz" else d)
                          for n, d in files]),
        "foreign": zipped([(n, b'{"schema":"qwasm.trace/2"}' if n == "meta.json" else d) for n, d in files]),
        "json": zipped([(n, b"[" * 100_000 if n == "energy.json" else d) for n, d in files]),
    }  # fmt: skip
    for name, data in hostile.items():
        (tmp_path / "x.qtb").write_bytes(data)
        codes = []
        try:
            assert not verify(read(tmp_path / "x.qtb")).ok, name
        except QwasmError as error:
            codes = [found.code for found in error.diagnostics]
        assert codes in ([], ["QW0570"], ["QW0571"]), name
    assert not (tmp_path.parent / "outside.txt").exists()


def test_a_folder_with_a_link_or_another_file_is_refused(place: Path, tmp_path: Path) -> None:
    qvm.compile(SMALL).run(trace=tmp_path / "folder")
    assert verify(read(tmp_path / "folder")).ok
    (tmp_path / "folder" / "energy.json").unlink()
    (tmp_path / "folder" / "energy.json").symlink_to(place / "plain.qtb")
    with pytest.raises(QwasmError, match="QW0571"):
        read(tmp_path / "folder")


def test_columns_that_do_not_belong_together_are_refused(place: Path, tmp_path: Path) -> None:
    bundle = read(place / "plain.qtb")
    events = {name: column[:1] if name == "op" else column for name, column in bundle.events.items()}
    (tmp_path / "x.qtb").write_bytes(as_zip(changed(bundle, events__npz=as_npz(events))))
    with pytest.raises(QwasmError, match="different lengths"):
        read(tmp_path / "x.qtb").events  # noqa: B018


# ---------------------------------------------------------------- keys


def test_private_keys_are_encrypted_and_nobody_elses_to_read(place: Path) -> None:
    secret = (place / "ours.key").read_bytes()
    assert b"ENCRYPTED" in secret and (place / "ours.key").stat().st_mode & 0o077 == 0
    for wrong in (b"", b"Secret"):
        with pytest.raises(QwasmError, match="QW0572"):
            private_key(place / "ours.key", wrong)
    assert private_key(place / "ours.key", b"secret").keyid == public_key(place / "ours.pub")[0]


def test_keys_are_never_overwritten(place: Path) -> None:
    before = (place / "ours.key").read_bytes()
    with pytest.raises(QwasmError, match="QW0801"):
        new(place / "ours", b"secret")
    assert (place / "ours.key").read_bytes() == before


@pytest.mark.parametrize("raw", sorted(SMALL_ORDER), ids=lambda raw: raw.hex()[:8] + raw.hex()[-2:])
def test_keys_of_small_order_verify_no_bundle(raw: bytes, place: Path, tmp_path: Path) -> None:
    (tmp_path / "k.pub").write_text(raw.hex())
    code, _, talk = run_command("qvm", "trace", "verify", str(place / "signed.qtb"), "--keys", str(tmp_path))
    assert code == 5 and "[QW0572]" in talk and "small order" in talk


@pytest.mark.parametrize("what", ["new", "private_key"])
def test_without_the_extra_keys_name_it(what: str, place: Path, tmp_path: Path, no_cryptography: None) -> None:
    calls: dict[str, Callable[[], object]] = {
        "new": lambda: new(tmp_path / "k", b"secret"),
        "private_key": lambda: private_key(place / "ours.key", b"secret"),
    }
    with pytest.raises(QwasmError, match="QW0599"):
        calls[what]()
