"""A registered client in the shape authlib asks for."""

from authlib.oauth2.rfc6749 import ClientMixin

from idp.clients.registration import ClientRegistration


class RegisteredClient(ClientMixin):  # type: ignore[misc]
    """What authlib's grants and endpoints see of a `ClientRegistration`."""

    def __init__(self, registration: ClientRegistration) -> None:
        self.registration = registration
        self.client_id = registration.client_id

    def check_grant_type(self, grant_type: str) -> bool:
        """Tell whether the client is registered for *grant_type*."""
        return grant_type in self.registration.grant_types
