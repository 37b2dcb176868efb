"""Access tokens that are bound to the certificate of a TLS connection (RFC 8705 section 3)."""

import base64
import hashlib
from typing import Any

import pytest

from idp.models import TokenFamily
from tests.certificates import Issued, self_sign
from tests.clock import FixedClock
from tests.oidc.dpop import DpopClient
from tests.oidc.mutual_tls import MUTUAL_TLS, open_mutual_tls
from tests.oidc.provider import CALLBACK, CHALLENGE, ISSUER, SECRET, VERIFIER, Provider, decode_claims


@pytest.fixture(scope="module")
def certificate() -> Issued:
    """A client's certificate."""
    return self_sign("application")


@pytest.fixture(scope="module")
def other() -> Issued:
    """Somebody else's certificate."""
    return self_sign("mallory")


@pytest.fixture
def bound(signed_in: Provider) -> Provider:
    """A provider with the clients `bound` and, public, `device`, whose tokens are bound to certificates."""
    signed_in.add_client("bound", certificate_bound_access_tokens=True)
    signed_in.add_client("device", secret=None, certificate_bound_access_tokens=True)
    return signed_in


def thumbprint(certificate: Issued) -> str:
    """Return the claim x5t#S256."""
    return base64.urlsafe_b64encode(hashlib.sha256(certificate.der).digest()).rstrip(b"=").decode()


def redeem(provider: Provider, http: Any, client_id: str = "bound", **headers: str) -> Any:
    """Redeem a fresh code over *http*."""
    pkce = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
    secret = {} if client_id == "device" else {"client_secret": SECRET}
    code = provider.get_code(client_id=client_id, scope="openid offline_access", **pkce)
    form = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER,
        "client_id": client_id, **secret,
    }  # fmt: skip
    return http.post(provider.path("token"), data=form, headers=headers)


def refresh(provider: Provider, http: Any, token: str, **client: str) -> Any:
    """Use a refresh token over *http*."""
    form = {"grant_type": "refresh_token", "refresh_token": token, **client}
    return http.post(provider.path("token"), data=form)


def userinfo(provider: Provider, http: Any, token: str, **headers: str) -> Any:
    """Ask UserInfo over *http*."""
    return http.get(provider.path("userinfo"), headers={"authorization": f"Bearer {token}", **headers})


def test_token_is_bound_to_the_certificate(bound: Provider, certificate: Issued) -> None:
    """RFC 8705 sections 3.1 and 3.2: the claim cnf, in the token and at introspection."""
    tokens = redeem(bound, open_mutual_tls(bound, certificate.der)).json()

    assert tokens["token_type"] == "Bearer"
    assert decode_claims(tokens["access_token"])["cnf"] == {"x5t#S256": thumbprint(certificate)}
    told = bound.introspect(tokens["access_token"])
    assert (told["token_type"], told["cnf"]) == ("Bearer", {"x5t#S256": thumbprint(certificate)})


def test_bound_token_is_good_with_its_certificate_alone(bound: Provider, certificate: Issued, other: Issued) -> None:
    """RFC 8705 section 3: another certificate, none, a resumed session and the public address are all refused."""
    http = open_mutual_tls(bound, certificate.der)
    token = redeem(bound, http).json()["access_token"]
    assert userinfo(bound, http, token).json() == {"sub": bound.user_id}
    wrong = [
        open_mutual_tls(bound, other.der),
        open_mutual_tls(bound, None),
        open_mutual_tls(bound, certificate.der, resumed=True),
        bound.http,
    ]
    for thief in wrong:
        response = userinfo(bound, thief, token)
        assert response.status_code == 401
        assert response.headers["www-authenticate"].startswith('Bearer realm="userinfo", error="invalid_token"')


def test_header_of_a_proxy_is_no_certificate(bound: Provider, certificate: Issued) -> None:
    """What a stranger writes into a header proves nothing."""
    token = redeem(bound, open_mutual_tls(bound, certificate.der)).json()["access_token"]
    encoded = f":{base64.b64encode(certificate.der).decode()}:"
    for http in (bound.http, open_mutual_tls(bound, None)):
        assert userinfo(bound, http, token, **{"client-cert": encoded}).status_code == 401


def test_without_certificate_there_is_no_token(bound: Provider) -> None:
    """The client is registered for bound tokens: it never gets another kind."""
    for http in (bound.http, open_mutual_tls(bound, None)):
        response = redeem(bound, http)
        assert (response.status_code, response.json()["error"]) == (400, "invalid_grant")


def test_other_clients_tokens_are_not_bound(bound: Provider, certificate: Issued) -> None:
    """RFC 8705 section 3.4: only who is registered for it."""
    code = bound.get_code()
    form = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK,
        "client_id": "app", "client_secret": SECRET,
    }  # fmt: skip
    response = open_mutual_tls(bound, certificate.der).post(bound.path("token"), data=form)
    assert "cnf" not in decode_claims(response.json()["access_token"])


def test_public_clients_refresh_token_is_bound(bound: Provider, certificate: Issued, other: Issued) -> None:
    """RFC 8705 section 4: who cannot authenticate shows the same certificate again."""
    http = open_mutual_tls(bound, certificate.der)
    token = redeem(bound, http, "device").json()["refresh_token"]
    with bound.transaction() as session:
        assert [row.confirmation for row in session.query(TokenFamily)] == [{"x5t#S256": thumbprint(certificate)}]
    for thief in (open_mutual_tls(bound, other.der), open_mutual_tls(bound, None), bound.http):
        response = refresh(bound, thief, token, client_id="device")
        assert (response.status_code, response.json()["error"]) == (400, "invalid_grant")
    assert refresh(bound, http, token, client_id="device").status_code == 200


def test_confidential_client_may_renew_its_certificate(bound: Provider, certificate: Issued, other: Issued) -> None:
    """RFC 8705 section 6.2: the refresh token goes on, the access token is bound to the new certificate."""
    token = redeem(bound, open_mutual_tls(bound, certificate.der)).json()["refresh_token"]
    renewed = refresh(bound, open_mutual_tls(bound, other.der), token, client_id="bound", client_secret=SECRET).json()
    assert decode_claims(renewed["access_token"])["cnf"] == {"x5t#S256": thumbprint(other)}


def test_token_may_be_bound_to_key_and_certificate(bound: Provider, certificate: Issued, clock: FixedClock) -> None:
    """With a proof as well, both are needed from then on; the proof names the mutual-TLS address."""
    dpop, http = DpopClient(clock), open_mutual_tls(bound, certificate.der)
    token_url = f"{MUTUAL_TLS}{bound.path('token')}"
    tokens = redeem(bound, http, dpop=dpop.proof(htu=token_url)).json()
    token = tokens["access_token"]
    assert tokens["token_type"] == "DPoP"
    assert decode_claims(token)["cnf"] == {"jkt": dpop.jkt, "x5t#S256": thumbprint(certificate)}
    here = f"{MUTUAL_TLS}{bound.path('userinfo')}"
    assert http.get(bound.path("userinfo"), headers=dpop.presenting(token, htu=here)).status_code == 200
    assert bound.http.get(bound.path("userinfo"), headers=dpop.presenting(token)).status_code == 401
    assert userinfo(bound, http, token).status_code == 401


def test_metadata_says_so(provider: Provider) -> None:
    """RFC 8705 section 3.3."""
    metadata = provider.http.get(f"{ISSUER}/.well-known/openid-configuration").json()
    assert metadata["tls_client_certificate_bound_access_tokens"] is True
