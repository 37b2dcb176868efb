"""Changing a realm: by name, within limits, all or nothing."""

import pytest

from idp.errors import InvalidInput
from idp.models import Realm
from idp.realms.changes import SETTINGS, change_realm, describe_realm, show_duration
from idp.storage.database import Database
from tests.clock import FixedClock


@pytest.fixture
def realm(database: Database, clock: FixedClock) -> Realm:
    """A realm with the defaults."""
    with database.transaction() as session:
        realm = Realm(name="demo", created_at=clock.now())
        session.add(realm)
    return realm


def test_every_column_can_be_changed_but_identity() -> None:
    """A setting that is added to the row is added here; the profile, a document, has a command of its own, the rest follows groups and scopes."""
    following = {"scope_mappers", "restricted_scopes", "groups_require_certificate"}
    apart = {"id", "name", "created_at", "certificate_profile", *following}
    assert set(SETTINGS) == {column.name for column in Realm.__table__.columns} - apart


def test_described_settings_are_taken_back(realm: Realm) -> None:
    """What is shown can be given again, and changes nothing."""
    before = describe_realm(realm)
    change_realm(realm, before)

    assert describe_realm(realm) == before
    assert before["certificate_lifetime"] == "365d"
    assert before["recovery_by_mail"] == "yes"


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("certificate_policy", "required", "required"),
        ("certificate_lifetime", "180d", 180 * 86400),
        ("session_idle_lifetime", "90m", 5400),
        ("recovery_by_mail", "No", False),
        ("enabled", "on", True),
        ("max_login_failures", "3", 3),
        ("display_name", " Köln & Co. ", "Köln & Co."),
        ("theme", "corporate", "corporate"),
        ("event_retention", "90d", 90 * 86400),
        ("event_retention", "0d", 0),
    ],
)
def test_setting_is_changed(realm: Realm, name: str, text: str, value: object) -> None:
    """And returned, for the event."""
    assert change_realm(realm, {name: text}) == {name: value}
    assert getattr(realm, name) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [("certificate_policy", "Required"), ("certificate_policy", ""), ("certificate_lifetime", "900d"),
     ("certificate_lifetime", "59s"), ("certificate_lifetime", "365"), ("certificate_lifetime", "1.5d"),
     ("event_retention", "1h"), ("admin_event_retention", "29d"), ("session_lifetime", "-1d"), ("session_lifetime", "0s"), ("session_lifetime", "1 d"), ("enabled", "maybe"),
     ("max_login_failures", "0"), ("max_login_failures", "five"), ("max_login_failures", "²"), ("theme", "../x"),
     ("theme", ""), ("display_name", "a\nb"), ("display_name", "x" * 256), ("password_min_length", "7"),
     ("lock_increment", "99999999999d")],
)  # fmt: skip
def test_value_that_does_not_fit_is_refused(realm: Realm, name: str, text: str) -> None:
    """With the name of the setting and what would fit."""
    before = describe_realm(realm)
    with pytest.raises(InvalidInput) as refused:
        change_realm(realm, {name: text})

    assert list(refused.value.fields) == [name]
    assert describe_realm(realm) == before


def test_all_problems_are_told_and_nothing_is_changed(realm: Realm) -> None:
    """Not even what would have been right."""
    with pytest.raises(InvalidInput) as refused:
        change_realm(realm, {"certificate_policy": "required", "id": "x", "name": "y", "enabled": "?"})

    assert set(refused.value.fields) == {"id", "name", "enabled"}
    assert realm.certificate_policy == "optional"


@pytest.mark.parametrize(
    ("seconds", "text"), [(86400, "1d"), (90, "90s"), (5400, "90m"), (7200, "2h"), (86401, "86401s")]
)
def test_duration_is_shown_in_its_largest_whole_unit(seconds: int, text: str) -> None:
    """As somebody would write it."""
    assert show_duration(seconds) == text
