"""A foreign authority whose cards the demo's realm accepts, and a card in a browser."""

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from OpenSSL import SSL

from idp.demo.seed import DEMO
from idp.pki.anchor_settings import read_anchor_settings
from idp.pki.trust_anchors import add_anchor, get_anchor, remove_anchor
from idp.realms.realms import get_realm
from tests.browser.chromium import Chromium
from tests.browser.demo import RunningDemo
from tests.browser.patience import eventually
from tests.certificates import Authority, Issued
from tests.pki.corporate import pem

NAME, PASSWORD = "Company cards", "secret"


@contextmanager
def accepted_cards(demo: RunningDemo, **settings: Any) -> Iterator[Authority]:
    """Yield the authority; the realm trusts it meanwhile. Revocation is not looked up."""
    root = Authority.create("Company Root")
    cards = root.create_intermediate("Company Cards")
    wanted = read_anchor_settings({"revocation": {"method": "none"}, **settings})
    services = demo.services
    with services.database.transaction() as session:
        realm, chain = get_realm(session, DEMO), pem(root.certificate, cards.certificate)
        add_anchor(session, services.clock, realm=realm, name=NAME, pem=chain, settings=wanted)
    eventually(
        lambda: cards.certificate.subject.public_bytes() in _advertised(demo), "the listener names the authority"
    )
    try:
        yield cards
    finally:
        with services.database.transaction() as session:
            remove_anchor(session, get_anchor(session, get_realm(session, DEMO).id, NAME))


def _advertised(demo: RunningDemo) -> set[bytes]:
    """Return the names of the authorities whose certificates the running listener asks for (RFC 8446 section 4.2.4)."""
    address = ("127.0.0.1", demo.options.certificate_port)
    with closing(SSL.Connection(SSL.Context(SSL.TLS_CLIENT_METHOD), socket.create_connection(address))) as connection:
        connection.set_tlsext_host_name(b"question.cert.localhost")
        connection.set_connect_state()
        connection.do_handshake()
        return {name.der() for name in connection.get_client_ca_list()}


def install(chromium: Chromium, card: Issued, folder: Path) -> None:
    """Put a card into the browser's store."""
    file = folder / "card.p12"
    file.write_bytes(card.pkcs12(PASSWORD.encode()))
    chromium.certificates.install(file, PASSWORD)
