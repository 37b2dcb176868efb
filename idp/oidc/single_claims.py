"""Single claims in an ID Token, which the claims parameter asked for (OpenID Connect Core section 5.5)."""

from typing import Any

from idp.oidc.claims_request import ID_TOKEN, claims_asked_for
from idp.oidc.person_claims import X509_CLAIMS, build_certificate_claims, build_single_claims
from idp.oidc.person_rows import find_person
from idp.oidc.token_grant import TokenGrant
from idp.web.exchange import Exchange


def find_single_claims(exchange: Exchange, grant: TokenGrant) -> dict[str, Any]:
    """Return what was asked for and has a value; the account is looked up only where something of it was."""
    names = claims_asked_for(grant.client, grant.claims, ID_TOKEN)
    if not names or grant.basis is None:
        return {}
    certificate = build_certificate_claims(grant.basis.certificate_claims)
    found = {name: value for name, value in certificate.items() if name in names}
    names = names.difference(X509_CLAIMS, {"sub"})
    person = find_person(exchange.transaction, grant.basis.user_id) if names else None
    return found if person is None else found | build_single_claims(person, names)
