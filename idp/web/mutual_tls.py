"""Which requests came to the mutual-TLS addresses (RFC 8705 section 5), and with which certificate.

The certificate host's application marks them. On the public port no certificate is ever looked for: its proxy need not take away
the headers in which another one, for the certificate host, hands certificates on.
"""

from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

from idp.settings import Settings
from idp.web.client_certificate import (
    MalformedClientCertificate,
    PresentedCertificate,
    ResumedSession,
    read_client_certificate,
)

_MARK = "idp.mutual_tls"
log = structlog.get_logger()


def mark_mutual_tls(scope: MutableMapping[str, Any]) -> None:
    """Note in a request's scope that it came to a mutual-TLS address."""
    scope[_MARK] = True


def find_client_certificate(scope: Mapping[str, Any], settings: Settings) -> PresentedCertificate | None:
    """Return the certificate that came with a request to a mutual-TLS address; None where there is none that can be read."""
    if not scope.get(_MARK):
        return None
    try:
        presented = read_client_certificate(
            scope,
            scope["headers"],
            settings.client_certificate_source,
            settings.trusted_proxies,
            settings.trusted_proxy_secret,
        )
    except ResumedSession:
        return None
    except MalformedClientCertificate as error:
        log.warning("client certificate unreadable", error=str(error)[:200])
        return None
    return None if presented.leaf is None else presented
