"""With the database or the store gone, people get a page and programs JSON, both with 503; afterwards all is well."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.provider import Provider, run_provider, sign_in


@pytest.fixture
def provider(database_url: str, tmp_path: Path) -> Iterator[Provider]:
    with run_provider(database_url, tmp_path) as running:
        yield running


def take_away(provider: Provider) -> dict[Path, Path]:
    """Put a folder in the place of each database file, so that no new connection can be made."""
    moved = {}
    for store in (provider.services.database, provider.services.ephemeral):
        store.close()
    for path in provider.services.settings.master_key_file.parent.glob("*sqlite3*"):
        moved[path] = path.with_name(f"away-{path.name}")
        os.rename(path, moved[path])
        path.mkdir()
    provider.services.realms.clear()
    provider.services.clients.clear()
    provider.services.keyrings.clear()
    return moved


def test_an_absent_database_is_told_and_survived(provider: Provider) -> None:
    """Nobody gets in, nothing crashes, and the next request after its return works."""
    browser = provider.browser()
    browser.get(provider.authorization_url())
    moved = take_away(provider)

    page = browser.get(provider.authorization_url())
    assert page.status == 503
    assert page.title == "Please try again soon"
    assert page.headers["retry-after"]
    for path in ("token", "userinfo", "certs"):
        response = browser.client.post(f"/realms/demo/protocol/openid-connect/{path}", data={"grant_type": "x"})
        assert response.status_code in {405, 503}, response.text
    for path, away in moved.items():
        path.rmdir()
        os.rename(away, path)
    assert sign_in(provider.browser()).url.startswith("http://localhost:3000/callback")
