"""What tokens would say of a person, without issuing any: ``…/clients/{id}/evaluate-scopes/generate-example-…``."""

from typing import Annotated, Any

from fastapi import Query

from idp.admin.api.call import Call
from idp.admin.api.client_lookup import get_client
from idp.admin.api.clients import CLIENT, VIEW
from idp.admin.api.lookup import get_user
from idp.admin.api.resource import Resource
from idp.clients.registration import build_registration
from idp.errors import NotPermitted
from idp.oidc.preview import preview_tokens
from idp.oidc.scopes import OPENID
from idp.realms.policy import build_policy

client_previews = Resource("Previews of tokens")
_PATH = f"{CLIENT}/evaluate-scopes/generate-example"
Scope = Annotated[str, Query(max_length=2048)]


@client_previews.get(f"{_PATH}-access-token", VIEW)
def preview_access_token(call: Call, client_row_id: str, userId: str, scope: Scope = "") -> dict[str, Any]:
    """Return the claims of an access token."""
    return _preview(call, client_row_id, userId, scope)["access_token"]


@client_previews.get(f"{_PATH}-id-token", VIEW)
def preview_id_token(call: Call, client_row_id: str, userId: str, scope: Scope = "") -> dict[str, Any]:
    """Return the claims of an ID Token."""
    return _preview(call, client_row_id, userId, scope).get("id_token", {})


@client_previews.get(f"{_PATH}-userinfo", VIEW)
def preview_userinfo(call: Call, client_row_id: str, userId: str, scope: Scope = "") -> dict[str, Any]:
    """Return the answer of the UserInfo endpoint."""
    return _preview(call, client_row_id, userId, scope).get("userinfo", {})


def _preview(call: Call, client_row_id: str, user_id: str, scope: str) -> dict[str, dict[str, Any]]:
    """Return the claims by kind. With Keycloak every request of a client asks for openid, whether or not it says so."""
    client = get_client(call, client_row_id)
    if not call.may("view-users"):
        raise NotPermitted("What tokens say of people is told to those who may view accounts.")
    return preview_tokens(
        call.services,
        call.exchange.transaction,
        build_policy(call.realm),
        build_registration(client, call.services.cipher),
        get_user(call, user_id),
        scope=f"{OPENID} {scope}",
    )
