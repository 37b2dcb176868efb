"""What is refused because it would give, or take over, more than the administrator has, or because it is never changed."""

from collections.abc import Callable

from starlette.responses import Response

from idp.admin.console.administrator import Administrator
from idp.admin.console.page import render_console_page
from idp.errors import NotPermitted
from idp.web.exchange import Exchange

BEYOND, OWN = "beyond", "own"


def render_refusal(
    exchange: Exchange, administrator: Administrator, *, section: str, title: str, back: str, reason: str = BEYOND
) -> Response:
    """Return the page that says so; *reason* is ``beyond``, or ``own`` for what the realm cannot do without."""
    return render_console_page(
        exchange, administrator, "refusal", status=403, section=section, title=title, back=back, reason=reason
    )


def allowed(verify: Callable[[], None]) -> bool:
    """Tell whether *verify* lets it pass."""
    try:
        verify()
    except NotPermitted:
        return False
    return True
