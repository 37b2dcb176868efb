"""Errors of the authorization endpoint that authlib has no class for."""

from authlib.oauth2 import OAuth2Error


class DestinationInvalid(OAuth2Error):  # type: ignore[misc]
    """client_id or redirect_uri is not registered: a page says so, nothing is redirected (RFC 6749 section 4.1.2.1)."""

    error = "invalid_request"


class RequestUnusable(DestinationInvalid):
    """A request that was pushed, or a request object, is void, and so is what would say where to redirect."""

    error = "invalid_request_uri"


class InvalidRequestObject(OAuth2Error):  # type: ignore[misc]
    """The request object is malformed, not signed as registered, expired, or for somebody else (RFC 9101 section 7)."""

    error = "invalid_request_object"


class InvalidRequestUri(OAuth2Error):  # type: ignore[misc]
    """The request_uri is not registered, expired, or leads to nothing usable (RFC 9101 section 7)."""

    error = "invalid_request_uri"


class UnsupportedResponseType(OAuth2Error):  # type: ignore[misc]
    """There is no such response type (RFC 6749 section 4.1.2.1)."""

    error = "unsupported_response_type"


class UnmetAuthenticationRequirements(OAuth2Error):  # type: ignore[misc]
    """The requested acr cannot be reached (OpenID Connect Core Error Code unmet_authentication_requirements 1.0)."""

    error = "unmet_authentication_requirements"


class LoginRefused(OAuth2Error):  # type: ignore[misc]
    """The login ended without what was asked, or ``prompt=none`` forbids to ask (OpenID Connect Core section 3.1.2.6)."""

    def __init__(self, error: str) -> None:
        super().__init__(error=error)
