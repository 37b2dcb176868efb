"""The UserInfo response, as JSON or signed (OpenID Connect Core section 5.3.2)."""

import json
from typing import Any

from starlette.responses import Response

from idp.clients.registration import ClientRegistration
from idp.keys.tokens import sign_jwt
from idp.web.exchange import Exchange

_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_TYP = "JWT"


def build_userinfo_response(exchange: Exchange, client: ClientRegistration, claims: dict[str, Any]) -> Response:
    """Return *claims* in the form that the client is registered for."""
    if not client.userinfo_alg:
        content = json.dumps(claims, separators=(",", ":"))
        return Response(content, media_type="application/json", headers=_NO_STORE)
    # It has no exp, so that nobody takes it for an ID Token.
    signed = {**claims, "iss": exchange.url(""), "aud": client.client_id}
    token = sign_jwt(exchange.services.keyrings.get(exchange.realm.id), client.userinfo_alg, _TYP, signed)
    return Response(token, media_type="application/jwt", headers=_NO_STORE)
