"""Secrets at rest: nothing that was tampered with, moved or cut off is ever decrypted."""

import base64
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.encryption import (
    Cipher,
    DecryptionFailed,
    add_master_key,
    create_master_key,
    read_master_keys,
)
from idp.errors import ConfigurationError, Conflict
from tests.crowd import all_at_once

KEY = bytes(range(32))
SECRET = b"a private key"
CONTEXT = "signing_key.private_key"


@given(st.binary(max_size=5000), st.text(max_size=50))
def test_secret_comes_back(secret: bytes, context: str) -> None:
    """Whatever it is, also an empty one."""
    context = context.encode(errors="replace").decode()

    assert Cipher(KEY).decrypt(Cipher(KEY).encrypt(secret, context), context) == secret


def test_same_secret_looks_different_each_time() -> None:
    """Nobody sees that two clients have one secret."""
    cipher = Cipher(KEY)

    assert len({cipher.encrypt(SECRET, CONTEXT) for _ in range(100)}) == 100


def test_secret_is_not_in_ciphertext() -> None:
    """Nor its key."""
    ciphertext = Cipher(KEY).encrypt(SECRET, CONTEXT)

    assert SECRET not in ciphertext
    assert KEY[:4] not in ciphertext


def test_every_flipped_bit_is_noticed() -> None:
    """In the header, the nonce, the ciphertext and the tag."""
    cipher = Cipher(KEY)
    ciphertext = cipher.encrypt(SECRET, CONTEXT)

    for position in range(len(ciphertext) * 8):
        damaged = bytearray(ciphertext)
        damaged[position // 8] ^= 1 << position % 8
        with pytest.raises(DecryptionFailed):
            cipher.decrypt(bytes(damaged), CONTEXT)


def test_every_cut_is_noticed() -> None:
    """However little is left, with the same error."""
    cipher = Cipher(KEY)
    ciphertext = cipher.encrypt(SECRET, CONTEXT)

    for length in range(len(ciphertext)):
        with pytest.raises(DecryptionFailed):
            cipher.decrypt(ciphertext[:length], CONTEXT)
    with pytest.raises(DecryptionFailed):
        cipher.decrypt(ciphertext + b"\x00", CONTEXT)


@pytest.mark.parametrize("context", ["", "client.secret", CONTEXT + " ", CONTEXT.upper()])
def test_secret_in_another_place_is_refused(context: str) -> None:
    """A value that was copied into another column does not become that column's."""
    ciphertext = Cipher(KEY).encrypt(SECRET, CONTEXT)

    with pytest.raises(DecryptionFailed):
        Cipher(KEY).decrypt(ciphertext, context)


def test_secret_under_another_master_key_is_refused_with_its_place() -> None:
    """The operator learns which key is wrong, and nothing about the secret."""
    ciphertext = Cipher(KEY).encrypt(SECRET, CONTEXT)

    with pytest.raises(DecryptionFailed, match=f"{CONTEXT} was encrypted under another master key"):
        Cipher(bytes(32)).decrypt(ciphertext, CONTEXT)


@pytest.mark.parametrize("length", [0, 16, 31, 33, 64])
def test_master_key_of_another_length_is_refused(length: int) -> None:
    """AES-256 or nothing."""
    with pytest.raises(ConfigurationError):
        Cipher(bytes(length))


def test_created_master_key_is_random_and_private(tmp_path: Path) -> None:
    """Readable by its owner alone, whatever the umask; its folder is made."""
    paths = [tmp_path / "keys" / name for name in ("a", "b")]
    umask = os.umask(0)
    try:
        for path in paths:
            create_master_key(path)
    finally:
        os.umask(umask)

    first, second = (read_master_keys(path)[0] for path in paths)
    assert first != second
    assert len(first) == 32
    assert [stat.S_IMODE(path.stat().st_mode) for path in paths] == [0o600, 0o600]


def test_master_key_that_is_there_is_kept(tmp_path: Path) -> None:
    """To overwrite it would be to lose everything that is encrypted under it."""
    path = tmp_path / "master.key"
    path.write_text("not ours to touch")
    create_master_key(path)

    assert path.read_text() == "not ours to touch"
    assert list(tmp_path.iterdir()) == [path]


def test_master_key_that_twenty_create_at_once_is_one_and_complete(tmp_path: Path) -> None:
    """Several processes that start together on an empty disk all read the same key, never half of one."""
    path = tmp_path / "master.key"

    def create_and_read(_: int) -> bytes:
        create_master_key(path)
        return read_master_keys(path)[0]

    for _ in range(10):
        outcomes = all_at_once(create_and_read)
        assert len(set(outcomes)) == 1
        assert isinstance(outcomes[0], bytes)
        path.unlink()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"\xff\xfe\x00", b"not base64!", base64.b64encode(bytes(31)), base64.b64encode(bytes(33)), bytes(32),
     b"00" * 32, base64.b64encode(bytes(32)) + b" x", "ä".encode() * 44],
)  # fmt: skip
def test_file_that_holds_no_master_key_is_refused_without_its_content(tmp_path: Path, content: bytes) -> None:
    """The message names the file; what stands in it may nearly be the key."""
    path = tmp_path / "master.key"
    path.write_bytes(content)

    with pytest.raises(ConfigurationError, match=r"master\.key") as refused:
        read_master_keys(path)[0]
    text = content.decode(errors="replace").strip()
    assert not text or text not in str(refused.value)


