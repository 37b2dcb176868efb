"""What a person was given: roles and groups. The account may be looked at by many; given and taken is by who may take it over."""

from collections.abc import Callable

from starlette.responses import Response

from idp.admin.console.administrator import Administrator
from idp.admin.console.people.person import PersonHandler, covers, for_person, person_url, render_person
from idp.admin.console.policy import PageHandler
from idp.admin.console.refusal import render_refusal
from idp.admin.console.roles.mappings import Mapped, change_mapped, list_mapped
from idp.errors import NotPermitted
from idp.events.tags import Tag
from idp.models import User
from idp.storage.holding import hold
from idp.users.delegation import verify_may_take_over
from idp.users.role_origins import user_with_roles
from idp.web.exchange import Exchange


def for_belongings(page: str, handler: PersonHandler) -> PageHandler:
    """Return a form's handler: nobody else changes roles or groups meanwhile, and what is beyond the administrator is refused."""

    def answer(exchange: Exchange, administrator: Administrator, user: User) -> Response:
        try:
            verify_may_take_over(exchange.session, administrator.authority, user)
            return handler(exchange, administrator, user)
        except NotPermitted:
            back = person_url(administrator, user, f"/{page}")
            return render_refusal(exchange, administrator, section="users", title=user.name, back=back)

    return _hold_first(for_person(answer))


def show_roles(exchange: Exchange, administrator: Administrator, user: User) -> Response:
    """Show the roles and where each is from."""
    return render_person(
        exchange,
        administrator,
        user,
        "user_roles",
        open=administrator.may("manage-users") and covers(administrator, user),
        **list_mapped(exchange, administrator, _mapped(user)),
    )


def submit_roles(exchange: Exchange, administrator: Administrator, user: User) -> Response:
    """Give or take a role."""
    return change_mapped(exchange, administrator, _mapped(user))


def _mapped(user: User) -> Mapped:
    page = f"users/{user.id}/roles"
    tags = Tag.USER_ROLES_GIVEN, Tag.USER_ROLES_TAKEN
    return Mapped(user_with_roles(user.id), page, f"users/{user.id}/role-mappings", tags, user.id)


def _hold_first(handler: Callable[[Exchange, Administrator], Response]) -> PageHandler:
    def answer(exchange: Exchange, administrator: Administrator) -> Response:
        hold(exchange.session, administrator.realm)
        return handler(exchange, administrator)

    return answer
