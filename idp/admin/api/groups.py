"""Groups: ``/realms/{realm}/groups``, ``/realms/{realm}/group-by-path`` and ``/realms/{realm}/default-groups``."""

from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, ConfigDict

from idp.admin.api.answers import Created, Tagged, plain
from idp.admin.api.call import Call
from idp.admin.api.concurrency import hold, tag, verify_unchanged
from idp.admin.api.group_representation import (
    CountRepresentation,
    GroupRepresentation,
    describe_group,
    describe_groups,
    read_columns,
)
from idp.admin.api.lookup import get_group, get_manageable_group
from idp.admin.api.policies import InRealm
from idp.admin.api.representation import ALL, First, Most, Term, read_pairs
from idp.admin.api.resource import Resource
from idp.errors import NotFound
from idp.events.tags import Tag
from idp.models import Group
from idp.users.group_search import GroupQuery, at_top, count_groups, joined_by_new, list_groups, standing_in
from idp.users.group_tree import find_group_by_path
from idp.users.groups import MAX_DEPTH, change_group, create_group, delete_group, move_group

groups = Resource("Groups")
VIEW, MANAGE = InRealm("view-users"), InRealm("manage-users")
_GROUPS = "/realms/{realm}/groups"
_GROUP = f"{_GROUPS}/{{group_id}}"
_DEFAULT = "/realms/{realm}/default-groups"


class GroupFilter(BaseModel):
    """Which groups are asked for."""

    model_config = ConfigDict(extra="ignore")

    search: Term = ""
    exact: bool = False
    q: Term = ""

    def read(self) -> GroupQuery:
        """Return the query."""
        return GroupQuery(search=self.search, exact=self.exact, attributes=read_pairs(self.q))


class GroupPage(GroupFilter):
    """Which groups, how many, and how much of each."""

    first: First = 0
    max: Most = ALL
    briefRepresentation: bool = True
    subGroupsCount: bool = True
    populateHierarchy: bool = True


class ChildrenPage(GroupPage):
    """Keycloak tells more of these unless it is asked not to."""

    briefRepresentation: bool = False


class GroupCount(GroupFilter):
    """Which groups are counted."""

    top: bool = False


@groups.get(_GROUPS, VIEW)
def list_all(call: Call, page: Annotated[GroupPage, Query()]) -> list[GroupRepresentation]:
    """Return the groups at the top; or those that fit a search, inside what they stand in unless that is not wanted."""
    query = page.read()
    conditions = [] if query.chooses else [at_top()]
    found = list_groups(call.session, call.realm.id, *conditions, query=query, first=page.first, limit=page.max)
    tree = query.chooses and page.populateHierarchy
    return describe_groups(call, found, brief=page.briefRepresentation, counted=page.subGroupsCount, tree=tree)


@groups.get(f"{_GROUPS}/count", VIEW)
def count(call: Call, wanted: Annotated[GroupCount, Query()]) -> CountRepresentation:
    """Return how many groups there are."""
    conditions = [at_top()] if wanted.top else []
    return CountRepresentation(count=count_groups(call.session, call.realm.id, *conditions, query=wanted.read()))


@groups.post(_GROUPS, MANAGE, status=201)
def create(call: Call, representation: GroupRepresentation) -> Created | None:
    """Make a group at the top, or move there the one whose `id` is given."""
    return _put_into(call, None, representation)


@groups.get(_GROUP, VIEW, model=GroupRepresentation)
def read(call: Call, group_id: str) -> Tagged:
    """Return a group."""
    return tag(describe_group(call, get_group(call, group_id)))


@groups.get("/realms/{realm}/group-by-path/{path:path}", VIEW, model=GroupRepresentation)
def read_by_path(call: Call, path: str) -> Tagged:
    """Return the group at a path such as ``/staff/support``."""
    names = path.strip("/").split("/")
    found = find_group_by_path(call.session, call.realm.id, names) if len(names) <= MAX_DEPTH else None
    if found is None:
        raise NotFound("no group there")
    return tag(describe_group(call, found))


@groups.put(_GROUP, MANAGE)
def update(call: Call, group_id: str, representation: GroupRepresentation) -> None:
    """Change the fields that are there."""
    group = _hold_group(call, group_id)
    before = describe_group(call, group)
    verify_unchanged(call, before)
    change_group(call.session, group, read_columns(representation))
    _record_change(call, group, before)


@groups.delete(_GROUP, MANAGE)
def delete(call: Call, group_id: str) -> None:
    """Delete a group with all that stand in it."""
    group = _hold_group(call, group_id)
    before = describe_group(call, group)
    verify_unchanged(call, before)
    call.record(Tag.GROUP_DELETED, f"groups/{group.id}", before=plain(before))
    delete_group(call.session, group)


@groups.get(f"{_GROUP}/children", VIEW)
def list_children(call: Call, group_id: str, page: Annotated[ChildrenPage, Query()]) -> list[GroupRepresentation]:
    """Return the groups that stand in this one."""
    inside = standing_in(get_group(call, group_id).id)
    found = list_groups(call.session, call.realm.id, inside, query=page.read(), first=page.first, limit=page.max)
    return describe_groups(call, found, brief=page.briefRepresentation, counted=page.subGroupsCount)


@groups.post(f"{_GROUP}/children", MANAGE, status=201)
def create_child(call: Call, group_id: str, representation: GroupRepresentation) -> Created | None:
    """Make a group in this one, or move here the one whose `id` is given."""
    return _put_into(call, _hold_group(call, group_id), representation)


@groups.get(_DEFAULT, VIEW)
def list_default(call: Call) -> list[GroupRepresentation]:
    """Return the groups that new people join."""
    found = list_groups(call.session, call.realm.id, joined_by_new(), query=GroupQuery(), first=0, limit=ALL)
    return describe_groups(call, found)


@groups.put(f"{_DEFAULT}/{{group_id}}", InRealm("manage-realm"))
def add_default(call: Call, group_id: str) -> None:
    """Let new people join the group."""
    _let_join(call, group_id, joins=True)


@groups.delete(f"{_DEFAULT}/{{group_id}}", InRealm("manage-realm"))
def remove_default(call: Call, group_id: str) -> None:
    """Let new people join the group no more."""
    _let_join(call, group_id, joins=False)


def _hold_group(call: Call, group_id: str) -> Group:
    hold(call, call.realm)
    return get_manageable_group(call, group_id)


def _put_into(call: Call, parent: Group | None, representation: GroupRepresentation) -> Created | None:
    if representation.id is not None:
        group = _hold_group(call, representation.id)
        before = describe_group(call, group)
        move_group(call.session, group, parent)
        _record_change(call, group, before)
        return None
    hold(call, call.realm)
    group = create_group(call.session, call.realm.id, parent, read_columns(representation))
    call.record(Tag.GROUP_CREATED, f"groups/{group.id}", after=plain(describe_group(call, group)))
    return Created(call.realm_url(f"/groups/{group.id}"))


def _record_change(call: Call, group: Group, before: GroupRepresentation) -> None:
    after = plain(describe_group(call, group))
    call.record(Tag.GROUP_CHANGED, f"groups/{group.id}", before=plain(before), after=after)


def _let_join(call: Call, group_id: str, *, joins: bool) -> None:
    group = _hold_group(call, group_id)
    before = {"joinedByNew": group.joined_by_new}
    group.joined_by_new = joins
    call.session.flush()
    call.record(Tag.GROUP_CHANGED, f"default-groups/{group.id}", before=before, after={"joinedByNew": joins})
