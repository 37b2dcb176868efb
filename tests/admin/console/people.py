"""Administrators of the tests: accounts with roles, and browsers in which they are signed in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, text

from idp.events.record import EventRecord, save_events
from idp.events.tags import Tag
from idp.models import Client, Event, Realm, SigningKey
from idp.provisioning import ensure_management, provision_realm
from idp.realms.realms import get_realm
from idp.users.management_roles import get_permission
from idp.users.role_mappings import give_roles
from idp.users.users import create_user
from tests.provider import PUBLIC, Browser, Page, Provider

PASSWORD = "administrator-password"


@dataclass
class Desk:
    """The provider and what tests ask of it."""

    provider: Provider

    def hire(self, username: str, *, home: str, roles: Sequence[str] = (), over: str = "", locale: str = "") -> None:
        """Create an account of the realm *home* with management roles over the realm *over*."""
        services = self.provider.services
        with services.database.transaction() as session:
            realm = get_realm(session, home)
            user = create_user(
                session,
                services.passwords,
                services.clock,
                realm_id=realm.id,
                username=username,
                password=PASSWORD,
                email=f"{username}@example.org",
                email_verified=True,
            )
            user.locale = locale
            prefix = f"{over}:" if over else ""
            give_roles(session, user.id, [get_permission(session, realm, prefix + role) for role in roles])

    def sign_in(self, username: str = "root", *, home: str = "master", browser: Browser | None = None) -> Browser:
        """Return a browser in which that administrator has opened the console."""
        browser = browser or self.provider.browser()
        browser.get(f"/admin/{home}/console/")
        browser.press("Sign in", username=username, password=PASSWORD)
        return browser

    def events(self, tag: str) -> list[Event]:
        """Return the events with that tag, oldest first."""
        with self.provider.services.database.transaction() as session:
            rows = session.scalars(select(Event).where(Event.tag == tag).order_by(text("rowid"))).all()
            session.expunge_all()
            return list(rows)

    def realm(self, name: str = "demo") -> Realm:
        """Return the realm's row as it is now."""
        with self.provider.services.database.transaction() as session:
            realm = get_realm(session, name)
            session.expunge(realm)
            return realm

    def address(self, path: str, *, home: str = "master", managed: str = "demo") -> str:
        """Return the address of a page; ``{an_event}``, ``{a_key}`` and ``{a_client}`` stand for some of the managed realm's."""
        if "{" in path:
            with self.provider.services.database.transaction() as session:
                realm_id = get_realm(session, managed).id
                event_id = session.scalars(select(Event.id).where(Event.realm_id == realm_id)).first()
                kid = session.scalars(select(SigningKey.kid).where(SigningKey.realm_id == realm_id)).first()
                client_id = session.scalars(
                    select(Client.id).where(Client.realm_id == realm_id, Client.client_id == "app")
                ).first()
            path = path.format(an_event=event_id, a_key=kid, a_client=client_id)
        return f"/admin/{home}/console/{managed}/{path}"

    def plant_event(self, tag: str = "user:login:failure", *, realm: str = "demo", **values: Any) -> str:
        """Add an event and return its id."""
        (event_id,) = self.plant_events(tag, [values.pop("at", self.provider.clock.now())], realm=realm, **values)
        return event_id

    def plant_events(self, tag: str, instants: Iterable[datetime], *, realm: str = "demo", **values: Any) -> list[str]:
        """Add an event for each instant and return their ids."""
        with self.provider.services.database.transaction() as session:
            realm_id = get_realm(session, realm).id
            records = [EventRecord(tag=Tag(tag), realm_id=realm_id, at=at, **values) for at in instants]
            save_events(session, records)
        return [record.id for record in records]

    def change_realm(self, name: str = "demo", **values: Any) -> None:
        """Change the realm behind everybody's back."""
        with self.provider.services.database.transaction() as session:
            realm = get_realm(session, name)
            for key, value in values.items():
                setattr(realm, key, value)
        self.provider.services.realms.clear()


def build_desk(provider: Provider) -> Desk:
    """Add the realm `master` with its administrator `root`, who may do everything."""
    services, desk = provider.services, Desk(provider)
    with services.database.transaction() as session:
        provision_realm(session, services.cipher, services.clock, public_url=PUBLIC, name="master")
        ensure_management(session, services.cipher, services.clock, get_realm(session, "demo"))
    desk.hire("root", home="master", roles=["admin"])
    return desk


def token_of(page: Page) -> str:
    """Return the page's CSRF token."""
    return page.html.partition('name="csrf_token" value="')[2].partition('"')[0]
