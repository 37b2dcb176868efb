"""The security profile of the client whose request is read; `idp.clients.security_profile` has the rules."""

from authlib.oauth2.rfc6749.errors import UnauthorizedClientError

from idp.clients.registration import ClientRegistration
from idp.clients.security_profile import PROFILES, SecurityProfile, find_violations

_ALGORITHMS = ("id_token", "access_token", "userinfo")


def profile_of(client: ClientRegistration) -> SecurityProfile:
    """Return the profile that the client is under; raise `UnauthorizedClientError` for one that is not known here."""
    try:
        return PROFILES[client.security_profile]
    except KeyError:
        raise UnauthorizedClientError("The client is under a security profile that is not known here.") from None


def requires_pushed_requests(client: ClientRegistration) -> bool:
    """Tell whether the client has to push its authorization requests (RFC 9126 section 6, FAPI 2.0 section 5.3.2.2)."""
    return client.require_pushed_authorization_requests or profile_of(client).pushed_requests


def requires_sender_constraint(client: ClientRegistration) -> bool:
    """Tell whether the client's tokens have to be bound to a key or a certificate, whichever."""
    return client.dpop_bound_access_tokens or profile_of(client).sender_constrained


def verify_registration(client: ClientRegistration) -> None:
    """Raise `UnauthorizedClientError` when what is registered contradicts the client's profile.

    The profile may have become stricter than it was when the client was registered.
    """
    if not client.security_profile:
        return
    algorithms = {f"{name}_signed_response_alg": getattr(client, f"{name}_alg") for name in _ALGORITHMS}
    if names := find_violations(profile_of(client), {**vars(client), **algorithms}):
        raise UnauthorizedClientError(
            f"The client's registration is not what its security profile wants: {', '.join(names)}."
        )
