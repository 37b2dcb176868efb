"""Links in mails: once, not for long, for one purpose, in one realm, and dead as soon as they should be."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from idp.errors import LinkInvalid
from idp.models import ActionLink, User
from idp.realms.realms import create_realm
from idp.users.action_links import LiveLink, Purpose, get_live_link, issue_link, use_link, void_links
from idp.users.users import change_password
from tests.crowd import CROWD, all_at_once
from tests.people import HASHER, Household, add_user

HOUR = timedelta(hours=1)
GUARDED = (Purpose.RESET_PASSWORD, Purpose.DISABLE_TWO_FACTOR, Purpose.ENROLMENT)
every_purpose = pytest.mark.parametrize("purpose", Purpose)


def issue(home: Household, purpose: Purpose = Purpose.RESET_PASSWORD, user: User | None = None) -> str:
    """Issue a link as the login does, and commit."""
    user = user or home.user
    with home.database.transaction() as session:
        return issue_link(session, home.clock, user=user, purpose=purpose, lifetime=HOUR)


def open_link(home: Household, token: str, purpose: Purpose = Purpose.RESET_PASSWORD, **where: Any) -> LiveLink:
    """Look at a link, as GET does."""
    realm_id = where.get("realm_id", home.realm.id)
    with home.database.transaction() as session:
        return get_live_link(session, home.clock, realm_id=realm_id, purpose=purpose, token=token)


def consume(home: Household, token: str, purpose: Purpose = Purpose.RESET_PASSWORD) -> None:
    """Open and use a link, as POST does."""
    with home.database.transaction() as session:
        link = get_live_link(session, home.clock, realm_id=home.realm.id, purpose=purpose, token=token)
        use_link(session, home.clock, link)


def change(home: Household, alter: Callable[[User], None]) -> None:
    """Change the person's row, and commit."""
    with home.database.transaction() as session:
        alter(session.get_one(User, home.user.id))


@every_purpose
def test_link_is_shown_as_often_as_asked_and_used_once(home: Household, purpose: Purpose) -> None:
    """A mail scanner that opens the link takes nothing from its owner; a second POST does nothing."""
    token = issue(home, purpose)
    for _ in range(3):
        assert open_link(home, token, purpose).user.id == home.user.id

    consume(home, token, purpose)
    for again in (open_link, consume):
        with pytest.raises(LinkInvalid):
            again(home, token, purpose)


@pytest.mark.every_database
def test_link_that_twenty_use_at_once_is_used_once(home: Household) -> None:
    """One of twenty simultaneous callers wins; the others are told that the link is used."""
    token = issue(home)

    outcomes = all_at_once(lambda _: consume(home, token))

    assert outcomes.count(None) == 1
    assert sum(isinstance(outcome, LinkInvalid) for outcome in outcomes) == CROWD - 1


@pytest.mark.every_database
def test_link_that_twenty_have_open_is_used_once(home: Household) -> None:
    """The same when all twenty have seen it unused before any of them uses it."""
    link = open_link(home, issue(home))

    def use(_: int) -> None:
        with home.database.transaction() as session:
            use_link(session, home.clock, link)

    assert all_at_once(use).count(None) == 1


def test_use_in_transaction_that_fails_leaves_link_usable(home: Household) -> None:
    """A link is not lost when the request that used it fails."""
    token = issue(home)
    with home.database.transaction() as session:
        use_link(session, home.clock, open_link(home, token))
        session.rollback()

    consume(home, token)


@every_purpose
def test_link_dies_at_end_of_lifetime(home: Household, purpose: Purpose) -> None:
    """Good until the last moment, and not at the hour."""
    token = issue(home, purpose)
    home.clock.advance(HOUR - timedelta(microseconds=1))
    open_link(home, token, purpose)

    home.clock.advance(microseconds=1)
    with pytest.raises(LinkInvalid):
        open_link(home, token, purpose)


@every_purpose
def test_newer_link_ends_older_one(home: Household, purpose: Purpose) -> None:
    """Of two links with one purpose the later is good."""
    older, newer = issue(home, purpose), issue(home, purpose)

    with pytest.raises(LinkInvalid):
        open_link(home, older, purpose)
    open_link(home, newer, purpose)


@pytest.mark.every_database
def test_links_issued_by_twenty_at_once_leave_one_alive(home: Household) -> None:
    """Which of them is the newest is decided, whoever asks for them and however fast."""

    def alive(token: str) -> bool:
        try:
            open_link(home, token)
        except LinkInvalid:
            return False
        return True

    tokens = all_at_once(lambda _: issue(home))

    assert [alive(str(token)) for token in tokens].count(True) == 1


