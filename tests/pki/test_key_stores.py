"""PKCS#12 files of administrators: what is taken out of them, and what is not even tried."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12
from hypothesis import given, settings
from hypothesis import strategies as st

from idp.pki.client_certificates import create_client_certificate
from idp.pki.key_pairs import KeyType
from idp.pki.key_stores import KeyStoreUnreadable, build_key_store, read_certificate

KEY, CERTIFICATE = create_client_certificate("app" * 40, KeyType.P256, datetime.now(UTC), timedelta(days=1))
STORE = build_key_store(CERTIFICATE, KEY, alias="mine", password="päss")
ALONE = build_key_store(CERTIFICATE, None, alias="mine", password="päss")
ROUNDS = b"\x02\x03\x00\xc3\x50"


def test_certificate_is_read_with_and_without_its_key() -> None:
    for store in (STORE, ALONE):
        for alias in ("", "mine", "another"):
            assert read_certificate(store, "päss", alias) == CERTIFICATE
        with pytest.raises(KeyStoreUnreadable):
            read_certificate(store, "pass")
    assert load_pkcs12(STORE, "päss".encode()).key is not None
    assert load_pkcs12(ALONE, "päss".encode()).key is None


def test_file_that_would_keep_us_busy_is_not_tried() -> None:
    """Also where many parts are modest each."""
    assert ROUNDS in STORE
    with pytest.raises(KeyStoreUnreadable, match="rounds"):
        read_certificate(STORE.replace(ROUNDS, b"\x02\x03\x7f\xff\xff"), "päss")
    with pytest.raises(KeyStoreUnreadable, match="rounds"):
        read_certificate(STORE.replace(ROUNDS, b"\x02\x03\x0f\xff\xff"), "päss")


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\x30", b"\x30\x80\x00\x00", b"\x30" * 60000, b"\x1f\x81\x01", b"\x30\x84\xff\xff\xff\xff",
        b"\x24\x03\x04\x01\x00", STORE[:-1], STORE[:40], STORE + b"\x00",
    ],
)  # fmt: skip
def test_what_is_no_such_file_is_refused(content: bytes) -> None:
    with pytest.raises(KeyStoreUnreadable):
        read_certificate(content, "päss")


def test_nesting_ends() -> None:
    content = b""
    for _ in range(40):
        content = b"\x30" + bytes([0x82, *len(content).to_bytes(2, "big")]) + content
    with pytest.raises(KeyStoreUnreadable, match="deeply"):
        read_certificate(content, "")


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(ALONE) - 1), st.integers(0, 255))
def test_no_octet_breaks_the_reading(position: int, value: int) -> None:
    """Whatever is changed: the certificate, or a refusal."""
    changed = bytearray(ALONE)
    changed[position] = value
    with suppress(KeyStoreUnreadable):
        assert read_certificate(bytes(changed), "päss")
