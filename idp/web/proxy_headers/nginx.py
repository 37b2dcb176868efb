"""nginx: ``X-Client-Cert`` set from ``$ssl_client_escaped_cert``, the leaf alone as percent-encoded PEM."""

from idp.web.proxy_headers.encodings import decode_pem, decode_percent
from idp.web.proxy_headers.header_format import Chain, HeaderFormat, Values

CERTIFICATE = b"x-client-cert"


def parse(values: Values) -> Chain:
    """Return the leaf; nginx leaves the header out where there is none."""
    return decode_pem(decode_percent(values.get(CERTIFICATE, "")))


FORMAT = HeaderFormat(single=(CERTIFICATE,), parse=parse)
