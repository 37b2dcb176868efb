"""One TLS connection: OpenSSL's, with the methods that asyncio and uvloop call on `ssl.SSLObject`.

Both loops keep the cipher text in two `ssl.MemoryBIO` objects. Every method therefore first hands to OpenSSL what has
arrived, then acts, then hands back what has to go out.
"""

import logging
import ssl
from http import HTTPStatus

from OpenSSL import SSL, crypto

from idp.serving.plain_answer import build_plain_answer
from idp.serving.tls_options import Verification

_RECORD_SIZE = 16_384  # the most plain text that one TLS record carries (RFC 8446 §5.1)

_PLAIN_HTTP_ANSWER = build_plain_answer(
    HTTPStatus.BAD_REQUEST, "This port speaks HTTPS only: begin the address with https://\n"
)

logger = logging.getLogger(__name__)


class TLSConnection:
    """Speak TLS as a server over two memory buffers."""

    server_side = True
    server_hostname = None
    session = None

    def __init__(
        self,
        context: ssl.SSLContext,
        openssl_context: SSL.Context,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
    ) -> None:
        self.context = context
        self._incoming = incoming
        self._outgoing = outgoing
        self._verification = Verification()
        self._connection = SSL.Connection(openssl_context)
        self._connection.set_app_data(self._verification)
        self._connection.set_accept_state()
        self._failure: ssl.SSLError | None = None
        self._may_hold_data = False

    # --- what the event loops call -----------------------------------------------------------------------------------

    def do_handshake(self) -> None:
        """Advance the handshake.

        Raises `ssl.SSLWantReadError` to be called again when more has arrived, another `ssl.SSLError` when it failed.
        """
        if self._failure:
            raise self._failure
        self._receive()
        try:
            self._connection.do_handshake()
        except SSL.WantReadError as error:
            self._send()
            raise to_ssl_error(error) from None
        except SSL.Error as error:
            self._fail(to_ssl_error(error))
        self._send()
        self._may_hold_data = True

    def read(self, size: int = 1024, buffer: memoryview | bytearray | None = None) -> bytes | int:
        """Return at most *size* bytes, or put them into *buffer* and return their number; none after close_notify."""
        if buffer is None:
            return self._read(size)
        data = self._read(min(size, len(buffer)))
        buffer[: len(data)] = data
        return len(data)

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """Encrypt *data* and return how many of its bytes were taken."""
        if not data:
            return 0
        try:
            return self._connection.send(data)
        except SSL.Error as error:
            raise to_ssl_error(error) from None
        finally:
            self._send()

    def pending(self) -> int:
        """Return how many bytes may be read at once, at least 1 while OpenSSL may hold a record not yet decrypted.

        uvloop stops reading at 0, and does not see what has already left its own buffer.
        """
        return max(self._connection.pending(), int(self._may_hold_data))

    def unwrap(self) -> None:
        """Send close_notify; raises `ssl.SSLWantReadError` until the client's own has come (RFC 8446 §6.1)."""
        self._receive()
        try:
            closed = self._connection.shutdown() or self._connection.shutdown()
        except SSL.Error as error:
            raise to_ssl_error(error) from None
        finally:
            self._send()
        if not closed:
            raise ssl.SSLWantReadError(ssl.SSL_ERROR_WANT_READ, "close_notify has not come")

    # --- what the application asks -----------------------------------------------------------------------------------

    def getpeercert(self, binary_form: bool = False) -> bytes | dict[str, object] | None:
        """Return the certificate in DER, or an empty dictionary as nothing was validated; None where none was sent."""
        certificate = self._connection.get_peer_certificate()
        if certificate is None:
            return None
        return crypto.dump_certificate(crypto.FILETYPE_ASN1, certificate) if binary_form else {}

    def get_unverified_chain(self) -> list[bytes]:
        """Return in DER, as they were sent, the certificates that followed the client's own."""
        chain = self._connection.get_peer_cert_chain() or []
        return [crypto.dump_certificate(crypto.FILETYPE_ASN1, certificate) for certificate in chain]

    @property
    def session_reused(self) -> bool:
        """Tell whether a certificate is known that was not presented, and its key not proven, in this handshake."""
        return not self._verification.happened and self._connection.get_peer_certificate() is not None

    @property
    def verify_error(self) -> int | None:
        """The first X509_V_ERR code of OpenSSL's own validation, for the log; None if it found nothing wrong."""
        return self._verification.first_error

    def cipher(self) -> tuple[str, str, int] | None:
        """Return the cipher's name, its protocol version and its secret bits."""
        name, version, bits = (
            self._connection.get_cipher_name(),
            self._connection.get_cipher_version(),
            self._connection.get_cipher_bits(),
        )
        return (name, version, bits) if name and version and bits is not None else None

    def version(self) -> str:
        """Return the protocol version, such as ``TLSv1.3``."""
        return self._connection.get_protocol_version_name()

    def selected_alpn_protocol(self) -> str | None:
        """Return the protocol chosen by ALPN (RFC 7301)."""
        return self._connection.get_alpn_proto_negotiated().decode("ascii") or None

    def compression(self) -> None:
        """Return None: there is no compression."""

    # --- between the two buffers and OpenSSL -------------------------------------------------------------------------

    def _receive(self) -> None:
        if data := self._incoming.read():
            self._connection.bio_write(data)
        elif self._incoming.eof:
            self._connection.bio_shutdown()

    def _send(self) -> None:
        try:
            while True:
                self._outgoing.write(self._connection.bio_read(_RECORD_SIZE))
        except SSL.WantReadError:
            return

    def _read(self, size: int) -> bytes:
        self._receive()
        self._may_hold_data = False
        try:
            data = self._connection.recv(min(size, _RECORD_SIZE))
        except SSL.ZeroReturnError:
            return b""
        except SSL.Error as error:
            raise to_ssl_error(error) from None
        finally:
            self._send()
        self._may_hold_data = True
        return data

    def _fail(self, failure: ssl.SSLError) -> None:
        # The loops drop the outgoing buffer when a handshake fails, and with it the alert: the browser would report a
        # connection that broke off. So the first report of a failure is "call again", which makes them send it; the
        # client then hangs up, or says more and is told of the failure, or runs into the handshake's time limit.
        logger.debug("TLS handshake failed: %s", failure.reason)
        self._failure = failure
        self._send()
        if failure.reason == "http request":
            self._outgoing.write(_PLAIN_HTTP_ANSWER)
        if not self._outgoing.pending:
            raise failure
        raise ssl.SSLWantReadError(ssl.SSL_ERROR_WANT_READ, "the alert has to go out first")


def to_ssl_error(error: SSL.Error) -> ssl.SSLError:
    """Translate pyOpenSSL's error into the one that `ssl.SSLObject` would have raised."""
    if isinstance(error, SSL.WantReadError | SSL.WantWriteError):
        return ssl.SSLWantReadError(ssl.SSL_ERROR_WANT_READ, "more has to arrive first")
    if isinstance(error, SSL.ZeroReturnError):
        return ssl.SSLZeroReturnError(ssl.SSL_ERROR_ZERO_RETURN, "the client has closed TLS")
    if isinstance(error, SSL.SysCallError):
        return ssl.SSLEOFError(ssl.SSL_ERROR_EOF, "the client broke off")
    failure = ssl.SSLError(ssl.SSL_ERROR_SSL, _reason(error))
    failure.reason = _reason(error)
    return failure


def _reason(error: SSL.Error) -> str:
    entries = error.args[0] if error.args else ()
    return "; ".join(entry[-1] for entry in entries if isinstance(entry, tuple)) or "unknown"
