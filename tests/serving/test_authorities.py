"""The names that browsers are told follow the realms."""

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from idp.encryption import Cipher
from idp.models import TrustAnchor
from idp.pki.anchor_settings import AnchorSettings
from idp.pki.authorities import list_issuing_authorities
from idp.pki.authority_revocation import AuthorityRevocationReason, revoke_authority
from idp.pki.corporate_root import create_request, import_chain
from idp.pki.roll_over import roll_over
from idp.pki.trust_anchors import add_anchor, replace_chain, switch_anchor
from idp.provisioning import provision_realm
from idp.realms.realms import create_realm
from idp.serving.authorities import KnownAuthorities
from idp.storage.database import Database
from tests.certificates import Authority
from tests.clock import FixedClock
from tests.pki.corporate import Corporation, pem
from tests.serving.clients import s_client
from tests.serving.conftest import Serve
from tests.serving.running import eventually


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


@pytest.mark.parametrize("loop", ["asyncio"], indirect=True)
def test_enabled_anchors_and_those_below_are_told_over_tls_at_once(
    serve: Serve, database: Database, clock: FixedClock
) -> None:
    """Without a restart, and no longer when the anchor is disabled, changed or removed."""
    known, root = KnownAuthorities(database), Authority.create("Cards Root")
    cards = root.create_intermediate("Cards")
    known.refresh()
    server = serve(ca_names=known)
    clock.advance(root.certificate.not_valid_before_utc + timedelta(days=1) - clock.now())
    with database.transaction() as session:
        realm = create_realm(session, clock, name="staff")
        chain, settings = pem(root.certificate, cards.certificate), AnchorSettings()
        anchor_id = add_anchor(session, clock, realm=realm, name="Cards", pem=chain, settings=settings).id

    def told() -> set[str]:
        known.refresh()
        printed = s_client(server.port)
        return {name for name in ("Cards Root", "Cards") if f"CN = {name}\n" in printed}

    assert eventually(lambda: told() == {"Cards Root", "Cards"})
    with database.transaction() as session:
        clock.advance(seconds=1)
        replace_chain(session, clock, session.get_one(TrustAnchor, anchor_id), pem(root.certificate))
    assert eventually(lambda: told() == {"Cards Root"})
    with database.transaction() as session:
        switch_anchor(session, clock, session.get_one(TrustAnchor, anchor_id), enabled=False)
    assert eventually(lambda: told() == set())
    known.refresh()
    assert known() == ()
