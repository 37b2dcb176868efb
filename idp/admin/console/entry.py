"""The console's way in: the first page, and the list of realms."""

from starlette.responses import Response

from idp.admin.console.administrator import Visitor
from idp.admin.console.page import render_outside
from idp.models import Realm
from idp.realms.realms import list_realms
from idp.web.exchange import Exchange
from idp.web.pages import see_other


def enter(_exchange: Exchange, visitor: Visitor) -> Response:
    """Lead to the realm's own overview, or to the first realm that may be administered."""
    realms = _list_visible(visitor)
    if not realms:
        return render_outside(visitor, "no_role", status=403)
    own = next((realm for realm in realms if realm.id == visitor.user.realm_id), realms[0])
    return see_other(visitor.for_realm(own).url())


def show_realms(exchange: Exchange, visitor: Visitor) -> Response:
    """Show the realms that may be administered; a search finds them by name and title."""
    search = exchange.query.get("search", "")[:100].strip()
    realms = [
        {
            "name": realm.name,
            "title": realm.display_name or realm.name,
            "enabled": realm.enabled,
            "url": visitor.for_realm(realm).url(),
        }
        for realm in _list_visible(visitor)
        if search.lower() in f"{realm.name} {realm.display_name}".lower()
    ]
    return render_outside(visitor, "realms", realms=realms, search=search)


def _list_visible(visitor: Visitor) -> list[Realm]:
    return [realm for realm in list_realms(visitor.exchange.session) if visitor.may_visit(realm)]
