"""Logout tokens (OpenID Connect Back-Channel Logout 1.0 section 2.4)."""

import secrets
from datetime import timedelta

from idp.clients.registration import ClientRegistration
from idp.keys.tokens import sign_jwt
from idp.oidc.subjects import subject_of
from idp.oidc.token_basis import timestamp
from idp.web.services import Services

LOGOUT_TOKEN = "logout+jwt"  # noqa: S105 (a media type)
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
LIFETIME = timedelta(minutes=2)  # section 4 recommends at most this


def issue_logout_token(
    services: Services, client: ClientRegistration, *, issuer: str, user_id: str, session_id: str
) -> str:
    """Return a signed token that tells *client* that the session has ended; raise `NotFound` without a signing key.

    It has no `nonce`, so that it can never be taken for an ID Token.
    """
    now = services.clock.now()
    claims = {
        "iss": issuer,
        "aud": client.client_id,
        "iat": timestamp(now),
        "exp": timestamp(now + LIFETIME),
        "jti": secrets.token_urlsafe(16),
        "sub": subject_of(services, client, user_id),
        "sid": session_id,
        "events": {LOGOUT_EVENT: {}},
    }
    return sign_jwt(services.keyrings.get(client.realm_id), client.id_token_alg, LOGOUT_TOKEN, claims)
