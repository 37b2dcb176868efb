"""Certificates that come in with a form: a file, or pasted text; PEM, or one certificate in DER."""

import ssl

from cryptography import x509

from idp.web.exchange import Exchange

LARGEST_CERTIFICATES = 512 * 1024
"""Octets of a form with certificates in it: a chain may have 256 kB."""


def read_certificates(exchange: Exchange, field: str) -> str:
    """Return the file in PEM, or what was pasted into *field* where there is none; whatever else it is, the parser refuses it."""
    content = exchange.content
    if not content:
        return exchange.form.get(field, "")
    if b"-----BEGIN" not in content:
        return _encode(content)
    return content.decode("ascii", errors="replace")


def release_database(exchange: Exchange) -> None:
    """Commit what is noted of the session so far: what follows writes in transactions of its own, and SQLite has one writer."""
    exchange.session.commit()


def _encode(content: bytes) -> str:
    try:
        x509.load_der_x509_certificate(content)
    except Exception:
        return "-"
    return ssl.DER_cert_to_PEM_cert(content)
