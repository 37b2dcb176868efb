"""Whether and what a person is to be asked before an application gets it (OpenID Connect Core sections 3.1.2.4 and 11)."""

from urllib.parse import urlsplit

from idp.clients.registration import ClientRegistration
from idp.login.flow import ConsentQuestion
from idp.oidc.authorization_request import AuthorizationRequest


def build_consent_question(client: ClientRegistration, asked: AuthorizationRequest) -> ConsentQuestion | None:
    """Return the question, or None where nobody has to be asked: our own applications, and those that the realm trusts."""
    wanted = "consent" in asked.prompt
    if client.first_party or not (client.consent_required or wanted):
        return None
    return ConsentQuestion(
        client_row_id=client.id,
        scopes=tuple(asked.scope.split()),
        claims=_single_claims(asked),
        always=wanted,
        host=urlsplit(asked.redirect_uri).hostname or "",
        policy_uri=client.policy_uri,
        terms_uri=client.tos_uri,
    )


def _single_claims(asked: AuthorizationRequest) -> tuple[str, ...]:
    names = {name for place in ("id_token", "userinfo") for name in asked.claims.get(place) or {}}
    return tuple(sorted(names - {"acr", "auth_time", "sub", "amr"}))
