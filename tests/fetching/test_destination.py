"""What a URL names, read so that no other parser sees another host in it."""

import pytest

from idp.fetching.destination import read_destination
from idp.fetching.errors import FetchRefused

NAMED = ("app.internal", "localhost:8443", "[::1]:9443")


@pytest.mark.parametrize(
    "url",
    [
        *("", "app.internal", "//app.internal/", "/jwks", "https:", "https://", "https:///x", "https:app.example"),
        *("ftp://app.internal/", "file:///etc/passwd", "gopher://app.internal/", "data:,x", "javascript:1", "urn:x:y"),
        *("http://app.example/", "HTTP://app.example/", "http://app.internal.example/", "http://localhost:8444/"),
        *("https://user@app.example/", "https://user:pass@app.example/", "https://app.example@evil.example/"),
        *("https://app.example:/", "https://app.example:0/", "https://app.example:65536/", "https://app.example:x/"),
        *("https://app.example:0443/", "https://app.example:4_4/", "https://app.example:+443/"),
        *(
            "https://app.example\\@evil.example/",
            "https://app.example /",
            "https://app.example/\r\nX: y",
            "https://a\tb/",
        ),
        *("https://ex%61mple.org/", "https://ämple.org/", "https://.example/", "https://app..example/", "https://a./"),
        *(
            "https://[::1]evil.example/",
            "https://evil[::1]/",
            "https://[fe80::1%25eth0]/",
            "https://[::1/",
            "https://[x]/",
        ),
        *("https://[::ffff:127.0.0.1]x/", "https://" + "a" * 64 + ".example/", "https://a.example/" + "x" * 2048),
    ],
)
def test_what_is_not_a_plain_https_url_is_refused(url: str) -> None:
    """Another scheme, a user name, odd ports, hosts that parsers disagree about (RFC 3986 section 7.6)."""
    with pytest.raises(FetchRefused):
        read_destination(url, NAMED)


def test_plain_urls_are_read() -> None:
    """Host in lower case, the scheme's port unless another is named, the fragment left out."""
    destination = read_destination("https://App.Example/keys?v=1&w=%20#part", NAMED)
    assert (destination.host, destination.port, destination.target) == ("app.example", 443, "/keys?v=1&w=%20")
    assert (destination.authority, destination.named) == ("app.example", False)
    assert read_destination("https://app.example:8443", ()).authority == "app.example:8443"
    assert read_destination("https://app.example:8443", ()).target == "/"
    assert read_destination("https://[2606:4700::1]/", ()).authority == "[2606:4700::1]"


def test_named_hosts_may_be_http() -> None:
    """By name with any port, or with the very port that was named."""
    assert read_destination("http://app.internal/", NAMED).named
    assert read_destination("http://app.internal:81/", NAMED).authority == "app.internal:81"
    assert read_destination("http://LOCALHOST:8443/", NAMED).named
    assert read_destination("http://[::1]:9443/", NAMED).named
    assert not read_destination("https://localhost/", NAMED).named
