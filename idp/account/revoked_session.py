"""The session in which its own certificate is revoked goes on, but proves that certificate no longer."""

from collections.abc import Sequence

from idp.account.member import Member
from idp.models import Certificate
from idp.sessions.sessions import AMR_PASSWORD

REVOKED = "revoked"
"""In the place of the session's second factor: there was one, so the dashboard stays open, and it proves nothing."""


def lower_session(member: Member, revoked: Sequence[Certificate]) -> None:
    """Take the certificate out of the member's session if it is one of those *revoked*."""
    row = member.session
    if row.certificate_id not in {certificate.id for certificate in revoked}:
        return
    row.second_factor, row.acr, row.amr = REVOKED, "1", [AMR_PASSWORD]
    row.certificate_id, row.certificate_claims = None, None
