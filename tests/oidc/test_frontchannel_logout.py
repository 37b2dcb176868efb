"""Clients are told of a logout by frames of the page after it (OpenID Connect Front-Channel Logout 1.0).

The modules of the Foundation's plan are `test_frontchannel_logout_discovery_endpoint_verification` and
`test_frontchannel_rp_initiated_logout`; tests/browser/test_frontchannel_logout.py sees the frames load in Chromium.
"""

import html
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from idp.sessions.endings import Ending
from idp.sessions.sessions import end_session
from tests.oidc.provider import ISSUER, SECRET, Provider
from tests.oidc.receiver import set_columns

BYE = "https://app.example/bye"
OUT = "https://app.example/out"


def frames_of(page: Any) -> list[str]:
    """Return the addresses of the page's frames."""
    return [html.unescape(url) for url in re.findall(r'<iframe [^>]*src="([^"]*)"', page.text)]


def policy_of(page: Any) -> str:
    """Return which frames the page may show."""
    return next(part for part in page.headers["content-security-policy"].split("; ") if part.startswith("frame-src"))


def use(provider: Provider, client_id: str = "app") -> str:
    """Sign in at a client and return its ID Token."""
    return provider.exchange_code(provider.get_code(client_id=client_id), auth=(client_id, SECRET)).json()["id_token"]


def logout(provider: Provider, **parameters: Any) -> Any:
    """Send a logout request with the browser's cookies."""
    return provider.http.get(provider.path("logout"), params=parameters, headers={"cookie": provider.cookie})


def test_frontchannel_logout_discovery_endpoint_verification(provider: Provider) -> None:
    """Section 3: what the metadata says."""
    metadata = provider.http.get("/realms/demo/.well-known/openid-configuration").json()
    assert metadata["frontchannel_logout_supported"] is True
    assert metadata["frontchannel_logout_session_supported"] is True


def test_frontchannel_rp_initiated_logout(signed_in: Provider) -> None:
    """A frame with `iss` and `sid`, and then the way back with the state: by a script, a link, and without scripts by the head."""
    set_columns(signed_in, "app", frontchannel_logout_uri=OUT, frontchannel_logout_session_required=True)
    page = logout(signed_in, id_token_hint=use(signed_in), post_logout_redirect_uri=BYE, state="a&b")
    assert page.status_code == 200
    ((frame),) = frames_of(page)
    assert frame.partition("?")[0] == OUT
    assert parse_qs(urlsplit(frame).query) == {"iss": [ISSUER], "sid": [signed_in.session_id]}
    assert policy_of(page) == "frame-src https://app.example"
    assert f'href="{BYE}?state=a%26b" data-continue' in page.text
    assert f'<noscript><meta http-equiv="refresh" content="5; url={BYE}?state=a%26b"></noscript>' in page.text
    assert re.search(r'<script src="[^"]+/logged_out\.js" defer></script>', page.text)
    assert "code=" not in signed_in.authorize(prompt="none").headers["location"]


def test_who_did_not_ask_for_the_session_is_told_without(signed_in: Provider) -> None:
    """Section 2; a registered query stays."""
    set_columns(signed_in, "app", frontchannel_logout_uri=f"{OUT}?a=b")
    assert frames_of(logout(signed_in, id_token_hint=use(signed_in))) == [f"{OUT}?a=b"]
    signed_in.sign_in()
    set_columns(signed_in, "app", frontchannel_logout_session_required=True)
    ((frame),) = frames_of(logout(signed_in, id_token_hint=use(signed_in)))
    assert frame.startswith(f"{OUT}?a=b&iss=https%3A%2F%2F")


def test_every_client_of_the_session_is_told_and_no_other(signed_in: Provider) -> None:
    """Once each; disabled ones, silent ones and those of other sessions are not. The policy names these origins alone."""
    for name in ("second", "third", "other", "off", "silent"):
        signed_in.add_client(name)
        host = "https://app.example" if name == "second" else f"https://{name}.example"
        set_columns(signed_in, name, frontchannel_logout_uri="" if name == "silent" else f"{host}/{name}")
    use(signed_in, "other")
    signed_in.sign_in()
    for name in ("second", "second", "third", "off", "silent"):
        use(signed_in, name)
    set_columns(signed_in, "off", enabled=False)
    page = logout(signed_in, id_token_hint=use(signed_in))
    assert frames_of(page) == ["https://app.example/second", "https://third.example/third"]
    assert policy_of(page) == "frame-src https://app.example https://third.example"


def test_logout_that_was_asked_about_tells_them_too(signed_in: Provider) -> None:
    """After the form, as after a hint."""
    set_columns(signed_in, "app", frontchannel_logout_uri=OUT)
    use(signed_in)
    page = logout(signed_in, client_id="app", post_logout_redirect_uri=BYE)
    browser = page.headers["set-cookie"].partition(";")[0]
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    headers = {"cookie": f"{signed_in.cookie}; {browser}"}
    done = signed_in.http.post(signed_in.path("logout/logout-confirm"), data=fields, headers=headers)
    assert frames_of(done) == [OUT]
    assert f'href="{BYE}" data-continue' in done.text


def test_without_frames_there_is_no_page_in_between(signed_in: Provider) -> None:
    """The browser goes back at once."""
    assert logout(signed_in, id_token_hint=use(signed_in), post_logout_redirect_uri=BYE).headers["location"] == BYE


def test_session_that_had_ended_tells_nobody_again(signed_in: Provider) -> None:
    """An old ID Token in a link must not end what its clients have begun since."""
    set_columns(signed_in, "app", frontchannel_logout_uri=OUT)
    hint = use(signed_in)
    with signed_in.transaction() as session:
        end_session(session, signed_in.clock, signed_in.session_id, reason=Ending.ADMINISTRATOR)
    page = logout(signed_in, id_token_hint=hint)
    assert frames_of(page) == []
    assert "frame-src" not in page.headers["content-security-policy"]


def test_names_and_addresses_are_escaped(signed_in: Provider) -> None:
    """They come from a registration, and stay in their places."""
    hostile = 'https://app.example/out?"><script>alert(1)</script>'
    set_columns(signed_in, "app", frontchannel_logout_uri=hostile, name='<b>"')
    page = logout(signed_in, id_token_hint=use(signed_in))
    assert frames_of(page) == [hostile]
    assert "<script>alert" not in page.text
    assert "<b>" not in page.text


@pytest.mark.every_database
def test_implicit_clients_took_part(signed_in: Provider) -> None:
    """Who got nothing but an ID Token from the authorization endpoint has a session with the person, too."""
    signed_in.add_client("implicit")
    columns = {"grant_types": ["implicit"], "response_types": ["id_token"], "frontchannel_logout_uri": OUT}
    set_columns(signed_in, "implicit", **columns)
    answer = signed_in.authorize(client_id="implicit", response_type="id_token", nonce="n").headers["location"]
    hint = parse_qs(urlsplit(answer).fragment)["id_token"][0]
    assert frames_of(logout(signed_in, id_token_hint=hint)) == [OUT]
