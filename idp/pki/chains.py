"""From a person's certificate up to the root that the realm trusts, for people to see and programs to take (RFC 5280 section 6.1).

What counts is decided elsewhere (`idp.pki.verdict`); here it is told.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from sqlalchemy.orm import Session

from idp.models import Certificate, CertificateAuthority, TrustAnchor

_MAXIMUM_ABOVE = 8  # more than any path that is accepted, and an end to circles


@dataclass(frozen=True)
class Chain:
    """The certificates, the person's own first; `complete` says whether none is missing between them."""

    certificates: tuple[x509.Certificate, ...]
    complete: bool

    @property
    def without_root(self) -> tuple[x509.Certificate, ...]:
        """The certificates but for a root, which nobody takes from somebody else."""
        own, *above = self.certificates
        return (own, *(certificate for certificate in above if certificate.subject != certificate.issuer))


def find_chain_of(session: Session, row: Certificate) -> Chain:
    """Return the chain of a certificate that was issued here, or under a foreign anchor."""
    own = x509.load_der_x509_certificate(row.certificate)
    if row.trust_anchor_id is not None:
        return _find_foreign_chain(own, session.get_one(TrustAnchor, row.trust_anchor_id))
    chain, authority_id = [own], row.authority_id
    while authority_id is not None and len(chain) <= _MAXIMUM_ABOVE:
        authority = session.get_one(CertificateAuthority, authority_id)
        chain.append(x509.load_der_x509_certificate(authority.certificate))
        authority_id = authority.parent_id
    return Chain(tuple(chain), complete=True)


def _find_foreign_chain(own: x509.Certificate, row: TrustAnchor) -> Chain:
    """Through the intermediates that are stored with the anchor; others were presented with the certificate, and are not kept."""
    anchor = x509.load_der_x509_certificate(row.certificate)
    known = x509.load_pem_x509_certificates(row.intermediates) if row.intermediates else []
    chain = [own]
    while len(chain) <= _MAXIMUM_ABOVE and (above := _find_issuer(chain[-1], [anchor, *known])) is not None:
        chain.append(above)
        if above == anchor:
            return Chain(tuple(chain), complete=True)
    return Chain((*chain, anchor), complete=False)


def _find_issuer(below: x509.Certificate, candidates: Sequence[x509.Certificate]) -> x509.Certificate | None:
    return next((above for above in candidates if above != below and _is_issued_by(below, above)), None)


def _is_issued_by(below: x509.Certificate, above: x509.Certificate) -> bool:
    try:
        below.verify_directly_issued_by(above)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
