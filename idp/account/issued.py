"""What every way of enrolling does once the certificate is there: evidence, a mail to its owner, and the file."""

from urllib.parse import quote

from starlette.responses import Response

from idp.account.member import Member
from idp.events.tags import Tag
from idp.models import Certificate
from idp.pki.certificates import describe_issued
from idp.web.exchange import Exchange
from idp.web.mailer import queue_mail


def announce_certificate(
    exchange: Exchange, member: Member, row: Certificate, *, renews: Certificate | None = None
) -> None:
    """Record that the certificate was issued, in the place of *renews* where that is given, and tell its owner by mail."""
    details = describe_issued(row) | ({"renews": renews.serial_number} if renews else {})
    exchange.record(Tag.CERTIFICATE_ISSUED, user_id=member.user.id, session_id=member.session.id, **details)
    queue_mail(exchange, member.user, "certificate_issued", certificate=row)


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
