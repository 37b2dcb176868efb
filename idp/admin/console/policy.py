"""Who may open a page of the console, and who may send its forms: each page declares it, and it is held here and nowhere else."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from starlette.responses import Response

from idp.admin.console.administrator import CONSOLE, Administrator, Visitor, find_managed_realm, find_visitor
from idp.admin.console.page import render_console_page, render_outside
from idp.oidc.first_party_sign_in import begin_sign_in
from idp.web.csrf import verify_csrf_token
from idp.web.endpoint import Handler
from idp.web.exchange import Exchange

ANY_ROLE = "any"
"""The policy of a page that is open to whoever may see anything of the realm, and shows no more than that."""
CERTIFICATE_LEVEL = "2"
RECENT = timedelta(minutes=15)

PageHandler = Callable[[Exchange, Administrator], Response]
VisitorHandler = Callable[[Exchange, Visitor], Response]


@dataclass(frozen=True, kw_only=True)
class ConsolePage:
    """A page below ``/admin/{realm}/console/{managed}/``: *view* is the role that GET needs, *manage* the one for POST.

    With *recent*, POST needs a sign-in of the last 15 minutes (ASVS 5 section 7.5.3); the page is shown again after it.
    *after* is where that leads for a path that has no GET. *upload* says that the form has a file in it.
    """

    path: str
    view: str
    manage: str = ""
    show: PageHandler | None = None
    submit: PageHandler | None = None
    recent: bool = False
    after: str = ""
    upload: bool = False


def for_visitors(handler: VisitorHandler) -> Handler:
    """Return a handler that asks for sign-in first, with a certificate where the realm that one signs in to wants it so."""

    def answer(exchange: Exchange) -> Response:
        visitor = find_visitor(exchange)
        if visitor is None:
            return begin_sign_in(exchange, CONSOLE)
        if exchange.realm.console_certificate_required and visitor.session.acr != CERTIFICATE_LEVEL:
            return begin_sign_in(exchange, CONSOLE, acr=CERTIFICATE_LEVEL)
        return handler(exchange, visitor)

    return answer


def guard(page: ConsolePage, handler: PageHandler, role: str) -> Handler:
    """Return the endpoint's handler: it lets in who holds *role*, asks others to sign in, and tells the rest what is missing."""

    def answer(exchange: Exchange, visitor: Visitor) -> Response:
        realm = find_managed_realm(visitor, exchange.path_params["managed"])
        if realm is None:
            return render_outside(visitor, "no_realm", status=404)
        administrator = visitor.for_realm(realm)
        if realm.console_certificate_required and visitor.session.acr != CERTIFICATE_LEVEL:
            return begin_sign_in(exchange, CONSOLE, acr=CERTIFICATE_LEVEL)
        if role != ANY_ROLE and not administrator.may(role):
            return render_console_page(exchange, administrator, "forbidden", status=403, role=role)
        if exchange.method == "POST":
            verify_csrf_token(exchange)
            if page.recent and not signed_in_recently(administrator):
                return _ask_again(exchange, administrator, page)
        return handler(exchange, administrator)

    return for_visitors(answer)


def signed_in_recently(administrator: Administrator) -> bool:
    """Tell whether the last sign-in was within 15 minutes."""
    return administrator.exchange.services.clock.now() - administrator.session.auth_time <= RECENT


def _ask_again(exchange: Exchange, administrator: Administrator, page: ConsolePage) -> Response:
    acr = CERTIFICATE_LEVEL if administrator.session.acr == CERTIFICATE_LEVEL else None
    path = page.after if page.show is None else page.path.format(**exchange.path_params)
    below = f"{administrator.realm.name}/{path}"
    return begin_sign_in(exchange, CONSOLE, max_age=RECENT, below=below, acr=acr)
