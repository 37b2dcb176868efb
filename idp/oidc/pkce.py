"""Proof Key for Code Exchange (RFC 7636), S256 alone (RFC 9700 section 2.1.1)."""

import hmac
from typing import Any

from authlib.oauth2.rfc6749.errors import InvalidRequestError
from authlib.oauth2.rfc7636 import CodeChallenge, create_s256_code_challenge

from idp.clients.registration import ClientRegistration
from idp.oidc.security_profile import profile_of
from idp.web.parameters import Parameters

METHOD = "S256"
_CHALLENGE_LENGTH = 43  # base64url of a SHA-256 digest
_VERIFIER_LENGTHS = range(43, 129)  # RFC 7636 section 4.1


class ProofKey(CodeChallenge):  # type: ignore[misc]
    """Checks the verifier at the token endpoint, also that none comes without a challenge (RFC 9700 section 4.8.2)."""

    DEFAULT_CODE_CHALLENGE_METHOD = METHOD
    SUPPORTED_CODE_CHALLENGE_METHOD = (METHOD,)

    def __init__(self) -> None:
        super().__init__(required=True)

    def get_authorization_code_challenge_method(self, *_: Any) -> str:
        """Return the only method there is."""
        return METHOD


def verify_code_challenge(parameters: Parameters, client: ClientRegistration) -> None:
    """Raise `InvalidRequestError` unless there is an S256 challenge, or none and none is required.

    An absent method means ``plain`` (RFC 7636 section 4.3), which is refused like any other.
    """
    challenge, method = parameters.get("code_challenge", ""), parameters.get("code_challenge_method", "")
    if not challenge and not method:
        if client.pkce_required or profile_of(client).code_challenge:
            raise InvalidRequestError("This client has to send a code_challenge.")
        return
    if method != METHOD:
        raise InvalidRequestError("The code_challenge_method must be S256.")
    if len(challenge) != _CHALLENGE_LENGTH or not _is_unreserved(challenge):
        raise InvalidRequestError("The code_challenge is not a base64url SHA-256 digest.")


def verifier_matches(verifier: str, challenge: str) -> bool:
    """Tell whether *challenge* was made from *verifier* (RFC 7636 section 4.6)."""
    if len(verifier) not in _VERIFIER_LENGTHS or not _is_unreserved(verifier):
        return False
    return hmac.compare_digest(create_s256_code_challenge(verifier), challenge)


def _is_unreserved(text: str) -> bool:
    return text.isascii() and text.replace("-", "").replace(".", "").replace("_", "").replace("~", "").isalnum()
