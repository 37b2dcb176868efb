"""`idp client preview`: what tokens would say, mappers included, without issuing any."""

import io
import json

import pytest

from idp.clients.mappers import HARD_CODED
from tests.cli.conftest import Run
from tests.cli.planted import make_realm

pytestmark = pytest.mark.usefixtures("bench", "app")


@pytest.fixture
def app(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client with a mapper, and somebody to look at."""
    make_realm(run)
    redirect = ("--redirect-uri", "https://app.example.org/callback")
    assert run("client", "create", "app", "--realm", "staff", *redirect).code == 0
    config = {"claim.name": "tier", "claim.value": "gold", "id.token.claim": "true"}
    mappers = json.dumps([{"name": "tier", "protocolMapper": HARD_CODED, "config": config}])
    assert run("client", "set", "app", "--realm", "staff", f"mappers={mappers}").code == 0
    monkeypatch.setattr("sys.stdin", io.StringIO("a-long-password-of-carol\n"))
    options = ("--email", "carol@example.org", "--password-stdin")
    created = run("user", "create", "carol", "--realm", "staff", *options)
    assert created.code == 0, created.err


def test_preview_shows_all_three_places(run: Run) -> None:
    """Access token, ID Token and UserInfo, for a login with a certificate."""
    result = run("client", "preview", "app", "--realm", "staff", "--user", "carol", "--acr", "2")
    assert result.code == 0, result.err
    claims = json.loads(result.out)
    assert claims["id_token"]["tier"] == "gold"
    assert "tier" not in claims["access_token"]
    assert claims["access_token"]["amr"] == ["pwd", "x509"]
    assert claims["userinfo"]["email"] == "carol@example.org"
    assert len({place["sub"] for place in claims.values()}) == 1


def test_preview_without_openid_has_an_access_token_alone(run: Run) -> None:
    """Nothing is granted that the client is not registered for."""
    result = run("client", "preview", "app", "--realm", "staff", "--user", "carol", "--scope", "email other")
    claims = json.loads(result.out)
    assert claims.keys() == {"access_token"}
    assert claims["access_token"]["scope"] == "email"


@pytest.mark.parametrize(("client", "user"), [("nobody", "carol"), ("app", "nobody")])
def test_preview_of_what_is_not_there_is_one_clear_line(run: Run, client: str, user: str) -> None:
    """It says which of the two is missing."""
    result = run("client", "preview", client, "--realm", "staff", "--user", user)
    assert result.code != 0
    assert "nobody" in result.err
