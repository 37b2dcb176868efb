"""Who is in which group: ``/realms/{realm}/groups/{id}/members`` and ``/realms/{realm}/users/{id}/groups``."""

from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, ConfigDict

from idp.admin.api.call import Call
from idp.admin.api.concurrency import hold
from idp.admin.api.group_representation import CountRepresentation, GroupRepresentation, describe_groups
from idp.admin.api.groups import GroupFilter, GroupPage
from idp.admin.api.lookup import get_group, get_user
from idp.admin.api.policies import InRealm
from idp.admin.api.representation import DEFAULT_MOST, First, Most, Term
from idp.admin.api.resource import Resource
from idp.admin.api.user_representation import UserRepresentation, describe_user, describe_user_briefly
from idp.events.tags import Tag
from idp.models import MEMBER_OF_GROUP, Group, User
from idp.users.delegation import verify_may_change_membership
from idp.users.group_search import count_groups, joined_by, list_groups
from idp.users.groups import join_group, leave_group
from idp.users.search import Linked, list_linked_users

memberships = Resource("Memberships")
VIEW, MANAGE = InRealm("view-users"), InRealm("manage-users")
_GROUPS = "/realms/{realm}/users/{user_id}/groups"


class AccountPage(BaseModel):
    """How many accounts, and how much of each; *after* is the username that the page before ended with."""

    model_config = ConfigDict(extra="ignore")

    first: First = 0
    max: Most = DEFAULT_MOST
    after: Term | None = None
    briefRepresentation: bool = False

    def describe(self, users: list[User]) -> list[UserRepresentation]:
        """Return the accounts."""
        return [describe_user_briefly(user) if self.briefRepresentation else describe_user(user) for user in users]


@memberships.get("/realms/{realm}/groups/{group_id}/members", VIEW)
def list_members(call: Call, group_id: str, page: Annotated[AccountPage, Query()]) -> list[UserRepresentation]:
    """Return the members by username, without those of groups inside."""
    linked = Linked(MEMBER_OF_GROUP.c.group_id, get_group(call, group_id).id)
    found = list_linked_users(call.session, call.realm.id, linked, first=page.first, limit=page.max, after=page.after)
    return page.describe(list(found))


@memberships.get(_GROUPS, VIEW)
def list_of_user(call: Call, user_id: str, page: Annotated[GroupPage, Query()]) -> list[GroupRepresentation]:
    """Return the groups that the account is a member of itself."""
    mine = joined_by(get_user(call, user_id).id)
    found = list_groups(call.session, call.realm.id, mine, query=page.read(), first=page.first, limit=page.max)
    return describe_groups(call, found, brief=page.briefRepresentation, counted=page.subGroupsCount)


@memberships.get(f"{_GROUPS}/count", VIEW)
def count_of_user(call: Call, user_id: str, wanted: Annotated[GroupFilter, Query()]) -> CountRepresentation:
    """Return how many those are."""
    mine = joined_by(get_user(call, user_id).id)
    return CountRepresentation(count=count_groups(call.session, call.realm.id, mine, query=wanted.read()))


@memberships.put(f"{_GROUPS}/{{group_id}}", MANAGE)
def join(call: Call, user_id: str, group_id: str) -> None:
    """Make the account a member."""
    user, group = _hold(call, user_id, group_id)
    if join_group(call.session, user.id, group.id):
        _record(call, Tag.USER_JOINED_GROUP, user, group)


@memberships.delete(f"{_GROUPS}/{{group_id}}", MANAGE)
def leave(call: Call, user_id: str, group_id: str) -> None:
    """End the membership."""
    user, group = _hold(call, user_id, group_id)
    if leave_group(call.session, user.id, group.id):
        _record(call, Tag.USER_LEFT_GROUP, user, group)


def _hold(call: Call, user_id: str, group_id: str) -> tuple[User, Group]:
    """Return both, if the caller has all that either gives."""
    hold(call, call.realm)
    user, group = get_user(call, user_id), get_group(call, group_id)
    verify_may_change_membership(call.session, call.caller.authority, user, group)
    return user, group


def _record(call: Call, event: Tag, user: User, group: Group) -> None:
    entry = {"groups": [describe_groups(call, [group])[0].path]}
    joined = event is Tag.USER_JOINED_GROUP
    before, after = (None, entry) if joined else (entry, None)
    call.record(event, f"users/{user.id}/groups/{group.id}", before=before, after=after, user_id=user.id)
