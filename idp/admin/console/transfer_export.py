"""A realm as a file, as Keycloak writes it: without secrets, and with its people where that is asked for."""

from typing import Any

from starlette.responses import Response, StreamingResponse

from idp.admin.console.administrator import Administrator
from idp.admin.console.page import render_console_page
from idp.admin.console.policy import ConsolePage
from idp.admin.exporting import list_missing_roles
from idp.events.tags import Tag
from idp.transfer.exporting import Contents, stream_export
from idp.web.exchange import Exchange


def send_export(exchange: Exchange, administrator: Administrator) -> Response:
    """Send the realm with the ticked parts; the people are read as they are sent."""
    chosen = {name: exchange.form.get(name, "") == "yes" for name in ("clients", "groups_and_roles", "users")}
    contents = Contents(**chosen)
    realm, services = administrator.realm, exchange.services
    missing = list_missing_roles(administrator.authority, realm, contents)
    if missing:
        return render_console_page(exchange, administrator, "forbidden", status=403, role=missing[0])
    details: dict[str, Any] = {**chosen, "secrets": False}
    administrator.record(Tag.REALM_EXPORTED, **details)
    headers = {
        "Content-Disposition": f'attachment; filename="{realm.name}.json"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    pieces = stream_export(services.database, services.cipher, realm.id, contents)
    return StreamingResponse(pieces, media_type="application/json", headers=headers)


PAGES = (
    ConsolePage(
        path="transfer/export",
        view="manage-realm",
        manage="manage-realm",
        submit=send_export,
        recent=True,
        after="transfer",
    ),
)
