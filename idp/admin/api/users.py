"""Accounts: ``/realms/{realm}/users``."""

import re
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, ConfigDict

from idp.admin.api.answers import Created, Tagged, plain
from idp.admin.api.call import Call
from idp.admin.api.concurrency import hold, tag, verify_unchanged
from idp.admin.api.credentials import set_first_password
from idp.admin.api.lookup import get_manageable_user, get_user
from idp.admin.api.policies import InRealm
from idp.admin.api.representation import DEFAULT_MOST, First, Most, Term
from idp.admin.api.resource import Resource
from idp.admin.api.user_representation import (
    COLUMNS,
    UserRepresentation,
    describe_user,
    describe_user_briefly,
    read_columns,
)
from idp.errors import InvalidInput
from idp.events.tags import Tag
from idp.models import User
from idp.sessions.endings import Ending
from idp.sessions.sessions import end_sessions_of
from idp.users.changes import change_user, delete_user
from idp.users.search import UserQuery, count_users, search_users
from idp.users.users import create_user

users = Resource("Users")
VIEW, MANAGE = InRealm("view-users"), InRealm("manage-users")
_USERS = "/realms/{realm}/users"
_PAIR = re.compile(r'("[^"]*"|[^\s:"]+):("[^"]*"|[^\s"]+)')
_FIELD_OF = {column: name for name, column in COLUMNS.items()}


class UserFilter(BaseModel):
    """Which accounts are asked for."""

    model_config = ConfigDict(extra="ignore")

    search: Term = ""
    username: Term | None = None
    email: Term | None = None
    firstName: Term | None = None
    lastName: Term | None = None
    exact: bool = False
    emailVerified: bool | None = None
    enabled: bool | None = None
    q: Term = ""
    idpAlias: str | None = None
    idpUserId: str | None = None

    def read(self) -> UserQuery | None:
        """Return the query; None where nobody can be meant, because there are no foreign identity providers here."""
        if self.idpAlias is not None or self.idpUserId is not None:
            return None
        return UserQuery(
            search=self.search,
            username=self.username,
            email=self.email,
            given_name=self.firstName,
            family_name=self.lastName,
            exact=self.exact,
            email_verified=self.emailVerified,
            enabled=self.enabled,
            attributes=tuple((name.strip('"'), value.strip('"')) for name, value in _PAIR.findall(self.q)),
        )


class UserPage(UserFilter):
    """Which accounts, and how many; *after* is the username that the page before ended with."""

    first: First = 0
    max: Most = DEFAULT_MOST
    after: Term | None = None
    briefRepresentation: bool = False


@users.get(_USERS, VIEW)
def list_users(call: Call, page: Annotated[UserPage, Query()]) -> list[UserRepresentation]:
    """Return accounts by username."""
    query = page.read()
    if query is None:
        return []
    found = search_users(call.session, call.realm.id, query, first=page.first, limit=page.max, after=page.after)
    if page.briefRepresentation:
        return [describe_user_briefly(user) for user in found]
    return [describe_user(user, access=_access(call)) for user in found]


@users.get(f"{_USERS}/count", VIEW)
def count(call: Call, wanted: Annotated[UserFilter, Query()]) -> int:
    """Return how many accounts there are."""
    query = wanted.read()
    return 0 if query is None else count_users(call.session, call.realm.id, query)


@users.post(_USERS, MANAGE, status=201)
def create(call: Call, representation: UserRepresentation) -> Created:
    """Make an account; it is disabled unless `enabled` says otherwise, as with Keycloak."""
    if not representation.username and not representation.email:
        raise InvalidInput(username="A username is needed.")
    services = call.services
    user = create_user(
        call.session,
        services.passwords,
        services.clock,
        realm_id=call.realm.id,
        username=representation.username or representation.email or "",
        password=None,
    )
    _change(call, user, representation, {"enabled": bool(representation.enabled)})
    set_first_password(call, user, representation.credentials or [])
    call.record(Tag.USER_CREATED, f"users/{user.id}", after=plain(describe_user(user)), user_id=user.id)
    return Created(call.realm_url(f"/users/{user.id}"))


@users.get(f"{_USERS}/{{user_id}}", VIEW, model=UserRepresentation)
def read(call: Call, user_id: str) -> Tagged:
    """Return an account."""
    return tag(describe_user(get_user(call, user_id), access=_access(call)))


@users.put(f"{_USERS}/{{user_id}}", MANAGE)
def update(call: Call, user_id: str, representation: UserRepresentation) -> None:
    """Change the fields that are there."""
    user = hold(call, get_manageable_user(call, user_id))
    before = describe_user(user)
    verify_unchanged(call, describe_user(user, access=_access(call)))
    _change(call, user, representation, {})
    if not user.enabled:
        end_sessions_of(call.session, call.services.clock, user.id, reason=Ending.ACCOUNT_DISABLED)
    after = plain(describe_user(user))
    call.record(Tag.USER_CHANGED, f"users/{user.id}", before=plain(before), after=after, user_id=user.id)


@users.delete(f"{_USERS}/{{user_id}}", MANAGE)
def delete(call: Call, user_id: str) -> None:
    """Delete an account."""
    user = hold(call, get_manageable_user(call, user_id))
    verify_unchanged(call, describe_user(user, access=_access(call)))
    if user.service_account_client_id is not None:
        raise InvalidInput(id="A client's account goes with its client.")
    call.record(Tag.USER_DELETED, f"users/{user.id}", before=plain(describe_user(user)), user_id=user.id)
    delete_user(call.session, call.services.clock, user)


def _change(call: Call, user: User, representation: UserRepresentation, more: dict[str, object]) -> None:
    """Change the account, and name what does not fit as the representation does."""
    try:
        change_user(call.session, call.services.clock, user, {**read_columns(representation), **more})
    except InvalidInput as error:
        raise InvalidInput(**{_FIELD_OF.get(name, name): text for name, text in error.fields.items()}) from error


def _access(call: Call) -> dict[str, bool]:
    manages = call.may("manage-users")
    return {
        "view": True,
        "manage": manages,
        "mapRoles": manages,
        "manageGroupMembership": manages,
        "impersonate": call.may("impersonation"),
    }
