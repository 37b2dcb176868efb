"""What every way of enrolling does once the certificate is there: evidence, a mail to its owner, and the file."""

from typing import Literal
from urllib.parse import quote

from starlette.responses import Response

from idp.account.member import Member
from idp.events.tags import Tag
from idp.models import Certificate
from idp.web.exchange import Exchange
from idp.web.mailer import queue_mail


def announce_certificate(
    exchange: Exchange, member: Member, row: Certificate, method: Literal["pkcs12", "csr"]
) -> None:
    """Record that the certificate was issued, for a key of ours or for one that the person has made, and tell them by mail."""
    exchange.record(
        Tag.CERTIFICATE_ISSUED,
        user_id=member.user.id,
        session_id=member.session.id,
        method=method,
        device_name=row.device_name,
        platform=row.platform,
        serial_number=row.serial_number,
        fingerprint=row.fingerprint,
    )
    queue_mail(exchange, member.user, "certificate_issued", certificate=row, method=method)


def answer_file(content: bytes, media_type: str, filename: str) -> Response:
    """Return a download that nothing keeps; *filename* is ASCII without quotes."""
    return Response(
        content,
        media_type=media_type,
        headers={
            "Content-Disposition": f"attachment; filename=\"{filename}\"; filename*=UTF-8''{quote(filename)}",
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )
