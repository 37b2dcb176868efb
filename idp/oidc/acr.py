"""Which authentication level a request needs (OpenID Connect Core sections 3.1.2.1 and 5.5.1.1).

"1" is a password, "2" a password and a certificate.
"""

from collections.abc import Sequence

from idp.oidc.claims_request import Conditions, acceptable_values
from idp.oidc.errors import UnmetAuthenticationRequirements

LEVELS = ("1", "2")
_CERTIFICATE_LEVEL = "2"


def read_acr(acr_values: Sequence[str], conditions: Conditions, *, certificates_on: bool) -> str:
    """Return the least level that the request needs.

    *conditions* are those of the acr claim: an essential one is a demand, and any of its values does, so the lowest
    counts. *acr_values* are in order of preference, so the first that we know counts. Raises `InvalidRequestError` and
    `UnmetAuthenticationRequirements`.
    """
    demanded = acceptable_values(conditions) if conditions.get("essential") else None
    preferred = [value for value in acr_values if value in LEVELS]
    known = [level for level in LEVELS if level in demanded] if demanded is not None else preferred
    if demanded and not known:
        raise UnmetAuthenticationRequirements("None of the requested acr values exists here.")
    level = known[0] if known else LEVELS[0]
    if level == _CERTIFICATE_LEVEL and not certificates_on:
        raise UnmetAuthenticationRequirements("Certificate login is switched off.")
    return level