def test_newer_link_of_other_purpose_or_person_ends_nothing(home: Household) -> None:
    """Nobody can void somebody else's link, nor one purpose another's."""
    token = issue(home)
    issue(home, Purpose.ENROLMENT)
    with home.database.transaction() as session:
        bob = add_user(session, home.clock, home.realm, "bob")
    issue(home, user=bob)

    open_link(home, token)


@pytest.mark.parametrize("purpose", GUARDED)
def test_password_change_ends_links_made_before(home: Household, purpose: Purpose) -> None:
    """Who changes the password because somebody read the mail is safe from the links in it."""
    token = issue(home, purpose)
    home.clock.advance(seconds=1)
    with home.database.transaction() as session:
        change_password(session, HASHER, home.clock, session.get_one(User, home.user.id), "another good one")

    with pytest.raises(LinkInvalid):
        open_link(home, token, purpose)
    open_link(home, issue(home, purpose), purpose)


def test_verification_link_outlives_password_change(home: Household) -> None:
    """To confirm an address has nothing to do with the password."""
    token = issue(home, Purpose.VERIFY_EMAIL)
    home.clock.advance(seconds=1)
    with home.database.transaction() as session:
        change_password(session, HASHER, home.clock, session.get_one(User, home.user.id), "another good one")

    open_link(home, token, Purpose.VERIFY_EMAIL)


@every_purpose
def test_change_of_address_ends_links_sent_to_old_one(home: Household, purpose: Purpose) -> None:
    """Who has lost control of a mailbox and changes the address is safe from the links in that mailbox."""
    token = issue(home, purpose)
    change(home, lambda user: setattr(user, "email", "new@example.org"))

    with pytest.raises(LinkInvalid):
        open_link(home, token, purpose)


@every_purpose
def test_link_of_disabled_account_is_dead(home: Household, purpose: Purpose) -> None:
    """A disabled account is not opened by a mail."""
    token = issue(home, purpose)
    change(home, lambda user: setattr(user, "enabled", False))

    with pytest.raises(LinkInvalid):
        open_link(home, token, purpose)


@pytest.mark.parametrize("other", [Purpose.DISABLE_TWO_FACTOR, Purpose.ENROLMENT, Purpose.VERIFY_EMAIL])
def test_link_is_good_for_its_purpose_alone(home: Household, other: Purpose) -> None:
    """A link to reset a password cannot be spent on switching the certificate off."""
    with pytest.raises(LinkInvalid):
        open_link(home, issue(home), other)


def test_link_is_good_in_its_realm_alone(home: Household) -> None:
    """Another realm does not know the token."""
    with home.database.transaction() as session:
        other = create_realm(session, home.clock, name="other")

    with pytest.raises(LinkInvalid):
        open_link(home, issue(home), realm_id=other.id)


@pytest.mark.every_database
@pytest.mark.parametrize("token", ["", " ", "x" * 100_000, "ä\u0301", "' OR 1=1 --", "%00"])
def test_token_that_nobody_issued_is_refused(home: Household, token: str) -> None:
    """Whatever is typed into the address, the answer is the same."""
    issue(home)

    with pytest.raises(LinkInvalid):
        open_link(home, token)


def test_token_is_not_stored(home: Household) -> None:
    """Who reads the database cannot use the links in it: not even the digest is a token."""
    token = issue(home)
    with home.database.transaction() as session:
        row = session.scalars(select(ActionLink)).one()

    assert len(token) >= 43
    assert token not in repr(vars(row))
    with pytest.raises(LinkInvalid):
        open_link(home, row.token_digest)


def test_voided_links_are_dead(home: Household) -> None:
    """`void_links` ends the links of its purpose and no other."""
    reset, enrolment = issue(home), issue(home, Purpose.ENROLMENT)
    with home.database.transaction() as session:
        void_links(session, home.user.id, Purpose.RESET_PASSWORD)

    with pytest.raises(LinkInvalid):
        open_link(home, reset)
    open_link(home, enrolment, Purpose.ENROLMENT)


@pytest.mark.every_database
def test_link_used_while_newer_is_issued_leaves_database_whole(home: Household) -> None:
    """A use and a new issue at the same moment: each ends well or as a dead link, and never in a deadlock."""
    token = issue(home)
    outcomes = all_at_once(lambda number: consume(home, token) if number % 2 else issue(home))
    unexpected = [o for o in outcomes if isinstance(o, Exception) and not isinstance(o, LinkInvalid)]

    assert unexpected == []
