"""Who is in a group, and the groups of a person: they join and leave, by whoever has all that account and group give."""

from typing import Any

from sqlalchemy import not_, select
from starlette.responses import Response

from idp.admin.console.administrator import Administrator
from idp.admin.console.groups.group import describe_groups, get_group, group_url, path_of, render_group
from idp.admin.console.groups.tree import list_level
from idp.admin.console.paging import PAGE
from idp.admin.console.people.person import covers, get_person, person_url, render_person
from idp.admin.console.refusal import allowed
from idp.events.tags import Tag
from idp.models import MEMBER_OF_GROUP, Group, User
from idp.users.delegation import verify_may_change_membership, verify_may_let_join
from idp.users.group_search import GroupQuery, joined_by, list_groups
from idp.users.groups import join_group, leave_group
from idp.users.search import Linked, UserQuery, list_linked_users, search_users
from idp.web.exchange import Exchange

CANDIDATES = 20


def show_members(exchange: Exchange, administrator: Administrator, group: Group) -> Response:
    """Show a page of members by username, and people that a search finds."""
    after, belonging = exchange.query.get("after", "")[:255], Linked(MEMBER_OF_GROUP.c.group_id, group.id)
    rows = list_linked_users(exchange.session, group.realm_id, belonging, limit=PAGE + 1, after=after or None)
    members = [_describe_member(administrator, user) for user in rows[:PAGE]]
    page = "/members"
    return render_group(
        exchange,
        administrator,
        group,
        "group_members",
        members=members,
        first_url=group_url(administrator, group, page) if after else "",
        next_url=group_url(administrator, group, page, after=members[-1]["username"]) if len(rows) > PAGE else "",
        **_find_people(exchange, administrator, group),
    )


def submit_members(exchange: Exchange, administrator: Administrator, group: Group) -> Response:
    """Let the person that the button was for join or leave; raise `NotPermitted`."""
    joining = "join" in exchange.form
    user = get_person(exchange, administrator, exchange.form.get("join") or exchange.form.get("leave", ""))
    _change(exchange, administrator, user, group, joining=joining)
    return administrator.done(f"groups/{group.id}/members", "member_added" if joining else "member_removed")


def show_groups_of(exchange: Exchange, administrator: Administrator, user: User) -> Response:
    """Show the groups that a person is in, and those that a search finds."""
    page = f"users/{user.id}/groups"
    return render_person(
        exchange,
        administrator,
        user,
        "user_groups",
        open=administrator.may("manage-users") and covers(administrator, user),
        **list_level(exchange, administrator, page, joined_by(user.id)),
        **_find_groups(exchange, administrator, user),
    )


def submit_groups_of(exchange: Exchange, administrator: Administrator, user: User) -> Response:
    """Let the person join or leave the group that the button was for; raise `NotPermitted`."""
    joining = "join" in exchange.form
    group = get_group(exchange, administrator, exchange.form.get("join") or exchange.form.get("leave", ""))
    _change(exchange, administrator, user, group, joining=joining)
    return administrator.done(f"users/{user.id}/groups", "member_added" if joining else "member_removed")


def _change(exchange: Exchange, administrator: Administrator, user: User, group: Group, *, joining: bool) -> None:
    verify_may_change_membership(exchange.session, administrator.authority, user, group)
    if not (join_group if joining else leave_group)(exchange.session, user.id, group.id):
        return
    entry = {"groups": [path_of(exchange, group)]}
    administrator.record(
        Tag.USER_JOINED_GROUP if joining else Tag.USER_LEFT_GROUP,
        user_id=user.id,
        before=None if joining else entry,
        after=entry if joining else None,
        resource=f"users/{user.id}/groups/{group.id}",
    )


def _describe_member(administrator: Administrator, user: User) -> dict[str, Any]:
    return {
        "id": user.id,
        "name": user.name,
        "username": user.username,
        "email": user.email or "",
        "url": "" if user.service_account_client_id else person_url(administrator, user),
    }


def _find_people(exchange: Exchange, administrator: Administrator, group: Group) -> dict[str, Any]:
    """Return those whom the query searches for; without a search, nobody: there may be a million."""
    find, session = exchange.query.get("find", "").strip()[:255], exchange.session
    query = UserQuery(search=find)
    rows = search_users(session, administrator.realm.id, query, limit=CANDIDATES + 1) if find else []
    ids, link = [user.id for user in rows], MEMBER_OF_GROUP.c
    members = set(
        session.scalars(select(link.user_id).where(link.group_id == group.id, link.user_id.in_(ids))) if ids else ()
    )
    candidates = [{**_describe_member(administrator, user), "member": user.id in members} for user in rows[:CANDIDATES]]
    return {"find": find, "candidates": candidates, "more_candidates": len(rows) > CANDIDATES}


def _find_groups(exchange: Exchange, administrator: Administrator, user: User) -> dict[str, Any]:
    find, session = exchange.query.get("find", "").strip()[:255], exchange.session
    others, query = not_(joined_by(user.id)), GroupQuery(search=find)
    rows = list_groups(session, administrator.realm.id, others, query=query, limit=CANDIDATES + 1)

    def may_join(group: Group) -> bool:
        return allowed(lambda: verify_may_let_join(session, administrator.authority, group))

    beyond = {group.id for group in rows if not may_join(group)}
    shown = describe_groups(exchange, administrator, rows[:CANDIDATES])
    return {
        "find": find,
        "candidates": [{**one, "beyond": one["id"] in beyond} for one in shown],
        "more_candidates": len(rows) > CANDIDATES,
    }
