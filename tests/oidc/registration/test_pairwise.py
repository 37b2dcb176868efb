"""Pairwise subjects from registration to every place where a person is named (OpenID Connect Core section 8)."""

import base64
import json
from typing import Any

from sqlalchemy import update

from idp.models import Client
from tests.oidc.provider import answer_of
from tests.oidc.registration.conftest import Registry


def claims_of(token: str) -> dict[str, Any]:
    """Return what a JWT says."""
    payload = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(payload + "==")))


def subjects(registry: Registry, **metadata: Any) -> set[str]:
    """Register a client, sign in to it, and return all subjects that it gets to see."""
    provider = registry.provider
    told = registry.get_client(**metadata)
    with provider.transaction() as session:  # consent is tested where it is asked for
        session.execute(update(Client).where(Client.client_id == told["client_id"]).values(consent_required=False))
    provider.forget()
    provider.sign_in()
    credentials = (told["client_id"], told["client_secret"])
    uri = told["redirect_uris"][0]
    code = answer_of(provider.authorize(client_id=told["client_id"], redirect_uri=uri))["code"]
    tokens = provider.exchange_code(code, auth=credentials, redirect_uri=uri).json()
    return {
        claims_of(tokens["id_token"])["sub"],
        claims_of(tokens["access_token"])["sub"],
        provider.userinfo(tokens["access_token"]).json()["sub"],
        provider.introspect(tokens["access_token"], auth=credentials)["sub"],
    }


def test_pairwise_client_sees_one_subject_everywhere(registry: Registry) -> None:
    """ID Token, access token, UserInfo and introspection agree, and none of them has the account's id."""
    found = subjects(registry, subject_type="pairwise")

    assert len(found) == 1
    assert registry.provider.user_id not in found


def test_clients_of_one_host_agree_and_public_ones_see_the_account(registry: Registry) -> None:
    """Section 8.1: the host is the sector."""
    one, two = subjects(registry, subject_type="pairwise"), subjects(registry, subject_type="pairwise")

    assert one == two
    assert subjects(registry) == {registry.provider.user_id}
