"""Which person a page is about, and whether the administrator may change them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from starlette.responses import Response

from idp.admin.console.administrator import Administrator
from idp.admin.console.page import render_console_page
from idp.admin.console.policy import PageHandler
from idp.errors import NotFound, NotPermitted
from idp.models import User
from idp.notices.notice import Sender
from idp.realms.policy import build_policy
from idp.storage.holding import hold
from idp.users.delegation import verify_may_take_over
from idp.web.exchange import Exchange

PersonHandler = Callable[[Exchange, Administrator, User], Response]


def for_person(handler: PersonHandler) -> PageHandler:
    """Return a handler for whom the path names; the ids of other realms and of applications' accounts lead nowhere."""

    def answer(exchange: Exchange, administrator: Administrator) -> Response:
        return handler(exchange, administrator, get_person(exchange, administrator, exchange.path_params["user"]))

    return answer


def for_manageable_person(handler: PersonHandler) -> PageHandler:
    """Return such a handler for whom the administrator may take over; before a form is looked at, the account is held."""

    def answer(exchange: Exchange, administrator: Administrator, user: User) -> Response:
        if not covers(administrator, user):
            return render_person(exchange, administrator, user, "user_beyond", status=403)
        if exchange.method == "POST":
            hold(exchange.session, user)
        return handler(exchange, administrator, user)

    return for_person(answer)


def get_person(exchange: Exchange, administrator: Administrator, user_id: str) -> User:
    """Return the realm's person with that id; raise `NotFound`."""
    user = exchange.session.get(User, user_id)
    if user is None or user.realm_id != administrator.realm.id or user.service_account_client_id is not None:
        raise NotFound("the realm has no such person")
    return user


def covers(administrator: Administrator, user: User) -> bool:
    """Tell whether the administrator has every permission that the person has: who can change an account can be its owner."""
    try:
        verify_may_take_over(administrator.exchange.session, administrator.authority, user)
    except NotPermitted:
        return False
    return True


def render_person(
    exchange: Exchange, administrator: Administrator, user: User, template: str, *, status: int = 200, **context: Any
) -> Response:
    """Return a page about the person."""
    home = person_url(administrator, user)
    return render_console_page(
        exchange, administrator, template, status=status, person=user, person_url=home, **{"errors": {}, **context}
    )


def person_url(administrator: Administrator, user: User, below: str = "") -> str:
    """Return the address of a page about the person."""
    return administrator.url(f"users/{user.id}{below}")


def at_realm(exchange: Exchange, administrator: Administrator) -> Exchange:
    """Return the exchange as if it were at the managed realm, for the mails and links of its people."""
    return replace(exchange, realm=build_policy(administrator.realm))


def sender_of(exchange: Exchange) -> Sender:
    """Return what it takes to write to people."""
    services = exchange.services
    return Sender(services.settings.public_url, services.cipher, services.clock, services.themes)
