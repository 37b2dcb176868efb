"""Put the parts together: the only place where they meet."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

import idp.account.routes
import idp.admin.console.routes
import idp.distribution.routes
import idp.login.routes
import idp.oidc.routes
from idp.admin.api.application import ApiMount
from idp.clients.registration import ClientRegistration, find_registration
from idp.clock import Clock, SystemClock
from idp.encryption import Cipher
from idp.fetching.documents import DocumentCache
from idp.fetching.fetcher import Fetcher
from idp.keys.keyring import KeyRing, load_keyring
from idp.keys.server_secret import derive_key, load_server_secret
from idp.login.failures import answer_unavailable_page, answer_unknown_realm_page
from idp.pki.authority_keys import DatabaseKeys
from idp.pki.foreign_revocation.lookup import ForeignStatus
from idp.pki.foreign_revocation.sources import Means
from idp.pki.trust import TrustStore, load_trust_store
from idp.realms.policy import RealmPolicy, build_policy
from idp.realms.realms import find_realm
from idp.settings import Settings
from idp.storage.cache import MomentaryCache
from idp.storage.database import Database
from idp.storage.open import open_store
from idp.themes import open_themes
from idp.users.passwords import Argon2Parameters, PasswordHasher
from idp.web.endpoint import UNAVAILABLE
from idp.web.services import Services
from idp.web.static import build_static_route
from idp.web.status_sources import FetchedSources


def create_app(settings: Settings, *, clock: Clock | None = None) -> Starlette:
    """Return the public application; `app.state.services` holds what the listeners and workers share."""
    services = build_services(settings, clock or SystemClock())
    app = Starlette(
        routes=[
            *idp.oidc.routes.build_routes(),
            *idp.login.routes.build_routes(),
            *idp.account.routes.build_routes(),
            *idp.admin.console.routes.build_routes(services),
            *idp.distribution.routes.build_routes(services.database),
            Route("/realms/{realm}", _open_dashboard),
            ApiMount("/admin", services),
            build_static_route(),
        ],
        exception_handlers={
            404: _answer_not_found,
            **dict.fromkeys(UNAVAILABLE, _answer_unavailable),
        },
    )
    app.state.services = services
    return app


def build_services(settings: Settings, clock: Clock) -> Services:
    """Return the parts that outlive a request."""
    cipher, database = Cipher.from_file(settings.master_key_file), Database(settings.database_url)
    secret = load_server_secret(database, cipher)
    fetcher, means = Fetcher(settings), Means(database, clock, FetchedSources(Fetcher(settings)))

    def load_realm(name: str) -> RealmPolicy | None:
        with database.transaction() as session:
            realm = find_realm(session, name)
            return build_policy(realm) if realm is not None and realm.enabled else None

    def load_client(key: tuple[str, str]) -> ClientRegistration | None:
        realm_id, client_id = key
        with database.begin() as transaction:
            return find_registration(transaction, cipher, realm_id=realm_id, client_id=client_id)

    def load_keys(realm_id: str) -> KeyRing:
        with database.transaction() as session:
            return load_keyring(session, cipher, realm_id)

    def load_trust(realm_id: str) -> TrustStore:
        with database.transaction() as session:
            return load_trust_store(session, realm_id)

    return Services(
        settings=settings,
        clock=clock,
        database=database,
        ephemeral=open_store(database, settings.redis_url, clock),
        cipher=cipher,
        authority_keys=DatabaseKeys(cipher),
        themes=open_themes(settings.themes_dir),
        passwords=PasswordHasher(
            Argon2Parameters(settings.argon2_memory_kib, settings.argon2_iterations, settings.argon2_lanes)
        ),
        fetcher=fetcher,
        documents=DocumentCache(fetcher),
        foreign_means=means,
        foreign_status=ForeignStatus(means),
        csrf_key=derive_key(secret, b"csrf"),
        subject_key=derive_key(secret, b"pairwise subject"),
        realms=MomentaryCache(load_realm),
        clients=MomentaryCache(load_client),
        keyrings=MomentaryCache(load_keys),
        trust=MomentaryCache(load_trust),
    )


def _open_dashboard(request: Request) -> Response:
    return RedirectResponse(f"{request.app.state.services.settings.public_url}{request.url.path}/account/")


def _answer_not_found(request: Request, _error: Exception) -> Response:
    return answer_unknown_realm_page(request)


def _answer_unavailable(request: Request, error: Exception) -> Response:
    return answer_unavailable_page(request.app.state.services, error)
