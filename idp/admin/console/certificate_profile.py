"""What people's certificates are made of: the profile as a JSON document, with all problems told."""

import json

from starlette.responses import Response

from idp.admin.console.administrator import Administrator
from idp.admin.console.page import render_console_page
from idp.admin.console.policy import ConsolePage
from idp.errors import InvalidInput
from idp.events.tags import Tag
from idp.pki.profile_settings import DEFAULT_SETTINGS
from idp.pki.profiles import change_profile, profile_for
from idp.storage.holding import hold
from idp.web.exchange import Exchange


def show_profile(exchange: Exchange, administrator: Administrator) -> Response:
    """Show the profile in force."""
    return _render(exchange, administrator, _write(administrator))


def save_profile(exchange: Exchange, administrator: Administrator) -> Response:
    """Save the document, unless somebody else has saved another one since the form was made."""
    realm, text = administrator.realm, exchange.form.get("profile", "")
    hold(exchange.session, realm)
    if exchange.form.get("before", "").split() != _write(administrator).split():
        return _render(exchange, administrator, text, status=409, conflict=True)
    before = dict(realm.certificate_profile or {})
    try:
        after = change_profile(realm, text)
    except InvalidInput as error:
        return _render(exchange, administrator, text, status=422, problems=error.fields)
    if before == after:
        return administrator.done("authorities/profile", "unchanged")
    administrator.record(
        Tag.REALM_CHANGED, before={"certificate_profile": before}, after={"certificate_profile": after}
    )
    return administrator.done("authorities/profile", "profile_saved")


def _write(administrator: Administrator) -> str:
    return json.dumps(profile_for(administrator.realm).settings.model_dump(mode="json"), indent=2, ensure_ascii=False)


def _render(
    exchange: Exchange,
    administrator: Administrator,
    text: str,
    *,
    status: int = 200,
    conflict: bool = False,
    problems: dict[str, str] | None = None,
) -> Response:
    return render_console_page(
        exchange,
        administrator,
        "certificate_profile",
        status=status,
        text=text,
        before=_write(administrator),
        defaults=json.dumps(DEFAULT_SETTINGS.model_dump(mode="json"), indent=2, ensure_ascii=False),
        conflict=conflict,
        problems=problems or {},
    )


PAGES = (
    ConsolePage(
        path="authorities/profile",
        view="view-certificates",
        manage="manage-certificates",
        show=show_profile,
        submit=save_profile,
        recent=True,
    ),
)
