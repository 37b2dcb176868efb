"""Enrolment of a key that the person has already: in a smart card, a TPM, a keychain (RFC 2986)."""

from starlette.responses import Response

from idp.account.issued import announce_certificate
from idp.account.member import Member
from idp.account.page import render_account_page
from idp.errors import InvalidInput
from idp.models import Realm
from idp.pki.platforms import Platform, guess_platform
from idp.pki.request_armour import holds_private_key
from idp.pki.request_issuance import issue_requested
from idp.web.browser import guess_browser
from idp.web.csrf import verify_csrf_token
from idp.web.exchange import Exchange
from idp.web.pages import see_other

_BOTH = "Paste the request or choose its file, one of the two."


def show_request(exchange: Exchange, member: Member) -> Response:
    """Say how a request is made, and ask for it."""
    return _render(exchange, member)


def submit_request(exchange: Exchange, member: Member) -> Response:
    """Issue the certificate and go on to its installation; a form that does not fit is shown again."""
    verify_csrf_token(exchange)
    try:
        row = issue_requested(
            exchange.session,
            exchange.services.authority_keys,
            exchange.services.clock,
            realm=exchange.session.get_one(Realm, exchange.realm.id),
            user=member.user,
            request=_read_request(exchange),
            device_name=exchange.form.get("device_name", "")[:255],
            platform=exchange.form.get("platform", ""),
            published_at=exchange.services.settings.published_at,
        )
    except InvalidInput as error:
        return _render(exchange, member, status=400, errors=error.fields)
    announce_certificate(exchange, member, row)
    return see_other(exchange.url(f"/account/certificates/{row.id}/install"))


def _read_request(exchange: Exchange) -> bytes:
    pasted = exchange.form.get("request", "").strip()
    if pasted and exchange.content:
        raise InvalidInput(request=_BOTH)
    return exchange.content or pasted.encode()


def _render(exchange: Exchange, member: Member, *, status: int = 200, errors: dict[str, str] | None = None) -> Response:
    form, told = exchange.form, errors or {}
    pasted = form.get("request", "")
    return render_account_page(
        exchange,
        member,
        "request_certificate",
        status=status,
        action=exchange.url("/account/two-factor/enrol/request"),
        device_name=form.get("device_name", str(guess_browser(exchange.user_agent)))[:64],
        platform=form.get("platform", guess_platform(exchange.user_agent)),
        platforms=list(Platform),
        pasted="" if holds_private_key(pasted.encode()) else pasted,
        lifetime_days=exchange.realm.certificate_lifetime.days,
        enrol_url=exchange.url("/account/two-factor/enrol"),
        back_url=exchange.url("/account/two-factor"),
        errors={**told, "request": told.get("request", told.get("key", ""))},
        message=told.get("certificate_limit", ""),
    )
