"""The names that browsers are told follow the realms."""

from idp.encryption import Cipher
from idp.provisioning import provision_realm
from idp.serving.authorities import KnownAuthorities
from idp.storage.database import Database
from tests.clock import FixedClock


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