def test_master_key_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    """There is none, or it is a folder."""
    for path in (tmp_path / "missing", tmp_path):
        with pytest.raises(ConfigurationError, match=path.name):
            read_master_keys(path)[0]


@pytest.mark.parametrize("around", [b"%s", b"%s\n", b"\n  %s  \r\n"])
def test_space_around_master_key_does_not_matter(tmp_path: Path, around: bytes) -> None:
    """An editor's newline is not part of the key."""
    path = tmp_path / "master.key"
    path.write_bytes(around % base64.b64encode(KEY))

    assert read_master_keys(path)[0] == KEY


def test_former_keys_decrypt_and_the_first_encrypts() -> None:
    """What is under a key that is not there is not decrypted."""
    old, new = Cipher(KEY), Cipher(bytes(32), KEY)

    assert new.decrypt(old.encrypt(SECRET, CONTEXT), CONTEXT) == SECRET
    assert Cipher(bytes(32)).decrypt(new.encrypt(SECRET, CONTEXT), CONTEXT) == SECRET
    assert new.header == Cipher(bytes(32)).header != old.header
    with pytest.raises(DecryptionFailed):
        old.decrypt(new.encrypt(SECRET, CONTEXT), CONTEXT)


def test_key_is_added_before_the_others(tmp_path: Path) -> None:
    """The file keeps its mode, nothing else is left, and a link is followed."""
    path, link = tmp_path / "keys" / "master.key", tmp_path / "link.key"
    create_master_key(path)
    path.chmod(0o640)
    link.symlink_to(path)
    (first,) = read_master_keys(path)

    add_master_key(link)

    second, kept = read_master_keys(path)
    assert kept == first != second
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert list(path.parent.iterdir()) == [path]
    assert link.is_symlink()


def test_of_many_who_add_a_key_none_is_lost(tmp_path: Path) -> None:
    """Somebody may be sent away, and every key that somebody was told of is in the file."""
    path = tmp_path / "master.key"
    create_master_key(path)

    outcomes = all_at_once(lambda _: add_master_key(path))

    added = [outcome for outcome in outcomes if outcome is None]
    assert added
    assert all(outcome is None or isinstance(outcome, Conflict) for outcome in outcomes)
    assert len(set(read_master_keys(path))) == 1 + len(added)
    assert list(tmp_path.iterdir()) == [path]


def test_server_follows_the_file(tmp_path: Path) -> None:
    """At once where a secret is under a key that it does not know, and else when it looks; a broken file changes nothing."""
    path = tmp_path / "master.key"
    create_master_key(path)
    server = Cipher.from_file(path)
    former = server.header
    add_master_key(path)
    assert server.header == former
    written = Cipher.from_file(path).encrypt(SECRET, CONTEXT)

    assert server.decrypt(written, CONTEXT) == SECRET
    assert server.header != former
    path.write_text("half of a ke")
    with pytest.raises(ConfigurationError):
        server.refresh()
    assert server.decrypt(written, CONTEXT) == SECRET
    with pytest.raises(DecryptionFailed):
        server.decrypt(Cipher(KEY).encrypt(SECRET, CONTEXT), CONTEXT)
