"""The formats, each with its own ways to say things."""

import base64
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.web.proxy_headers import FORMATS
from tests.certificates import Authority, rsa_key
from tests.web.proxy_headers.samples import SAMPLES

ISSUED = Authority.create().create_intermediate().create_intermediate("Below").issue()
LARGE = Authority.create().issue(key=rsa_key(4096))
LEAF_ONLY = {"nginx", "ingress-nginx", "apache", "caddy"}
PEM, DER = ISSUED.pem, ISSUED.der
BASE64 = base64.b64encode(DER).decode()


def read(source: str, *fields: tuple[str, str]) -> tuple[bytes, ...]:
    """Return what the format reads from the given headers."""
    return FORMATS[source].read([(name.encode(), value.encode()) for name, value in fields])


@pytest.mark.parametrize("source", FORMATS)
@pytest.mark.parametrize("issued", [ISSUED, LARGE], ids=["chain", "RSA-4096"])
def test_certificate_is_read(source: str, issued: object) -> None:
    """Leaf first, then what the format can carry of the chain."""
    assert issued in (ISSUED, LARGE)
    certificate = ISSUED if issued is ISSUED else LARGE

    chain = FORMATS[source].read(SAMPLES[source](certificate))

    assert chain == (certificate.der, *(() if source in LEAF_ONLY else certificate.chain_der))


@pytest.mark.parametrize(
    ("source", "fields"),
    [
        ("nginx", [("x-client-cert", "")]),
        ("ingress-nginx", [("ssl-client-cert", "")]),
        ("apache", [("x-client-certificate", "(null)")]),
        ("apache", [("x-client-certificate", "")]),
        ("haproxy", [("client-cert", ""), ("client-cert-chain", "")]),
        ("envoy", [("x-forwarded-client-cert", "")]),
        ("traefik", [("x-forwarded-tls-client-cert", "")]),
        ("caddy", [("client-cert", "::")]),
        ("caddy", [("client-cert", ":{http.request.tls.client.certificate_der_base64}:")]),
        ("aws-alb", [("x-amzn-mtls-clientcert", "")]),
    ],
)
def test_none_is_understood(source: str, fields: list[tuple[str, str]]) -> None:
    """Each proxy has its own way to say that the client sent no certificate."""
    assert read(source, *fields) == ()


@pytest.mark.parametrize(
    ("source", "fields"),
    [
        ("rfc9440", [("client-cert", f" :{BASE64}:\t")]),
        ("rfc9440", [("client-cert", f":{BASE64.rstrip('=')}:")]),
        ("apache", [("x-client-certificate", PEM.replace("\n", " "))]),
        ("nginx", [("x-client-cert", PEM.replace("\n", "\n\t").strip().replace("\n", " "))]),
        ("traefik", [("x-forwarded-tls-client-cert", quote_plus(BASE64))]),
        ("traefik", [("x-forwarded-tls-client-cert", quote(PEM))]),
        ("envoy", [("x-forwarded-client-cert", f'hash=00;CERT="{quote(PEM)}"')]),
        ("envoy", [("x-forwarded-client-cert", f"Cert={quote(PEM)}")]),
        ("aws-alb", [("x-amzn-mtls-clientcert-leaf", quote(PEM, safe="+=/"))]),
        ("haproxy", [("client-cert", BASE64), ("client-cert-chain", BASE64)]),
    ],
)
def test_variant_is_understood(source: str, fields: list[tuple[str, str]]) -> None:
    """Versions and settings differ in how they write the same."""
    assert read(source, *fields) == (DER,)


def test_rfc9440_chain_may_be_split_over_lines() -> None:
    """It is a list (RFC 9440 section 2.3)."""
    first, second = (f":{base64.b64encode(der).decode()}:" for der in ISSUED.chain_der)

    chain = read("rfc9440", ("client-cert", f":{BASE64}:"), ("client-cert-chain", first), ("client-cert-chain", second))

    assert chain == (DER, *ISSUED.chain_der)


@pytest.mark.parametrize(
    ("source", "fields", "reason"),
    [
        ("rfc9440", [("client-cert-chain", f":{BASE64}:")], "without Client-Cert"),
        ("rfc9440", [("client-cert", "::"), ("client-cert-chain", f":{BASE64}:,")], "not a byte sequence"),
        ("rfc9440", [("client-cert", BASE64)], "not a byte sequence"),
        ("rfc9440", [("client-cert", f":{BASE64}:, :{BASE64}:")], "base64|padding"),  # whichever comes first
        ("haproxy", [("client-cert", f":{BASE64}:")], "base64|padding"),
        ("haproxy", [("client-cert", BASE64), ("client-cert-chain", BASE64[:-8])], "cut off"),
        ("envoy", [("x-forwarded-client-cert", f'Cert="{quote(PEM)}",Cert="{quote(PEM)}"')], "not one"),
        ("envoy", [("x-forwarded-client-cert", f'Cert="{quote(PEM)}";Cert="{quote(PEM)}"')], "occurs twice"),
        ("envoy", [("x-forwarded-client-cert", "By=spiffe://us;Hash=00")], "neither Cert nor Chain"),
        ("envoy", [("x-forwarded-client-cert", f'Cert="{quote(LARGE.pem)}";Chain="{quote(PEM)}"')], "disagree"),
        ("envoy", [("x-forwarded-client-cert", f'Cert="{quote(PEM)}')], "not one"),
        ("aws-alb", [("x-amzn-mtls-clientcert", quote(PEM)), ("x-amzn-mtls-clientcert-leaf", quote(PEM))], "both"),
        ("nginx", [("x-client-cert", quote(PEM) + "x")], "not PEM"),
        ("nginx", [("x-client-cert", BASE64)], "not PEM"),
    ],
)
def test_departure_from_the_format_is_told(source: str, fields: list[tuple[str, str]], reason: str) -> None:
    """With the reason, for the operator."""
    with pytest.raises(ValueError, match=reason):
        read(source, *fields)


@pytest.mark.parametrize("source", FORMATS)
@given(value=st.one_of(st.binary(max_size=200), st.text('AZaz09+/=:;,%"\\- \n', max_size=200).map(str.encode)))
def test_any_bytes_are_read_or_refused(source: str, value: bytes) -> None:
    """No input leads to any other exception."""
    header_format = FORMATS[source]
    try:
        chain = header_format.read([(header_format.single[0], value)])
    except ValueError:
        return

    assert all(isinstance(certificate, bytes) for certificate in chain)
