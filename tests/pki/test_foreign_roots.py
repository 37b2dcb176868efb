"""Roots that a realm trusts for the certificates of applications."""

import pytest
from sqlalchemy.orm import Session

from idp.clock import SystemClock
from idp.errors import Conflict, InvalidInput
from idp.models import Realm
from idp.pki.foreign_roots import trust_root
from idp.pki.path_validation import verify_client_certificate
from idp.pki.trust import load_trust_store
from idp.realms.realms import create_realm
from idp.storage.database import Database
from tests.certificates import Authority, rsa_key, self_sign

CLOCK = SystemClock()


def make_realm(session: Session, name: str = "demo") -> Realm:
    return create_realm(session, CLOCK, name=name)


def test_certificates_below_a_trusted_root_are_accepted(database: Database) -> None:
    """Through an intermediate that the client sends, in this realm and not in another."""
    root = Authority.create("Corporate Root")
    service = root.create_intermediate().issue("service")
    with database.transaction() as session:
        realm, other = make_realm(session), make_realm(session, "other")
        row = trust_root(session, CLOCK, realm=realm, pem=root.pem.encode())
        assert (row.kind, row.private_key_encrypted, row.subject) == ("root", None, "CN=Corporate Root")
        trust = load_trust_store(session, realm.id)
        assert (
            verify_client_certificate(service.der, service.chain_der, trust, CLOCK.now()).path[-1] == root.certificate
        )
        assert load_trust_store(session, other.id).anchors is None


def test_two_realms_may_trust_one_root_and_each_only_once(database: Database) -> None:
    """The second time is a conflict."""
    pem = Authority.create().pem.encode()
    with database.transaction() as session:
        realm = make_realm(session)
        trust_root(session, CLOCK, realm=realm, pem=pem)
        trust_root(session, CLOCK, realm=make_realm(session, "other"), pem=pem)
    with pytest.raises(Conflict), database.transaction() as session:
        trust_root(session, CLOCK, realm=session.get_one(Realm, realm.id), pem=pem)


@pytest.mark.parametrize("flaw", ["text", "two", "leaf", "intermediate", "weak"])
def test_what_is_no_root_is_refused(database: Database, flaw: str) -> None:
    """Not PEM, several, a certificate that is no authority, one that somebody else has signed, a short key."""
    root = Authority.create()
    pem = {
        "text": "no certificate",
        "two": root.pem + root.pem,
        "leaf": self_sign().pem,
        "intermediate": root.create_intermediate().pem,
        "weak": Authority.create(key=rsa_key(1024)).pem,
    }[flaw]
    with pytest.raises(InvalidInput), database.transaction() as session:
        trust_root(session, CLOCK, realm=make_realm(session), pem=pem.encode())
