"""The certificate of the TLS connection that a token is, or is to be, bound to (RFC 8705 section 3.1)."""

import base64
import hashlib

from idp.web.exchange import Exchange


def find_certificate_thumbprint(exchange: Exchange) -> str | None:
    """Return the base64url SHA-256 thumbprint of the certificate that came with the request, or None.

    Whoever holds its key may use the token, whoever issued it, and whether or not it has expired (section 3).
    """
    presented = exchange.client_certificate
    if presented is None or presented.leaf is None:
        return None
    return base64.urlsafe_b64encode(hashlib.sha256(presented.leaf).digest()).rstrip(b"=").decode()
