"""Apache httpd: ``X-Client-Certificate`` from ``SSL_CLIENT_CERT``, percent-encoded, or with spaces for newlines."""

from idp.web.proxy_headers.encodings import decode_pem, decode_percent
from idp.web.proxy_headers.header_format import Chain, HeaderFormat, Values

CERTIFICATE = b"x-client-certificate"
NONE = "(null)"


def parse(values: Values) -> Chain:
    """Return the leaf; ``(null)`` is how Apache writes a variable that is not set."""
    value = values.get(CERTIFICATE, NONE)
    return () if value == NONE else decode_pem(decode_percent(value))


FORMAT = HeaderFormat(single=(CERTIFICATE,), parse=parse)
