"""A new person, invited at once if wanted."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from idp.admin.console.administrator import Administrator
from idp.admin.console.page import render_console_page
from idp.admin.console.people.actions import done
from idp.admin.console.people.bulk import send_invitation
from idp.errors import Conflict, InvalidInput, NotPermitted
from idp.events.tags import Tag
from idp.models import User
from idp.users.authority import find_authority_of_user, verify_covers
from idp.users.changes import change_user
from idp.users.users import create_user
from idp.web.exchange import Exchange

TEXTS = ("username", "email", "given_name", "family_name")
INVITE, INVITE_WITH_CERTIFICATE, NO_MAIL = "invite", "certificate", "none"
WAYS = (INVITE, INVITE_WITH_CERTIFICATE, NO_MAIL)


def show_create(exchange: Exchange, administrator: Administrator) -> Response:
    """Show the form."""
    return _render(exchange, administrator, dict.fromkeys(TEXTS, "") | {"way": INVITE})


def submit_create(exchange: Exchange, administrator: Administrator) -> Response:
    """Make the account and invite the person, or neither."""
    values = {name: exchange.form.get(name, "").strip() for name in (*TEXTS, "way")}
    problems = find_problems(administrator, values)
    if not problems:
        user_or_problems = make_person(exchange, administrator, values)
        if isinstance(user_or_problems, User):
            return done(administrator, user_or_problems, "user_created")
        problems = user_or_problems
    return _render(exchange, administrator, values, status=422, problems=problems)


def find_problems(administrator: Administrator, values: Mapping[str, str]) -> dict[str, str]:
    """Return what can be said against the values without the database: each problem's name by its field."""
    problems = {}
    if values["way"] not in WAYS:
        problems["way"] = "invalid"
    if values["way"] == INVITE_WITH_CERTIFICATE and administrator.realm.certificate_policy == "off":
        problems["way"] = "certificates_off"
    if values["way"] != NO_MAIL and not values["email"]:
        problems["email"] = "no_email"
    return problems


def make_person(exchange: Exchange, administrator: Administrator, values: Mapping[str, str]) -> User | dict[str, str]:
    """Return the new account, or what stands against it; then nothing of it is left. Without a username the address is taken."""
    session, services = exchange.session, exchange.services
    names: dict[str, Any] = {name: values[name] for name in ("given_name", "family_name")}
    try:
        with session.begin_nested():
            user = create_user(
                session,
                services.passwords,
                services.clock,
                realm_id=administrator.realm.id,
                username=values["username"] or values["email"],
                password=None,
                email=values["email"] or None,
            )
            # New people may get roles and groups by themselves, and the administrator chooses who reads the invitation.
            verify_covers(administrator.authority, find_authority_of_user(session, user.id))
            change_user(session, services.clock, user, names)
            _invite(exchange, administrator, user, values["way"])
    except InvalidInput as error:
        return dict.fromkeys(error.fields, "invalid")
    except Conflict:
        return {"username": "taken"}
    except NotPermitted:
        return {"username": "beyond"}
    after = {"username": user.username, "email": user.email, **names}
    administrator.record(Tag.USER_CREATED, user_id=user.id, after=after)
    return user


def _invite(exchange: Exchange, administrator: Administrator, user: User, way: str) -> None:
    """Invite the person as *way* says; raise `InvalidInput` where that cannot be."""
    if way == NO_MAIL:
        return
    outcome = send_invitation(exchange, administrator, user, require_certificate=way == INVITE_WITH_CERTIFICATE)
    if outcome != "done":
        raise InvalidInput(way=outcome)


def _render(
    exchange: Exchange,
    administrator: Administrator,
    values: Mapping[str, str],
    *,
    status: int = 200,
    problems: Mapping[str, str] | None = None,
) -> Response:
    return render_console_page(
        exchange, administrator, "user_new", status=status, values=values, problems=problems or {}
    )
