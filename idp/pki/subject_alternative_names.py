"""The SubjectAlternativeName of a person (RFC 5280 section 4.2.1.6, RFC 9598 for international mail)."""

import re
from collections.abc import Iterator
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.x509.oid import ObjectIdentifier

from idp.models import User
from idp.pki.placeholders import Facts, build_pattern, fill
from idp.pki.profile_settings import DEFAULT_SETTINGS, ProfileSettings

SMTP_UTF8_MAILBOX = ObjectIdentifier("1.3.6.1.5.5.7.8.9")
USER_PRINCIPAL_NAME = ObjectIdentifier("1.3.6.1.4.1.311.20.2.3")
_PRINCIPAL = re.compile(r"[^@\s\x00-\x1f\x7f]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_LONGEST_URI = 2048
_ENCODED = r"[A-Za-z0-9._~%-]+"
_MAILBOX = re.compile(r'([^\s@"(),:;<>\[\]\\\x00-\x1f\x7f]{1,64})@([^\s@]{1,253})')
_MAXIMUM_LENGTH = 255  # RFC 5280 appendix A.1, ub-emailaddress-length


def build_subject_alternative_name(
    user: User, settings: ProfileSettings = DEFAULT_SETTINGS, realm: str = ""
) -> x509.SubjectAlternativeName:
    """Return ``urn:uuid:<user id>`` (RFC 9562 section 4), then what *settings* add.

    A mail address counts once it is verified; *realm* is what stands for the placeholder of that name.
    """
    facts = Facts(user, realm)
    return x509.SubjectAlternativeName(
        [x509.UniformResourceIdentifier(f"urn:uuid:{user.id}"), *_build_further(facts, settings)]
    )


def build_uri_pattern(template: str) -> re.Pattern[str]:
    """Return the expression that each URI of *template* matches."""
    return build_pattern(template, _ENCODED)


def _build_further(facts: Facts, settings: ProfileSettings) -> Iterator[x509.GeneralName]:
    address = facts.find("email") if settings.email else ""
    mailbox = build_mailbox_name(address) if address else None
    if mailbox:
        yield mailbox
    principal = fill(settings.upn, facts)
    if _PRINCIPAL.fullmatch(principal):
        yield x509.OtherName(USER_PRINCIPAL_NAME, asn1.encode_der(principal))
    for template in settings.uris:
        uri = fill(template, facts, lambda value: quote(value, safe=""))
        if 0 < len(uri) <= _LONGEST_URI:
            yield x509.UniformResourceIdentifier(uri)


def build_mailbox_name(address: str) -> x509.GeneralName | None:
    """Return *address* as rfc822Name or, for a non-ASCII local part, SmtpUTF8Mailbox; else None."""
    match = _MAILBOX.fullmatch(address)
    domain = _encode_domain(match[2]) if match else None
    if match is None or domain is None:
        return None
    mailbox = f"{match[1]}@{domain}"
    if len(mailbox.encode()) > _MAXIMUM_LENGTH:
        return None
    if mailbox.isascii():
        return x509.RFC822Name(mailbox)
    return x509.OtherName(SMTP_UTF8_MAILBOX, asn1.encode_der(mailbox))


def _encode_domain(domain: str) -> str | None:
    """Return the A-labels of *domain*, or None where the mapping of IDNA 2003 names another domain."""
    try:
        encoded = domain.lower().encode("idna")
        faithful = encoded.decode("idna") == domain.lower()
    except UnicodeError:
        return None
    text = encoded.decode("ascii")
    return text if faithful and re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)*", text) else None
