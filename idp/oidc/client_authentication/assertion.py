"""private_key_jwt and client_secret_jwt (OpenID Connect Core section 9, RFC 7523 section 3)."""

from idp.clients.registration import ClientRegistration
from idp.oidc.client_authentication.credentials import Credentials
from idp.oidc.client_authentication.methods import ALGORITHMS_OF
from idp.oidc.client_authentication.refusal import CredentialsWrong
from idp.oidc.client_jwt import ClientJwtInvalid, verify_client_jwt, verify_unused
from idp.oidc.security_profile import profile_of
from idp.web.exchange import Exchange

_TYP = "client-authentication+jwt"
_REQUIRED = ("iss", "sub", "aud", "exp", "jti")


def verify_assertion(exchange: Exchange, client: ClientRegistration, presented: Credentials) -> None:
    """Raise `CredentialsWrong` unless the assertion is signed by the client, for us, current, and used for the first time."""
    issuer_only = profile_of(client).assertion_audience_is_issuer
    issuer = exchange.url("")
    try:
        claims = verify_client_jwt(
            exchange,
            client,
            presented.value,
            algorithms=list_algorithms(client),
            audiences=[issuer] if issuer_only else _list_audiences(exchange, issuer),
            typ=_TYP,
            required=_REQUIRED,
        )
        if issuer_only and claims["aud"] != issuer:
            raise CredentialsWrong("the audience is not the issuer alone")
        verify_unused(exchange, client, claims)
    except ClientJwtInvalid as error:
        raise CredentialsWrong(str(error)) from error


def list_algorithms(client: ClientRegistration) -> list[str]:
    """Return what the client may sign assertions with: the registered algorithm, or all that its method and profile allow."""
    allowed = profile_of(client).algorithms
    registered = client.token_endpoint_auth_signing_alg
    return [
        algorithm
        for algorithm in ALGORITHMS_OF[client.token_endpoint_auth_method]
        if (allowed is None or algorithm in allowed) and registered in ("", algorithm)
    ]


def _list_audiences(exchange: Exchange, issuer: str) -> list[str]:
    """Return what names us in an assertion: the issuer, the token endpoint, the endpoint that is asked (RFC 9126 section 2)."""
    settings, token = exchange.services.settings, "/protocol/openid-connect/token"
    alias = f"{settings.mutual_tls_url}/realms/{exchange.realm.name}"
    return [
        *(issuer, f"{issuer}{token}", f"{alias}{token}"),
        *(f"{base}{exchange.path}" for base in (settings.public_url, settings.mutual_tls_url)),
    ]
