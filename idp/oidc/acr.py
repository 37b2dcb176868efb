"""Which authentication level a request needs (OpenID Connect Core sections 3.1.2.1 and 5.5.1.1).

"1" is a password, "2" a password and a certificate.
"""

import json
from typing import Any

from authlib.oauth2.rfc6749.errors import InvalidRequestError

from idp.oidc.errors import UnmetAuthenticationRequirements
from idp.web.parameters import Parameters

LEVELS = ("1", "2")
_CERTIFICATE_LEVEL = "2"


def read_acr(parameters: Parameters, *, certificates_on: bool) -> str:
    """Return the least level that the request needs.

    An essential acr claim is a demand: any of its values does, so the lowest counts. `acr_values` are in order of
    preference, so the first that we know counts. Raises `InvalidRequestError` and `UnmetAuthenticationRequirements`.
    """
    demanded = _read_essential_acr(parameters.get("claims", ""))
    preferred = [value for value in parameters.get("acr_values", "").split() if value in LEVELS]
    known = [level for level in LEVELS if level in demanded] if demanded is not None else preferred
    if demanded and not known:
        raise UnmetAuthenticationRequirements("None of the requested acr values exists here.")
    level = known[0] if known else LEVELS[0]
    if level == _CERTIFICATE_LEVEL and not certificates_on:
        raise UnmetAuthenticationRequirements("Certificate login is switched off.")
    return level


def _read_essential_acr(claims: str) -> list[str] | None:
    request = _member(_parse_claims(claims), "id_token")
    acr = _member(request, "acr")
    if not acr.get("essential"):
        return None
    values = acr.get("values", [acr["value"]] if "value" in acr else [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise InvalidRequestError("The acr values in the claims parameter are malformed.")
    return values


def _parse_claims(text: str) -> dict[str, Any]:
    try:
        claims = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        claims = None
    if not isinstance(claims, dict):
        raise InvalidRequestError("The claims parameter is not a JSON object.")
    return claims


def _member(claims: dict[str, Any], name: str) -> dict[str, Any]:
    # A claim that is requested without further conditions has the value null.
    value = claims.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InvalidRequestError("The claims parameter is malformed.")
    return value
