"""Who can be invited, and for how long."""

from datetime import timedelta
from typing import Any

import pytest

from idp.encryption import Cipher
from idp.errors import InvalidInput
from idp.models import OutgoingMail, Realm, User
from idp.notices.invitations import invite_user
from idp.notices.notice import Sender
from idp.storage.database import Database
from idp.themes import open_themes
from tests.clock import FixedClock
from tests.people import found_household


@pytest.mark.parametrize(
    ("changes", "options", "field"),
    [
        ({"email": None}, {}, "email"),
        ({"enabled": False}, {}, "enabled"),
        ({}, {"lifetime": timedelta(minutes=59)}, "lifetime"),
        ({}, {"lifetime": timedelta(days=31)}, "lifetime"),
        ({"policy": "off"}, {"require_certificate": True}, "require_certificate"),
        ({"realm": "other"}, {}, "user"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    database: Database, clock: FixedClock, changes: dict[str, Any], options: dict[str, Any], field: str
) -> None:
    """Each problem is named by its field."""
    home = found_household(database, clock)
    sender = Sender("https://id.example.org", Cipher(bytes(32)), clock, open_themes(None))
    with database.transaction() as session:
        user, realm = session.get_one(User, home.user.id), session.get_one(Realm, home.realm.id)
        user.email, user.enabled = changes.get("email", user.email), changes.get("enabled", True)
        realm.certificate_policy = changes.get("policy", "optional")
        if "realm" in changes:
            realm = Realm(name="other", created_at=clock.now())
            session.add(realm)
            session.flush()
        with pytest.raises(InvalidInput) as caught:
            invite_user(session, sender, realm=realm, user=user, by="test", **options)
        assert set(caught.value.fields) == {field}
        assert user.two_factor_enabled_at is None
        assert session.query(OutgoingMail).count() == 0
