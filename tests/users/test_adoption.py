"""How many sign in with two factors, and when certificates end, on both databases."""

from datetime import timedelta

import pytest

from idp.models import Certificate, User
from idp.pki.statistics import count_expiring_by_week
from idp.users.adoption import count_adoption
from tests.people import Household, found_household

pytestmark = pytest.mark.every_database


@pytest.fixture
def home(database, clock):  # type: ignore[no-untyped-def]
    return found_household(database, clock)


def add_user(home: Household, name: str, *, enabled: bool = False) -> str:
    with home.database.transaction() as session:
        now = home.clock.now()
        user = User(realm_id=home.realm.id, username=name, created_at=now, updated_at=now)
        user.two_factor_enabled_at = now if enabled else None
        session.add(user)
        session.flush()
        return user.id


def add_certificate(home: Household, user_id: str, days: float, **changes: object) -> None:
    now = home.clock.now()
    with home.database.transaction() as session:
        number = session.query(Certificate).count()
        row = Certificate(
            realm_id=home.realm.id,
            user_id=user_id,
            serial_number=f"{number}",
            fingerprint=f"{number}",
            subject="",
            issuer="",
            certificate=b"",
            key_type="p256",
            device_name="",
            platform="",
            not_before=now,
            not_after=now + timedelta(days=days),
            created_at=now,
        )
        for name, value in changes.items():
            setattr(row, name, value)
        session.add(row)


def test_people_are_counted_once(home: Household) -> None:
    """Of people with a usable certificate, those who have not switched it on; of those with none, the rest."""
    switched, holder, revoked, expired = (add_user(home, name, enabled=name == "a") for name in "abcd")
    add_certificate(home, switched, 10)
    add_certificate(home, holder, 10)
    add_certificate(home, holder, 20)
    add_certificate(home, revoked, 10, revoked_at=home.clock.now())
    add_certificate(home, expired, -1)
    with home.database.transaction() as session:
        adoption = count_adoption(session, home.realm.id, now=home.clock.now())
        nobody = count_adoption(session, "other", now=home.clock.now())

    assert (adoption.switched_on, adoption.with_certificate, adoption.without) == (1, 1, 3)  # alice is there, too
    assert adoption.people == 5
    assert nobody.people == 0


def test_certificates_are_counted_in_the_week_they_end_in(home: Household) -> None:
    """Not those that are revoked or replaced: nobody has to do anything about them."""
    owner = add_user(home, "a")
    for days in (-0.1, 0, 6.9, 7, 13.9, 83.9, 84):
        add_certificate(home, owner, days)
    add_certificate(home, owner, 1, revoked_at=home.clock.now())
    add_certificate(home, owner, 1, superseded_at=home.clock.now())
    with home.database.transaction() as session:
        weeks = count_expiring_by_week(session, home.realm.id, since=home.clock.now(), weeks=12)

    assert weeks == [2, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]
