"""Addresses that may be registered, and those that would lead a code, a person or a script elsewhere."""

import pytest

from idp.clients.uris import verify_page_uri, verify_redirect_uri, verify_web_origin

CALLBACK = "https://app.example.org/callback"


@pytest.mark.parametrize(
    "uri",
    [
        CALLBACK,
        "https://app.example.org",
        "https://app.example.org:8443/a/b?tenant=1&x=%20",
        "https://app.example.org/~user/cb;v=1",
        "https://xn--bcher-kva.example/cb",
        "https://[2001:db8::1]/cb",
        "http://localhost:3000/callback",
        "http://127.0.0.1/callback",
        "http://[::1]/callback",
        "http://app.localhost/callback",
        "com.example.app:/oauth/callback",
        "com.example.app://callback",
    ],
)
def test_address_of_an_application_is_accepted(uri: str) -> None:
    """https anywhere, http on this machine, and an application's own scheme (RFC 8252 section 7)."""
    assert verify_redirect_uri(uri) == uri


@pytest.mark.parametrize(
    "uri",
    [
        # not absolute
        "", " ", "/callback", "callback", "//app.example.org/cb", "app.example.org/cb", "?x=1", "https:", "https:/cb",
        "https://", "https:///cb", "https://:443/cb", "https://?x", "http:cb",
        # fragments, wildcards, user names: RFC 6749 section 3.1.2, RFC 9700 section 4.1
        CALLBACK + "#", CALLBACK + "#x", "https://*.example.org/cb", "https://app.example.org/*",
        "https://app.example.org@evil.example/cb", "https://u:p@app.example.org/cb", "https://@evil.example/cb",
        "https://:@evil.example/cb",
        # what browsers and parsers read differently
        "https://app.example.org\\@evil.example/cb", "https:\\\\evil.example", "https://app.example.org/c b",
        "https://app.example.org/\tcb", "https://app.example.org/cb\n", "\x00https://app.example.org/cb",
        " https://app.example.org/cb", "https://bücher.example/cb", "https://app.example.org/ü",
        "https://app.example.org/<script>", 'https://app.example.org/"', "https://app.example.org/`", "https://a/{b}",
        "https://a/|", "https://a/^", "https://[::1", "https://[bad]/cb", "https://app.example.org:99999/cb",
        "https://app.example.org:port/cb", "https://app.example.org:/cb",
        # hosts that no browser has, and that would end a directive of a Content-Security-Policy
        "https://app.example.org;script-src/cb", "https://app.example.org,evil/cb", "https://app'.example.org/cb",
        "https://app%3b.example.org/cb",
        # schemes that run or read something in the browser, in whatever case
        "javascript:alert(1)", "JaVaScRiPt:alert(1)", "javascript://app.example.org/%0aalert(1)", "data:text/html,x",
        "file:///etc/passwd", "vbscript:x", "blob:https://app.example.org/x", "about:blank", "view-source:https://a/",
        "filesystem:https://a/x", "ftp://app.example.org/cb", "ws://app.example.org/cb", "mailto:a@example.org",
        # plain http to another machine shows the code to everybody between (RFC 9700 section 2.6)
        "http://app.example.org/callback", "http://10.0.0.7/cb", "http://localhost.evil.example/cb",
        "http://127.0.0.1.evil.example/cb", "HTTP://app.example.org/cb",
        # schemes that every application might claim
        "app:cb", "myapp://cb",
    ],
)  # fmt: skip
def test_address_that_could_lead_elsewhere_is_refused(uri: str) -> None:
    """With an `ValueError`, whatever it is, and never with a traceback."""
    with pytest.raises(ValueError):
        verify_redirect_uri(uri)


@pytest.mark.parametrize(
    "origin",
    ["", "*", "null", "https://app.example.org/", "https://app.example.org/x", "app.example.org", "https://*.example.org",
     "https://u@app.example.org", "https://app.example.org?x", "HTTPS://APP.example.org", "https://a b"],
)  # fmt: skip
def test_web_origin_that_is_none_is_refused(origin: str) -> None:
    """Origins are compared as browsers send them (RFC 6454 section 6.2); there is no wildcard."""
    with pytest.raises(ValueError):
        verify_web_origin(origin)


@pytest.mark.parametrize("origin", ["https://app.example.org", "http://localhost:3000", "https://[2001:db8::1]:8443"])
def test_web_origin_is_accepted(origin: str) -> None:
    """Scheme, host and port, and nothing else."""
    assert verify_web_origin(origin) == origin


@pytest.mark.parametrize("uri", ["https://app.example.org/", "http://intranet/app?x=1#top"])
def test_home_page_is_accepted(uri: str) -> None:
    """Links may have a fragment."""
    assert verify_page_uri(uri) == uri


@pytest.mark.parametrize(
    "uri", ["", "javascript:alert(1)", "data:text/html,x", "/app", "app", " https://a", "https://", "#x"]
)
def test_home_page_that_is_none_is_refused(uri: str) -> None:
    """It becomes a link on our pages."""
    with pytest.raises(ValueError):
        verify_page_uri(uri)
