"""Issuing for a key that the person has made: in a smart card, a TPM, a keychain (RFC 2986)."""

from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.errors import InvalidInput
from idp.models import Certificate, Realm, User
from idp.pki.authority_keys import AuthorityKeys
from idp.pki.certificates import REQUESTED
from idp.pki.certification_requests import read_certification_request
from idp.pki.enrolments import find_device_problems, sanitise_device_name
from idp.pki.issuance import issue_certificate
from idp.pki.key_owners import verify_key_owner
from idp.pki.key_pairs import describe_key
from idp.pki.platforms import Platform
from idp.pki.profiles import profile_for
from idp.storage.holding import hold_by_id


def issue_requested(
    session: Session,
    keys: AuthorityKeys,
    clock: Clock,
    *,
    realm: Realm,
    user: User,
    request: bytes,
    device_name: str,
    platform: str,
    published_at: str = "",
) -> Certificate:
    """Issue a certificate for the key of a certification request in PEM or DER, and return its row.

    *published_at* is as for `issue_certificate`. Raises `InvalidInput` with a text for each of `device_name`, `platform` and
    `request` that does not fit, for a `key` that is not accepted, and as `issue_certificate` does.
    """
    problems = find_device_problems(device_name, platform)
    try:
        public_key = read_certification_request(request)
    except InvalidInput as error:
        raise InvalidInput(**problems, **error.fields) from None
    if problems:
        raise InvalidInput(**problems)
    if describe_key(public_key) not in profile_for(realm).settings.brought_key_types:
        raise InvalidInput(key="Keys of this kind are not accepted here.")
    hold_by_id(session, User, user.id)
    hold_by_id(session, Realm, realm.id)
    verify_key_owner(session, user, public_key)
    row = issue_certificate(
        session,
        keys,
        clock,
        realm=realm,
        user=user,
        public_key=public_key,
        device_name=sanitise_device_name(device_name),
        platform=Platform(platform),
        published_at=published_at,
    )
    row.bound_by = REQUESTED
    session.flush()
    return row
