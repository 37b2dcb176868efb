"""Enrolment: one form, one POST, one file. The key pair lives for that response and nowhere else."""

from starlette.responses import Response

from idp.account.issued import announce_certificate, answer_file
from idp.account.member import Member
from idp.account.page import render_account_page
from idp.errors import InvalidInput
from idp.models import Certificate, Realm
from idp.pki.enrolments import EnrolmentRequest
from idp.pki.file_passwords import MINIMUM_LENGTH, generate_password
from idp.pki.issuance import issue_pkcs12
from idp.pki.key_pairs import KeyType
from idp.pki.platforms import Platform, encryption_for, guess_platform
from idp.pki.profiles import profile_for
from idp.web.browser import guess_browser
from idp.web.csrf import verify_csrf_token
from idp.web.exchange import Exchange


def show_enrol(exchange: Exchange, member: Member) -> Response:
    """Show the form, with the device guessed from the browser."""
    return render_form(exchange, member)


def download_certificate(exchange: Exchange, member: Member) -> Response:
    """Issue the certificate and answer with the PKCS#12 file; a form that does not fit is shown again."""
    return deliver_certificate(exchange, member)


def deliver_certificate(exchange: Exchange, member: Member, *, renews: Certificate | None = None) -> Response:
    """Answer the form with a file, whose certificate replaces *renews* where that is given; raise `NotRenewable`."""
    verify_csrf_token(exchange)
    try:
        request = _read_request(exchange, _list_key_types(exchange))
        issued = issue_pkcs12(
            exchange.session,
            exchange.services.authority_keys,
            exchange.services.clock,
            realm=exchange.session.get_one(Realm, exchange.realm.id),
            user=member.user,
            request=request,
            published_at=exchange.services.settings.published_at,
            replaces=renews,
        )
    except InvalidInput as error:
        return render_form(exchange, member, status=400, errors=error.fields, renews=renews)
    announce_certificate(exchange, member, issued.certificate_row, renews=renews)
    return answer_file(issued.data, "application/x-pkcs12", issued.filename)


def _may_register(exchange: Exchange) -> bool:
    return exchange.services.trust.get(exchange.realm.id).offers_registration


def _read_request(exchange: Exchange, key_types: tuple[KeyType, ...]) -> EnrolmentRequest:
    form = exchange.form
    own = form.get("password_choice") == "own"
    password = form.get("password" if own else "generated_password", "")
    if own and password != form.get("password_confirmation", ""):
        raise InvalidInput(password_confirmation="The two passwords differ.")
    platform, encryption = form.get("platform", ""), form.get("encryption", "auto")
    return EnrolmentRequest(
        device_name=form.get("device_name", "")[:255],
        platform=platform,
        key_type=form.get("key_type", key_types[0]),
        password=password,
        encryption=encryption_for(platform) if encryption == "auto" else encryption,
    )


def _list_key_types(exchange: Exchange) -> tuple[KeyType, ...]:
    return profile_for(exchange.session.get_one(Realm, exchange.realm.id)).key_types


def render_form(
    exchange: Exchange,
    member: Member,
    *,
    status: int = 200,
    errors: dict[str, str] | None = None,
    renews: Certificate | None = None,
) -> Response:
    """Return the page with the form, filled in as it was sent, else as *renews* or the browser suggests."""
    key_types = _list_key_types(exchange)
    form, name, guessed, key_type = exchange.form, *_suggest(exchange, renews, key_types)
    return render_account_page(
        exchange,
        member,
        "enrol",
        status=status,
        action=exchange.url(f"/account/certificates/{renews.id}/renew" if renews else "/account/two-factor/enrol"),
        renews=renews,
        device_name=form.get("device_name", name)[:64],
        platform=form.get("platform", guessed),
        platforms=[{"id": str(item), "encryption": str(encryption_for(item))} for item in Platform],
        generated_password=generate_password(),
        password_choice=form.get("password_choice", "generated"),
        key_types=key_types,
        key_type=form.get("key_type", key_type),
        encryption=form.get("encryption", exchange.query.get("encryption", "auto")),
        min_length=MINIMUM_LENGTH,
        lifetime_days=exchange.realm.certificate_lifetime.days,
        install_url=exchange.url(f"/account/two-factor/install?platform={guessed}"),
        request_url=exchange.url("/account/two-factor/enrol/request"),
        register_url=exchange.url("/account/two-factor/register") if _may_register(exchange) else "",
        back_url=exchange.url("/account/two-factor"),
        errors=errors or {},
        message=(errors or {}).get("certificate_limit", ""),
    )


def _suggest(exchange: Exchange, renews: Certificate | None, key_types: tuple[KeyType, ...]) -> tuple[str, str, str]:
    """Return what the form begins with: device name, platform and key type."""
    if renews is None:
        return str(guess_browser(exchange.user_agent)), guess_platform(exchange.user_agent), key_types[0]
    return renews.device_name, renews.platform, renews.key_type if renews.key_type in key_types else key_types[0]
