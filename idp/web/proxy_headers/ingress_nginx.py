"""ingress-nginx with ``auth-tls-pass-certificate-to-upstream``: ``ssl-client-cert``, percent-encoded PEM."""

from idp.web.proxy_headers.encodings import decode_pem, decode_percent
from idp.web.proxy_headers.header_format import Chain, HeaderFormat, Values

CERTIFICATE = b"ssl-client-cert"


def parse(values: Values) -> Chain:
    """Return the leaf."""
    return decode_pem(decode_percent(values.get(CERTIFICATE, "")))


FORMAT = HeaderFormat(single=(CERTIFICATE,), parse=parse)
