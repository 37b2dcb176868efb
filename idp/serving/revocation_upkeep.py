"""The revocation lists and the signers of OCSP answers that are due, each made in a transaction of its own.

An authority whose key cannot be used keeps no other one's list from being made.
"""

from collections.abc import Callable

import structlog
from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.errors import IdpError
from idp.pki.authority_keys import AuthorityKeys
from idp.pki.authority_locks import list_own_issuing_ids
from idp.pki.crl import list_publishing_ids, publish_if_due
from idp.pki.ocsp_signers import renew_if_due
from idp.web.services import Services

Make = Callable[[Session, AuthorityKeys, Clock, str], bool]
_KINDS: tuple[tuple[Callable[[Session], list[str]], Make], ...] = (
    (list_publishing_ids, publish_if_due),
    (list_own_issuing_ids, renew_if_due),
)
log = structlog.get_logger()


def keep_revocation_known(services: Services) -> None:
    """Make what is due; say in the log which authority could not."""
    for list_ids, make in _KINDS:
        with services.database.transaction() as session:
            ids = list_ids(session)
        for authority_id in ids:
            _make(services, make, authority_id)


def _make(services: Services, make: Make, authority_id: str) -> None:
    try:
        with services.database.transaction() as session:
            make(session, services.authority_keys, services.clock, authority_id)
    except IdpError as error:
        log.error("authority_cannot_sign", authority=authority_id, work=make.__name__, error=type(error).__name__)
