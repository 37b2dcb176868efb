"""A provisioned realm is complete."""

import pytest
from sqlalchemy import select

from idp.clients.clients import find_client
from idp.encryption import Cipher
from idp.errors import Conflict, InvalidInput
from idp.models import CertificateAuthority, SigningKey
from idp.provisioning import ACCOUNT_CONSOLE, ensure_realm, provision_realm
from idp.storage.database import Database
from tests.clock import FixedClock

URL = "https://id.example.org"
CIPHER = Cipher(b"k" * 32)


@pytest.mark.every_database
def test_realm_has_keys_authorities_and_its_dashboard(database: Database, clock: FixedClock) -> None:
    """The dashboard's client is public, first-party, and has exactly one address to return to."""
    with database.transaction() as session:
        realm = provision_realm(session, CIPHER, clock, public_url=URL, name="staff", display_name="Staff")
        console = find_client(session, realm.id, ACCOUNT_CONSOLE)
        algorithms = set(session.scalars(select(SigningKey.algorithm).where(SigningKey.realm_id == realm.id)))
        kinds = sorted(session.scalars(select(CertificateAuthority.kind)))
    assert console is not None
    assert console.first_party
    assert console.secret_encrypted is None
    assert console.redirect_uris == [f"{URL}/realms/staff/account/callback"]
    assert console.post_logout_redirect_uris == [f"{URL}/realms/staff/account/"]
    assert console.grant_types == ["authorization_code"]
    assert console.scope == "openid profile email"
    assert algorithms == {"RS256", "PS256", "ES256", "EdDSA"}
    assert kinds == ["issuing", "root"]


def test_name_that_is_taken_or_wrong_is_refused(database: Database, clock: FixedClock) -> None:
    """The facts of the domain come through."""
    with database.transaction() as session:
        provision_realm(session, CIPHER, clock, public_url=URL, name="staff")
    with pytest.raises(Conflict), database.transaction() as session:
        provision_realm(session, CIPHER, clock, public_url=URL, name="staff")
    with pytest.raises(InvalidInput), database.transaction() as session:
        provision_realm(session, CIPHER, clock, public_url=URL, name="Staff!")


def test_ensuring_twice_gives_the_same_realm(database: Database, clock: FixedClock) -> None:
    """And a moved public address moves the dashboard's."""
    with database.transaction() as session:
        first = ensure_realm(session, CIPHER, clock, public_url=URL, name="staff")
    with database.transaction() as session:
        second = ensure_realm(session, CIPHER, clock, public_url="https://login.example.org", name="staff")
        console = find_client(session, second.id, ACCOUNT_CONSOLE)
    assert first.id == second.id
    assert console is not None
    assert console.redirect_uris == ["https://login.example.org/realms/staff/account/callback"]
