"""One certificate of a person: what there is to know of it, its chain, its name, its files."""

from starlette.responses import Response

from idp.account.certificates import build_card
from idp.account.issued import answer_file
from idp.account.member import Member
from idp.account.page import render_account_page
from idp.errors import InvalidInput, NotFound
from idp.events.tags import Tag
from idp.models import Certificate
from idp.pki.certificate_files import FileKind, build_file
from idp.pki.certificates import get_certificate, rename_certificate
from idp.pki.chain_drawing import describe_chain
from idp.pki.chains import find_chain_of
from idp.pki.issuance import build_filename
from idp.web.csrf import verify_csrf_token
from idp.web.exchange import Exchange
from idp.web.pages import see_other


def get_own_certificate(exchange: Exchange, member: Member) -> Certificate:
    """Return the certificate that the address names; raise `NotFound`, also for somebody else's."""
    certificate_id = exchange.path_params["certificate"]
    return get_certificate(exchange.session, exchange.realm.id, certificate_id, member.user.id)


def show_certificate(exchange: Exchange, member: Member) -> Response:
    """Show all of it."""
    return _render(exchange, member, get_own_certificate(exchange, member))


def rename(exchange: Exchange, member: Member) -> Response:
    """Give its device another name."""
    verify_csrf_token(exchange)
    row = get_own_certificate(exchange, member)
    try:
        earlier = rename_certificate(row, exchange.form.get("device_name", ""))
    except InvalidInput as error:
        return _render(exchange, member, row, status=400, errors=error.fields)
    if row.device_name != earlier:
        exchange.record(
            Tag.CERTIFICATE_RENAMED,
            user_id=member.user.id,
            session_id=member.session.id,
            device_name=row.device_name,
            earlier=earlier,
            fingerprint=row.fingerprint,
        )
    return see_other(exchange.url(f"/account/certificates/{row.id}"))


def show_installation(exchange: Exchange, member: Member) -> Response:
    """Offer the certificate, and say how it comes to its key where that is."""
    row = get_own_certificate(exchange, member)
    return render_account_page(
        exchange,
        member,
        "install_certificate",
        certificate=build_card(exchange, member, row),
        files=_file_urls(exchange, row),
        guide_url=exchange.url(f"/account/two-factor/install?platform={row.platform}"),
        test_url=exchange.url("/account/two-factor/test"),
        two_factor_url=exchange.url("/account/two-factor"),
    )


def download(exchange: Exchange, member: Member) -> Response:
    """Answer with a file of `FileKind`."""
    row, kind = get_own_certificate(exchange, member), exchange.path_params["kind"]
    if kind not in set(FileKind):
        raise NotFound("no such file")
    file = build_file(FileKind(kind), find_chain_of(exchange.session, row))
    name = build_filename(member.user.username, exchange.realm.name, row.device_name, file.suffix)
    return answer_file(file.content, file.media_type, name)


def _file_urls(exchange: Exchange, row: Certificate) -> dict[str, str]:
    return {str(kind): exchange.url(f"/account/certificates/{row.id}/files/{kind}") for kind in FileKind}


def _render(
    exchange: Exchange,
    member: Member,
    row: Certificate,
    *,
    status: int = 200,
    errors: dict[str, str] | None = None,
) -> Response:
    return render_account_page(
        exchange,
        member,
        "certificate",
        status=status,
        certificate=build_card(exchange, member, row),
        chain=describe_chain(find_chain_of(exchange.session, row)),
        files=_file_urls(exchange, row),
        action=exchange.url(f"/account/certificates/{row.id}"),
        test_url=exchange.url("/account/two-factor/test"),
        two_factor_url=exchange.url("/account/two-factor"),
        errors=errors or {},
    )
