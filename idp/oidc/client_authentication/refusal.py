"""What a client is told that did not authenticate: nothing but that (RFC 6749 section 5.2)."""

from authlib.oauth2.rfc6749.errors import InvalidClientError

from idp.errors import IdpError


class CredentialsWrong(IdpError):
    """What a request presents does not prove which client sent it. The text says why, for those who look after the client."""


class ClientRefused(InvalidClientError):  # type: ignore[misc]
    """The client did not authenticate. Which part was wrong is not told."""

    status_code = 401
    description = "Client authentication failed."

    def get_headers(self) -> list[tuple[str, str]]:
        """Return the headers with a challenge that has the realm RFC 7617 section 2 requires."""
        headers = [(name, value) for name, value in super().get_headers() if name != "WWW-Authenticate"]
        return [*headers, ("WWW-Authenticate", 'Basic realm="client", charset="UTF-8"')]
