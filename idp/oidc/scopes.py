"""Which scope a client is granted (RFC 6749 section 3.3; OpenID Connect Core sections 5.4 and 11).

A scope that is unknown, or not registered for the client, is left out and not an error: OpenID Connect Core section 3.1.2.1 asks
for that, and the token response tells the client what it got.
"""

from idp.clients.registration import ClientRegistration

OPENID = "openid"
OFFLINE_ACCESS = "offline_access"
X509 = "x509"
PERSONAL = (OPENID, "profile", "email", "address", "phone", X509, OFFLINE_ACCESS)
"""Scopes about a person. Without a person (client_credentials) they mean nothing and are never granted."""


def grant_personal_scope(client: ClientRegistration, requested: str) -> str:
    """Return what a client gets of *requested* when a person has signed in, and its default scopes; without a request, its own."""
    asked = requested or grant_client_scope(client, "")
    return keep_personal_scope(client, " ".join((asked, *client.default_scopes)))


def keep_personal_scope(client: ClientRegistration, granted: str) -> str:
    """Return what of *granted*, or requested, is registered for the client, and nothing else."""
    refreshes = "refresh_token" in client.grant_types
    allowed = [scope for scope in client.scopes if scope != OFFLINE_ACCESS or refreshes]
    return _common(granted, allowed)


def grant_client_scope(client: ClientRegistration, requested: str) -> str:
    """Return what a client gets of *requested* for itself; without a request, all that is registered."""
    allowed = [scope for scope in client.scopes if scope not in PERSONAL]
    return _common(requested, allowed) if requested else " ".join(allowed)


def asks_in_vain(requested: str, granted: str) -> bool:
    """Tell whether a client that asked for itself has to be told that it gets nothing.

    Tools ask for ``openid`` out of habit, with every grant: that alone is ignored, as it is for what is not registered.
    """
    return not granted and not set(requested.split()) <= set(PERSONAL)


def _common(requested: str, allowed: list[str]) -> str:
    return " ".join(scope for scope in dict.fromkeys(requested.split()) if scope in allowed)
