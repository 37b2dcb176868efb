"""What has had its time is swept up; what is still needed stays."""

from pathlib import Path

import pytest

from idp.models import ActionLink, OutgoingMail, TokenFamily, UserSession
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
