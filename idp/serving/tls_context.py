"""The certificate listener's TLS, in the shape that uvicorn, asyncio and uvloop take: an `ssl.SSLContext`.

Python's own `ssl` cannot be used here, for two reasons: it never sends the names of the authorities, so a browser would
offer every certificate it has; and it breaks the connection at a certificate it does not like, so an expired one would
end in the browser's error page instead of ours. pyOpenSSL does both. Only the methods that the loops call are replaced;
the inherited context is an empty shell.
"""

import logging
import ssl
import time
from collections.abc import Callable, Sequence
from typing import Any, Self, cast

from cryptography import x509
from OpenSSL import SSL

from idp.errors import ConfigurationError
from idp.serving.polled import Polled
from idp.serving.server_certificate import ServerCertificateFiles
from idp.serving.tls_connection import TLSConnection
from idp.serving.tls_options import build_openssl_context

FILES_INTERVAL = 3.0
AUTHORITIES_INTERVAL = 1.0

Authorities = Callable[[], Sequence[x509.Certificate]]
_State = tuple[tuple[int, ...], tuple[x509.Certificate, ...]]

logger = logging.getLogger(__name__)


class CertificateListenerContext(ssl.SSLContext):
    """Hand out pyOpenSSL connections that ask for a certificate and accept any.

    *authorities* is called in the event loop, at most once a second and only when a client connects: it must not block.
    Clients that ask for *open_host* are told no authorities. New PEM files and new authorities count for the next
    connection. Raises `ConfigurationError` when the files are unusable at the start; later that is logged, and the last
    good ones stay in use.
    """

    def __new__(cls, *_args: Any, **_options: Any) -> Self:
        """Make the inherited, empty context."""
        return super().__new__(cls, ssl.PROTOCOL_TLS_SERVER)

    def __init__(
        self,
        files: ServerCertificateFiles,
        authorities: Authorities,
        *,
        lowest_version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3,
        open_host: str | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._files = files
        self._lowest_version = lowest_version
        self._open_host = open_host
        self._server_certificate = files.load()
        self._fingerprint = Polled(files.fingerprint, FILES_INTERVAL, monotonic=monotonic)
        self._authorities = Polled(lambda: tuple(authorities()), AUTHORITIES_INTERVAL, monotonic=monotonic)
        self._built_from = self._state()
        self._openssl_context = self._build()

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        """Return a new connection over the two buffers."""
        if not server_side or server_hostname or session:
            raise ValueError("the certificate listener's context is for servers")
        connection = TLSConnection(self, self._current(), incoming, outgoing)
        return cast("ssl.SSLObject", connection)

    def _current(self) -> SSL.Context:
        state = self._state()
        if state != self._built_from:
            self._rebuild(state)
        return self._openssl_context

    def _rebuild(self, state: _State) -> None:
        # Also after a failure the state counts as seen: one line in the log for each change, not for each connection.
        previous, self._built_from = self._built_from, state
        if state[0] != previous[0]:
            self._reload_files()
        self._openssl_context = self._build()

    def _reload_files(self) -> None:
        try:
            self._server_certificate = self._files.load()
        except ConfigurationError as error:
            logger.error("%s; the last good one stays", error)
        else:
            logger.info("the certificate listener has a new server certificate")

    def _build(self) -> SSL.Context:
        return build_openssl_context(
            self._server_certificate, self._authorities.value, self._lowest_version, open_host=self._open_host
        )

    def _state(self) -> _State:
        return self._fingerprint.value, self._authorities.value
