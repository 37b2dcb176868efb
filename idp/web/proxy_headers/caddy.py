"""Caddy: ``header_up Client-Cert ":{http.request.tls.client.certificate_der_base64}:"``, nearly RFC 9440."""

from idp.web.proxy_headers.header_format import Chain, HeaderFormat, Values
from idp.web.proxy_headers.rfc9440 import CERTIFICATE, decode_byte_sequence


def parse(values: Values) -> Chain:
    """Return the leaf; without one Caddy sends an empty byte sequence."""
    certificate = decode_byte_sequence(values.get(CERTIFICATE, "::"))
    return (certificate,) if certificate else ()


FORMAT = HeaderFormat(single=(CERTIFICATE,), parse=parse)
