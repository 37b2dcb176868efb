"""Our own applications redeem their codes in this very process, through the same single use as everybody."""

from dataclasses import dataclass

from idp.oidc.codes import CodeInvalid, find_code, take_code
from idp.oidc.pkce import verifier_matches
from idp.web.exchange import Exchange


@dataclass(frozen=True)
class RedeemedLogin:
    """Who has signed in, in which session; `nonce` is that of the authorization request."""

    user_id: str
    session_id: str
    nonce: str


def redeem_code(
    exchange: Exchange, *, client_id: str, code: str, redirect_uri: str, code_verifier: str
) -> RedeemedLogin:
    """Use a code up for a first-party client; raise `CodeInvalid`. The code must have been asked for with PKCE.

    Whether the session is still live is for the caller to see, as with every later request.
    """
    client = exchange.find_client(client_id)
    found = find_code(exchange, code)
    if client is None or not client.first_party or found is None or found.client_row_id != client.id:
        raise CodeInvalid("no such code of a first-party client")
    if found.redirect_uri != redirect_uri or not verifier_matches(code_verifier, found.code_challenge):
        raise CodeInvalid("the code came with another redirect_uri or verifier")
    if found.dpop_jkt:
        raise CodeInvalid("the code is bound to a key, of which there is no proof here")
    take_code(exchange, found)
    return RedeemedLogin(found.basis.user_id, found.basis.session_id, found.nonce)
