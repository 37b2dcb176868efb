"""The installation guide for the very browser and system, the others one click away."""

from starlette.responses import Response

from idp.account.member import Member
from idp.account.page import render_account_page
from idp.pki.platforms import Platform, guess_platform
from idp.web.browser import guess_browser
from idp.web.exchange import Exchange


def show_install(exchange: Exchange, member: Member) -> Response:
    """Show the guide of the platform asked for, else of the one the browser suggests."""
    asked = exchange.query.get("platform", "")
    platform = asked if asked in set(Platform) else guess_platform(exchange.user_agent)
    return render_account_page(
        exchange,
        member,
        "install",
        platform=str(platform),
        browser=guess_browser(exchange.user_agent),
        platforms=[{"id": str(item), "url": _guide_url(exchange, item)} for item in Platform],
        test_url=exchange.url("/account/two-factor/test"),
        two_factor_url=exchange.url("/account/two-factor"),
        compatible_url=exchange.url("/account/two-factor/enrol?encryption=3des"),
        back_url=exchange.url("/account/two-factor"),
    )


def _guide_url(exchange: Exchange, platform: str) -> str:
    return exchange.url(f"/account/two-factor/install?platform={platform}")
