"""Bind an authorization code to a DPoP key before there is one (RFC 9449 section 10)."""

import re

from authlib.oauth2.rfc6749.errors import InvalidGrantError, InvalidRequestError

from idp.clients.registration import ClientRegistration
from idp.oidc.dpop import InvalidDpopProof, has_proof, verify_proof
from idp.oidc.security_profile import profile_of
from idp.oidc.token_grant import Confirmation
from idp.web.exchange import Exchange
from idp.web.parameters import Parameters

_THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{43}")


def verify_code_key_parameter(parameters: Parameters, _client: ClientRegistration) -> None:
    """Raise `InvalidRequestError` when there is a dpop_jkt that cannot be the thumbprint of a key."""
    dpop_jkt = parameters.get("dpop_jkt", "")
    if dpop_jkt and not _THUMBPRINT.fullmatch(dpop_jkt):
        raise InvalidRequestError("The dpop_jkt is not the base64url SHA-256 thumbprint of a key.")


def add_proven_key(exchange: Exchange, client: ClientRegistration, parameters: Parameters) -> Parameters:
    """Return *parameters* of a pushed request, with the dpop_jkt of the key whose proof came with it (section 10.1).

    Raises `InvalidDpopProof`, also when they name another key, and `UseDpopNonce`.
    """
    if not has_proof(exchange):
        return parameters
    thumbprint = verify_proof(exchange, profile_of(client))
    if parameters.get("dpop_jkt", thumbprint) != thumbprint:
        raise InvalidDpopProof("The proof is one of another key than dpop_jkt names.")
    return parameters if "dpop_jkt" in parameters else Parameters([*parameters.pairs, ("dpop_jkt", thumbprint)])


def verify_code_key(dpop_jkt: str, proven: Confirmation | None) -> None:
    """Verify that a code is redeemed with the key it was asked for with, if it was; raise `InvalidGrantError`."""
    if dpop_jkt and (proven or {}).get("jkt") != dpop_jkt:
        raise InvalidGrantError("The code is bound to a key that this request does not prove.")
