"""What an application is set up with: ``…/clients/{id}/installation/providers/{provider}``.

``keycloak-oidc-keycloak-json`` is the file of Keycloak's adapters; ``countersign-oauth2-proxy`` and ``countersign-authlib`` are ours.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from starlette.responses import Response

from idp.admin.api.answers import json_response
from idp.admin.api.call import Call
from idp.admin.api.client_lookup import get_client, may_be
from idp.admin.api.clients import CLIENT, VIEW
from idp.admin.api.resource import Resource
from idp.clients.registration import NO_AUTHENTICATION
from idp.clients.secrets import reveal_secret, uses_secret
from idp.errors import NotFound
from idp.models import Client

client_installation = Resource("Installation of clients")
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


@client_installation.get(
    f"{CLIENT}/installation/providers/{{provider}}", VIEW, media_types=("application/json", "text/plain")
)
def read(call: Call, client_row_id: str, provider: str) -> Response:
    """Return the file. The secret is in it for who could be the client anyway; our own snippets say where it goes."""
    client = get_client(call, client_row_id)
    build = _PROVIDERS.get(provider)
    if build is None:
        raise NotFound("no such provider")
    built = build(call, client)
    if isinstance(built, str):
        return Response(built, headers=_HEADERS, media_type="text/plain; charset=utf-8")
    return json_response(built)


def _build_adapter(call: Call, client: Client) -> dict[str, Any]:
    public = client.token_endpoint_auth_method == NO_AUTHENTICATION
    adapter: dict[str, Any] = {
        "realm": call.realm.name,
        "auth-server-url": f"{call.services.settings.public_url}/",
        "ssl-required": "external",
        "resource": client.client_id,
        "confidential-port": 0,
    }
    if public:
        return adapter | {"public-client": True}
    if uses_secret(client) and may_be(call, client):
        return adapter | {"credentials": {"secret": reveal_secret(client, call.services.cipher)}}
    return adapter


def _build_proxy(call: Call, client: Client) -> str:
    lines = {
        "provider": "oidc",
        "oidc_issuer_url": _issuer(call),
        "client_id": client.client_id,
        "client_secret_file": "/etc/oauth2-proxy/client-secret",
        "redirect_url": next(iter(client.redirect_uris), ""),
        "scope": _scope(client),
        "code_challenge_method": "S256",
    }
    return "".join(f"{name} = {json.dumps(value)}\n" for name, value in lines.items())


def _build_authlib(call: Call, client: Client) -> str:
    public = client.token_endpoint_auth_method == NO_AUTHENTICATION
    secret = "" if public else '    client_secret=os.environ["OIDC_CLIENT_SECRET"],\n'
    options = {"scope": _scope(client), "code_challenge_method": "S256"}
    return (
        ("" if public else "import os\n\n")
        + "from authlib.integrations.starlette_client import OAuth\n\n"
        + "oauth = OAuth()\noauth.register(\n"
        + f'    "countersign",\n    client_id={json.dumps(client.client_id)},\n{secret}'
        + f"    server_metadata_url={json.dumps(_issuer(call) + '/.well-known/openid-configuration')},\n"
        + f"    client_kwargs={json.dumps(options)},\n)\n"
    )


def _issuer(call: Call) -> str:
    return f"{call.services.settings.public_url}/realms/{call.realm.name}"


def _scope(client: Client) -> str:
    """Return what the client would ask for: of its own, what an application shows of a person."""
    return " ".join(name for name in client.scope.split() if name in {"openid", "profile", "email"}) or "openid"


_PROVIDERS: Mapping[str, Callable[[Call, Client], str | dict[str, Any]]] = {
    "keycloak-oidc-keycloak-json": _build_adapter,
    "countersign-oauth2-proxy": _build_proxy,
    "countersign-authlib": _build_authlib,
}
