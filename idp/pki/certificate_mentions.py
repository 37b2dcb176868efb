"""Certificates that mention a text, which may stand in any of many columns: collected by their indexes, or met on a walk."""

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select, union_all
from sqlalchemy.orm import Session

from idp.models import Certificate, TrustAnchor, User
from idp.models.user import normalise
from idp.storage.planning import Way, looking

_NUMBER = re.compile(r"[0-9a-f]{6,64}")
_MANY = 2_000  # rows that are sorted in a moment
_LEAST_OF_PART = 3  # letters of a part that an index finds among a million names
Found = Select[Certificate, User]


def narrow_to_text(session: Session, statement: Found, realm_id: str, text: str) -> tuple[Found, Way]:
    """Return the *statement*, of certificates with their people, for those that mention *text*, and how it is to be planned.

    *text* is part of a username or of an email address (of two letters their beginning), of a subject or of a device's name; the
    beginning of a serial number or of a SHA-256 fingerprint, with or without colons; or an anchor's name.
    """
    ids = _find_mentioning(session, realm_id, text)
    if ids is not None:
        return statement.where(Certificate.id.in_(ids)), Way.EITHER
    return statement.where(or_(*_ways_of_people(text), *_ways_of_certificates(realm_id, text))), Way.WALK


def _find_mentioning(session: Session, realm_id: str, text: str) -> Sequence[str] | None:
    """Return the ids of all that do; None where so many do that a walk along the list finds a page of them sooner."""
    if len(text) < _LEAST_OF_PART:
        return None
    people = select(User.id).where(User.realm_id == realm_id, or_(*_ways_of_people(text)))
    ways = [Certificate.user_id.in_(people), *_ways_of_certificates(realm_id, text)]
    found: Any = union_all(*(select(Certificate.id).where(Certificate.realm_id == realm_id, way) for way in ways))
    with looking(session, Way.COLLECT):
        ids = session.scalars(found.limit(_MANY)).all()
    return ids if len(ids) < _MANY else None


def _ways_of_people(text: str) -> list[ColumnElement[bool]]:
    name = normalise(text)
    pattern = f"{'%' if len(name) >= _LEAST_OF_PART else ''}{_escape(name)}%"
    return [column.like(pattern, escape="/") for column in (User.username, User.email)]


def _ways_of_certificates(realm_id: str, text: str) -> list[ColumnElement[bool]]:
    anchors = select(TrustAnchor.id).where(TrustAnchor.realm_id == realm_id, TrustAnchor.name == text)
    ways: list[ColumnElement[bool]] = [Certificate.trust_anchor_id.in_(anchors)]
    folded = (func.lower(Certificate.subject), func.lower(Certificate.device_name))  # as the index has them
    ways += [column.contains(text.lower(), autoescape=True) for column in folded]
    number = re.sub(r"[\s:]", "", text).lower()
    if _NUMBER.fullmatch(number):
        # Ranges, because an index is no help to LIKE in most collations; "g" follows every hexadecimal digit.
        ways += [
            column.between(number, f"{number}g") for column in (Certificate.serial_number, Certificate.fingerprint)
        ]
    return ways


def _escape(text: str) -> str:
    return text.replace("/", "//").replace("%", "/%").replace("_", "/_")
