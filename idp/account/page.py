"""Show a page of the dashboard: what all of them have in common."""

from typing import Any

from starlette.responses import Response

from idp.account.impersonated import describe_impersonation
from idp.account.member import Member
from idp.web.exchange import Exchange
from idp.web.pages import render_page

_ENTRIES = {
    "overview": "/account/",
    "two_factor": "/account/two-factor",
    "applications": "/account/applications",
    "activity": "/account/activity",
    "personal_info": "/account/personal-info",
    "password": "/account/password",
}


def render_account_page(
    exchange: Exchange, member: Member, template: str, *, status: int = 200, **context: Any
) -> Response:
    """Return the page ``account/<template>.html``; its forms may lead to the certificate host."""
    navigation = {} if member.may_only_enrol else {name: exchange.url(path) for name, path in _ENTRIES.items()}
    user = member.user
    return render_page(
        exchange,
        f"account/{template}.html",
        status=status,
        form_action=[exchange.services.settings.certificate_origin_pattern],
        user={"name": user.name, "username": user.username, "email": user.email},
        sign_out_url=exchange.url("/account/sign-out"),
        impersonation=describe_impersonation(member),
        navigation=navigation,
        **context,
    )
