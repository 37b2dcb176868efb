"""Sessions: what keeps them alive, what ends them, and that what has ended stays so."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from idp.clients.clients import create_client
from idp.encryption import Cipher
from idp.models import Certificate, CertificateAuthority, TokenFamily, User, UserSession
from idp.realms.realms import create_realm
from idp.sessions.endings import Ending
from idp.sessions.impersonation import Impersonator
from idp.sessions.live_sessions import LiveSession, find_live_session, find_live_session_by_id
from idp.sessions.sessions import (
    Authentication,
    create_session,
    digest_token,
    end_session,
    end_sessions_of,
    end_sessions_under_authority,
    end_sessions_with_certificate,
    renew_session,
)
from tests.crowd import CROWD, all_at_once
from tests.people import Household, add_user

IDLE = timedelta(minutes=30)
LIFETIME = timedelta(hours=10)


def authentication(home: Household, **values: Any) -> Authentication:
    """Return what a login with a password has proven."""
    return Authentication(**{"auth_time": home.clock.now(), "acr": "1", "amr": ("pwd",), **values})


def sign_in(home: Household, user: User | None = None, **proven: Any) -> tuple[UserSession, str]:
    """Create a session, and commit."""
    with home.database.begin() as transaction:
        return create_session(
            transaction,
            home.clock,
            user=user or home.user,
            authentication=authentication(home, **proven),
            lifetime=LIFETIME,
            address="203.0.113.1",
            user_agent="A browser",
        )


def find(home: Household, token: str, realm_id: str | None = None) -> LiveSession | None:
    """Look a session up by its cookie, and commit."""
    with home.database.begin() as transaction:
        return find_live_session(
            transaction, home.clock, realm_id=realm_id or home.realm.id, token=token, idle_lifetime=IDLE
        )


def find_by_id(home: Household, session_id: str) -> LiveSession | None:
    """Look a session up by its public `sid`, and commit."""
    with home.database.begin() as transaction:
        return find_live_session_by_id(transaction, home.clock, session_id=session_id, idle_lifetime=IDLE)


def end(home: Household, session_id: str) -> bool:
    """End a session, and commit."""
    with home.database.transaction() as session:
        return end_session(session, home.clock, session_id, reason=Ending.LOGOUT)


def end_all(home: Household, **options: Any) -> Sequence[str]:
    """End alice's sessions, and commit."""
    with home.database.transaction() as session:
        return end_sessions_of(session, home.clock, home.user.id, reason=Ending.PASSWORD_RESET, **options)


def add_family(home: Household, session_id: str) -> str:
    """Insert a token family begun in the session; return its id."""
    with home.database.transaction() as session:
        client = create_client(
            session, Cipher(bytes(32)), home.clock, realm_id=home.realm.id, client_id=f"app-{session_id}"
        )
        family = TokenFamily(
            realm_id=home.realm.id,
            session_id=session_id,
            user_id=home.user.id,
            client_id=client.id,
            created_at=home.clock.now(),
            expires_at=home.clock.now() + LIFETIME,
        )
        session.add(family)
    return family.id


def revoked(home: Household, family_id: str) -> bool:
    """Tell whether the family was revoked."""
    with home.database.transaction() as session:
        return session.get_one(TokenFamily, family_id).revoked_at is not None


@pytest.mark.every_database
def test_session_is_found_by_its_cookie_and_by_its_sid(home: Household) -> None:
    """With its user and what was proven."""
    row, token = sign_in(home, acr="2", amr=("pwd", "x509"), second_factor="certificate")

    for found in (find(home, token), find_by_id(home, row.id)):
        assert found is not None
        assert (found.user.id, found.acr, found.amr) == (home.user.id, "2", ("pwd", "x509"))


@pytest.mark.parametrize("token", ["", "x", "x" * 100_000, "ä", "'--"])
def test_cookie_that_nobody_got_finds_nothing(home: Household, token: str) -> None:
    """Whatever is sent as a cookie."""
    sign_in(home)

    assert find(home, token) is None


def test_stored_digest_is_no_cookie(home: Household) -> None:
    """Who reads the database cannot take a session over, neither by its digest nor by its `sid`."""
    row, token = sign_in(home)

    assert token not in repr(vars(row))
    assert row.token_digest == digest_token(token)
    assert find(home, row.token_digest) is None
    assert find(home, row.id) is None


def test_cookies_are_random(home: Household) -> None:
    """256 bits each, and none of them the `sid`, which every application sees."""
    sessions = [sign_in(home) for _ in range(20)]

    assert len({token for _, token in sessions}) == 20
    assert all(len(token) == 43 and token != row.id for row, token in sessions)


def test_cookie_is_good_in_its_realm_alone(home: Household) -> None:
    """Realms share nothing."""
    _, token = sign_in(home)
    with home.database.transaction() as session:
        other = create_realm(session, home.clock, name="other")

    assert find(home, token, other.id) is None


