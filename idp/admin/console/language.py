"""Which language the console speaks: the one chosen in its header, else the account's, else the browser's."""

from starlette.responses import Response

from idp.admin.console.administrator import CONSOLE, Visitor
from idp.languages import choose_language, parse_accept_language
from idp.web.cookies import Cookie
from idp.web.csrf import verify_csrf_token
from idp.web.exchange import Exchange
from idp.web.pages import see_other

_COOKIE = "idp-language"
_YEAR = 365 * 86400


def find_languages(exchange: Exchange) -> tuple[str, ...]:
    """Return the languages that the realm's theme has."""
    return exchange.services.themes.languages(exchange.realm.theme)


def find_language(visitor: Visitor) -> str:
    """Return the language of the visitor's pages."""
    exchange = visitor.exchange
    wishes = [exchange.cookies.read(_COOKIE) or "", visitor.user.locale]
    wishes += parse_accept_language(exchange.headers.get("accept-language", ""))
    return choose_language(find_languages(exchange), wishes)


def choose(exchange: Exchange) -> Response:
    """Remember the chosen language in this browser, and go back to the page."""
    verify_csrf_token(exchange)
    wanted = exchange.form.get("language", "")
    if wanted in find_languages(exchange):
        exchange.cookies.write(Cookie(_COOKIE, wanted, max_age=_YEAR))
    back = exchange.form.get("back", "")
    within = back.startswith(CONSOLE.path(exchange)) and back.isprintable() and len(back) <= 2000
    return see_other(exchange.services.settings.public_url + back if within else CONSOLE.url(exchange))
