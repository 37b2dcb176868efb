"""Signing keys looked after beside the requests: rotated as often as the realm says, removed when they have had their time."""

from idp.events.record import EventRecord, save_events
from idp.events.tags import Tag
from idp.keys.retention import purge_retired_keys
from idp.keys.signing_keys import find_algorithms_to_tend, tend_signing_keys
from idp.keys.spare_keys import SpareKeys
from idp.realms.realms import list_realms
from idp.web.services import Services


def tend_keys(services: Services) -> None:
    """Rotate the keys of every realm that are due, and create those that are missing; other workers may do the same."""
    with services.database.transaction() as session:
        realm_ids = [realm.id for realm in list_realms(session)]
    for realm_id in realm_ids:
        wanted = _look_after(services, realm_id)
        if wanted:
            _rotate(services, realm_id, SpareKeys(wanted))


def _look_after(services: Services, realm_id: str) -> list[str]:
    with services.database.transaction() as session:
        purge_retired_keys(session, services.clock, realm_id)
        return find_algorithms_to_tend(session, services.clock, realm_id)


def _rotate(services: Services, realm_id: str, spares: SpareKeys) -> None:
    clock = services.clock
    with services.database.transaction() as session:
        activated = tend_signing_keys(session, services.cipher, clock, realm_id, spares=spares)
        if activated:
            details = {"kids": [key.kid for key in activated]}
            save_events(
                session,
                [EventRecord(tag=Tag.KEYS_ROTATED_ON_TIME, at=clock.now(), realm_id=realm_id, details=details)],
            )
