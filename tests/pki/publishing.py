"""Revocation lists and signers of OCSP answers, made in one transaction."""

from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.pki.authority_keys import AuthorityKeys
from idp.pki.authority_locks import list_own_issuing_ids
from idp.pki.crl import list_publishing_ids, publish_if_due
from idp.pki.ocsp_signers import renew_if_due


def publish_due_lists(session: Session, keys: AuthorityKeys, clock: Clock) -> int:
    """Make the lists that are due, of all realms, and return how many there were."""
    return sum(publish_if_due(session, keys, clock, authority_id) for authority_id in list_publishing_ids(session))


def renew_due_signers(session: Session, keys: AuthorityKeys, clock: Clock) -> int:
    """Make the signers that are due, of all realms, and return how many there were."""
    return sum(renew_if_due(session, keys, clock, authority_id) for authority_id in list_own_issuing_ids(session))
