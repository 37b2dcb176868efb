"""Demonstrating Proof of Possession (RFC 9449): verify the proof of a request, whichever endpoint it came to."""

import base64
import hashlib
from datetime import timedelta

from authlib.oauth2 import OAuth2Error
from starlette.responses import Response

from idp.clients.security_profile import SecurityProfile
from idp.oidc.dpop_nonce import issue_nonce, nonce_is_fresh
from idp.oidc.dpop_proof import ALGORITHMS, DpopProof, ProofInvalid, read_dpop_proof
from idp.oidc.dpop_uri import same_address
from idp.web.exchange import Exchange

PROOF_HEADER = "dpop"
NONCE_HEADER = "DPoP-Nonce"
KIND = "dpop-jti"
MAX_AGE = timedelta(seconds=60)
"""How far the `iat` of a proof may be from now, to either side: clocks differ (RFC 9449 section 11.1)."""
_REMEMBERED = 2 * MAX_AGE + timedelta(seconds=2)  # for as long as one from the future can come again


class InvalidDpopProof(OAuth2Error):  # type: ignore[misc]
    """There is no proof, more than one, or it is not one for this request (RFC 9449 section 5)."""

    error = "invalid_dpop_proof"


class UseDpopNonce(OAuth2Error):  # type: ignore[misc]
    """The proof has to hold the nonce that comes with this answer (RFC 9449 section 8)."""

    error = "use_dpop_nonce"
    description = "The proof has to contain the nonce of the header DPoP-Nonce."

    def __init__(self, nonce: str) -> None:
        super().__init__()
        self.nonce = nonce

    def get_headers(self) -> list[tuple[str, str]]:
        """Return the headers, with the nonce to use."""
        return [*super().get_headers(), (NONCE_HEADER, self.nonce)]


def has_proof(exchange: Exchange) -> bool:
    """Tell whether the request brings a proof, right or wrong."""
    return PROOF_HEADER in exchange.headers


def verify_proof(exchange: Exchange, profile: SecurityProfile, *, access_token: str = "") -> str:
    """Return the thumbprint of the key that the request proves to hold; with *access_token*, for that token.

    Raises `InvalidDpopProof` and `UseDpopNonce`. A proof is used up by this.
    """
    try:
        proof = read_dpop_proof(_only_proof(exchange))
    except ProofInvalid as error:
        raise InvalidDpopProof(str(error)) from error
    if profile.algorithms is not None and proof.algorithm not in profile.algorithms:
        raise InvalidDpopProof("The proof's alg is not one that the client's security profile allows.")
    _verify_purpose(exchange, proof, access_token)
    _verify_nonce(exchange, proof, profile)
    _verify_time(exchange, proof)
    if not exchange.services.ephemeral.add(KIND, f"{proof.thumbprint}.{proof.jti}", "", _REMEMBERED):
        raise InvalidDpopProof("The proof was used before.")
    return proof.thumbprint


def offer_nonce(exchange: Exchange, response: Response) -> Response:
    """Put a nonce for the next proof into the response to a request that brought one (RFC 9449 section 8.2)."""
    if has_proof(exchange):
        response.headers[NONCE_HEADER] = issue_nonce(exchange)
    return response


def build_dpop_challenge(error: OAuth2Error | None = None, *, realm: str = "userinfo") -> str:
    """Return the challenge that asks for a token with a proof (RFC 9449 section 7.1)."""
    parts = [f'DPoP realm="{realm}"']
    if error is not None:
        parts += [f'error="{error.error}"', f'error_description="{error.description}"']
    return ", ".join([*parts, f'algs="{" ".join(ALGORITHMS)}"'])


def _only_proof(exchange: Exchange) -> str:
    proofs = [value for name, value in exchange.scope["headers"] if name == PROOF_HEADER.encode()]
    if len(proofs) != 1:
        raise ProofInvalid("The request needs the header DPoP exactly once.")
    return str(proofs[0].decode("latin-1"))


def _verify_purpose(exchange: Exchange, proof: DpopProof, access_token: str) -> None:
    if proof.htm != exchange.method:
        raise InvalidDpopProof("The proof's htm is not the request's method.")
    if not any(same_address(proof.htu, address) for address in _addresses(exchange)):
        raise InvalidDpopProof("The proof's htu is not the request's address.")
    if access_token and proof.ath != _hash(access_token):
        raise InvalidDpopProof("The proof's ath is not the hash of the access token.")


def _verify_nonce(exchange: Exchange, proof: DpopProof, profile: SecurityProfile) -> None:
    # One that a client brings unasked is looked at too: it may be the only thing that tells an old proof from a new one.
    required = profile.dpop_nonce or exchange.services.settings.dpop_nonce_required
    if (required or proof.nonce) and not nonce_is_fresh(exchange, proof.nonce):
        raise UseDpopNonce(issue_nonce(exchange))


def _verify_time(exchange: Exchange, proof: DpopProof) -> None:
    now = int(exchange.services.clock.now().timestamp())
    if not abs(proof.iat - now) <= MAX_AGE.total_seconds():
        raise InvalidDpopProof("The proof's iat is not about now.")


def _addresses(exchange: Exchange) -> tuple[str, ...]:
    """Return where the request may have been sent: what we see of its address, a proxy may have changed."""
    settings = exchange.services.settings
    return f"{settings.public_url}{exchange.path}", f"{settings.mutual_tls_url}{exchange.path}"


def _hash(token: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).rstrip(b"=").decode()
