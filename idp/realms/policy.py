"""A realm as the upper floors see it: a frozen value that may be kept for a moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from idp.models import Realm


@dataclass(frozen=True)
class LockPolicy:
    """When sign-in is locked after failures, and for how long."""

    max_failures: int
    increment: timedelta
    maximum: timedelta


@dataclass(frozen=True)
class RealmPolicy:
    """Everything a request has to know about its realm."""

    id: str
    name: str
    display_name: str
    theme: str
    certificate_policy: str
    groups_require_certificate: bool
    certificate_lifetime: timedelta
    certificate_limit: int
    certificate_renewal_window: timedelta
    certificate_overlap: timedelta
    reenrolment_after_expiry: bool
    certificate_first: bool
    console_certificate_required: bool
    impersonation: bool
    crl_lifetime: timedelta
    enrolment_by_mail: bool
    recovery_by_mail: bool
    action_link_lifetime: timedelta
    session_idle_lifetime: timedelta
    session_lifetime: timedelta
    access_token_lifetime: timedelta
    login_lifetime: timedelta
    offline_idle_lifetime: timedelta
    offline_lifetime: timedelta
    client_registration: str
    password_min_length: int
    scope_mappers: Mapping[str, Sequence[Mapping[str, Any]]] = field(repr=False)
    restricted_scopes: frozenset[str]
    lock: LockPolicy

    @property
    def title(self) -> str:
        """The name to show to people."""
        return self.display_name or self.name


def build_policy(realm: Realm) -> RealmPolicy:
    """Return the policy that the row holds."""
    return RealmPolicy(
        id=realm.id,
        name=realm.name,
        display_name=realm.display_name or realm.name,
        theme=realm.theme,
        certificate_policy=realm.certificate_policy,
        groups_require_certificate=realm.groups_require_certificate,
        certificate_lifetime=timedelta(seconds=realm.certificate_lifetime),
        certificate_limit=realm.certificate_limit,
        certificate_renewal_window=timedelta(seconds=realm.certificate_renewal_window),
        certificate_overlap=timedelta(seconds=realm.certificate_overlap),
        reenrolment_after_expiry=realm.reenrolment_after_expiry,
        certificate_first=realm.certificate_first,
        console_certificate_required=realm.console_certificate_required,
        impersonation=realm.impersonation,
        crl_lifetime=timedelta(seconds=realm.crl_lifetime),
        enrolment_by_mail=realm.enrolment_by_mail,
        recovery_by_mail=realm.recovery_by_mail,
        action_link_lifetime=timedelta(seconds=realm.action_link_lifetime),
        session_idle_lifetime=timedelta(seconds=realm.session_idle_lifetime),
        session_lifetime=timedelta(seconds=realm.session_lifetime),
        access_token_lifetime=timedelta(seconds=realm.access_token_lifetime),
        login_lifetime=timedelta(seconds=realm.login_lifetime),
        offline_idle_lifetime=timedelta(seconds=realm.offline_idle_lifetime),
        offline_lifetime=timedelta(seconds=realm.offline_lifetime),
        client_registration=realm.client_registration,
        password_min_length=realm.password_min_length,
        scope_mappers=realm.scope_mappers,
        restricted_scopes=frozenset(realm.restricted_scopes),
        lock=LockPolicy(
            max_failures=realm.max_login_failures,
            increment=timedelta(seconds=realm.lock_increment),
            maximum=timedelta(seconds=realm.max_lock),
        ),
    )
