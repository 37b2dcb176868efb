"""Caddy: ``header_up Client-Cert ":{http.request.tls.client.certificate_der_base64}:"``, nearly RFC 9440."""

from idp.web.proxy_headers.header_format import Chain, HeaderFormat, Values
from idp.web.proxy_headers.rfc9440 import CERTIFICATE, decode_byte_sequence

UNFILLED = ":{http.request.tls.client.certificate_der_base64}:"


def parse(values: Values) -> Chain:
    """Return the leaf; without one Caddy sends an empty byte sequence, or (2.6) leaves its placeholder as it stands."""
    value = values.get(CERTIFICATE, "::")
    certificate = b"" if value == UNFILLED else decode_byte_sequence(value)
    return (certificate,) if certificate else ()


FORMAT = HeaderFormat(single=(CERTIFICATE,), parse=parse)
