"""The example of RFC 9440's appendix, and the same certificate byte for byte as the other proxies' documentation writes one."""

import base64
import textwrap

import pytest
from cryptography import x509

from idp.web.proxy_headers import FORMATS

RFC9440 = (
    "MIIBqDCCAU6gAwIBAgIBBzAKBggqhkjOPQQDAjA6MRswGQYDVQQKDBJMZXQncyBBdXRoZW50aWNhdGUxGzAZBgNVBAMMEkxBIEludGVybWVkaWF0"
    "ZSBDQTAeFw0yMDAxMTQyMjU1MzNaFw0yMTAxMjMyMjU1MzNaMA0xCzAJBgNVBAMMAkJDMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE8YnXXfaU"
    "gmnMtOXU/IncWalRhebrXmckC8vdgJ1p5Be5F/3YC8OthxM4+k1M6aEAEFcGzkJiNy6J84y7uzo9M6NyMHAwCQYDVR0TBAIwADAfBgNVHSMEGDAW"
    "gBRm3WjLa38lbEYCuiCPct0ZaSED2DAOBgNVHQ8BAf8EBAMCBsAwEwYDVR0lBAwwCgYIKwYBBQUHAwIwHQYDVR0RAQH/BBMwEYEPYmRjQGV4YW1w"
    "bGUuY29tMAoGCCqGSM49BAMCA0gAMEUCIBHda/r1vaL6G3VliL4/Di6YK0Q6bMjeSkC3dFCOOB8TAiEAx/kHSB4urmiZ0NX5r5XarmPk0wmuydBV"
    "oU4hBVZ1yhk="
)
DER = base64.b64decode(RFC9440)
LINES = textwrap.wrap(RFC9440, 64)


def pem(newline: str, space: str, **characters: str) -> str:
    """Return the certificate in PEM with these escapes."""
    body = newline.join(LINES).translate(str.maketrans({"+": "+", "/": "/", "=": "="} | characters))
    return f"-----BEGIN{space}CERTIFICATE-----{newline}{body}{newline}-----END{space}CERTIFICATE-----{newline}"


ESCAPED = {"+": "%2B", "/": "%2F", "=": "%3D"}
EXAMPLES = {
    "rfc9440": ("client-cert", f":{RFC9440}:"),
    "haproxy": ("client-cert", RFC9440),
    "caddy": ("client-cert", f":{RFC9440}:"),
    "nginx": ("x-client-cert", pem("%0A", "%20", **ESCAPED)),
    "ingress-nginx": ("ssl-client-cert", pem("%0A", "%20", **ESCAPED)),
    "apache": ("x-client-certificate", pem("%0a", "%20", **{"=": "%3d"})),
    "envoy": (
        "x-forwarded-client-cert",
        "By=http://frontend.lyft.com;Hash=468ed33be74eee6556d90c0149c1309e9ba61d6425303443c0748a02dd8de688;"
        f'Cert="{pem("%0A", "%20", **ESCAPED)}";Chain="{pem("%0A", "%20", **ESCAPED)}";'
        'Subject="/C=US/ST=CA/L=San Francisco/OU=Lyft/CN=Test Client";URI=http://testclient.lyft.com',
    ),
    "traefik": ("x-forwarded-tls-client-cert", RFC9440),
    "aws-alb": ("x-amzn-mtls-clientcert", pem("%0A", "%20", **{"=": "%3D"})),
}


def test_every_format_has_an_example() -> None:
    """So that none is left to what the tests make up themselves."""
    assert set(EXAMPLES) == set(FORMATS)


@pytest.mark.parametrize("source", EXAMPLES)
def test_documented_example_is_read(source: str) -> None:
    """Byte for byte."""
    name, value = EXAMPLES[source]

    assert FORMATS[source].read([(name.encode(), value.encode())]) == (DER,)
    assert x509.load_der_x509_certificate(DER).subject.rfc4514_string() == "CN=BC"
