"""Which roles a page is about, the realm's or an application's, and whether the administrator may change the one in the path."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from idp.admin.console.administrator import Administrator
from idp.admin.console.client_lookup import describe_client, get_client_of_path
from idp.admin.console.page import render_console_page
from idp.admin.console.policy import PageHandler
from idp.admin.console.refusal import BEYOND, OWN, render_refusal
from idp.errors import InvalidInput, NotFound, NotPermitted
from idp.models import Client, Role
from idp.storage.holding import hold
from idp.users.delegation import verify_may_give
from idp.users.newcomers import is_default_role
from idp.users.role_changes import verify_own
from idp.web.exchange import Exchange


@dataclass(frozen=True)
class Place:
    """Where roles stand: `client` is the application's row, None for the realm."""

    administrator: Administrator
    client: Client | None

    @property
    def path(self) -> str:
        """The path of their list."""
        return path_of_roles(None if self.client is None else self.client.id)

    @property
    def client_row_id(self) -> str | None:
        """The id of the application's row."""
        return None if self.client is None else self.client.id

    @property
    def client_id(self) -> str | None:
        """The application's client_id, for events."""
        return None if self.client is None else self.client.client_id

    @property
    def manages(self) -> bool:
        """Whether the administrator may change roles there at all."""
        return self.administrator.may("manage-realm" if self.client is None else "manage-clients")

    def url(self, below: str = "", **query: str) -> str:
        """Return the address of a page below the list."""
        return self.administrator.url(self.path + below, **query)


PlaceHandler = Callable[[Exchange, Administrator, Place], Response]
RoleHandler = Callable[[Exchange, Administrator, Place, Role], Response]


def path_of_roles(client_row_id: str | None) -> str:
    """Return the path of the list that the realm's roles, or an application's, stand in."""
    return "roles" if client_row_id is None else f"clients/{client_row_id}/roles"


def for_place(handler: PlaceHandler) -> PageHandler:
    """Return a page's handler that finds whose roles are meant; for a form nobody else changes roles meanwhile."""

    def answer(exchange: Exchange, administrator: Administrator) -> Response:
        if exchange.method == "POST":
            hold(exchange.session, administrator.realm)
        client = get_client_of_path(exchange, administrator) if "client" in exchange.path_params else None
        return handler(exchange, administrator, Place(administrator, client))

    return answer


def for_role(handler: RoleHandler) -> PageHandler:
    """Return such a handler that finds the role as well; those of other realms and applications lead nowhere."""

    def answer(exchange: Exchange, administrator: Administrator, place: Place) -> Response:
        role = get_role(exchange, administrator, exchange.path_params["role"])
        if role.client_id != place.client_row_id:
            raise NotFound("no such role there")
        return handler(exchange, administrator, place, role)

    return for_place(answer)


def for_changeable_role(handler: RoleHandler) -> PageHandler:
    """Return a handler as `for_role` does, for what changes the role: it lets pass who has all that the role gives."""

    def answer(exchange: Exchange, administrator: Administrator, place: Place, role: Role) -> Response:
        reason = find_role_lock(exchange, administrator, role)
        if not reason:
            try:
                return handler(exchange, administrator, place, role)
            except NotPermitted:
                reason = BEYOND
        back = place.url(f"/{role.id}")
        return render_refusal(exchange, administrator, section="roles", title=role.name, back=back, reason=reason)

    return for_role(answer)


def get_role(exchange: Exchange, administrator: Administrator, role_id: str) -> Role:
    """Return the realm's, or one of its applications', role of that id; raise `NotFound`."""
    role = exchange.session.get(Role, role_id)
    if role is None or role.realm_id != administrator.realm.id:
        raise NotFound("no such role in this realm")
    return role


def find_role_lock(exchange: Exchange, administrator: Administrator, role: Role) -> str:
    """Return why this administrator cannot change the role: ``own`` for one that administers, ``beyond``, or nothing."""
    try:
        verify_own(exchange.session, administrator.realm, role)
        verify_may_give(exchange.session, administrator.authority, [role])
    except InvalidInput:
        return OWN
    except NotPermitted:
        return BEYOND
    return ""


def render_role(
    exchange: Exchange,
    administrator: Administrator,
    place: Place,
    role: Role,
    template: str,
    *,
    status: int = 200,
    **context: Any,
) -> Response:
    """Return a page about the role."""
    home = place.url(f"/{role.id}")
    return render_console_page(
        exchange,
        administrator,
        template,
        status=status,
        role=role,
        role_url=home,
        is_default=is_default_role(administrator.realm, role),
        lock=find_role_lock(exchange, administrator, role),
        **{"errors": {}, **describe_place(place), **context},
    )


def describe_place(place: Place) -> dict[str, Any]:
    """Return what pages say of the roles' place: the application, or none, and the address of their list."""
    client = None if place.client is None else describe_client(place.administrator, place.client)
    return {"client": client, "roles_url": place.url(), "manages": place.manages}
