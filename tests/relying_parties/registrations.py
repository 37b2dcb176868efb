"""What the tests register about their clients, verified as what an administrator registers."""

import secrets
from dataclasses import dataclass
from typing import Any

from idp.clients.clients import add_client
from idp.clients.metadata.document import create_metadata
from idp.clients.metadata.security import SECRET_METHODS
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
    """A client's credentials; `secret` is None where it has another way to authenticate, or none."""

    client_id: str
    secret: str | None


def register(services: Services, *, public: bool = False, **metadata: Any) -> Registered:
    """Register a client of its own for a test in the demo's realm; *metadata* has the members' public names."""
    method = "none" if public else metadata.get("token_endpoint_auth_method", "client_secret_basic")
    document = {
        "redirect_uris": [CALLBACK],
        "post_logout_redirect_uris": [FAREWELL],
        "grant_types": [grant for grant in GRANTS if not (public and grant == "client_credentials")],
        "scope": SCOPE,
        "token_endpoint_auth_method": method,
        **metadata,
    }
    # Long enough for the keys of HMACs (OpenID Connect Core section 16.19).
    secret = secrets.token_urlsafe(32) if method in SECRET_METHODS else None
    credentials = Registered(f"client-{secrets.token_hex(4)}", secret)
    with services.database.transaction() as session:
        add_client(
            session,
            services.cipher,
            services.clock,
            create_metadata(document),
            realm_id=get_realm(session, DEMO).id,
            client_id=credentials.client_id,
            secret=credentials.secret,
        )
    return credentials
