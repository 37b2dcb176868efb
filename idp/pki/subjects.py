"""The subject of a person's certificate, as the realm's profile has it (RFC 5280 section 4.1.2.6)."""

import re

from cryptography import x509

from idp.pki.names import sanitise
from idp.pki.placeholders import Facts, fill
from idp.pki.profile_settings import Attribute, ProfileSettings

# RFC 5280 appendix A.1: a country is two letters (ISO 3166), a serial number a PrintableString.
FORMS = {Attribute.COUNTRY: re.compile("[A-Z]{2}"), Attribute.SERIAL_NUMBER: re.compile(r"[A-Za-z0-9 '()+,./:=?-]+")}


def build_subject(settings: ProfileSettings, facts: Facts) -> x509.Name:
    """Return the attributes that have a value; where the common name has none, it is the account's id."""
    attributes = []
    for part in settings.subject:
        value = _build_value(part.attribute, fill(part.value, facts))
        if not value and part.attribute is Attribute.COMMON_NAME:
            value = facts.user.id
        if value:
            attributes.append(x509.NameAttribute(part.attribute.oid, value))
    return x509.Name(attributes)


def _build_value(attribute: Attribute, text: str) -> str:
    value = sanitise(text)
    return value if attribute not in FORMS or FORMS[attribute].fullmatch(value) else ""
