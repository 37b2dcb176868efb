"""Administrators of the tests: accounts with roles, and browsers in which they are signed in."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, text

from idp.clients.client_scopes import create_client_scope, list_client_scopes
from idp.clients.clients import get_client
from idp.clients.mappers import GROUP
from idp.events.record import EventRecord, save_events
from idp.events.tags import Tag
from idp.models import (
    Certificate,
    CertificateAuthority,
    Client,
    ClientScope,
    Event,
    Group,
    Realm,
    Role,
    SigningKey,
    TrustAnchor,
    new_id,
)
from idp.pki.corporate_root import create_request
from idp.provisioning import ensure_management, provision_realm
from idp.realms.realms import get_realm
from idp.users.group_tree import find_group_by_path
from idp.users.groups import create_group
from idp.users.management_roles import find_realm_role, get_permission
from idp.users.role_changes import create_role
from idp.users.role_mappings import give_roles
from idp.users.users import create_user, get_user_by_username
from tests.provider import PUBLIC, Browser, Page, Provider

PASSWORD = "administrator-password"
_SOME: tuple[tuple[str, Any, tuple[Any, ...]], ...] = (
    ("a_certificate", Certificate, (Certificate.certificate != b"",)),
    ("a_client", Client, (Client.client_id == "app",)),
    ("an_authority", CertificateAuthority, (CertificateAuthority.kind == "issuing",)),
    ("an_anchor", TrustAnchor, ()),
    ("a_scope", ClientScope, (ClientScope.name == "planted",)),
    ("a_group", Group, (Group.name == "planted",)),
    ("a_role", Role, (Role.name == "planted", Role.client_id.is_(None))),
    ("an_app_role", Role, (Role.name == "planted", Role.client_id.is_not(None))),
)
HOSTILE_CELL = '=HYPERLINK("http://evil.example")'
LINE = {"number": 2, "username": "", "email": "x", "given_name": HOSTILE_CELL, "family_name": "", "problem": "email"}
JOB = {"way": "invite", "lines": [LINE, {**LINE, "problem": ""}], "cursor": 0, "results": {}, "ignored": ["<b>"]}


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
        """Return the address of a page; ``{an_event}``, ``{a_key}`` and the like stand for some of the managed realm's."""
        if {"{a_user}", "{a_report}", "{a_job}"} & set(path.split("/")):
            user_id, certificate_id = self.plant_certificate()
            report = self.plant_report(user_id)
            path = path.replace("{a_user}", user_id).replace("{a_certificate}", certificate_id)
            path = path.replace("{a_report}", report).replace("{a_job}", report)
        if "{a_scope}" in path:
            self.plant_scope()
        if "{a_group}" in path:
            self.plant_groups()
        if "{a_role}" in path or "{an_app_role}" in path:
            self.plant_roles()
        if "{" in path:
            with self.provider.services.database.transaction() as session:
                realm_id = get_realm(session, managed).id
                event_id = session.scalars(select(Event.id).where(Event.realm_id == realm_id)).first()
                kid = session.scalars(select(SigningKey.kid).where(SigningKey.realm_id == realm_id)).first()
                some = {
                    name: session.scalars(select(table.id).where(table.realm_id == realm_id, *which)).first()
                    for name, table, which in _SOME
                }
            path = path.format(an_event=event_id, a_key=kid, **some)
        return f"/admin/{home}/console/{managed}/{path}"

    def plant_certificate(self, username: str = "alice", *, days: int = 10, name: str = "planted") -> tuple[str, str]:
        """Give somebody of demo a certificate, whose bytes are none, where they have not got that one; return both ids."""
        now = self.provider.clock.now()
        with self.provider.services.database.transaction() as session:
            user = get_user_by_username(session, get_realm(session, "demo").id, username)
            found = session.scalars(
                select(Certificate).where(Certificate.user_id == user.id, Certificate.device_name == name)
            ).first()
            row = found or Certificate(
                id=new_id(),
                realm_id=user.realm_id,
                user_id=user.id,
                serial_number=new_id().replace("-", ""),
                fingerprint=new_id().replace("-", "") * 2,
                subject="CN=x",
                issuer="CN=y",
                certificate=b"",
                key_type="p256",
                device_name=name,
                platform="other",
                not_before=now,
                not_after=now + timedelta(days=days),
                created_at=now,
                proven_at=now,
            )
            session.add(row)
            return user.id, row.id

    def contend(self, browser: Browser, path: str, field: str) -> Browser:
        """Open a form twice, save ``mine`` and then ``theirs`` in *field*; return the browser that was second."""
        other = self.sign_in()
        for one in (browser, other):
            one.get(self.address(path))
        browser.press("Save Changes", **{field: "mine"})
        other.press("Save Changes", **{field: "theirs"})
        return other

    def plant_scope(self) -> None:
        """Give demo a client scope with a mapper, where it has not got it."""
        mapper = {"name": "team", "protocolMapper": GROUP, "config": {"claim.name": "team", "id.token.claim": "true"}}
        with self.provider.services.database.transaction() as session:
            realm = get_realm(session, "demo")
            if not any(scope.name == "planted" for scope in list_client_scopes(session, realm.id)):
                create_client_scope(session, realm, {"name": "planted", "mappers": [mapper]})

    def plant_groups(self) -> None:
        """Give demo a group with another in it, where it has not got them."""
        with self.provider.services.database.transaction() as session:
            realm_id = get_realm(session, "demo").id
            if find_group_by_path(session, realm_id, ["planted"]) is None:
                planted = create_group(session, realm_id, None, {"name": "planted", "description": "For the tests"})
                create_group(session, realm_id, planted, {"name": "below"})

    def plant_roles(self) -> None:
        """Give demo, and its application ``app``, a role where they have not got that one."""
        with self.provider.services.database.transaction() as session:
            realm = get_realm(session, "demo")
            if find_realm_role(session, realm.id, "planted") is None:
                create_role(session, realm, None, {"name": "planted", "description": "For the tests"})
                create_role(session, realm, get_client(session, realm.id, "app"), {"name": "planted"})

    def plant_report(self, user_id: str) -> str:
        """Keep a report of root about the person, which is a job of invitations too, and return its token."""
        one = {"id": user_id, "username": "alice", "name": "alice", "outcome": "done"}
        key = f"{self.realm().id}:{self.provider.user('root').id}:planted"
        value = json.dumps({"action": "enable", "outcomes": [one], **JOB})
        for kind in ("bulk", "import"):
            self.provider.services.ephemeral.put("console-report", f"{kind}:{key}", value, timedelta(hours=1))
        value = json.dumps({"way": "skip", "event": "", "lines": [["failed", "user", HOSTILE_CELL, "<script>"]]})
        self.provider.services.ephemeral.put("console-report", f"transfer:{key}", value, timedelta(hours=1))
        return "planted"

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

    def request_authority(self) -> None:
        """Let a request for an authority under another root wait."""
        services = self.provider.services
        with services.database.transaction() as session:
            create_request(session, services.authority_keys, services.clock, realm=get_realm(session, "demo"))

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
