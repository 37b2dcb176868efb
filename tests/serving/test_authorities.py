"""The names that browsers are told follow the realms."""

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from idp.encryption import Cipher
from idp.pki.authorities import list_issuing_authorities
from idp.pki.authority_revocation import AuthorityRevocationReason, revoke_authority
from idp.pki.corporate_root import create_request, import_chain
from idp.pki.roll_over import roll_over
from idp.provisioning import provision_realm
from idp.serving.authorities import KnownAuthorities
from idp.storage.database import Database
from tests.clock import FixedClock
from tests.pki.corporate import Corporation, pem


def test_new_realm_is_known_after_a_refresh(database: Database, clock: FixedClock) -> None:
    """Its issuing authority, not its root, because that is who issues what people have."""
    known = KnownAuthorities(database)
    known.refresh()
    assert known() == ()
    with database.transaction() as session:
        provision_realm(session, Cipher(b"k" * 32), clock, public_url="http://localhost:8080", name="staff")
    assert known() == ()
    known.refresh()
    (issuing,) = known()
    assert issuing.subject != issuing.issuer


def test_roll_over_and_certification_by_others_are_noticed(database: Database, clock: FixedClock) -> None:
    """Browsers are told of the new one beside the old one at once, and never of the corporate root."""
    known, cipher = KnownAuthorities(database), Cipher(b"k" * 32)
    with database.transaction() as session:
        realm = provision_realm(session, cipher, clock, public_url="http://localhost:8080", name="staff")
        roll_over(session, cipher, clock, realm=realm)
        request = create_request(session, cipher, clock, realm=realm)
    known.refresh()
    assert len(known()) == 2
    corporation = Corporation(clock.now().replace(microsecond=0))

    with database.transaction() as session:
        import_chain(session, clock, realm=realm, pem=pem(corporation.certify(request), corporation.root))
    known.refresh()

    assert len(known()) == 3
    assert corporation.root not in known()


def test_revoked_authority_is_told_no_more(database: Database, clock: FixedClock) -> None:
    known, cipher = KnownAuthorities(database), Cipher(b"k" * 32)
    with database.transaction() as session:
        realm = provision_realm(session, cipher, clock, public_url="http://localhost:8080", name="staff")
        new = roll_over(session, cipher, clock, realm=realm)
        (old,) = [row for row in list_issuing_authorities(session, realm.id) if row.id != new.id]
    known.refresh()
    assert len(known()) == 2
    with database.transaction() as session:
        revoke_authority(session, clock, session.merge(old), AuthorityRevocationReason.CA_COMPROMISE)
    known.refresh()

    assert [x509.Certificate.public_bytes(one, Encoding.DER) for one in known()] == [new.certificate]
