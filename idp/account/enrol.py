"""Enrolment: one form, one POST, one file. The key pair lives for that response and nowhere else."""

from urllib.parse import quote

from starlette.responses import Response

from idp.account.member import Member
from idp.account.page import render_account_page
from idp.errors import InvalidInput
from idp.events.tags import Tag
from idp.models import Realm
from idp.pki.enrolments import EnrolmentRequest
from idp.pki.file_passwords import MINIMUM_LENGTH, generate_password
from idp.pki.issuance import IssuedPKCS12, issue_pkcs12
from idp.pki.platforms import Platform, encryption_for, guess_platform
from idp.web.browser import guess_browser
from idp.web.csrf import verify_csrf_token
from idp.web.exchange import Exchange
from idp.web.mailer import queue_mail


def show_enrol(exchange: Exchange, member: Member) -> Response:
    """Show the form, with the device guessed from the browser."""
    return _render(exchange, member)


def download_certificate(exchange: Exchange, member: Member) -> Response:
    """Issue the certificate and answer with the PKCS#12 file; a form that does not fit is shown again."""
    verify_csrf_token(exchange)
    try:
        request = _read_request(exchange)
        issued = issue_pkcs12(
            exchange.session,
            exchange.services.cipher,
            exchange.services.clock,
            realm=exchange.session.get_one(Realm, exchange.realm.id),
            user=member.user,
            request=request,
            published_at=exchange.services.settings.published_at,
        )
    except InvalidInput as error:
        return _render(exchange, member, status=400, errors=error.fields)
    _announce(exchange, member, issued)
    return _answer_file(issued)


def _may_register(exchange: Exchange) -> bool:
    return exchange.services.trust.get(exchange.realm.id).offers_registration


def _read_request(exchange: Exchange) -> EnrolmentRequest:
    form = exchange.form
    own = form.get("password_choice") == "own"
    password = form.get("password" if own else "generated_password", "")
    if own and password != form.get("password_confirmation", ""):
        raise InvalidInput(password_confirmation="The two passwords differ.")
    platform, encryption = form.get("platform", ""), form.get("encryption", "auto")
    return EnrolmentRequest(
        device_name=form.get("device_name", "")[:255],
        platform=platform,
        key_type=form.get("key_type", "rsa2048"),
        password=password,
        encryption=encryption_for(platform) if encryption == "auto" else encryption,
    )


def _announce(exchange: Exchange, member: Member, issued: IssuedPKCS12) -> None:
    row = issued.certificate_row
    exchange.record(
        Tag.CERTIFICATE_ISSUED,
        user_id=member.user.id,
        session_id=member.session.id,
        device_name=row.device_name,
        platform=row.platform,
        serial_number=row.serial_number,
        fingerprint=row.fingerprint,
    )
    queue_mail(exchange, member.user, "certificate_issued", certificate=row)


def _answer_file(issued: IssuedPKCS12) -> Response:
    return Response(
        issued.data,
        media_type="application/x-pkcs12",
        headers={
            "Content-Disposition": f"attachment; filename=\"{issued.filename}\"; filename*=UTF-8''{quote(issued.filename)}",
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


def _render(exchange: Exchange, member: Member, *, status: int = 200, errors: dict[str, str] | None = None) -> Response:
    form, guessed = exchange.form, guess_platform(exchange.user_agent)
    return render_account_page(
        exchange,
        member,
        "enrol",
        status=status,
        action=exchange.url("/account/two-factor/enrol"),
        device_name=form.get("device_name", str(guess_browser(exchange.user_agent)))[:64],
        platform=form.get("platform", guessed),
        platforms=[{"id": str(item), "encryption": str(encryption_for(item))} for item in Platform],
        generated_password=generate_password(),
        password_choice=form.get("password_choice", "generated"),
        key_type=form.get("key_type", "rsa2048"),
        encryption=form.get("encryption", exchange.query.get("encryption", "auto")),
        min_length=MINIMUM_LENGTH,
        lifetime_days=exchange.realm.certificate_lifetime.days,
        install_url=exchange.url(f"/account/two-factor/install?platform={guessed}"),
        register_url=exchange.url("/account/two-factor/register") if _may_register(exchange) else "",
        back_url=exchange.url("/account/two-factor"),
        errors=errors or {},
        message=(errors or {}).get("certificate_limit", ""),
    )
