"""The SubjectAlternativeName of a person (RFC 5280 section 4.2.1.6, RFC 9598 for international mail)."""

import re

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.x509.oid import ObjectIdentifier

from idp.models import User

SMTP_UTF8_MAILBOX = ObjectIdentifier("1.3.6.1.5.5.7.8.9")
_MAILBOX = re.compile(r'([^\s@"(),:;<>\[\]\\\x00-\x1f\x7f]{1,64})@([^\s@]{1,253})')
_MAXIMUM_LENGTH = 255  # RFC 5280 appendix A.1, ub-emailaddress-length


def build_subject_alternative_name(user: User) -> x509.SubjectAlternativeName:
    """Return ``urn:uuid:<user id>`` (RFC 9562 section 4) and, once verified, the mail address."""
    names: list[x509.GeneralName] = [x509.UniformResourceIdentifier(f"urn:uuid:{user.id}")]
    mailbox = build_mailbox_name(user.email) if user.email and user.email_verified else None
    return x509.SubjectAlternativeName([*names, mailbox] if mailbox else names)


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
