"""SMTP by URL: what may be configured, what a server may answer, and when TLS is demanded."""

import ssl
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult

from idp.errors import ConfigurationError
from idp.mail.message import build_message
from idp.mail.transport import DeliveryFailed, SMTPTransport, TransportUnavailable, parse_smtp_url
from tests.clock import START
from tests.mail.smtp import ScriptedServer, smtp_server

FROM = "Countersign <no-reply@localhost>"


def message(transport: SMTPTransport, recipient: str = "alice@example.org") -> Any:
    """Any message."""
    return build_message(
        sender=transport.sender, recipient=recipient, subject="s", text="t", html="h", mail_id="1", date=START
    )


def send(url: str, recipient: str = "alice@example.org") -> None:
    """Send one message over a connection of its own."""
    transport = SMTPTransport(url, FROM)
    with transport.connect() as connection:
        connection.send(message(transport, recipient))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail", ("mail", 25, False, "opportunistic", None, None)),
        ("smtp://mail:587?starttls=required", ("mail", 587, False, "required", None, None)),
        ("smtps://u%40x:p%2F%3A@mail", ("mail", 465, True, "required", "u@x", "p/:")),
        ("smtp://u:p@mail", ("mail", 25, False, "required", "u", "p")),
        ("smtp://u:p@localhost:1025", ("localhost", 1025, False, "opportunistic", "u", "p")),
        ("smtp://[::1]:25?starttls=off", ("::1", 25, False, "off", None, None)),
    ],
)
def test_url_is_understood(url: str, expected: tuple[Any, ...]) -> None:
    """Ports have defaults, and a password never travels to another machine in the clear unless somebody says so."""
    address = parse_smtp_url(url)

    assert (address.host, address.port, address.tls, address.starttls, address.user, address.password) == expected


@pytest.mark.parametrize(
    "url", ["", "mail:25", "http://mail", "smtp://", "smtp://mail:port", "smtp://mail/path", "smtp://mail?x=1",
            "smtp://mail?starttls=maybe", "smtp://mail:99999"],
)  # fmt: skip
def test_wrong_url_is_a_configuration_error(url: str) -> None:
    """The operator hears of it at the start."""
    with pytest.raises(ConfigurationError):
        parse_smtp_url(url)


def test_password_is_not_shown() -> None:
    """An address in a log shows no password."""
    assert "hunter2" not in repr(parse_smtp_url("smtp://u:hunter2@mail"))


def test_message_arrives(running_server: tuple[ScriptedServer, int]) -> None:
    """A message reaches the server, with the recipient in the envelope."""
    server, port = running_server
    send(f"smtp://127.0.0.1:{port}")

    assert [recipients for recipients, _ in server.received] == [["alice@example.org"]]


@pytest.mark.parametrize(
    ("answer", "permanent"), [("450 4.2.1 later", False), ("550 5.1.1 no such user", True), ("421 busy", False)]
)
def test_refused_recipient_says_whether_to_try_again(
    running_server: tuple[ScriptedServer, int], answer: str, permanent: bool
) -> None:
    """4yz means later, 5yz means never (RFC 5321 section 4.2.1)."""
    server, port = running_server
    server.recipient_answers["alice@example.org"] = [answer]
    with pytest.raises(DeliveryFailed, match=answer) as raised:
        send(f"smtp://127.0.0.1:{port}")

    assert raised.value.permanent is permanent


@pytest.mark.parametrize(("answer", "permanent"), [("451 4.3.0 disk full", False), ("554 5.7.1 spam", True)])
def test_refused_data_says_whether_to_try_again(
    running_server: tuple[ScriptedServer, int], answer: str, permanent: bool
) -> None:
    """The same after the message itself."""
    server, port = running_server
    server.data_answers = [answer]
    with pytest.raises(DeliveryFailed, match=answer) as raised:
        send(f"smtp://127.0.0.1:{port}")

    assert raised.value.permanent is permanent


def test_absent_server_is_unavailable() -> None:
    """Nobody listens: the transport is to blame, not the mail."""
    with pytest.raises(TransportUnavailable, match=r"127\.0\.0\.1:1:"):
        send("smtp://127.0.0.1:1")


def test_address_that_the_server_cannot_carry_fails_for_good() -> None:
    """A local part beyond ASCII needs SMTPUTF8 (RFC 6531)."""
    with smtp_server(enable_SMTPUTF8=False) as (_, port), pytest.raises(DeliveryFailed) as raised:
        send(f"smtp://127.0.0.1:{port}", "zoë@example.org")

    assert raised.value.permanent


def test_address_beyond_ascii_arrives(running_server: tuple[ScriptedServer, int]) -> None:
    """With SMTPUTF8 it is delivered."""
    server, port = running_server
    send(f"smtp://127.0.0.1:{port}", "zoë@example.org")

    assert server.received[0][0] == ["zoë@example.org"]


def test_starttls_is_demanded_where_required(running_server: tuple[ScriptedServer, int]) -> None:
    """A server without STARTTLS gets nothing."""
    server, port = running_server
    with pytest.raises(TransportUnavailable):
        send(f"smtp://127.0.0.1:{port}?starttls=required")

    assert server.received == []


def test_untrusted_certificate_is_refused_where_tls_is_required(tls_context: ssl.SSLContext) -> None:
    """Encryption with anybody is not what was asked for."""
    with smtp_server(tls_context=tls_context) as (server, port):
        with pytest.raises(TransportUnavailable, match="certificate"):
            send(f"smtp://127.0.0.1:{port}?starttls=required")

        assert server.received == []


def test_starttls_is_used_where_offered(tls_context: ssl.SSLContext) -> None:
    """Without a demand, any encryption is better than none (RFC 7435)."""
    with smtp_server(tls_context=tls_context, require_starttls=True) as (server, port):
        send(f"smtp://127.0.0.1:{port}")

        assert len(server.received) == 1


def test_credentials_are_given(tls_context: ssl.SSLContext) -> None:
    """User and password of the URL sign in; wrong ones make the transport unavailable, without being told."""

    def authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == (b"user", b"p/w"), handled=False)

    options = {"tls_context": tls_context, "authenticator": authenticate, "auth_required": True}
    with smtp_server(**options) as (server, port):
        send(f"smtp://user:p%2Fw@127.0.0.1:{port}")
        with pytest.raises(TransportUnavailable) as raised:
            send(f"smtp://user:hunter2@127.0.0.1:{port}")

        assert len(server.received) == 1
        assert "hunter2" not in str(raised.value)


@pytest.fixture(scope="module")
def tls_context(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """A server's context with a certificate that nobody trusts."""
    from tests.mail.certificate import write_self_signed

    path: Path = tmp_path_factory.mktemp("tls") / "server.pem"
    write_self_signed(path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context
