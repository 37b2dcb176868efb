"""The refresh token grant (RFC 6749 section 6, OpenID Connect Core section 12, RFC 9700 section 4.14.2)."""

from typing import Any

from authlib.oauth2.rfc6749.errors import InvalidGrantError
from authlib.oauth2.rfc6749.grants import RefreshTokenGrant

from idp.events.tags import Tag
from idp.oidc.client_authentication import ALL_METHODS
from idp.oidc.refresh_tokens import (
    RefreshToken,
    create_refresh_token,
    digest_refresh_token,
    digest_retry,
    find_refresh_token,
)
from idp.oidc.request import parameters_of
from idp.oidc.resources import read_resources
from idp.oidc.scopes import keep_personal_scope
from idp.oidc.security_profile import profile_of
from idp.oidc.sender_constraint import find_confirmation, verify_same_holder
from idp.oidc.token_families import TOUCH_EVERY, bind_family, revoke_family, rotate_family, touch_session
from idp.oidc.token_grant import TokenGrant
from idp.oidc.token_response import build_token_response


class RefreshGrant(RefreshTokenGrant):  # type: ignore[misc]
    """Every use gives a new refresh token and ends the old one, unless the client's security profile forbids to rotate.

    An older token ends the whole family, because two parties hold it. The one exception is a client that repeats itself: the
    same token, from the same address and browser, within ten seconds. It gets an error like everybody, but its family lives.
    """

    TOKEN_ENDPOINT_AUTH_METHODS = ALL_METHODS
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> RefreshToken | None:
        """Return the token if it may be used by this client; note a reuse."""
        exchange = self.request.exchange
        token = find_refresh_token(exchange, refresh_token)
        if token is None or not token.check_client(self.client):
            return None
        if not token.current:
            self._note_reuse(token)
            return None
        return token if token.is_live(exchange) else None

    def authenticate_user(self, refresh_token: RefreshToken) -> str:
        """Return whose token it is."""
        return str(refresh_token.family.user_id)

    def generate_token(self, *, scope: str, **_: Any) -> dict[str, Any]:
        """Return the token response; the ID Token repeats the original authentication, without nonce."""
        exchange, client = self.request.exchange, self.client.registration
        old: RefreshToken = self.request.refresh_token
        confirmation = find_confirmation(exchange, client)
        verify_same_holder(client, old.family.confirmation, confirmation)
        grant = TokenGrant(
            client=client,
            scope=keep_personal_scope(client, scope) if scope else "",  # what is still registered for the client
            basis=old.build_basis(),
            audience=read_resources(parameters_of(exchange), client, authorized=old.family.audience or ()),
            confirmation=confirmation,
            claims=old.family.claims or {},
        )
        self.confirmation = confirmation
        rotates = profile_of(client).rotates_refresh_tokens
        new_token = create_refresh_token(exchange, old.family_id) if rotates else None
        return build_token_response(exchange, grant, refresh_token=new_token)

    def save_token(self, token: dict[str, Any]) -> None:
        """Put the new refresh token in the place of the old one; raise `InvalidGrantError` when somebody else did."""
        exchange, old = self.request.exchange, self.request.refresh_token
        now = exchange.services.clock.now()
        rotated = rotate_family(
            exchange.transaction,
            old.family.id,
            old_digest=old.digest,
            new_digest=digest_refresh_token(token.get("refresh_token", old.value)),
            retry_digest=digest_retry(exchange, old.value),
            now=now,
        )
        if not rotated:
            self._note_lost_race(old.value)
            raise InvalidGrantError("The refresh token was used before.")
        if self.client.registration.public and self.confirmation not in (None, old.family.confirmation):
            bind_family(exchange.transaction, old.family.id, self.confirmation)
        if not old.offline and now - old.family.last_seen_at >= TOUCH_EVERY:
            touch_session(exchange.transaction, old.family.session_id, now)

    def revoke_old_credential(self, refresh_token: RefreshToken) -> None:
        """Do nothing: the rotation has already ended the old token."""

    def _note_lost_race(self, value: str) -> None:
        token = find_refresh_token(self.request.exchange, value)
        if token is not None and not token.current:
            self._note_reuse(token)

    def _note_reuse(self, token: RefreshToken) -> None:
        exchange, family = self.request.exchange, token.family
        if family.revoked_at is not None or token.is_identical_retry(exchange):
            return
        now = exchange.services.clock.now()
        revoke_family(exchange.transaction, family.id, now=now, reason="refresh token reused")
        exchange.record(
            Tag.REFRESH_REUSED,
            user_id=family.user_id,
            client_id=self.client.client_id,
            session_id=family.session_id,
            family_id=family.id,
        )
