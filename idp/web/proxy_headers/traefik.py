"""Traefik's ``passTLSClientCert.pem``: ``X-Forwarded-Tls-Client-Cert``, PEM without armour, joined by commas."""

import re

from idp.web.proxy_headers.encodings import decode_base64, decode_percent
from idp.web.proxy_headers.header_format import Chain, HeaderFormat, Values

CERTIFICATE = b"x-forwarded-tls-client-cert"

_ARMOUR = re.compile(r"-----(?:BEGIN|END) CERTIFICATE-----|\s+")


def parse(values: Values) -> Chain:
    """Return leaf and chain, percent-encoded (version 2) or not (version 3)."""
    value = values.get(CERTIFICATE)
    if value is None:
        return ()
    return tuple(_decode(certificate) for certificate in decode_percent(value).split(","))


def _decode(certificate: str) -> bytes:
    return decode_base64(_ARMOUR.sub("", certificate))


FORMAT = HeaderFormat(single=(CERTIFICATE,), parse=parse)
