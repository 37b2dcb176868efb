"""Why a registration is refused (RFC 7591 section 3.2.2, RFC 7592 section 2)."""

from authlib.oauth2 import OAuth2Error


class InvalidRedirectUri(OAuth2Error):  # type: ignore[misc]
    """A redirect URI may not be registered."""

    error = "invalid_redirect_uri"


class InvalidClientMetadata(OAuth2Error):  # type: ignore[misc]
    """A member of the metadata is wrong, or does not go with another."""

    error = "invalid_client_metadata"


class InvalidSoftwareStatement(OAuth2Error):  # type: ignore[misc]
    """A software statement came; nobody's are trusted here."""

    error = "invalid_software_statement"
    description = "Software statements are not supported."


class RegistrationClosed(OAuth2Error):  # type: ignore[misc]
    """The realm does not let clients register themselves."""

    error = "access_denied"
    status_code = 403
    description = "Clients of this realm are registered by its administrators."


class TooManyRegistrations(OAuth2Error):  # type: ignore[misc]
    """Too many registrations came from the address, or to the realm; `seconds` says when there may be more."""

    error = "temporarily_unavailable"
    status_code = 429
    description = "Too many registrations. Try again later."

    def __init__(self, seconds: int) -> None:
        super().__init__()
        self._seconds = seconds

    def get_headers(self) -> list[tuple[str, str]]:
        """Return the headers, with Retry-After in seconds."""
        return [*super().get_headers(), ("Retry-After", str(self._seconds))]


class TokenRefused(OAuth2Error):  # type: ignore[misc]
    """The bearer token is missing or is not one for this (RFC 6750 section 3.1). Which of it is not told."""

    error = "invalid_token"
    status_code = 401

    def __init__(self, *, presented: bool) -> None:
        super().__init__(description="The token is not valid here." if presented else "A token is needed.")
        self._presented = presented

    def get_headers(self) -> list[tuple[str, str]]:
        """Return the headers with a challenge, which names the error only where a token came."""
        challenge = 'Bearer realm="registration"' + (', error="invalid_token"' if self._presented else "")
        return [*super().get_headers(), ("WWW-Authenticate", challenge)]
