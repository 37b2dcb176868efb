"""The device code grant at the token endpoint (RFC 8628 sections 3.4 and 3.5)."""

from typing import Any

from authlib.oauth2.rfc6749.errors import (
    AccessDeniedError,
    InvalidGrantError,
    InvalidRequestError,
    UnauthorizedClientError,
)
from authlib.oauth2.rfc6749.grants import BaseGrant, TokenEndpointMixin
from authlib.oauth2.rfc8628.errors import AuthorizationPendingError, ExpiredTokenError, SlowDownError

from idp.oidc.client_authentication import ALL_METHODS
from idp.oidc.device.authorization import DEVICE_GRANT
from idp.oidc.device.codes import DeviceCode, find_device_code, polls_too_fast, take_decision
from idp.oidc.family_response import begin_family_with_response
from idp.oidc.request import parameters_of
from idp.oidc.resources import read_resources
from idp.oidc.sender_constraint import find_confirmation
from idp.oidc.token_basis import TokenBasis
from idp.oidc.token_grant import TokenGrant


class DeviceCodeGrant(BaseGrant, TokenEndpointMixin):  # type: ignore[misc]
    """A device asks again and again, until its person has decided."""

    GRANT_TYPE = DEVICE_GRANT
    TOKEN_ENDPOINT_AUTH_METHODS = ALL_METHODS

    def validate_token_request(self) -> None:
        """Check the client, and that the code is its own and can still be used."""
        self.request.client = self.authenticate_token_endpoint_client()
        if not self.client.check_grant_type(DEVICE_GRANT):
            raise UnauthorizedClientError("This client is not registered for the device grant.")
        value = self.request.form.get("device_code")
        if not value:
            raise InvalidRequestError("device_code is missing.")
        exchange = self.request.exchange
        code = find_device_code(exchange, value)
        if code is None or code.client_row_id != self.client.registration.id:
            raise InvalidGrantError("The device_code is unknown, or was used.")
        if code.is_expired(exchange.services.clock.now()):
            raise ExpiredTokenError()
        self._code = code
        self._confirmation = find_confirmation(exchange, self.client.registration)
        self._audience = read_resources(parameters_of(exchange), self.client.registration, authorized=code.resources)

    def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        """Return the tokens once the person has allowed it; raise the error that section 3.5 names until then."""
        exchange, code = self.request.exchange, self._code
        decided, basis = take_decision(exchange, code)
        if not decided:
            raise SlowDownError() if polls_too_fast(exchange, code) else AuthorizationPendingError()
        if basis is None:
            raise AccessDeniedError("The person refused.")
        response = begin_family_with_response(exchange, self._build_grant(code, basis), authorized=code.resources)
        if response is None:
            raise InvalidGrantError("The session has ended.")
        return 200, response, self.TOKEN_RESPONSE_HEADER

    def _build_grant(self, code: DeviceCode, basis: TokenBasis) -> TokenGrant:
        return TokenGrant(
            client=self.client.registration,
            scope=code.scope,
            basis=basis,
            audience=self._audience,
            confirmation=self._confirmation,
        )
