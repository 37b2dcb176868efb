"""A realm's policy, as requests see it."""

from dataclasses import FrozenInstanceError, fields
from datetime import timedelta

import pytest

from idp.models import Realm
from idp.realms.policy import RealmPolicy, build_policy
from idp.storage.database import Database
from tests.clock import FixedClock


@pytest.fixture
def realm(database: Database, clock: FixedClock) -> Realm:
    """A realm with the defaults of its columns."""
    with database.transaction() as session:
        realm = Realm(name="demo", created_at=clock.now())
        session.add(realm)
    return realm


def test_policy_of_new_realm_is_what_the_documents_promise(realm: Realm) -> None:
    """The defaults that docs/administrators.md names."""
    policy = build_policy(realm)

    assert policy.certificate_policy == "optional"
    assert policy.certificate_lifetime == timedelta(days=365)
    assert policy.action_link_lifetime == timedelta(minutes=60)
    assert policy.session_idle_lifetime == timedelta(minutes=30)
    assert policy.session_lifetime == timedelta(hours=10)
    assert policy.access_token_lifetime == timedelta(minutes=5)
    assert policy.login_lifetime == timedelta(minutes=30)
    assert policy.password_min_length == 10
    assert (policy.enrolment_by_mail, policy.recovery_by_mail) == (True, True)
    assert policy.lock.max_failures == 5
    assert (policy.lock.increment, policy.lock.maximum) == (timedelta(minutes=1), timedelta(minutes=15))


def test_policy_carries_every_setting_of_the_row(realm: Realm) -> None:
    """A column that is changed is seen: none was forgotten when the value was built."""
    before = build_policy(realm)
    for column, value in _changes(realm).items():
        setattr(realm, column, value)
    after = build_policy(realm)

    same = [field.name for field in fields(RealmPolicy) if getattr(before, field.name) == getattr(after, field.name)]
    assert same == ["id"]


def test_policy_cannot_be_changed(realm: Realm) -> None:
    """It is shared by threads."""
    with pytest.raises(FrozenInstanceError):
        build_policy(realm).certificate_policy = "off"  # type: ignore[misc]


def test_title_falls_back_to_name(realm: Realm) -> None:
    """A realm without a name for people shows the one of its address."""
    assert build_policy(realm).title == "demo"

    realm.display_name = "Demo Organisation"
    assert build_policy(realm).title == "Demo Organisation"


def _changes(realm: Realm) -> dict[str, object]:
    others = {
        bool: lambda v: not v,
        int: lambda v: v + 7,
        str: lambda v: f"{v}x",
        dict: lambda v: {**v, "x": []},
        list: lambda v: [*v, "x"],
    }
    apart = {"id", "created_at", "enabled", "certificate_profile"}  # the profile is for whoever issues
    columns = [c.name for c in Realm.__table__.columns if c.name not in apart]
    return {name: others[type(getattr(realm, name))](getattr(realm, name)) for name in columns}
