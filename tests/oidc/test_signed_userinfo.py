"""Signed UserInfo responses (OpenID Connect Core section 5.3.2), and the claims of address and phone."""

from typing import Any

import pytest
from joserfc import jws, jwt
from joserfc.jwk import KeySet

from idp.models import User
from tests.oidc.provider import ISSUER, SECRET, Provider, answer_of


def userinfo_of(provider: Provider, client_id: str, **parameters: Any) -> Any:
    """Return the UserInfo response for a client."""
    code = answer_of(provider.authorize(client_id=client_id, **parameters))["code"]
    token = provider.exchange_code(code, auth=(client_id, SECRET)).json()["access_token"]
    return provider.userinfo(token)


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")  # EdDSA has another name since RFC 9864
@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256", "EdDSA"])
def test_response_is_signed_where_the_client_is_registered_for_it(signed_in: Provider, algorithm: str) -> None:
    """oidcc-userinfo-rs256: application/jwt with iss and aud, signed by a published key; no exp, as it is no ID Token."""
    signed_in.add_client("signed", userinfo_signed_response_alg=algorithm)
    response = userinfo_of(signed_in, "signed", scope="openid email")
    assert response.headers["content-type"] == "application/jwt"
    assert response.headers["cache-control"] == "no-store"
    assert jws.extract_compact(response.content).headers()["alg"] == algorithm
    keys = KeySet.import_key_set(signed_in.http.get(signed_in.path("certs")).json())
    claims = jwt.decode(response.text, keys, algorithms=[algorithm]).claims
    assert claims == {
        "iss": ISSUER, "aud": "signed", "sub": signed_in.user_id, "email": "alice@example.org", "email_verified": True,
    }  # fmt: skip


def test_signed_response_passes_for_no_other_token(signed_in: Provider) -> None:
    """RFC 8725 section 3.12: neither as access token, nor as hint for signing out."""
    signed_in.add_client("signed", userinfo_signed_response_alg="ES256", access_token_signed_response_alg="ES256")
    token = userinfo_of(signed_in, "signed").text
    assert signed_in.userinfo(token).status_code == 401
    page = signed_in.http.get(
        signed_in.path("logout"), params={"id_token_hint": token}, headers={"cookie": signed_in.cookie}
    )
    assert "location" not in page.headers
    assert "code" in answer_of(signed_in.authorize(prompt="none"))  # the session lives


def test_errors_are_not_signed(signed_in: Provider) -> None:
    """Section 5.3.3: as RFC 6750 has them."""
    assert signed_in.userinfo("x").headers["content-type"] == "application/json"


def test_address_and_phone_are_complete(signed_in: Provider) -> None:
    """Section 5.1.1: every member that the account has; a number that was verified says so."""
    address = {
        "formatted": "Hauptstr. 1\n10115 Berlin", "street_address": "Hauptstr. 1", "locality": "Berlin", "region": "BE",
        "postal_code": "10115", "country": "DE",
    }  # fmt: skip
    phone = {"phone_number": "+49 30 1", "phone_number_verified": "true"}
    with signed_in.transaction() as session:
        user = session.get_one(User, signed_in.user_id)
        user.attributes = {name: [value] for name, value in (address | phone).items()}
    claims = userinfo_of(signed_in, "app", scope="openid address phone").json()
    assert claims == {
        "sub": signed_in.user_id, "address": address, "phone_number": "+49 30 1", "phone_number_verified": True,
    }  # fmt: skip
