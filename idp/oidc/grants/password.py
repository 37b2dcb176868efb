"""The resource owner password credentials grant (RFC 6749 section 4.3), for command-line tools that know nothing better.

RFC 9700 section 2.4 forbids it, and it is off: an administrator switches it on for a client, and discovery does not name it. It proves
a password and nothing else, so it is refused to everybody whose login takes more, and to clients that ask for more.
"""

from typing import Any

from authlib.oauth2.rfc6749.errors import InvalidGrantError, InvalidRequestError, UnauthorizedClientError
from authlib.oauth2.rfc6749.grants import BaseGrant, TokenEndpointMixin

from idp.clients.registration import ClientRegistration
from idp.errors import AccountLocked, PasswordMismatch
from idp.events.tags import Tag
from idp.login.certificate_policy import certificate_policy_of
from idp.login.password_check import check_password
from idp.models import User, new_id
from idp.oidc.client_authentication import ALL_METHODS
from idp.oidc.family_response import begin_family_with_response
from idp.oidc.request import parameters_of
from idp.oidc.resources import read_resources
from idp.oidc.scopes import grant_personal_scope
from idp.oidc.sender_constraint import find_confirmation
from idp.oidc.token_basis import TokenBasis, timestamp
from idp.oidc.token_grant import TokenGrant
from idp.sessions.sessions import Authentication, create_session
from idp.users.users import find_user_by_login
from idp.web.exchange import Exchange

PASSWORD = "password"  # noqa: S105 (a grant type)
_LONGEST_LOGIN = 255


class PasswordGrant(BaseGrant, TokenEndpointMixin):  # type: ignore[misc]
    """The answer to every wrong guess is the same; that more than a password is needed is told to who has the password."""

    GRANT_TYPE = PASSWORD
    TOKEN_ENDPOINT_AUTH_METHODS = ALL_METHODS

    def validate_token_request(self) -> None:
        """Check the client, then the person."""
        self.request.client = self.authenticate_token_endpoint_client()
        client, form = self.client.registration, self.request.form
        if not client.direct_access_grants_enabled:
            raise UnauthorizedClientError("This client may not ask for passwords.")
        if not form.get("username") or not form.get("password"):
            raise InvalidRequestError("username or password is missing.")
        exchange = self.request.exchange
        self._audience = read_resources(parameters_of(exchange), client)
        self._confirmation = find_confirmation(exchange, client)
        self._user = _verify_person(exchange, client, form["username"], form["password"])

    def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        """Return the tokens of a new session, which no browser has."""
        exchange, client = self.request.exchange, self.client.registration
        grant = TokenGrant(
            client=client,
            scope=grant_personal_scope(client, self.request.payload.scope or ""),
            basis=_begin_session(exchange, client, self._user),
            audience=self._audience,
            confirmation=self._confirmation,
        )
        response = begin_family_with_response(exchange, grant, authorized=self._audience)
        if response is None:
            raise InvalidGrantError("The session has ended.")
        return 200, response, self.TOKEN_RESPONSE_HEADER


def _verify_person(exchange: Exchange, client: ClientRegistration, login: str, password: str) -> User:
    user = find_user_by_login(exchange.transaction, exchange.realm.id, login[:_LONGEST_LOGIN])
    try:
        verified = check_password(exchange, user, password, login=login, client_id=client.client_id)
    except (PasswordMismatch, AccountLocked) as error:
        raise InvalidGrantError("The username or password is not right, or too many tries were made.") from error
    reason = _find_what_is_missing(exchange, client, verified)
    if reason:
        exchange.record(
            Tag.LOGIN_FAILURE, user_id=verified.id, client_id=client.client_id, step=PASSWORD, reason=reason
        )
        raise InvalidGrantError(f"A password is not enough: {reason}. Sign in with a browser.")
    return verified


def _find_what_is_missing(exchange: Exchange, client: ClientRegistration, user: User) -> str:
    """Return what the login needs beside the password; empty where that is all."""
    policy = certificate_policy_of(exchange, user.id)
    if policy == "required" or client.certificate_required:
        return "a certificate is required"
    if user.two_factor_enabled_at is not None and policy != "off":
        return "two-factor authentication is on"
    if user.required_actions:
        return "the account is not set up"
    return ""


def _begin_session(exchange: Exchange, client: ClientRegistration, user: User) -> TokenBasis:
    services, now = exchange.services, exchange.services.clock.now()
    row, _ = create_session(
        exchange.transaction,
        services.clock,
        user=user,
        authentication=Authentication(auth_time=now, acr="1", amr=("pwd",)),
        lifetime=exchange.realm.session_lifetime,
        address=exchange.address,
        user_agent=exchange.user_agent,
    )
    exchange.record(
        Tag.LOGIN_SUCCESS, user_id=user.id, client_id=client.client_id, session_id=row.id, acr="1", amr=["pwd"]
    )
    return TokenBasis(
        user_id=user.id,
        session_id=row.id,
        family_id=new_id(),
        auth_time=timestamp(now),
        acr="1",
        amr=("pwd",),
        certificate_claims=None,
    )
