"""From a certificate to its row, by fingerprint within the realm; and for foreign ones to an account, by what the realm maps.

One of our own is found by its row alone, never by a name in it.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cryptography import x509
from sqlalchemy import String, Table, bindparam, case, cast, exists, func, select, type_coerce
from sqlalchemy.dialects.postgresql import JSONB

from idp.models import Certificate, User
from idp.models.user import normalise
from idp.pki.anchor_settings import MappingSettings, Target
from idp.pki.certificate_names import MAXIMUM_NAMES, read_names
from idp.pki.serial_numbers import format_serial_number
from idp.storage.transaction import Transaction

_CERTIFICATE: Table = Certificate.__table__  # type: ignore[assignment]
_USER: Table = User.__table__  # type: ignore[assignment]
_BY_FINGERPRINT = select(_CERTIFICATE).where(
    _CERTIFICATE.c.fingerprint == bindparam("fingerprint"), _CERTIFICATE.c.realm_id == bindparam("realm_id")
)
_BY_SERIAL_NUMBER = select(_CERTIFICATE.c.certificate).where(
    _CERTIFICATE.c.realm_id == bindparam("realm_id"), _CERTIFICATE.c.serial_number == bindparam("serial_number")
)
_ENABLED = (_USER.c.realm_id == bindparam("realm_id"), _USER.c.enabled.is_(True))
_BY_USERNAME = select(_USER.c.id).where(*_ENABLED, _USER.c.username == bindparam("name"))
_BY_EMAIL = select(_USER.c.id).where(*_ENABLED, _USER.c.email == bindparam("name"), _USER.c.email_verified.is_(True))


@dataclass(frozen=True)
class Owner:
    """Whom a mapping finds: nobody, one account, or more than one can be meant; and the names that were looked for."""

    user_id: str | None = None
    ambiguous: bool = False
    names: tuple[str, ...] = ()


def find_certificate(transaction: Transaction, realm_id: str, fingerprint: str) -> Certificate | None:
    """Return the realm's certificate with this SHA-256 of its DER (lower-case hexadecimal), or None."""
    found = transaction.load(Certificate, _BY_FINGERPRINT, {"fingerprint": fingerprint, "realm_id": realm_id})
    return found[0] if found else None


def is_rewritten(transaction: Transaction, realm_id: str, certificate: x509.Certificate) -> bool:
    """Tell whether *certificate*, which has no row, is one that has a row, with another signature by the same issuer.

    Whoever has an ECDSA signature can write it in a second way, without any key: the fingerprint is another one, and what was
    bound or revoked under the first would not be found.
    """
    which = {"realm_id": realm_id, "serial_number": format_serial_number(certificate.serial_number)}
    with_number = transaction.session.scalars(_BY_SERIAL_NUMBER, which)
    signed = certificate.tbs_certificate_bytes
    return any(x509.load_der_x509_certificate(der).tbs_certificate_bytes == signed for der in with_number)


def find_owner(
    transaction: Transaction, realm_id: str, mapping: MappingSettings, certificate: x509.Certificate
) -> Owner:
    """Return whose a foreign certificate is by its names: an enabled account of the realm, the only one that any of them finds.

    Usernames and e-mail addresses are compared as accounts have them, attributes as they are; an address counts once it is verified.
    """
    names = read_names(certificate, mapping)
    if len(names) > MAXIMUM_NAMES:
        return Owner(ambiguous=True, names=names[:MAXIMUM_NAMES])
    find = _FINDERS[mapping.target]
    ids = {user_id for name in names for user_id in find(transaction, realm_id, mapping, name)}
    if len(ids) > 1:
        return Owner(ambiguous=True, names=names)
    return Owner(next(iter(ids), None), names=names)


def _find_by_username(transaction: Transaction, realm_id: str, _mapping: MappingSettings, name: str) -> list[str]:
    row = transaction.find(_BY_USERNAME, {"realm_id": realm_id, "name": normalise(name)})
    return [row.id] if row else []


def _find_by_email(transaction: Transaction, realm_id: str, _mapping: MappingSettings, name: str) -> list[str]:
    row = transaction.find(_BY_EMAIL, {"realm_id": realm_id, "name": normalise(name)})
    return [row.id] if row else []


def _find_by_attribute(transaction: Transaction, realm_id: str, mapping: MappingSettings, name: str) -> list[str]:
    if transaction.dialect == "postgresql":
        has = type_coerce(User.attributes, JSONB).contains({mapping.attribute: [name]})
    else:
        attribute = func.json_each(User.attributes).table_valued("key", "value", "type")
        values = case((attribute.c.type == "array", attribute.c.value), else_="[]")
        value = func.json_each(values).table_valued("value")
        among = exists(select(1).select_from(value).where(value.c.value == name))
        has = exists(select(1).select_from(attribute).where(attribute.c.key == mapping.attribute, among))
        has &= cast(User.attributes, String).contains(json.dumps(name), autoescape=True)  # is quick, and leaves few
    statement = select(User.id).where(User.realm_id == realm_id, User.enabled.is_(True), has)
    return list(transaction.session.scalars(statement.limit(2)))  # two are as ambiguous as many


_FINDERS: Mapping[Target, Callable[[Transaction, str, MappingSettings, str], list[str]]] = {
    Target.USERNAME: _find_by_username,
    Target.EMAIL: _find_by_email,
    Target.ATTRIBUTE: _find_by_attribute,
}