def test_session_ends_with_its_lifetime_however_busy(home: Household) -> None:
    """Use keeps it from going idle, not from growing old."""
    _, token = sign_in(home)
    for _ in range(29):
        home.clock.advance(minutes=20)
        assert find(home, token) is not None

    home.clock.advance(minutes=20)
    assert find(home, token) is None


def test_session_that_is_not_used_goes_idle(home: Household) -> None:
    """Alive until the last moment of the half hour."""
    _, token = sign_in(home)
    home.clock.advance(IDLE - timedelta(microseconds=1))
    assert find(home, token) is not None

    home.clock.advance(IDLE)
    assert find(home, token) is None


def test_use_is_written_at_most_once_a_minute(home: Household) -> None:
    """A busy page does not write with every request."""
    row, token = sign_in(home)
    begun = home.clock.now()
    seen = []
    for seconds in (0, 59, 1, 30):
        home.clock.advance(seconds=seconds)
        find(home, token)
        with home.database.transaction() as session:
            seen.append((session.get_one(UserSession, row.id).last_seen_at - begun).total_seconds())

    assert seen == [0, 0, 60, 60]


def test_session_of_disabled_user_is_dead_at_once(home: Household) -> None:
    """And lives again when the account is enabled, unless it was ended meanwhile."""
    row, token = sign_in(home)
    with home.database.transaction() as session:
        session.get_one(User, home.user.id).enabled = False

    assert find(home, token) is None
    assert find_by_id(home, row.id) is None


def test_ended_session_is_dead_and_its_tokens_are_revoked(home: Household) -> None:
    """Both by cookie and by `sid`; a second end does nothing."""
    row, token = sign_in(home)
    family = add_family(home, row.id)

    assert end(home, row.id)
    assert not end(home, row.id)
    assert find(home, token) is None
    assert find_by_id(home, row.id) is None
    assert revoked(home, family)


def test_end_of_unknown_session_is_no_error(home: Household) -> None:
    """A logout with an old hint."""
    assert not end(home, "nobody's")


@pytest.mark.every_database
def test_session_that_twenty_end_at_once_ends_once(home: Household) -> None:
    """One of them writes the event."""
    row, _ = sign_in(home)

    assert sorted(map(repr, all_at_once(lambda _: end(home, row.id)))) == ["False"] * (CROWD - 1) + ["True"]


@pytest.mark.every_database
def test_renewed_session_has_new_cookie_and_same_sid(home: Household) -> None:
    """A cookie from before a login is worth nothing after it (session fixation)."""
    row, old = sign_in(home)
    home.clock.advance(minutes=5)
    with home.database.transaction() as session:
        merged = session.get_one(UserSession, row.id)
        proven = authentication(home, acr="2", amr=("pwd", "x509"), second_factor="certificate")
        new = renew_session(home.clock, merged, authentication=proven, lifetime=LIFETIME)

    assert find(home, old) is None
    found = find(home, new)
    assert found is not None
    assert (found.id, found.acr) == (row.id, "2")


def test_renewed_session_forgets_what_the_new_login_did_not_prove(home: Household) -> None:
    """The certificate of an earlier login does not stay with a session that was begun anew with a password."""
    row, _ = sign_in(
        home, acr="2", amr=("pwd", "x509"), second_factor="certificate", certificate_claims={"x509_serial": "1"}
    )
    with home.database.transaction() as session:
        merged = session.get_one(UserSession, row.id)
        renew_session(home.clock, merged, authentication=authentication(home), lifetime=LIFETIME)

    found = find_by_id(home, row.id)
    assert found is not None
    assert (found.acr, found.amr, found.second_factor) == ("1", ("pwd",), None)
    assert found.certificate_claims is None


def test_renewal_does_not_revive_ended_session(home: Household) -> None:
    """Signed out in one tab, still signing in with the other: what has ended stays so."""
    row, _ = sign_in(home)
    end(home, row.id)
    with home.database.transaction() as session:
        merged = session.get_one(UserSession, row.id)
        token = renew_session(home.clock, merged, authentication=authentication(home), lifetime=LIFETIME)

    assert find(home, token) is None


@pytest.mark.every_database
def test_all_sessions_of_a_person_end_but_the_kept_one(home: Household) -> None:
    """A changed password signs every other browser out, and nobody else."""
    with home.database.transaction() as session:
        bob = add_user(session, home.clock, home.realm, "bob")
    (here, here_token), (there, there_token), (_, bobs) = sign_in(home), sign_in(home), sign_in(home, bob)
    families = [add_family(home, here.id), add_family(home, there.id)]

    assert end_all(home, keep=here.id) == [there.id]
    assert [find(home, token) is not None for token in (here_token, there_token, bobs)] == [True, False, True]
    assert [revoked(home, family) for family in families] == [False, True]


