"""RFC 5280 section 4.1.2.2: positive and at most 20 octets; CA/Browser Forum S/MIME BR 7.1: random."""

from collections.abc import Iterator

from cryptography import x509

from idp.pki.lints.lint import Lint, LintContext

_MINIMUM_BITS = 128  # our own rule, twice what the Baseline Requirements ask
_MAXIMUM_BITS = 159  # the twentieth octet's highest bit is the sign


def check(certificate: x509.Certificate, _context: LintContext) -> Iterator[str]:
    """Yield a detail for a serial number that is not positive, too long, or too short to be random."""
    number = certificate.serial_number
    if number <= 0:
        yield "is not positive"
    elif not _MINIMUM_BITS <= number.bit_length() <= _MAXIMUM_BITS:
        yield f"has {number.bit_length()} bits"


LINT = Lint("serial_number", "RFC 5280 section 4.1.2.2", check)
