"""Two spellings of one address."""

import pytest

from idp.oidc.dpop_uri import same_address

ADDRESS = "https://idp.example/realms/demo/protocol/openid-connect/token"


@pytest.mark.parametrize(
    "htu",
    [
        ADDRESS,
        f"{ADDRESS}?a=b",
        f"{ADDRESS}#fragment",
        ADDRESS.replace("https://idp.example", "HTTPS://IDP.Example:443"),
        ADDRESS.replace("demo", "%64emo"),
    ],
)
def test_same_address_is_recognized(htu: str) -> None:
    """RFC 9449 section 4.3: without query and fragment, in the normal form of RFC 3986 sections 6.2.2 and 6.2.3."""
    assert same_address(htu, ADDRESS)


@pytest.mark.parametrize(
    "htu",
    [
        "",
        "token",
        f"{ADDRESS}/",
        ADDRESS.replace("https", "http"),
        ADDRESS.replace("idp.example", "idp.example.evil.example"),
        ADDRESS.replace("idp.example", "evil.example@idp.example"),
        ADDRESS.replace("idp.example", "idp.example:8443"),
        ADDRESS.replace("idp.example", "idp.example:0x1bb"),
        ADDRESS.replace("idp.example", "[::1"),
        ADDRESS.replace("demo", "Demo"),
        ADDRESS.replace("/token", "/userinfo"),
        ADDRESS.replace("demo", "demo%2Fx"),
        "javascript:alert(1)",
    ],
)
def test_other_address_is_none(htu: str) -> None:
    """Another scheme, host, port or path is another address; so is what cannot be parsed."""
    assert not same_address(htu, ADDRESS)
