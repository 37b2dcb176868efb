"""Chains of any length and content, there and back, and headers that a proxy never wrote."""

import base64
import ssl
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idp.web.client_certificate import MalformedClientCertificate, PresentedCertificate, read_client_certificate
from idp.web.proxy_headers import FORMATS
from tests.web.proxy_headers.samples import SAMPLES, Headers
from tests.web.proxy_headers.test_formats import LEAF_ONLY
from tests.web.test_client_certificate import PROXIES, scope


@dataclass(frozen=True)
class Shown:
    """What a browser showed, as the samples want it; nothing in it has to be a certificate but its outermost layer."""

    der: bytes
    chain_der: tuple[bytes, ...]

    @property
    def pem(self) -> str:
        """The leaf."""
        return ssl.DER_cert_to_PEM_cert(self.der)

    @property
    def chain_pem(self) -> str:
        """The leaf and the rest."""
        return "".join(map(ssl.DER_cert_to_PEM_cert, (self.der, *self.chain_der)))


def sequence(content: bytes) -> bytes:
    """Return a SEQUENCE in DER."""
    size = len(content)
    return b"\x30" + (bytes([size]) if size < 0x80 else b"\x82" + size.to_bytes(2)) + content


DERS = st.one_of(st.binary(max_size=127), st.binary(min_size=256, max_size=900)).map(sequence)
CHAINS = st.builds(Shown, DERS, st.lists(DERS, max_size=4, unique=True).map(tuple))


@pytest.mark.parametrize("source", FORMATS)
@settings(max_examples=30)
@given(shown=CHAINS)
def test_any_chain_arrives_as_it_was_shown(source: str, shown: Shown) -> None:
    """Whatever its bytes encode to: padding, plus signs, slashes, escapes."""
    chain = tuple(der for der in shown.chain_der if der != shown.der)

    presented = read_client_certificate(scope(), SAMPLES[source](Shown(shown.der, chain)), source, PROXIES)  # type: ignore[arg-type]

    assert presented == PresentedCertificate(shown.der, () if source in LEAF_ONLY else chain, source)


@pytest.mark.parametrize("source", FORMATS)
@settings(max_examples=30)
@given(
    shown=CHAINS,
    cut=st.tuples(st.integers(0, 4000), st.integers(0, 4000)),
    put=st.one_of(
        st.binary(max_size=8),
        st.sampled_from([b",", b", ", b'"', b";", b":", b"%", b"%00", b"\xc3\xa9", b"::", b"(null)"]),
    ),
)
def test_damaged_header_is_malformed_or_another_chain(
    source: str, shown: Shown, cut: tuple[int, int], put: bytes
) -> None:
    """Nothing else is raised, and what comes out has at least the outermost layer of certificates."""
    name, value = SAMPLES[source](shown)[0]  # type: ignore[arg-type]
    start, end = sorted(position % (len(value) + 1) for position in cut)
    headers: Headers = [(name, value[:start] + put + value[end:])]
    try:
        presented = read_client_certificate(scope(), headers, source, PROXIES)  # type: ignore[arg-type]
    except MalformedClientCertificate:
        return

    shown_after = (presented.leaf, *presented.intermediates)
    assert all(certificate.startswith(b"\x30") for certificate in shown_after if certificate is not None)


@pytest.mark.parametrize("source", FORMATS)
@pytest.mark.parametrize(
    "length", [b"\x80", b"\x84\xff\xff\xff\xff", b"\x88" + b"\x00" * 7 + b"\x01", b"\x85\x00\x00\x00\x00\x01", b"\x84"]
)
def test_lying_lengths_are_malformed(source: str, length: bytes) -> None:
    """Indefinite, of four gigabytes, of more octets than are read, cut off."""
    lie = b"\x30" + length + b"\x00"
    headers = SAMPLES[source](Shown(lie, ()))  # type: ignore[arg-type]

    with pytest.raises(MalformedClientCertificate):
        read_client_certificate(scope(), headers, source, PROXIES)  # type: ignore[arg-type]


def test_base64_of_another_alphabet_is_malformed() -> None:
    """No lenient decoder drops what it does not know: of two readers, one would see another certificate."""
    shown = base64.b64encode(sequence(b"\xff" * 300))
    for value in (
        shown.replace(b"/", b"_"),
        shown[:8] + b"\n" + shown[8:],
        shown + b"====",
        shown[:-4] + b"=" + shown[-4:],
    ):
        with pytest.raises(MalformedClientCertificate):
            read_client_certificate(scope(), [(b"client-cert", b":" + value + b":")], "rfc9440", PROXIES)
