"""A signed JWT in its compact form, taken apart but not believed (RFC 7515 section 7.1)."""

import json
import re
from dataclasses import dataclass
from typing import Any

from joserfc.jws import JWSRegistry
from joserfc.util import urlsafe_b64decode

from idp.errors import IdpError

MAX_LENGTH = 16384  # ours have about a thousand characters; nobody may make us hash megabytes
_FORM = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")  # without detached parts
_UNSECURED_FORM = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.")  # RFC 7515 appendix A.5


class TokenInvalid(IdpError):
    """A JWT is malformed, of another type, issuer or audience, out of its time, or not signed by the key it has to be."""


@dataclass(frozen=True)
class CompactJws:
    """Three parts, of which only the header has been decoded."""

    header: dict[str, Any]
    signing_input: str
    signature: str

    def verifies(self, algorithm: str, key: Any) -> bool:
        """Tell whether *key* made the signature with *algorithm*, whatever the header says of either."""
        try:
            signature = _decode_bytes(self.signature)
            return JWSRegistry.algorithms[algorithm].verify(self.signing_input.encode(), signature, key)
        except ValueError:  # a signature that cannot be one
            return False

    def decode_claims(self) -> dict[str, Any]:
        """Return the payload; raise `TokenInvalid` where it is not a JSON object."""
        return _decode(self.signing_input.partition(".")[2])


def read_compact(token: str, *, max_length: int = MAX_LENGTH) -> CompactJws:
    """Return the parts of *token*; raise `TokenInvalid` where it is no compact JWS, or too long."""
    if len(token) > max_length or not _FORM.fullmatch(token):
        raise TokenInvalid("not a compact JWS")
    signing_input, _, signature = token.rpartition(".")
    return CompactJws(_decode(signing_input.partition(".")[0]), signing_input, signature)


def read_unsecured(token: str, *, max_length: int = MAX_LENGTH) -> dict[str, Any]:
    """Return the claims of a JWT that nobody has signed, and that says so; raise `TokenInvalid` for any other."""
    if len(token) > max_length or not _UNSECURED_FORM.fullmatch(token):
        raise TokenInvalid("not an unsecured JWS")
    header, payload, _ = token.split(".")
    if _decode(header).get("alg") != "none" or "crit" in _decode(header):
        raise TokenInvalid("not an unsecured JWS")
    return _decode(payload)


def _decode(segment: str) -> dict[str, Any]:
    try:
        value = json.loads(_decode_bytes(segment), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise TokenInvalid("malformed") from error
    if not isinstance(value, dict):
        raise TokenInvalid("not a JSON object")
    return value


def _decode_bytes(segment: str) -> bytes:
    try:
        return urlsafe_b64decode(segment.encode())
    except ValueError as error:
        raise TokenInvalid("malformed") from error


def _refuse_constant(name: str) -> None:
    """NaN is neither before nor after any instant."""
    raise ValueError(name)
