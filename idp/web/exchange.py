"""One HTTP exchange: the parsed request, its realm, its transaction, and the events it caused."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy.orm import Session

from idp.clients.registration import ClientRegistration
from idp.events.record import EventRecord
from idp.events.tags import Tag
from idp.realms.policy import RealmPolicy
from idp.storage.transaction import Transaction
from idp.web.client_certificate import PresentedCertificate
from idp.web.cookies import Cookie, CookieJar
from idp.web.mutual_tls import find_client_certificate
from idp.web.parameters import Parameters
from idp.web.services import Services

BROWSER_COOKIE = "idp-browser"


@dataclass(kw_only=True)
class Exchange:
    """What a handler gets. `transaction` is the request's own: returning commits, raising rolls back."""

    services: Services
    transaction: Transaction
    realm: RealmPolicy
    method: str
    path: str
    query: Parameters
    form: Parameters
    headers: Mapping[str, str]
    path_params: Mapping[str, str]
    address: str
    cookies: CookieJar
    scope: Mapping[str, Any]
    document: Mapping[str, Any] = field(default_factory=dict)
    """The JSON object of the body, at endpoints that take JSON."""
    content: bytes = b""
    """The body, at endpoints that take octets; the file, at those that take a form with one."""
    events: list[EventRecord] = field(default_factory=list)

    @property
    def session(self) -> Session:
        """The ORM session of the request's transaction."""
        return self.transaction.session

    @property
    def user_agent(self) -> str:
        """The browser's own description, cut to what is stored."""
        return self.headers.get("user-agent", "")[:512]

    @cached_property
    def browser(self) -> str:
        """The secret that tells this browser from others; a cookie is set where there is none."""
        known = self.cookies.read(BROWSER_COOKIE)
        if known and len(known) <= 64:
            return known
        fresh = secrets.token_urlsafe(24)
        self.cookies.write(Cookie(BROWSER_COOKIE, fresh))
        return fresh

    @cached_property
    def client_certificate(self) -> PresentedCertificate | None:
        """The certificate that an application showed in TLS; None without, and always at the public port."""
        return find_client_certificate(self.scope, self.services.settings)

    def parameter(self, name: str) -> str:
        """Return a parameter of the form on POST, else of the query; empty where absent."""
        source = self.form if self.method == "POST" else self.query
        return source.get(name, "")

    def record(
        self,
        tag: Tag,
        *,
        user_id: str | None = None,
        client_id: str | None = None,
        session_id: str | None = None,
        **details: Any,
    ) -> str:
        """Note an event; it is saved even when the request fails. Return its id."""
        event = EventRecord(
            tag=tag,
            at=self.services.clock.now(),
            realm_id=self.realm.id,
            user_id=user_id,
            client_id=client_id,
            session_id=session_id,
            address=self.address,
            user_agent=self.user_agent,
            details=details,
        )
        self.events.append(event)
        return event.id

    def url(self, path: str) -> str:
        """Return the public address of *path* within the realm."""
        return f"{self.services.settings.public_url}/realms/{self.realm.name}{path}"

    def find_client(self, client_id: str) -> ClientRegistration | None:
        """Return the enabled client of that client_id, or None."""
        client = self.services.clients.get((self.realm.id, client_id))
        return client if client is not None and client.enabled else None
