"""To which key the tokens of a request are bound: one way for all grants and all endpoints that take tokens.

A key by a DPoP proof (RFC 9449 section 6), a certificate by the TLS connection (RFC 8705 section 3), or both.
A request with a bearer token comes through here without a lookup.
"""

from typing import Any

from authlib.oauth2.rfc6749.errors import InvalidGrantError
from authlib.oauth2.rfc6750 import InvalidTokenError

from idp.clients.registration import ClientRegistration
from idp.clients.security_profile import ORDINARY
from idp.oidc.certificate_binding import find_certificate_thumbprint
from idp.oidc.dpop import InvalidDpopProof, has_proof, verify_proof
from idp.oidc.security_profile import profile_of, requires_sender_constraint
from idp.oidc.token_grant import Confirmation
from idp.web.exchange import Exchange

BEARER, DPOP = "bearer", "dpop"
"""How an access token is sent, in lower case (RFC 6750 section 2.1, RFC 9449 section 7.1)."""
KEY, CERTIFICATE = "jkt", "x5t#S256"


def find_confirmation(exchange: Exchange, client: ClientRegistration) -> Confirmation | None:
    """Return what the tokens of this request are bound to, or None.

    Call it once, before a code or other grant is used up: the client repeats the request when it is told a nonce. Raises
    `InvalidDpopProof`, `UseDpopNonce`, and `InvalidGrantError` where the client's tokens have to be bound and nothing came
    to bind them to.
    """
    confirmation: Confirmation = {}
    if has_proof(exchange):
        confirmation[KEY] = verify_proof(exchange, profile_of(client))
    elif client.dpop_bound_access_tokens:
        raise InvalidDpopProof("This client has to send a DPoP proof.")
    if client.certificate_bound_access_tokens:
        confirmation[CERTIFICATE] = _require_certificate(exchange)
    if not confirmation and requires_sender_constraint(client):
        raise InvalidDpopProof(
            "This client has to send a DPoP proof, or to be registered for certificate-bound tokens."
        )
    return confirmation or None


def verify_confirmation(exchange: Exchange, claims: dict[str, Any], token: str, scheme: str) -> None:
    """Verify that the request proves possession of the key that a token's *claims* name; *scheme* is BEARER or DPOP.

    Raises `InvalidTokenError` (RFC 9449 section 7.2, RFC 8705 section 3), `InvalidDpopProof` and `UseDpopNonce`.
    """
    confirmation: Confirmation = claims.get("cnf") or {}
    if (scheme == DPOP) is not (KEY in confirmation):
        raise InvalidTokenError("The token was not issued for this authentication scheme.")
    if KEY in confirmation:
        client = exchange.find_client(claims["client_id"])
        profile = ORDINARY if client is None else profile_of(client)
        if verify_proof(exchange, profile, access_token=token) != confirmation[KEY]:
            raise InvalidTokenError("The token is bound to another key.")
    if CERTIFICATE in confirmation and find_certificate_thumbprint(exchange) != confirmation[CERTIFICATE]:
        raise InvalidTokenError("The token is bound to another certificate.")


def verify_same_holder(client: ClientRegistration, bound: Confirmation | None, proven: Confirmation | None) -> None:
    """Verify that a public client uses its refresh token with the key or certificate that it got it with.

    A confidential client proves by its authentication that the token is its own, and may change its keys. Raises
    `InvalidGrantError` (RFC 9449 section 5, RFC 8705 section 4).
    """
    if client.public and bound and not bound.items() <= (proven or {}).items():
        raise InvalidGrantError("The refresh token is bound to a key or certificate that this request does not prove.")


def _require_certificate(exchange: Exchange) -> str:
    thumbprint = find_certificate_thumbprint(exchange)
    if thumbprint is None:
        raise InvalidGrantError("This client has to come with its certificate, at the mutual-TLS addresses.")
    return thumbprint
