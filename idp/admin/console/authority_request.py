"""An issuing authority under a root of somebody else's: the request goes out as a file, the answer comes in."""

import ssl

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from starlette.responses import Response

from idp.admin.console.administrator import Administrator
from idp.admin.console.files import LARGEST_CERTIFICATES, read_certificates
from idp.admin.console.page import render_console_page
from idp.admin.console.policy import ConsolePage
from idp.errors import InvalidInput, NotFound
from idp.events.tags import Tag
from idp.models import CertificateAuthority
from idp.pki.corporate_root import create_request, find_request, import_chain
from idp.storage.holding import hold
from idp.web.exchange import Exchange


def show_request(exchange: Exchange, administrator: Administrator) -> Response:
    """Show the request that waits, or offer to make one."""
    return _render(exchange, administrator)


def submit_request(exchange: Exchange, administrator: Administrator) -> Response:
    """Make a request, which forgets an earlier one, or take the answer to it."""
    session, clock, realm = exchange.session, exchange.services.clock, administrator.realm
    hold(session, realm)
    if exchange.form.get("do") == "make":
        made = create_request(session, exchange.services.authority_keys, clock, realm=realm)
        administrator.record(Tag.AUTHORITY_REQUESTED, subject=made.subject.rfc4514_string())
        return administrator.done("authorities/request", "request_made")
    pem = read_certificates(exchange, "chain")
    try:
        with session.begin_nested():
            authority = import_chain(session, clock, realm=realm, pem=pem.encode())
    except InvalidInput as error:
        return _render(exchange, administrator, status=422, errors=error.fields)
    administrator.record(Tag.AUTHORITY_CREATED, fingerprint=authority.fingerprint, subject=authority.subject)
    return administrator.done("authorities", "authority_made")


def download(exchange: Exchange, administrator: Administrator) -> Response:
    """Answer with the request in PEM."""
    row = find_request(exchange.session, administrator.realm.id)
    if row is None:
        raise NotFound("no request is waiting")
    pem = x509.load_der_x509_csr(row.certificate).public_bytes(Encoding.PEM)
    return _answer(pem, "application/pkcs10", f"{administrator.realm.name}.csr")


def download_certificate(exchange: Exchange, administrator: Administrator) -> Response:
    """Answer with an authority's certificate in PEM."""
    row = exchange.session.get(CertificateAuthority, exchange.path_params["authority"])
    if row is None or row.realm_id != administrator.realm.id or row.kind == "request":
        raise NotFound("there is no such authority")
    pem = ssl.DER_cert_to_PEM_cert(row.certificate).encode()
    return _answer(pem, "application/x-pem-file", f"{administrator.realm.name}-{row.fingerprint[:8]}.pem")


def _answer(content: bytes, media_type: str, filename: str) -> Response:
    headers = {
        "Content-Disposition": f'attachment; filename="{filename}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, media_type=media_type, headers=headers)


def _render(
    exchange: Exchange, administrator: Administrator, *, status: int = 200, errors: dict[str, str] | None = None
) -> Response:
    row = find_request(exchange.session, administrator.realm.id)
    return render_console_page(
        exchange, administrator, "authority_request", status=status, waiting=row, errors=errors or {}
    )


PAGES = (
    ConsolePage(
        path="authorities/request",
        view="manage-certificates",
        manage="manage-certificates",
        show=show_request,
        submit=submit_request,
        recent=True,
        largest=LARGEST_CERTIFICATES,
    ),
    ConsolePage(path="authorities/request/file", view="manage-certificates", show=download),
    ConsolePage(path="authorities/{authority}/file", view="view-certificates", show=download_certificate),
)