def test_sessions_that_had_ended_keep_their_reason(home: Household) -> None:
    """What happened first is what the record says."""
    row, _ = sign_in(home)
    end(home, row.id)

    assert end_all(home) == []
    with home.database.transaction() as session:
        assert session.get_one(UserSession, row.id).ended_reason == "logout"


@pytest.mark.every_database
def test_sessions_ended_twice_at_once_are_reported_once(home: Household) -> None:
    """Twenty requests that end the same five sessions: each session is ended once, with one reason."""
    for _ in range(5):
        sign_in(home)

    outcomes = all_at_once(lambda _: len(end_all(home)))

    assert sum(outcomes) == 5
    with home.database.transaction() as session:
        assert len(session.scalars(select(UserSession.id).where(UserSession.ended_at.is_(None))).all()) == 0


def test_sessions_that_rest_on_a_certificate_end_with_it(home: Household) -> None:
    """Those of other certificates, and of none, stay."""
    revoked_one, other = add_certificate(home, "1"), add_certificate(home, "2")
    _, lost = sign_in(home, certificate_id=revoked_one, second_factor="certificate")
    kept_row, kept = sign_in(home, certificate_id=revoked_one, second_factor="certificate")
    _, unrelated = sign_in(home, certificate_id=other, second_factor="certificate")
    _, without = sign_in(home)

    with home.database.transaction() as session:
        ended = end_sessions_with_certificate(
            session, home.clock, revoked_one, reason=Ending.CERTIFICATE_REVOKED, keep=kept_row.id
        )

    assert len(ended) == 1
    assert [find(home, token) is not None for token in (lost, kept, unrelated, without)] == [False, True, True, True]


def test_sessions_under_an_authority_end_with_it(home: Household) -> None:
    """Those that rest on what another authority has issued, or on nothing, stay."""
    below, other = add_certificate(home, "1"), add_certificate(home, "2")
    _, lost = sign_in(home, certificate_id=below, second_factor="certificate")
    _, kept = sign_in(home, certificate_id=other, second_factor="certificate")
    _, without = sign_in(home)

    with home.database.transaction() as session:
        authority_id = session.get_one(Certificate, below).authority_id
        assert authority_id is not None
        ended = end_sessions_under_authority(session, home.clock, authority_id, reason=Ending.CERTIFICATE_REVOKED)

    assert len(ended) == 1
    assert [find(home, token) is not None for token in (lost, kept, without)] == [False, True, True]


@pytest.mark.every_database
def test_long_descriptions_are_cut_to_what_is_stored(home: Household) -> None:
    """A browser's description of any length is no reason to refuse it."""
    with home.database.begin() as transaction:
        row, _ = create_session(
            transaction,
            home.clock,
            user=home.user,
            authentication=authentication(home),
            lifetime=LIFETIME,
            address="x" * 1000,
            user_agent="ü" * 10_000,
        )

    assert (len(row.address), len(row.user_agent)) == (64, 512)


def add_certificate(home: Household, serial_number: str) -> str:
    """Insert a certificate of alice's; return its id."""
    times = {"not_before": home.clock.now(), "not_after": home.clock.now() + LIFETIME, "created_at": home.clock.now()}
    with home.database.transaction() as session:
        authority = CertificateAuthority(
            realm_id=home.realm.id, kind="issuing", subject="CN=CA", serial_number="1", certificate=b"",
            fingerprint=f"authority {serial_number}", **times,
        )  # fmt: skip
        session.add(authority)
        session.flush()
        certificate = Certificate(
            realm_id=home.realm.id, user_id=home.user.id, authority_id=authority.id, serial_number=serial_number,
            fingerprint=serial_number, subject="CN=alice", issuer="CN=CA", certificate=b"", key_type="p256",
            device_name="Laptop", platform="linux", **times,
        )  # fmt: skip
        session.add(certificate)
    return certificate.id


@pytest.mark.every_database
def test_what_is_done_in_somebodys_name_ends_with_ones_own_session(home: Household) -> None:
    """The other way round, and with other people's sessions, nothing of one's own ends."""
    with home.database.transaction() as session:
        admin = add_user(session, home.clock, home.realm, "admin")
    (own, _), (others, _) = sign_in(home, admin), sign_in(home)
    with home.database.begin() as transaction:
        begun, token = create_session(
            transaction,
            home.clock,
            user=home.user,
            authentication=authentication(home, acr="0", amr=()),
            lifetime=IDLE,
            address="",
            user_agent="",
            impersonator=Impersonator(
                session_id=own.id, user_id=admin.id, username="admin", issuer="https://x", reason="why"
            ),
        )
    found = find(home, token)
    assert found is not None
    assert found.impersonator is not None
    assert found.impersonator.as_actor() == {"iss": "https://x", "sub": admin.id}
    assert end(home, others.id)
    assert find(home, token) is not None
    assert end(home, own.id)

    assert find(home, token) is None
    assert not end(home, begun.id)
