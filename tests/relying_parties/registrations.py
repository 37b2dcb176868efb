"""What the tests register about their clients: any columns of the client's row, in one call."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from idp.clients.clients import create_client
from idp.demo.seed import DEMO
from idp.realms.realms import get_realm
from idp.web.services import Services

SCOPE = "openid profile email offline_access"
GRANTS = ("authorization_code", "refresh_token", "client_credentials")
# Where a client that is no server receives its answers: the browser stops here.
CALLBACK = "https://client.example/callback"
FAREWELL = "https://client.example/bye"


@dataclass(frozen=True)
class Registered:
    """A client's credentials; `secret` is None for a public one."""

    client_id: str
    secret: str | None


def register(
    services: Services,
    *,
    public: bool = False,
    redirect_uris: Sequence[str] = (CALLBACK,),
    post_logout_redirect_uris: Sequence[str] = (FAREWELL,),
    **columns: Any,
) -> Registered:
    """Register a client of its own for a test in the demo's realm; *columns* are set as they are."""
    credentials = Registered(
        f"client-{secrets.token_hex(4)}",
        None if public else secrets.token_urlsafe(32),  # enough for HMAC keys (OpenID Connect Core section 16.19)
    )
    with services.database.transaction() as session:
        client = create_client(
            session,
            services.cipher,
            services.clock,
            realm_id=get_realm(session, DEMO).id,
            client_id=credentials.client_id,
            secret=credentials.secret,
            redirect_uris=redirect_uris,
            post_logout_redirect_uris=post_logout_redirect_uris,
            grant_types=[grant for grant in GRANTS if not (public and grant == "client_credentials")],
            scope=SCOPE,
        )
        for name, value in columns.items():
            assert hasattr(client, name), name
            setattr(client, name, value)
    return credentials
