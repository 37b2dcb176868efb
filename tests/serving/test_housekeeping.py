"""What has had its time is swept up; what is still needed stays."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from idp.models import (
    ActionLink,
    CertificateAuthority,
    OcspSigner,
    OutgoingMail,
    RevocationList,
    TokenFamily,
    UserSession,
)
from idp.provisioning import provision_realm
from idp.serving.housekeeping import sweep
from tests.provider import Provider, run_provider, sign_in

TABLES = (UserSession, TokenFamily, ActionLink, OutgoingMail)


def count(provider: Provider) -> dict[str, int]:
    with provider.services.database.transaction() as session:
        return {table.__tablename__: session.query(table).count() for table in TABLES}


@pytest.mark.every_database
def test_rows_go_when_their_time_is_over(database_url: str, tmp_path: Path) -> None:
    """Nothing goes early; in the end nothing is left but mail that was never sent."""
    with run_provider(database_url, tmp_path) as provider:
        browser = provider.browser()
        provider.redeem(sign_in(browser).query["code"])
        browser.get("/realms/demo/login/forgot-password")
        browser.press("Send me a link", username="alice")
        before = count(provider)
        sweep(provider.services)
        assert count(provider) == before == dict.fromkeys(before, 1)

        provider.clock.advance(days=40)
        sweep(provider.services)
        assert count(provider) == {**dict.fromkeys(before, 0), "outgoing_mail": 1}
        with provider.services.database.transaction() as session:
            session.query(OutgoingMail).one().status = "sent"
        sweep(provider.services)
        assert count(provider)["outgoing_mail"] == 0


def test_authority_that_cannot_sign_holds_up_no_other(database_url: str, tmp_path: Path) -> None:
    """Neither the lists of other realms, nor the signers of their answers, nor what comes after."""
    with run_provider(database_url, tmp_path) as provider:
        services = provider.services
        with services.database.transaction() as session:
            provision_realm(session, services.cipher, services.clock, public_url="http://localhost:8080", name="second")
        with services.database.transaction() as session:
            broken, *others = session.query(CertificateAuthority).filter_by(kind="issuing").order_by("id").all()
            broken.private_key_encrypted = b"damaged"
            session.query(RevocationList).delete()
            session.query(OcspSigner).delete()
            broken_id, other_ids = broken.id, {other.id for other in others}
        assert other_ids
        with capture_logs() as lines:
            sweep(provider.services)
        with provider.services.database.transaction() as session:
            listed = {row.authority_id for row in session.query(RevocationList)}
            answering = {row.authority_id for row in session.query(OcspSigner)}
    assert broken_id not in listed | answering
    assert other_ids <= listed & answering
    failures = [line for line in lines if line["event"] == "authority_cannot_sign"]
    assert [line["authority"] for line in failures] == [broken_id] * 2
