"""What is swept up beside the requests: rows and short-lived state that have had their time."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from idp.clients.initial_access_tokens import purge_initial_access_tokens
from idp.clock import Clock
from idp.events.retention import purge_events
from idp.mail.retention import purge_mail
from idp.pki.foreign_revocation.answers import purge_answers
from idp.pki.foreign_revocation.list_sources import purge_sources
from idp.pki.foreign_revocation.list_store import sweep_lists
from idp.serving.key_rotation import tend_keys
from idp.serving.reminders import send_reminders
from idp.serving.revocation_upkeep import keep_revocation_known
from idp.serving.superseded import end_superseded
from idp.sessions.logout_notices import purge_logout_notices
from idp.sessions.retention import purge_sessions
from idp.storage.purge import BATCH
from idp.users.retention import purge_links
from idp.web.services import Services

_PURGES: tuple[Callable[[Session, Clock], int], ...] = (
    purge_sessions,
    purge_links,
    purge_mail,
    purge_initial_access_tokens,
    purge_logout_notices,
    purge_sources,
    purge_answers,
    purge_events,
)


def sweep(services: Services) -> None:
    """Delete everything that has had its time, in transactions of at most a few thousand rows; rotate keys,
    revoke what was replaced, publish revocation lists, renew signers of OCSP answers and send reminders that are due.
    """
    services.ephemeral.purge()
    for purge in _PURGES:
        while _sweep_batch(services, purge) >= BATCH:
            pass
    sweep_lists(services.database, services.clock)
    tend_keys(services)
    end_superseded(services)
    keep_revocation_known(services)
    send_reminders(services)


def _sweep_batch(services: Services, purge: Callable[[Session, Clock], int]) -> int:
    with services.database.transaction() as session:
        return purge(session, services.clock)
