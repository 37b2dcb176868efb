"""Hand messages to an SMTP server (RFC 5321, submission: RFC 6409), one connection for several.

``smtp://user:password@host:port`` uses STARTTLS where the server offers it. With ``?starttls=required``, and
always when a password would travel to another machine, it insists on STARTTLS and a valid certificate;
``?starttls=off`` never asks. ``smtps://`` speaks TLS from the start (RFC 8314 section 3.3).
"""

import ipaddress
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from urllib.parse import parse_qsl, unquote, urlsplit

from idp.errors import ConfigurationError, IdpError
from idp.mail.message import parse_sender

_TIMEOUT_SECONDS = 20  # for each of at most ten answers the server owes for one mail
_STARTTLS = ("opportunistic", "required", "off")
_PORTS = {"smtp": 25, "smtps": 465}


class TransportUnavailable(IdpError):
    """The SMTP server cannot be reached, does not let us in, or has no TLS where it must."""


class DeliveryFailed(IdpError):
    """The server did not take one message; `permanent` when it never will (RFC 5321 section 4.2.1: 5yz)."""

    def __init__(self, text: str, *, permanent: bool) -> None:
        super().__init__(text)
        self.permanent = permanent


@dataclass(frozen=True)
class SMTPAddress:
    """What an SMTP URL says."""

    host: str
    port: int
    tls: bool = False
    starttls: str = "opportunistic"
    user: str | None = None
    password: str | None = field(default=None, repr=False)


class SMTPConnection:
    """An open connection; `send` hands over one message."""

    def __init__(self, smtp: smtplib.SMTP) -> None:
        self._smtp = smtp

    def send(self, message: EmailMessage) -> None:
        """Return once the server has taken the message; raise `DeliveryFailed`."""
        try:
            self._smtp.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            code, answer = next(iter(error.recipients.values()))
            raise _refused(code, answer) from error
        except smtplib.SMTPDataError as error:
            raise _refused(error.smtp_code, error.smtp_error) from error
        except smtplib.SMTPSenderRefused as error:
            # Our own address is refused: the operator can set that right, so the mail waits.
            raise DeliveryFailed(
                f"sender refused: {_answer(error.smtp_code, error.smtp_error)}", permanent=False
            ) from error
        except smtplib.SMTPNotSupportedError as error:
            raise DeliveryFailed(str(error), permanent=True) from error
        except (smtplib.SMTPException, OSError) as error:
            raise DeliveryFailed(f"connection lost: {type(error).__name__}", permanent=False) from error

    @property
    def open(self) -> bool:
        """Whether another message can be sent."""
        return self._smtp.sock is not None


class SMTPTransport:
    """Open connections to the server at *url*; *mail_from* is the From address and the envelope's."""

    def __init__(self, url: str, mail_from: str, *, timeout: float = _TIMEOUT_SECONDS) -> None:
        self._timeout = timeout
        self.address = parse_smtp_url(url)
        self.sender = parse_sender(mail_from)

    @contextmanager
    def connect(self) -> Iterator[SMTPConnection]:
        """Yield an open connection and close it; raise `TransportUnavailable`."""
        smtp = self._open()
        try:
            yield SMTPConnection(smtp)
        finally:
            with suppress(smtplib.SMTPException, OSError):
                smtp.quit()
            smtp.close()

    def _open(self) -> smtplib.SMTP:
        address = self.address
        try:
            smtp = self._connect()
            try:
                self._secure(smtp)
                if address.user is not None:
                    smtp.login(address.user, address.password or "")
            except BaseException:
                smtp.close()
                raise
        except (smtplib.SMTPException, OSError) as error:
            raise TransportUnavailable(f"SMTP server {address.host}:{address.port}: {_reason(error)}") from error
        return smtp

    def _connect(self) -> smtplib.SMTP:
        host, port = self.address.host, self.address.port
        name = self.sender.domain  # in EHLO; smtplib would otherwise ask the DNS for one
        if not self.address.tls:
            return smtplib.SMTP(host, port, name, timeout=self._timeout)
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(host, port, name, timeout=self._timeout, context=context)

    def _secure(self, smtp: smtplib.SMTP) -> None:
        smtp.ehlo_or_helo_if_needed()
        required = self.address.starttls == "required"
        offered = smtp.has_extn("starttls")
        if self.address.tls or self.address.starttls == "off" or not (offered or required):
            return
        smtp.starttls(context=ssl.create_default_context() if required else _opportunistic_context())
        smtp.ehlo()


def parse_smtp_url(url: str) -> SMTPAddress:
    """Return what *url* says; raise `ConfigurationError`."""
    try:
        parts = urlsplit(url)
        query, port = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query))), parts.port
    except ValueError as error:
        raise ConfigurationError("smtp_url is not a URL: smtp://user:password@host:port") from error
    starttls = query.pop("starttls", _default_starttls(parts.hostname, parts.username))
    if parts.scheme not in _PORTS or not parts.hostname or parts.path.strip("/") or query:
        raise ConfigurationError("smtp_url must be smtp://host:port or smtps://host:port, with ?starttls=… at most")
    if starttls not in _STARTTLS:
        raise ConfigurationError(f"smtp_url: starttls must be one of {', '.join(_STARTTLS)}")
    return SMTPAddress(
        host=parts.hostname,
        port=port or _PORTS[parts.scheme],
        tls=parts.scheme == "smtps",
        starttls=starttls,
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )


def _default_starttls(host: str | None, user: str | None) -> str:
    return "required" if user and not _is_loopback(host or "") else "opportunistic"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _opportunistic_context() -> ssl.SSLContext:
    # RFC 7435: encryption without authentication is better than none, and none is what the alternative would be.
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _refused(code: int, answer: bytes | str) -> DeliveryFailed:
    return DeliveryFailed(_answer(code, answer), permanent=500 <= code < 600)


def _answer(code: int, answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return f"{code} {' '.join(text.split())}"


def _reason(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return _answer(error.smtp_code, error.smtp_error)
    return str(error) or type(error).__name__
